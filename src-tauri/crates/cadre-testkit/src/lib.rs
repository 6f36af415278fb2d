//! Dev only: what several crates need to test themselves. No program links it.

pub mod checkpointer_suite;
#[cfg(unix)]
pub mod postgres;
