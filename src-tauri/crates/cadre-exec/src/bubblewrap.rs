//! The outer stage: become bubblewrap, which builds the namespaces and starts the inner stage in them.
//!
//! `--die-with-parent` is not used: it follows the *thread* that forked, and a host's threads come and go. The
//! inner stage is process 1 of the new process namespace and watches the host's socket instead; when it ends,
//! the kernel ends the namespace.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use rustix::fs::{CWD, MemfdFlags, Mode, OFlags};
use rustix::io::FdFlags;

use cadre_exec::{ContainmentLevel, Spec, find_bubblewrap};

use crate::control::{Control, Failure, descriptor};
use crate::layout::{Access, Layout, Place, SYSTEM};
use crate::place::{Identity, elsewhere};
use crate::supervise;

/// First argument of the inner stage, which a specification's file name cannot be taken for.
pub(crate) const INNER: &str = "--inside";

/// Does not return when bubblewrap takes over; returns `Ok` when the level does not ask for it.
pub(crate) fn outer(spec: &Spec, layout: &Layout, control: &Control) -> Result<(), Failure> {
    if spec.level != ContainmentLevel::Contained {
        return Ok(());
    }
    let failed = |error: std::io::Error| Failure::confine("bubblewrap", &error);
    let Some(bubblewrap) = find_bubblewrap() else {
        return Err(failed(std::io::ErrorKind::NotFound.into()));
    };
    // Over descriptors, since arguments and environments of a process can be read by others.
    let arguments = memory_file("cadre-arguments", &joined(&arguments(spec, layout))).map_err(failed)?;
    let text = serde_json::to_vec(&(spec, layout.identities()));
    let text = text.map_err(|error| Failure::spec(error.to_string()))?;
    let text = memory_file("cadre-spec", &text).map_err(failed)?;
    // By handle, so that it works wherever the executable lies and even after it was replaced by an update.
    let myself = rustix::fs::openat(CWD, "/proc/self/exe", OFlags::PATH, Mode::empty())
        .map_err(|errno| failed(errno.into()))?;
    let mut inherited = vec![arguments.as_fd(), text.as_fd(), myself.as_fd()];
    inherited.extend(control.as_fd());
    for descriptor in &inherited {
        rustix::io::fcntl_setfd(descriptor, FdFlags::empty()).map_err(|errno| failed(errno.into()))?;
    }
    #[expect(clippy::disallowed_methods, reason = "this program is what confined commands start through")]
    let mut command = std::process::Command::new(bubblewrap);
    command.env_clear().arg("--args").arg(arguments.as_raw_fd().to_string()).arg("--");
    command.arg(format!("/proc/self/fd/{}", myself.as_raw_fd())).arg(INNER);
    command.arg(format!("fd:{}", text.as_raw_fd()));
    command.args(control.as_fd().map(|socket| format!("fd:{}", socket.as_raw_fd())));
    Err(failed(command.exec()))
}

/// Process 1 of the sandbox.
pub(crate) fn inner(spec: Option<&OsStr>, control: Option<&OsStr>) -> ExitCode {
    let mut control = match Control::inherited(control) {
        Ok(control) => control,
        Err(failure) => return Control::none().fail(&failure),
    };
    let outcome = read_spec(spec).and_then(|(spec, outside)| {
        // The same places as outside: every path in the layout is without links and lies at the same place here.
        let layout = Layout::of(&spec)?;
        // Bubblewrap was told names. What it found under one of them may have been put there in that instant.
        let inside = layout.identities();
        if let Some((path, _)) = outside.iter().find(|place| !inside.contains(place)) {
            return Err(elsewhere(path));
        }
        supervise::run(&spec, &layout, &mut control)
    });
    match outcome {
        Ok(code) => code,
        Err(failure) => control.fail(&failure),
    }
}

fn read_spec(argument: Option<&OsStr>) -> Result<(Spec, Vec<(PathBuf, Identity)>), Failure> {
    let mut file = File::from(argument.and_then(descriptor).ok_or_else(Failure::usage)??);
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(|error| Failure::spec(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| Failure::spec(error.to_string()))
}

fn arguments(spec: &Spec, layout: &Layout) -> Vec<OsString> {
    let mut arguments = Arguments(Vec::new());
    for namespace in ["user", "pid", "ipc", "uts"] {
        arguments.flag(&format!("--unshare-{namespace}"));
    }
    arguments.flag("--unshare-cgroup-try");
    if !spec.network {
        arguments.flag("--unshare-net");
    }
    arguments.add(["--hostname", "cadre", "--cap-drop", "ALL", "--new-session", "--as-pid-1", "--clearenv"]);
    arguments.add(["--perms", "0755", "--dir", "/etc"]);
    arguments.system();
    arguments.add(["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--tmpfs", "/tmp", "--chdir", "/"]);
    for place in &layout.places {
        arguments.place(place);
    }
    // Last, since mount points are created in them before; an empty folder that forgets what is written to it
    // would surprise.
    for hidden in layout.with(Access::Hidden).filter(|place| place.path.is_dir()) {
        arguments.add([OsStr::new("--remount-ro"), hidden.path.as_os_str()]);
    }
    arguments.0
}

struct Arguments(Vec<OsString>);

impl Arguments {
    fn flag(&mut self, flag: &str) {
        self.0.push(flag.into());
    }

    fn add<const N: usize>(&mut self, arguments: [&(impl AsRef<OsStr> + ?Sized); N]) {
        self.0.extend(arguments.iter().map(|argument| argument.as_ref().to_owned()));
    }

    /// `/bin`, `/lib` and their like are links on most systems today; links stay links. Those in `/etc` lead
    /// to places that are not visible, so their target's content is put at the name.
    fn system(&mut self) {
        for path in SYSTEM.iter().map(Path::new) {
            let top_level = path.parent() == Some(Path::new("/"));
            match path.read_link() {
                Ok(target) if top_level => {
                    self.add([OsStr::new("--symlink"), target.as_os_str(), path.as_os_str()]);
                }
                _ => self.add([OsStr::new("--ro-bind-try"), path.as_os_str(), path.as_os_str()]),
            }
        }
    }

    fn place(&mut self, place: &Place) {
        let path = place.path.as_os_str();
        match place.access {
            Access::ReadOnly => self.add([OsStr::new("--ro-bind"), path, path]),
            Access::ReadWrite => self.add([OsStr::new("--bind"), path, path]),
            Access::Hidden if place.path.is_dir() => self.add([OsStr::new("--tmpfs"), path]),
            // A device on a mount without devices: it cannot be opened.
            Access::Hidden => self.add([OsStr::new("--ro-bind"), OsStr::new("/dev/null"), path]),
        }
    }
}

fn joined(arguments: &[OsString]) -> Vec<u8> {
    arguments.iter().flat_map(|argument| argument.as_bytes().iter().copied().chain([0])).collect()
}

fn memory_file(name: &str, bytes: &[u8]) -> std::io::Result<OwnedFd> {
    let mut file = File::from(rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC)?);
    file.write_all(bytes)?;
    file.rewind()?;
    Ok(file.into())
}
