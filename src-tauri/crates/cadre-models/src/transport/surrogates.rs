//! Mends characters that a server has cut in half.
//!
//! Servers written in JavaScript split text by UTF-16 units, so half an emoji ends one event (`\ud83d`) and the other
//! half begins the next (`\ude00`). Neither is a character, and a JSON parser refuses both.

use std::borrow::Cow;

const ESCAPE_BYTES: usize = "\\uXXXX".len();

/// Carries the first half of a character from one event to the next.
#[derive(Default)]
pub(super) struct Surrogates {
    held: Option<String>,
}

#[derive(PartialEq)]
enum Half {
    First,
    Second,
}

impl Surrogates {
    /// The event's data with whole characters only: a first half is taken out and put before the second half that
    /// follows; a second half that nothing came before becomes U+FFFD.
    pub(super) fn mend<'a>(&mut self, data: &'a str) -> Cow<'a, str> {
        if !data.contains("\\ud") && !data.contains("\\uD") {
            return Cow::Borrowed(data);
        }
        let mut mended = String::with_capacity(data.len() + ESCAPE_BYTES);
        let mut rest = data;
        while let Some(at) = rest.find('\\') {
            mended += &rest[..at];
            rest = &rest[at..];
            let length = match half(rest) {
                None => rest.chars().take(2).map(char::len_utf8).sum(),
                Some(Half::First) if half(&rest[ESCAPE_BYTES..]) == Some(Half::Second) => 2 * ESCAPE_BYTES,
                Some(Half::First) => {
                    self.held = Some(rest[..ESCAPE_BYTES].to_owned());
                    rest = &rest[ESCAPE_BYTES..];
                    continue;
                }
                Some(Half::Second) => {
                    match self.held.take() {
                        Some(first) => mended = mended + &first + &rest[..ESCAPE_BYTES],
                        None => mended.push('\u{fffd}'),
                    }
                    rest = &rest[ESCAPE_BYTES..];
                    continue;
                }
            };
            let (escape, after) = rest.split_at(length);
            mended += escape;
            rest = after;
        }
        mended += rest;
        Cow::Owned(mended)
    }
}

/// Whether the text begins with the escape of half a character.
fn half(text: &str) -> Option<Half> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xD800..=0xDBFF => Some(Half::First),
        0xDC00..=0xDFFF => Some(Half::Second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_become_whole_characters() {
        let cases: [(&[&str], &str, &str); 7] = [
            (&[r#""a\ud83d"#, r#"\ude00b""#], "a😀b", "cut between two events"),
            (&[r#""a\ud83d\ude00b""#], "a😀b", "not cut at all"),
            (&[r#""\ud83d\udc4b\ud83c"#, r#"\udffd\ud83d\ude00""#], "👋🏽😀", "several, one of them cut"),
            (&[r#""\ude00b""#], "\u{fffd}b", "a second half alone"),
            (&[r#""a\ud83d"#, r#"b""#], "ab", "a first half alone"),
            (&[r#""\\ud83d""#], r"\ud83d", "an escaped backslash before the same letters"),
            (&[r#""\ud83d\n"#, r#"\uDE00é\\""#], "\n😀é\\", "among other escapes"),
        ];
        for (parts, expected, reason) in cases {
            let mut surrogates = Surrogates::default();
            let json: String = parts.iter().map(|part| surrogates.mend(part).into_owned()).collect();
            let text: Result<String, _> = serde_json::from_str(&json);
            assert_eq!(text.as_deref().ok(), Some(expected), "{reason}: {json}");
        }
    }

    #[test]
    fn any_text_is_survived() {
        for text in ["\\", "\\u", "\\ud8", "\\ud83d", "\\ud83d\\", "\\ud83d\\u", "\\ud83dé", "\\udé\\ud"] {
            Surrogates::default().mend(text);
        }
    }
}
