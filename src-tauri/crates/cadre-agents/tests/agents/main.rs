//! Commands as their callers see them: real processes, real walls.

mod acp;
mod command;
mod containment;
mod harness;
mod program;
mod worktree;
