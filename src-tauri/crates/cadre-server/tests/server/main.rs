//! The server and the host's socket over real sockets of this machine.

mod admission;
mod decisions;
mod events;
mod files;
mod http;
mod operations;
#[cfg(unix)]
mod socket;
mod support;
mod uploads;
