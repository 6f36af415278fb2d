//! Evidence for others, and contents that are taken away.

use std::path::Path;

use cadre_engine::{ExportError, ReadError, RedactError, Scope, SignedHead};
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;

/// What is to be proved. Neither a project nor an entry means the whole record.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct ExportInput {
    pub project: Option<String>,
    #[specta(type = Option<specta_typescript::Number>)]
    pub entry: Option<u64>,
    /// A signed head as `ledger.head` gives it, that it is to be proved against; otherwise the newest.
    pub head: Option<String>,
    /// The file, by its whole path. It must not be there yet.
    pub to: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ExportedDto {
    pub path: String,
    #[specta(type = specta_typescript::Number)]
    pub entries: u64,
}

/// Writes an evidence bundle, which anybody can check who has nothing else.
pub struct Export;

impl Operation for Export {
    const NAME: &'static str = "ledger.export";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[];
    // What is recorded leaves the workspace, to wherever it is told.
    const DECIDES: bool = true;
    type Input = ExportInput;
    type Output = ExportedDto;

    async fn run(api: &Api, _caller: &Caller, input: ExportInput) -> Result<ExportedDto, ApiError> {
        let scope = match (input.project, input.entry) {
            (Some(_), Some(_)) => {
                return Err(ApiError::new("invalid_input", "a project or an entry, not both"));
            }
            (Some(project), None) => Scope::Project(project),
            (None, Some(entry)) => Scope::Entry(entry),
            (None, None) => Scope::Workspace,
        };
        let head: Option<SignedHead> = input.head.as_deref().map(signed_head).transpose()?;
        let to = Path::new(&input.to);
        if !to.is_absolute() {
            return Err(ApiError::new("invalid_input", "the file needs its whole path"));
        }
        let entries = api.engine.export_evidence(scope, head, to).await?;
        Ok(ExportedDto { path: input.to, entries })
    }
}

fn signed_head(text: &str) -> Result<SignedHead, ApiError> {
    let odd = |error| ApiError::new("invalid_input", format!("that is no signed head: {error}"));
    serde_json::from_str(text).map_err(odd)
}

/// The newest head that was signed and kept outside the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SignedHeadDto {
    /// As it is handed on; `null` where nobody has signed.
    pub head: Option<String>,
}

pub struct Head;

impl Operation for Head {
    const NAME: &'static str = "ledger.head";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Ledger];
    type Input = Nothing;
    type Output = SignedHeadDto;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<SignedHeadDto, ApiError> {
        let head = api.engine.store().signed_head();
        let head = head.map(|head| serde_json::to_string(&head)).transpose();
        Ok(SignedHeadDto { head: head.map_err(|error| ApiError::internal(&error))? })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct RedactInput {
    /// The entry whose contents are to go.
    #[specta(type = specta_typescript::Number)]
    pub entry: u64,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RedactedDto {
    pub values: u32,
    /// Copies of the record that still have them.
    pub kept_in: Vec<String>,
}

/// Takes what an entry says away for good. That it was there, and who took it away, stays.
pub struct Redact;

impl Operation for Redact {
    const NAME: &'static str = "ledger.redact";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Ledger, Tag::Conversation, Tag::Requests, Tag::Projects];
    const DECIDES: bool = true;
    type Input = RedactInput;
    type Output = RedactedDto;

    async fn run(api: &Api, caller: &Caller, input: RedactInput) -> Result<RedactedDto, ApiError> {
        let RedactInput { entry, reason } = input;
        let done = api.engine.redact(entry, reason, &caller.person, caller.channel.name()).await?;
        let values = u32::try_from(done.values).unwrap_or(u32::MAX);
        Ok(RedactedDto { values, kept_in: done.kept_in })
    }
}

impl From<ExportError> for ApiError {
    fn from(error: ExportError) -> Self {
        let message = error.to_string();
        match error {
            ExportError::NoProject(_) | ExportError::NoEntry(_) => ApiError::new("not_found", message),
            ExportError::OtherHead => ApiError::new("invalid_input", message),
            ExportError::Damaged => ApiError::new("workspace_damaged", message),
            ExportError::Io(source) => match source.kind() {
                std::io::ErrorKind::StorageFull => ApiError::new("disk_full", message),
                _ => ApiError::new("folder_unreadable", message),
            },
            ExportError::Read(error) => error.into(),
        }
    }
}

impl From<RedactError> for ApiError {
    fn from(error: RedactError) -> Self {
        let message = error.to_string();
        match error {
            RedactError::Nothing(_) | RedactError::Needed { .. } => ApiError::new("not_possible", message),
            RedactError::Read(ReadError::NoEntry { .. }) => ApiError::new("not_found", message),
            RedactError::Read(error) => error.into(),
            RedactError::Write(error) => error.into(),
        }
    }
}
