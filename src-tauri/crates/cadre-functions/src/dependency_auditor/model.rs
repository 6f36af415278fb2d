//! What the formats have in common: manifests that ask for packages, lock files that fix them.

use std::collections::BTreeMap;

use super::data::Ecosystem;
use crate::display;
use crate::finding::{Finding, Severity};

/// Longest name, version or licence of a package, in bytes.
const WORD_LIMIT: usize = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    Registry,
    Git,
    /// A folder; of the project's own workspace too.
    Path,
    Url,
}

impl Origin {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Git => "git",
            Self::Path => "path",
            Self::Url => "url",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pin {
    /// One version or one commit.
    Exact,
    Range,
    /// `>=1` without an upper end.
    LowerBound,
    /// Anything that the source has on the day.
    Any,
}

#[derive(Debug, Clone)]
pub(crate) struct Requirement {
    pub(crate) name: String,
    /// As written.
    pub(crate) wanted: String,
    pub(crate) origin: Origin,
    pub(crate) pin: Pin,
    /// May be missing from a lock file: optional and peer dependencies, other platforms.
    pub(crate) optional: bool,
    pub(crate) line: Option<u64>,
    /// Taken from the workspace's manifest (Cargo); resolved once all manifests are read.
    pub(crate) inherited: bool,
}

impl Requirement {
    pub(crate) fn new(name: &str, wanted: &str, origin: Origin, pin: Pin) -> Self {
        Self {
            name: word(name),
            wanted: word(wanted),
            origin,
            pin,
            optional: false,
            line: None,
            inherited: false,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    pub(crate) path: String,
    pub(crate) ecosystem: Ecosystem,
    pub(crate) name: Option<String>,
    pub(crate) licence: Option<String>,
    pub(crate) requirements: Vec<Requirement>,
    /// A requirements file is both: what it pins exactly needs no lock file.
    pub(crate) locks_itself: bool,
}

impl Manifest {
    pub(crate) fn new(path: &str, ecosystem: Ecosystem) -> Self {
        Self {
            path: path.to_owned(),
            ecosystem,
            name: None,
            licence: None,
            requirements: Vec::new(),
            locks_itself: false,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct LockedPackage {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) origin: Origin,
    /// The project itself or a member of its workspace.
    pub(crate) is_own: bool,
    pub(crate) licence: Option<String>,
    /// Indices into [`Lock::packages`].
    pub(crate) dependencies: Vec<usize>,
}

impl LockedPackage {
    pub(crate) fn new(name: &str, version: &str) -> Self {
        Self {
            name: word(name),
            version: word(version),
            origin: Origin::Registry,
            is_own: false,
            licence: None,
            dependencies: Vec::new(),
        }
    }
}

#[derive(Debug)]
pub(crate) struct Lock {
    pub(crate) path: String,
    pub(crate) ecosystem: Ecosystem,
    pub(crate) format: String,
    pub(crate) packages: Vec<LockedPackage>,
    /// Where to start when looking for what is still needed.
    pub(crate) roots: Roots,
    /// What the manifest in a folder asked for when the lock file was written, where the format says it.
    pub(crate) recorded: BTreeMap<String, BTreeMap<String, String>>,
    pub(crate) findings: Vec<Finding>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Roots {
    /// The project's own packages, which the lock file lists with their dependencies.
    OwnPackages,
    /// The packages that the manifests name.
    NamedByManifests,
    /// The format does not say what depends on what.
    Unknown,
}

impl Lock {
    pub(crate) fn new(path: &str, ecosystem: Ecosystem, format: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            ecosystem,
            format: format.into(),
            packages: Vec::new(),
            roots: Roots::OwnPackages,
            recorded: BTreeMap::new(),
            findings: Vec::new(),
        }
    }
}

/// The folder of a path; empty at the top.
pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A name out of a file that may hold anything.
pub(crate) fn word(text: &str) -> String {
    display::clip(&display::shown_text(text.trim()), WORD_LIMIT)
}

/// A file that a parser gave up on; the audit goes on without it.
pub(crate) fn malformed(path: &str, line: Option<u64>, is_lock_file: bool, reason: &str) -> Finding {
    let (code, kind) =
        if is_lock_file { ("lock_file_malformed", "lock file") } else { ("manifest_malformed", "manifest") };
    let remedy = if is_lock_file {
        "Restore it from version control, or let the package manager write it anew and review what changes."
    } else {
        "Correct the syntax; the package manager cannot read it either."
    };
    Finding::new(Severity::High, code, format!("The {kind} cannot be read"))
        .at(path, line)
        .detail(display::clip(&display::shown_text(reason.trim()), 240))
        .remedy(remedy)
}

/// The line on which a byte offset lies, counted from 1.
pub(crate) fn line_at(text: &str, offset: usize) -> u64 {
    let end = offset.min(text.len());
    memchr::memchr_iter(b'\n', &text.as_bytes()[..end]).count() as u64 + 1
}

/// The first line on which a key is set, in TOML (`key =`, `key.`, `"key"`) or JSON (`"key":`).
pub(crate) fn line_of_key(text: &str, key: &str) -> Option<u64> {
    let quoted = format!("\"{key}\"");
    let sets = |line: &str| {
        let line = line.trim_start();
        let rest = line.strip_prefix(&quoted).or_else(|| line.strip_prefix(key));
        rest.is_some_and(|rest| rest.trim_start().starts_with(['=', '.', ':']))
    };
    // A JSON file may have all its keys on one line.
    let with_colon = format!("{quoted}:");
    let line =
        text.lines().position(sets).or_else(|| text.lines().position(|line| line.contains(&with_colon)));
    line.map(|index| index as u64 + 1)
}

pub(crate) fn toml_table(path: &str, text: &str, is_lock_file: bool) -> Result<toml::Table, Box<Finding>> {
    text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| line_at(text, span.start));
        Box::new(malformed(path, line, is_lock_file, error.message()))
    })
}

pub(crate) fn json_document(
    path: &str,
    text: &str,
    is_lock_file: bool,
) -> Result<serde_json::Value, Box<Finding>> {
    serde_json::from_str(text).map_err(|error| {
        Box::new(malformed(path, Some(error.line() as u64), is_lock_file, &error.to_string()))
    })
}
