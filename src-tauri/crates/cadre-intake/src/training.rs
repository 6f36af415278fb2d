//! Multinomial logistic regression by stochastic gradient descent, the same bits on every run and machine.
//!
//! Owns the optimiser, cross-validation and calibration. Runs in the build script, and in the tests. The loops are
//! plain `while` loops over slices because a build script is compiled without optimisation, where an iterator
//! step costs more than the multiplication it leads to.

use crate::calibration::{ACT_THRESHOLD, COMPLEXITY_MIDDLE, COMPLEXITY_UNIT, most_probable, softmax};
use crate::corpus::{CLARIFY, Example, HORIZONS, INTENTS};
use crate::features::{BUCKETS, Feature, extract, intent_feature};
use crate::labels::DEPARTMENTS;
use crate::mentions::{NameIndex, NameKind};
use crate::model::{
    COLUMNS, COMPLEXITY_COLUMN, DEPARTMENT_COLUMNS, HEADER_FLOATS, HORIZON_COLUMNS, INTENT_COLUMNS,
    TrainingReport,
};
use crate::text::Text;

const EPOCHS: usize = 14;
const FOLDS: usize = 5;
const LEARNING_RATE: f32 = 0.9;
const DECAY_PER_EPOCH: f32 = 0.85;
const SHRINKAGE: f32 = 2e-5;
const SEED: u64 = 0x00ca_d7e5;

/// What training hands over.
pub(crate) struct TrainedModel {
    /// `BUCKETS` rows of `COLUMNS` weights.
    pub(crate) weights: Vec<f32>,
    /// Multiplies the scores of the intents before the softmax.
    pub(crate) sharpness: f32,
    pub(crate) report: TrainingReport,
}

impl TrainedModel {
    /// Header of little-endian floats, then one signed byte per weight, scaled by column.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut largest = [0.0f32; COLUMNS];
        for row in self.weights.chunks_exact(COLUMNS) {
            for column in 0..COLUMNS {
                largest[column] = largest[column].max(row[column].abs());
            }
        }
        let scales: Vec<f32> =
            largest.iter().map(|&most| if most > 0.0 { most / 127.0 } else { 1.0 }).collect();
        let mut bytes = Vec::with_capacity(HEADER_FLOATS * 4 + self.weights.len());
        let report = &self.report;
        let facts = [
            self.sharpness,
            report.accuracy as f32,
            report.acted_coverage as f32,
            report.acted_accuracy as f32,
            report.calibration_error as f32,
            report.requests as f32,
        ];
        for value in scales.iter().chain(&facts) {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        for row in self.weights.chunks_exact(COLUMNS) {
            for column in 0..COLUMNS {
                bytes.push((row[column] / scales[column]).round() as i8 as u8);
            }
        }
        bytes
    }
}

/// What the optimiser sees of a request.
pub(crate) struct Sample {
    features: Vec<Feature>,
    target: usize,
}

/// One linear classifier: `BUCKETS` rows of `classes` weights.
pub(crate) struct Head {
    weights: Vec<f32>,
    classes: usize,
}

pub(crate) fn features_of(example: &Example) -> Vec<Feature> {
    let mut names = NameIndex::default();
    for (index, member) in example.members.iter().enumerate() {
        names.insert(&member.name, if member.person { NameKind::Person } else { NameKind::Agent }, index);
    }
    let text = Text::new(&example.text);
    let (mentions, _) = names.find(&text.tokens);
    extract(&text, &mentions)
}

/// Trains every head and measures the intent by cross-validation.
pub(crate) fn train(examples: &[Example]) -> TrainedModel {
    let features: Vec<Vec<Feature>> = examples.iter().map(features_of).collect();
    let targets: Vec<usize> = examples.iter().map(|example| example.intent).collect();
    let (weights, validated) = std::thread::scope(|scope| {
        let folds = scope.spawn(|| cross_validate(&features, &targets));
        (fit(examples, &features), folds.join().expect("cross-validation does not panic"))
    });
    let sharpness = fit_sharpness(&validated);
    TrainedModel { weights, sharpness, report: measure(&validated, sharpness) }
}

/// The weights of all heads side by side.
pub(crate) fn fit(examples: &[Example], features: &[Vec<Feature>]) -> Vec<f32> {
    let targets: Vec<usize> = examples.iter().map(|example| example.intent).collect();
    let intent = train_head(&samples(features, &targets, |_| true), INTENTS.len());
    let mut weights = vec![0.0; BUCKETS * COLUMNS];
    copy_columns(&intent, INTENT_COLUMNS.start, &mut weights);
    copy_columns(&department_head(examples, features), DEPARTMENT_COLUMNS.start, &mut weights);
    copy_columns(&horizon_head(examples, features), HORIZON_COLUMNS.start, &mut weights);
    copy_columns(&complexity_head(examples, features), COMPLEXITY_COLUMN, &mut weights);
    weights
}

fn copy_columns(head: &Head, first: usize, weights: &mut [f32]) {
    for bucket in 0..BUCKETS {
        let row = &head.weights[bucket * head.classes..(bucket + 1) * head.classes];
        weights[bucket * COLUMNS + first..bucket * COLUMNS + first + head.classes].copy_from_slice(row);
    }
}

fn samples(features: &[Vec<Feature>], targets: &[usize], keep: impl Fn(usize) -> bool) -> Vec<Sample> {
    (0..features.len())
        .filter(|&index| keep(index))
        .map(|index| Sample { features: features[index].clone(), target: targets[index] })
        .collect()
}

fn department_head(examples: &[Example], features: &[Vec<Feature>]) -> Head {
    let targets: Vec<usize> = examples.iter().map(|example| example.department).collect();
    train_head(&samples(features, &targets, |_| true), DEPARTMENTS.len())
}

/// Only requests that have a horizon teach it; the intent is given, as it is when reading.
fn horizon_head(examples: &[Example], features: &[Vec<Feature>]) -> Head {
    let targets: Vec<usize> = examples.iter().map(|example| example.horizon.unwrap_or(0)).collect();
    let mut rows = samples(features, &targets, |index| examples[index].horizon.is_some());
    let intents = examples.iter().filter(|example| example.horizon.is_some()).map(|example| example.intent);
    for (row, intent) in rows.iter_mut().zip(intents) {
        row.features.push(intent_feature(intent));
    }
    train_head(&rows, HORIZONS.len())
}

/// Linear regression on the complexity, the intent given.
fn complexity_head(examples: &[Example], features: &[Vec<Feature>]) -> Head {
    let mut weights = vec![0.0f32; BUCKETS];
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut random = Random(SEED);
    let mut rate = 0.1;
    for _ in 0..EPOCHS {
        random.shuffle(&mut order);
        for &index in &order {
            let example = &examples[index];
            let mut row = features[index].clone();
            row.push(intent_feature(example.intent));
            let mut predicted = 0.0;
            for &(bucket, value) in &row {
                predicted += weights[bucket as usize] * value;
            }
            let wanted = (f32::from(example.complexity) - COMPLEXITY_MIDDLE) / COMPLEXITY_UNIT;
            let step = rate * (wanted - predicted);
            for &(bucket, value) in &row {
                weights[bucket as usize] += step * value;
            }
        }
        rate *= DECAY_PER_EPOCH;
    }
    Head { weights, classes: 1 }
}

fn train_head(samples: &[Sample], classes: usize) -> Head {
    let mut head = Head { weights: vec![0.0; BUCKETS * classes], classes };
    let mut order: Vec<usize> = (0..samples.len()).collect();
    let mut random = Random(SEED);
    let mut rate = LEARNING_RATE;
    // Shrinking every weight at each step would touch all of them; a common factor does the same.
    let mut factor = 1.0f32;
    for _ in 0..EPOCHS {
        random.shuffle(&mut order);
        for &index in &order {
            let sample = &samples[index];
            let mut errors = head.probabilities(&sample.features, factor);
            errors[sample.target] -= 1.0;
            factor *= 1.0 - rate * SHRINKAGE;
            head.descend(&sample.features, &errors, rate / factor);
        }
        rate *= DECAY_PER_EPOCH;
    }
    for weight in &mut head.weights {
        *weight *= factor;
    }
    head
}

impl Head {
    fn scores(&self, features: &[Feature]) -> Vec<f32> {
        let mut scores = vec![0.0; self.classes];
        let mut index = 0;
        while index < features.len() {
            let (bucket, value) = features[index];
            let start = bucket as usize * self.classes;
            let row = &self.weights[start..start + self.classes];
            let mut class = 0;
            while class < self.classes {
                scores[class] += value * row[class];
                class += 1;
            }
            index += 1;
        }
        scores
    }

    fn probabilities(&self, features: &[Feature], factor: f32) -> Vec<f32> {
        softmax(&self.scores(features), factor)
    }

    fn descend(&mut self, features: &[Feature], errors: &[f32], rate: f32) {
        let mut index = 0;
        while index < features.len() {
            let (bucket, value) = features[index];
            let step = rate * value;
            let start = bucket as usize * self.classes;
            let row = &mut self.weights[start..start + self.classes];
            let mut class = 0;
            while class < row.len() {
                row[class] -= step * errors[class];
                class += 1;
            }
            index += 1;
        }
    }
}

/// The scores and the true intent of each request, read by a model that never saw it.
pub(crate) struct Validated {
    pub(crate) scores: Vec<Vec<f32>>,
    pub(crate) targets: Vec<usize>,
}

pub(crate) fn cross_validate(features: &[Vec<Feature>], targets: &[usize]) -> Validated {
    let mut scores = vec![Vec::new(); features.len()];
    for fold in 0..FOLDS {
        let head = train_head(&samples(features, targets, |index| fold_of(index) != fold), INTENTS.len());
        for index in (0..features.len()).filter(|&index| fold_of(index) == fold) {
            scores[index] = head.scores(&features[index]);
        }
    }
    Validated { scores, targets: targets.to_vec() }
}

/// The corpus is written in sequences on one theme; mixing the index keeps a fold from following them.
fn fold_of(index: usize) -> usize {
    let mixed = (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    (mixed % FOLDS as u64) as usize
}

/// The factor on the scores under which the validated predictions are likeliest: where the slope of the log
/// likelihood crosses zero, found by halving.
fn fit_sharpness(validated: &Validated) -> f32 {
    let (mut low, mut high) = (0.05f32, 8.0f32);
    for _ in 0..30 {
        let middle = (low + high) / 2.0;
        let mut slope = 0.0f64;
        for (scores, &target) in validated.scores.iter().zip(&validated.targets) {
            let probabilities = softmax(scores, middle);
            let expected: f32 = probabilities.iter().zip(scores).map(|(p, score)| p * score).sum();
            slope += f64::from(scores[target] - expected);
        }
        if slope > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

fn measure(validated: &Validated, sharpness: f32) -> TrainingReport {
    let total = validated.targets.len().max(1) as f64;
    let (mut right, mut acted, mut acted_right) = (0.0, 0.0, 0.0);
    let mut bins = [(0.0f64, 0.0f64); 10];
    for (scores, &target) in validated.scores.iter().zip(&validated.targets) {
        let probabilities = softmax(scores, sharpness);
        let best = most_probable(&probabilities);
        let confidence = f64::from(probabilities[best]);
        let hit = f64::from(u8::from(best == target));
        right += hit;
        if best != CLARIFY && confidence >= ACT_THRESHOLD {
            acted += 1.0;
            acted_right += hit;
        }
        let bin = &mut bins[((confidence * 10.0) as usize).min(9)];
        bin.0 += confidence;
        bin.1 += hit;
    }
    TrainingReport {
        accuracy: right / total,
        acted_coverage: acted / total,
        acted_accuracy: if acted > 0.0 { acted_right / acted } else { 0.0 },
        calibration_error: bins.iter().map(|(sum, hits)| (sum - hits).abs()).sum::<f64>() / total,
        requests: validated.targets.len(),
    }
}

/// SplitMix64: fixed seed, fixed order.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            let other = (self.next() % (last as u64 + 1)) as usize;
            order.swap(last, other);
        }
    }
}
