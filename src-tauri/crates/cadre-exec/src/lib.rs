//! What a host and `cadre-exec` say to each other, and what containment this machine offers.
//!
//! `cadre-exec` confines and starts one command. It owns the sandbox and the command's whole process tree;
//! it decides nothing: which paths, network and limits a command gets stands in the [`Spec`].
//!
//! The program is started as `cadre-exec fd:<number>` with a connected stream socket, or as
//! `cadre-exec <file>`. Over the socket the host sends one frame (four bytes of length, big endian, then the
//! [`Spec`] as JSON) and later [`TERMINATE`] bytes; the program answers with one [`Report`] per line. When the
//! host's end of the socket closes, for whatever reason, everything the command started is killed: this holds
//! after `kill -9` of the host too, and unlike a parent-death signal it does not depend on which thread of the
//! host started the program.
//!
//! Levels: on Linux [`ContainmentLevel::Contained`] is bubblewrap (own user, mount, process, IPC, host-name,
//! cgroup and, without permission, network namespaces) with Landlock, where the kernel has it, and seccomp
//! inside; [`ContainmentLevel::Partly`] is Landlock and seccomp alone. On every other system, and where neither
//! works, the level is [`ContainmentLevel::None`]: the environment is still cleared and limits are set, but the
//! command acts with the user's rights.

#[cfg(unix)]
mod probe;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[cfg(unix)]
pub use probe::{Probe, find_bubblewrap, landlock_abi, probe};

/// One byte from the host: ask every process of the command to end (SIGTERM).
pub const TERMINATE: u8 = b'T';

/// A longer specification is a mistake of the host.
pub const MAX_SPEC_LEN: u32 = 16 * 1024 * 1024;

/// `cadre-exec`'s own exit code when the command did not start; the reason is in [`Report::Failed`].
pub const FAILED_EXIT_CODE: u8 = 125;

/// From the weakest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContainmentLevel {
    None,
    Partly,
    Contained,
}

impl fmt::Display for ContainmentLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Partly => "partly",
            Self::Contained => "contained",
        })
    }
}

/// One command and the walls around it. Paths are absolute; those of places and of the working folder are without links,
/// or the command does not start.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// Already resolved; never searched for in a `PATH`.
    pub program: PathBuf,
    /// SHA-256 in hexadecimal digits, if the program can change: what is started has this content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program_sha256: Option<String>,
    pub args: Vec<String>,
    pub cwd: PathBuf,
    /// The whole environment; nothing is inherited.
    pub env: BTreeMap<String, String>,
    /// Beside the system's own programs and libraries.
    pub read_only: Vec<PathBuf>,
    pub read_write: Vec<PathBuf>,
    /// Out of sight even beneath a permitted path. Nothing in it can be permitted: such a specification is refused.
    /// One that does not exist is not hidden, since there is nothing to see.
    pub hidden: Vec<PathBuf>,
    /// Of the permitted places, those that may lie in a hidden one: all else in that stays out of sight.
    #[serde(default)]
    pub own: Vec<PathBuf>,
    pub network: bool,
    pub limits: Limits,
    /// Applied in full or the command does not start; never silently less.
    pub level: ContainmentLevel,
}

/// Environment values and arguments may be secrets: only names are shown.
impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Spec")
            .field("program", &self.program)
            .field("cwd", &self.cwd)
            .field("env", &self.env.keys())
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

/// Resource limits of each process of the command; `None` leaves the user's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of address space. Programs that reserve far more than they use (JavaScript, Go) fail early.
    pub address_space: Option<u64>,
    /// Bytes of the largest file that may be written.
    pub file_size: Option<u64>,
    /// Processes and threads; the kernel counts per user, and not at all for root.
    pub processes: Option<u64>,
    pub cpu_seconds: Option<u64>,
    pub open_files: Option<u64>,
}

/// Where a start failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The specification was unreadable or contradicts itself.
    Spec,
    /// The walls could not be put up.
    Confine,
    /// The program could not be executed; `errno` says why.
    Execute,
    /// The program's content is not what the specification says.
    Changed,
    /// A place is not where the specification says: a link leads elsewhere, or it was replaced.
    Elsewhere,
}

/// One line of JSON from `cadre-exec`: `Started` then `Exited` or `Signaled`, or `Failed` alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "report")]
pub enum Report {
    /// The program runs behind these walls.
    Started {
        level: ContainmentLevel,
    },
    Failed {
        stage: Stage,
        errno: Option<i32>,
        message: String,
    },
    /// The command ended and nothing it started is left.
    Exited {
        code: i32,
    },
    Signaled {
        signal: i32,
    },
}
