//! The trained artefact: one row of small integers per bucket, one column per output.
//!
//! Owns reading it where it lies. `training` writes the same layout.

use crate::features::{BUCKETS, Feature};

/// Columns: six intents, ten departments, four horizons, one complexity.
pub(crate) const INTENT_COLUMNS: std::ops::Range<usize> = 0..6;
pub(crate) const DEPARTMENT_COLUMNS: std::ops::Range<usize> = 6..16;
pub(crate) const HORIZON_COLUMNS: std::ops::Range<usize> = 16..20;
pub(crate) const COMPLEXITY_COLUMN: usize = 20;
pub(crate) const COLUMNS: usize = 21;

/// What cross-validation on the corpus measured when the model was trained.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct TrainingReport {
    /// Share of requests whose intent was read right.
    pub accuracy: f64,
    /// Share of requests that the reader would act on.
    pub acted_coverage: f64,
    /// Share of those read right.
    pub acted_accuracy: f64,
    /// Mean distance between confidence and accuracy over ten bins.
    pub calibration_error: f64,
    /// Requests in the corpus.
    pub requests: usize,
}

/// Scales of the columns, the sharpness and the report, before the weights.
pub(crate) const HEADER_FLOATS: usize = COLUMNS + 6;

/// The model as it lies in the program.
pub(crate) struct Model<'a> {
    scales: [f32; COLUMNS],
    pub(crate) sharpness: f32,
    pub(crate) report: TrainingReport,
    weights: &'a [u8],
}

impl<'a> Model<'a> {
    /// `None` if the bytes are not a model of this layout.
    pub(crate) fn decode(bytes: &'a [u8]) -> Option<Model<'a>> {
        if bytes.len() != HEADER_FLOATS * 4 + BUCKETS * COLUMNS {
            return None;
        }
        let (header, weights) = bytes.split_at(HEADER_FLOATS * 4);
        let mut floats = header.chunks_exact(4).map(|chunk| {
            let mut word = [0u8; 4];
            word.copy_from_slice(chunk);
            f32::from_le_bytes(word)
        });
        let mut scales = [0.0; COLUMNS];
        for scale in &mut scales {
            *scale = floats.next()?;
        }
        let sharpness = floats.next()?;
        let report = TrainingReport {
            accuracy: floats.next()?.into(),
            acted_coverage: floats.next()?.into(),
            acted_accuracy: floats.next()?.into(),
            calibration_error: floats.next()?.into(),
            requests: floats.next()? as usize,
        };
        Some(Model { scales, sharpness, report, weights })
    }

    /// Adds what these features say to the scores of every column.
    pub(crate) fn add_scores(&self, features: &[Feature], scores: &mut [f32; COLUMNS]) {
        for &(bucket, value) in features {
            let start = bucket as usize * COLUMNS;
            let row = &self.weights[start..start + COLUMNS];
            for column in 0..COLUMNS {
                scores[column] += value * self.scales[column] * f32::from(row[column] as i8);
            }
        }
    }
}
