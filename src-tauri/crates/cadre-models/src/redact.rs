//! Takes keys out of text that a provider sent, before it becomes part of an error.

use std::sync::Arc;

use cadre_core::redact::without_keys;

use crate::endpoint::Endpoint;
use crate::error::ModelError;

const MAX_TEXT_BYTES: usize = 2048;
const REPLACEMENT: &str = "[redacted]";

/// Cleans everything that leaves this crate as an error of one endpoint.
#[derive(Clone)]
pub(crate) struct Redactor(Arc<Endpoint>);

impl Redactor {
    pub(crate) fn new(endpoint: Arc<Endpoint>) -> Self {
        Self(endpoint)
    }

    pub(crate) fn clean(&self, mut error: ModelError) -> ModelError {
        let key = self.0.key();
        error.message = clean_text(&error.message, key);
        error.provider_code = error.provider_code.map(|code| clean_text(&code, key));
        error.repair_hint = error.repair_hint.map(|hint| clean_text(&hint, key));
        error
    }
}

/// Removes the key, whatever looks like one and control characters, then cuts: in this order, because half a key at
/// the cut would no longer be recognised.
pub(crate) fn clean_text(text: &str, key: Option<&str>) -> String {
    let text = match key {
        Some(key) if !key.is_empty() => without_keys(&text.replace(key, REPLACEMENT)),
        _ => without_keys(text),
    };
    let text: String = text
        .chars()
        .map(|character| if character.is_control() && character != '\n' { ' ' } else { character })
        .collect();
    cut(text.trim(), MAX_TEXT_BYTES)
}

/// The text up to the limit, at a character's boundary.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(limit)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_out() {
        for (text, expected, reason) in [
            (
                "bad key hunter2hunter2!",
                "bad key [redacted]!",
                "the endpoint's own key, whatever it looks like",
            ),
            ("refused: sk-0123456789", "refused: [redacted]", "another key that it names"),
            ("line\nnext\u{1b}[31m", "line\nnext [31m", "a terminal must not obey a provider"),
        ] {
            assert_eq!(clean_text(text, Some("hunter2hunter2")), expected, "{reason}");
        }
    }

    #[test]
    fn a_key_across_the_cut_is_gone_whole() {
        let text = format!("{}hunter2hunter2", "x".repeat(MAX_TEXT_BYTES - 5));
        let cleaned = clean_text(&text, Some("hunter2hunter2"));
        assert!(!cleaned.contains("hunt"), "the first half of a key is a leak too");
        assert!(cleaned.len() <= MAX_TEXT_BYTES + '…'.len_utf8(), "2 KiB and the mark of the cut");
    }

    #[test]
    fn a_cut_does_not_split_a_character() {
        assert_eq!(cut("ééé", 3), "é…", "three bytes hold one and a half of them");
    }
}
