//! The writer's part in signing heads: taking the key up, and the entry that has a head.

use std::sync::Arc;

use cadre_core::signing::DeviceSigner;
use cadre_graph::Hash;

use crate::batch::{PreparedEntry, WriteError, canonical_data};
use crate::database::query;
use crate::heads::Heads;
use crate::ledger::{Entry, leaf};
use crate::merkle::Frontier;
use crate::open::Store;
use crate::read::body;
use crate::record::Record as _;
use crate::signed_head::{HeadSigned, LogHead, SignedHead};
use crate::signing::{KeptSignature, Signing};
use crate::writer::{Head, WriterLoop, announce, publish};

/// The key of this device, for one workspace.
#[derive(Clone)]
pub struct DeviceKey {
    pub signer: Arc<dyn DeviceSigner>,
    /// Whether it was there before this run. A device that had a key has kept a signed head, and one that is not there,
    /// or not signed, was taken away.
    pub is_known: bool,
}

impl DeviceKey {
    pub(crate) fn public(&self) -> Hash {
        Hash::from_bytes(self.signer.public_key())
    }
}

impl Store {
    /// The newest head that was signed and kept outside.
    pub fn signed_head(&self) -> Option<SignedHead> {
        let heads = Heads::new(self.shared.heads.clone(), &self.shared.workspace);
        heads.kept()?.signature.map(|signature| signature.signed)
    }

    /// Whether this run has a device's key.
    pub fn signs_heads(&self) -> bool {
        self.shared.device.get().is_some()
    }

    /// Signs heads with this key from here on, in the ledger and outside. If the newest head in the ledger is another
    /// device's, it is countersigned.
    ///
    /// A record that contradicts what is kept outside is not signed; `verify` says why.
    ///
    /// # Errors
    /// The database failed. Then heads are not signed.
    pub async fn sign_heads(&self, key: DeviceKey) -> Result<(), WriteError> {
        self.shared.writer.sign(key.clone()).await?;
        // A second key of one run is the same one.
        let _ = self.shared.device.set(key);
        Ok(())
    }
}

impl WriterLoop {
    pub(crate) fn begin_signing(&mut self, key: DeviceKey) -> Result<(), WriteError> {
        let kept = self.heads.kept();
        let signature = kept.as_ref().and_then(|kept| kept.signature.as_ref());
        let ours = signature.filter(|it| it.is_of(key.public(), self.heads.workspace()));
        if key.is_known && ours.is_none() && self.heads.is_kept_outside() {
            tracing::error!("the head kept outside is not one that this device signed");
            self.heads.leave_alone();
        }
        if self.heads.is_contradicted() || self.heads.signing.is_some() {
            return Ok(());
        }
        // After a restore the tree is another one.
        let ours = ours.filter(|_| self.heads.note().is_none());
        let before = self.head;
        self.open_transaction(true)?;
        let mut outcome = self.take_up(key, ours);
        if outcome.is_ok() && self.head != before && self.connection.is_shared() {
            outcome = outcome.and_then(|leaves| Ok(announce(&self.connection).map(|()| leaves)?));
        }
        if outcome.is_ok() {
            outcome =
                outcome.and_then(|leaves| Ok(query("COMMIT").execute(&self.connection).map(|_| leaves)?));
        }
        match outcome {
            Ok(leaves) => {
                if let Some(signing) = &mut self.heads.signing {
                    signing.committed(&leaves);
                }
                publish(&self.published, self.head);
                self.heads.keep_now(self.head, self.clock.now());
                Ok(())
            }
            Err(error) => {
                (self.head, self.heads.signing) = (before, None);
                let _ = query("ROLLBACK").execute(&self.connection); // SQLite may have done so by itself
                Err(error)
            }
        }
    }

    /// Goes on from the tree that was kept, and signs what is there if the newest head is not this device's. Gives the
    /// leaves that it added.
    fn take_up(&mut self, key: DeviceKey, ours: Option<&KeptSignature>) -> Result<Vec<Hash>, WriteError> {
        let mut frontier = ours.and_then(KeptSignature::frontier).unwrap_or_default();
        let mut newest = None;
        let signed = ours.map(|ours| &ours.signed.head);
        if !self.catch_up(&mut frontier, &mut newest, signed)? {
            tracing::error!("the workspace file is not the record that this device signed");
            self.heads.leave_alone();
            return Ok(Vec::new());
        }
        let public = key.public();
        let is_ours = newest.map_or(ours.is_some(), |it| it.0.head.key == public);
        let signing = Signing::new(key.signer, self.heads.workspace(), frontier, self.clock.now());
        self.heads.signing = Some(signing);
        let mut leaves = Vec::new();
        if !is_ours && self.head != Head::EMPTY {
            self.sign_if_due(true, &mut leaves)?;
        }
        Ok(leaves)
    }

    /// What other programs have written since belongs to the tree, too.
    pub(crate) fn follow_others(&mut self) -> Result<(), WriteError> {
        let Some(signing) = &self.heads.signing else { return Ok(()) };
        let mut frontier = signing.frontier().clone();
        if frontier.size() < self.head.seq {
            self.catch_up(&mut frontier, &mut None, None)?;
            if let Some(signing) = &mut self.heads.signing {
                signing.go_on_from(frontier);
            }
        }
        Ok(())
    }

    /// Reads what the tree does not have yet, and the newest head that is signed in it. `false` if the file does not
    /// have what was signed.
    fn catch_up(
        &mut self,
        frontier: &mut Frontier,
        newest: &mut Option<HeadSigned>,
        signed: Option<&LogHead>,
    ) -> Result<bool, WriteError> {
        let mark = format!("\"kind\":\"{}\"", HeadSigned::KIND);
        let mut is_there = match signed {
            Some(signed) if frontier.size() > 0 => self.leaf_at(signed.size)? == Some(signed.leaf),
            Some(signed) => signed.size == 0,
            None => true,
        };
        loop {
            let page: Vec<Vec<u8>> = query("SELECT body FROM ledger WHERE seq > ? ORDER BY seq LIMIT 1024")
                .bind(frontier.size())
                .all(&self.connection)?;
            if page.is_empty() {
                return Ok(is_there);
            }
            for body in page {
                frontier.push(leaf(&body));
                is_there |= signed.is_some_and(|it| it.size == frontier.size() && it.root == frontier.root());
                if body.windows(mark.len()).any(|window| window == mark.as_bytes()) {
                    let entry = Entry::decode(&body).ok().filter(|entry| entry.kind == HeadSigned::KIND);
                    let signed = entry.and_then(|entry| serde_json::from_value(entry.data).ok());
                    *newest = signed.or(newest.take());
                }
            }
        }
    }

    fn leaf_at(&self, seq: u64) -> Result<Option<Hash>, WriteError> {
        Ok(body(&self.connection, seq)?.map(|body| leaf(&body)))
    }

    /// The head after these leaves, as an entry of the same transaction, whose leaf joins them.
    pub(crate) fn sign_if_due(&mut self, turns: bool, leaves: &mut Vec<Hash>) -> Result<(), WriteError> {
        let now = self.clock.now();
        let Some(signing) = &self.heads.signing else { return Ok(()) };
        if self.heads.is_contradicted() || !(turns || (signing.is_due(now) && !leaves.is_empty())) {
            return Ok(());
        }
        let Some(signed) = signing.head_after(leaves, self.head, now) else { return Ok(()) };
        let data = serde_json::to_value(HeadSigned(signed)).expect("stored records are plain JSON data");
        let canonical = canonical_data(&data);
        self.append(PreparedEntry { kind: HeadSigned::KIND, v: HeadSigned::VERSION, data, canonical })?;
        leaves.push(self.head.leaf);
        if let Some(signing) = &mut self.heads.signing {
            signing.signed(now);
        }
        Ok(())
    }
}
