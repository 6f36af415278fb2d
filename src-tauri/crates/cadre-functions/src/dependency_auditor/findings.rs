//! What the manifests and lock files together show.

use std::collections::{BTreeMap, BTreeSet};

use super::collect::{self, Collected};
use super::data::{Duplicate, Ecosystem};
use super::model::{Lock, Manifest, Origin, Pin, Requirement, Roots, folder_of};
use crate::display;
use crate::finding::{Finding, Severity};

const NAMES_IN_DETAIL: usize = 12;
const DETAIL_LIMIT: usize = 400;

/// A title with a count, and the first names for the detail.
pub(crate) fn names_in_title(count: usize, singular: &str, plural: &str, names: &[&str]) -> (String, String) {
    let mut listed: Vec<String> =
        names.iter().take(NAMES_IN_DETAIL).map(|name| super::model::word(name)).collect();
    if names.len() > NAMES_IN_DETAIL {
        listed.push(format!("{} more", names.len() - NAMES_IN_DETAIL));
    }
    (
        display::counted(count as u64, singular, plural),
        format!("{}.", display::clip(&display::listed(&listed), DETAIL_LIMIT)),
    )
}

pub(crate) fn all(collected: &Collected, duplicates: &[Duplicate]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for manifest in &collected.manifests {
        let lock = collect::covering(&collected.locks, manifest);
        findings.extend(without_lock(collected, manifest, lock));
        findings.extend(unpinned(manifest, lock));
        findings.extend(foreign(manifest));
        if let Some(lock) = lock {
            findings.extend(missing(manifest, lock));
            findings.extend(drift(manifest, lock));
        }
    }
    for lock in &collected.locks {
        let covered: Vec<&Manifest> =
            collected.manifests.iter().filter(|manifest| collect::covers(lock, manifest)).collect();
        findings.extend(stale(lock, &covered));
        findings.extend(lock.findings.iter().cloned());
        findings.extend(duplicated(lock, duplicates));
    }
    findings.extend(several_lock_files(&collected.locks));
    findings.extend(collected.findings.iter().cloned());
    findings.sort();
    findings.dedup();
    findings
}

fn without_lock(collected: &Collected, manifest: &Manifest, lock: Option<&Lock>) -> Option<Finding> {
    let needs_one = manifest.requirements.iter().any(|requirement| requirement.origin != Origin::Path);
    if lock.is_some() || manifest.locks_itself || !needs_one || collect::has_lock_beside(collected, manifest)
    {
        return None;
    }
    let wanted = manifest.requirements.len() as u64;
    let severity = if is_example(&manifest.path) { Severity::Note } else { Severity::Medium };
    Some(
        Finding::new(severity, "manifest_without_lock_file", "No lock file fixes what is installed")
            .at(&manifest.path, None)
            .detail(format!(
                "{} resolved anew on every machine.",
                display::counted(wanted, "requirement is", "requirements are")
            ))
            .remedy("Let the package manager write a lock file and commit it; a library may leave it out."),
    )
}

fn unpinned(manifest: &Manifest, lock: Option<&Lock>) -> Option<Finding> {
    // A lock file fixes ranges. What takes any version will still jump at the next update.
    let is_loose = |requirement: &&Requirement| match requirement.pin {
        Pin::Exact => false,
        Pin::Any => !(requirement.optional && lock.is_some()),
        Pin::LowerBound => lock.is_none(),
        Pin::Range => lock.is_none() && manifest.locks_itself,
    };
    // Inherited requirements are reported where they are written.
    let loose: Vec<&Requirement> =
        manifest.requirements.iter().filter(|requirement| !requirement.inherited).filter(is_loose).collect();
    let first = loose.first()?;
    let severity = match (lock.is_some(), manifest.ecosystem) {
        _ if is_example(&manifest.path) => Severity::Note,
        // Naming a tool without a version is the custom there; the lock file holds it.
        (true, Ecosystem::Pypi) => Severity::Note,
        (true, _) => Severity::Low,
        (false, _) => Severity::Medium,
    };
    let shown: Vec<String> =
        loose.iter().map(|requirement| format!("{} ({})", requirement.name, requirement.wanted)).collect();
    let names: Vec<&str> = shown.iter().map(String::as_str).collect();
    let (title, detail) = names_in_title(loose.len(), "requirement is", "requirements are", &names);
    Some(
        Finding::new(severity, "requirement_unpinned", format!("{title} not pinned"))
            .at(&manifest.path, first.line)
            .detail(detail)
            .remedy("Name a version range, or a commit for a git dependency."),
    )
}

fn foreign(manifest: &Manifest) -> Option<Finding> {
    let folder = folder_of(&manifest.path);
    let is_foreign = |requirement: &&Requirement| match requirement.origin {
        Origin::Git | Origin::Url => true,
        Origin::Path => leaves_the_folder(folder, &requirement.wanted),
        Origin::Registry => false,
    };
    let foreign: Vec<&Requirement> = manifest
        .requirements
        .iter()
        .filter(|requirement| !requirement.inherited)
        .filter(is_foreign)
        .collect();
    let first = foreign.first()?;
    let shown: Vec<String> = foreign
        .iter()
        .map(|requirement| {
            format!("{} ({}: {})", requirement.name, requirement.origin.word(), requirement.wanted)
        })
        .collect();
    let names: Vec<&str> = shown.iter().map(String::as_str).collect();
    let (title, detail) = names_in_title(foreign.len(), "dependency comes", "dependencies come", &names);
    Some(
        Finding::new(
            Severity::Low,
            "dependency_outside_registry",
            format!("{title} from outside a registry"),
        )
        .at(&manifest.path, first.line)
        .detail(detail)
        .remedy("Check that the source will stay reachable and is fixed to a commit or a checksum."),
    )
}

/// Examples show how to use the project; nobody depends on what they install.
fn is_example(path: &str) -> bool {
    path.split('/').any(|part| matches!(part, "example" | "examples" | "demo" | "demos" | "samples"))
}

/// `../../elsewhere` from a folder that is not that deep.
fn leaves_the_folder(folder: &str, wanted: &str) -> bool {
    let path =
        ["file:", "link:", "portal:"].iter().find_map(|scheme| wanted.strip_prefix(scheme)).unwrap_or(wanted);
    let mut depth = folder.split('/').filter(|part| !part.is_empty()).count();
    for part in path.split('/') {
        match part {
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            "" | "." => {}
            _ => depth += 1,
        }
    }
    path.starts_with('/')
}

fn missing(manifest: &Manifest, lock: &Lock) -> Option<Finding> {
    let locked: BTreeSet<&str> = lock.packages.iter().map(|package| package.name.as_str()).collect();
    let missing: Vec<&Requirement> = manifest
        .requirements
        .iter()
        .filter(|requirement| !requirement.optional && requirement.origin != Origin::Path)
        .filter(|requirement| !locked.contains(requirement.name.as_str()))
        .filter(|requirement| !requirement.wanted.starts_with("npm:"))
        .collect();
    let first = missing.first()?;
    let names: Vec<&str> = missing.iter().map(|requirement| requirement.name.as_str()).collect();
    let (title, detail) = names_in_title(missing.len(), "requirement is", "requirements are", &names);
    Some(
        Finding::new(Severity::High, "requirement_not_locked", format!("{title} missing from the lock file"))
            .at(&manifest.path, first.line)
            .detail(format!("{detail} The lock file is {}.", lock.path))
            .remedy("Update the lock file and commit it together with the manifest."),
    )
}

fn drift(manifest: &Manifest, lock: &Lock) -> Option<Finding> {
    let recorded = lock.recorded.get(folder_of(&manifest.path))?;
    let changed: Vec<(&Requirement, &String)> = manifest
        .requirements
        .iter()
        .filter_map(|requirement| Some((requirement, recorded.get(&requirement.name)?)))
        .filter(|(requirement, then)| requirement.wanted != **then && requirement.origin == Origin::Registry)
        // A peer range is wider than what the project itself installs.
        .filter(|(requirement, _)| !requirement.optional)
        .filter(|(requirement, _)| !requirement.wanted.starts_with("catalog:") && requirement.pin != Pin::Any)
        .collect();
    let (first, _) = changed.first()?;
    let shown: Vec<String> = changed
        .iter()
        .map(|(requirement, then)| {
            format!("{} (locked for {then}, now {})", requirement.name, requirement.wanted)
        })
        .collect();
    let names: Vec<&str> = shown.iter().map(String::as_str).collect();
    let (title, detail) = names_in_title(changed.len(), "requirement", "requirements", &names);
    Some(
        Finding::new(
            Severity::High,
            "lock_file_outdated",
            format!("{title} changed since the lock file was written"),
        )
        .at(&manifest.path, first.line)
        .detail(detail)
        .remedy("Update the lock file and commit it together with the manifest."),
    )
}

fn stale(lock: &Lock, covered: &[&Manifest]) -> Option<Finding> {
    if lock.roots == Roots::Unknown || lock.packages.is_empty() {
        return None;
    }
    if covered.is_empty() {
        return Some(
            Finding::new(
                Severity::Medium,
                "lock_file_without_manifest",
                "No manifest belongs to this lock file",
            )
            .at(&lock.path, None)
            .remedy("Delete the lock file, or restore the manifest that it was written for."),
        );
    }
    let reached = reachable(lock, covered);
    let unreached: Vec<String> = lock
        .packages
        .iter()
        .enumerate()
        .filter(|(index, package)| !reached[*index] && !package.name.is_empty())
        .map(|(_, package)| format!("{} {}", package.name, package.version).trim_end().to_owned())
        .collect();
    if unreached.is_empty() {
        return None;
    }
    let names: Vec<&str> = unreached.iter().map(String::as_str).collect();
    let (title, detail) = names_in_title(unreached.len(), "entry is", "entries are", &names);
    Some(
        Finding::new(Severity::Low, "lock_entry_stale", format!("{title} not reachable from a manifest"))
            .at(&lock.path, None)
            .detail(detail)
            .remedy("Let the package manager update the lock file; it drops what nothing needs."),
    )
}

fn reachable(lock: &Lock, covered: &[&Manifest]) -> Vec<bool> {
    let names: BTreeSet<&str> = covered.iter().filter_map(|manifest| manifest.name.as_deref()).collect();
    let wanted: BTreeSet<&str> = covered
        .iter()
        .flat_map(|manifest| &manifest.requirements)
        .map(|requirement| requirement.name.as_str())
        .collect();
    let is_root = |package: &super::model::LockedPackage| match lock.roots {
        // Without a manifest of that name, a member has been removed. npm and pnpm name members by folder.
        Roots::OwnPackages => {
            package.is_own
                && (!lock.recorded.is_empty() || names.is_empty() || names.contains(package.name.as_str()))
        }
        _ => package.is_own || wanted.contains(package.name.as_str()),
    };
    let mut reached = vec![false; lock.packages.len()];
    let mut open: Vec<usize> =
        (0..lock.packages.len()).filter(|index| is_root(&lock.packages[*index])).collect();
    while let Some(index) = open.pop() {
        if !std::mem::replace(&mut reached[index], true) {
            open.extend(lock.packages[index].dependencies.iter().filter(|next| !reached[**next]));
        }
    }
    reached
}

fn duplicated(lock: &Lock, duplicates: &[Duplicate]) -> Option<Finding> {
    let here: Vec<&Duplicate> =
        duplicates.iter().filter(|duplicate| duplicate.lock_file == lock.path).collect();
    if here.is_empty() {
        return None;
    }
    let shown: Vec<String> = here
        .iter()
        .map(|duplicate| format!("{} ({})", duplicate.name, duplicate.versions.join(", ")))
        .collect();
    let names: Vec<&str> = shown.iter().map(String::as_str).collect();
    let (title, detail) = names_in_title(here.len(), "package is", "packages are", &names);
    let severity = if here.len() > 20 { Severity::Low } else { Severity::Note };
    Some(
        Finding::new(severity, "duplicate_versions", format!("{title} locked in several versions"))
            .at(&lock.path, None)
            .detail(detail)
            .remedy("Align the requirements that ask for the older versions where that is possible."),
    )
}

fn several_lock_files(locks: &[Lock]) -> Vec<Finding> {
    let mut by_place: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    for lock in locks {
        by_place.entry((lock.ecosystem, folder_of(&lock.path))).or_default().push(&lock.path);
    }
    by_place
        .into_values()
        .filter(|paths| paths.len() > 1)
        .map(|paths| {
            let names: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
            Finding::new(Severity::Medium, "several_lock_files", "Several lock files compete in one folder")
                .at(paths[0], None)
                .detail(format!("{}.", display::listed(&names)))
                .remedy("Keep that of the package manager in use and delete the others.")
        })
        .collect()
}
