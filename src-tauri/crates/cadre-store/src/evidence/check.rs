//! Checking a bundle: with nothing else at hand, and whoever it comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Read as _};

use cadre_graph::Hash;

use super::{FORMAT, Header, Line, Scope, VERSION};
use crate::batch::commitments;
use crate::ledger::{Entry, GENESIS, leaf};
use crate::merkle::{self, Frontier};
use crate::record::Record as _;
use crate::redaction::ValueRedacted;
use crate::signed_head::SignedHead;
use crate::values;

/// No line that is written here is longer: the largest values lie elsewhere.
const LONGEST_LINE: u64 = 64 << 20;
/// The first line says only what the rest is.
const LONGEST_HEADER: u64 = 64 << 10;
const FINDINGS: usize = 100;

/// It is no bundle, or one that this version does not know: nothing can be said about what is in it.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    #[error("the file could not be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("this is no evidence bundle: {0}")]
    NoBundle(String),
    #[error("the bundle is of version {found}; this program knows {VERSION}")]
    Version { found: u64 },
    #[error("line {line} is longer than any line of a bundle")]
    TooLong { line: u64 },
}

/// A device that has signed the record which the bundle is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleSigner {
    pub device: String,
    /// Its public key. Whose it is, the bundle cannot say: compare it with what the device shows.
    pub key: Hash,
    pub to: u64,
    pub at: i64,
}

#[derive(Debug, Clone)]
pub struct BundleReport {
    pub workspace: String,
    pub scope: Scope,
    pub size: u64,
    pub root: Hash,
    /// Entries in it.
    pub entries: u64,
    pub values: u64,
    pub redacted: u64,
    pub signers: Vec<BundleSigner>,
    pub findings: Vec<String>,
    pub more: u64,
}

impl BundleReport {
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }

    fn find(&mut self, message: impl Into<String>) {
        match self.findings.len() < FINDINGS {
            true => self.findings.push(message.into()),
            false => self.more += 1,
        }
    }
}

/// Checks a bundle; against `known`, a head that somebody has from elsewhere, if there is one.
///
/// # Errors
/// It is no bundle, or one of another version. What is wrong in it is a finding, not an error.
pub fn check_bundle(from: impl BufRead, known: Option<&SignedHead>) -> Result<BundleReport, BundleError> {
    let mut lines = Lines { from, number: 0 };
    let header = header(&mut lines)?;
    let mut check = Check::new(&header);
    while let Some(line) = lines.next(LONGEST_LINE)? {
        let number = lines.number;
        match serde_json::from_slice::<Line>(&line) {
            Ok(line) => check.line(number, line),
            Err(error) => check.report.find(format!("line {number} cannot be read: {error}")),
        }
    }
    Ok(check.conclude(known))
}

fn header(lines: &mut Lines<impl BufRead>) -> Result<Header, BundleError> {
    let no = |why: &str| BundleError::NoBundle(why.to_owned());
    let first = lines.next(LONGEST_HEADER).map_err(|error| match error {
        BundleError::TooLong { .. } => no("its first line has no end"),
        error => error,
    })?;
    let first = first.ok_or_else(|| no("it is empty"))?;
    let value: serde_json::Value =
        serde_json::from_slice(&first).map_err(|_| no("its first line is not JSON"))?;
    if value["format"] != FORMAT {
        return Err(no("its first line does not say that it is one"));
    }
    match value["v"].as_u64() {
        Some(found) if found != u64::from(VERSION) => return Err(BundleError::Version { found }),
        _ => {}
    }
    serde_json::from_value(value).map_err(|error| no(&format!("its first line is odd: {error}")))
}

struct Lines<R> {
    from: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn next(&mut self, longest: u64) -> Result<Option<Vec<u8>>, BundleError> {
        let mut line = Vec::new();
        self.number += 1;
        (&mut self.from).take(longest + 1).read_until(b'\n', &mut line)?;
        if line.len() as u64 > longest {
            return Err(BundleError::TooLong { line: self.number });
        }
        Ok((!line.is_empty()).then_some(line))
    }
}

struct Check {
    report: BundleReport,
    tree: Frontier,
    prev: Hash,
    /// Of the entry before, so that none is there twice.
    last: u64,
    referred: BTreeSet<Hash>,
    redacted: BTreeSet<Hash>,
    there: BTreeSet<Hash>,
    gone: BTreeSet<Hash>,
    heads: Vec<SignedHead>,
    /// Roots of the whole tree at the sizes of heads.
    roots: BTreeMap<u64, Hash>,
    ended: bool,
}

impl Check {
    fn new(header: &Header) -> Check {
        let report = BundleReport {
            workspace: header.workspace.clone(),
            scope: header.scope.clone(),
            size: header.size,
            root: header.root,
            entries: 0,
            values: 0,
            redacted: 0,
            signers: Vec::new(),
            findings: Vec::new(),
            more: 0,
        };
        Check {
            report,
            tree: Frontier::default(),
            prev: GENESIS,
            last: 0,
            referred: BTreeSet::new(),
            redacted: BTreeSet::new(),
            there: BTreeSet::new(),
            gone: BTreeSet::new(),
            heads: Vec::new(),
            roots: BTreeMap::new(),
            ended: false,
        }
    }

    fn is_whole(&self) -> bool {
        self.report.scope == Scope::Workspace
    }

    fn line(&mut self, number: u64, line: Line) {
        if self.ended {
            return self.report.find(format!("line {number} comes after the end"));
        }
        match line {
            Line::Head { signed, consistency } => self.head(signed, &consistency),
            Line::Entry { body, path } => self.entry(number, &body, path.as_deref()),
            Line::Value { commitment, salt, bytes } => self.value(commitment, &salt, &bytes),
            Line::Redacted { commitment } => {
                self.gone.insert(commitment);
            }
            Line::End { heads, entries, values } => {
                self.ended = true;
                let found = (self.heads.len() as u64, self.report.entries, self.report.values);
                if found != (heads, entries, values) {
                    self.report.find("it does not have as many lines as its end says");
                }
            }
        }
    }

    fn head(&mut self, signed: SignedHead, consistency: &[Hash]) {
        let head = &signed.head;
        let whose = format!("the head of {} for {} entries", head.device, head.size);
        if head.workspace != self.report.workspace {
            self.report.find(format!("{whose} is of another workspace"));
        } else if !signed.is_signed() {
            self.report.find(format!("{whose} has a signature that is not of its key"));
        } else if !merkle::is_consistent(
            (head.size, head.root),
            (self.report.size, self.report.root),
            consistency,
        ) {
            self.report.find(format!("{whose} is not of the record that the bundle is of"));
        } else {
            let (device, key, to, at) = (head.device.clone(), head.key, head.size, head.at);
            self.report.signers.push(BundleSigner { device, key, to, at });
        }
        self.heads.push(signed);
    }

    fn entry(&mut self, number: u64, body: &str, path: Option<&[Hash]>) {
        self.report.entries += 1;
        let entry = match Entry::decode(body.as_bytes()) {
            Ok(entry) if entry.body() == body.as_bytes() => entry,
            _ => return self.report.find(format!("line {number} is no entry in its stored form")),
        };
        let (seq, computed) = (entry.seq, leaf(body.as_bytes()));
        if seq <= self.last {
            self.report.find(format!("entry {seq} comes after entry {}", self.last));
        }
        if self.is_whole() || seq == self.last + 1 {
            if seq != self.last + 1 {
                self.report.find(format!("entry {seq} follows entry {}: entries are missing", self.last));
            } else if entry.prev != self.prev {
                self.report.find(format!("entry {seq} does not name the entry before it as its predecessor"));
            }
        }
        let size = self.report.size;
        let root = match (self.is_whole(), path) {
            (true, _) => {
                self.tree.push(computed);
                if self.heads.iter().any(|signed| signed.head.size == self.tree.size()) {
                    self.roots.insert(self.tree.size(), self.tree.root());
                }
                Some(self.report.root) // all of them together, at the end
            }
            (false, Some(path)) => {
                seq.checked_sub(1).and_then(|index| merkle::inclusion_root(computed, index, size, path))
            }
            (false, None) => None,
        };
        if root != Some(self.report.root) {
            self.report.find(format!("entry {seq} is not in the record that the bundle is of"));
        }
        (self.last, self.prev) = (seq, computed);
        self.refers(&entry);
    }

    fn refers(&mut self, entry: &Entry) {
        let mut found = Vec::new();
        commitments(&entry.data, &mut found);
        self.referred.extend(found);
        if entry.kind == ValueRedacted::KIND
            && let Ok(redacted) = serde_json::from_value::<ValueRedacted>(entry.data.clone())
        {
            self.redacted.extend(redacted.values);
        }
    }

    fn value(&mut self, commitment: Hash, salt: &str, bytes: &str) {
        self.report.values += 1;
        let salt = hex::decode(salt).unwrap_or_default();
        if salt.len() != 32 || values::commit(&salt, bytes.as_bytes()) != commitment {
            self.report.find(format!("value {commitment} is not what its commitment says"));
        }
        if !self.there.insert(commitment) {
            self.report.find(format!("value {commitment} is there twice"));
        }
    }

    fn conclude(mut self, known: Option<&SignedHead>) -> BundleReport {
        if !self.ended {
            self.report.find("its end is missing: it was cut off");
        }
        self.conclude_tree();
        self.conclude_values();
        if let Some(known) = known {
            let head = &known.head;
            let is_it = known.is_signed()
                && head.workspace == self.report.workspace
                && (head.size, head.root) == (self.report.size, self.report.root);
            if !is_it {
                self.report.find("it is not of the record whose head was given");
            }
        }
        self.report
    }

    fn conclude_tree(&mut self) {
        let (size, root) = (self.report.size, self.report.root);
        if self.is_whole() && (self.tree.size(), self.tree.root()) != (size, root) {
            self.report.find("its entries are not those of the record that it says to be of");
        }
        if let Scope::Entry(seq) = self.report.scope
            && (self.report.entries, self.last) != (1, seq)
        {
            self.report.find(format!("it is to prove entry {seq}, and has another one"));
        }
        if let (true, heads) = (self.is_whole(), std::mem::take(&mut self.heads)) {
            for SignedHead { head, .. } in heads {
                if head.size > 0 && self.roots.get(&head.size) != Some(&head.root) {
                    self.report
                        .find(format!("the head of {} for {} entries is not theirs", head.device, head.size));
                }
            }
        }
    }

    fn conclude_values(&mut self) {
        if matches!(self.report.scope, Scope::Entry(_)) {
            return; // its values are not for whoever only has to see that it is there
        }
        let there: Vec<Hash> = self.there.union(&self.gone).copied().collect();
        for commitment in there {
            if !self.referred.contains(&commitment) {
                self.report.find(format!("value {commitment} is there and no entry refers to it"));
            }
        }
        for commitment in std::mem::take(&mut self.referred) {
            let said = self.redacted.contains(&commitment);
            // Where only a part of the record is there, who took the content away may be in another.
            let gone = self.gone.contains(&commitment) && (said || !self.is_whole());
            match (self.there.contains(&commitment), gone) {
                (true, _) if said => {
                    self.report.find(format!("value {commitment} was redacted, and its content is there"))
                }
                (true, _) => {}
                (false, true) => self.report.redacted += 1,
                (false, false) => self.report.find(format!("value {commitment} is missing")),
            }
        }
    }
}
