//! The lines between a program and us, within bounds. A program that breaks the protocol is ended with the reason.

use std::io;

use futures_util::{Sink, SinkExt, Stream, StreamExt, future};
use tokio::process::{ChildStdin, ChildStdout};
use tokio_util::codec::{FramedRead, FramedWrite, LinesCodec, LinesCodecError};

use super::AcpError;
use super::session::Line;

/// Longer lines than this are no message: files cross the protocol whole, so it is generous.
pub(super) const LINE_LIMIT: usize = 16 * 1024 * 1024;

pub(super) fn incoming(
    stdout: ChildStdout,
    state: Line,
) -> impl Stream<Item = io::Result<String>> + Send + 'static {
    let lines = FramedRead::new(stdout, LinesCodec::new_with_max_length(LINE_LIMIT));
    lines.filter_map(move |line| future::ready(accept(line, &state).transpose()))
}

fn accept(line: Result<String, LinesCodecError>, state: &Line) -> io::Result<Option<String>> {
    let program = || state.program().to_owned();
    match line {
        Ok(line) if line.trim().is_empty() => Ok(None),
        Ok(line) => {
            if !state.count(line.len() as u64) {
                return Err(state.fault(AcpError::TooMuch { program: program(), limit: state.limit() }));
            }
            // An object is a message, if perhaps not one that is understood; anything else is noise.
            if !line.trim_start().starts_with('{')
                || serde_json::from_str::<serde::de::IgnoredAny>(&line).is_err()
            {
                let line = line.chars().take(200).collect();
                return Err(state.fault(AcpError::Garbage { program: program(), line }));
            }
            Ok(Some(line))
        }
        Err(LinesCodecError::MaxLineLengthExceeded) => {
            Err(state.fault(AcpError::LineTooLong { program: program(), limit: LINE_LIMIT }))
        }
        // A line that is not UTF-8 comes out here too.
        Err(LinesCodecError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => {
            Err(state.fault(AcpError::Garbage { program: program(), line: error.to_string() }))
        }
        Err(LinesCodecError::Io(error)) => Err(error),
    }
}

pub(super) fn outgoing(stdin: ChildStdin) -> impl Sink<String, Error = io::Error> + Send + 'static {
    let lines = FramedWrite::new(stdin, LinesCodec::new());
    SinkExt::<String>::sink_map_err(lines, |error| match error {
        LinesCodecError::Io(error) => error,
        LinesCodecError::MaxLineLengthExceeded => io::ErrorKind::InvalidData.into(),
    })
}
