//! Why an agent program's work ended before its turn did.

use std::time::Duration;

use cadre_core::failure::Category;

use crate::command::{CommandError, Exit};

#[derive(Debug, thiserror::Error)]
pub enum AcpError {
    #[error("`{program}` could not be started: {source}")]
    Start { program: String, source: CommandError },
    #[error("`{program}` is installed, but not signed in. {hint}")]
    NotSignedIn { program: String, hint: String },
    #[error("`{program}` did not answer `{to}` within {} s", limit.as_secs())]
    NoAnswer { program: String, to: &'static str, limit: Duration },
    #[error("`{program}` fell silent for {} s", limit.as_secs())]
    Idle { program: String, limit: Duration },
    #[error("`{program}` said more than {limit} bytes in all")]
    TooMuch { program: String, limit: u64 },
    #[error("`{program}` sent a line of more than {limit} bytes")]
    LineTooLong { program: String, limit: usize },
    #[error("`{program}` printed something that is not the protocol: {line:?}")]
    Garbage { program: String, line: String },
    #[error("`{program}` ended in the middle of its work ({}){said}", how(*exit))]
    Ended { program: String, exit: Exit, said: String },
    #[error("`{program}` answered with an error: {message}")]
    Refused { program: String, message: String },
    #[error("`{program}` was stopped")]
    Stopped { program: String },
}

impl AcpError {
    pub fn category(&self) -> Category {
        match self {
            AcpError::Start { source: CommandError::Elsewhere { .. }, .. } => Category::AuthorizationError,
            AcpError::Start { .. } => Category::ConfigurationError,
            AcpError::NotSignedIn { .. } => Category::AuthorizationError,
            AcpError::NoAnswer { .. } | AcpError::Idle { .. } => Category::Timeout,
            AcpError::TooMuch { .. } | AcpError::LineTooLong { .. } => Category::ResourceExhausted,
            AcpError::Garbage { .. } => Category::ValidationError,
            AcpError::Ended { .. } => Category::AgentUnavailable,
            AcpError::Refused { message, .. } => match Category::of_foreign_text(message) {
                Category::Unknown => Category::LlmServiceError,
                category => category,
            },
            AcpError::Stopped { .. } => Category::UserCancelled,
        }
    }
}

fn how(exit: Exit) -> String {
    match exit {
        Exit::Code(code) => format!("exit code {code}"),
        Exit::Signal(signal) => format!("signal {signal}"),
        _ => "stopped".into(),
    }
}
