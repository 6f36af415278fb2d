//! The four agents as Cadre runs them: the built program, one JSON document in, one out.

mod contract;
mod dependency_auditor;
mod git_historian;
mod harness;
mod report_writer;
mod repository_scout;
