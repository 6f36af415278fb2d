//! A command that is talked to while it runs: its streams go to the caller, its leash stays here.
//!
//! Of the specification's limits only those of the processes hold; time and output are the caller's, who sees both.

use std::io;
use std::time::Duration;

use cadre_exec::{Report, TERMINATE};
use process_wrap::tokio::ChildWrapper;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::time::timeout;

use super::session::{KILL_GRACE, frame, report, spawn};
use super::{CommandError, CommandSpec, Confinement, Exit, program};

/// How long the walls may take to stand.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A command that runs behind its walls.
pub struct Piped {
    pub stdin: ChildStdin,
    pub stdout: ChildStdout,
    pub stderr: ChildStderr,
    pub leash: Leash,
}

/// Dropping it kills everything that the command has started.
pub struct Leash {
    child: Box<dyn ChildWrapper>,
    reports: BufReader<OwnedReadHalf>,
    /// What came of a report so far, so that waiting for it can be given up and taken up again.
    line: Vec<u8>,
    socket: OwnedWriteHalf,
    grace: Duration,
}

/// Starts the command; it runs when this returns.
///
/// # Errors
/// It is not what was approved, could not be confined, or could not be executed.
pub async fn start(spec: CommandSpec, confinement: &Confinement) -> Result<Piped, CommandError> {
    let spec = program::check(spec).await?;
    let doing = "opening the socket to cadre-exec";
    let failed = |source| CommandError::Io { doing, source };
    let (ours, theirs) = std::os::unix::net::UnixStream::pair().map_err(failed)?;
    let mut child = spawn(confinement, theirs.into())?;
    ours.set_nonblocking(true).map_err(failed)?;
    let (reports, socket) = UnixStream::from_std(ours).map_err(failed)?.into_split();
    let streams = (child.stdin().take(), child.stdout().take(), child.stderr().take());
    let (Some(stdin), Some(stdout), Some(mut stderr)) = streams else {
        return Err(failed(io::ErrorKind::BrokenPipe.into()));
    };
    let reports = BufReader::new(reports);
    let mut leash = Leash { child, reports, line: Vec::new(), socket, grace: spec.grace };
    let frame = frame(&spec, confinement)?;
    let begun = async {
        leash.socket.write_all(&frame).await.map_err(failed)?;
        leash.next_report().await
    };
    match timeout(START_LIMIT, begun).await {
        Err(_) => Err(failed(io::ErrorKind::TimedOut.into())),
        Ok(Err(error)) => Err(error),
        Ok(Ok(Some(Report::Started { .. }))) => Ok(Piped { stdin, stdout, stderr, leash }),
        Ok(Ok(Some(Report::Failed { stage, errno, message }))) => {
            Err(CommandError::of_failure(spec.program, stage, errno, message))
        }
        Ok(Ok(_)) => {
            let mut said = String::new();
            let _ = timeout(KILL_GRACE, (&mut stderr).take(4096).read_to_string(&mut said)).await;
            Err(CommandError::Confinement { message: said.trim().to_owned() })
        }
    }
}

impl Leash {
    /// Until the command has ended by itself. Can be given up and called again.
    pub async fn wait(&mut self) -> Exit {
        loop {
            match self.next_report().await {
                Ok(Some(Report::Exited { code })) => return Exit::Code(code),
                Ok(Some(Report::Signaled { signal })) => return Exit::Signal(signal),
                Ok(Some(_)) => {}
                // `cadre-exec` itself was killed, and with it everything below.
                Ok(None) | Err(_) => return Exit::Signal(9),
            }
        }
    }

    /// Asks the command to end, and ends it if it does not.
    pub async fn end(mut self) {
        if self.socket.write_all(&[TERMINATE]).await.is_ok() {
            let _ = timeout(self.grace, self.wait()).await;
        }
        let Leash { mut child, socket, .. } = self;
        drop(socket);
        if timeout(KILL_GRACE, child.wait()).await.is_err() {
            let _ = child.start_kill();
            let _ = timeout(KILL_GRACE, child.wait()).await;
        }
    }

    async fn next_report(&mut self) -> Result<Option<Report>, CommandError> {
        let read = self.reports.read_until(b'\n', &mut self.line).await.unwrap_or(0);
        if read == 0 {
            return Ok(None);
        }
        report(&std::mem::take(&mut self.line)).map(Some)
    }
}
