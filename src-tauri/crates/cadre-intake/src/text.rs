//! Turns a request into folded tokens.
//!
//! Owns the bound on how much of a text is looked at, and the folding that makes case, accents and surrounding
//! white space irrelevant. Shared with the build script, so that training and reading see the same tokens.

/// A request longer than this is looked at in its beginning and its end only: what is asked stands there, the
/// middle is pasted material.
const HEAD_BYTES: usize = 8 * 1024;
const TAIL_BYTES: usize = 2 * 1024;

/// What a token is, as far as its form shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Word,
    Number,
    /// Letters and digits mixed, or `#123`: an order, a ticket, a product.
    Identifier,
    /// A file name, path, address or link.
    Locator,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) form: Form,
}

impl Token {
    /// The token as it enters n-grams: what varies without meaning is replaced by its form.
    pub(crate) fn shape(&self) -> &str {
        match self.form {
            Form::Word | Form::Identifier => &self.text,
            Form::Number => "<number>",
            Form::Locator => "<locator>",
        }
    }
}

/// A bounded, folded and tokenised request.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub(crate) folded: String,
    pub(crate) tokens: Vec<Token>,
}

impl Text {
    pub(crate) fn new(raw: &str) -> Text {
        let trimmed = raw.trim();
        let (head, tail) = bounded(trimmed);
        let mut folded = String::with_capacity(head.len() + tail.len() + 1);
        fold_into(head, &mut folded);
        if !tail.is_empty() {
            folded.push('\n');
            fold_into(tail, &mut folded);
        }
        let tokens = tokenise(&folded);
        Text { folded, tokens }
    }
}

/// Splits off the beginning and, of a long text, the end, both at character boundaries.
fn bounded(text: &str) -> (&str, &str) {
    if text.len() <= HEAD_BYTES + TAIL_BYTES {
        return (text, "");
    }
    let mut head = HEAD_BYTES;
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    let mut tail = text.len() - TAIL_BYTES;
    while !text.is_char_boundary(tail) {
        tail += 1;
    }
    (&text[..head], &text[tail..])
}

/// Folds case and Latin accents, and evens out quotation marks and spaces.
pub(crate) fn fold_into(raw: &str, out: &mut String) {
    for character in raw.chars() {
        if character.is_ascii() {
            out.push(character.to_ascii_lowercase());
            continue;
        }
        for lower in character.to_lowercase() {
            fold_character(lower, out);
        }
    }
}

fn fold_character(character: char, out: &mut String) {
    let plain = match character {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ą' | 'ă' | 'ā' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'ď' | 'đ' => 'd',
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' | 'ē' => 'e',
        'ğ' => 'g',
        'ì' | 'í' | 'î' | 'ï' | 'ı' | 'ī' => 'i',
        'ł' => 'l',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ő' | 'ō' => 'o',
        'ř' => 'r',
        'ś' | 'š' | 'ş' | 'ș' => 's',
        'ť' | 'ț' => 't',
        'ù' | 'ú' | 'û' | 'ü' | 'ů' | 'ű' | 'ū' => 'u',
        'ý' | 'ÿ' => 'y',
        'ź' | 'ż' | 'ž' => 'z',
        'ς' => 'σ',
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '`' | '´' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '«' | '»' => '"',
        '？' | '؟' => '?',
        '：' => ':',
        '，' | '、' => ',',
        'ß' => return out.push_str("ss"),
        'æ' => return out.push_str("ae"),
        'œ' => return out.push_str("oe"),
        // A combining mark is what folding takes away.
        '\u{300}'..='\u{36f}' => return,
        other if other.is_whitespace() => ' ',
        other => other,
    };
    out.push(plain);
}

/// A script written without spaces: each character is a token of its own, so that bigrams act as words.
pub(crate) fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{0e00}'..='\u{0e7f}')
}

fn tokenise(folded: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(folded.len() / 5 + 1);
    for chunk in folded.split_whitespace() {
        let bare = chunk.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '#' | '/' | '@'));
        if bare.is_empty() {
            continue;
        }
        if is_locator(bare) {
            tokens.push(Token { text: bare.to_owned(), form: Form::Locator });
        }
        push_words(bare, &mut tokens);
    }
    tokens
}

fn is_locator(chunk: &str) -> bool {
    if chunk.contains("://") || chunk.starts_with("www.") {
        return true;
    }
    if let Some((before, after)) = chunk.split_once('@') {
        return !before.is_empty() || after.contains('.');
    }
    if chunk.starts_with('/') && chunk.len() > 2 || chunk.matches('/').count() >= 2 {
        return chunk.chars().any(|c| c.is_ascii_alphabetic());
    }
    let Some((stem, extension)) = chunk.rsplit_once('.') else { return false };
    let stem_named = stem.chars().any(char::is_alphabetic) && !stem.ends_with('.');
    let short = (2..=5).contains(&extension.len()) && extension.chars().all(|c| c.is_ascii_alphanumeric());
    stem_named && short && !stem.is_empty() && extension.chars().any(|c| c.is_ascii_alphabetic())
}

/// Words, numbers and identifiers inside one chunk. An apostrophe joins ("don't" is one token, `dont`).
fn push_words(chunk: &str, tokens: &mut Vec<Token>) {
    let mut current = String::new();
    let mut previous = ' ';
    for character in chunk.chars() {
        if is_unspaced(character) {
            push_word(&mut current, tokens);
            tokens.push(Token { text: character.to_string(), form: Form::Word });
        } else if character.is_alphanumeric() {
            if current.is_empty() && previous == '#' {
                current.push('#');
            }
            current.push(character);
        } else if character != '\'' {
            push_word(&mut current, tokens);
        }
        previous = character;
    }
    push_word(&mut current, tokens);
}

fn push_word(current: &mut String, tokens: &mut Vec<Token>) {
    if current.is_empty() {
        return;
    }
    let text = std::mem::take(current);
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let form = if digits == 0 && !text.starts_with('#') {
        Form::Word
    } else if text.starts_with('#') {
        Form::Identifier
    } else if text.trim_end_matches(['k', 'm', 'h', '%']).chars().all(|c| c.is_ascii_digit()) {
        Form::Number
    } else {
        Form::Identifier
    };
    tokens.push(Token { text, form });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(raw: &str, expected: &[(&str, Form)]) {
        let tokens = Text::new(raw).tokens;
        let found: Vec<(&str, Form)> = tokens.iter().map(|token| (token.text.as_str(), token.form)).collect();
        assert_eq!(found, expected, "tokens of {raw:?}");
    }

    #[test]
    fn tokens_keep_what_matters() {
        use Form::{Identifier, Locator, Number, Word};
        check("Don’t FIX it!", &[("dont", Word), ("fix", Word), ("it", Word)]);
        check("Größe naïve", &[("grosse", Word), ("naive", Word)]);
        check("#412 X200 25k", &[("#412", Identifier), ("x200", Identifier), ("25k", Number)]);
        check(
            "see docs/a.md.",
            &[("see", Word), ("docs/a.md", Locator), ("docs", Word), ("a", Word), ("md", Word)],
        );
        check("and/or e.g.", &[("and", Word), ("or", Word), ("e", Word), ("g", Word)]);
        check("漢字", &[("漢", Word), ("字", Word)]);
        check(" \n ", &[]);
    }

    #[test]
    fn long_texts_keep_their_beginning_and_end() {
        let text = Text::new(&format!("first {} last", "é ".repeat(100_000)));
        assert!(text.folded.len() <= HEAD_BYTES + TAIL_BYTES + 1, "only so much is looked at");
        assert_eq!(
            text.tokens.first().map(|token| token.text.as_str()),
            Some("first"),
            "the beginning counts"
        );
        assert_eq!(text.tokens.last().map(|token| token.text.as_str()), Some("last"), "the end counts");
    }
}
