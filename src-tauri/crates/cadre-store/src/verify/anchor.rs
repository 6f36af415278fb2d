//! The ledger against the heads that were kept outside it.

use super::chain::Chain;
use super::{Against, Anchor, Signature, VerifyReport};
use crate::heads::KeptHead;
use crate::signing::KeptSignature;

impl Against<'_> {
    /// The sizes at which something is known of the tree from outside.
    pub(super) fn kept_sizes(&self) -> Vec<u64> {
        let kept = self.kept.iter();
        kept.flat_map(|kept| {
            [Some(kept.seq), kept.signature.as_ref().map(|signature| signature.signed.head.size)]
        })
        .flatten()
        .collect()
    }

    /// The head that was kept outside is in the chain, or the restore that was noted beside it, and that the chain
    /// tells in the same words, replaced exactly it. And where this device has a key, it signed one.
    pub(super) fn check_kept(&self, report: &mut VerifyReport, chain: &Chain) {
        let must_be_signed = self.own.is_some_and(|own| own.is_known);
        let Some(kept) = &self.kept else {
            if must_be_signed && report.entries > 0 {
                report.find(None, "the head that this device signed and kept outside is gone");
            }
            return;
        };
        let is_explained = self.restore.is_some_and(|note| {
            note.witness == Some(kept.head()) && chain.restores.iter().any(|it| note.is_of(it))
        });
        if is_explained {
            // The next write keeps a head of this chain outside.
            return;
        }
        if kept.seq == 0 || chain.roots.get(&kept.seq).is_some_and(|(leaf, _)| *leaf == kept.leaf) {
            report.anchor = Anchor::UpTo(kept.seq);
        } else if kept.seq > chain.head.seq {
            report.cut_off_after(chain.head.seq, kept.seq);
        } else {
            report.find(Some(kept.seq), "is not the entry whose head was kept outside the file");
        }
        match &kept.signature {
            Some(signature) => self.check_signature(report, chain, kept, signature),
            None if must_be_signed => {
                report.find(None, "the head kept outside is not signed, and this device has signed one");
            }
            None => {}
        }
    }

    fn check_signature(
        &self,
        report: &mut VerifyReport,
        chain: &Chain,
        kept: &KeptHead,
        signature: &KeptSignature,
    ) {
        let head = &signature.signed.head;
        if !signature.is_of(head.key, &kept.workspace) {
            return report.find(None, "the head kept outside has a signature that is not of its key");
        }
        let own = self.own.filter(|own| own.key == head.key);
        if own.is_none() && self.own.is_some_and(|own| own.is_known) {
            return report.find(None, "the head kept outside is signed with another key than this device's");
        }
        if head.size > chain.head.seq {
            if head.size != kept.seq {
                report.cut_off_after(chain.head.seq, head.size);
            }
        } else if chain.roots.get(&head.size) != Some(&(head.leaf, head.root)) && head.size > 0 {
            report.find(Some(head.size), "is not the end of the record that was signed and kept outside");
        } else {
            let (device, to) = (head.device.clone(), head.size);
            report.signature = match own {
                Some(_) => Signature::Own { device, to },
                None => Signature::Unknown { device, key: head.key, to },
            };
        }
    }
}
