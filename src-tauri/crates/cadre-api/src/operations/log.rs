//! The log of Cadre on this machine.

use cadre_core::visible;
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::Micros;
use crate::error::ApiError;
use crate::logs::{self, LogLine, LogQuery};
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;

/// Lines of one page.
const MOST_LINES: u32 = 500;
/// Letters of what the interface says of an error.
const MOST_LETTERS: usize = 4000;

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct LogInput {
    /// `next` of the page before.
    pub after: Option<String>,
    /// At most 500.
    pub limit: u32,
    /// The least grave level that is wanted: `error`, `warn` or `info`.
    pub level: Option<String>,
    /// In what happened, where, or its details.
    pub text: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LogLineDto {
    /// Null for a line that is not one of Cadre's.
    pub at: Option<Micros>,
    /// `error`, `warn`, `info`, `debug`, `trace`, or `unknown`.
    pub level: String,
    /// The part of the program.
    pub target: String,
    pub message: String,
    pub details: String,
}

impl From<LogLine> for LogLineDto {
    fn from(line: LogLine) -> Self {
        LogLineDto {
            at: line.at.map(Micros),
            level: line.level,
            target: line.target,
            message: line.message,
            details: line.details,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LogPageDto {
    /// Where the files lie; null where this host keeps no log.
    pub folder: Option<String>,
    /// Newest first.
    pub lines: Vec<LogLineDto>,
    /// For the next page; null at the beginning of the log.
    pub next: Option<String>,
}

/// A page of the log, from its end.
pub struct Logs;

impl Operation for Logs {
    const NAME: &'static str = "system.logs";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[];
    type Input = LogInput;
    type Output = LogPageDto;

    async fn run(api: &Api, _caller: &Caller, input: LogInput) -> Result<LogPageDto, ApiError> {
        let Some(folder) = api.machine.logs.clone() else {
            return Ok(LogPageDto { folder: None, lines: Vec::new(), next: None });
        };
        let shown = folder.to_string_lossy().into_owned();
        let limit = usize::try_from(input.limit.clamp(1, MOST_LINES)).unwrap_or_default();
        let text = input.text.filter(|text| !text.trim().is_empty());
        let query = LogQuery { after: input.after, limit, level: input.level, text };
        let page = tokio::task::spawn_blocking(move || logs::read(&folder, &query)).await;
        let page = page.map_err(|error| ApiError::internal(&error))?;
        let page = page.map_err(|error| ApiError::new("folder_unreadable", format!("{shown}: {error}")))?;
        Ok(LogPageDto {
            folder: Some(shown),
            lines: page.lines.into_iter().map(Into::into).collect(),
            next: page.next,
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct InterfaceError {
    /// What the interface says went wrong.
    pub message: String,
    /// Where, as far as it knows.
    pub place: String,
}

/// Writes down that the interface failed. It says nothing of what it showed.
pub struct Report;

impl Operation for Report {
    const NAME: &'static str = "system.report_error";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[];
    type Input = InterfaceError;
    type Output = Nothing;

    async fn run(_api: &Api, caller: &Caller, input: InterfaceError) -> Result<Nothing, ApiError> {
        let cut = |text: &str| visible::visible(text).chars().take(MOST_LETTERS).collect::<String>();
        let (message, place) = (cut(&input.message), cut(&input.place));
        tracing::error!(target: "interface", channel = caller.channel.name(), place, "{message}");
        Ok(Nothing {})
    }
}
