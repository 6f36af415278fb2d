use cadre_vault::{VaultKind, VaultPlace};

use super::{got, keeps_replaces_and_forgets, open, put};

#[tokio::test]
async fn memory_keeps_a_secret_for_this_run() {
    let vault = open("one", VaultPlace::Memory).await.expect("memory is always there");
    assert_eq!(vault.kind(), VaultKind::Memory);
    assert!(!vault.kind().lasts(), "and says that it does not last");
    keeps_replaces_and_forgets(&vault).await;
    put(&vault, "provider", "secret").await;
    let another = open("one", VaultPlace::Memory).await.expect("memory is always there");
    assert_eq!(got(&another, "provider").await, None, "each run has its own");
}
