//! Adds up what the walk finds, in memory that does not grow with the number of files.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::data::{
    DirectoryFigures, FileFigures, KIND, LanguageFigures, MarkerCount, Markers, ScoutData, SetAside,
    TestFigures, Tests, Totals,
};
use super::file_reading::Reading;
use super::landmarks::{self, Landmarks};
use super::language::{Language, LanguageKind};
use super::markers::{KINDS, Marker};
use super::test_code;
use crate::capped::{Capped, Top};
use crate::folder::Skipped;

const FILES_LISTED: usize = 20;
const LANGUAGES_LISTED: usize = 40;
const DIRECTORIES_LISTED: usize = 30;
const MARKERS_LISTED: usize = 150;
const SKIPPED_LISTED: usize = 50;
/// A folder with more folders at its top than this is not a project; the rest is added up as `…`.
const DIRECTORIES_COUNTED: usize = 5_000;

/// Folders with other people's work.
const VENDORED: [&str; 8] = [
    "vendor",
    "vendored",
    "third_party",
    "third-party",
    "node_modules",
    "bower_components",
    "pods",
    "external",
];

type BySize = (u64, Reverse<String>);
type ByWeight = Reverse<(usize, String, u64)>;

pub(crate) struct Survey {
    totals: Totals,
    languages: BTreeMap<&'static str, LanguageFigures>,
    set_aside: SetAside,
    tests: BTreeMap<&'static str, TestFigures>,
    marker_counts: [u64; KINDS.len()],
    markers: Top<ByWeight, Marker>,
    markers_not_kept: u64,
    largest: Top<BySize, FileFigures>,
    longest: Top<BySize, FileFigures>,
    binary: Top<BySize, FileFigures>,
    directories: BTreeMap<String, DirectoryFigures>,
    pub(crate) landmarks: Landmarks,
    licences: BTreeSet<&'static str>,
    partly_read: Top<Reverse<String>, String>,
    skipped: Top<Reverse<(String, String)>, Skipped>,
}

impl Survey {
    pub(crate) fn new() -> Self {
        Self {
            totals: Totals::default(),
            languages: BTreeMap::new(),
            set_aside: SetAside::default(),
            tests: BTreeMap::new(),
            marker_counts: [0; KINDS.len()],
            markers: Top::new(MARKERS_LISTED),
            markers_not_kept: 0,
            largest: Top::new(FILES_LISTED),
            longest: Top::new(FILES_LISTED),
            binary: Top::new(FILES_LISTED),
            directories: BTreeMap::new(),
            landmarks: Landmarks::new(),
            licences: BTreeSet::new(),
            partly_read: Top::new(FILES_LISTED),
            skipped: Top::new(SKIPPED_LISTED),
        }
    }

    pub(crate) fn files(&self) -> u64 {
        self.totals.files
    }

    pub(crate) fn add_directory(&mut self) {
        self.totals.directories += 1;
    }

    pub(crate) fn add_symbolic_link(&mut self) {
        self.totals.symbolic_links += 1;
    }

    pub(crate) fn skip(&mut self, skipped: Skipped) {
        let key = Reverse((skipped.path.clone(), skipped.reason.clone()));
        self.skipped.offer(key, || skipped);
    }

    pub(crate) fn add_file(&mut self, path: &str, reading: &Reading) {
        self.totals.files += 1;
        self.totals.bytes += reading.bytes;
        self.landmarks.add_file(path);
        let is_own_code = self.add_text(path, reading);
        let code = is_own_code.then_some(reading.code);
        let figures = || FileFigures { path: path.to_owned(), bytes: reading.bytes, code };
        let by_bytes = (reading.bytes, Reverse(path.to_owned()));
        if reading.binary {
            self.binary.offer(by_bytes.clone(), figures);
        }
        self.largest.offer(by_bytes, figures);
        if let Some(code) = code.filter(|code| *code > 0) {
            self.longest.offer((code, Reverse(path.to_owned())), figures);
        }
        self.add_to_directory(path, reading.bytes, code.unwrap_or(0));
        if reading.partly_read {
            self.partly_read.offer(Reverse(path.to_owned()), || path.to_owned());
        }
        if !path.contains('/') && self.landmarks_say_licence(path) {
            self.licences.extend(landmarks::licence_of(&reading.head));
        }
    }

    fn landmarks_say_licence(&self, path: &str) -> bool {
        let lower = path.to_ascii_lowercase();
        self.landmarks.has("licence")
            && ["licen", "copying", "unlicense"].iter().any(|start| lower.starts_with(start))
    }

    /// Returns whether the file is code that the project's people wrote.
    fn add_text(&mut self, path: &str, reading: &Reading) -> bool {
        if reading.binary {
            self.totals.binary_files += 1;
            return false;
        }
        self.totals.text_files += 1;
        let vendored = is_vendored(path);
        if reading.generated || vendored {
            self.set_aside.generated_files += u64::from(!vendored);
            self.set_aside.vendored_files += u64::from(vendored);
            self.set_aside.lines += reading.code + reading.comment + reading.blank + reading.unclassified;
            self.set_aside.bytes += reading.bytes;
            return false;
        }
        self.add_markers(path, reading);
        let Some(language) = reading.language else { return false };
        self.add_language(language, reading);
        if language.kind != LanguageKind::Code {
            return false;
        }
        self.totals.code += reading.code;
        self.totals.comment += reading.comment;
        self.totals.blank += reading.blank;
        self.add_tests(language, path, reading);
        true
    }

    fn add_language(&mut self, language: &'static Language, reading: &Reading) {
        let figures = self.languages.entry(language.name).or_insert_with(|| LanguageFigures {
            language: language.name.to_owned(),
            kind: language.kind,
            files: 0,
            code: 0,
            comment: 0,
            blank: 0,
            unclassified: 0,
            bytes: 0,
        });
        figures.files += 1;
        figures.code += reading.code;
        figures.comment += reading.comment;
        figures.blank += reading.blank;
        figures.unclassified += reading.unclassified;
        figures.bytes += reading.bytes;
    }

    fn add_tests(&mut self, language: &'static Language, path: &str, reading: &Reading) {
        let is_test_file = test_code::is_test_file(path);
        if !is_test_file && reading.test_cases == 0 {
            return;
        }
        let figures = self
            .tests
            .entry(language.name)
            .or_insert_with(|| TestFigures { language: language.name.to_owned(), ..TestFigures::default() });
        figures.files += u64::from(is_test_file);
        figures.cases += reading.test_cases;
        figures.code += if is_test_file { reading.code } else { 0 };
    }

    fn add_markers(&mut self, path: &str, reading: &Reading) {
        for (sum, count) in self.marker_counts.iter_mut().zip(reading.marker_counts) {
            *sum += count;
        }
        self.markers_not_kept += reading.marker_counts.iter().sum::<u64>() - reading.markers.len() as u64;
        for marker in &reading.markers {
            let key = Reverse((marker.kind, path.to_owned(), marker.line));
            self.markers.offer(key, || Marker {
                kind: KINDS[marker.kind].to_owned(),
                path: path.to_owned(),
                line: marker.line,
                text: marker.text.clone(),
            });
        }
    }

    fn add_to_directory(&mut self, path: &str, bytes: u64, code: u64) {
        let top = path.split_once('/').map_or(".", |(top, _)| top);
        let known = self.directories.len() < DIRECTORIES_COUNTED || self.directories.contains_key(top);
        let top = if known { top } else { "…" };
        let figures = self.directories.entry(top.to_owned()).or_insert_with(|| DirectoryFigures {
            path: top.to_owned(),
            files: 0,
            bytes: 0,
            code: 0,
        });
        figures.files += 1;
        figures.bytes += bytes;
        figures.code += code;
    }

    pub(crate) fn finish(self, folder: String) -> ScoutData {
        let mut languages: Vec<_> = self.languages.into_values().collect();
        languages.sort_by(|one, other| {
            let key =
                |figures: &LanguageFigures| (figures.kind, Reverse(figures.code), figures.language.clone());
            key(one).cmp(&key(other))
        });
        let mut directories: Vec<_> = self.directories.into_values().collect();
        directories.sort_by(|one, other| other.bytes.cmp(&one.bytes).then_with(|| one.path.cmp(&other.path)));
        let mut items = self.markers.into_capped();
        items.left_out += self.markers_not_kept;
        let counts = KINDS
            .iter()
            .zip(self.marker_counts)
            .map(|(kind, count)| MarkerCount { kind: (*kind).to_owned(), count })
            .collect();
        ScoutData {
            kind: KIND.to_owned(),
            folder,
            totals: self.totals,
            languages: Capped::first(languages, LANGUAGES_LISTED),
            set_aside: self.set_aside,
            tests: tests(self.tests),
            markers: Markers { total: self.marker_counts.iter().sum(), counts, items },
            largest_files: self.largest.into_capped(),
            longest_files: self.longest.into_capped(),
            binary_files: self.binary.into_capped(),
            directories: Capped::first(directories, DIRECTORIES_LISTED),
            landmarks: self.landmarks.into_list(),
            licences: self.licences.into_iter().map(str::to_owned).collect(),
            partly_read: self.partly_read.into_capped(),
            skipped: self.skipped.into_capped(),
        }
    }
}

fn tests(by_language: BTreeMap<&'static str, TestFigures>) -> Tests {
    let mut languages: Vec<_> = by_language.into_values().collect();
    languages
        .sort_by(|one, other| other.cases.cmp(&one.cases).then_with(|| one.language.cmp(&other.language)));
    Tests {
        files: languages.iter().map(|figures| figures.files).sum(),
        cases: languages.iter().map(|figures| figures.cases).sum(),
        code: languages.iter().map(|figures| figures.code).sum(),
        languages,
    }
}

fn is_vendored(path: &str) -> bool {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').any(|folder| VENDORED.contains(&folder.to_ascii_lowercase().as_str()))
}
