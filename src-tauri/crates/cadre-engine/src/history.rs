//! A project as it was at a moment, put together from what was recorded. Pure.

mod state;
mod then;

pub use state::{Leaf, StateChange, StateLeaf};
pub(crate) use state::{differences, leaves};
pub use then::{FileThen, SpendThen, StepStood};
pub(crate) use then::{change, content_at, files_at, first_content, spend_at, steps_at};
