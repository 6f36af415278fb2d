//! Every operation, one file a family.

pub mod agent;
pub mod backup;
pub mod conversation;
pub mod decision;
pub mod device;
pub mod effect;
pub mod evidence;
pub mod folder;
pub mod history;
pub mod inbox;
pub mod key;
pub mod ledger;
pub mod log;
pub mod member;
pub mod model;
pub mod plan;
pub mod program;
pub mod project;
pub mod request;
pub mod rollback;
pub mod rule;
pub mod spend;
pub mod system;

use serde_json::Value;

use crate::error::ApiError;
use crate::operation::{Api, Caller, Declaration, Operation, run_by_name};

/// Declares the surface once: the list for the generated client, and the way from a name to its operation.
macro_rules! surface {
    ($($operation:ty),+ $(,)?) => {
        /// The whole surface.
        pub const DECLARATIONS: &[Declaration] = &[$(Declaration::of::<$operation>()),+];

        pub(crate) async fn dispatch(
            api: &Api,
            caller: &Caller,
            operation: &str,
            input: Value,
        ) -> Result<Value, ApiError> {
            $(if operation == <$operation>::NAME {
                return run_by_name::<$operation>(api, caller, input).await;
            })+
            Err(ApiError::unknown_operation(operation))
        }
    };
}

surface![
    system::Status,
    system::StopEverything,
    backup::BackUp,
    backup::Backups,
    backup::Restore,
    backup::TakeBackRestore,
    device::Device,
    device::SignOut,
    device::GetSettings,
    device::SetSettings,
    log::Logs,
    log::Report,
    request::File,
    request::Attach,
    request::ReadAttachment,
    request::Get,
    request::List,
    request::Correct,
    folder::Recent,
    plan::Make,
    plan::Get,
    plan::Approve,
    plan::Refine,
    plan::Compare,
    project::Get,
    project::List,
    project::Hold,
    project::Abort,
    history::OfProject,
    history::Checkpoint,
    history::Compare,
    history::CompareFile,
    rollback::Plan,
    rollback::RollBack,
    conversation::OfProject,
    spend::OfProject,
    spend::Budgets,
    spend::SetBudget,
    effect::List,
    effect::Get,
    effect::Diff,
    effect::Undo,
    effect::UndoAll,
    agent::Read,
    program::List,
    program::Add,
    rule::List,
    rule::End,
    decision::List,
    inbox::List,
    inbox::Diff,
    inbox::Decide,
    member::List,
    member::Get,
    member::AddPerson,
    model::Endpoints,
    model::Discover,
    model::LookAt,
    model::Check,
    model::Enable,
    model::Disable,
    key::Add,
    key::Revoke,
    ledger::Verify,
    evidence::Export,
    evidence::Head,
    evidence::Redact,
];
