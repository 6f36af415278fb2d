//! The domain of Cadre: pure types, tables and state machines.
//!
//! Deliberately absent: I/O, async, a clock, randomness, SQL and Tauri. Time, ids and randomness come in as
//! arguments, so that everything here can be tested as a table.

pub mod attachment;
pub mod budget;
pub mod document;
pub mod effect;
pub mod endpoint;
pub mod failure;
pub mod function_contract;
pub mod intent;
pub mod org;
pub mod plan;
pub mod policy;
pub mod redact;
pub mod rollback;
pub mod rule;
pub mod secret;
pub mod signing;
pub mod status;
pub mod visible;
pub mod workplace;
