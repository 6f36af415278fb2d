//! Agent programs: coding agents of other makers that speak the Agent Client Protocol over their standard streams.
//!
//! `programs` knows where they are and how one signs in, `client` speaks the protocol, `normalise` turns what they
//! say into our [`Event`]s, `lines` keeps a broken program from harming us. Nothing here decides: what a program asks
//! leave for comes out as an event, and goes on when somebody answers. The official crate appears in this module only.

mod client;
mod error;
mod event;
mod lines;
mod normalise;
mod programs;
mod session;
mod usage;

pub use client::{Launch, Link, Prompt, open};
pub use error::AcpError;
pub use event::{Cost, Event, FileDiff, PlanEntry, Tokens, ToolUse};
pub use programs::{KNOWN, KnownProgram, SIGN_IN_TOOL, Sandboxing, search_places};
pub use session::{Events, Session};
