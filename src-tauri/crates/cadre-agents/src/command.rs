//! Running one command to its end, confined, within limits, leaving no process behind.
//!
//! Every command of Cadre starts here, through `cadre-exec`. This module decides nothing: whether a command may
//! run, with which folders, environment and network, is the caller's [`CommandSpec`]; how strong the walls are
//! is its [`Confinement`]. The socket to `cadre-exec` is the leash: when it closes, because the command was
//! stopped, the future was dropped or this process died, the whole process tree is killed. Unix only.

mod capture;
mod error;
mod piped;
mod program;
mod session;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::folder::FileHash;

pub use cadre_exec::{ContainmentLevel, Limits, Probe, probe};
pub use capture::Captured;
pub use error::CommandError;
pub use piped::{Leash, Piped, start};
pub use program::{ResolveError, ResolvedProgram, find_beside_current_exe, locate_program, resolve_program};

/// What to run. Everything the command gets stands here; nothing is inherited.
#[derive(Clone)]
pub struct CommandSpec {
    /// Absolute, as [`resolve_program`] gives it.
    pub program: PathBuf,
    /// If set, the program's content must still have this hash right before it starts.
    pub program_sha256: Option<FileHash>,
    /// Without the program's own name.
    pub args: Vec<String>,
    pub cwd: PathBuf,
    pub env: BTreeMap<String, String>,
    /// Written while the command runs, then closed. A command that never reads it is not an error.
    pub stdin: Vec<u8>,
    /// Visible beside the system's programs and libraries. These and the ones below, and `cwd`, are without links.
    pub read_only: Vec<PathBuf>,
    pub read_write: Vec<PathBuf>,
    /// Of these places, those that may lie in one that is hidden from everybody: a home among homes.
    pub own: Vec<PathBuf>,
    pub network: bool,
    pub limits: Limits,
    pub time_limit: Duration,
    /// The longest silence on both streams together.
    pub idle_limit: Option<Duration>,
    /// Bytes per stream; memory for output stays within it and one byte more stops the command.
    pub output_limit: usize,
    /// Between asking the command to end (SIGTERM) and ending it (SIGKILL).
    pub grace: Duration,
}

impl CommandSpec {
    /// A command with the least: a system `PATH`, no input, no network, nothing writable.
    pub fn new(program: impl Into<PathBuf>, cwd: impl Into<PathBuf>) -> Self {
        let env = [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LANG", "C.UTF-8")];
        Self {
            program: program.into(),
            program_sha256: None,
            args: Vec::new(),
            cwd: cwd.into(),
            env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            stdin: Vec::new(),
            read_only: Vec::new(),
            read_write: Vec::new(),
            own: Vec::new(),
            network: false,
            limits: Limits::default(),
            time_limit: Duration::from_secs(120),
            idle_limit: None,
            output_limit: 4 * 1024 * 1024,
            grace: Duration::from_secs(3),
        }
    }
}

/// Values of the environment, arguments and input may be secrets: they are left out.
impl fmt::Debug for CommandSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandSpec")
            .field("program", &self.program)
            .field("cwd", &self.cwd)
            .field("env", &self.env.keys())
            .finish_non_exhaustive()
    }
}

/// How commands are confined here; the same for all commands of a host.
#[derive(Debug, Clone)]
pub struct Confinement {
    /// The `cadre-exec` program, see [`find_beside_current_exe`].
    pub exec_program: PathBuf,
    /// Applied in full or the command does not start. [`probe`] says what this machine offers.
    pub level: ContainmentLevel,
    /// Cadre's data folder, its socket, `$XDG_RUNTIME_DIR`, the folders of keys, the homes of agent programs: never
    /// visible, even if they lie beneath a permitted folder.
    pub hidden: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    Stdout,
    Stderr,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    /// Not by us.
    Signal(i32),
    TimedOut,
    IdleTimedOut,
    OutputLimit,
    Cancelled,
}

#[derive(Debug, Clone)]
pub struct CommandOutcome {
    pub exit: Exit,
    pub stdout: Captured,
    pub stderr: Captured,
    pub duration: Duration,
    /// The level that was in force: the one asked for, since nothing starts with less.
    pub containment: ContainmentLevel,
}

/// Runs the command to its end. `on_output` sees each piece of output once, in order, up to the limit.
///
/// When this returns, no process of the command is left. Dropping the future kills them all.
pub async fn run(
    spec: CommandSpec,
    confinement: &Confinement,
    cancelled: CancellationToken,
    on_output: impl FnMut(Stream, &[u8]) + Send,
) -> Result<CommandOutcome, CommandError> {
    let checked = program::check(spec).await?;
    if cancelled.is_cancelled() {
        return Ok(CommandOutcome {
            exit: Exit::Cancelled,
            stdout: Captured::default(),
            stderr: Captured::default(),
            duration: Duration::ZERO,
            containment: confinement.level,
        });
    }
    session::Session::start(checked, confinement).await?.run(&cancelled, on_output).await
}
