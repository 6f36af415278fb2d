//! TODO, FIXME, HACK and XXX: notes that somebody left for later.

use serde::{Deserialize, Serialize};

use crate::display;

/// Order is that of weight: the list keeps the weightiest when it is cut.
pub(crate) const KINDS: [&str; 4] = ["FIXME", "HACK", "XXX", "TODO"];

/// Longest text of a marker.
const TEXT_LIMIT: usize = 160;

/// A marker that opens a comment, or is followed by `:` or `(`. The words in running text are not notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// `TODO`, `FIXME`, `HACK` or `XXX`.
    pub kind: String,
    pub path: String,
    /// Counted from 1.
    pub line: u64,
    /// What follows the marker on its line.
    pub text: String,
}

pub(crate) struct FoundMarker {
    /// Index in [`KINDS`].
    pub(crate) kind: usize,
    pub(crate) line: u64,
    pub(crate) text: String,
}

/// Looks for a marker in the comment of one line. In prose there is no comment around it, so that only
/// `TODO:` and `TODO(` count there.
pub(crate) fn find(text: &[u8], line: u64, in_prose: bool) -> Option<FoundMarker> {
    let (position, kind) = first_word(text)?;
    let end = position + KINDS[kind].len();
    let opens = !in_prose && text[..position].iter().all(|byte| !byte.is_ascii_alphanumeric());
    let called = matches!(text.get(end), Some(b':' | b'('));
    if !opens && !called {
        return None;
    }
    let said = String::from_utf8_lossy(&text[end..]);
    let said = said.trim_matches(|edge: char| edge == ':' || edge == '-' || edge.is_whitespace());
    let said =
        said.trim_end_matches(|edge: char| matches!(edge, '*' | '/' | '>' | '-') || edge.is_whitespace());
    Some(FoundMarker { kind, line, text: display::clip(&display::shown_text(said), TEXT_LIMIT) })
}

fn first_word(text: &[u8]) -> Option<(usize, usize)> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    for position in memchr::memchr3_iter(b'T', b'F', b'H', text).chain(memchr::memchr_iter(b'X', text)) {
        if position > 0 && is_word(&text[position - 1]) {
            continue;
        }
        let rest = &text[position..];
        let kind = KINDS
            .iter()
            .position(|kind| rest.starts_with(kind.as_bytes()) && !rest.get(kind.len()).is_some_and(is_word));
        if let Some(kind) = kind {
            return Some((position, kind));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_a_note_and_not_a_word() {
        for (text, in_prose, expected) in [
            ("// TODO: write it", false, Some("TODO write it")),
            ("# FIXME(ada) breaks", false, Some("FIXME (ada) breaks")),
            (" * XXX", false, Some("XXX ")),
            ("/* HACK for old systems */", false, Some("HACK for old systems")),
            ("// later, TODO: this", false, Some("TODO this")),
            ("// counts TODO and FIXME markers", false, None),
            ("// mktemp XXXXXX", false, None),
            ("// TODOS", false, None),
            ("TODO", true, None),
            ("- TODO: chapter two", true, Some("TODO chapter two")),
        ] {
            let found = find(text.as_bytes(), 1, in_prose)
                .map(|marker| format!("{} {}", KINDS[marker.kind], marker.text));
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
