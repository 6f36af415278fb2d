//! What one caller wants written: conditions, values and entries, all or nothing.

use cadre_graph::{Hash, HostRecord, canonical};
use serde_json::{Map, Value, json};

use crate::ledger::{Entry, NewEntry};
use crate::projection::{Cell, Table};
use crate::values::{NewValue, ValueKey};

/// Marks a part of an entry's data that is stored as a value of its own: in the batch it holds an index, in the
/// stored body the commitment. What is marked can be redacted later; what is not stays for good.
pub const VALUE_MARK: &str = "$value";

/// How soon a write has to survive what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Durability {
    /// A crash of the program: token text, progress.
    Process,
    /// A loss of power: decisions, effects, ends of steps.
    #[default]
    Full,
}

/// A condition that is checked inside the writing transaction.
#[derive(Debug, Clone, PartialEq)]
pub enum Guard {
    /// The thread is still held under this epoch.
    Epoch { thread: String, epoch: u64 },
    /// The row exists and its column holds this.
    Holds { table: &'static Table, key: Vec<Cell>, column: &'static str, value: Cell },
    /// The row exists and its column holds a greater number than this.
    Above { table: &'static Table, key: Vec<Cell>, column: &'static str, number: i64 },
    /// The row exists and its column holds none of these.
    NoneOf { table: &'static Table, key: Vec<Cell>, column: &'static str, values: &'static [&'static str] },
    /// There is no such row.
    Absent { table: &'static Table, key: Vec<Cell> },
    /// No row with these cells has a greater number than this in its column.
    NoneAbove { table: &'static Table, columns: Vec<(&'static str, Cell)>, column: &'static str, number: i64 },
    /// The sum of a column over the rows with these cells is at most this.
    SumAtMost { table: &'static Table, columns: Vec<(&'static str, Cell)>, sum: &'static str, most: i64 },
}

#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub(crate) guards: Vec<Guard>,
    pub(crate) values: Vec<Vec<u8>>,
    pub(crate) entries: Vec<NewEntry>,
    /// Contents that go, with what says so among the entries.
    pub(crate) redacted: Vec<Hash>,
    /// The newest entry that was looked at before it was decided that nothing needs them.
    pub(crate) looked_at: u64,
    pub(crate) class: Durability,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Written {
    pub entries: Vec<Entry>,
}

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A condition did not hold; nothing of the batch was written.
    #[error("condition {guard} no longer holds")]
    Refused { guard: usize },
    #[error("the disk is full; nothing was written")]
    DiskFull,
    #[error("the database is locked by another program; nothing was written")]
    Locked,
    #[error("the workspace is closed")]
    Closed,
    #[error(transparent)]
    Projection(#[from] crate::projection::ProjectionError),
    #[error("the database failed: {0}")]
    Database(#[source] std::sync::Arc<crate::database::DatabaseError>),
}

impl Batch {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn class(&mut self, class: Durability) -> &mut Self {
        self.class = class;
        self
    }

    pub fn guard(&mut self, guard: Guard) -> &mut Self {
        self.guards.push(guard);
        self
    }

    /// How many conditions there are so far: the number by which the next one is refused.
    pub fn guards(&self) -> usize {
        self.guards.len()
    }

    /// Stores `value` beside the ledger and gives the mark that stands for it in an entry's data.
    pub fn value(&mut self, value: &Value) -> Value {
        self.values.push(canonical_data(value));
        json!({ VALUE_MARK: self.values.len() - 1 })
    }

    pub fn entry(&mut self, kind: &'static str, v: u32, data: Value) -> &mut Self {
        self.entries.push(NewEntry { kind, v, data });
        self
    }

    /// Adds a host's record. Parts of it that are marked with [`VALUE_MARK`] become values of their own.
    pub fn record(&mut self, record: HostRecord) -> &mut Self {
        let HostRecord { kind, version, data } = record;
        let data = self.externalise(data);
        match crate::aggregates::kind_name(&kind) {
            Some(kind) => self.entry(kind, version, data),
            // A host and its store are built together; an unknown kind is a mistake that the first test shows.
            None => unreachable!("no aggregate knows entries of kind `{kind}`"),
        }
    }

    fn externalise(&mut self, data: Value) -> Value {
        match data {
            Value::Object(mut map) if map.len() == 1 && map.contains_key(VALUE_MARK) => {
                let inner = map.remove(VALUE_MARK).unwrap_or(Value::Null);
                self.value(&inner)
            }
            Value::Object(map) => {
                Value::Object(map.into_iter().map(|(key, value)| (key, self.externalise(value))).collect())
            }
            Value::Array(items) => {
                Value::Array(items.into_iter().map(|item| self.externalise(item)).collect())
            }
            other => other,
        }
    }
}

/// Marks a part of a host's record as a value of its own.
pub fn value_part(value: Value) -> Value {
    Value::Object(Map::from_iter([(VALUE_MARK.to_owned(), value)]))
}

/// A batch with all done that does not depend on what is written before it. Whoever hands it over does that, so that
/// the one writer has little to do for each.
pub(crate) struct Prepared {
    pub(crate) guards: Vec<Guard>,
    pub(crate) values: Vec<NewValue>,
    pub(crate) entries: Vec<PreparedEntry>,
    pub(crate) redacted: Vec<Hash>,
    pub(crate) looked_at: u64,
    pub(crate) class: Durability,
}

pub(crate) struct PreparedEntry {
    pub(crate) kind: &'static str,
    pub(crate) v: u32,
    pub(crate) data: Value,
    /// The bytes of `data`.
    pub(crate) canonical: Vec<u8>,
}

pub(crate) fn canonical_data(data: &Value) -> Vec<u8> {
    canonical(data).expect("a JSON value always has canonical bytes")
}

impl Batch {
    pub(crate) fn prepare(self, key: &ValueKey) -> Prepared {
        let values: Vec<NewValue> = self.values.into_iter().map(|bytes| NewValue::of(bytes, key)).collect();
        let prepared = |NewEntry { kind, v, data }| {
            let data = resolve(data, &values);
            PreparedEntry { kind, v, canonical: canonical_data(&data), data }
        };
        let entries = self.entries.into_iter().map(prepared).collect();
        Prepared {
            guards: self.guards,
            values,
            entries,
            redacted: self.redacted,
            looked_at: self.looked_at,
            class: self.class,
        }
    }
}

/// Puts commitments in the place of indexes.
fn resolve(data: Value, values: &[NewValue]) -> Value {
    replace_marks(data, &|map| marked_index(map).map(|index| values[index].commitment))
}

/// Puts other commitments in the place of some.
pub(crate) fn rename(data: Value, renamed: &[(Hash, Hash)]) -> Value {
    replace_marks(data, &|map| {
        let old = map.get(VALUE_MARK)?.as_str().and_then(Hash::from_hex)?;
        renamed.iter().find(|(from, _)| *from == old).map(|(_, to)| *to)
    })
}

fn replace_marks(data: Value, replace: &impl Fn(&Map<String, Value>) -> Option<Hash>) -> Value {
    match data {
        Value::Object(map) => match if map.len() == 1 { replace(&map) } else { None } {
            Some(commitment) => json!({ VALUE_MARK: commitment }),
            None => Value::Object(
                map.into_iter().map(|(key, value)| (key, replace_marks(value, replace))).collect(),
            ),
        },
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| replace_marks(item, replace)).collect())
        }
        other => other,
    }
}

fn marked_index(map: &Map<String, Value>) -> Option<usize> {
    map.get(VALUE_MARK)?.as_u64().and_then(|index| usize::try_from(index).ok())
}

/// The commitment of a marked part of a stored body.
pub(crate) fn commitment(part: &Value) -> Option<Hash> {
    part.get(VALUE_MARK)?.as_str().and_then(Hash::from_hex)
}

/// Every commitment that a stored body refers to.
pub(crate) fn commitments(data: &Value, found: &mut Vec<Hash>) {
    match data {
        Value::Object(map) => match commitment(data) {
            Some(hash) => found.push(hash),
            None => map.values().for_each(|value| commitments(value, found)),
        },
        Value::Array(items) => items.iter().for_each(|item| commitments(item, found)),
        _ => {}
    }
}
