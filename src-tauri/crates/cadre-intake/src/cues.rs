//! Classes of words that carry the shape of a request ("make", "agent", "should", "which") in many languages.
//!
//! Owns the lexicon `corpus/cues.tsv` and its matching. What a class means for an intent is not written down
//! anywhere: training finds it out.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::text::{Text, Token};

/// The longest prefix in the lexicon is shorter; a token of thousands of characters is none of its words.
const LONGEST_PREFIX: usize = 20;

const LEXICON: &str = include_str!("../corpus/cues.tsv");

/// A class found at a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) position: usize,
    pub(crate) class: usize,
}

struct Phrase {
    words: Vec<String>,
    class: usize,
}

/// The lexicon, indexed by the first word of each phrase.
pub(crate) struct Lexicon {
    names: Vec<String>,
    phrases: HashMap<String, Vec<Phrase>>,
    prefixes: HashMap<String, Vec<usize>>,
}

impl Lexicon {
    pub(crate) fn shipped() -> &'static Lexicon {
        static SHIPPED: OnceLock<Lexicon> = OnceLock::new();
        SHIPPED.get_or_init(|| Lexicon::parse(LEXICON))
    }

    fn parse(source: &str) -> Lexicon {
        let mut lexicon = Lexicon { names: Vec::new(), phrases: HashMap::new(), prefixes: HashMap::new() };
        for line in source.lines().filter(|line| !line.starts_with('#')) {
            let Some((name, entries)) = line.split_once('\t') else { continue };
            let class = lexicon.names.len();
            lexicon.names.push(name.to_owned());
            for entry in entries.split(',') {
                lexicon.insert(entry.trim(), class);
            }
        }
        lexicon
    }

    fn insert(&mut self, entry: &str, class: usize) {
        if let Some(prefix) = entry.strip_suffix('*') {
            self.prefixes.entry(prefix.to_owned()).or_default().push(class);
            return;
        }
        let mut words: Vec<String> = Text::new(entry).tokens.into_iter().map(|token| token.text).collect();
        if words.is_empty() {
            return;
        }
        let first = words.remove(0);
        self.phrases.entry(first).or_default().push(Phrase { words, class });
    }

    pub(crate) fn name(&self, class: usize) -> &str {
        &self.names[class]
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn class(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// Every class found, in the order of the text.
    pub(crate) fn hits(&self, tokens: &[Token]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (position, token) in tokens.iter().enumerate() {
            for phrase in self.phrases.get(token.text.as_str()).into_iter().flatten() {
                let rest = &tokens[position + 1..];
                if rest.len() >= phrase.words.len()
                    && phrase.words.iter().zip(rest).all(|(word, token)| *word == token.text)
                {
                    hits.push(Hit { position, class: phrase.class });
                }
            }
            for end in prefix_ends(&token.text) {
                for &class in self.prefixes.get(&token.text[..end]).into_iter().flatten() {
                    hits.push(Hit { position, class });
                }
            }
        }
        hits
    }
}

/// Where the prefixes of a token end, from two characters to the whole token.
fn prefix_ends(token: &str) -> impl Iterator<Item = usize> {
    token.char_indices().map(|(end, _)| end).chain([token.len()]).skip(2).take(LONGEST_PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold_into;

    #[test]
    fn lexicon_entries_can_match() {
        for line in LEXICON.lines().filter(|line| !line.starts_with('#')) {
            let (name, entries) = line.split_once('\t').unwrap();
            for entry in entries.split(',') {
                let mut folded = String::new();
                fold_into(entry, &mut folded);
                assert_eq!(entry, folded, "{name}: requests are folded, so an unfolded entry never matches");
                let prefix = entry.strip_suffix('*');
                assert!(
                    prefix.is_none_or(|prefix| !prefix.contains(' ') && prefix.chars().count() >= 2),
                    "{name}: {entry} is a prefix of no single token"
                );
                assert!(!entry.trim().is_empty(), "{name} has an empty entry");
            }
        }
    }

    #[test]
    fn hits_carry_class_and_position() {
        let lexicon = Lexicon::shipped();
        for (text, name, position) in [
            ("Please, from NOW on reply in Dutch", "standing", 1),
            ("ein NEUER Agent", "new", 1),
            ("we don't have one", "lack", 1),
            ("die Optimierung", "improve", 1),
            ("每天检查库存", "standing", 0),
        ] {
            let hits = lexicon.hits(&Text::new(text).tokens);
            let class = lexicon.class(name).unwrap();
            assert!(hits.contains(&Hit { position, class }), "{text} has {name} at {position}: {hits:?}");
        }
    }
}
