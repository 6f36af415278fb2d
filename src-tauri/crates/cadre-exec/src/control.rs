//! The socket to the host: the specification in, orders in, reports out.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::ExitCode;

use cadre_exec::{FAILED_EXIT_CODE, MAX_SPEC_LEN, Report, Spec, Stage};

/// Why the command did not start.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub(crate) stage: Stage,
    pub(crate) errno: Option<i32>,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn spec(message: impl Into<String>) -> Self {
        Self { stage: Stage::Spec, errno: None, message: message.into() }
    }

    pub(crate) fn confine(what: &str, error: &(dyn std::error::Error + 'static)) -> Self {
        let errno = error.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error);
        Self { stage: Stage::Confine, errno, message: format!("{what}: {error}") }
    }

    pub(crate) fn usage() -> Self {
        Self::spec("usage: cadre-exec fd:<number of a connected socket> | <file with the specification>")
    }
}

/// The host's end, or nobody when the specification came from a file.
#[derive(Debug)]
pub(crate) struct Control {
    socket: Option<File>,
}

impl Control {
    pub(crate) fn none() -> Self {
        Self { socket: None }
    }

    /// The control, and the specification or why there is none.
    pub(crate) fn open(argument: &OsStr) -> Result<(Self, Result<Spec, Failure>), Failure> {
        if let Some(descriptor) = descriptor(argument) {
            let mut control = Self { socket: Some(descriptor?.into()) };
            let spec = control.read_spec();
            return Ok((control, spec));
        }
        let text = std::fs::read(Path::new(argument))
            .map_err(|error| Failure::spec(format!("{}: {error}", Path::new(argument).display())))?;
        Ok((Self::none(), parse(&text)))
    }

    /// A control whose specification was already read by the outer stage.
    #[cfg(target_os = "linux")]
    pub(crate) fn inherited(argument: Option<&OsStr>) -> Result<Self, Failure> {
        let socket = argument.and_then(descriptor).transpose()?;
        Ok(Self { socket: socket.map(File::from) })
    }

    #[cfg(target_os = "linux")]
    pub(crate) fn as_fd(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        self.socket.as_ref().map(AsFd::as_fd)
    }

    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { socket: self.socket.as_ref().map(File::try_clone).transpose()? })
    }

    fn read_spec(&mut self) -> Result<Spec, Failure> {
        let failed = |error: io::Error| Failure::spec(format!("the specification did not arrive: {error}"));
        let Some(socket) = &mut self.socket else { return Err(Failure::usage()) };
        let mut len = [0; 4];
        socket.read_exact(&mut len).map_err(failed)?;
        let len = u32::from_be_bytes(len);
        if len > MAX_SPEC_LEN {
            return Err(Failure::spec(format!(
                "a specification of {len} bytes is longer than {MAX_SPEC_LEN}"
            )));
        }
        let mut text = vec![0; len as usize];
        socket.read_exact(&mut text).map_err(failed)?;
        parse(&text)
    }

    /// Waits for the next order; `None` when the host is gone.
    pub(crate) fn next_order(&mut self) -> Option<u8> {
        let mut order = [0];
        self.socket.as_mut()?.read_exact(&mut order).ok()?;
        Some(order[0])
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// A host that is gone cannot be told; its absence ends the command anyway.
    pub(crate) fn report(&mut self, report: &Report) {
        let Some(socket) = &mut self.socket else { return };
        if let Ok(mut line) = serde_json::to_vec(report) {
            line.push(b'\n');
            let _ = socket.write_all(&line);
        }
    }

    pub(crate) fn fail(mut self, failure: &Failure) -> ExitCode {
        if self.is_connected() {
            let Failure { stage, errno, message } = failure;
            self.report(&Report::Failed { stage: *stage, errno: *errno, message: message.clone() });
        } else {
            #[expect(
                clippy::print_stderr,
                reason = "started by hand, the terminal is the only place to tell"
            )]
            {
                eprintln!("cadre-exec: {failure}");
            }
        }
        ExitCode::from(FAILED_EXIT_CODE)
    }
}

fn parse(text: &[u8]) -> Result<Spec, Failure> {
    serde_json::from_slice(text)
        .map_err(|error| Failure::spec(format!("the specification is not understood: {error}")))
}

/// `fd:<number>`, taken over; the number must be open and is used nowhere else.
pub(crate) fn descriptor(argument: &OsStr) -> Option<Result<OwnedFd, Failure>> {
    let number = std::str::from_utf8(argument.as_bytes().strip_prefix(b"fd:")?).ok()?;
    let Some(number) = number.parse::<i32>().ok().filter(|number| *number > 2) else {
        return Some(Err(Failure::usage()));
    };
    #[expect(unsafe_code, reason = "a descriptor that was handed down by number has no other form")]
    // SAFETY: fcntl reads no memory and fails on a number that is not open.
    let open = unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) } == 0;
    if !open {
        return Some(Err(Failure::spec(format!("descriptor {number} is not open"))));
    }
    #[expect(unsafe_code, reason = "a descriptor that was handed down by number has no other form")]
    // SAFETY: it is open, above the standard streams, and each number is taken over once.
    Some(Ok(unsafe { OwnedFd::from_raw_fd(number) }))
}
