//! A durable state-graph engine: named nodes, channels with reducers, supersteps, interrupts, checkpoints.
//!
//! Knows nothing of agents, SQL or Tauri. Where state is kept is the [`Checkpointer`]'s business; time comes
//! in through [`Clock`]; a host adds its own records to a commit as opaque [`HostRecord`]s.
//!
//! ```
//! use cadre_graph::{Reducer, StateGraph, END, Output, Runner, MemoryCheckpointer, Progress, FixedClock};
//! use serde_json::json;
//! use std::sync::Arc;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let graph = StateGraph::new("greeting", 1)
//!     .channel("name", Reducer::Last)
//!     .channel("log", Reducer::Append)
//!     .node("greet", |_ctx, state| async move {
//!         let name: String = state.get("name")?;
//!         Ok(Output::new().write("log", json!([format!("hello {name}")])))
//!     })
//!     .entry("greet")
//!     .edge("greet", END)
//!     .compile()?;
//!
//! let runner = Runner::new(Arc::new(MemoryCheckpointer::default()), Arc::new(FixedClock(0)));
//! runner.start(&graph, "thread-1", json!({ "name": "Ada" }), Default::default()).await?;
//! let Progress::Finished(state) = runner.advance(&graph, "thread-1").await? else { panic!("nothing waits here") };
//! assert_eq!(state.value("log"), Some(&json!(["hello Ada"])));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
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
