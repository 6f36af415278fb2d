//! Who is connected to this host now. Hosts say so while it lasts; nothing of it is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cadre_engine::{Clock as _, SystemHost};
use tokio::sync::watch;

/// How somebody is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionKind {
    /// The window of this program.
    Window,
    /// A browser that was let in by a link.
    Browser,
    /// Another program of this user, at the host's socket.
    Program,
}

impl ConnectionKind {
    pub fn name(self) -> &'static str {
        match self {
            ConnectionKind::Window => "window",
            ConnectionKind::Browser => "browser",
            ConnectionKind::Program => "program",
        }
    }

    /// Whether it is a session that a person can end from elsewhere. A program is ended by its own user.
    fn can_end(self) -> bool {
        self == ConnectionKind::Browser
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConnectionView {
    pub(crate) id: u32,
    pub(crate) kind: ConnectionKind,
    pub(crate) label: String,
    /// Unix time in microseconds.
    pub(crate) since: i64,
    pub(crate) seen: i64,
    pub(crate) can_end: bool,
}

/// The connections of one host. Cheap to clone.
#[derive(Clone, Default)]
pub struct Connections(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    last: u32,
    open: BTreeMap<u32, Entry>,
}

struct Entry {
    kind: ConnectionKind,
    label: String,
    since: i64,
    seen: i64,
    ended: watch::Sender<bool>,
}

impl Connections {
    /// `label` says which one it is, such as a program's name.
    pub fn open(&self, kind: ConnectionKind, label: String) -> Connection {
        let now = SystemHost.now();
        let (ended, receiver) = watch::channel(false);
        let mut known = self.known();
        known.last += 1;
        let id = known.last;
        known.open.insert(id, Entry { kind, label, since: now, seen: now, ended });
        Connection { id, ended: receiver, of: self.clone() }
    }

    /// Oldest first.
    pub(crate) fn list(&self) -> Vec<ConnectionView> {
        let known = self.known();
        let view = |(id, entry): (&u32, &Entry)| ConnectionView {
            id: *id,
            kind: entry.kind,
            label: entry.label.clone(),
            since: entry.since,
            seen: entry.seen,
            can_end: entry.kind.can_end(),
        };
        known.open.iter().filter(|(_, entry)| !*entry.ended.borrow()).map(view).collect()
    }

    /// Ends one session, or all of them; gives how many.
    pub(crate) fn end(&self, which: Option<u32>) -> u32 {
        let known = self.known();
        let wanted = |id: u32, entry: &Entry| {
            entry.kind.can_end() && which.is_none_or(|which| which == id) && !*entry.ended.borrow()
        };
        let mut ended = 0;
        for (_, entry) in known.open.iter().filter(|(id, entry)| wanted(**id, entry)) {
            entry.ended.send_replace(true);
            ended += 1;
        }
        ended
    }

    /// A poisoned lock only means that another task panicked; the state is whole at any time.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection, for as long as its host holds this.
pub struct Connection {
    id: u32,
    ended: watch::Receiver<bool>,
    of: Connections,
}

impl Connection {
    pub fn id(&self) -> u32 {
        self.id
    }

    /// It asked for something just now.
    pub fn is_seen(&self) {
        if let Some(entry) = self.of.known().open.get_mut(&self.id) {
            entry.seen = SystemHost.now();
        }
    }

    /// Whether a person has ended it. Then its host serves it no more.
    pub fn is_ended(&self) -> bool {
        *self.ended.borrow()
    }

    /// Waits until a person ends it.
    pub async fn ended(&self) {
        let mut ended = self.ended.clone();
        // The sender lives as long as this does.
        let _ = ended.wait_for(|ended| *ended).await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.of.known().open.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sessions_can_be_ended_and_what_is_over_is_gone() {
        let connections = Connections::default();
        let window = connections.open(ConnectionKind::Window, String::new());
        let one = connections.open(ConnectionKind::Browser, String::new());
        let other = connections.open(ConnectionKind::Browser, String::new());
        let program = connections.open(ConnectionKind::Program, "cadre".into());
        assert_eq!(connections.end(Some(program.id())), 0, "a program is no session");
        assert_eq!(connections.end(Some(one.id())), 1);
        one.ended().await;
        assert!(one.is_ended() && !other.is_ended(), "one is ended, and no other");
        assert_eq!(connections.end(Some(one.id())), 0, "once");
        let kinds: Vec<_> = connections.list().iter().map(|it| it.kind.name()).collect();
        assert_eq!(kinds, ["window", "browser", "program"], "what was ended is not shown");
        drop(program);
        assert_eq!(connections.end(None), 1, "all sessions that are left");
        assert_eq!(connections.list().len(), 1, "the window stays");
        drop(window);
        assert!(connections.list().is_empty());
    }
}
