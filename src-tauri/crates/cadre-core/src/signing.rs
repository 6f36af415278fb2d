//! Signing with a device's key, as a port: whoever writes the record signs its heads, and whoever keeps secrets has
//! the key. Neither knows the other.

/// A device's Ed25519 key. What it signs says which kind of statement it is, so that no signature passes for another.
pub trait DeviceSigner: Send + Sync {
    /// The device's name, as people know it.
    fn device(&self) -> &str;

    fn public_key(&self) -> [u8; 32];

    fn sign(&self, statement: &[u8]) -> [u8; 64];
}
