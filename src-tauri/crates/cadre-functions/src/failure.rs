//! What ends an agent without a result. Everything that concerns a single file is part of the data instead.

/// Each variant has one category of facts.md F1 and, where the reader can do something, a hint.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("no agent was named")]
    NoAgent { known: String },
    #[error("there is no agent named {name:?}")]
    UnknownAgent { name: String, known: String },
    #[error("standard input could not be read: {0}")]
    InputUnreadable(std::io::Error),
    #[error("the input is larger than {limit} bytes")]
    InputTooLarge { limit: u64 },
    #[error("the input is not valid JSON: {0}")]
    InputNotJson(serde_json::Error),
    #[error("the input does not have the shape of the contract: {0}")]
    InputShape(serde_json::Error),
    #[error("the input speaks contract version {found}, this program speaks version {supported}")]
    ContractVersion { found: String, supported: u32 },
    #[error("the data could not be written as JSON: {0}")]
    DataNotJson(serde_json::Error),
    #[error("the folder must be an absolute path, but is {folder:?}")]
    FolderNotAbsolute { folder: String },
    #[error("the folder {folder:?} does not exist")]
    FolderMissing { folder: String },
    #[error("{folder:?} is not a folder")]
    NotAFolder { folder: String },
    #[error("the folder {folder:?} may not be read")]
    FolderForbidden { folder: String },
    #[error("the folder {folder:?} could not be read: {source}")]
    FolderUnreadable { folder: String, source: std::io::Error },
    #[error("git could not be started: {0}")]
    GitMissing(std::io::Error),
    #[error("git {command} failed: {message}")]
    GitFailed { command: String, message: String },
    #[error("none of the inputs has data that the report writer can read ({found})")]
    NothingToReport { found: String },
}

impl Failure {
    pub(crate) fn category(&self) -> &'static str {
        match self {
            Self::NoAgent { .. } | Self::UnknownAgent { .. } => "configuration_error",
            Self::InputUnreadable(_) | Self::DataNotJson(_) | Self::FolderUnreadable { .. } => "unknown",
            Self::InputTooLarge { .. } => "resource_exhausted",
            Self::InputNotJson(_)
            | Self::InputShape(_)
            | Self::ContractVersion { .. }
            | Self::FolderNotAbsolute { .. }
            | Self::FolderMissing { .. }
            | Self::NotAFolder { .. } => "validation_error",
            Self::FolderForbidden { .. } => "authorization_error",
            Self::GitMissing(_) | Self::GitFailed { .. } | Self::NothingToReport { .. } => {
                "dependency_failure"
            }
        }
    }

    pub(crate) fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NoAgent { known } | Self::UnknownAgent { known, .. } => {
                format!("Name one of: {known}.")
            }
            Self::InputTooLarge { .. } => {
                "Pass only the data of the steps that this one depends on.".to_owned()
            }
            Self::InputNotJson(_) | Self::InputShape(_) => {
                "Pass one JSON document with contract, task, folder, inputs and now on standard input."
                    .to_owned()
            }
            Self::ContractVersion { supported, .. } => {
                format!(
                    "Use a Cadre and a cadre-functions of the same release, or send contract {supported}."
                )
            }
            Self::FolderNotAbsolute { .. } => "Pass the full path of the project's folder.".to_owned(),
            Self::FolderMissing { .. } => {
                "Check the path; the folder may have been moved or deleted since the project began."
                    .to_owned()
            }
            Self::NotAFolder { .. } => "Pass the folder that holds the file.".to_owned(),
            Self::FolderForbidden { .. } => {
                "Give the user that runs Cadre the right to read the folder.".to_owned()
            }
            Self::GitMissing(_) => "Install git, or put it on the PATH that Cadre passes on.".to_owned(),
            Self::GitFailed { .. } => {
                "Run `git fsck` in the folder: the repository may be damaged.".to_owned()
            }
            Self::NothingToReport { .. } => {
                "Let the step depend on a repository scout, a dependency auditor or a git historian."
                    .to_owned()
            }
            Self::InputUnreadable(_) | Self::DataNotJson(_) | Self::FolderUnreadable { .. } => return None,
        };
        Some(hint)
    }
}
