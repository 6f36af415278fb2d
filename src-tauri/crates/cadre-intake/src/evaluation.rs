//! Measures a reader against labelled requests, one JSON object per line.
//!
//! Owns the figures and their definitions. Knows no files and no clock: lines come in as text, time as a function.

use std::collections::BTreeMap;

use cadre_core::intent::{Horizon, Intent};
use serde_json::{Value, json};

use crate::context::Context;
use crate::reader::EmbeddedReader;

/// A request with what a careful person would make of it.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledRequest {
    pub text: String,
    pub intent: Intent,
    pub department: String,
    pub complexity: u8,
    pub horizon: Option<Horizon>,
}

/// Why an evaluation set cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationError {
    /// Counted from one.
    pub line: usize,
    pub reason: String,
}

impl std::fmt::Display for EvaluationError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for EvaluationError {}

/// The figures of one evaluation; shares are between 0 and 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    pub requests: usize,
    pub accuracy: f64,
    /// Share of requests read as something to do, with a confidence at or above the threshold.
    pub acted_coverage: f64,
    pub acted_accuracy: f64,
    /// Expected calibration error over ten equal bins of confidence.
    pub calibration_error: f64,
    pub department_accuracy: f64,
    pub complexity_within_one: f64,
    pub horizon_accuracy: f64,
    pub ms_per_request: f64,
    /// Labelled intent, then read intent, then count.
    pub confusion: BTreeMap<&'static str, BTreeMap<&'static str, usize>>,
    pub reader: String,
}

/// Reads an evaluation set; blank lines are skipped.
pub fn parse_jsonl(source: &str) -> Result<Vec<LabelledRequest>, EvaluationError> {
    let mut requests = Vec::new();
    for (index, line) in source.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let request = parse_line(line).map_err(|reason| EvaluationError { line: index + 1, reason })?;
        requests.push(request);
    }
    Ok(requests)
}

fn parse_line(line: &str) -> Result<LabelledRequest, String> {
    let value: Value = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let field = |name: &str| value[name].as_str().ok_or_else(|| format!("`{name}` is not a string"));
    let intent = field("intent")?;
    let horizon = match &value["horizon"] {
        Value::Null => None,
        Value::String(name) => {
            Some(Horizon::from_name(name).ok_or_else(|| format!("`{name}` is no horizon"))?)
        }
        other => return Err(format!("`horizon` is {other}")),
    };
    Ok(LabelledRequest {
        text: field("text")?.to_owned(),
        intent: Intent::from_name(intent).ok_or_else(|| format!("`{intent}` is no intent"))?,
        department: field("department")?.to_owned(),
        complexity: value["complexity"]
            .as_u64()
            .and_then(|complexity| u8::try_from(complexity).ok())
            .ok_or("`complexity` is not a small number")?,
        horizon,
    })
}

/// Reads every request and compares. `elapsed_ms` is asked once before and once after: the milliseconds since
/// any fixed moment.
pub fn evaluate(
    reader: &EmbeddedReader,
    requests: &[LabelledRequest],
    context: &Context,
    act_threshold: f64,
    elapsed_ms: impl Fn() -> f64,
) -> Evaluation {
    let mut tally = Tally::default();
    let started = elapsed_ms();
    let readings: Vec<_> = requests.iter().map(|request| reader.read(&request.text, context)).collect();
    let spent = elapsed_ms() - started;
    for (request, reading) in requests.iter().zip(&readings) {
        let hit = reading.intent == request.intent;
        tally.right += usize::from(hit);
        if reading.intent != Intent::Clarify && reading.confidence >= act_threshold {
            tally.acted += 1;
            tally.acted_right += usize::from(hit);
        }
        tally.departments += usize::from(reading.department == request.department);
        tally.complexities += usize::from(reading.complexity.abs_diff(request.complexity) <= 1);
        tally.horizons += usize::from(reading.horizon == request.horizon);
        let bin = &mut tally.bins[((reading.confidence * 10.0) as usize).min(9)];
        *bin += reading.confidence - f64::from(u8::from(hit));
        *tally
            .confusion
            .entry(request.intent.name())
            .or_default()
            .entry(reading.intent.name())
            .or_default() += 1;
    }
    let total = requests.len();
    Evaluation {
        requests: total,
        accuracy: share(tally.right, total),
        acted_coverage: share(tally.acted, total),
        acted_accuracy: share(tally.acted_right, tally.acted),
        calibration_error: tally.bins.iter().map(|gap| gap.abs()).sum::<f64>() / total.max(1) as f64,
        department_accuracy: share(tally.departments, total),
        complexity_within_one: share(tally.complexities, total),
        horizon_accuracy: share(tally.horizons, total),
        ms_per_request: spent / total.max(1) as f64,
        confusion: tally.confusion,
        reader: readings.first().map_or_else(String::new, |reading| reading.reader.clone()),
    }
}

#[derive(Default)]
struct Tally {
    right: usize,
    acted: usize,
    acted_right: usize,
    departments: usize,
    complexities: usize,
    horizons: usize,
    /// Sum of confidence minus hits, by confidence.
    bins: [f64; 10],
    confusion: BTreeMap<&'static str, BTreeMap<&'static str, usize>>,
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl Evaluation {
    /// One line of JSON.
    pub fn to_json(&self) -> Value {
        json!({
            "requests": self.requests,
            "accuracy": rounded(self.accuracy),
            "acted": {"coverage": rounded(self.acted_coverage), "accuracy": rounded(self.acted_accuracy)},
            "confusion": self.confusion,
            "calibration_error": rounded(self.calibration_error),
            "department_accuracy": rounded(self.department_accuracy),
            "complexity_within_one": rounded(self.complexity_within_one),
            "horizon_accuracy": rounded(self.horizon_accuracy),
            "ms_per_request": rounded(self.ms_per_request),
            "reader": self.reader,
        })
    }
}

/// Four places: more would suggest a precision that a few hundred requests do not have.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
