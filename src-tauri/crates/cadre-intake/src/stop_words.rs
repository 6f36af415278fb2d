//! The commonest words of four languages: they name no topic, but they give the language away.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
    French,
    Spanish,
}

const ENGLISH: &[&str] = &[
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because",
    "been", "before", "but", "by", "can", "could", "did", "do", "does", "for", "from", "get", "had", "has",
    "have", "he", "her", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "me",
    "more", "my", "need", "no", "not", "now", "of", "on", "one", "or", "our", "out", "please", "pls", "she",
    "should", "so", "some", "than", "that", "the", "their", "them", "then", "there", "they", "this", "to",
    "up", "us", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will", "with", "would",
    "you", "your",
];
const GERMAN: &[&str] = &[
    "aber", "alle", "als", "am", "an", "auch", "auf", "aus", "bei", "bis", "bitte", "da", "das", "dass",
    "dem", "den", "der", "des", "die", "ein", "eine", "einen", "einem", "einer", "er", "es", "fur", "hat",
    "ich", "ihr", "im", "in", "ist", "kann", "kein", "keine", "mal", "man", "mir", "mit", "muss", "nach",
    "nicht", "noch", "nur", "oder", "schon", "sich", "sie", "sind", "so", "soll", "uber", "um", "und", "uns",
    "unser", "unsere", "von", "vor", "war", "was", "wenn", "wer", "wie", "wir", "wird", "zu", "zum", "zur",
];
const FRENCH: &[&str] = &[
    "a", "au", "aux", "avec", "ce", "ces", "cest", "cette", "dans", "de", "des", "du", "elle", "en", "est",
    "et", "fait", "faut", "il", "ils", "je", "la", "le", "les", "leur", "mais", "me", "mon", "ne", "nos",
    "notre", "nous", "on", "ont", "ou", "par", "pas", "peux", "plus", "pour", "que", "qui", "sa", "se",
    "ses", "si", "son", "sont", "sur", "toi", "tu", "un", "une", "vos", "votre", "vous",
];
const SPANISH: &[&str] = &[
    "a", "al", "con", "como", "cuando", "de", "del", "el", "ella", "en", "es", "esta", "este", "esto", "ha",
    "hay", "la", "las", "le", "lo", "los", "mas", "me", "mi", "muy", "necesito", "no", "nos", "nuestra",
    "nuestro", "o", "para", "pero", "por", "que", "se", "si", "sin", "sobre", "su", "sus", "te", "tiene",
    "todo", "tu", "un", "una", "y", "ya", "yo",
];

const TABLES: [(Language, &[&str]); 4] = [
    (Language::English, ENGLISH),
    (Language::German, GERMAN),
    (Language::French, FRENCH),
    (Language::Spanish, SPANISH),
];

pub(crate) fn is_stop_word(folded: &str) -> bool {
    TABLES.iter().any(|(_, words)| words.contains(&folded))
}

/// The language whose common words occur most; English when none does.
pub(crate) fn language_of<'a>(folded_words: impl Iterator<Item = &'a str>) -> Language {
    let mut counts = [0usize; TABLES.len()];
    for word in folded_words {
        for (count, (_, words)) in counts.iter_mut().zip(&TABLES) {
            *count += usize::from(words.contains(&word));
        }
    }
    let mut best = 0;
    for index in 1..counts.len() {
        if counts[index] > counts[best] {
            best = index;
        }
    }
    TABLES[best].0
}
