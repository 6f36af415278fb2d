//! This device: what it is, who is connected to it, and what is set on it.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::Micros;
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;
use crate::settings::Settings;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DeviceDto {
    pub name: String,
    /// The system with its version, and the processor's kind.
    pub platform: String,
    pub version: String,
    /// The level in force: `contained`, `partly` or `none`.
    pub containment: String,
    /// The program that has the workspace open, with its process.
    pub program: String,
    pub process: u32,
    /// Since when.
    pub opened_at: Micros,
    pub workspace: String,
    /// Where heads are kept outside the workspace; null if nowhere.
    pub state: Option<String>,
    /// Where the log lies; null if none is kept.
    pub logs: Option<String>,
    pub connections: Vec<ConnectionDto>,
}

/// Somebody who is connected now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ConnectionDto {
    pub id: u32,
    /// `window`, `browser` or `program`.
    pub kind: String,
    /// Which one, such as a program's name; empty if nothing more is known.
    pub label: String,
    pub since: Micros,
    pub seen: Micros,
    /// Whether it is the one that asks.
    pub here: bool,
    /// Whether it is a session that can be signed out.
    pub can_end: bool,
}

/// This device, and who is connected to it.
pub struct Device;

impl Operation for Device {
    const NAME: &'static str = "system.device";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::System];
    type Input = Nothing;
    type Output = DeviceDto;

    async fn run(api: &Api, caller: &Caller, _input: Nothing) -> Result<DeviceDto, ApiError> {
        let shown = |path: &Option<std::path::PathBuf>| path.as_ref().map(|it| it.display().to_string());
        let connections = api.connections.list().into_iter().map(|it| ConnectionDto {
            here: caller.connection == Some(it.id),
            id: it.id,
            kind: it.kind.name().into(),
            label: it.label,
            since: Micros(it.since),
            seen: Micros(it.seen),
            can_end: it.can_end,
        });
        let program = std::env::current_exe().ok();
        let program = program.as_deref().and_then(std::path::Path::file_name);
        Ok(DeviceDto {
            name: crate::places::host_name(),
            platform: crate::places::platform_name(),
            version: env!("CARGO_PKG_VERSION").into(),
            containment: api.engine.containment().to_string(),
            program: program.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            process: std::process::id(),
            opened_at: Micros(api.machine.opened_at),
            workspace: api.workspace(),
            state: shown(&api.machine.state),
            logs: shown(&api.machine.logs),
            connections: connections.collect(),
        })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct SignOutInput {
    /// One session; without it, all of them.
    pub connection: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SignedOut {
    pub sessions: u32,
}

/// Ends browser sessions: what they hold lets nobody in any more.
pub struct SignOut;

impl Operation for SignOut {
    const NAME: &'static str = "system.sign_out";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::System];
    const DECIDES: bool = true;
    type Input = SignOutInput;
    type Output = SignedOut;

    async fn run(api: &Api, _caller: &Caller, input: SignOutInput) -> Result<SignedOut, ApiError> {
        match (api.connections.end(input.connection), input.connection) {
            (0, Some(gone)) => Err(ApiError::not_found("session", &gone.to_string())),
            (sessions, _) => Ok(SignedOut { sessions }),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SettingsDto {
    pub settings: Settings,
    /// Why the file counts as none, if it does.
    pub problem: Option<String>,
    /// Where they lie; null where this host keeps none.
    pub folder: Option<String>,
}

/// What is set on this device.
pub struct GetSettings;

impl Operation for GetSettings {
    const NAME: &'static str = "system.settings";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::System];
    type Input = Nothing;
    type Output = SettingsDto;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<SettingsDto, ApiError> {
        let folder = api.machine.config.as_deref();
        let (settings, problem) = Settings::look(folder);
        Ok(SettingsDto { settings, problem, folder: folder.map(|folder| folder.display().to_string()) })
    }
}

/// Sets all of them at once. They count from this moment.
pub struct SetSettings;

impl Operation for SetSettings {
    const NAME: &'static str = "system.set_settings";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::System];
    // Whoever silences notifications decides what a person does not see.
    const DECIDES: bool = true;
    type Input = Settings;
    type Output = Nothing;

    async fn run(api: &Api, _caller: &Caller, input: Settings) -> Result<Nothing, ApiError> {
        let folder = api.machine.config.as_deref();
        let folder = folder.ok_or_else(|| ApiError::new("not_possible", "this host keeps no settings"))?;
        input.write(folder)?;
        Ok(Nothing {})
    }
}
