//! The shape of the repository scout's data.

use serde::{Deserialize, Serialize};

use super::landmarks::Landmark;
use super::language::LanguageKind;
use super::markers::Marker;
use crate::capped::Capped;
use crate::folder::Skipped;

pub const KIND: &str = "repository-scout/1";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoutData {
    /// [`KIND`].
    pub kind: String,
    /// The folder's own name, without the path to it.
    pub folder: String,
    pub totals: Totals,
    /// Most lines of code first. Generated and vendored files are in `set_aside` instead.
    pub languages: Capped<LanguageFigures>,
    /// Files that are not the project's own writing: generated, lock files, vendored.
    pub set_aside: SetAside,
    pub tests: Tests,
    pub markers: Markers,
    /// Most bytes first.
    pub largest_files: Capped<FileFigures>,
    /// The project's own code, most lines first.
    pub longest_files: Capped<FileFigures>,
    /// Most bytes first.
    pub binary_files: Capped<FileFigures>,
    /// Top-level folders, most bytes first; `.` stands for the files at the top.
    pub directories: Capped<DirectoryFigures>,
    pub landmarks: Vec<Landmark>,
    /// Recognised in the licence files at the top, sorted.
    pub licences: Vec<String>,
    /// Files that were too large to classify every line; their figures are a lower bound.
    pub partly_read: Capped<String>,
    pub skipped: Capped<Skipped>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Regular files that the ignore rules leave.
    pub files: u64,
    pub directories: u64,
    /// Not followed.
    pub symbolic_links: u64,
    pub text_files: u64,
    pub binary_files: u64,
    pub bytes: u64,
    /// Lines of languages of the kind `code` only; generated and vendored files excluded.
    pub code: u64,
    pub comment: u64,
    pub blank: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LanguageFigures {
    pub language: String,
    pub kind: LanguageKind,
    pub files: u64,
    pub code: u64,
    pub comment: u64,
    pub blank: u64,
    /// Lines of files above the limit, which were counted but not classified.
    pub unclassified: u64,
    pub bytes: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// Generated files and lock files.
    pub generated_files: u64,
    /// Files in folders such as `vendor` and `third_party`.
    pub vendored_files: u64,
    pub lines: u64,
    pub bytes: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tests {
    /// Files that are test code by their path.
    pub files: u64,
    /// Openings of test cases, also inside other files; an estimate, since macros and tables make more of one.
    pub cases: u64,
    /// Lines of code in test files.
    pub code: u64,
    /// Most cases first.
    pub languages: Vec<TestFigures>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestFigures {
    pub language: String,
    pub files: u64,
    pub cases: u64,
    pub code: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Markers {
    pub total: u64,
    /// FIXME, HACK, XXX, TODO, with zeros.
    pub counts: Vec<MarkerCount>,
    /// FIXME first, then HACK, XXX and TODO; by path and line within each.
    pub items: Capped<Marker>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkerCount {
    pub kind: String,
    pub count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFigures {
    pub path: String,
    pub bytes: u64,
    /// Lines of code, where that was counted.
    pub code: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryFigures {
    pub path: String,
    pub files: u64,
    pub bytes: u64,
    pub code: u64,
}
