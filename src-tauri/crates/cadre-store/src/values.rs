//! Content beside the ledger: each distinct value once, referred to by a commitment that survives its redaction.
//!
//! The commitment is SHA-256(salt ‖ bytes) with 32 random bytes of salt, so that nobody can confirm a guess of what
//! was redacted. The address, HMAC-SHA-256 of the bytes under the workspace's key, only finds equal values and goes
//! with the redaction.

use std::cell::RefCell;

use cadre_graph::Hash;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::batch::WriteError;
use crate::database::{Connection, DatabaseError, Row, query};

/// The workspace's key for addresses.
#[derive(Clone)]
pub(crate) struct ValueKey(pub(crate) [u8; 32]);

impl ValueKey {
    pub(crate) fn random() -> Self {
        ValueKey(random())
    }

    pub(crate) fn address(&self, bytes: &[u8]) -> Hash {
        self.prepared().address(bytes)
    }

    pub(crate) fn prepared(&self) -> AddressKey {
        AddressKey(Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length"))
    }

    /// What the ledger says about the key.
    pub(crate) fn hash(&self) -> Hash {
        Hash::from_bytes(Sha256::digest(self.0).into())
    }
}

/// Of the system's randomness so much is asked for at once, for 128 values.
const DRAWN: usize = 4096;

pub(crate) fn random() -> [u8; 32] {
    thread_local! {
        static DRAW: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    DRAW.with_borrow_mut(|left| {
        if left.is_empty() {
            left.resize(DRAWN, 0);
            getrandom::fill(left).expect("an operating system without randomness cannot run anything safely");
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&left[left.len() - 32..]);
        left.truncate(left.len() - 32);
        bytes
    })
}

pub(crate) fn commit(salt: &[u8], bytes: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(bytes);
    Hash::from_bytes(hasher.finalize().into())
}

/// A value to be stored, under a commitment of its own in case that it is new.
pub(crate) struct NewValue {
    pub(crate) commitment: Hash,
    address: Hash,
    salt: [u8; 32],
    bytes: Vec<u8>,
}

impl NewValue {
    pub(crate) fn of(bytes: Vec<u8>, key: &ValueKey) -> Self {
        let salt = random();
        NewValue { commitment: commit(&salt, &bytes), address: key.address(&bytes), salt, bytes }
    }

    /// Stores it unless an equal value is there; gives the commitment that it has.
    pub(crate) fn put(self, connection: &Connection) -> Result<Hash, WriteError> {
        let NewValue { commitment, address, salt, bytes } = self;
        // Most values are new: one statement for them, two for the others.
        let sql = "INSERT INTO stored_values (commitment, address, salt, bytes) VALUES (?, ?, ?, ?)
                   ON CONFLICT (address) DO NOTHING";
        let new = query(sql).bind(commitment).bind(address).bind(salt.to_vec()).bind(bytes);
        if new.execute(connection)? > 0 {
            return Ok(commitment);
        }
        let sql = "SELECT commitment FROM stored_values WHERE address = ?";
        let found: Vec<u8> = query(sql).bind(address).one(connection)?;
        let found = <[u8; 32]>::try_from(found).map_err(|_| DatabaseError::NoRow)?;
        Ok(Hash::from_bytes(found))
    }
}

/// Takes a content away, with its salt and the address by which an equal one would be found. `false` if it is gone.
pub(crate) fn empty(connection: &Connection, commitment: Hash) -> Result<bool, DatabaseError> {
    let sql = "UPDATE stored_values SET address = NULL, salt = NULL, bytes = NULL
               WHERE commitment = ? AND bytes IS NOT NULL";
    Ok(query(sql).bind(commitment).execute(connection)? == 1)
}

/// A commitment and what it stands for, unless that was redacted.
pub(crate) type Content = (Hash, Option<Vec<u8>>);

/// The contents of many; what is not there is left out, and one that was redacted is `None`.
pub(crate) fn contents(connection: &Connection, commitments: &[Hash]) -> Result<Vec<Content>, DatabaseError> {
    if connection.is_shared() {
        let names: Vec<String> = commitments.iter().map(ToString::to_string).collect();
        let sql = "SELECT commitment, bytes FROM stored_values WHERE commitment IN
                   (SELECT decode(value, 'hex') FROM json_array_elements_text(CAST(? AS json)) AS value)";
        let names = serde_json::to_string(&names).unwrap_or_default();
        let found: Vec<(Vec<u8>, Option<Vec<u8>>)> = query(sql).bind(names).all(connection)?;
        let hash =
            |bytes| <[u8; 32]>::try_from(bytes).map(Hash::from_bytes).map_err(|_| DatabaseError::NoRow);
        return found.into_iter().map(|(commitment, bytes)| Ok((hash(commitment)?, bytes))).collect();
    }
    let mut found = Vec::with_capacity(commitments.len());
    for commitment in commitments {
        let sql = "SELECT bytes FROM stored_values WHERE commitment = ?";
        let bytes: Option<Option<Vec<u8>>> = query(sql).bind(*commitment).optional(connection)?;
        found.extend(bytes.map(|bytes| (*commitment, bytes)));
    }
    Ok(found)
}

/// What is stored of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    /// It is what its commitment says.
    Whole,
    /// Address, salt and content are gone.
    Emptied,
    Changed,
    /// Found under another content's address.
    Misplaced,
    Cut,
}

impl Stored {
    /// Looks at a row of commitment, address, salt and bytes.
    pub(crate) fn look(row: &Row<'_>, key: &AddressKey) -> Result<Stored, DatabaseError> {
        Ok(match (row.some_bytes(1)?, row.some_bytes(2)?, row.some_bytes(3)?) {
            (None, None, None) => Stored::Emptied,
            (Some(address), Some(salt), Some(bytes)) => {
                if commit(salt, bytes).as_bytes()[..] != *row.bytes(0)? {
                    Stored::Changed
                } else if key.address(bytes).as_bytes()[..] != *address {
                    Stored::Misplaced
                } else {
                    Stored::Whole
                }
            }
            _ => Stored::Cut,
        })
    }
}

/// A key that computes many addresses.
pub(crate) struct AddressKey(Hmac<Sha256>);

impl AddressKey {
    pub(crate) fn address(&self, bytes: &[u8]) -> Hash {
        let mut mac = self.0.clone();
        mac.update(bytes);
        Hash::from_bytes(mac.finalize().into_bytes().into())
    }
}
