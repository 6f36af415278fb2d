//! The shape of the dependency auditor's data.

use serde::{Deserialize, Serialize};

use crate::capped::Capped;
use crate::finding::Finding;
use crate::folder::Skipped;

pub const KIND: &str = "dependency-auditor/1";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditData {
    /// [`KIND`].
    pub kind: String,
    pub folder: String,
    /// Only those that the folder uses.
    pub ecosystems: Vec<EcosystemFigures>,
    pub manifests: Capped<ManifestFigures>,
    pub lock_files: Capped<LockFileFigures>,
    /// Most packages first.
    pub licences: Capped<LicenceFigures>,
    /// Packages whose licence neither a lock file nor a package in the folder tells.
    pub licences_not_told: u64,
    /// Most versions first.
    pub duplicates: Capped<Duplicate>,
    /// Requirements that do not come from a registry.
    pub foreign_sources: Capped<ForeignSource>,
    /// Worst first.
    pub findings: Capped<Finding>,
    /// Findings of high or medium severity, those that are left out of the list included.
    pub serious_findings: u64,
    /// Manifests and lock files in vendored folders and test fixtures: not the project's own.
    pub set_aside: u64,
    pub skipped: Capped<Skipped>,
    /// What an audit would also look at, and why this one did not.
    pub not_looked_at: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ecosystem {
    Cargo,
    Npm,
    Pypi,
}

impl Ecosystem {
    pub fn name(self) -> &'static str {
        match self {
            Self::Cargo => "Cargo",
            Self::Npm => "npm",
            Self::Pypi => "PyPI",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EcosystemFigures {
    pub ecosystem: Ecosystem,
    pub manifests: u64,
    pub lock_files: u64,
    /// Packages that a manifest names, without the project's own.
    pub direct: u64,
    /// Locked packages that no manifest names; nothing without a lock file.
    pub transitive: Option<u64>,
    /// Locked packages by name and version; nothing without a lock file.
    pub locked: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestFigures {
    pub path: String,
    pub ecosystem: Ecosystem,
    pub name: Option<String>,
    pub licence: Option<String>,
    pub requirements: u64,
    /// The lock file that covers it.
    pub lock_file: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockFileFigures {
    pub path: String,
    pub ecosystem: Ecosystem,
    /// For example `package-lock 3`.
    pub format: String,
    /// Without the project's own packages.
    pub packages: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceFigures {
    pub licence: String,
    pub packages: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicate {
    pub ecosystem: Ecosystem,
    pub name: String,
    pub versions: Vec<String>,
    pub lock_file: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ForeignSource {
    pub ecosystem: Ecosystem,
    pub name: String,
    /// `git`, `path` or `url`.
    pub source: String,
    pub file: String,
}
