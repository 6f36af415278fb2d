//! The application as every host sees it: operations, their inputs and outputs, error codes, cache tags.
//!
//! The shell, the server and the CLI all enter through [`Api::dispatch`]; a typed caller uses [`Api::call`]. Adding
//! an operation touches no host. Deliberately absent: transport, and any rule that the engine does not have.

mod connections;
mod dto;
mod error;
mod events;
pub mod logs;
mod operation;
pub mod operations;
pub mod places;
pub mod settings;
pub mod typescript;

pub use connections::{Connection, ConnectionKind, Connections};
pub use dto::*;
pub use error::{ApiError, CODES, cannot_serve, decision_invalid, folder_unreadable, workspace_held};
pub use events::{EventData, EventDto, Subscription};
pub use operation::{
    Api, Authentication, Caller, Changes, Channel, Declaration, Operation, OperationKind, Tag,
};

pub use cadre_core::secret::Secret;
pub use cadre_core::visible;
pub use cadre_engine::{BundleReport, SignedHead, check_bundle};
pub use cadre_engine::{DATA_FOLDER, EngineOptions, VaultPlace, Work};
