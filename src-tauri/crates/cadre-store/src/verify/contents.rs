//! The values against their commitments, and against what the ledger says of them.

use std::collections::HashMap;

use cadre_graph::Hash;

use super::chain::Referred;
use crate::database::{Connection, DatabaseError, query};
use crate::values::{AddressKey, Stored};

pub(super) struct Content {
    /// What stands there, where it is no commitment.
    commitment: Result<Hash, String>,
    stored: Stored,
}

pub(super) fn read(reader: &Connection, key: &AddressKey) -> Result<Vec<Content>, DatabaseError> {
    let mut contents = Vec::new();
    query("SELECT commitment, address, salt, bytes FROM stored_values").each(reader, |row| {
        let commitment = row.bytes(0)?;
        let commitment = <[u8; 32]>::try_from(commitment).map_err(|_| hex::encode(commitment));
        contents
            .push(Content { commitment: commitment.map(Hash::from_bytes), stored: Stored::look(row, key)? });
        Ok::<_, DatabaseError>(())
    })?;
    Ok(contents)
}

pub(super) fn problems(
    contents: Vec<Content>,
    referred: &mut HashMap<Hash, Referred>,
    chain_holds: bool,
) -> Vec<String> {
    let mut problems = Vec::new();
    referred.values_mut().for_each(|referred| referred.met = false);
    for Content { commitment, stored } in contents {
        let found = commitment.as_ref().ok().and_then(|commitment| referred.get_mut(commitment));
        let redacted = found.as_ref().is_some_and(|found| found.redacted);
        let is_referred = found.map(|found| found.met = true).is_some();
        let message = match stored {
            Stored::Whole if redacted => Some("was redacted, and its content is there"),
            Stored::Emptied if !redacted => Some("was emptied and no entry says so"),
            Stored::Whole | Stored::Emptied => None,
            Stored::Changed => Some("is not what its commitment says"),
            Stored::Misplaced => Some("stands under a wrong address"),
            Stored::Cut => Some("has lost a part of itself"),
        };
        let unknown = (chain_holds && !is_referred).then_some("is there and no entry refers to it");
        if message.is_none() && unknown.is_none() {
            continue;
        }
        let name = commitment.map_or_else(|name| name, |commitment| commitment.to_string());
        problems.extend([message, unknown].into_iter().flatten().map(|it| format!("value {name} {it}")));
    }
    let mut missing: Vec<&Hash> =
        referred.iter().filter(|(_, referred)| !referred.met).map(|(commitment, _)| commitment).collect();
    missing.sort_unstable();
    problems.extend(missing.into_iter().map(|commitment| format!("value {commitment} is missing")));
    problems
}
