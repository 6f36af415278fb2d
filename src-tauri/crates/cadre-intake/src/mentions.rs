//! Finds the organisation's own names in a request.
//!
//! Shared with the build script, so that a name in a training line acts as a name in a request does.

use std::collections::HashMap;

use crate::features::Mentions;
use crate::text::{Text, Token};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameKind {
    Agent,
    Person,
    Project,
}

#[derive(Debug, Clone)]
struct Entry {
    rest: Vec<String>,
    kind: NameKind,
    index: usize,
}

/// Names by their first word. A person is also found by the first name alone.
#[derive(Debug, Clone, Default)]
pub(crate) struct NameIndex {
    entries: HashMap<String, Vec<Entry>>,
}

impl NameIndex {
    pub(crate) fn insert(&mut self, name: &str, kind: NameKind, index: usize) {
        let mut words: Vec<String> = Text::new(name).tokens.into_iter().map(|token| token.text).collect();
        // One letter is no name that could be told from a word.
        if words.iter().map(String::len).sum::<usize>() < 2 {
            return;
        }
        let first = words.remove(0);
        let entries = self.entries.entry(first).or_default();
        if kind == NameKind::Person && !words.is_empty() {
            entries.push(Entry { rest: Vec::new(), kind, index });
        }
        entries.push(Entry { rest: words, kind, index });
    }

    /// What is mentioned, and the indices of the members mentioned in the order of the text.
    pub(crate) fn find(&self, tokens: &[Token]) -> (Mentions, Vec<usize>) {
        let mut mentions = Mentions::default();
        let mut members = Vec::new();
        if self.entries.is_empty() {
            return (mentions, members);
        }
        for (position, token) in tokens.iter().enumerate() {
            for entry in self.entries.get(token.text.as_str()).into_iter().flatten() {
                let following = &tokens[position + 1..];
                let whole = following.len() >= entry.rest.len()
                    && entry.rest.iter().zip(following).all(|(word, token)| *word == token.text);
                if !whole {
                    continue;
                }
                match entry.kind {
                    NameKind::Agent => mentions.agents.push(position),
                    NameKind::Person => mentions.people.push(position),
                    NameKind::Project => mentions.projects.push(position),
                }
                if entry.kind != NameKind::Project && !members.contains(&entry.index) {
                    members.push(entry.index);
                }
            }
        }
        (mentions, members)
    }
}
