//! The providers against servers: our own, which misbehaves on command, and aimock, which others wrote.

mod aimock;
mod faults;
mod found;
mod golden;
mod requests;
mod scripted;
mod server;

use cadre_core::secret::Secret;
use cadre_models::{Endpoint, ModelError, ProviderKind};
use std::sync::Arc;

/// A key that no text may contain. It looks like nobody's key, so that only knowing it removes it.
pub(crate) const KEY: &str = "Zq7TheTestKeyNobodyMaySee9x";

/// A provider of the kind at an address, with [`KEY`].
pub(crate) fn provider(kind: ProviderKind, base_url: &str) -> Arc<dyn cadre_models::Provider> {
    let key = Some(Secret::new(KEY.to_owned()));
    let endpoint = Endpoint::new(kind, Some(base_url), key).expect("a loopback address is allowed");
    cadre_models::connect(endpoint).expect("a client can be made")
}

/// Whatever a provider sends, an error does not show the key.
pub(crate) fn assert_silent(error: &ModelError) {
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("TheTestKey"), "an error goes into the ledger and the log: {shown}");
    assert!(error.message.len() < 2100, "a message is at most 2 KiB, whatever was sent");
}
