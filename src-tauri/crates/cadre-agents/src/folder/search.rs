//! Searching the text of a folder's files, within limits.
//!
//! The expression engine is linear in the input, so a hostile pattern costs no more than a long file.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use regex::bytes::{Regex, RegexBuilder};

use super::beneath::Links;
use super::{EntryKind, Folder, FolderError, Metadata, WalkEntry, WalkOptions};

/// A file with a NUL byte this early is not text.
const BINARY_PROBE: usize = 8 * 1024;
/// Bounds the memory of a compiled expression.
const COMPILED_LIMIT: usize = 4 * 1024 * 1024;

#[derive(Debug, Clone)]
pub enum SearchPattern {
    Literal(String),
    /// In the syntax of the `regex` crate; `^` and `$` match at lines.
    Regex(String),
}

#[derive(Debug, Clone)]
pub struct SearchQuery {
    pub pattern: SearchPattern,
    pub ignore_case: bool,
    pub within: WalkOptions,
}

#[derive(Debug, Clone, Copy)]
pub struct SearchLimits {
    pub matches: usize,
    /// Bytes; a larger file is skipped and counted.
    pub file_len: u64,
    /// Bytes of a matching line that are shown.
    pub line_len: usize,
    pub time: Duration,
}

impl Default for SearchLimits {
    fn default() -> Self {
        Self { matches: 1000, file_len: 8 * 1024 * 1024, line_len: 500, time: Duration::from_secs(20) }
    }
}

/// The first match on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchMatch {
    /// Relative to the folder.
    pub path: PathBuf,
    /// From 1.
    pub line: u64,
    /// In bytes, from 1.
    pub column: usize,
    /// The line, cut at the limit; bytes that are not UTF-8 are replaced.
    pub text: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchResult {
    pub matches: Vec<SearchMatch>,
    pub files_searched: u64,
    /// Too large, binary or unreadable.
    pub files_skipped: u64,
    /// A limit ended the search; there may be more.
    pub cut: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    #[error("the search expression is not valid: {source}")]
    Pattern { source: regex::Error },
    #[error(transparent)]
    Folder(#[from] FolderError),
}

impl Folder {
    pub fn search(&self, query: &SearchQuery, limits: &SearchLimits) -> Result<SearchResult, SearchError> {
        let regex = compile(query)?;
        let started = Instant::now();
        let mut result = SearchResult::default();
        let summary = self.walk(&query.within, |entry: &WalkEntry| {
            if entry.kind != EntryKind::File {
                return ControlFlow::Continue(());
            }
            if started.elapsed() > limits.time {
                result.cut = true;
                return ControlFlow::Break(());
            }
            match self.searchable(&entry.path, limits) {
                Some(bytes) => {
                    result.files_searched += 1;
                    collect(&regex, &bytes, &entry.path, limits, &mut result)
                }
                None => {
                    result.files_skipped += 1;
                    ControlFlow::Continue(())
                }
            }
        })?;
        result.cut |= summary.cut;
        Ok(result)
    }

    fn searchable(&self, path: &Path, limits: &SearchLimits) -> Option<Vec<u8>> {
        use std::io::Read;
        let (file, stat) = self.open_file(path, Links::Refuse).ok()?;
        if Metadata::of(&stat).len > limits.file_len {
            return None;
        }
        let mut bytes = Vec::new();
        file.take(limits.file_len).read_to_end(&mut bytes).ok()?;
        let probe = &bytes[..bytes.len().min(BINARY_PROBE)];
        if probe.contains(&0) { None } else { Some(bytes) }
    }
}

fn compile(query: &SearchQuery) -> Result<Regex, SearchError> {
    let expression = match &query.pattern {
        SearchPattern::Literal(text) => regex::escape(text),
        SearchPattern::Regex(expression) => expression.clone(),
    };
    RegexBuilder::new(&expression)
        .multi_line(true)
        .case_insensitive(query.ignore_case)
        .size_limit(COMPILED_LIMIT)
        .dfa_size_limit(COMPILED_LIMIT)
        .build()
        .map_err(|source| SearchError::Pattern { source })
}

fn collect(
    regex: &Regex,
    bytes: &[u8],
    path: &Path,
    limits: &SearchLimits,
    result: &mut SearchResult,
) -> ControlFlow<()> {
    let (mut at, mut line, mut counted_to) = (0, 1, 0);
    while let Some(found) = (at <= bytes.len()).then(|| regex.find_at(bytes, at)).flatten() {
        if result.matches.len() >= limits.matches {
            result.cut = true;
            return ControlFlow::Break(());
        }
        let start =
            bytes[..found.start()].iter().rposition(|byte| *byte == b'\n').map_or(0, |place| place + 1);
        let end = bytes[found.start()..].iter().position(|byte| *byte == b'\n');
        let end = end.map_or(bytes.len(), |place| found.start() + place);
        line += bytes[counted_to..found.start()].iter().filter(|byte| **byte == b'\n').count() as u64;
        counted_to = found.start();
        let shown = &bytes[start..end.min(start.saturating_add(limits.line_len))];
        result.matches.push(SearchMatch {
            path: path.to_owned(),
            line,
            column: found.start() - start + 1,
            text: String::from_utf8_lossy(shown).trim_end_matches('\r').to_owned(),
        });
        at = end + 1;
    }
    ControlFlow::Continue(())
}
