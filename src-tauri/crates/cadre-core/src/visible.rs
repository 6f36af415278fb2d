//! Text that somebody else wrote, as a person may look at it before deciding.
//!
//! Characters that draw nothing, move the cursor or turn the direction of what follows are written out, so that
//! what is approved is what is seen. `ui/src/words/visible.ts` does the same for the browser; both are tested with
//! `tests/visible.json`. Deliberately absent: any change of the text itself. What is approved, hashed and carried out
//! are the bytes as they came.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Many lines: line ends and tabs stay, everything else that is not seen is written out.
pub fn visible(text: &str) -> String {
    escaped(text, |letter| is_unseen(letter) && !matches!(letter, '\n' | '\t'))
}

/// One line of a form: nothing in it can begin a second one.
pub fn one_line(text: &str) -> String {
    escaped(text, is_unseen)
}

/// A program with its arguments, each so that its end is seen: quoted as a shell would need it. Nothing is ever given
/// to a shell.
pub fn command_line<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| one_line(&quoted(word))).collect();
    quoted.join(" ")
}

/// A word as a shell would need it.
pub fn quoted(word: &str) -> String {
    match shlex::try_quote(word) {
        Ok(quoted) => quoted.into_owned(),
        // Only a NUL cannot be quoted, and no program can get one as an argument.
        Err(_) => format!("'{word}'"),
    }
}

fn escaped(text: &str, is_written_out: impl Fn(char) -> bool) -> String {
    let mut seen = String::with_capacity(text.len());
    for letter in text.chars() {
        match is_written_out(letter) {
            true => seen.push_str(&format!("‹U+{:04X}›", u32::from(letter))),
            false => seen.push(letter),
        }
    }
    seen
}

fn is_unseen(letter: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(letter);
    matches!(
        category,
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    ) || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(letter)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Case {
        what: String,
        text: String,
        visible: String,
        one_line: String,
    }

    #[test]
    fn nothing_that_is_not_seen_stays_unseen() {
        let cases: Vec<Case> =
            serde_json::from_str(include_str!("../tests/visible.json")).expect("the cases are sound");
        assert!(cases.len() > 10, "the interface is tested with the same cases, so they must be there");
        for case in cases {
            assert_eq!(visible(&case.text), case.visible, "{}", case.what);
            assert_eq!(one_line(&case.text), case.one_line, "{}, in one line", case.what);
        }
    }

    #[test]
    fn where_one_argument_ends_is_seen() {
        for (words, shown) in [
            (vec!["rm", "-rf", "a b"], "rm -rf 'a b'"),
            (vec!["rm", "-rf", "a", "b"], "rm -rf a b"),
            (vec!["echo", ""], "echo ''"),
            (vec!["echo", "it's"], r#"echo "it's""#),
            (vec!["sh", "-c", "one\ntwo"], "sh -c 'one‹U+000A›two'"),
            (vec!["echo", "\u{202e}gpj.exe"], "echo '‹U+202E›gpj.exe'"),
        ] {
            assert_eq!(command_line(words.iter().copied()), shown, "{words:?}");
        }
    }
}
