//! Dev only: what several crates need to test themselves. No program links it.

pub mod checkpointer_suite;
pub mod clock;
pub mod faulty;
#[cfg(unix)]
pub mod postgres;
