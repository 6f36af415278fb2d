//! Finds manifests and lock files and reads them; none of them can stop the audit.

use std::collections::BTreeSet;
use std::path::Path;

use super::data::Ecosystem;
use super::model::{Lock, Manifest, folder_of, malformed};
use super::{cargo, npm, pnpm, python, requirements, yarn};
use crate::finding::{Finding, Severity};
use crate::folder::{self, Skipped};

/// The largest lock files in the wild have about half of this.
const FILE_LIMIT: u64 = 32 * 1024 * 1024;
/// Every format becomes a tree in memory, so their number is bounded too.
const FILES_READ: usize = 3_000;

/// Not the project's own dependencies.
const SET_ASIDE: [&str; 9] = [
    "node_modules",
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "fixtures",
    "__fixtures__",
    "testdata",
    "test-data",
];

const LOCK_FILES: [&str; 8] = [
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
];

/// Files of package managers that this auditor does not read yet.
const UNREAD: [(&str, &str); 14] = [
    ("go.mod", "Go modules"),
    ("Gemfile.lock", "Bundler (Ruby)"),
    ("composer.lock", "Composer (PHP)"),
    ("pom.xml", "Maven"),
    ("build.gradle", "Gradle"),
    ("build.gradle.kts", "Gradle"),
    ("mix.lock", "Mix (Elixir)"),
    ("pubspec.lock", "pub (Dart)"),
    ("Package.resolved", "Swift packages"),
    ("bun.lock", "Bun"),
    ("bun.lockb", "Bun"),
    ("deno.lock", "Deno"),
    ("pdm.lock", "PDM (Python)"),
    ("setup.py", "setup.py (Python), which is a program"),
];

#[derive(Default)]
pub(crate) struct Collected {
    pub(crate) manifests: Vec<Manifest>,
    pub(crate) locks: Vec<Lock>,
    /// Lock files that exist, readable or not: a broken one is not a missing one.
    pub(crate) lock_paths: BTreeSet<String>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) set_aside: u64,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) unread: BTreeSet<&'static str>,
    pub(crate) cut_short: bool,
    workspaces: Vec<cargo::Workspace>,
}

pub(crate) fn collect(folder: &Path) -> Collected {
    let mut collected = Collected::default();
    for entry in folder::walk(folder) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                collected.skipped.push(folder::skipped(folder, &error));
                continue;
            }
        };
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let Some(name) = entry.file_name().to_str() else { continue };
        let path = folder::relative(folder, entry.path());
        if let Some((_, manager)) = UNREAD.iter().find(|(file_name, _)| *file_name == name) {
            collected.unread.insert(manager);
        }
        if !is_known(&path, name) {
            continue;
        }
        if path.split('/').any(|part| SET_ASIDE.contains(&part)) {
            collected.set_aside += 1;
        } else if collected.manifests.len() + collected.locks.len() >= FILES_READ {
            collected.cut_short = true;
        } else {
            collected.read(entry.path(), &path, name);
        }
    }
    collected.find_ignored_lock_files(folder);
    cargo::inherit(&mut collected.manifests, &mut collected.workspaces);
    collected.findings.extend(collected.workspaces.iter().filter_map(cargo::unused));
    collected
}

fn is_known(path: &str, name: &str) -> bool {
    LOCK_FILES.contains(&name)
        || matches!(name, "Cargo.toml" | "package.json" | "pyproject.toml" | "Pipfile")
        || is_requirements_file(path, name)
}

/// `requirements-dev.txt`, `dev-requirements.txt`, `requirements/base.txt`.
fn is_requirements_file(path: &str, name: &str) -> bool {
    let in_folder = folder_of(path).rsplit('/').next() == Some("requirements");
    name.strip_suffix(".txt")
        .is_some_and(|stem| in_folder || stem.starts_with("requirements") || stem.ends_with("requirements"))
}

impl Collected {
    fn read(&mut self, path: &Path, shown: &str, name: &str) {
        let is_lock_file = LOCK_FILES.contains(&name);
        if is_lock_file {
            self.lock_paths.insert(shown.to_owned());
        }
        let text = match folder::read_text(path, FILE_LIMIT) {
            Ok(text) => text,
            Err(error) => {
                let reason = folder::reason_of(&error).to_owned();
                self.skipped.push(Skipped { path: shown.to_owned(), reason });
                return;
            }
        };
        // Git writes these into files that it could not merge; every parser would report something else.
        if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ")) {
            let line = Some(line as u64 + 1);
            self.findings.push(malformed(shown, line, is_lock_file, "it has unresolved merge conflicts"));
            return;
        }
        if let Err(finding) = self.parse(shown, name, &text) {
            self.findings.push(*finding);
        }
    }

    fn parse(&mut self, path: &str, name: &str, text: &str) -> Result<(), Box<Finding>> {
        match name {
            "Cargo.toml" => {
                let (manifest, workspace) = cargo::manifest(path, text)?;
                self.manifests.push(manifest);
                self.workspaces.extend(workspace);
            }
            "package.json" => self.manifests.push(npm::manifest(path, text)?),
            "pyproject.toml" => self.manifests.push(python::pyproject(path, text)?),
            "Pipfile" => self.manifests.push(python::pipfile(path, text)?),
            "Cargo.lock" => self.locks.push(cargo::lock(path, text)?),
            "package-lock.json" | "npm-shrinkwrap.json" => self.locks.push(npm::lock(path, text)?),
            "pnpm-lock.yaml" => self.locks.push(pnpm::lock(path, text)?),
            "yarn.lock" => self.locks.push(yarn::lock(path, text)?),
            "poetry.lock" => self.locks.push(python::lock(path, text, "poetry")?),
            "uv.lock" => self.locks.push(python::lock(path, text, "uv")?),
            "Pipfile.lock" => self.locks.push(python::pipfile_lock(path, text)?),
            _ => self.manifests.push(requirements::manifest(path, text)),
        }
        Ok(())
    }

    /// A lock file beside its manifest counts even when the ignore rules hide it, and that is worth saying.
    fn find_ignored_lock_files(&mut self, folder: &Path) {
        let folders: BTreeSet<String> =
            self.manifests.iter().map(|manifest| folder_of(&manifest.path).to_owned()).collect();
        for inner in folders {
            for name in LOCK_FILES {
                let shown = if inner.is_empty() { name.to_owned() } else { format!("{inner}/{name}") };
                let path = folder.join(&shown);
                let exists = std::fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_file());
                if !exists || self.lock_paths.contains(&shown) {
                    continue;
                }
                self.read(&path, &shown, name);
                self.findings.push(
                    Finding::new(
                        Severity::Low,
                        "lock_file_ignored",
                        "The lock file is kept out of version control",
                    )
                    .at(&shown, None)
                    .detail("The folder's ignore rules name it, so that others resolve other versions.")
                    .remedy("Remove it from the ignore rules and commit it, unless this is only a library."),
                );
            }
        }
    }
}

/// Beside the manifest, or above it if the lock file lists the manifest's package as its own.
pub(crate) fn covers(lock: &Lock, manifest: &Manifest) -> bool {
    if manifest.locks_itself || lock.ecosystem != manifest.ecosystem {
        return false;
    }
    let (folder, lock_folder) = (folder_of(&manifest.path), folder_of(&lock.path));
    let is_above =
        lock_folder.is_empty() || folder.strip_prefix(lock_folder).is_some_and(|rest| rest.starts_with('/'));
    let lists_it = || {
        let name = manifest.name.as_deref();
        lock.recorded.contains_key(folder)
            || lock.packages.iter().any(|package| package.is_own && name == Some(package.name.as_str()))
    };
    lock_folder == folder || (is_above && lists_it())
}

/// The nearest lock file that covers a manifest.
pub(crate) fn covering<'locks>(locks: &'locks [Lock], manifest: &Manifest) -> Option<&'locks Lock> {
    locks.iter().filter(|lock| covers(lock, manifest)).max_by_key(|lock| folder_of(&lock.path).len())
}

/// Whether a lock file stands where it would cover the manifest, even if it could not be read.
pub(crate) fn has_lock_beside(collected: &Collected, manifest: &Manifest) -> bool {
    let names: &[&str] = match manifest.ecosystem {
        Ecosystem::Cargo => &LOCK_FILES[..1],
        Ecosystem::Npm => &LOCK_FILES[1..5],
        Ecosystem::Pypi => &LOCK_FILES[5..],
    };
    let folder = folder_of(&manifest.path);
    collected.lock_paths.iter().any(|path| {
        let (lock_folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        names.contains(&name) && lock_folder == folder
    })
}
