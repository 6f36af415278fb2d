//! The ledger against itself: each entry, its place in the chain, the heads that are signed in it, and what it does to
//! the tables.

use std::collections::{BTreeMap, HashMap};

use cadre_graph::Hash;
use serde_json::Value;

use super::rows::Rows;
use super::{Countersigned, VerifyError, VerifyReport};
use crate::aggregates;
use crate::aggregates::workspace::WorkspaceRestored;
use crate::batch::commitments;
use crate::database::{Connection, query};
use crate::ledger::{Entry, StrictEntry, leaf};
use crate::merkle::Frontier;
use crate::projection::ProjectionError;
use crate::record::{Data, Record as _};
use crate::redaction::ValueRedacted;
use crate::signed_head::{self, HeadSigned};
use crate::writer::Head;

/// What the ledger says about a value that it refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Referred {
    pub(super) redacted: bool,
    /// Whether it was met among the values.
    pub(super) met: bool,
}

/// What folding the ledger leaves.
#[derive(Default)]
pub(super) struct Chain {
    pub(super) rows: Rows,
    pub(super) referred: HashMap<Hash, Referred>,
    pub(super) restores: Vec<WorkspaceRestored>,
    pub(super) tree: Frontier,
    pub(super) head: Head,
    /// Roots after the entries that were asked for.
    pub(super) roots: BTreeMap<u64, (Hash, Hash)>,
    workspace: Option<String>,
    countersigned: BTreeMap<Hash, Countersigned>,
    marks: Vec<Hash>,
}

impl Chain {
    /// Reads the whole ledger. `sizes` are those after which leaf and root are kept.
    pub(super) fn read(
        &mut self,
        reader: &Connection,
        report: &mut VerifyReport,
        sizes: &[u64],
    ) -> Result<(), VerifyError> {
        let outcome = query("SELECT seq, body, leaf FROM ledger ORDER BY seq").each(reader, |row| {
            let number: i64 = row.get(0)?;
            let Some(seq) = u64::try_from(number).ok().filter(|seq| *seq > 0) else {
                report.find(None, format!("the ledger has an entry numbered {number}; the first is 1"));
                return Ok(());
            };
            let body = row.bytes(1)?;
            let computed = leaf(body);
            if computed.as_bytes()[..] != *row.bytes(2)? {
                report.broken(seq, "has a leaf that is not the hash of its body");
            }
            self.entry(report, seq, body);
            report.entries += 1;
            self.head = Head { seq, leaf: computed };
            self.tree.push(computed);
            if sizes.contains(&seq) {
                self.roots.insert(seq, (computed, self.tree.root()));
            }
            Ok::<_, VerifyError>(())
        });
        report.head = self.head.leaf;
        report.root = self.tree.root();
        report.countersigned = std::mem::take(&mut self.countersigned).into_values().collect();
        outcome
    }

    fn entry(&mut self, report: &mut VerifyReport, seq: u64, body: &[u8]) {
        let mut marks = std::mem::take(&mut self.marks);
        marks.clear();
        if let Some(strict) = StrictEntry::read(body, &mut marks) {
            let StrictEntry { at, data, kind, prev, v, .. } = strict;
            self.place(report, seq, strict.seq, prev);
            let entry = Entry { at, data: Value::Null, kind: String::new(), prev, seq, v };
            self.fold(report, kind, &entry, Data::Text(data));
        } else {
            marks.clear();
            match Entry::decode(body) {
                Ok(entry) => {
                    if entry.body() != body {
                        report.broken(seq, "is not in canonical form");
                    }
                    self.place(report, seq, entry.seq, entry.prev);
                    commitments(&entry.data, &mut marks);
                    let entry = Entry { seq, ..entry };
                    self.fold(report, &entry.kind, &entry, Data::Value(&entry.data));
                }
                Err(error) => report.broken(seq, format!("cannot be read: {error}")),
            }
        }
        for mark in &marks {
            self.referred.entry(*mark).or_default();
        }
        self.marks = marks;
    }

    /// Whether it is the one that must be there.
    fn place(&self, report: &mut VerifyReport, seq: u64, stated: u64, prev: Hash) {
        if stated != seq {
            report.broken(seq, format!("says that it is entry {stated}"));
        } else if seq != self.head.seq + 1 {
            report.broken(seq, format!("follows entry {}: entries are missing", self.head.seq));
        } else if prev != self.head.leaf {
            report.broken(seq, "does not name the entry before it as its predecessor");
        }
    }

    fn fold(&mut self, report: &mut VerifyReport, kind: &str, entry: &Entry, data: Data<'_>) {
        let seq = entry.seq;
        let malformed =
            |source| ProjectionError::Malformed { seq, kind: kind.to_owned(), source }.to_string();
        match aggregates::project_entry(kind, entry, data) {
            Ok(Some(changes)) => {
                for change in changes {
                    if let Err(error) = self.rows.apply(seq, change) {
                        report.broken(seq, error.to_string());
                    }
                }
            }
            Ok(None) => {
                if !report.unknown_kinds.contains(kind) {
                    report.unknown_kinds.insert(kind.to_owned());
                }
            }
            Err(error) => return report.broken(seq, malformed(error)),
        }
        let outcome = match kind {
            "workspace.created" => data.read().map(|value: Value| {
                self.workspace = value.get("id").and_then(Value::as_str).map(str::to_owned);
            }),
            WorkspaceRestored::KIND => data.read().map(|restored| self.restores.push(restored)),
            HeadSigned::KIND => data.read().map(|signed| self.signed(report, seq, signed)),
            ValueRedacted::KIND => data.read().map(|redacted: ValueRedacted| {
                for value in redacted.values {
                    self.referred.entry(value).or_default().redacted = true;
                }
            }),
            _ => Ok(()),
        };
        if let Err(error) = outcome {
            report.broken(seq, malformed(error));
        }
    }

    fn signed(&mut self, report: &mut VerifyReport, seq: u64, HeadSigned(signed): HeadSigned) {
        let before = (self.head.seq, self.head.leaf);
        let problem = signed_head::problem(&signed, self.workspace.as_deref(), before, self.tree.root());
        if let Some(problem) = problem {
            return report.broken(seq, problem);
        }
        let device = Countersigned { device: signed.head.device, key: signed.head.key, to: signed.head.size };
        self.countersigned.insert(device.key, device);
    }
}
