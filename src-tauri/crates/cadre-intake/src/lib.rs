//! Reads a request without a model, and finds documents that fit one.
//!
//! Owns the embedded reader (a linear classifier trained by `build.rs` from `corpus/`), its evaluation and a small
//! retriever. Deliberately absent: network, files, clock, configuration. Text is data: nothing a request
//! says changes how it is read.

mod calibration;
mod context;
#[cfg(test)]
// the build script reads the corpus and trains; the library only proves that it does so the same way
mod corpus;
mod cues;
pub mod evaluation;
mod features;
mod labels;
mod mentions;
mod model;
mod questions;
mod reader;
pub mod retrieval;
mod stop_words;
mod text;
#[cfg(test)]
mod training;
#[cfg(test)]
mod training_tests;

pub use context::{Context, Member};
pub use model::TrainingReport;
pub use reader::EmbeddedReader;

/// From this confidence on a reading may be acted on without asking. Chosen by cross-validation on the corpus.
pub const ACT_THRESHOLD: f64 = calibration::ACT_THRESHOLD;
