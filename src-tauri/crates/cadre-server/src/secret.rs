//! Random words that let somebody in.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// A secret in hexadecimal, so that it fits into a URL's fragment, a header and a subprotocol's name as it is.
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn random<const BYTES: usize>() -> Self {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).expect("an operating system without randomness cannot keep anybody out");
        Secret(hex::encode(bytes))
    }

    /// For the one place that hands it over.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn print(&self) -> Fingerprint {
        Fingerprint::of(&self.0)
    }
}

/// What is kept of a secret: enough to know it again, useless to whoever reads our memory's dump.
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(secret: &str) -> Self {
        Fingerprint(Sha256::digest(secret.as_bytes()).into())
    }

    /// In constant time: how long a comparison takes must not tell how much of a guess was right.
    pub(crate) fn is(&self, other: &Fingerprint) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}
