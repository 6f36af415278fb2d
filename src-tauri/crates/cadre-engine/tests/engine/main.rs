//! The orchestrator through its own surface: real store, real sandbox, real programs.

mod agent_program_limits;
mod agent_programs;
mod agents;
mod approvals;
mod backups;
mod control;
mod demo;
mod endpoints;
mod folders;
mod history;
mod inbox;
mod limits;
mod models;
mod people;
mod restores;
mod rollback;
mod shown;
mod support;
mod unknown;
