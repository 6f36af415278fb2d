//! What came of checking a record.

use std::collections::BTreeSet;
use std::fmt;

use cadre_graph::Hash;

use super::VerifyError;
use crate::ledger::GENESIS;
use crate::merkle;

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

/// Who signed the head that is kept outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// Nobody: whoever can write where it is kept can have written it.
    Unsigned,
    /// A device whose key was not at hand: the signature is that key's, and whose key it is nobody said.
    Unknown { device: String, key: Hash, to: u64 },
    /// This device, up to this entry.
    Own { device: String, to: u64 },
}

/// A device that has signed the record, as far as the ledger itself says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Countersigned {
    pub device: String,
    pub key: Hash,
    pub to: u64,
}

#[derive(Debug, Clone)]
pub struct VerifyReport {
    /// Entries that were read.
    pub entries: u64,
    pub head: Hash,
    /// Of the Merkle tree over all entries.
    pub root: Hash,
    /// The first entry that is not what the ledger must have there.
    pub first_broken: Option<u64>,
    pub anchor: Anchor,
    pub signature: Signature,
    pub countersigned: Vec<Countersigned>,
    /// Kinds that this version does not know; they are intact.
    pub unknown_kinds: BTreeSet<String>,
    pub findings: Vec<Finding>,
    /// Findings that were not listed.
    pub more: u64,
    /// What can be done about the findings.
    pub repair: Option<String>,
    /// Entries are missing at the end, by the head that was kept outside.
    cut_off: bool,
}

impl VerifyReport {
    pub(crate) fn empty() -> VerifyReport {
        VerifyReport {
            entries: 0,
            head: GENESIS,
            root: merkle::empty_root(),
            first_broken: None,
            anchor: Anchor::Unanchored,
            signature: Signature::Unsigned,
            countersigned: Vec::new(),
            unknown_kinds: BTreeSet::new(),
            findings: Vec::new(),
            more: 0,
            repair: None,
            cut_off: false,
        }
    }

    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }

    /// The entries from the first on that hold in themselves.
    pub fn valid_to(&self) -> u64 {
        self.first_broken.map_or(self.entries, |first| first.saturating_sub(1))
    }

    pub(super) fn find(&mut self, seq: Option<u64>, message: impl Into<String>) {
        if self.findings.len() < FINDINGS {
            self.findings.push(Finding { seq, message: message.into() });
        } else {
            self.more += 1;
        }
    }

    /// Something in the ledger itself.
    pub(super) fn broken(&mut self, seq: u64, message: impl Into<String>) {
        self.first_broken = Some(self.first_broken.map_or(seq, |first| first.min(seq)));
        self.find(Some(seq), message);
    }

    pub(super) fn cut_off_after(&mut self, last: u64, kept: u64) {
        self.cut_off = true;
        let message =
            format!("is the last one, but a head was kept outside for entry {kept}: the end was cut off");
        self.find(Some(last), message);
    }

    /// A file that cannot be read because it is damaged is a finding like any other.
    pub(super) fn settle(&mut self, what: &str, outcome: Result<(), VerifyError>) -> Result<(), VerifyError> {
        match outcome {
            Err(VerifyError::Database(error)) if error.is_damage() => {
                self.find(None, format!("{what} cannot be read: {error}"));
                Ok(())
            }
            other => other,
        }
    }

    /// Says what can be done, once everything was looked at.
    pub(super) fn conclude(&mut self) {
        if self.holds() {
            return;
        }
        let valid = self.valid_to();
        let restore = "`cadre restore` puts a backup back, and keeps what lies here now beside it";
        self.repair = Some(match (self.first_broken, self.cut_off) {
            (Some(_), _) => format!("Entries 1 to {valid} hold in themselves. {restore}."),
            (None, true) => format!("What is here holds, and its end is missing. {restore}."),
            (None, false) => format!(
                "The ledger holds in itself, entries 1 to {valid}; what does not is beside it. {restore}."
            ),
        });
    }
}
