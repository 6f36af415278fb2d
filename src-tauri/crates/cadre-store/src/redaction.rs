//! Taking content away for good, while what was said about it stays.

use std::collections::BTreeSet;

use cadre_graph::Hash;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::batch::{Batch, WriteError, commitments, value_part};
use crate::database::{Connection, DatabaseError, query};
use crate::ledger::Entry;
use crate::open::Store;
use crate::read::{ReadError, body};
use crate::record::{Record, RowChange};
use crate::writer::WriterLoop;

/// Kinds of entries whose contents people wrote or read, and nothing else needs: what was said, asked and decided.
const REDACTABLE: &[&str] = &["run.message", "request.filed", "decision.made"];

/// So often it is looked again, if something was written meanwhile.
const TRIES: u32 = 5;

/// The content of these values is gone, with its salt, so that nobody can confirm a guess of it. Their commitments
/// stay where they are, and the chain with them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueRedacted {
    pub values: Vec<Hash>,
    /// As a value: what somebody writes here may have to go, too.
    pub reason: Value,
    pub by: String,
    /// How that reached the host: `window`, `cli`, `http`.
    pub channel: String,
    /// Backups that still have the content, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept_in: Vec<String>,
}

impl Record for ValueRedacted {
    const KIND: &'static str = "value.redacted";

    /// No row says what a value holds.
    fn changes(self, _entry: &Entry) -> Vec<RowChange> {
        Vec::new()
    }
}

/// What is to go, and who says so.
#[derive(Debug, Clone)]
pub struct Redaction {
    pub entry: u64,
    pub reason: String,
    pub by: String,
    pub channel: String,
    /// Copies that still have the content, by name.
    pub kept_in: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum RedactError {
    #[error("entry {0} has no content that is still there")]
    Nothing(u64),
    #[error("what entry {entry} says is still needed: entry {needed_by} of kind `{kind}` goes on from it")]
    Needed { entry: u64, needed_by: u64, kind: String },
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<DatabaseError> for RedactError {
    fn from(error: DatabaseError) -> Self {
        RedactError::Read(error.into())
    }
}

impl Store {
    /// Takes the contents that an entry refers to away for good, in the record and in what its file has kept of them.
    /// Gives how many they were.
    ///
    /// # Errors
    /// There is none, or something goes on from it: only what was said, asked and decided can go.
    pub async fn redact(&self, redaction: Redaction) -> Result<usize, RedactError> {
        let entry = redaction.entry;
        let mut tries = 0;
        let values = loop {
            let (values, looked_at) =
                self.shared.readers.read(move |reader| redactable(reader, entry)).await?;
            let mut batch = Batch::new();
            batch.add(&ValueRedacted {
                values: values.clone(),
                reason: value_part(json!(redaction.reason)),
                by: redaction.by.clone(),
                channel: redaction.channel.clone(),
                kept_in: redaction.kept_in.clone(),
            });
            batch.redacted.clone_from(&values);
            batch.looked_at = looked_at;
            match self.write(batch).await {
                // Somebody has come to need one of them, or was first: that is seen now.
                Err(WriteError::Refused { .. }) if tries < TRIES => tries += 1,
                written => {
                    written?;
                    break values;
                }
            }
        };
        self.shared.newest.clear();
        Ok(values.len())
    }
}

/// The contents of an entry that are there, if no entry of another kind refers to one of them.
fn redactable(reader: &Connection, entry: u64) -> Result<(Vec<Hash>, u64), RedactError> {
    let _stands_still = reader.transaction()?;
    let mut looked_at = 0;
    let body = body(reader, entry)?
        .ok_or_else(|| ReadError::NoEntry { seq: i64::try_from(entry).unwrap_or(i64::MAX) })?;
    let mut found = Vec::new();
    commitments(&decoded(&body)?.data, &mut found);
    let mut there = BTreeSet::new();
    for commitment in found {
        let sql = "SELECT commitment FROM stored_values WHERE commitment = ? AND bytes IS NOT NULL";
        let is_there: Option<Vec<u8>> = query(sql).bind(commitment).optional(reader)?;
        there.extend(is_there.map(|_| commitment));
    }
    if there.is_empty() {
        return Err(RedactError::Nothing(entry));
    }
    // Equal contents are kept once: somebody else may have said the same.
    query("SELECT seq, body FROM ledger ORDER BY seq").each(reader, |row| {
        looked_at = row.get(0)?;
        let other = decoded(row.bytes(1)?)?;
        match needs(&other, &there) {
            true => Err(RedactError::Needed { entry, needed_by: row.get(0)?, kind: other.kind }),
            false => Ok(()),
        }
    })?;
    Ok((there.into_iter().collect(), looked_at))
}

/// Whether an entry goes on from one of these contents.
fn needs(entry: &Entry, contents: &BTreeSet<Hash>) -> bool {
    let mut refers = Vec::new();
    commitments(&entry.data, &mut refers);
    refers.iter().any(|it| contents.contains(it)) && !REDACTABLE.contains(&entry.kind.as_str())
}

/// Whether an entry that came after `looked_at` needs one of these contents: equal ones are kept once.
pub(crate) fn needed_since(
    connection: &Connection,
    contents: &[Hash],
    looked_at: u64,
) -> Result<bool, DatabaseError> {
    if contents.is_empty() {
        return Ok(false);
    }
    let contents = contents.iter().copied().collect();
    let bodies: Vec<Vec<u8>> =
        query("SELECT body FROM ledger WHERE seq > ?").bind(looked_at).all(connection)?;
    Ok(bodies.iter().filter_map(|body| Entry::decode(body).ok()).any(|entry| needs(&entry, &contents)))
}

fn decoded(body: &[u8]) -> Result<Entry, ReadError> {
    Entry::decode(body).map_err(|source| ReadError::Malformed { seq: 0, source })
}

impl WriterLoop {
    /// Writes the file anew, without what free pages and the log still have of a content that was taken away.
    pub(crate) fn clean(&mut self) {
        if !self.unclean {
            return;
        }
        match self.write_anew() {
            Ok(whole) => self.unclean = !whole,
            Err(error) => {
                tracing::warn!(%error, "free pages still have what was redacted; trying again later")
            }
        }
    }

    fn write_anew(&self) -> Result<bool, DatabaseError> {
        if self.connection.is_shared() {
            self.connection.run("VACUUM FULL stored_values")?;
            return Ok(true);
        }
        self.connection.run("VACUUM")?;
        // Waits for readers of the old pages; one that stays longer keeps them until the next time.
        let busy: i64 = query("PRAGMA wal_checkpoint(TRUNCATE)").one(&self.connection)?;
        Ok(busy == 0)
    }
}
