//! The ledger's stored format: final, and the only thing about the workspace that cannot be derived.
//!
//! An entry's body is RFC 8785 JSON with the members `at`, `data`, `kind`, `prev`, `seq` and `v`, stored and
//! hashed as it lies. Its leaf is SHA-256(0x00 ‖ body); `prev` is the leaf of the entry before it, 64 zeros for the
//! first. The prefix 0x00 is that of RFC 6962, so that a Merkle tree can cover the entries without touching one.

mod strict;

use cadre_graph::{Hash, canonical, digest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `prev` of the first entry.
pub const GENESIS: Hash = Hash::from_bytes([0; 32]);

/// One entry, decoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Unix time in microseconds, as text: integers above 2^53 do not survive canonical JSON.
    #[serde(with = "micros")]
    pub at: i64,
    pub data: Value,
    pub kind: String,
    pub prev: Hash,
    pub seq: u64,
    pub v: u32,
}

/// What a caller wants appended; the writer adds sequence, predecessor and time.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntry {
    pub kind: &'static str,
    pub v: u32,
    pub data: Value,
}

impl Entry {
    /// The bytes that are stored and hashed.
    pub fn body(&self) -> Vec<u8> {
        canonical(self).expect("an entry holds only JSON values, and those always have canonical bytes")
    }

    /// The same, where the canonical bytes of the data are known already.
    pub(crate) fn body_with(&self, data: &[u8]) -> Vec<u8> {
        let Entry { at, kind, prev, seq, v, .. } = self;
        // Names of kinds are of letters and dots: nothing in them has another form in JSON.
        let mut body = Vec::with_capacity(data.len() + kind.len() + 160);
        body.extend_from_slice(format!("{{\"at\":\"{at}\",\"data\":").as_bytes());
        body.extend_from_slice(data);
        body.extend_from_slice(
            format!(",\"kind\":\"{kind}\",\"prev\":\"{prev}\",\"seq\":{seq},\"v\":{v}}}").as_bytes(),
        );
        body
    }

    /// # Errors
    /// The bytes are not an entry in the stored format.
    pub fn decode(body: &[u8]) -> Result<Entry, serde_json::Error> {
        serde_json::from_slice(body)
    }
}

pub(crate) use strict::StrictEntry;

pub fn leaf(body: &[u8]) -> Hash {
    digest(0x00, body)
}

pub(crate) mod micros {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(at: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&at.to_string())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_stored_format_is_what_every_released_version_reads() {
        let entry = Entry {
            at: 1_763_705_000_000_000,
            data: json!({"b": 1, "a": "é"}),
            kind: "workspace.created".into(),
            prev: GENESIS,
            seq: 1,
            v: 1,
        };
        let body = entry.body();
        insta::assert_snapshot!(String::from_utf8_lossy(&body), @r#"{"at":"1763705000000000","data":{"a":"é","b":1},"kind":"workspace.created","prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"v":1}"#);
        insta::assert_snapshot!(leaf(&body), @"afe36604eea988e4ffadd79876a21a1946b8eca176d75711e273d5b4fce8e778");
        assert_eq!(Entry::decode(&body).unwrap(), entry, "a body reads back as what was written");
        let data = canonical(&entry.data).unwrap();
        assert_eq!(entry.body_with(&data), body, "put together of its parts it is the same");
    }
}
