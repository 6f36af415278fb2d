//! Stored records: what an aggregate writes into the ledger, versioned, with the rows it makes.

use std::borrow::Cow;

use cadre_graph::{HostRecord, canonical};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::batch::Batch;
use crate::ledger::Entry;
use crate::projection::Change;

/// One kind of ledger entry. Fields made with [`value_part`](crate::value_part) are stored beside the ledger and
/// read back as marks.
pub trait Record: Serialize + DeserializeOwned {
    const KIND: &'static str;
    const VERSION: u32 = 1;

    /// The rows that the entry makes or changes. Pure: `verify` calls it too, with an entry that has no data beside
    /// what is in `self`.
    #[doc(hidden)]
    fn changes(self, entry: &Entry) -> Vec<RowChange>;

    /// For commits of the graph engine.
    fn to_host(&self) -> HostRecord {
        let data = serde_json::to_value(self).expect("stored records are plain JSON data");
        HostRecord { kind: Self::KIND.to_owned(), version: Self::VERSION, data }
    }
}

/// Opaque outside this crate: rows are changed only by entries.
pub struct RowChange(pub(crate) Change);

/// What an entry says, as the writer has it or as it lies. Of an entry that is read where it lies, `Entry::data` is
/// empty and this has it.
#[derive(Clone, Copy)]
pub(crate) enum Data<'a> {
    Value(&'a Value),
    /// Canonical.
    Text(&'a str),
}

impl<'a> Data<'a> {
    pub(crate) fn read<T: Deserialize<'a>>(self) -> Result<T, serde_json::Error> {
        match self {
            Data::Value(value) => T::deserialize(value),
            Data::Text(text) => serde_json::from_str(text),
        }
    }

    pub(crate) fn canonical(self) -> Cow<'a, [u8]> {
        match self {
            Data::Value(value) => canonical(value).expect("a JSON value always has canonical bytes").into(),
            Data::Text(text) => text.as_bytes().into(),
        }
    }
}

pub(crate) fn project<R: Record>(entry: &Entry, data: Data<'_>) -> Result<Vec<Change>, serde_json::Error> {
    let record: R = data.read()?;
    Ok(record.changes(entry).into_iter().map(|change| change.0).collect())
}

impl Batch {
    pub fn add<R: Record>(&mut self, record: &R) -> &mut Self {
        self.record(record.to_host())
    }
}
