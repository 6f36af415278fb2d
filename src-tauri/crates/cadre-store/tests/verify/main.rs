//! Whatever is changed in a workspace behind Cadre's back, `verify` finds it, or opening it is refused.
//!
//! The workspace is written through the public API and closed; then its file is changed through a connection of the
//! test's own, or byte by byte, and opened again.

mod bytes;
mod cells;
mod ledger;
mod raw;
mod rows;
mod workspace;
