//! Finds the documents that fit a request, by BM25 over stemmed words.
//!
//! Owns ranking and the scale of its scores. Knows nothing of what the documents are for; intake uses it to
//! choose plan templates.

use std::collections::BTreeMap;

use crate::stop_words::is_stop_word;
use crate::text::{Form, Text};

/// Something that can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub id: String,
    pub title: String,
    pub text: String,
    /// Requests that this document is the right answer to.
    pub examples: Vec<String>,
}

/// How much of a query's weight the best document must account for before it can be said to fit.
pub const FIT_THRESHOLD: f64 = 0.3;

/// Saturation of repeated words and the pull of a document's length, the usual values of BM25.
const SATURATION: f64 = 1.2;
const LENGTH_PULL: f64 = 0.75;

/// A word in the title says more than one in the text.
const TITLE_WEIGHT: u32 = 3;
const EXAMPLE_WEIGHT: u32 = 2;

/// A word that no document knows counts against all of them, or one lucky word would be a full fit; but less than
/// a known one, because names and numbers are always unknown.
const UNKNOWN_WEIGHT: f64 = 0.35;

/// So many of a query's weightiest words decide: a long request need not be about nothing else.
const DECIDING_TERMS: usize = 8;

/// Queries longer than this are pasted material.
const MOST_QUERY_TERMS: usize = 200;

/// An index over a few hundred documents.
#[derive(Debug, Clone, Default)]
pub struct Retriever {
    ids: Vec<String>,
    lengths: Vec<f64>,
    mean_length: f64,
    /// Term to (document, weighted count), documents ascending.
    postings: BTreeMap<String, Vec<(usize, u32)>>,
}

impl Retriever {
    pub fn new(documents: &[Document]) -> Retriever {
        let mut retriever = Retriever::default();
        for (index, document) in documents.iter().enumerate() {
            let mut counts: BTreeMap<String, u32> = BTreeMap::new();
            let examples = document.examples.iter().map(|example| (example.as_str(), EXAMPLE_WEIGHT));
            let fields = [(document.title.as_str(), TITLE_WEIGHT), (document.text.as_str(), 1)];
            for (field, weight) in fields.into_iter().chain(examples) {
                for term in terms(field) {
                    *counts.entry(term).or_default() += weight;
                }
            }
            retriever.ids.push(document.id.clone());
            retriever.lengths.push(counts.values().map(|&count| f64::from(count)).sum());
            for (term, count) in counts {
                retriever.postings.entry(term).or_default().push((index, count));
            }
        }
        retriever.mean_length = retriever.lengths.iter().sum::<f64>() / retriever.lengths.len().max(1) as f64;
        retriever
    }

    /// The best `most` documents with scores from 0 (nothing in common) to 1 (every word of the query is
    /// prominent there), best first, ties by id. Below [`FIT_THRESHOLD`] nothing fits.
    pub fn best(&self, query: &str, most: usize) -> Vec<(&str, f64)> {
        let mut query_terms: Vec<String> = terms(query).take(MOST_QUERY_TERMS).collect();
        query_terms.sort_unstable();
        query_terms.dedup();
        let mut scores = vec![0.0; self.ids.len()];
        let mut attainable_by_term = Vec::with_capacity(query_terms.len());
        for term in &query_terms {
            let found = self.postings.get(term).map_or(&[][..], Vec::as_slice);
            let rarity = self.rarity(found.len());
            let weight = if found.is_empty() { UNKNOWN_WEIGHT } else { 1.0 };
            attainable_by_term.push(weight * rarity * (SATURATION + 1.0));
            for &(document, count) in found {
                scores[document] += rarity * self.prominence(document, f64::from(count));
            }
        }
        attainable_by_term.sort_by(|left, right| right.total_cmp(left));
        let attainable: f64 = attainable_by_term.iter().take(DECIDING_TERMS).sum();
        let mut ranked: Vec<(&str, f64)> = self
            .ids
            .iter()
            .zip(scores)
            .filter(|(_, score)| *score > 0.0)
            .map(|(id, score)| (id.as_str(), (score / attainable).min(1.0)))
            .collect();
        ranked.sort_by(|left, right| right.1.total_cmp(&left.1).then_with(|| left.0.cmp(right.0)));
        ranked.truncate(most);
        ranked
    }

    fn rarity(&self, documents_with_term: usize) -> f64 {
        let (all, with) = (self.ids.len() as f64, documents_with_term as f64);
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }

    fn prominence(&self, document: usize, count: f64) -> f64 {
        let length = self.lengths[document] / self.mean_length.max(1.0);
        count * (SATURATION + 1.0) / (count + SATURATION * (1.0 - LENGTH_PULL + LENGTH_PULL * length))
    }
}

fn terms(field: &str) -> impl Iterator<Item = String> {
    Text::new(field)
        .tokens
        .into_iter()
        .filter(|token| matches!(token.form, Form::Word | Form::Identifier) && !is_stop_word(&token.text))
        .map(|token| stem(&token.text))
}

/// Endings that inflection adds in English, German, French and Spanish, longest first.
const ENDINGS: [&str; 25] = [
    "izations", "ization", "ations", "ation", "ciones", "cion", "ungen", "ements", "ement", "ating", "ates",
    "ated", "ings", "ung", "ing", "ies", "ern", "ed", "es", "en", "er", "em", "s", "e", "n",
];

/// The shortest stem: below it, cutting an ending makes different words equal.
const SHORTEST_STEM: usize = 4;

fn stem(word: &str) -> String {
    for ending in ENDINGS {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.chars().count() >= SHORTEST_STEM
        {
            return stem.to_owned();
        }
    }
    word.to_owned()
}
