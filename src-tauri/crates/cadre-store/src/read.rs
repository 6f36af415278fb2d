//! Reading what the ledger and its values hold.

use std::collections::HashMap;

use cadre_graph::{Hash, Wake};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::batch::commitment;
use crate::database::{Connection, DatabaseError, FromRow, Query, query};
use crate::fault;
use crate::ledger::Entry;
use crate::open::Store;
use crate::projection::Cell;
use crate::values;

/// Stands where a text was.
pub(crate) const REDACTED: &str = "[redacted]";

#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("ledger entry {seq} cannot be read: {source}")]
    Malformed { seq: i64, source: serde_json::Error },
    #[error("there is no ledger entry {seq}")]
    NoEntry { seq: i64 },
    #[error("what ledger entry {seq} says is cut short")]
    Cut { seq: i64 },
    #[error("the content of {commitment} was redacted")]
    Redacted { commitment: Hash },
    #[error("the content of {commitment} is missing")]
    NoValue { commitment: Hash },
    #[error("an entry refers to a value in a way that cannot be read")]
    NoMark,
    #[error("the content of {commitment} is not what was expected there: {source}")]
    Shape { commitment: Hash, source: serde_json::Error },
    #[error("the database failed: {0}")]
    Database(#[from] DatabaseError),
}

impl ReadError {
    pub(crate) fn malformed(seq: i64, source: serde_json::Error) -> Self {
        ReadError::Malformed { seq, source }
    }
}

impl Store {
    /// A piece of work that reads, on a thread that may block. All of it sees the record at one instant.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let at_one_instant = move |connection: &Connection| {
            let _stands_still = connection.transaction()?;
            work(connection)
        };
        self.shared.readers.read(at_one_instant).await
    }

    pub(crate) async fn all<T: FromRow + Send + 'static>(
        &self,
        query: Query<'static>,
    ) -> Result<Vec<T>, DatabaseError> {
        self.shared.readers.read(move |connection| query.all(connection)).await
    }

    pub(crate) async fn optional<T: FromRow + Send + 'static>(
        &self,
        query: Query<'static>,
    ) -> Result<Option<T>, DatabaseError> {
        self.shared.readers.read(move |connection| query.optional(connection)).await
    }

    pub(crate) async fn one<T: FromRow + Send + 'static>(
        &self,
        query: Query<'static>,
    ) -> Result<T, DatabaseError> {
        self.shared.readers.read(move |connection| query.one(connection)).await
    }
}

/// The body of an entry, as it lies.
pub(crate) fn body(connection: &Connection, seq: impl Into<Cell>) -> Result<Option<Vec<u8>>, DatabaseError> {
    query("SELECT body FROM ledger WHERE seq = ?").bind(seq).optional(connection)
}

pub(crate) fn entry(connection: &Connection, seq: i64) -> Result<Entry, ReadError> {
    let body = body(connection, seq)?.ok_or(ReadError::NoEntry { seq })?;
    Entry::decode(&body).map_err(|source| ReadError::malformed(seq, source))
}

/// A content as its type, and how many bytes it takes.
pub(crate) fn content<T: DeserializeOwned>(
    connection: &Connection,
    commitment: Hash,
) -> Result<(T, usize), ReadError> {
    let mut found = Err(ReadError::NoValue { commitment });
    let sql = "SELECT bytes FROM stored_values WHERE commitment = ?";
    query(sql).bind(commitment).until(connection, |row| {
        found = match row.some_bytes(0)? {
            None => Err(ReadError::Redacted { commitment }),
            Some(bytes) => serde_json::from_slice(bytes)
                .map(|content| (content, bytes.len()))
                .map_err(|source| ReadError::Shape { commitment, source }),
        };
        Ok::<_, ReadError>(false)
    })?;
    found
}

impl Store {
    /// # Errors
    /// There is no such entry, or it cannot be read.
    pub async fn entry(&self, seq: i64) -> Result<Entry, ReadError> {
        self.shared.readers.read(move |connection| entry(connection, seq)).await
    }

    /// Entries after `after`, oldest first, at most `limit`.
    ///
    /// # Errors
    /// The database failed, or an entry cannot be read.
    pub async fn entries_after(&self, after: u64, limit: usize) -> Result<Vec<Entry>, ReadError> {
        if fault::is_unreadable() {
            return Err(ReadError::Cut { seq: i64::try_from(after).unwrap_or(i64::MAX) });
        }
        let rows: Vec<(i64, Vec<u8>)> = self
            .all(
                query("SELECT seq, body FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?")
                    .bind(i64::try_from(after).unwrap_or(i64::MAX))
                    .bind(i64::try_from(limit).unwrap_or(i64::MAX)),
            )
            .await?;
        rows.into_iter()
            .map(|(seq, body)| Entry::decode(&body).map_err(|source| ReadError::malformed(seq, source)))
            .collect()
    }

    pub(crate) async fn entry_data<T: DeserializeOwned>(&self, seq: i64) -> Result<T, ReadError> {
        let entry = self.entry(seq).await?;
        serde_json::from_value(entry.data).map_err(|source| ReadError::malformed(seq, source))
    }

    /// The content that a mark in a stored body stands for.
    ///
    /// # Errors
    /// The content is redacted or missing.
    pub async fn value(&self, mark: &Value) -> Result<Value, ReadError> {
        let commitment = commitment(mark).ok_or(ReadError::NoMark)?;
        self.committed_value(commitment).await
    }

    /// # Errors
    /// The content is redacted or missing.
    pub async fn committed_value(&self, commitment: Hash) -> Result<Value, ReadError> {
        let content = move |connection: &Connection| content(connection, commitment);
        Ok(self.shared.readers.read(content).await?.0)
    }

    /// Many contents in one query. One that is missing is an error; in the place of one that was redacted stands a text
    /// that says so.
    pub(crate) async fn committed_values(
        &self,
        commitments: &[Hash],
    ) -> Result<HashMap<Hash, Value>, ReadError> {
        let wanted = commitments.to_vec();
        let found = self.read(move |connection| Ok(values::contents(connection, &wanted)?)).await?;
        let mut values = HashMap::with_capacity(found.len());
        for (commitment, bytes) in found {
            let Some(bytes) = bytes else {
                // One that is gone does not hide the others.
                values.insert(commitment, Value::from(REDACTED));
                continue;
            };
            let value = serde_json::from_slice(&bytes);
            values.insert(commitment, value.map_err(|source| ReadError::Shape { commitment, source })?);
        }
        match commitments.iter().find(|commitment| !values.contains_key(commitment)) {
            Some(missing) => Err(ReadError::NoValue { commitment: *missing }),
            None => Ok(values),
        }
    }

    pub(crate) async fn thread_start(&self, thread: &str) -> Result<Option<i64>, ReadError> {
        let sql = "SELECT start_seq FROM threads WHERE id = ?";
        Ok(self.optional(query(sql).bind(thread)).await?)
    }

    /// Threads that are not finished, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_threads(&self) -> Result<Vec<String>, ReadError> {
        let sql = "SELECT id FROM threads WHERE open_tasks > 0 ORDER BY start_seq";
        Ok(self.all(query(sql)).await?)
    }

    /// Whether a thread is there and not finished.
    ///
    /// # Errors
    /// The database failed.
    pub async fn thread_is_open(&self, thread: &str) -> Result<bool, ReadError> {
        let sql = "SELECT 1 FROM threads WHERE id = ? AND open_tasks > 0";
        let open: Option<i64> = self.optional(query(sql).bind(thread)).await?;
        Ok(open.is_some())
    }

    /// The name of the graph that a thread runs on.
    ///
    /// # Errors
    /// The database failed.
    pub async fn thread_graph(&self, thread: &str) -> Result<Option<String>, ReadError> {
        let sql = "SELECT graph FROM threads WHERE id = ?";
        Ok(self.optional(query(sql).bind(thread)).await?)
    }

    /// The parked call that waits for a thread.
    ///
    /// # Errors
    /// The database failed.
    pub async fn thread_parent(&self, thread: &str) -> Result<Option<Wake>, ReadError> {
        let sql = "SELECT parent_thread, parent_task, parent_position FROM threads
                   WHERE id = ? AND parent_thread IS NOT NULL";
        let row: Option<(String, String, u32)> = self.optional(query(sql).bind(thread)).await?;
        Ok(row.map(|(thread, task, position)| Wake { thread, task, position }))
    }
}

impl Store {
    /// Content that a row refers to, as its type.
    pub(crate) async fn committed<T: DeserializeOwned>(&self, commitment: Hash) -> Result<T, ReadError> {
        let value = self.committed_value(commitment).await?;
        serde_json::from_value(value).map_err(|source| ReadError::Shape { commitment, source })
    }
}

/// One of many contents that were read at once, as its type.
pub(crate) fn typed<T: DeserializeOwned>(
    values: &HashMap<Hash, Value>,
    commitment: Hash,
) -> Result<T, ReadError> {
    let value = values.get(&commitment).ok_or(ReadError::NoValue { commitment })?;
    T::deserialize(value).map_err(|source| ReadError::Shape { commitment, source })
}

/// A hash that a row holds as bytes.
pub(crate) fn blob_hash(bytes: &[u8]) -> Result<Hash, ReadError> {
    <[u8; 32]>::try_from(bytes).map(Hash::from_bytes).map_err(|_| ReadError::NoMark)
}
