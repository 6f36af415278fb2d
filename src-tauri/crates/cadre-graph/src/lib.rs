//! A durable state-graph engine: named nodes, channels with reducers, supersteps, interrupts, checkpoints.
//!
//! Knows nothing of agents, SQL or Tauri. Where state is kept is the [`Checkpointer`]'s business; time comes
//! in through [`Clock`]; a host adds its own records to a commit as opaque [`HostRecord`]s.
//!
//! ```
//! use cadre_graph::{Fork, FixedClock, Interrupt, MemoryCheckpointer, Output, Progress, Reducer, Runner, StateGraph, END};
//! use serde_json::json;
//! use std::sync::Arc;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let graph = StateGraph::new("letters", 1)
//!     .channel("log", Reducer::Append)
//!     .node("draft", |_, _| async { Ok(Output::new().write("log", json!(["drafted"]))) })
//!     .node("send", |ctx, _| async move {
//!         let said = ctx.interrupt("may I", Interrupt::new("approval", "Send it?").allow(["yes", "no"])).await?;
//!         Ok(Output::new().write("log", json!([said])))
//!     })
//!     .entry("draft").edge("draft", "send").edge("send", END)
//!     .compile()?;
//! let runner = Runner::new(Arc::new(MemoryCheckpointer::default()), Arc::new(FixedClock(0)));
//!
//! // It runs until it asks, and goes on when it is answered: here, or in another process after a week.
//! runner.invoke(&graph, Some("t"), json!({}), Default::default()).await?;
//! let asked = runner.questions("t").await?.remove(0);
//! runner.answer(&asked.id, json!("yes"), vec![]).await?;
//! let Progress::Finished(end) = runner.resume(&graph, "t").await? else { panic!("all is answered") };
//! assert_eq!(end.value("log"), Some(&json!(["drafted", "yes"])));
//!
//! // Another course from the same past: a fork at the second checkpoint asks again, and the first branch stays as it is.
//! let history = runner.checkpointer().history("t", None, 10).await?;
//! runner.fork(Fork::new("t, again", "t", history[1].hash)).await?;
//! assert!(matches!(runner.resume(&graph, "t, again").await?, Progress::Waiting(_)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! | to | there is |
//! | --- | --- |
//! | build | [`StateGraph`], [`Subgraph`], [`Policy`], [`supervisor`], [`workflow`] |
//! | run | [`Runner::invoke`], [`start`](Runner::start), [`advance`](Runner::advance), [`resume`](Runner::resume), [`cancel`](Runner::cancel), [`Feed`] |
//! | ask and answer | [`Context::interrupt`], [`Runner::questions`], [`answer`](Runner::answer) |
//! | travel in time | [`Checkpointer::history`], [`list`](Checkpointer::list), [`Runner::fork`], [`update_state`](Runner::update_state), [`State::diff`] |
//! | tidy up | [`Runner::copy`], [`Checkpointer::prune`], [`delete`](Checkpointer::delete) |
//!
//! A node that has to wait *parks* ([`Context::interrupt`], [`Context::call`], [`Context::sleep_until`]) and holds no other
//! branch up; it goes on when it is woken, in any process. Deliberately absent: threads of the system and queues. Who
//! advances which thread when is the host's business.

mod cache;
mod channel;
mod checkpoint;
mod context;
mod diff;
mod graph;
mod hash;
mod interrupt;
mod memory;
mod node;
mod policy;
mod run;
mod stream;
mod subgraph;
pub mod supervisor;
pub mod workflow;

pub use cache::{MemoryCache, ResultCache};
pub use channel::{ChannelChange, Reducer, ReducerFn, State, StateError};
pub use checkpoint::{
    Checkpoint, CheckpointError, CheckpointSummary, Checkpointer, Epoch, Fork, HostRecord, JournalCommit,
    JournalKind, JournalRecord, Listing, Origin, Park, ParkedTask, RecordedFailure, Source, SuperstepCommit,
    Task, TaskPark, TaskWrite, ThreadStart, ThreadView, Wake,
};
pub use context::{Clock, Context, EffectKey, FixedClock};
pub use diff::{Changed, Difference};
pub use graph::{CompileError, CompiledGraph, END, StateGraph};
pub use hash::{Hash, canonical, digest};
pub use interrupt::{AnswerRefused, Interrupt, Question};
pub use memory::MemoryCheckpointer;
pub use node::{NodeError, Output};
pub use policy::{Policy, Retry};
pub use run::{DEFAULT_THREAD, Edit, EditOptions, Leave, Progress, RunError, Runner, StartOptions};
pub use stream::{Event, Feed, Mode};
pub use subgraph::Subgraph;
