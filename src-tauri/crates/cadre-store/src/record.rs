//! Stored records: what an aggregate writes into the ledger, versioned, with the rows it makes.

use cadre_graph::HostRecord;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::batch::Batch;
use crate::ledger::Entry;
use crate::projection::Change;

/// One kind of ledger entry. Fields made with [`value_part`](crate::value_part) are stored beside the ledger and
/// read back as marks.
pub trait Record: Serialize + DeserializeOwned {
    const KIND: &'static str;
    const VERSION: u32 = 1;

    /// The rows that the entry makes or changes. Pure: `verify` calls it too.
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

pub(crate) fn project<R: Record>(entry: &Entry) -> Result<Vec<Change>, serde_json::Error> {
    let record = R::deserialize(&entry.data)?;
    Ok(record.changes(entry).into_iter().map(|change| change.0).collect())
}

impl Batch {
    pub fn add<R: Record>(&mut self, record: &R) -> &mut Self {
        self.record(record.to_host())
    }
}
