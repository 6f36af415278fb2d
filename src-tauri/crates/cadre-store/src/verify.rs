//! Checking everything that is stored against the ledger, and the ledger against itself and its kept head.

use std::collections::BTreeSet;
use std::fmt;

use cadre_graph::Hash;
use serde::Deserialize as _;

use crate::aggregates::TABLES;
use crate::aggregates::workspace::WorkspaceRestored;
use crate::batch::commitments;
use crate::database::{Connection, DatabaseError, query};
use crate::heads::{Heads, RestoreNote};
use crate::ledger::{Entry, GENESIS, leaf};
use crate::open::Store;
use crate::projection::{Row, Rows, Table, changes_of};
use crate::record::Record as _;
use crate::schema::{expected_columns, expected_schema, schema, shared_columns};
use crate::values::ValueKey;
use crate::writer::Head;
use crate::{sql, values};

/// More findings than this say nothing new; the count goes on.
const FINDINGS: usize = 100;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The ledger entry that is wrong, when it is one.
    pub seq: Option<u64>,
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.seq {
            Some(seq) => write!(formatter, "entry {seq} {}", self.message),
            None => formatter.write_str(&self.message),
        }
    }
}

/// What stands outside the file as a witness.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Anchor {
    /// Nobody kept a head, or for another workspace.
    Unanchored,
    /// Everything up to here is as it was when the head was kept.
    UpTo(u64),
}

#[derive(Debug, Clone)]
pub struct VerifyReport {
    /// Entries that were read.
    pub entries: u64,
    pub head: Hash,
    pub anchor: Anchor,
    /// Kinds that this version does not know; they are intact.
    pub unknown_kinds: BTreeSet<String>,
    pub findings: Vec<Finding>,
    /// Findings that were not listed.
    pub more: u64,
}

impl VerifyReport {
    pub(crate) fn empty() -> VerifyReport {
        VerifyReport {
            entries: 0,
            head: GENESIS,
            anchor: Anchor::Unanchored,
            unknown_kinds: BTreeSet::new(),
            findings: Vec::new(),
            more: 0,
        }
    }

    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }

    fn find(&mut self, seq: Option<u64>, message: impl Into<String>) {
        if self.findings.len() < FINDINGS {
            self.findings.push(Finding { seq, message: message.into() });
        } else {
            self.more += 1;
        }
    }

    /// A file that cannot be read because it is damaged is a finding like any other.
    fn settle(&mut self, what: &str, outcome: Result<(), VerifyError>) -> Result<(), VerifyError> {
        match outcome {
            Err(VerifyError::Database(error)) if error.is_damage() => {
                self.find(None, format!("{what} cannot be read: {error}"));
                Ok(())
            }
            other => other,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("the workspace could not be read: {0}")]
    Database(#[from] DatabaseError),
}

impl Store {
    /// Checks every byte of the record: the chain, each row that repeats it, each value it refers to, SQLite's own
    /// structures, and the head kept outside.
    ///
    /// # Errors
    /// The file could not be looked at. What is wrong with it is a finding, not an error.
    pub async fn verify(&self) -> Result<VerifyReport, VerifyError> {
        let heads = Heads::new(self.shared.heads.clone(), &self.shared.workspace);
        let kept = heads.kept().filter(|kept| kept.workspace == self.shared.workspace);
        let key = self.shared.key.clone();
        let work = move |reader: &Connection| {
            let mut report = VerifyReport::empty();
            let against = Against { key: &key, kept: kept.map(|kept| kept.head()), restore: heads.note() };
            // One read transaction, so that a write in between is not taken for a difference.
            match reader.transaction() {
                Ok(_stands_still) => against.check(reader, &mut report)?,
                Err(error) => report.settle("the file", Err(error.into()))?,
            }
            Ok(report)
        };
        self.shared.readers.read(work).await
    }
}

/// What a file is checked against besides itself.
pub(crate) struct Against<'a> {
    /// The key that it was opened with.
    pub(crate) key: &'a ValueKey,
    /// The head that was kept outside it.
    pub(crate) kept: Option<Head>,
    /// The restore that was noted beside it.
    pub(crate) restore: Option<&'a RestoreNote>,
}

/// What folding the ledger leaves.
#[derive(Default)]
struct Folded {
    rows: Rows,
    referred: BTreeSet<Hash>,
    restores: Vec<WorkspaceRestored>,
}

impl Against<'_> {
    pub(crate) fn check(&self, reader: &Connection, report: &mut VerifyReport) -> Result<(), VerifyError> {
        let outcome = self.check_all(reader, report);
        report.settle("the file", outcome)
    }

    fn check_all(&self, reader: &Connection, report: &mut VerifyReport) -> Result<(), VerifyError> {
        let mut folded = Folded::default();
        let outcome = self.check_chain(reader, report, &mut folded);
        report.settle("the ledger", outcome)?;
        let chain_holds = report.holds();
        if chain_holds {
            // A broken chain explains every difference below; naming them all would hide the first.
            for table in TABLES {
                let outcome = check_table(reader, report, &folded.rows, table);
                report.settle(table.name, outcome)?;
            }
        }
        let outcome = self.check_key(reader, report);
        report.settle("the key of the values", outcome)?;
        let outcome = self.check_values(reader, report, &folded.referred, chain_holds);
        report.settle("a stored value", outcome)?;
        let outcome = check_schema(reader, report);
        report.settle("the schema", outcome)?;
        check_file(reader, report)
    }

    fn check_chain(
        &self,
        reader: &Connection,
        report: &mut VerifyReport,
        folded: &mut Folded,
    ) -> Result<(), VerifyError> {
        let mut at_kept = None;
        let mut head = Head::EMPTY;
        let mut after = None;
        loop {
            let sql =
                "SELECT seq, body, leaf FROM ledger WHERE ?1 IS NULL OR seq > ?1 ORDER BY seq LIMIT 4096";
            let page: Vec<(i64, Vec<u8>, Vec<u8>)> = query(sql).bind(after).all(reader)?;
            let Some((last, ..)) = page.last() else { break };
            after = Some(*last);
            for (seq, body, stored_leaf) in page {
                let Some(seq) = u64::try_from(seq).ok().filter(|seq| *seq > 0) else {
                    report.find(None, format!("the ledger has an entry numbered {seq}; the first is 1"));
                    continue;
                };
                let next = check_entry(report, folded, head, seq, &body, &stored_leaf);
                report.entries += 1;
                head = Head { seq, leaf: next };
                if self.kept.is_some_and(|kept| kept.seq == seq) {
                    at_kept = Some(next);
                }
            }
        }
        report.head = head.leaf;
        self.check_kept(report, folded, head, at_kept);
        Ok(())
    }

    /// The head that was kept outside is in the chain, or the restore that was noted beside it, and that the chain
    /// tells in the same words, replaced exactly it.
    fn check_kept(&self, report: &mut VerifyReport, folded: &Folded, head: Head, at_kept: Option<Hash>) {
        let Some(kept) = self.kept else { return };
        if kept.seq == 0 || at_kept == Some(kept.leaf) {
            report.anchor = Anchor::UpTo(kept.seq);
        } else if self
            .restore
            .is_some_and(|note| note.witness == Some(kept) && folded.restores.iter().any(|it| note.is_of(it)))
        {
            // The next write keeps a head of this chain outside.
        } else if kept.seq > head.seq {
            report.find(
                Some(head.seq),
                format!(
                    "is the last one, but a head was kept outside for entry {}: the end was cut off",
                    kept.seq
                ),
            );
        } else {
            report.find(Some(kept.seq), "is not the entry whose head was kept outside the file");
        }
    }

    fn check_key(&self, reader: &Connection, report: &mut VerifyReport) -> Result<(), VerifyError> {
        let keys: Vec<(String, Vec<u8>)> = query("SELECT name, bytes FROM secrets").all(reader)?;
        let (ours, others): (Vec<_>, Vec<_>) = keys.into_iter().partition(|(name, _)| name == "value_key");
        if ours.first().map(|(_, bytes)| &bytes[..]) != Some(&self.key.0[..]) {
            report.find(None, "the key of the values is not the one that the workspace was opened with");
        }
        for (name, _) in others {
            report.find(None, format!("secrets has a key that nothing uses: {name}"));
        }
        let stated: Option<Vec<u8>> = query("SELECT value_key_hash FROM workspace").optional(reader)?;
        if stated.as_deref() != Some(&self.key.hash().as_bytes()[..]) {
            report.find(None, "the key of the values is not the one that the ledger names");
        }
        Ok(())
    }

    fn check_values(
        &self,
        reader: &Connection,
        report: &mut VerifyReport,
        referred: &BTreeSet<Hash>,
        chain_holds: bool,
    ) -> Result<(), VerifyError> {
        let mut missing = referred.clone();
        let sql = "SELECT commitment, address, salt, bytes FROM stored_values";
        query(sql).each(reader, |row| {
            if let Some(message) = values::check(row, self.key)? {
                report.find(None, message);
            }
            let commitment = row.bytes(0)?;
            let known = <[u8; 32]>::try_from(commitment).map(Hash::from_bytes);
            let is_referred = known.is_ok_and(|commitment| referred.contains(&commitment));
            if let Ok(commitment) = known {
                missing.remove(&commitment);
            }
            if chain_holds && !is_referred {
                let name = hex::encode(commitment);
                report.find(None, format!("value {name} is there and no entry refers to it"));
            }
            Ok::<_, VerifyError>(())
        })?;
        for commitment in missing {
            report.find(None, format!("value {commitment} is missing"));
        }
        Ok(())
    }
}

/// Checks one entry against its predecessor and folds it into `rows`. Gives its leaf, as computed.
fn check_entry(
    report: &mut VerifyReport,
    folded: &mut Folded,
    before: Head,
    seq: u64,
    body: &[u8],
    stored_leaf: &[u8],
) -> Hash {
    let computed = leaf(body);
    if computed.as_bytes()[..] != *stored_leaf {
        report.find(Some(seq), "has a leaf that is not the hash of its body");
    }
    let entry = match Entry::decode(body) {
        Ok(entry) => entry,
        Err(error) => {
            report.find(Some(seq), format!("cannot be read: {error}"));
            return computed;
        }
    };
    if entry.body() != body {
        report.find(Some(seq), "is not in canonical form");
    }
    if entry.seq != seq {
        report.find(Some(seq), format!("says that it is entry {}", entry.seq));
    } else if seq != before.seq + 1 {
        report.find(Some(seq), format!("follows entry {}: entries are missing", before.seq));
    } else if entry.prev != before.leaf {
        report.find(Some(seq), "does not name the entry before it as its predecessor");
    }
    let mut found = Vec::new();
    commitments(&entry.data, &mut found);
    folded.referred.extend(found);
    if entry.kind == WorkspaceRestored::KIND {
        folded.restores.extend(WorkspaceRestored::deserialize(&entry.data));
    }
    match changes_of(&entry) {
        Ok(Some(changes)) => {
            for change in changes {
                if let Err(error) = folded.rows.apply(seq, change) {
                    report.find(Some(seq), error.to_string());
                }
            }
        }
        Ok(None) => {
            report.unknown_kinds.insert(entry.kind);
        }
        Err(error) => report.find(Some(seq), error.to_string()),
    }
    computed
}

fn check_table(
    reader: &Connection,
    report: &mut VerifyReport,
    rows: &Rows,
    table: &'static Table,
) -> Result<(), VerifyError> {
    let empty = std::collections::BTreeMap::new();
    let expected = rows.table(table).unwrap_or(&empty);
    let mut seen = BTreeSet::new();
    query(&sql::select_all(table)).each(reader, |row| {
        let (key, found) = sql::read_row(table, row)?;
        match expected.get(&key) {
            None => {
                report.find(None, format!("{} has a row that the ledger does not know: {key:?}", table.name))
            }
            Some(wanted) if *wanted != found => {
                let columns = differing(wanted, &found);
                report.find(None, format!("{} {key:?} differs from the ledger in {columns}", table.name));
            }
            Some(_) => {}
        }
        seen.insert(key);
        Ok::<_, VerifyError>(())
    })?;
    for key in expected.keys().filter(|key| !seen.contains(*key)) {
        report.find(None, format!("{} has lost the row {key:?}", table.name));
    }
    Ok(())
}

fn differing(wanted: &Row, found: &Row) -> String {
    let columns: Vec<&str> = wanted
        .iter()
        .filter(|(column, cell)| found.get(*column) != Some(*cell))
        .map(|(column, _)| *column)
        .collect();
    columns.join(", ")
}

/// Tables, indexes and triggers are those that the migrations make.
fn check_schema(reader: &Connection, report: &mut VerifyReport) -> Result<(), VerifyError> {
    if reader.is_shared() {
        return check_shared_schema(reader, report);
    }
    let (expected, found) = (expected_schema()?, schema(reader)?);
    for (kind, name, ..) in expected.difference(&found) {
        report.find(None, format!("the schema lacks the {kind} {name}, or has it in another form"));
    }
    for (kind, name, ..) in found.difference(&expected) {
        report.find(None, format!("the schema has the {kind} {name}, which this version does not make"));
    }
    Ok(())
}

/// Tables and columns are those of a file; indexes repeat nothing that anybody reads.
fn check_shared_schema(reader: &Connection, report: &mut VerifyReport) -> Result<(), VerifyError> {
    let (expected, found) = (expected_columns()?, shared_columns(reader)?);
    for (table, column, ..) in expected.difference(&found) {
        report.find(None, format!("the schema lacks {table}.{column}, or has it in another form"));
    }
    for (table, column, ..) in found.difference(&expected) {
        report.find(None, format!("the schema has {table}.{column}, which this version does not make"));
    }
    Ok(())
}

/// SQLite's own structures: pages, and indexes against their tables.
fn check_file(reader: &Connection, report: &mut VerifyReport) -> Result<(), VerifyError> {
    if reader.is_shared() {
        return Ok(()); // its server checks its own
    }
    let messages: Vec<String> = query("PRAGMA integrity_check(20)").all(reader)?;
    for message in messages.into_iter().filter(|message| message != "ok") {
        report.find(None, format!("the file is damaged: {message}"));
    }
    Ok(())
}
