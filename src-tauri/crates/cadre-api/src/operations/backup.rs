//! Backups of the workspace: made, listed, and put back.

use std::path::PathBuf;

use cadre_engine::{BackupView, RestoreDecision, RestoreOrder};
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::Micros;
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct BackUpInput {
    /// The folder to make the backup in, by its whole path; without one, the workspace's own folder of backups.
    pub to: Option<String>,
}

/// One backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BackupDto {
    /// Its folder.
    pub path: String,
    /// `backup`; `replaced` if it is the record that a restore replaced, as it lay there.
    pub kind: String,
    pub made_at: Micros,
    pub by: String,
    /// Entries of its record, and the hash of the newest; null where that could not be read.
    #[specta(type = Option<specta_typescript::Number>)]
    pub entries: Option<u64>,
    pub head: Option<String>,
    #[specta(type = specta_typescript::Number)]
    pub bytes: u64,
    pub files: u32,
    /// What was damaged before the backup was made, and is in it all the same.
    pub problems: Vec<String>,
}

impl From<BackupView> for BackupDto {
    fn from(view: BackupView) -> Self {
        BackupDto {
            path: view.path.to_string_lossy().into_owned(),
            kind: view.kind.name().into(),
            made_at: Micros(view.made_at),
            by: view.by,
            entries: view.head.map(|head| head.seq),
            head: view.head.map(|head| head.leaf.to_string()),
            bytes: view.bytes,
            files: u32::try_from(view.files).unwrap_or(u32::MAX),
            problems: view.problems,
        }
    }
}

/// Writes a backup while work goes on, and checks it. It permits nothing and overwrites nothing.
pub struct BackUp;

impl Operation for BackUp {
    const NAME: &'static str = "system.back_up";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::System];
    // It writes wherever it is told, with the person's rights.
    const DECIDES: bool = true;
    type Input = BackUpInput;
    type Output = BackupDto;

    async fn run(api: &Api, caller: &Caller, input: BackUpInput) -> Result<BackupDto, ApiError> {
        let to = input.to.map(PathBuf::from);
        Ok(api.engine.back_up(to.as_deref(), &caller.person).await?.into())
    }
}

/// A restore that is decided: not in place yet, or since this start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DecidedRestoreDto {
    /// Where the backup lies.
    pub from: String,
    pub made_at: Micros,
    #[specta(type = specta_typescript::Number)]
    pub entries: u64,
    pub head: String,
    /// `made_here`, `part`: it belongs to the record, or what is kept outside names it. Where nothing does:
    /// `kept_head` if it has the entry whose head was kept outside, `other_head` if it has another one in that place,
    /// `nothing`.
    pub compared: String,
    pub by: String,
    pub decided_at: Micros,
}

impl From<RestoreOrder> for DecidedRestoreDto {
    fn from(order: RestoreOrder) -> Self {
        DecidedRestoreDto {
            from: order.from,
            made_at: Micros(order.made_at),
            entries: order.backup.seq,
            head: order.backup.leaf.to_string(),
            compared: order.compared.name().into(),
            by: order.by,
            decided_at: Micros(order.decided_at),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct BackupsDto {
    /// Where backups of this workspace lie unless somebody says otherwise.
    pub folder: String,
    /// Newest first.
    pub backups: Vec<BackupDto>,
    /// Put in place when Cadre starts the next time.
    pub decided: Option<DecidedRestoreDto>,
    /// Put in place when this Cadre started.
    pub restored: Option<DecidedRestoreDto>,
    /// What is wrong, and keeps nobody from the rest: a restore that is not done when it should be, a folder that
    /// cannot be read.
    pub problems: Vec<ApiError>,
}

/// The backups in the workspace's own folder, and what was decided about them.
pub struct Backups;

impl Operation for Backups {
    const NAME: &'static str = "system.backups";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::System];
    type Input = Nothing;
    type Output = BackupsDto;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<BackupsDto, ApiError> {
        let view = api.engine.backups();
        Ok(BackupsDto {
            folder: view.folder.to_string_lossy().into_owned(),
            backups: view.backups.into_iter().map(Into::into).collect(),
            decided: view.decided.map(Into::into),
            restored: view.restored.map(Into::into),
            problems: view.problems.into_iter().map(Into::into).collect(),
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct BackupPath {
    /// A backup's folder, or the file of a record, by its whole path.
    pub backup: String,
}

/// Checks a backup and has it put in place when Cadre starts the next time. The record that it replaces is kept.
pub struct Restore;

impl Operation for Restore {
    const NAME: &'static str = "system.restore";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::System];
    const DECIDES: bool = true;
    type Input = BackupPath;
    type Output = DecidedRestoreDto;

    async fn run(api: &Api, caller: &Caller, input: BackupPath) -> Result<DecidedRestoreDto, ApiError> {
        Ok(api.engine.restore(&decision(caller, &input)).await?.into())
    }
}

/// Takes back a restore that is not in place yet.
pub struct TakeBackRestore;

impl Operation for TakeBackRestore {
    const NAME: &'static str = "system.take_back_restore";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::System];
    const DECIDES: bool = true;
    type Input = Nothing;
    type Output = Nothing;

    async fn run(api: &Api, caller: &Caller, _input: Nothing) -> Result<Nothing, ApiError> {
        api.engine.take_back_restore(&caller.person, caller.channel.name()).await?;
        Ok(Nothing {})
    }
}

pub(crate) fn decision(caller: &Caller, input: &BackupPath) -> RestoreDecision {
    RestoreDecision {
        backup: PathBuf::from(&input.backup),
        by: caller.person.clone(),
        channel: caller.channel.name().into(),
    }
}
