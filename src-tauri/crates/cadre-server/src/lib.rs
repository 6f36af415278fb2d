//! The application over HTTP and WebSocket for a browser, and over the host's socket for other programs of this user.
//!
//! Both are one thin layer over [`cadre_api::Api::dispatch`]: they find out who calls and hand on what was asked.
//! Deliberately absent: any operation of the application, any address that another machine can reach, cookies, and
//! headers that let other sites in.
//!
//! | who | gets in by | may decide |
//! |---|---|---|
//! | a browser | a code that works once, exchanged for a bearer that only this page's storage has | yes |
//! | a program that can read the token file | the bearer in that file | no |
//! | a program on the host's socket | its user id, and a process tree that is not an agent's | yes |

mod admission;
mod calls;
mod events;
mod failure;
mod headers;
mod pages;
mod routes;
mod secret;
mod server;
mod sessions;
mod tasks;
mod token_file;
mod upload;

#[cfg(unix)]
mod client;
#[cfg(unix)]
mod peer;
#[cfg(unix)]
mod place;
#[cfg(unix)]
mod socket;
#[cfg(unix)]
mod wire;

pub use calls::Calls;
#[cfg(unix)]
pub use client::{HostClient, HostEvents};
#[cfg(unix)]
pub use peer::is_descendant;
#[cfg(unix)]
pub use place::{PlaceError, runtime_folder};
pub use server::{BindError, Link, MonotonicClock, Server, ServerOptions};
#[cfg(unix)]
pub use socket::{HostSocket, HostSocketError};
pub use tasks::{TaskKind, Tasks};
pub use token_file::TokenFileError;

/// The most that a request may bring, over HTTP and over the socket alike.
pub const MAX_REQUEST_BYTES: usize = 2 * 1024 * 1024;
