//! Checking everything that is stored against the ledger, and the ledger against itself and its kept head.
//!
//! Three things are done beside each other: folding the ledger and comparing the rows, which is where the time goes;
//! hashing the values; and SQLite's own look at its pages.

mod anchor;
mod chain;
mod contents;
mod report;
mod rows;

use std::thread;

use cadre_graph::Hash;

use crate::aggregates::TABLES;
use crate::database::{Connection, DatabaseError, Source, query};
use crate::heads::{Heads, KeptHead, RestoreNote};
use crate::open::{FILE, Store};
use crate::schema::{expected_columns, expected_schema, schema, shared_columns};
use crate::values::ValueKey;

use chain::Chain;
use contents::Content;

pub use report::{Anchor, Countersigned, Finding, Signature, VerifyReport};

#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("the workspace could not be read: {0}")]
    Database(#[from] DatabaseError),
}

/// The key that this device signs with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OwnKey {
    pub(crate) key: Hash,
    /// It was there before: so there is a head that it signed.
    pub(crate) is_known: bool,
}

impl Store {
    /// Checks every byte of the record: the chain, each row that repeats it, each value it refers to, SQLite's own
    /// structures, and the head kept outside, which this device has signed if it has a key.
    ///
    /// # Errors
    /// The file could not be looked at. What is wrong with it is a finding, not an error.
    pub async fn verify(&self) -> Result<VerifyReport, VerifyError> {
        let device = self.shared.device.get();
        self.verify_with(device.map(|device| OwnKey { key: device.public(), is_known: device.is_known }))
            .await
    }

    /// The same, by somebody who knows this device's public key and signs nothing.
    ///
    /// # Errors
    /// As for [`verify`](Self::verify).
    pub async fn verify_for(&self, public_key: [u8; 32]) -> Result<VerifyReport, VerifyError> {
        self.verify_with(Some(OwnKey { key: Hash::from_bytes(public_key), is_known: true })).await
    }

    async fn verify_with(&self, own: Option<OwnKey>) -> Result<VerifyReport, VerifyError> {
        let heads = Heads::new(self.shared.heads.clone(), &self.shared.workspace);
        let (key, source) = (self.shared.key.clone(), Source::File(self.shared.folder.join(FILE)));
        let work = move |reader: &Connection| {
            let mut report = VerifyReport::empty();
            let against = Against {
                key: &key,
                kept: heads.kept().filter(|kept| kept.workspace == heads.workspace()),
                restore: heads.note(),
                own: own.filter(|_| heads.is_kept_outside()),
                source: (!reader.is_shared()).then_some(source),
            };
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
    key: &'a ValueKey,
    /// The head that was kept outside it.
    kept: Option<KeptHead>,
    /// The restore that was noted beside it.
    restore: Option<&'a RestoreNote>,
    own: Option<OwnKey>,
    /// Where it is read from by several at once.
    source: Option<Source>,
}

impl<'a> Against<'a> {
    pub(crate) fn nothing_outside(key: &'a ValueKey) -> Self {
        Against { key, kept: None, restore: None, own: None, source: None }
    }

    pub(crate) fn check(&self, reader: &Connection, report: &mut VerifyReport) -> Result<(), VerifyError> {
        let outcome = match &self.source {
            Some(source) => thread::scope(|scope| {
                let contents = scope.spawn(|| contents::read(&source.reader()?, &self.key.prepared()));
                let pages = scope.spawn(|| pages(&source.reader()?));
                self.check_all(reader, report, || joined(contents), || joined(pages))
            }),
            None => {
                let contents = || contents::read(reader, &self.key.prepared());
                self.check_all(reader, report, contents, || pages(reader))
            }
        };
        report.settle("the file", outcome)?;
        report.conclude();
        Ok(())
    }

    fn check_all(
        &self,
        reader: &Connection,
        report: &mut VerifyReport,
        contents: impl FnOnce() -> Result<Vec<Content>, DatabaseError>,
        pages: impl FnOnce() -> Result<Vec<String>, DatabaseError>,
    ) -> Result<(), VerifyError> {
        let mut chain = Chain::default();
        let outcome = chain.read(reader, report, &self.kept_sizes());
        report.settle("the ledger", outcome)?;
        self.check_kept(report, &chain);
        let chain_holds = report.holds();
        if chain_holds {
            // A broken chain explains every difference below; naming them all would hide the first.
            for table in TABLES {
                let outcome = chain.rows.check(reader, report, table);
                report.settle(table.name, outcome)?;
            }
        }
        let outcome = self.check_key(reader, report);
        report.settle("the key of the values", outcome)?;
        let outcome = self.check_contents(reader, report, &mut chain, contents, chain_holds);
        report.settle("a stored value", outcome)?;
        let outcome = check_schema(reader, report);
        report.settle("the schema", outcome)?;
        for message in pages()?.into_iter().filter(|message| message != "ok") {
            report.find(None, format!("the file is damaged: {message}"));
        }
        Ok(())
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

    fn check_contents(
        &self,
        reader: &Connection,
        report: &mut VerifyReport,
        chain: &mut Chain,
        contents: impl FnOnce() -> Result<Vec<Content>, DatabaseError>,
        chain_holds: bool,
    ) -> Result<(), VerifyError> {
        let mut problems = contents::problems(contents()?, &mut chain.referred, chain_holds);
        if !problems.is_empty() && self.source.is_some() {
            // They were read a moment after the ledger: what came in between is no difference.
            let again = contents::read(reader, &self.key.prepared())?;
            problems = contents::problems(again, &mut chain.referred, chain_holds);
        }
        for problem in problems {
            report.find(None, problem);
        }
        Ok(())
    }
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    match thread.join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
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
fn pages(reader: &Connection) -> Result<Vec<String>, DatabaseError> {
    if reader.is_shared() {
        return Ok(Vec::new()); // its server checks its own
    }
    query("PRAGMA integrity_check(20)").all(reader)
}
