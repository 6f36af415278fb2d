//! The numbers that a request is turned into.
//!
//! Hashed words, word pairs and pieces of words say what it is about; cue classes and shape say what is wanted.
//! Shared with the build script: a change here retrains. No feature looks at case.

use crate::cues::{Hit, Lexicon};
use crate::text::{Form, Text};

/// Buckets that features are hashed into.
pub(crate) const BUCKETS: usize = 1 << 16;

/// Members of the organisation found in the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    /// Token positions where an agent's name starts.
    pub(crate) agents: Vec<usize>,
    /// Token positions where a person's name starts.
    pub(crate) people: Vec<usize>,
    /// Token positions where a project's name starts.
    pub(crate) projects: Vec<usize>,
}

/// A bucket and its value; buckets may repeat.
pub(crate) type Feature = (u32, f32);

const WORD_WEIGHT: f32 = 1.5;
const PIECE_WEIGHT: f32 = 1.3;
const CUE_WEIGHT: f32 = 1.2;
const SHAPE_WEIGHT: f32 = 1.0;

/// Pieces of words are taken from so many tokens only: enough for what is asked, and a long paste stays cheap.
const PIECE_TOKENS: usize = 400;

pub(crate) fn extract(text: &Text, mentions: &Mentions) -> Vec<Feature> {
    let lexicon = Lexicon::shipped();
    let mut hits = lexicon.hits(&text.tokens);
    let known = lexicon.len();
    for (kind, positions) in [&mentions.agents, &mentions.people, &mentions.projects].into_iter().enumerate()
    {
        hits.extend(positions.iter().map(|&position| Hit { position, class: known + kind }));
    }
    hits.sort_by_key(|hit| (hit.position, hit.class));

    let mut features = Vec::new();
    push_group(word_features(text), WORD_WEIGHT, &mut features);
    push_group(piece_features(text), PIECE_WEIGHT, &mut features);
    push_group(cue_features(text, &hits, known), CUE_WEIGHT, &mut features);
    push_group(shape_features(text, &hits, lexicon), SHAPE_WEIGHT, &mut features);
    features
}

/// The feature that tells the heads for complexity and horizon which intent they are judging.
pub(crate) fn intent_feature(intent: usize) -> Feature {
    (Hasher::new("intent").number(intent).bucket(), 1.0)
}

/// A group counts as a whole: its length is one, times its weight, whatever the length of the text.
fn push_group(mut buckets: Vec<u32>, weight: f32, features: &mut Vec<Feature>) {
    buckets.sort_unstable();
    buckets.dedup();
    let value = weight / (buckets.len().max(1) as f32).sqrt();
    features.extend(buckets.into_iter().map(|bucket| (bucket, value)));
}

/// FNV-1a, because it is short, stable over releases and good enough for bucketing.
#[derive(Clone, Copy)]
struct Hasher(u64);

impl Hasher {
    fn new(namespace: &str) -> Hasher {
        Hasher(0xcbf2_9ce4_8422_2325).text(namespace)
    }

    fn text(self, text: &str) -> Hasher {
        let mut state = self.0;
        for &byte in text.as_bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        // A separator, so that ("ab", "c") and ("a", "bc") differ.
        Hasher((state ^ 0xff).wrapping_mul(0x0100_0000_01b3))
    }

    fn number(self, number: usize) -> Hasher {
        Hasher((self.0 ^ (number as u64).wrapping_add(0x9e37)).wrapping_mul(0x0100_0000_01b3))
    }

    fn bucket(self) -> u32 {
        let mixed = self.0 ^ (self.0 >> 29) ^ (self.0 >> 43);
        (mixed % BUCKETS as u64) as u32
    }
}

fn word_features(text: &Text) -> Vec<u32> {
    let mut buckets = Vec::with_capacity(text.tokens.len() * 2 + 4);
    let mut previous = "<start>";
    for (position, token) in text.tokens.iter().enumerate() {
        let word = token.shape();
        buckets.push(Hasher::new("w").text(word).bucket());
        buckets.push(Hasher::new("ww").text(previous).text(word).bucket());
        if position < 3 {
            buckets.push(Hasher::new("first").number(position).text(word).bucket());
        }
        previous = word;
    }
    buckets.push(Hasher::new("ww").text(previous).text("<end>").bucket());
    buckets
}

/// Pieces of three to five characters with marked word ends: they carry typos and inflection.
fn piece_features(text: &Text) -> Vec<u32> {
    let mut buckets = Vec::new();
    let mut padded: Vec<char> = Vec::with_capacity(24);
    for token in text.tokens.iter().take(PIECE_TOKENS).filter(|token| token.form == Form::Word) {
        padded.clear();
        padded.push('^');
        padded.extend(token.text.chars().take(24));
        padded.push('$');
        for size in 3..=5 {
            for piece in padded.windows(size) {
                let mut hash = Hasher::new("c");
                for &character in piece {
                    hash = hash.number(character as usize);
                }
                buckets.push(hash.bucket());
            }
        }
    }
    buckets
}

/// Three lengths, because the same cue means something else in three words than in thirty.
fn length_class(tokens: usize) -> usize {
    match tokens {
        0..=6 => 0,
        7..=18 => 1,
        _ => 2,
    }
}

fn cue_features(text: &Text, hits: &[Hit], known: usize) -> Vec<u32> {
    let classes = known + 3;
    let mut present = vec![false; classes];
    let length = length_class(text.tokens.len());
    let mut buckets = Vec::new();
    for hit in hits {
        present[hit.class] = true;
        if hit.position < 3 {
            buckets.push(Hasher::new("cue-at").number(hit.position).number(hit.class).bucket());
        }
        if hit.position < 8 {
            buckets.push(Hasher::new("cue-early").number(hit.class).bucket());
        }
    }
    for pair in hits.windows(2) {
        let gap = pair[1].position - pair[0].position;
        if gap <= 3 {
            let near = Hasher::new("cue-near").number(pair[0].class).number(pair[1].class);
            buckets.push(near.bucket());
        }
    }
    let present: Vec<usize> = (0..classes).filter(|&class| present[class]).collect();
    for (index, &class) in present.iter().enumerate() {
        buckets.push(Hasher::new("cue").number(class).bucket());
        buckets.push(Hasher::new("cue-length").number(class).number(length).bucket());
        for &other in &present[index + 1..] {
            buckets.push(Hasher::new("cue-pair").number(class).number(other).bucket());
        }
    }
    buckets
}

fn shape_features(text: &Text, hits: &[Hit], lexicon: &Lexicon) -> Vec<u32> {
    let tokens = &text.tokens;
    let folded = text.folded.as_str();
    let count = |wanted: char| folded.chars().filter(|&found| found == wanted).count();
    let of_form = |form: Form| tokens.iter().filter(|token| token.form == form).count();
    let anchors = of_form(Form::Locator) + of_form(Form::Identifier) + of_form(Form::Number);
    let length = step(tokens.len(), &[0, 1, 2, 3, 5, 8, 13, 20, 34, 60, 120]);
    let departments = departments_named(hits, lexicon);
    let shape: [(&str, usize); 17] = [
        ("bias", 0),
        ("length", length),
        ("asks", usize::from(folded.ends_with('?'))),
        ("question marks", count('?').min(2)),
        ("ends open", usize::from(folded.ends_with(':') || folded.ends_with("..."))),
        ("commas", step(count(',') + count(';'), &[0, 1, 2, 4, 7])),
        ("colons", count(':').min(2)),
        ("lines", step(folded.lines().count(), &[1, 2, 5, 12])),
        ("fence", usize::from(folded.contains("```")) + usize::from(empty_fence(folded))),
        ("brackets", count('[').min(1)),
        ("quoted", usize::from(count('"') >= 2)),
        ("locators", of_form(Form::Locator).min(2)),
        ("identifiers", of_form(Form::Identifier).min(2)),
        ("numbers", step(of_form(Form::Number), &[0, 1, 2, 4])),
        ("departments", departments.min(4)),
        ("first is agent", agent_leads(hits, lexicon)),
        ("determiner", agent_determiner(text, hits, lexicon)),
    ];
    let mut buckets: Vec<u32> =
        shape.iter().map(|&(name, value)| Hasher::new(name).number(value).bucket()).collect();
    buckets.extend(leading_departments(hits, lexicon));
    buckets.push(Hasher::new("length-anchors").number(length).number(anchors.min(2)).bucket());
    buckets.push(Hasher::new("length-asks").number(length).number(count('?').min(1)).bucket());
    buckets.push(Hasher::new("length-departments").number(length).number(departments.min(3)).bucket());
    buckets
}

/// The index of the first bound that the value does not exceed.
fn step(value: usize, bounds: &[usize]) -> usize {
    bounds.iter().position(|&bound| value <= bound).unwrap_or(bounds.len())
}

fn empty_fence(folded: &str) -> bool {
    folded
        .split_once("```")
        .and_then(|(_, rest)| rest.split_once("```"))
        .is_some_and(|(inside, _)| inside.trim().is_empty())
}

/// How many departments' vocabulary occurs: a project tends to touch several.
fn departments_named(hits: &[Hit], lexicon: &Lexicon) -> usize {
    let mut named: Vec<usize> = hits
        .iter()
        .map(|hit| hit.class)
        .filter(|&class| class < lexicon.len() && lexicon.name(class).starts_with("dept_"))
        .collect();
    named.sort_unstable();
    named.dedup();
    named.len()
}

/// The department named first and the one named most often: a project touches several, but belongs to one.
fn leading_departments(hits: &[Hit], lexicon: &Lexicon) -> Vec<u32> {
    let named: Vec<usize> = hits
        .iter()
        .map(|hit| hit.class)
        .filter(|&class| class < lexicon.len() && lexicon.name(class).starts_with("dept_"))
        .collect();
    let Some(&first) = named.first() else { return Vec::new() };
    let times = |class: usize| named.iter().filter(|&&other| other == class).count();
    // `max_by_key` keeps the last of equals; the first is wanted, so the search runs from behind.
    let most = named.iter().rev().copied().max_by_key(|&class| times(class)).unwrap_or(first);
    vec![
        Hasher::new("department first").number(first).bucket(),
        Hasher::new("department most").number(most).bucket(),
        Hasher::new("department most times").number(most).number(times(most).min(3)).bucket(),
    ]
}

fn is_agent_hit(hit: Hit, lexicon: &Lexicon) -> bool {
    hit.class == lexicon.len()
        || hit.class < lexicon.len() && matches!(lexicon.name(hit.class), "agent" | "role")
}

/// 0 no agent, 1 an agent within the first four tokens, 2 later.
fn agent_leads(hits: &[Hit], lexicon: &Lexicon) -> usize {
    match hits.iter().find(|&&hit| is_agent_hit(hit, lexicon)) {
        None => 0,
        Some(hit) if hit.position < 4 => 1,
        Some(_) => 2,
    }
}

/// Which article stands before the first agent: "the reviewer" exists, "a reviewer" is wanted.
fn agent_determiner(text: &Text, hits: &[Hit], lexicon: &Lexicon) -> usize {
    let Some(agent) = hits.iter().find(|&&hit| is_agent_hit(hit, lexicon)) else { return 0 };
    let before = &text.tokens[agent.position.saturating_sub(4)..agent.position];
    for token in before.iter().rev() {
        match token.text.as_str() {
            "the" | "our" | "your" | "my" | "der" | "die" | "das" | "den" | "unser" | "unsere"
            | "unseren" | "unserem" | "dem" | "le" | "la" | "notre" | "el" | "nuestro" | "nuestra" | "o"
            | "nosso" | "il" | "nostro" | "de" | "het" | "onze" | "that" | "this" => return 1,
            "a" | "an" | "another" | "new" | "ein" | "eine" | "einen" | "neuen" | "un" | "une" | "uma"
            | "um" | "una" | "een" | "some" | "nouvel" | "nuevo" => return 2,
            _ => {}
        }
    }
    3
}
