use cadre_core::intent::{Horizon, Intent};

use crate::EmbeddedReader;
use crate::calibration::most_probable;
use crate::corpus::{CLARIFY, Example, HORIZONS, INTENTS, parse};
use crate::labels::DEPARTMENTS;
use crate::model::{COLUMNS, INTENT_COLUMNS, Model, TrainingReport};
use crate::training::{TrainedModel, features_of, fit, train};

const CORPUS: &str = include_str!("../corpus/requests.tsv");

fn corpus() -> Vec<Example> {
    parse(CORPUS).unwrap()
}

/// Every `step`-th example, so that each intent is among them.
fn every(step: usize) -> Vec<Example> {
    corpus().into_iter().step_by(step).collect()
}

#[test]
fn names_in_the_corpus_are_those_of_the_domain() {
    let intents: Vec<&str> = Intent::ALL.iter().map(|intent| intent.name()).collect();
    assert_eq!(intents, INTENTS, "the columns of the model are read in the order of the domain");
    assert_eq!(INTENTS[CLARIFY], Intent::Clarify.name(), "calibration treats CLARIFY as not acted on");
    let horizons: Vec<&str> = Horizon::ALL.iter().map(|horizon| horizon.name()).collect();
    assert_eq!(horizons, HORIZONS, "the columns of the model are read in the order of the domain");
}

#[test]
fn corpus_covers_every_intent_and_department() {
    let examples = corpus();
    assert!(examples.len() >= 1500, "{} requests are too few to generalise from", examples.len());
    for (intent, intent_name) in INTENTS.iter().enumerate() {
        for (department, name) in DEPARTMENTS.iter().enumerate() {
            let found = examples.iter().filter(|e| e.intent == intent && e.department == department).count();
            assert!(found >= 4, "{intent_name} in {name} has {found} examples, the reader cannot learn it");
        }
    }
    for example in &examples {
        let open = example.horizon.is_none();
        assert_eq!(open, example.intent == CLARIFY, "only what is unclear has no horizon: {}", example.text);
    }
}

#[test]
fn corpus_errors_name_the_line() {
    for (line, reason) in [
        ("DELEGATE\tsales\t3", "corpus line 1: fewer than five fields"),
        ("SHRUG\tsales\t3\thours\tx", "corpus line 1: unknown name SHRUG"),
        ("DELEGATE\tsales\t11\thours\tx", "corpus line 1: complexity 11 is not 1 to 10"),
        ("DELEGATE\tsales\t3\teons\tx", "corpus line 1: unknown name eons"),
    ] {
        assert_eq!(parse(line).unwrap_err(), reason, "whoever edits the corpus must find the line");
    }
}

#[test]
fn training_twice_gives_the_same_bytes() {
    let examples = every(9);
    let (first, second) = (train(&examples).encode(), train(&examples).encode());
    assert!(
        first == second,
        "a build must be reproducible, so training may depend on nothing but its inputs"
    );
    assert!(first.len() < 2 * 1024 * 1024, "{} bytes are too many to carry in the program", first.len());
}

#[test]
fn requests_kept_out_of_training_are_read_right() {
    let examples = corpus();
    let (held_out, known): (Vec<_>, Vec<_>) =
        examples.into_iter().enumerate().partition(|(index, _)| index % 6 == 0);
    let known: Vec<Example> = known.into_iter().map(|(_, example)| example).collect();
    let features: Vec<_> = known.iter().map(features_of).collect();
    let report = TrainingReport::default();
    let bytes = TrainedModel { weights: fit(&known, &features), sharpness: 1.0, report }.encode();
    let model = Model::decode(&bytes).unwrap();
    let right = held_out
        .iter()
        .filter(|(_, example)| {
            let mut scores = [0.0; COLUMNS];
            model.add_scores(&features_of(example), &mut scores);
            most_probable(&scores[INTENT_COLUMNS]) == example.intent
        })
        .count();
    let accuracy = right as f64 / held_out.len() as f64;
    assert!(accuracy >= 0.85, "{accuracy:.3} on unseen requests: a change made the reader worse");
}

#[test]
fn shipped_reader_was_good_enough_in_cross_validation() {
    let report = EmbeddedReader::shipped().training_report();
    let TrainingReport { accuracy, acted_coverage, acted_accuracy, calibration_error, requests } = report;
    assert_eq!(requests, corpus().len(), "the reader was trained on this corpus");
    assert!(accuracy >= 0.87, "{accuracy:.3} of all requests read right");
    assert!(acted_accuracy >= 0.92, "{acted_accuracy:.3} right where it acts: raise ACT_THRESHOLD");
    assert!(acted_coverage >= 0.6, "{acted_coverage:.3} acted on: the reader asks too often to be useful");
    assert!(calibration_error <= 0.05, "{calibration_error:.3}: confidence would not mean what it says");
}

#[test]
fn a_foreign_file_is_no_model() {
    assert!(Model::decode(b"").is_none(), "an empty artefact must not be read as weights");
    assert!(Model::decode(&[0; 4096]).is_none(), "an artefact of another size must not be read as weights");
}
