//! The dependency auditor: which packages a folder asks for and which it has fixed, from manifests and lock
//! files alone. It does not ask a registry, so it knows neither newer versions nor vulnerabilities, and says so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cadre_core::function_contract::{FunctionInput, FunctionResult};

use crate::capped::Capped;
use crate::display::{self, counted};
use crate::failure::Failure;
use crate::finding::{Finding, Severity};
use crate::{Log, contract, folder};

mod cargo;
mod collect;
mod data;
mod findings;
mod licences;
mod model;
mod npm;
mod pnpm;
mod python;
mod requirements;
mod yarn;

use collect::Collected;
pub use data::{
    AuditData, Duplicate, Ecosystem, EcosystemFigures, ForeignSource, KIND, LicenceFigures, LockFileFigures,
    ManifestFigures,
};
use model::{Lock, Origin};

const FILES_LISTED: usize = 100;
const LICENCES_LISTED: usize = 60;
const DUPLICATES_LISTED: usize = 100;
const VERSIONS_LISTED: usize = 8;
/// Longest version that is listed, in bytes.
const VERSION_LIMIT: usize = 60;
const SOURCES_LISTED: usize = 80;
const FINDINGS_LISTED: usize = 100;

pub(crate) fn run(_: &FunctionInput, folder: &Path, log: Log<'_>) -> Result<FunctionResult, Failure> {
    let collected = collect::collect(folder);
    // Progress is a courtesy: a closed standard error does not stop the work.
    let _ = writeln!(
        log,
        "{} manifests and {} lock files read",
        collected.manifests.len(),
        collected.locks.len()
    );
    let data = audit(folder, collected);
    contract::result(summary(&data), &data)
}

fn audit(folder: &Path, collected: Collected) -> AuditData {
    let duplicates = duplicates(&collected.locks);
    let licences = licences::licences(folder, &collected.locks);
    let mut findings = findings::all(&collected, &duplicates);
    findings.extend(licences.finding);
    findings.sort();
    let is_serious = |finding: &&Finding| finding.severity <= Severity::Medium;
    let serious_findings = findings.iter().filter(is_serious).count() as u64;
    let manifests = collected.manifests.iter().map(|manifest| ManifestFigures {
        path: manifest.path.clone(),
        ecosystem: manifest.ecosystem,
        name: manifest.name.clone(),
        licence: manifest.licence.clone().filter(|licence| !licence.is_empty()),
        requirements: manifest.requirements.len() as u64,
        lock_file: collect::covering(&collected.locks, manifest).map(|lock| lock.path.clone()),
    });
    let lock_files = collected.locks.iter().map(|lock| LockFileFigures {
        path: lock.path.clone(),
        ecosystem: lock.ecosystem,
        format: lock.format.clone(),
        packages: lock.packages.iter().filter(|package| !package.is_own).count() as u64,
    });
    AuditData {
        kind: KIND.to_owned(),
        folder: folder::name(folder),
        ecosystems: ecosystems(&collected),
        manifests: Capped::first(manifests.collect(), FILES_LISTED),
        lock_files: Capped::first(lock_files.collect(), FILES_LISTED),
        licences: Capped::first(licences.figures, LICENCES_LISTED),
        licences_not_told: licences.not_told,
        duplicates: Capped::first(duplicates, DUPLICATES_LISTED),
        foreign_sources: Capped::first(foreign_sources(&collected), SOURCES_LISTED),
        findings: Capped::first(findings, FINDINGS_LISTED),
        serious_findings,
        set_aside: collected.set_aside,
        not_looked_at: not_looked_at(&collected, licences.not_told),
        skipped: Capped::first(collected.skipped, SOURCES_LISTED),
    }
}

fn ecosystems(collected: &Collected) -> Vec<EcosystemFigures> {
    let mut figures = Vec::new();
    for ecosystem in [Ecosystem::Cargo, Ecosystem::Npm, Ecosystem::Pypi] {
        let manifests: Vec<_> =
            collected.manifests.iter().filter(|manifest| manifest.ecosystem == ecosystem).collect();
        let locks: Vec<_> = collected.locks.iter().filter(|lock| lock.ecosystem == ecosystem).collect();
        if manifests.is_empty() && locks.is_empty() {
            continue;
        }
        let direct: BTreeSet<&str> = manifests
            .iter()
            .flat_map(|manifest| &manifest.requirements)
            .filter(|requirement| requirement.origin != Origin::Path)
            .map(|requirement| requirement.name.as_str())
            .collect();
        let locked: BTreeSet<(&str, &str)> = locks
            .iter()
            .flat_map(|lock| &lock.packages)
            .filter(|package| !package.is_own)
            .map(|package| (package.name.as_str(), package.version.as_str()))
            .collect();
        let transitive = locked.iter().filter(|(name, _)| !direct.contains(name)).count() as u64;
        let has_lock = !locks.is_empty();
        figures.push(EcosystemFigures {
            ecosystem,
            manifests: manifests.len() as u64,
            lock_files: locks.len() as u64,
            direct: direct.len() as u64,
            transitive: has_lock.then_some(transitive),
            locked: has_lock.then_some(locked.len() as u64),
        });
    }
    figures
}

fn duplicates(locks: &[Lock]) -> Vec<Duplicate> {
    let mut duplicates = Vec::new();
    for lock in locks {
        let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for package in lock.packages.iter().filter(|package| !package.is_own) {
            versions.entry(&package.name).or_default().insert(&package.version);
        }
        for (name, versions) in versions.into_iter().filter(|(_, versions)| versions.len() > 1) {
            let mut versions: Vec<String> = versions.into_iter().map(str::to_owned).collect();
            versions.sort_by_cached_key(|version| version_key(version));
            versions.truncate(VERSIONS_LISTED);
            versions.iter_mut().for_each(|version| *version = display::clip(version, VERSION_LIMIT));
            let name = name.to_owned();
            duplicates.push(Duplicate {
                ecosystem: lock.ecosystem,
                name,
                versions,
                lock_file: lock.path.clone(),
            });
        }
    }
    duplicates.sort_by(|one, other| {
        let key =
            |duplicate: &Duplicate| (std::cmp::Reverse(duplicate.versions.len()), duplicate.name.clone());
        key(one).cmp(&key(other)).then_with(|| one.lock_file.cmp(&other.lock_file))
    });
    duplicates
}

/// `1.10.0` comes after `1.9.0`.
fn version_key(version: &str) -> (Vec<u64>, String) {
    let numbers = version.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0)).collect();
    (numbers, version.to_owned())
}

fn foreign_sources(collected: &Collected) -> Vec<ForeignSource> {
    let named = collected.manifests.iter().flat_map(|manifest| {
        manifest.requirements.iter().filter(|requirement| !requirement.inherited).map(move |requirement| {
            (manifest.ecosystem, requirement.name.clone(), requirement.origin, manifest.path.clone())
        })
    });
    let locked = collected.locks.iter().flat_map(|lock| {
        lock.packages
            .iter()
            .filter(|package| !package.is_own)
            .map(move |package| (lock.ecosystem, package.name.clone(), package.origin, lock.path.clone()))
    });
    let mut sources: Vec<ForeignSource> = named
        .chain(locked)
        .filter(|(_, _, origin, _)| *origin != Origin::Registry)
        .map(|(ecosystem, name, origin, file)| ForeignSource {
            ecosystem,
            name,
            source: origin.word().to_owned(),
            file,
        })
        .collect();
    // What is far away matters more than a folder of the same project.
    sources.sort_by_key(|source| (source.source == "path", source.clone()));
    sources.dedup();
    sources
}

fn not_looked_at(collected: &Collected, licences_not_told: u64) -> Vec<String> {
    let mut reasons =
        vec!["Known vulnerabilities and newer versions: that needs a registry, and this agent opens no connection.".to_owned()];
    if licences_not_told > 0 {
        let packages = counted(licences_not_told, "package", "packages");
        reasons.push(format!(
            "The licences of {packages}: they are not told by the files, and the packages are not in the folder."
        ));
    }
    if collected.set_aside > 0 {
        let files = counted(collected.set_aside, "file", "files");
        reasons.push(format!(
            "{files} in vendored folders and test fixtures: not the project's own dependencies."
        ));
    }
    if collected.cut_short {
        reasons.push("Further manifests and lock files: there are more than 3,000.".to_owned());
    }
    reasons.extend(
        collected.unread.iter().map(|manager| format!("{manager}: the auditor does not read its files yet.")),
    );
    reasons
}

fn summary(data: &AuditData) -> String {
    if data.ecosystems.is_empty() {
        return "The folder has no manifest or lock file of Cargo, npm or PyPI.".to_owned();
    }
    let parts: Vec<String> = data
        .ecosystems
        .iter()
        .map(|figures| {
            let transitive = figures.transitive.map_or_else(
                || "no lock file".to_owned(),
                |transitive| format!("{} transitive", display::count(transitive)),
            );
            format!("{}: {} direct, {transitive}", figures.ecosystem.name(), display::count(figures.direct))
        })
        .collect();
    format!(
        "{}. {}, {} of high or medium severity.",
        parts.join("; "),
        counted(data.findings.total(), "finding", "findings"),
        display::count(data.serious_findings),
    )
}
