//! Why a command did not run.

use std::io;
use std::path::PathBuf;

use cadre_exec::Stage;
use rustix::io::Errno;

/// A command that ran and failed is not an error; its exit says so.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("{what} contains a NUL byte, which no program can receive")]
    ContainsNul { what: &'static str },
    #[error("{name:?} cannot be the name of an environment variable")]
    EnvironmentName { name: String },
    #[error("{} is not an absolute path", path.display())]
    NotAbsolute { path: PathBuf },
    /// Approvals show text, so a command is text.
    #[error("{} is not valid UTF-8", path.display())]
    NotUtf8 { path: PathBuf },
    #[error("the program {} does not exist", program.display())]
    ProgramNotFound { program: PathBuf },
    #[error("{} is a directory, not a program", program.display())]
    ProgramIsDirectory { program: PathBuf },
    #[error("{} may not be executed", program.display())]
    NotExecutable { program: PathBuf },
    /// It is not what was approved.
    #[error("the program {} has changed since it was approved", program.display())]
    ProgramChanged { program: PathBuf },
    #[error("{} cannot be executed: {source}", program.display())]
    Execute { program: PathBuf, source: io::Error },
    /// A place is not what was approved, so nothing was started.
    #[error("{message}")]
    Elsewhere { message: String },
    /// The walls could not be put up as asked, so nothing was started.
    #[error("the command could not be confined: {message}")]
    Confinement { message: String },
    #[error("the program that confines commands, {}, cannot be started: {source}", path.display())]
    ExecProgram { path: PathBuf, source: io::Error },
    #[error("{doing}: {source}")]
    Io { doing: &'static str, source: io::Error },
    /// SIGKILL did not end it: a process hangs in the kernel, on a dead network drive for instance.
    #[error("the command was killed but has not ended")]
    Unkillable,
}

impl CommandError {
    pub(super) fn of_failure(program: PathBuf, stage: Stage, errno: Option<i32>, message: String) -> Self {
        let errno = errno.map(Errno::from_raw_os_error);
        match (stage, errno) {
            (Stage::Execute, Some(Errno::ACCESS)) => Self::NotExecutable { program },
            (Stage::Execute, Some(errno)) => Self::Execute { program, source: errno.into() },
            (Stage::Execute, None) => Self::Execute { program, source: io::Error::other(message) },
            (Stage::Changed, _) => Self::ProgramChanged { program },
            (Stage::Elsewhere, _) => Self::Elsewhere { message },
            (Stage::Spec | Stage::Confine, _) => Self::Confinement { message },
        }
    }
}
