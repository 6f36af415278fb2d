//! One running command: its streams, its leash, and the reasons to stop it.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use cadre_exec::{ContainmentLevel, Report, Spec, TERMINATE};
use process_wrap::tokio::{ChildWrapper, CommandWrap, ProcessSession};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::capture::Capture;
use super::{CommandError, CommandOutcome, CommandSpec, Confinement, Exit, Stream};

/// How long the system may take to end processes after SIGKILL, before the group is killed from here as well.
pub(super) const KILL_GRACE: Duration = Duration::from_secs(5);
/// As much as a pipe holds.
const CHUNK: usize = 64 * 1024;

pub(super) struct Session {
    program: PathBuf,
    level: ContainmentLevel,
    child: Box<dyn ChildWrapper>,
    reports: BufReader<OwnedReadHalf>,
    /// Closing it ends the command; `None` once that was done.
    leash: Option<OwnedWriteHalf>,
    /// The specification, which goes over the leash before any order.
    frame: Vec<u8>,
    stdin: Option<Input>,
    stdout: Output<ChildStdout>,
    stderr: Output<ChildStderr>,
    started_at: Instant,
    last_output: Instant,
    limits: StopLimits,
}

struct StopLimits {
    time: Duration,
    idle: Option<Duration>,
    grace: Duration,
}

/// What `cadre-exec` has said so far.
#[derive(Default)]
struct Said {
    started: bool,
    exit: Option<Exit>,
    failure: Option<CommandError>,
}

enum Event {
    /// Bytes read; 0 when `cadre-exec` has gone.
    Report(usize),
    Output(Stream, usize),
    Written,
    Stop(Exit),
    GraceOver,
}

impl Session {
    pub(super) async fn start(spec: CommandSpec, confinement: &Confinement) -> Result<Self, CommandError> {
        let doing = "opening the socket to cadre-exec";
        let failed = |source| CommandError::Io { doing, source };
        let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(failed)?;
        let mut child = spawn(confinement, theirs.into())?;
        ours.set_nonblocking(true).map_err(failed)?;
        let (reports, leash) = UnixStream::from_std(ours).map_err(failed)?.into_split();
        let streams = (child.stdin().take(), child.stdout().take(), child.stderr().take());
        let (Some(stdin), Some(stdout), Some(stderr)) = streams else {
            return Err(failed(io::ErrorKind::BrokenPipe.into()));
        };
        let now = Instant::now();
        Ok(Self {
            frame: frame(&spec, confinement)?,
            program: spec.program,
            level: confinement.level,
            child,
            reports: BufReader::new(reports),
            leash: Some(leash),
            stdin: Some(Input { pipe: stdin, bytes: spec.stdin, written: 0 }),
            stdout: Output::new(stdout, spec.output_limit),
            stderr: Output::new(stderr, spec.output_limit),
            started_at: now,
            last_output: now,
            limits: StopLimits { time: spec.time_limit, idle: spec.idle_limit, grace: spec.grace },
        })
    }

    pub(super) async fn run(
        mut self,
        cancelled: &CancellationToken,
        mut on_output: impl FnMut(Stream, &[u8]) + Send,
    ) -> Result<CommandOutcome, CommandError> {
        let (said, stopped) = self.watch(cancelled, &mut on_output).await;
        // Whatever the reason to be here, nothing of the command may go on.
        self.leash = None;
        let status = self.end(&mut on_output).await?;
        if let Some(failure) = said.failure {
            return Err(failure);
        }
        let stderr = self.stderr.capture.finish();
        if !said.started && stopped.is_none() {
            // It fell silent before the walls stood; what it printed is all there is to show.
            return Err(CommandError::Confinement { message: stderr.to_text().trim().to_owned() });
        }
        Ok(CommandOutcome {
            exit: stopped.or(said.exit).unwrap_or_else(|| exit_of(status)),
            stdout: self.stdout.capture.finish(),
            stderr,
            duration: self.started_at.elapsed(),
            containment: self.level,
        })
    }

    /// Until the command has ended, or was killed because it did not.
    async fn watch(
        &mut self,
        cancelled: &CancellationToken,
        on_output: &mut (impl FnMut(Stream, &[u8]) + Send),
    ) -> (Said, Option<Exit>) {
        let mut said = Said::default();
        let mut stopped = None;
        let mut kill_at = None;
        let mut line = Vec::new();
        loop {
            match self.next_event(cancelled, kill_at, &mut line).await {
                Event::Report(1..) => {
                    self.take_report(&mut line, &mut said);
                    if said.exit.is_some() || said.failure.is_some() {
                        return (said, stopped);
                    }
                }
                Event::Report(_) | Event::GraceOver => return (said, stopped),
                Event::Output(stream, read) => {
                    self.take_output(stream, read, on_output);
                    if stopped.is_none() && self.is_over_limit() {
                        stopped = Some(Exit::OutputLimit);
                    }
                }
                Event::Written => {}
                Event::Stop(exit) => stopped = Some(exit),
            }
            if stopped.is_some() && kill_at.is_none() {
                kill_at = Some(at(Instant::now(), self.limits.grace));
                self.frame.push(TERMINATE);
            }
        }
    }

    /// Every branch may be dropped half-way without losing anything.
    async fn next_event(
        &mut self,
        cancelled: &CancellationToken,
        kill_at: Option<Instant>,
        line: &mut Vec<u8>,
    ) -> Event {
        let running = kill_at.is_none();
        let idle_at = self.limits.idle.map(|idle| at(self.last_output, idle));
        tokio::select! {
            biased;
            () = cancelled.cancelled(), if running => Event::Stop(Exit::Cancelled),
            () = sleep_until(at(self.started_at, self.limits.time)), if running => Event::Stop(Exit::TimedOut),
            () = sleep_until_some(idle_at), if running && idle_at.is_some() => Event::Stop(Exit::IdleTimedOut),
            () = sleep_until_some(kill_at), if !running => Event::GraceOver,
            read = self.reports.read_until(b'\n', line) => Event::Report(read.unwrap_or(0)),
            () = send(&mut self.leash, &mut self.frame), if !self.frame.is_empty() => Event::Written,
            () = feed(&mut self.stdin), if self.stdin.is_some() => Event::Written,
            // Last, since a command that never stops printing is always ready.
            read = self.stdout.fill(), if self.stdout.is_open() => Event::Output(Stream::Stdout, read),
            read = self.stderr.fill(), if self.stderr.is_open() => Event::Output(Stream::Stderr, read),
        }
    }

    fn take_report(&self, line: &mut Vec<u8>, said: &mut Said) {
        match report(&std::mem::take(line)) {
            Ok(Report::Started { .. }) => said.started = true,
            Ok(Report::Exited { code }) => said.exit = Some(Exit::Code(code)),
            Ok(Report::Signaled { signal }) => said.exit = Some(Exit::Signal(signal)),
            Ok(Report::Failed { stage, errno, message }) => {
                said.failure = Some(CommandError::of_failure(self.program.clone(), stage, errno, message));
            }
            Err(error) => said.failure = Some(error),
        }
    }

    fn take_output(
        &mut self,
        stream: Stream,
        read: usize,
        on_output: &mut (impl FnMut(Stream, &[u8]) + Send),
    ) {
        self.last_output = Instant::now();
        let shown = match stream {
            Stream::Stdout => self.stdout.take(read),
            Stream::Stderr => self.stderr.take(read),
        };
        if !shown.is_empty() {
            on_output(stream, shown);
        }
    }

    fn is_over_limit(&self) -> bool {
        self.stdout.capture.is_over_limit() || self.stderr.capture.is_over_limit()
    }

    /// Collects the last output and the process itself; kills the group if the leash was not enough.
    async fn end(
        &mut self,
        on_output: &mut (impl FnMut(Stream, &[u8]) + Send),
    ) -> Result<std::process::ExitStatus, CommandError> {
        self.stdin = None;
        if timeout(KILL_GRACE, self.drain(on_output)).await.is_err() {
            // The group may be gone and the streams held by a process in a kernel call; ended below either way.
            let _ = self.child.start_kill();
            let _ = timeout(KILL_GRACE, self.drain(on_output)).await;
        }
        if let Ok(status) = timeout(KILL_GRACE, self.child.wait()).await {
            return status.map_err(|source| CommandError::Io { doing: "waiting for cadre-exec", source });
        }
        let _ = self.child.start_kill();
        match timeout(KILL_GRACE, self.child.wait()).await {
            Ok(status) => {
                status.map_err(|source| CommandError::Io { doing: "waiting for cadre-exec", source })
            }
            Err(_) => Err(CommandError::Unkillable),
        }
    }

    async fn drain(&mut self, on_output: &mut (impl FnMut(Stream, &[u8]) + Send)) {
        while self.stdout.is_open() || self.stderr.is_open() {
            let (stream, read) = tokio::select! {
                read = self.stdout.fill(), if self.stdout.is_open() => (Stream::Stdout, read),
                read = self.stderr.fill(), if self.stderr.is_open() => (Stream::Stderr, read),
            };
            self.take_output(stream, read, on_output);
        }
    }
}

/// One of the command's streams; open until its end or an error.
struct Output<R> {
    pipe: Option<R>,
    buffer: Box<[u8]>,
    capture: Capture,
}

impl<R: AsyncRead + Unpin> Output<R> {
    fn new(pipe: R, limit: usize) -> Self {
        Self { pipe: Some(pipe), buffer: vec![0; CHUNK].into(), capture: Capture::new(limit) }
    }

    fn is_open(&self) -> bool {
        self.pipe.is_some()
    }

    /// Bytes read; 0 at the end, and an error is an end.
    async fn fill(&mut self) -> usize {
        match &mut self.pipe {
            Some(pipe) => pipe.read(&mut self.buffer).await.unwrap_or(0),
            None => 0,
        }
    }

    /// The part of what was just read that may be shown.
    fn take(&mut self, read: usize) -> &[u8] {
        if read == 0 {
            self.pipe = None;
        }
        self.capture.push(&self.buffer[..read])
    }
}

/// One line of `cadre-exec`.
pub(super) fn report(line: &[u8]) -> Result<Report, CommandError> {
    serde_json::from_slice(line).map_err(|error| CommandError::Confinement {
        message: format!("cadre-exec said something that is not a report: {error}"),
    })
}

pub(super) fn spawn(
    confinement: &Confinement,
    socket: OwnedFd,
) -> Result<Box<dyn ChildWrapper>, CommandError> {
    let mut command = CommandWrap::with_new(&confinement.exec_program, |command| {
        command.env_clear().current_dir("/").arg(format!("fd:{}", socket.as_raw_fd()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[expect(unsafe_code, reason = "a descriptor can be handed down only between fork and exec")]
        // SAFETY: fcntl is async-signal-safe and the closure neither allocates nor locks. The descriptor is
        // closed on exec in this process, so that no command started at the same time inherits it.
        unsafe {
            command.pre_exec(move || Ok(rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::empty())?));
        }
    });
    // A session of its own: no controlling terminal, and one group to signal if all else fails.
    command.wrap(ProcessSession);
    command
        .spawn()
        .map_err(|source| CommandError::ExecProgram { path: confinement.exec_program.clone(), source })
}

pub(super) fn frame(spec: &CommandSpec, confinement: &Confinement) -> Result<Vec<u8>, CommandError> {
    let spec = Spec {
        program: spec.program.clone(),
        program_sha256: spec.program_sha256.map(|hash| hash.to_string()),
        args: spec.args.clone(),
        cwd: spec.cwd.clone(),
        env: spec.env.clone(),
        read_only: spec.read_only.clone(),
        read_write: spec.read_write.clone(),
        hidden: confinement.hidden.clone(),
        own: spec.own.clone(),
        network: spec.network,
        limits: spec.limits,
        level: confinement.level,
    };
    let too_large = || CommandError::Confinement { message: "the command line is too long".to_owned() };
    let text = serde_json::to_vec(&spec)
        .map_err(|error| CommandError::Confinement { message: format!("a path is not text: {error}") })?;
    let len = u32::try_from(text.len())
        .ok()
        .filter(|len| *len <= cadre_exec::MAX_SPEC_LEN)
        .ok_or_else(too_large)?;
    Ok([len.to_be_bytes().as_slice(), &text].concat())
}

/// Sends what fits and keeps the rest. A closed socket is noticed where its reports are read.
async fn send(leash: &mut Option<OwnedWriteHalf>, frame: &mut Vec<u8>) {
    let written = match leash {
        Some(leash) => leash.write(frame).await,
        None => Ok(0),
    };
    match written {
        Ok(len @ 1..) => drop(frame.drain(..len)),
        Ok(0) | Err(_) => frame.clear(),
    }
}

/// What goes into the command's input, and how far it got.
struct Input {
    pipe: ChildStdin,
    bytes: Vec<u8>,
    written: usize,
}

/// Writes what fits, and closes the input at the end or when nobody reads it any more.
async fn feed(input: &mut Option<Input>) {
    let Some(Input { pipe, bytes, written }) = input else { return };
    let rest = &bytes[*written..];
    let len = if rest.is_empty() { 0 } else { pipe.write(rest).await.unwrap_or(0) };
    *written += len;
    if len == 0 || *written == bytes.len() {
        *input = None;
    }
}

/// A limit too long to be a point in time is as good as a year.
fn at(start: Instant, limit: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
    start + limit.min(YEAR)
}

async fn sleep_until_some(deadline: Option<Instant>) {
    if let Some(deadline) = deadline {
        sleep_until(deadline).await;
    }
}

/// The command ended without a word from `cadre-exec`, which then was killed itself.
fn exit_of(status: std::process::ExitStatus) -> Exit {
    match (status.signal(), status.code()) {
        (Some(signal), _) => Exit::Signal(signal),
        (None, Some(code)) if code > 128 => Exit::Signal(code - 128),
        (None, code) => Exit::Code(code.unwrap_or_default()),
    }
}
