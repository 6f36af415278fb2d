//! Starts the command and stays with it: collects what it leaves, ends everything when the host says so or is
//! gone, and reports how it ended.
//!
//! On Linux, as process 1 of a namespace or as the adopter of orphans (a subreaper), this process becomes the
//! parent of whatever escapes its group or session, so nothing the command started survives it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use cadre_exec::{ContainmentLevel, FAILED_EXIT_CODE, Report, Spec, Stage, TERMINATE};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus};

use crate::confine::Walls;
use crate::control::{Control, Failure};
use crate::executable::Executable;
use crate::layout::Layout;

/// Added to a signal's number in the exit code, as shells do.
const SIGNAL_EXIT_CODE: i32 = 128;

pub(crate) fn run(spec: &Spec, layout: &Layout, control: &mut Control) -> Result<ExitCode, Failure> {
    adopt_orphans().map_err(|error| Failure::confine("adopting orphans", &error))?;
    let scratch =
        Scratch::create(spec.level).map_err(|error| Failure::confine("a private folder", &error))?;
    let walls = Walls::prepare(spec, layout, scratch.path())?;
    let command = start(spec, layout, walls, scratch.path())?;
    // From here the command's streams are its own, so that their ends tell about it and not about us.
    let _ = release_standard_streams();
    ignore_polite_signals();
    control.report(&Report::Started { level: spec.level });
    if control.is_connected() {
        let orders = control.try_clone().map_err(|error| Failure::confine("the control socket", &error))?;
        std::thread::spawn(move || obey(orders, command));
    }
    let report = match reap_until_all_are_gone(command) {
        Ok(status) => report_of(status),
        Err(errno) => Report::Failed {
            stage: Stage::Execute,
            errno: Some(errno.raw_os_error()),
            message: format!("the command was lost: {errno}"),
        },
    };
    drop(scratch);
    control.report(&report);
    Ok(ExitCode::from(exit_code(&report)))
}

fn start(spec: &Spec, layout: &Layout, mut walls: Walls, scratch: Option<&Path>) -> Result<Pid, Failure> {
    let executable = Executable::open(spec, &layout.program)?;
    #[expect(clippy::disallowed_methods, reason = "this program is what confined commands start through")]
    let mut command = Command::new(&executable.path);
    command.arg0(&layout.program).args(&spec.args).env_clear().envs(&spec.env);
    command.current_dir(match cfg!(target_os = "linux") {
        true => format!("/proc/self/fd/{}", layout.cwd.as_fd().as_raw_fd()).into(),
        false => spec.cwd.clone(),
    });
    if let Some(scratch) = scratch {
        command.env("TMPDIR", scratch);
    }
    #[cfg(not(target_os = "linux"))]
    command.process_group(0);
    command.stdin(Stdio::inherit()).stdout(Stdio::inherit()).stderr(Stdio::inherit());
    #[expect(unsafe_code, reason = "walls must be put up between fork and exec")]
    // SAFETY: no other thread exists yet, so the copied address space is consistent and may allocate.
    unsafe {
        command.pre_exec(move || walls.apply());
    }
    let child = command.spawn().map_err(|error| Failure {
        stage: Stage::Execute,
        errno: error.raw_os_error(),
        message: format!("{}: {error}", spec.program.display()),
    })?;
    i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or_else(|| Failure {
        stage: Stage::Execute,
        errno: None,
        message: "the system gave the command no process number".to_owned(),
    })
}

/// Runs until the host's end closes; then nothing may be left.
fn obey(mut orders: Control, command: Pid) {
    while let Some(order) = orders.next_order() {
        if order == TERMINATE {
            signal_tree(command, Signal::TERM);
        }
    }
    // The loop in `reap_until_all_are_gone` repeats this for what was born in between.
    signal_tree(command, Signal::KILL);
}

/// Collects every process that ends; when the command itself did, kills and collects the rest.
fn reap_until_all_are_gone(command: Pid) -> Result<WaitStatus, Errno> {
    let mut ended = None;
    loop {
        if ended.is_some() {
            signal_tree(command, Signal::KILL);
        }
        match rustix::process::wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == command => ended = Some(status),
            Ok(_) | Err(Errno::INTR) => {}
            Err(Errno::CHILD) => return ended.ok_or(Errno::CHILD),
            Err(errno) => return Err(errno),
        }
    }
}

fn report_of(status: WaitStatus) -> Report {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => Report::Exited { code },
        (None, Some(signal)) => Report::Signaled { signal },
        (None, None) => Report::Exited { code: i32::from(FAILED_EXIT_CODE) },
    }
}

fn exit_code(report: &Report) -> u8 {
    let code = match report {
        Report::Exited { code } => *code,
        Report::Signaled { signal } => SIGNAL_EXIT_CODE + signal,
        Report::Started { .. } | Report::Failed { .. } => i32::from(FAILED_EXIT_CODE),
    };
    u8::try_from(code).unwrap_or(FAILED_EXIT_CODE)
}

#[cfg(target_os = "linux")]
fn adopt_orphans() -> io::Result<()> {
    use rustix::process::{DumpableBehavior, set_child_subreaper, set_dumpable_behavior};
    // The specification in memory may hold secrets that the command itself was not given.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // Any process number but none switches it on.
    Ok(set_child_subreaper(Some(rustix::process::getpid()))?)
}

#[cfg(not(target_os = "linux"))]
fn adopt_orphans() -> io::Result<()> {
    Ok(())
}

/// Parents are signalled before the children that they might replace.
#[cfg(target_os = "linux")]
fn signal_tree(_command: Pid, signal: Signal) {
    use rustix::process::kill_process;
    let mut parents = std::collections::BTreeMap::<i32, Vec<i32>>::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some(parent) = parent_of(pid) {
            parents.entry(parent).or_default().push(pid);
        }
    }
    let mut found = std::collections::VecDeque::from([rustix::process::getpid().as_raw_pid()]);
    while let Some(parent) = found.pop_front() {
        for child in parents.remove(&parent).unwrap_or_default() {
            // One that ended in this instant is missed or already gone; numbers are reused after thousands.
            if let Some(pid) = Pid::from_raw(child) {
                let _ = kill_process(pid, signal);
            }
            found.push_back(child);
        }
    }
}

/// The name in the second field may contain spaces and brackets, so fields count from the last bracket.
#[cfg(target_os = "linux")]
fn parent_of(pid: i32) -> Option<i32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// Without adoption and a list of descendants, the group that `start` made is what can be reached; a process
/// that leaves it gets away.
#[cfg(not(target_os = "linux"))]
fn signal_tree(command: Pid, signal: Signal) {
    let _ = rustix::process::kill_process_group(command, signal);
}

fn release_standard_streams() -> io::Result<()> {
    let null = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    Ok(rustix::stdio::dup2_stderr(&null)?)
}

/// Without namespaces this process shares a group with the command and must outlive its polite end.
fn ignore_polite_signals() {
    for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT] {
        #[expect(unsafe_code, reason = "libc has no safe form of ignoring a signal")]
        // SAFETY: the disposition is a constant and no handler of ours is replaced.
        unsafe {
            libc::signal(signal, libc::SIG_IGN);
        }
    }
}

/// A private folder for temporary files where there is no private `/tmp`; removed with its content.
struct Scratch(Option<PathBuf>);

impl Scratch {
    fn create(level: ContainmentLevel) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        if level != ContainmentLevel::Partly {
            return Ok(Self(None));
        }
        let path = std::env::temp_dir().join(format!("cadre-exec-{}-{:016x}", std::process::id(), random()));
        std::fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(Some(path)))
    }

    fn path(&self) -> Option<&Path> {
        self.0.as_deref()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // The command may have made parts of it undeletable; that is the command's own mess in its folder.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::hash::RandomState::new().build_hasher().finish()
}
