//! Classes of words that carry the shape of a request ("make", "agent", "should", "which") in many languages.
//!
//! Owns the lexicon `corpus/cues.tsv` and its matching. What a class means for an intent is not written down
//! anywhere: training finds it out.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::text::{Text, Token};

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
            for (end, _) in token.text.char_indices().skip(2).chain([(token.text.len(), ' ')]) {
                for &class in self.prefixes.get(&token.text[..end]).into_iter().flatten() {
                    hits.push(Hit { position, class });
                }
            }
        }
        hits
    }
}
