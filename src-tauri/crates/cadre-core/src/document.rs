//! Canonical documents: domain values whose exact bytes a person approves.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// Prefixes that keep the hashes of different kinds of document apart.
pub const PLAN: u8 = 0x20;
pub const ACTION: u8 = 0x21;
pub const AGENT: u8 = 0x22;
/// A limit that is reached, with what it would be raised to.
pub const LIMIT: u8 = 0x23;
pub const ENDPOINT: u8 = 0x24;
/// What going back to a checkpoint would change. 0x25 is the order of a restore.
pub const ROLLBACK: u8 = 0x27;

/// RFC 8785 bytes.
pub fn canonical<T: Serialize>(document: &T) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(document)
        .expect("documents have text keys and no floats that JSON lacks")
}

/// SHA-256(prefix ‖ canonical bytes), in hex.
pub fn hash<T: Serialize>(prefix: u8, document: &T) -> String {
    let mut hasher = Sha256::new();
    hasher.update([prefix]);
    hasher.update(canonical(document));
    hex::encode(hasher.finalize())
}

/// 64-bit integers as text: above 2^53 they do not survive canonical JSON.
pub mod i64_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(value: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&value.to_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_in_which_fields_were_put_in_is_no_part_of_a_hash() {
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("it is JSON");
        let (one, other) = (parse(r#"{"b":{"d":1,"c":2},"a":3}"#), parse(r#"{"a":3,"b":{"c":2,"d":1}}"#));
        assert_eq!(canonical(&one), br#"{"a":3,"b":{"c":2,"d":1}}"#, "keys are sorted at every depth");
        assert_eq!(hash(ACTION, &one), hash(ACTION, &other));
    }
}
