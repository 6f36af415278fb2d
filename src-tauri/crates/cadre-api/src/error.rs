//! Errors as callers see them: a code to act on, what happened, and what to do. Each code has a page in
//! `docs/errors/`.

use cadre_core::failure::Category;
use cadre_engine::organisation::AddPersonError;
use cadre_engine::{
    AddProgramError, AgentsError, AttachmentError, BackupError, BackupsProblem, BudgetError, ControlError,
    DecideError, EndpointError, EngineError, HistoryError, OpenError, PlanError, ProviderError, ReadError,
    RequestError, RestoreError, RollbackError, UndoError, VaultError, VerifyError, WorkplaceError,
    WriteError,
};
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::settings::SettingsError;

/// What a caller gets in place of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    pub code: String,
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// Lines of detail, if there are any.
    #[serde(default)]
    pub details: Vec<String>,
}

/// Every code, with its hint. A code exists only if a caller acts on it.
pub const CODES: &[(&str, &str)] = &[
    ("unknown_operation", "Check the name; `cadre help` and the generated client list every operation."),
    ("invalid_input", "Check the fields of the input against the operation's declaration."),
    ("not_found", "It may have been removed, or the id is of another workspace."),
    ("invalid_request", "Change the request as the message says and send it again."),
    ("attachment_too_large", "Attach less, or put it into a folder and name that in the request."),
    (
        "attachment_refused",
        "Attach the file itself; folders are named in the request, and links lead elsewhere.",
    ),
    (
        "attachment_unreadable",
        "Look whether the file is still there and you may read it, then attach it again.",
    ),
    ("folder_unreadable", "Choose a folder that exists and that you may read."),
    ("private_place", "Copy what may be read to another folder, and give that."),
    ("plan_invalid", "Mend the steps that are named, then approve the new version."),
    ("stale_approval", "Look at what is shown now and decide on that."),
    (
        "approval_expired",
        "See how the step stands now: it asks what next, and trying again asks for the approval anew.",
    ),
    ("already_decided", "Nothing is left to do here; the history shows who decided what."),
    (
        "not_undoable",
        "The file is left as it is; compare it with the project's history and put back by hand what you need.",
    ),
    ("terms_invalid", "Mend what is named, then agree again."),
    ("key_needed", "Enter the key of this service first."),
    ("key_rejected", "Copy the key again from the service's own page, whole, and enter it once more."),
    ("service_failed", "Look whether the service runs and the address is right, then try again."),
    ("address_invalid", "Write https://, a host and a path; http:// only for this machine."),
    ("vault_unusable", "Unlock the keychain, or choose a vault file."),
    ("not_possible", "Look at how the project stands now."),
    ("decision_invalid", "Choose one of the decisions that are offered."),
    ("workspace_held", "Cadre is open elsewhere with this workspace; use it there, or close it first."),
    ("workspace_newer", "Install the newest Cadre; this version leaves the workspace as it is."),
    (
        "workspace_damaged",
        "Put a backup in its place with `cadre restore`; the damaged record is kept. `.cadre` has a copy from before each upgrade, too.",
    ),
    (
        "backup_damaged",
        "Choose another backup: this one is not put in place, and the workspace is as it was.",
    ),
    (
        "backup_of_another",
        "Put it into a folder of its own: `cadre restore BACKUP --workspace DIR` with a new folder.",
    ),
    (
        "backup_differs",
        "Choose a backup that was made of this record; one from before a restore comes after the record that the restore replaced. To look at this one, put it into a new folder: `cadre restore BACKUP --workspace DIR`.",
    ),
    (
        "restore_not_done",
        "Mend what is named and start Cadre again, or put a backup in place anew. What is decided can be taken back.",
    ),
    ("not_a_folder", "Move the file that is named to another place; Cadre keeps a folder there."),
    ("setting_invalid", "Mend what is named; the settings are as they were."),
    ("disk_full", "Free some space; everything that was recorded is kept."),
    ("database_locked", "Another program holds the file; close it and try again."),
    ("cannot_serve", "Choose another port or address of this machine; 0 takes any free port."),
    ("not_installed", "Install Cadre again: a part of it is missing."),
    (
        "channel_not_allowed",
        "Decide in the window, in the browser session of the printed link, or with `cadre approve`.",
    ),
    ("not_signed_in", "Open the link that `cadre serve` prints; it works once and for five minutes."),
    ("origin_refused", "Open Cadre by the address that `cadre serve` prints, and by no other name."),
    ("too_many_attempts", "Wait a minute, then use a fresh link of `cadre serve`."),
    ("too_large", "Send less at once; a request may have 2 MiB."),
    ("timed_out", "Send it again; the whole request has to arrive within a few seconds."),
    ("host_unreachable", "Close the Cadre that has this workspace open, or wait until it answers again."),
    ("internal", "Try again; if it stays, the log has the cause."),
];

impl ApiError {
    /// An error with one of [`CODES`] and its hint.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        let hint = CODES.iter().find(|(known, _)| *known == code).map(|(_, hint)| *hint).unwrap_or_default();
        ApiError {
            code: code.to_owned(),
            message: message.into(),
            hint: hint.to_owned(),
            details: Vec::new(),
        }
    }

    pub(crate) fn channel_not_allowed(operation: &str) -> Self {
        let why = "only a person may decide, and a program that can read this user's files may be an agent's";
        ApiError::new("channel_not_allowed", format!("`{operation}` was refused: {why}"))
    }

    pub(crate) fn unknown_operation(name: &str) -> Self {
        ApiError::new("unknown_operation", format!("there is no operation `{name}`"))
    }

    pub(crate) fn invalid_input(operation: &str, error: &serde_json::Error) -> Self {
        ApiError::new("invalid_input", format!("`{operation}`: {error}"))
    }

    pub(crate) fn invalid_secret_input(operation: &str) -> Self {
        ApiError::new("invalid_input", format!("`{operation}`: its input does not fit its declaration"))
    }

    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        ApiError::new("not_found", format!("there is no {what} `{id}`"))
    }

    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        ApiError::new("internal", error.to_string())
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        let code = match &error {
            WriteError::DiskFull => "disk_full",
            WriteError::Locked => "database_locked",
            WriteError::Refused { .. } => "already_decided",
            _ => "internal",
        };
        ApiError::new(code, error.to_string())
    }
}

impl From<ReadError> for ApiError {
    fn from(error: ReadError) -> Self {
        ApiError::internal(&error)
    }
}

impl From<VerifyError> for ApiError {
    fn from(error: VerifyError) -> Self {
        ApiError::internal(&error)
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        let message = error.to_string();
        match error {
            EngineError::Open(error) => error.into(),
            EngineError::Restore(error) => error.into(),
            EngineError::Folder { source, .. } => folder_error(&source, message),
            EngineError::NoExec => ApiError::new("not_installed", message),
            _ => ApiError::new("internal", message),
        }
    }
}

impl From<OpenError> for ApiError {
    fn from(error: OpenError) -> Self {
        let code = match &error {
            OpenError::Held { .. } => "workspace_held",
            OpenError::NewerSchema { .. } => "workspace_newer",
            OpenError::Damaged(_) => "workspace_damaged",
            OpenError::Folder { .. } => "folder_unreadable",
            OpenError::Write(WriteError::DiskFull) => "disk_full",
            OpenError::Write(WriteError::Locked) => "database_locked",
            _ => "internal",
        };
        ApiError::new(code, error.to_string())
    }
}

/// A file in the place of a folder is mended in another way than a folder that is not there.
fn folder_error(source: &std::io::Error, message: String) -> ApiError {
    let is_file = source.kind() == std::io::ErrorKind::NotADirectory;
    ApiError::new(if is_file { "not_a_folder" } else { "folder_unreadable" }, message)
}

impl From<BackupsProblem> for ApiError {
    fn from(problem: BackupsProblem) -> Self {
        let message = problem.to_string();
        match problem {
            BackupsProblem::NotDone(_) => ApiError::new("restore_not_done", message),
            BackupsProblem::Unread { source, .. } => folder_error(&source, message),
        }
    }
}

impl From<BackupError> for ApiError {
    fn from(error: BackupError) -> Self {
        let message = error.to_string();
        match error {
            BackupError::Busy => ApiError::new("not_possible", message),
            BackupError::NotAbsolute { .. } => ApiError::new("invalid_input", message),
            BackupError::SeenByAgents { .. } => ApiError {
                hint: "Name a folder that no request is about and that lies in none, on another disk for example."
                    .into(),
                ..ApiError::new("invalid_input", message)
            },
            BackupError::Read(error) => error.into(),
            BackupError::DiskFull { .. } => ApiError::new("disk_full", message),
            BackupError::Io { source, .. } => folder_error(&source, message),
            BackupError::Write(error) => ApiError { message, ..error.into() },
            BackupError::Damaged { findings } => {
                ApiError { details: findings, ..ApiError::new("workspace_damaged", message) }
            }
            BackupError::Copy(_) => ApiError::new("internal", message),
        }
    }
}

impl From<SettingsError> for ApiError {
    fn from(error: SettingsError) -> Self {
        let code = match &error {
            SettingsError::NoTime(_) | SettingsError::Empty(_) => "setting_invalid",
            SettingsError::Io { .. } => "folder_unreadable",
        };
        ApiError::new(code, error.to_string())
    }
}

impl From<RestoreError> for ApiError {
    fn from(error: RestoreError) -> Self {
        let message = error.to_string();
        match error {
            RestoreError::Busy | RestoreError::Decided { .. } | RestoreError::NoneDecided => {
                ApiError::new("not_possible", message)
            }
            RestoreError::NotABackup { .. } => ApiError::new("not_found", message),
            RestoreError::Damaged { findings, .. } => {
                ApiError { details: findings, ..ApiError::new("backup_damaged", message) }
            }
            RestoreError::OtherWorkspace { .. } => ApiError::new("backup_of_another", message),
            RestoreError::Newer { .. } => ApiError::new("workspace_newer", message),
            RestoreError::DiskFull { .. } => ApiError::new("disk_full", message),
            RestoreError::Io { source, .. } => folder_error(&source, message),
            RestoreError::OtherRecord { .. } => ApiError::new("backup_differs", message),
            RestoreError::Copy(_) => ApiError::new("internal", message),
            RestoreError::Open(error) => error.into(),
            RestoreError::Write(error) => error.into(),
            RestoreError::Read(error) => error.into(),
        }
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Read(error) => error.into(),
            RequestError::Write(error) => error.into(),
            RequestError::Unknown(id) => ApiError::not_found("request", &id),
            RequestError::Folder { .. } => ApiError::new("folder_unreadable", error.to_string()),
            RequestError::Private(_) => ApiError::new("private_place", error.to_string()),
            RequestError::Empty
            | RequestError::TooLong { .. }
            | RequestError::TooManyAttachments
            | RequestError::Interrupted(_) => ApiError::new("invalid_request", error.to_string()),
            RequestError::NoAttachment(_) => ApiError::new("not_found", error.to_string()),
            RequestError::Attachment(error) => error.into(),
        }
    }
}

impl From<AttachmentError> for ApiError {
    fn from(error: AttachmentError) -> Self {
        let code = match &error {
            AttachmentError::NotAFile { .. } => "attachment_refused",
            AttachmentError::Private(_) => "private_place",
            AttachmentError::TooLarge { .. } | AttachmentError::NoRoom => "attachment_too_large",
            AttachmentError::Io { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                "disk_full"
            }
            AttachmentError::Io { .. } | AttachmentError::Gone { .. } | AttachmentError::Damaged { .. } => {
                "attachment_unreadable"
            }
        };
        ApiError::new(code, error.to_string())
    }
}

impl From<HistoryError> for ApiError {
    fn from(error: HistoryError) -> Self {
        let message = error.to_string();
        match error {
            HistoryError::Project(error) => error.into(),
            HistoryError::UnknownCheckpoint { .. } | HistoryError::UnknownFile(_) => {
                ApiError::new("not_found", message)
            }
            HistoryError::Read(error) => error.into(),
            HistoryError::Checkpoint(_) => ApiError::new("internal", message),
        }
    }
}

impl From<RollbackError> for ApiError {
    fn from(error: RollbackError) -> Self {
        let message = error.to_string();
        match error {
            RollbackError::History(error) => error.into(),
            RollbackError::NotPossible(_) => ApiError::new("not_possible", message),
            RollbackError::Stale => ApiError::new("stale_approval", message),
            RollbackError::Read(error) => error.into(),
            RollbackError::Checkpoint(_) => ApiError::new("internal", message),
        }
    }
}

impl From<PlanError> for ApiError {
    fn from(error: PlanError) -> Self {
        let message = error.to_string();
        match error {
            PlanError::Request(error) => error.into(),
            PlanError::Read(error) => error.into(),
            PlanError::Write(error) => error.into(),
            PlanError::UnknownProject(id) => ApiError::not_found("project", &id),
            PlanError::UnknownVersion { .. } | PlanError::UnknownStep(_) => {
                ApiError::new("not_found", message)
            }
            PlanError::Problems { problems } => {
                let details = problems.iter().map(ToString::to_string).collect();
                ApiError { details, ..ApiError::new("plan_invalid", "the plan cannot be approved") }
            }
            PlanError::Workplace(WorkplaceError::NotPossible(_)) => ApiError::new("not_possible", message),
            PlanError::Workplace(WorkplaceError::NotLookedAt { .. }) => ApiError {
                hint: "Mend what git says of the folder, or let the steps write into a folder of their own."
                    .into(),
                ..ApiError::new("folder_unreadable", message)
            },
            PlanError::Stale { .. } => ApiError::new("stale_approval", message),
            PlanError::Decided { .. } => ApiError::new("already_decided", message),
            PlanError::Compile(_) => ApiError::new("plan_invalid", message),
            PlanError::Folder { .. } => ApiError::new("folder_unreadable", message),
            PlanError::Start(_) => ApiError::new("internal", message),
        }
    }
}

impl From<ControlError> for ApiError {
    fn from(error: ControlError) -> Self {
        let message = error.to_string();
        match error {
            ControlError::Unknown(id) => ApiError::not_found("project", &id),
            ControlError::Illegal(_) | ControlError::Changed => ApiError::new("not_possible", message),
            ControlError::Read(error) => error.into(),
            ControlError::Write(error) => error.into(),
        }
    }
}

impl From<BudgetError> for ApiError {
    fn from(error: BudgetError) -> Self {
        let message = error.to_string();
        match error {
            BudgetError::UnknownProject(id) => ApiError::not_found("project", &id),
            BudgetError::Negative => ApiError::new("invalid_input", message),
            BudgetError::Read(error) => error.into(),
            BudgetError::Write(error) => error.into(),
        }
    }
}

impl From<UndoError> for ApiError {
    fn from(error: UndoError) -> Self {
        let message = error.to_string();
        match error {
            UndoError::Unknown(id) => ApiError::not_found("effect", &id),
            UndoError::NotUndoable { .. }
            | UndoError::Branch { .. }
            | UndoError::Changed(_)
            | UndoError::Snapshot(_) => ApiError::new("not_undoable", message),
            UndoError::Read(error) => error.into(),
            UndoError::Write(error) => error.into(),
        }
    }
}

impl From<AddPersonError> for ApiError {
    fn from(error: AddPersonError) -> Self {
        let message = error.to_string();
        match error {
            AddPersonError::Read(error) => error.into(),
            AddPersonError::Write(error) => error.into(),
            AddPersonError::Name
            | AddPersonError::Taken(_)
            | AddPersonError::Unknown(_)
            | AddPersonError::Department(_) => ApiError::new("invalid_input", message),
        }
    }
}

impl From<EndpointError> for ApiError {
    fn from(error: EndpointError) -> Self {
        let message = error.to_string();
        match error {
            EndpointError::Read(error) => error.into(),
            EndpointError::Write(error) => error.into(),
            EndpointError::Provider(error) => error.into(),
            EndpointError::Vault(error) => vault_unusable(&error),
            EndpointError::Model(error) => ApiError::new(code_of(error.category), message),
            EndpointError::Terms { problems } => {
                let details = problems.iter().map(ToString::to_string).collect();
                ApiError { details, ..ApiError::new("terms_invalid", message) }
            }
            EndpointError::KeyNeeded(_) => ApiError::new("key_needed", message),
            EndpointError::UnknownKind(_) | EndpointError::TakesNoKey(_) => {
                ApiError::new("invalid_input", message)
            }
            EndpointError::NotInEnvironment(_)
            | EndpointError::UnknownEndpoint(_)
            | EndpointError::UnknownKey(_)
            | EndpointError::UnknownProject(_) => ApiError::new("not_found", message),
            EndpointError::Changed => ApiError::new("not_possible", message),
        }
    }
}

impl From<ProviderError> for ApiError {
    fn from(error: ProviderError) -> Self {
        let message = error.to_string();
        match error {
            ProviderError::NotEnabled(_) => ApiError::new("not_found", message),
            ProviderError::NoKey(_) | ProviderError::KeyElsewhere { .. } => {
                ApiError::new("key_needed", message)
            }
            ProviderError::Script { .. } => ApiError::new("address_invalid", message),
            ProviderError::Vault(error) => vault_unusable(&error),
            ProviderError::Model(error) => ApiError::new(code_of(error.category), message),
            ProviderError::Read(error) => error.into(),
        }
    }
}

fn code_of(category: Category) -> &'static str {
    match category {
        Category::AuthorizationError => "key_rejected",
        Category::ConfigurationError => "address_invalid",
        _ => "service_failed",
    }
}

fn vault_unusable(error: &VaultError) -> ApiError {
    ApiError { hint: error.what_to_do().to_owned(), ..ApiError::new("vault_unusable", error.to_string()) }
}

impl From<AddProgramError> for ApiError {
    fn from(error: AddProgramError) -> Self {
        let message = error.to_string();
        match error {
            AddProgramError::Read(error) => error.into(),
            AddProgramError::Write(error) => error.into(),
            AddProgramError::Unknown(_) => ApiError::new("not_found", message),
            AddProgramError::NotInstalled(_) | AddProgramError::Taken(_) | AddProgramError::Chart(_) => {
                ApiError::new("not_possible", message)
            }
            AddProgramError::File(_) => ApiError::new("folder_unreadable", message),
        }
    }
}

impl From<AgentsError> for ApiError {
    fn from(error: AgentsError) -> Self {
        match error {
            AgentsError::Read(error) => error.into(),
            AgentsError::Write(error) => error.into(),
            AgentsError::Start(error) => ApiError::internal(&error),
        }
    }
}

impl From<DecideError> for ApiError {
    fn from(error: DecideError) -> Self {
        let message = error.to_string();
        match error {
            DecideError::NotOpen(_) => ApiError::new("already_decided", message),
            DecideError::NotAllowed { .. } | DecideError::Incomplete(_) => {
                ApiError::new("decision_invalid", message)
            }
            DecideError::Stale { .. } | DecideError::Conflict(_) | DecideError::LimitChanged => {
                ApiError::new("stale_approval", message)
            }
            DecideError::Expired => ApiError::new("approval_expired", message),
            DecideError::Over => ApiError::new("not_possible", message),
            DecideError::Checkpoint(error) => ApiError::internal(&error),
            DecideError::Read(error) => error.into(),
            DecideError::Write(error) => error.into(),
        }
    }
}

/// For hosts that look at a folder before a workspace is open.
pub fn folder_unreadable(folder: &std::path::Path, error: &std::io::Error) -> ApiError {
    ApiError::new("folder_unreadable", format!("{}: {error}", folder.display()))
}

/// For programs that would be the host of a workspace that another program hosts.
pub fn workspace_held(workspace: &str) -> ApiError {
    ApiError::new("workspace_held", format!("another program is the host of this workspace: {workspace}"))
}

/// For hosts that cannot listen where they were told to.
pub fn cannot_serve(error: &dyn std::error::Error) -> ApiError {
    ApiError::new("cannot_serve", error.to_string())
}

/// For hosts that see before the call that a decision does not fit.
pub fn decision_invalid(message: &str) -> ApiError {
    ApiError::new("decision_invalid", message)
}
