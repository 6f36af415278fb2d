//! What others rely on: the public surface of the crate.

mod evaluation;
mod reading;
mod retrieval;
