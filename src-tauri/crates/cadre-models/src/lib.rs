//! Models: providers behind one trait, what they cost, and where they are found.
//!
//! A request and its answer are neutral ([`chat`]); each wire format has its own protocol, client and normaliser.
//! Deliberately absent: retries, routing, budgets and the ledger. The engine decides by [`ModelError::category`]
//! whether a call is made again; a provider here makes each call once.

pub mod catalogue;
pub mod chat;
pub mod discover;
pub mod endpoint;
pub mod error;
pub mod event;
pub mod kind;
pub mod provider;
pub mod routing;
pub mod scripted;
pub mod structured;

mod anthropic;
mod openai;
mod redact;
mod transport;
mod wire;

pub use chat::{ChatRequest, ChatResponse};
pub use endpoint::{Address, Endpoint};
pub use error::{Code, ModelError};
pub use event::{Event, EventStream};
pub use kind::ProviderKind;
pub use provider::{Provider, complete, connect};
