//! Takes what looks like a key out of text that others see: errors, and lines of the log.

const REPLACEMENT: &str = "[redacted]";

/// How keys begin. Providers echo them, sometimes half masked, when they refuse them; the last two are Cadre's own:
/// the code of a link, and the bearer of a browser's session.
const KEY_BEGINNINGS: [&str; 10] =
    ["sk-", "xai-", "ghp_", "github_pat_", "AIza", "Bearer ", "bearer ", "Basic ", "code=", "bearer."];

/// Replaces each word that begins as keys do and is long enough to be one.
pub fn without_keys(text: &str) -> String {
    let mut text = text.to_owned();
    for beginning in KEY_BEGINNINGS {
        if text.contains(beginning) {
            text = without_words(&text, beginning);
        }
    }
    text
}

fn without_words(text: &str, beginning: &str) -> String {
    const SHORTEST_KEY: usize = 8;
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(found) = rest.find(beginning) {
        let (before, word) = rest.split_at(found);
        cleaned += before;
        let after = &word[beginning.len()..];
        let length = after
            .find(|character: char| !(character.is_ascii_alphanumeric() || "-_.*/+=".contains(character)))
            .unwrap_or(after.len());
        let inside_word = before.chars().next_back().is_some_and(|last| last.is_ascii_alphanumeric());
        if length >= SHORTEST_KEY && !inside_word {
            cleaned += REPLACEMENT;
            rest = &after[length..];
        } else {
            cleaned += beginning;
            rest = after;
        }
    }
    cleaned + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_taken_out() {
        for (text, expected, reason) in [
            (
                "Incorrect API key provided: sk-abc***wxyz.",
                "Incorrect API key provided: [redacted]",
                "half masked",
            ),
            ("Authorization: Bearer abcdefghij", "Authorization: [redacted]", "a header that was echoed"),
            ("xai-0123456789 and sk-0123456789", "[redacted] and [redacted]", "several"),
            ("token ghp_0123456789abcdef!", "token [redacted]!", "another service's"),
            ("http://127.0.0.1:8080/#code=0123456789abcdef", "http://127.0.0.1:8080/#[redacted]", "a link"),
            ("cadre.v1, bearer.0123456789abcdef", "cadre.v1, [redacted]", "a session"),
            (r#"{"message":"sk-0123456789"}"#, r#"{"message":"[redacted]"}"#, "JSON stays JSON"),
            ("use a disk-based task-runner", "use a disk-based task-runner", "words with sk- inside them"),
            ("sk-short", "sk-short", "too short for a key"),
            ("exit code=1", "exit code=1", "a code that is none"),
        ] {
            assert_eq!(without_keys(text), expected, "{reason}");
        }
    }
}
