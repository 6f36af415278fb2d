//! The ledger.

use cadre_engine::{Anchor, Signature};

use crate::dto::{CountersignedDto, FindingDto, VerificationDto};
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;

/// Checks every byte of the record.
pub struct Verify;

impl Operation for Verify {
    const NAME: &'static str = "ledger.verify";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Ledger];
    type Input = Nothing;
    type Output = VerificationDto;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<VerificationDto, ApiError> {
        let report = api.engine.verify().await?;
        let (signature, signed_to, signed_by) = match &report.signature {
            Signature::Unsigned => ("unsigned", None, None),
            Signature::Unknown { device, to, .. } => ("unknown", Some(*to), Some(device.clone())),
            Signature::Own { device, to } => ("own", Some(*to), Some(device.clone())),
        };
        let countersigned = report.countersigned.iter().map(|it| CountersignedDto {
            device: it.device.clone(),
            key: it.key.to_string(),
            to: it.to,
        });
        Ok(VerificationDto {
            signature: signature.to_owned(),
            signed_to,
            signed_by,
            countersigned: countersigned.collect(),
            valid_to: report.valid_to(),
            first_broken: report.first_broken,
            root: report.root.to_string(),
            repair: report.repair.clone(),
            entries: report.entries,
            head: report.head.to_string(),
            verified: report.holds(),
            anchored_to: match report.anchor {
                Anchor::UpTo(entry) => Some(entry),
                Anchor::Unanchored => None,
            },
            unknown_kinds: report.unknown_kinds.into_iter().collect(),
            findings: report
                .findings
                .into_iter()
                .map(|it| FindingDto { entry: it.seq, message: it.message })
                .collect(),
            more_findings: report.more,
        })
    }
}
