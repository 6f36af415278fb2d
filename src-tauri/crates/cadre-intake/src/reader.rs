//! The embedded reader: request in, reading out, no model and no I/O.

use std::sync::OnceLock;

use cadre_core::intent::{Horizon, Intent, Reading};

use crate::calibration::{ACT_THRESHOLD, COMPLEXITY_MIDDLE, COMPLEXITY_UNIT, most_probable, softmax};
use crate::context::Context;
use crate::features::{extract, intent_feature};
use crate::labels::DEPARTMENTS;
use crate::model::{
    COLUMNS, COMPLEXITY_COLUMN, DEPARTMENT_COLUMNS, HORIZON_COLUMNS, INTENT_COLUMNS, Model, TrainingReport,
};
use crate::questions;
use crate::text::Text;

const WEIGHTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/model.bin"));
const NAME: &str = "embedded";

/// A reading that leans on what was said before is a little less sure than one that stands alone.
const FOLLOW_UP_DISCOUNT: f64 = 0.9;

/// A linear classifier over hashed features, trained by the build script.
pub struct EmbeddedReader {
    model: Model<'static>,
}

impl EmbeddedReader {
    pub fn shipped() -> &'static EmbeddedReader {
        static SHIPPED: OnceLock<EmbeddedReader> = OnceLock::new();
        SHIPPED.get_or_init(|| EmbeddedReader {
            model: Model::decode(WEIGHTS).expect("the build script wrote the layout that this build reads"),
        })
    }

    /// What cross-validation measured when this reader was trained.
    pub fn training_report(&self) -> TrainingReport {
        self.model.report
    }

    /// Reads one request. Never fails: what cannot be read becomes CLARIFY with a question.
    pub fn read(&self, request: &str, context: &Context) -> Reading {
        let text = Text::new(request);
        if text.tokens.is_empty() {
            return nothing_to_read();
        }
        let alone = self.read_text(&text, context);
        if alone.intent != Intent::Clarify {
            return alone;
        }
        // "Do the same for Spain" lacks nothing if what to do was said just before.
        let Some(before) = context.last_turn() else { return alone };
        let joined = Text::new(&format!("{}\n{request}", before.trim()));
        let mut follow_up = self.read_text(&joined, context);
        follow_up.confidence *= FOLLOW_UP_DISCOUNT;
        if follow_up.intent == Intent::Clarify || follow_up.confidence < ACT_THRESHOLD {
            alone
        } else {
            follow_up
        }
    }

    fn read_text(&self, text: &Text, context: &Context) -> Reading {
        let (mentions, members) = context.names().find(&text.tokens);
        let features = extract(text, &mentions);
        let mut scores = [0.0; COLUMNS];
        self.model.add_scores(&features, &mut scores);

        let probabilities = softmax(&scores[INTENT_COLUMNS], self.model.sharpness);
        let best = most_probable(&probabilities);
        let intent = Intent::ALL[best];
        let mut ranked: Vec<(Intent, f64)> =
            Intent::ALL.into_iter().zip(probabilities.iter().map(|&p| f64::from(p))).collect();
        ranked.sort_by(|left, right| right.1.total_cmp(&left.1));
        let confidence = f64::from(probabilities[best]);
        let alternatives: Vec<(Intent, f64)> =
            ranked.into_iter().filter(|(other, _)| *other != intent).collect();

        // Complexity and horizon depend on what the request is, so the intent speaks in their columns too.
        self.model.add_scores(&[intent_feature(best)], &mut scores);
        let question = if intent == Intent::Clarify {
            Some(questions::for_missing(text, context))
        } else if confidence < ACT_THRESHOLD {
            let likeliest: Vec<Intent> =
                std::iter::once(intent).chain(alternatives.iter().map(|(other, _)| *other)).collect();
            Some(questions::for_choice(text, &likeliest))
        } else {
            None
        };
        Reading {
            intent,
            confidence,
            alternatives,
            department: department(&scores, intent, &members, context),
            complexity: complexity(scores[COMPLEXITY_COLUMN], intent),
            horizon: horizon(&scores, intent),
            reader: NAME.to_owned(),
            question,
            answer: None,
        }
    }
}

fn nothing_to_read() -> Reading {
    Reading {
        intent: Intent::Clarify,
        confidence: 1.0,
        alternatives: Vec::new(),
        department: DEPARTMENTS[0].to_owned(),
        complexity: 1,
        horizon: None,
        reader: NAME.to_owned(),
        question: Some(questions::for_empty()),
        answer: None,
    }
}

/// Work that names a member goes where that member sits; else what the words say.
fn department(scores: &[f32; COLUMNS], intent: Intent, members: &[usize], context: &Context) -> String {
    if matches!(intent, Intent::Delegate | Intent::ImproveAgent | Intent::DirectResponse)
        && let [only] = members
        && let Some(member) = context.members().get(*only)
        && !member.department.is_empty()
    {
        return member.department.clone();
    }
    DEPARTMENTS[most_probable(&scores[DEPARTMENT_COLUMNS])].to_owned()
}

/// The range that requests of an intent have in the corpus bounds the estimate.
fn complexity(score: f32, intent: Intent) -> u8 {
    let (least, most) = match intent {
        Intent::DirectResponse => (1, 2),
        Intent::Clarify => (2, 4),
        Intent::Delegate => (1, 6),
        Intent::ImproveAgent => (2, 7),
        Intent::BuildAgent => (3, 8),
        Intent::CreateProject => (5, 10),
    };
    let estimate = (score * COMPLEXITY_UNIT + COMPLEXITY_MIDDLE).round();
    (estimate.clamp(1.0, 10.0) as u8).clamp(least, most)
}

fn horizon(scores: &[f32; COLUMNS], intent: Intent) -> Option<Horizon> {
    match intent {
        // How long it takes is open until it is clear what is wanted.
        Intent::Clarify => None,
        Intent::DirectResponse => Some(Horizon::Minutes),
        _ => Some(Horizon::ALL[most_probable(&scores[HORIZON_COLUMNS])]),
    }
}
