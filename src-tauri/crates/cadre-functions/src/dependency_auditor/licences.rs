//! Which licences the files tell: lock files, and packages that lie in the folder.

use std::collections::BTreeMap;
use std::path::Path;

use super::data::{Ecosystem, LicenceFigures};
use super::model::{Lock, LockedPackage, folder_of, word};
use super::npm;
use crate::finding::{Finding, Severity};
use crate::folder;

/// A package's own manifest is small.
const MANIFEST_LIMIT: u64 = 1024 * 1024;
/// Looking into more installed packages than this takes longer than it is worth.
const LOOKUPS: usize = 5_000;

pub(crate) struct Licences {
    /// Most packages first.
    pub(crate) figures: Vec<LicenceFigures>,
    pub(crate) not_told: u64,
    pub(crate) finding: Option<Finding>,
}

pub(crate) fn licences(folder: &Path, locks: &[Lock]) -> Licences {
    let mut by_licence: BTreeMap<String, u64> = BTreeMap::new();
    let mut copyleft = Vec::new();
    let mut not_told = 0;
    let mut lookups = LOOKUPS;
    for lock in locks {
        for package in lock.packages.iter().filter(|package| !package.is_own) {
            let licence = package.licence.clone().or_else(|| {
                lookups = lookups.checked_sub(1)?;
                installed(folder, lock, package)
            });
            match licence {
                Some(licence) => {
                    if is_copyleft(&licence) {
                        copyleft.push((format!("{} ({licence})", package.name), lock.path.as_str()));
                    }
                    *by_licence.entry(licence).or_default() += 1;
                }
                None => not_told += 1,
            }
        }
    }
    let mut figures: Vec<LicenceFigures> =
        by_licence.into_iter().map(|(licence, packages)| LicenceFigures { licence, packages }).collect();
    figures.sort_by(|one, other| {
        other.packages.cmp(&one.packages).then_with(|| one.licence.cmp(&other.licence))
    });
    Licences { figures, not_told, finding: finding(copyleft) }
}

/// Reads the licence from `node_modules` or `vendor` beside the lock file, if the package lies there.
fn installed(folder: &Path, lock: &Lock, package: &LockedPackage) -> Option<String> {
    let is_plain = package.name.split('/').all(|part| !part.is_empty() && part != ".." && part != ".");
    if !is_plain || package.name.contains('\\') {
        return None;
    }
    let beside = folder.join(folder_of(&lock.path));
    match lock.ecosystem {
        Ecosystem::Npm => {
            let text =
                read_within(folder, &beside.join("node_modules").join(&package.name).join("package.json"))?;
            npm::licence_of(&serde_json::from_str(&text).ok()?)
        }
        Ecosystem::Cargo => {
            let vendor = beside.join("vendor");
            let text = read_within(folder, &vendor.join(&package.name).join("Cargo.toml")).or_else(|| {
                read_within(
                    folder,
                    &vendor.join(format!("{}-{}", package.name, package.version)).join("Cargo.toml"),
                )
            })?;
            let table: toml::Table = text.parse().ok()?;
            table.get("package")?.get("license")?.as_str().map(word)
        }
        Ecosystem::Pypi => None,
    }
}

/// pnpm fills node_modules with symbolic links; none of them may lead out of the folder.
fn read_within(folder: &Path, path: &Path) -> Option<String> {
    let canonical = std::fs::canonicalize(path).ok().filter(|canonical| canonical.starts_with(folder))?;
    folder::read_text(&canonical, MANIFEST_LIMIT).ok()
}

/// Whether every way to use the package is a copyleft licence: `MIT OR GPL-3.0` leaves a choice.
fn is_copyleft(licence: &str) -> bool {
    let choices = licence.trim_matches(['(', ')']).split(" OR ");
    let is_gpl = |choice: &str| {
        let choice = choice.trim_matches(['(', ')', ' ']);
        choice.starts_with("GPL") || choice.starts_with("AGPL") || choice.starts_with("SSPL")
    };
    choices.into_iter().all(is_gpl)
}

fn finding(mut copyleft: Vec<(String, &str)>) -> Option<Finding> {
    copyleft.sort();
    copyleft.dedup();
    let (_, path) = copyleft.first()?;
    let names: Vec<&str> = copyleft.iter().map(|(name, _)| name.as_str()).collect();
    let (title, detail) =
        super::findings::names_in_title(names.len(), "package has", "packages have", &names);
    Some(
        Finding::new(Severity::Low, "licence_copyleft", format!("{title} a strong copyleft licence"))
            .at(path, None)
            .detail(detail)
            .remedy("Check that the licence suits the way you ship, or replace the package."),
    )
}
