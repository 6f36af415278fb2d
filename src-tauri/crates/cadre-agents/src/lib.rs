//! How work gets done: commands, files and the agents that use them.
//!
//! Knows nothing of policy, permits or the ledger: the engine's gate decides, this crate carries out.

pub mod acp;
pub mod attachments;
pub mod changes;
pub mod command;
pub mod folder;
pub mod private_places;
pub mod snapshot;
pub mod worktree;
