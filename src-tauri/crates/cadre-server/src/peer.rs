//! Who is at the other end of the host's socket.
//!
//! The file's mode already keeps other users out; here the same is asked of the system, and besides whether the
//! process descends from us. What the host starts, it starts for agents; an orphan among them stays a descendant,
//! because `cadre-exec` adopts the orphans of what it started.

use cadre_api::{ApiError, Authentication};
use tokio::net::UnixStream;

/// # Errors
/// Another user's process, one of an agent's, or one that cannot be looked at.
pub(crate) fn authenticate(stream: &UnixStream) -> Result<Authentication, ApiError> {
    let refused =
        |why: &str| ApiError::new("channel_not_allowed", format!("the connection was refused: {why}"));
    let peer = stream.peer_cred().map_err(|_| refused("the system does not say whose it is"))?;
    if peer.uid() != rustix::process::getuid().as_raw() {
        return Err(refused("it comes from another user"));
    }
    if !cfg!(target_os = "linux") {
        // Its ancestors cannot be seen here, so it may be an agent's.
        return Ok(Authentication::Program);
    }
    let unseen = || refused("its process cannot be seen, as one in a sandbox");
    let process =
        peer.pid().and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 0).ok_or_else(unseen)?;
    match is_descendant(process) {
        Some(false) => Ok(Authentication::Peer),
        Some(true) => Err(refused("it comes from a process that Cadre started, as agents do")),
        None => Err(unseen()),
    }
}

/// What the system calls the program at the other end, with its process: for showing it, not for knowing it.
pub(crate) fn name(stream: &UnixStream) -> String {
    let process = stream.peer_cred().ok().and_then(|peer| peer.pid());
    let Some(process) = process else { return String::new() };
    let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    format!("{} {process}", name.trim()).trim_start().to_owned()
}

/// Whether this program started the process, itself or through others, as it starts agents'. `None` if that cannot be
/// seen.
pub fn is_descendant(process: u32) -> Option<bool> {
    descends_from(process, std::process::id(), parent_of)
}

/// Whether `ancestor` is above `process`; `None` if the way up cannot be followed.
fn descends_from(process: u32, ancestor: u32, parent_of: impl Fn(u32) -> Option<u32>) -> Option<bool> {
    /// More than any machine nests; a loop can only come from numbers that are used again while we look.
    const LONGEST_LINE: usize = 4096;
    let mut current = process;
    for _ in 0..LONGEST_LINE {
        match parent_of(current)? {
            // The first process, or one whose parent is outside of our own container.
            0 => return Some(false),
            parent if parent == ancestor => return Some(true),
            parent => current = parent,
        }
    }
    None
}

fn parent_of(process: u32) -> Option<u32> {
    parent_in(&std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?)
}

/// The fourth field. The second is the program's name in parentheses, which may itself hold blanks and parentheses.
fn parent_in(stat: &str) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parent_is_read_behind_any_name() {
        for (stat, parent) in [
            ("12 (cadre) S 7 12 12 0", Some(7)),
            ("12 (a) R 1 (b) S 7 12 12 0", Some(7)),
            ("12 (cut", None),
            ("", None),
        ] {
            assert_eq!(parent_in(stat), parent, "`{stat}`");
        }
    }

    #[test]
    fn a_process_descends_from_whatever_is_above_it() {
        // 1 ─ 10 (a shell) ─ 20 (the host) ─ 30 (cadre-exec) ─ 40 (an agent); 50 hangs in a loop with 51.
        let parents = |process| match process {
            1 => Some(0),
            10 => Some(1),
            20 => Some(10),
            30 => Some(20),
            40 => Some(30),
            50 => Some(51),
            51 => Some(50),
            _ => None,
        };
        for (process, descends, reason) in [
            (40, Some(true), "an agent's process"),
            (30, Some(true), "what was started for it"),
            (20, Some(false), "the host itself"),
            (10, Some(false), "the shell that started the host"),
            (50, None, "a line without an end"),
            (99, None, "a process that is gone"),
        ] {
            assert_eq!(descends_from(process, 20, parents), descends, "{reason}");
        }
    }
}
