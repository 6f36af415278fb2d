//! Heads of the ledger, signed by a device.
//!
//! Pure: a head is checked with nothing but itself. Whose key it is, and whether the ledger is the one that was signed,
//! is for whoever asks: see [`verify`](crate::verify) and [`evidence`](crate::evidence).

use cadre_core::signing::DeviceSigner;
use cadre_graph::{Hash, canonical};
use ed25519_dalek::{Signature, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::ledger::Entry;
use crate::record::{Record, RowChange};

/// Of what is signed: no other statement of a device begins with it.
const HEAD: u8 = 0x26;

/// The ledger at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogHead {
    /// Unix time in microseconds, as text.
    #[serde(with = "crate::ledger::micros")]
    pub at: i64,
    /// The device's name; its key is what it is known by.
    pub device: String,
    /// The device's public key.
    pub key: Hash,
    /// The last entry's.
    pub leaf: Hash,
    /// Of the Merkle tree over all entries.
    pub root: Hash,
    /// How many entries there are.
    pub size: u64,
    pub v: u32,
    pub workspace: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedHead {
    pub head: LogHead,
    /// Ed25519, 128 hex digits, over 0x26 and the canonical bytes of `head`.
    pub signature: String,
}

impl LogHead {
    fn statement(&self) -> Vec<u8> {
        let mut statement = vec![HEAD];
        let bytes = canonical(self).expect("a head is plain data, and that always has canonical bytes");
        statement.extend_from_slice(&bytes);
        statement
    }
}

impl SignedHead {
    pub(crate) fn new(head: LogHead, signer: &dyn DeviceSigner) -> SignedHead {
        let signature = hex::encode(signer.sign(&head.statement()));
        SignedHead { head, signature }
    }

    /// Whether the holder of the key that the head names has signed exactly this.
    pub fn is_signed(&self) -> bool {
        let mut signature = [0; 64];
        if self.head.v != 1 || hex::decode_to_slice(&self.signature, &mut signature).is_err() {
            return false;
        }
        let key = VerifyingKey::from_bytes(self.head.key.as_bytes());
        key.is_ok_and(|key| {
            key.verify_strict(&self.head.statement(), &Signature::from_bytes(&signature)).is_ok()
        })
    }
}

/// A device has signed all entries before this one. Where the one before was signed by another device, that is
/// countersigned: this device had the same record before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HeadSigned(pub SignedHead);

impl Record for HeadSigned {
    const KIND: &'static str = "head.signed";

    fn changes(self, _entry: &Entry) -> Vec<RowChange> {
        Vec::new()
    }
}

/// What is wrong with a head that an entry of the ledger holds, whose predecessors have this root, if anything.
pub(crate) fn problem(
    signed: &SignedHead,
    workspace: Option<&str>,
    before: (u64, Hash),
    root: Hash,
) -> Option<&'static str> {
    let head = &signed.head;
    if workspace.is_some_and(|workspace| workspace != head.workspace) {
        Some("has the head of another workspace")
    } else if (head.size, head.leaf) != before || head.root != root {
        Some("has a signed head, and the entries before it are not those that were signed")
    } else if !signed.is_signed() {
        Some("has a head with a signature that is not of its key")
    } else {
        None
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use ed25519_dalek::{Signer as _, SigningKey};

    use super::*;
    use crate::ledger::leaf;

    pub(crate) struct TestKey(pub(crate) &'static str, SigningKey);

    impl TestKey {
        pub(crate) fn new(device: &'static str, seed: u8) -> TestKey {
            TestKey(device, SigningKey::from_bytes(&[seed; 32]))
        }
    }

    impl DeviceSigner for TestKey {
        fn device(&self) -> &str {
            self.0
        }
        fn public_key(&self) -> [u8; 32] {
            self.1.verifying_key().to_bytes()
        }
        fn sign(&self, statement: &[u8]) -> [u8; 64] {
            self.1.sign(statement).to_bytes()
        }
    }

    pub(crate) fn head(key: &TestKey) -> LogHead {
        LogHead {
            at: 1_763_705_000_000_000,
            device: "laptop".into(),
            key: Hash::from_bytes(key.public_key()),
            leaf: leaf(b"last"),
            root: leaf(b"root"),
            size: 7,
            v: 1,
            workspace: "w1".into(),
        }
    }

    #[test]
    fn the_stored_format_is_what_every_released_version_checks() {
        let key = TestKey::new("laptop", 7);
        let signed = SignedHead::new(head(&key), &key);
        let text = String::from_utf8(canonical(&signed).expect("plain data")).expect("UTF-8");
        insta::assert_snapshot!(text, @r#"{"head":{"at":"1763705000000000","device":"laptop","key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c","leaf":"7754aca9aa1cccd4461fb2477e8e7cb82558d34115a7e22b70b79dcca1395a13","root":"3c06f9a65725af605261f636672c9620d409731d89a451d7455fe9c4ae167829","size":7,"v":1,"workspace":"w1"},"signature":"9ec6d021360e0723dc9aff59deece2fc32b6431738f62a34debc1e460396d7b32a27007b61a88e2455802e1917104983b574b707fc680c95b7f2e48e1ff1bb0a"}"#);
        assert!(serde_json::from_str::<SignedHead>(&text).expect("it reads back").is_signed());
    }

    #[test]
    fn a_head_of_which_anything_was_changed_is_not_signed() {
        let key = TestKey::new("laptop", 7);
        let signed = SignedHead::new(head(&key), &key);
        assert!(signed.is_signed());
        let other = TestKey::new("laptop", 8);
        let changes: [fn(&mut SignedHead, &TestKey); 9] = [
            |it, _| it.head.at += 1,
            |it, _| it.head.device.push('x'),
            |it, other| it.head.key = Hash::from_bytes(other.public_key()),
            |it, _| it.head.leaf = it.head.root,
            |it, _| it.head.root = it.head.leaf,
            |it, _| it.head.size -= 1,
            |it, _| it.head.v = 2,
            |it, _| it.head.workspace.clear(),
            |it, _| it.signature.replace_range(0..2, "zz"),
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut changed = signed.clone();
            change(&mut changed, &other);
            assert!(!changed.is_signed(), "change {number}");
        }
        for bit in 0..512 {
            let mut bytes = hex::decode(&signed.signature).expect("hex");
            bytes[bit / 8] ^= 1 << (bit % 8);
            let changed = SignedHead { signature: hex::encode(bytes), ..signed.clone() };
            assert!(!changed.is_signed(), "bit {bit} of the signature");
        }
    }

    /// A key of small order verifies what nobody signed, unless it is looked at strictly.
    #[test]
    fn a_key_that_signs_everything_signs_nothing() {
        let mut weak = head(&TestKey::new("laptop", 7));
        let mut point = [0; 32];
        point[0] = 1; // the neutral element
        weak.key = Hash::from_bytes(point);
        let mut signature = [0; 64];
        signature[0] = 1;
        assert!(!SignedHead { head: weak, signature: hex::encode(signature) }.is_signed());
    }
}
