//! Signing heads while the ledger grows: what the writer does once a device's key is there.
//!
//! A head is signed at each turning point (a decision, a project's end) and after five minutes of activity, as an entry
//! of the ledger in the same transaction; and with each head that is kept outside. The tree goes on from the frontier
//! that is kept beside the signed head, which is what this device saw, not what the file says now.

use std::sync::Arc;

use cadre_core::signing::DeviceSigner;
use cadre_graph::Hash;
use serde::{Deserialize, Serialize};

use crate::merkle::Frontier;
use crate::signed_head::{LogHead, SignedHead};
use crate::writer::Head;

/// So long a signed head may be behind while something is written: five minutes, in microseconds.
const LONGEST: i64 = 5 * 60 * 1_000_000;

/// A signed head as it is kept outside, with what it takes to go on from it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeptSignature {
    pub(crate) signed: SignedHead,
    pub(crate) peaks: Vec<Hash>,
}

impl KeptSignature {
    /// The tree that was signed, if the peaks beside the signature are its.
    pub(crate) fn frontier(&self) -> Option<Frontier> {
        let head = &self.signed.head;
        Frontier::of(head.size, self.peaks.clone()).filter(|frontier| frontier.root() == head.root)
    }

    pub(crate) fn is_of(&self, key: Hash, workspace: &str) -> bool {
        let head = &self.signed.head;
        head.key == key && head.workspace == workspace && self.signed.is_signed()
    }
}

pub(crate) struct Signing {
    signer: Arc<dyn DeviceSigner>,
    workspace: String,
    /// Over all entries that are committed.
    frontier: Frontier,
    /// When the newest entry with a head of this device was made.
    signed_at: i64,
}

impl Signing {
    pub(crate) fn new(signer: Arc<dyn DeviceSigner>, workspace: &str, frontier: Frontier, now: i64) -> Self {
        Signing { signer, workspace: workspace.to_owned(), frontier, signed_at: now }
    }

    /// Whether five minutes have passed, on a clock that may have been set back.
    pub(crate) fn is_due(&self, now: i64) -> bool {
        now.abs_diff(self.signed_at) >= LONGEST.unsigned_abs()
    }

    /// The head after these leaves, which follow what is committed; `None` if they do not.
    pub(crate) fn head_after(&self, leaves: &[Hash], head: Head, now: i64) -> Option<SignedHead> {
        let mut frontier = self.frontier.clone();
        frontier.extend(leaves.iter().copied());
        self.sign(&frontier, head, now)
    }

    fn sign(&self, frontier: &Frontier, head: Head, now: i64) -> Option<SignedHead> {
        let head = LogHead {
            at: now,
            device: self.signer.device().to_owned(),
            key: Hash::from_bytes(self.signer.public_key()),
            leaf: head.leaf,
            root: frontier.root(),
            size: head.seq,
            v: 1,
            workspace: self.workspace.clone(),
        };
        (frontier.size() == head.size).then(|| SignedHead::new(head, self.signer.as_ref()))
    }

    pub(crate) fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// The tree with what others have added to it.
    pub(crate) fn go_on_from(&mut self, frontier: Frontier) {
        self.frontier = frontier;
    }

    /// These leaves are on the disk.
    pub(crate) fn committed(&mut self, leaves: &[Hash]) {
        self.frontier.extend(leaves.iter().copied());
    }

    pub(crate) fn signed(&mut self, now: i64) {
        self.signed_at = now;
    }

    /// The newest head, to be kept outside; `None` if it is not the one that the tree is of.
    pub(crate) fn keep(&self, head: Head, now: i64) -> Option<KeptSignature> {
        let signed = self.sign(&self.frontier, head, now)?;
        Some(KeptSignature { signed, peaks: self.frontier.peaks().to_vec() })
    }
}
