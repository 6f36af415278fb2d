//! What happened, as it happens: the ledger's entries after any point, oldest first, each once.
//!
//! An event names what it is about and which caches no longer hold; it carries no content. Who wants to see more asks
//! with an operation. Deliberately absent: a buffer. The ledger is the buffer, so a subscriber that was away for a
//! week and one that was away for a second resume in the same way.

use std::collections::VecDeque;
use std::time::Duration;

use cadre_engine::{Engine, Head};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use specta::Type;
use tokio::sync::watch;

use crate::dto::Micros;
use crate::error::ApiError;
use crate::operation::{Api, Tag};

/// How many entries are read at once: enough to catch up quickly, few enough to hold in memory per subscriber.
const READ_AT_ONCE: usize = 256;

/// One durable thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EventDto {
    /// Its place in the ledger, without gaps; a subscription resumes from it.
    #[specta(type = specta_typescript::Number)]
    pub seq: u64,
    pub at: Micros,
    /// What happened, such as `step.changed`.
    pub kind: String,
    /// The caches that no longer hold.
    pub tags: Vec<Tag>,
    pub data: EventData,
}

/// What it happened to. `null` where the kind has no such thing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EventData {
    pub request: Option<String>,
    pub project: Option<String>,
    pub step: Option<String>,
    pub run: Option<String>,
    pub effect: Option<String>,
    pub member: Option<String>,
    /// The thread of the graph engine that moved: a sign of life of a running step.
    pub thread: Option<String>,
    /// The status that a project, step, run or effect has now.
    pub status: Option<String>,
    /// Of a decision: what was said, such as `approve`.
    pub decision: Option<String>,
}

/// What is read out of an entry: the field of [`EventData`], and the member of the stored data. Only ids, names and
/// states stand here; titles, texts, folders and outcomes never do.
type Fields = &'static [(Field, &'static str)];

#[derive(Clone, Copy)]
enum Field {
    Request,
    Project,
    Step,
    Run,
    Effect,
    Member,
    Thread,
    Status,
    Decision,
}

use Field::{Decision, Effect, Member, Project, Request, Run, Status, Step, Thread};

/// By kind of entry: what it makes stale, and what it is about.
///
/// `Tag::Ledger` stands nowhere: a verification is true of the moment it was made, and one that began anew with each
/// entry would never end.
const KINDS: &[(&str, &[Tag], Fields)] = &[
    ("workspace.created", &[Tag::System], &[]),
    // Whatever was on a screen was of another record.
    ("workspace.restored", EVERYTHING, &[]),
    ("backup.made", &[Tag::System], &[]),
    // Nothing on a screen but a verification, which is of its moment.
    ("head.signed", &[], &[]),
    // What was shown of it must go from screens too.
    ("value.redacted", EVERYTHING, &[]),
    ("thread.started", &[], &[(Thread, "thread")]),
    ("thread.forked", &[], &[(Thread, "thread")]),
    ("thread.deleted", &[Tag::Inbox], &[(Thread, "thread")]),
    ("thread.pruned", &[], &[(Thread, "thread")]),
    // Closing a task takes back what it still asked.
    ("checkpoint", &[Tag::Inbox], &[(Thread, "thread")]),
    ("task.written", &[], &[(Thread, "thread")]),
    ("task.parked", &[Tag::Inbox], &[(Thread, "thread")]),
    ("task.woken", &[Tag::Inbox], &[(Thread, "thread")]),
    ("journal", &[], &[(Thread, "thread")]),
    ("member.saved", &[Tag::Members], &[(Member, "name")]),
    ("request.filed", &[Tag::Requests], &[(Request, "id")]),
    ("request.read", &[Tag::Requests], &[(Request, "request")]),
    ("project.opened", &[Tag::Projects, Tag::Requests], &[(Project, "project"), (Request, "request")]),
    ("plan.drafted", &[Tag::Projects, Tag::Inbox], &[(Project, "project")]),
    ("plan.approved", &[Tag::Projects, Tag::Inbox], &[(Project, "project"), (Thread, "thread")]),
    ("project.status", &[Tag::Projects, Tag::Inbox], &[(Project, "project"), (Status, "status")]),
    ("project.held", &[Tag::Projects], &[(Project, "project")]),
    ("step.changed", &[Tag::Projects], &[(Project, "project"), (Step, "step"), (Status, "status")]),
    (
        "project.rolled_back",
        &[Tag::Projects, Tag::Inbox],
        &[(Project, "project"), (Thread, "thread"), (Status, "status")],
    ),
    (
        "run.started",
        &[Tag::Projects],
        &[(Project, "project"), (Step, "step"), (Run, "run"), (Member, "member"), (Thread, "thread")],
    ),
    ("run.finished", &[Tag::Projects], &[(Run, "run"), (Status, "status")]),
    ("decision.made", &[Tag::Inbox, Tag::Projects], &[(Project, "project"), (Decision, "decision")]),
    // Nothing shows a permit by itself; the effect that uses it comes right after.
    ("permit.granted", &[], &[]),
    ("effect.intended", &[Tag::Projects], &[(Effect, "effect"), (Project, "project"), (Run, "run")]),
    ("effect.settled", &[Tag::Projects], &[(Effect, "effect"), (Status, "status")]),
    ("undo.intended", &[Tag::Projects], &[(Effect, "effect")]),
    ("undo.refused", &[Tag::Projects], &[(Effect, "effect")]),
    ("rule.made", &[Tag::System], &[(Project, "project")]),
    ("rule.ended", &[Tag::System], &[]),
    // Whether a model can be asked changes how a request is read and planned, not what was read and planned.
    ("endpoint.enabled", &[Tag::System], &[]),
    ("endpoint.disabled", &[Tag::System], &[]),
    ("key.entered", &[Tag::System], &[]),
    ("key.changed", &[Tag::System], &[(Status, "state")]),
    ("run.message", &[Tag::Conversation], &[(Project, "project"), (Step, "step"), (Run, "run")]),
    (
        "spend.reserved",
        &[Tag::Spend],
        &[(Project, "project"), (Step, "step"), (Run, "run"), (Member, "member")],
    ),
    ("spend.settled", &[Tag::Spend], &[]),
    ("budget.set", &[Tag::Spend, Tag::Inbox], &[]),
];

/// A kind that is not in the table: anything may have changed.
const EVERYTHING: &[Tag] =
    &[Tag::Requests, Tag::Projects, Tag::Inbox, Tag::Members, Tag::System, Tag::Conversation, Tag::Spend];

impl EventData {
    fn read(fields: Fields, data: &Value) -> Self {
        let mut read = EventData::default();
        for (field, member) in fields {
            // A part that is stored as content is a mark, not text, and so stays out.
            let value = data.get(member).and_then(Value::as_str).map(str::to_owned);
            *read.field(*field) = value;
        }
        read
    }

    fn field(&mut self, field: Field) -> &mut Option<String> {
        match field {
            Request => &mut self.request,
            Project => &mut self.project,
            Step => &mut self.step,
            Run => &mut self.run,
            Effect => &mut self.effect,
            Member => &mut self.member,
            Thread => &mut self.thread,
            Status => &mut self.status,
            Decision => &mut self.decision,
        }
    }
}

impl EventDto {
    fn new(seq: u64, at: i64, kind: String, data: &Value) -> Self {
        let known = KINDS.iter().find(|(known, ..)| *known == kind);
        let (tags, fields) = known.map_or((EVERYTHING, &[][..]), |(_, tags, fields)| (*tags, *fields));
        EventDto { seq, at: Micros(at), kind, tags: tags.to_vec(), data: EventData::read(fields, data) }
    }
}

impl Api {
    /// What happened after entry `from`, then what happens. It holds the workspace open until it is dropped.
    pub fn subscribe(&self, from: u64) -> Subscription {
        Subscription {
            changes: self.engine.changes(),
            engine: self.engine.clone(),
            after: from,
            read: VecDeque::new(),
        }
    }
}

/// Events in order, each once.
pub struct Subscription {
    engine: Engine,
    changes: watch::Receiver<Head>,
    /// The newest entry that was read.
    after: u64,
    read: VecDeque<EventDto>,
}

impl Subscription {
    /// The next event; waits until there is one. `None` once the workspace is closed. A call that is given up loses
    /// nothing.
    ///
    /// # Errors
    /// The ledger could not be read.
    pub async fn next(&mut self) -> Result<Option<EventDto>, ApiError> {
        loop {
            if let Some(event) = self.read.pop_front() {
                return Ok(Some(event));
            }
            self.read_on().await?;
            if self.read.is_empty() && self.changes.changed().await.is_err() {
                return Ok(None);
            }
        }
    }

    /// Looks whether what happens can be read at all, so that nobody is told that it is before it was tried.
    ///
    /// # Errors
    /// The ledger could not be read.
    pub async fn ready(&mut self) -> Result<(), ApiError> {
        if self.read.is_empty() { self.read_on().await } else { Ok(()) }
    }

    /// After an error: waits until something is written, which is as good a reason as any to try again, but for
    /// `at_most`. The next event is the one that could not be read.
    pub async fn until_next_try(&mut self, at_most: Duration) {
        let changed = async {
            // A closed workspace writes nothing more; the next call says so.
            if self.changes.changed().await.is_err() {
                std::future::pending().await
            }
        };
        let _ = tokio::time::timeout(at_most, changed).await;
    }

    async fn read_on(&mut self) -> Result<(), ApiError> {
        // Before reading: what is written in between wakes us once more, at the price of one empty read.
        self.changes.borrow_and_update();
        let entries = self.engine.store().entries_after(self.after, READ_AT_ONCE).await?;
        if let Some(last) = entries.last() {
            self.after = last.seq;
            let events = entries.into_iter().map(|it| EventDto::new(it.seq, it.at, it.kind, &it.data));
            self.read.extend(events);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_of_entry_says_what_it_makes_stale() {
        let known: BTreeSet<_> = cadre_store::aggregates::kinds().collect();
        let here: BTreeSet<_> = KINDS.iter().map(|(kind, ..)| *kind).collect();
        assert_eq!(
            here, known,
            "a kind without a row here would leave the interface stale, or redraw all of it"
        );
        assert_eq!(here.len(), KINDS.len(), "a second row of a kind would never be read");
    }

    #[test]
    fn an_event_carries_no_content() {
        let mark = json!({"$value": "ab".repeat(32)});
        for (kind, data, expected) in [
            (
                "request.filed",
                json!({"id": "r1", "content": mark, "by": "owner", "channel": "cli"}),
                EventData { request: Some("r1".into()), ..EventData::default() },
            ),
            (
                "project.opened",
                json!({"project": "p1", "request": "r1", "title": mark, "department": "engineering",
                       "folder": "/home/ada/secret-client"}),
                EventData { project: Some("p1".into()), request: Some("r1".into()), ..EventData::default() },
            ),
            (
                "project.status",
                json!({"project": "p1", "status": "failed", "reason": "the key of ACME is wrong"}),
                EventData {
                    project: Some("p1".into()),
                    status: Some("failed".into()),
                    ..EventData::default()
                },
            ),
            (
                "effect.settled",
                json!({"effect": "e1", "status": mark, "outcome": mark}),
                EventData { effect: Some("e1".into()), ..EventData::default() },
            ),
            ("kind.of.tomorrow", json!({"project": "p1", "note": "private"}), EventData::default()),
        ] {
            let event = EventDto::new(7, 1, kind.into(), &data);
            assert_eq!(event.data, expected, "`{kind}` may tell ids, names and states only");
        }
    }

    #[test]
    fn an_unknown_kind_makes_everything_stale() {
        let event = EventDto::new(1, 1, "kind.of.tomorrow".into(), &json!({}));
        assert_eq!(
            event.tags, EVERYTHING,
            "what it changed is not known, so nothing on screen can be trusted"
        );
    }
}
