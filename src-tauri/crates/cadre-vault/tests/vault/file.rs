use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use cadre_core::secret::Secret;
use cadre_vault::{Vault, VaultError, VaultKind, VaultPlace, Work};

use super::{got, keeps_replaces_and_forgets, open, put, refusal};

fn place(path: &Path, passphrase: &str) -> VaultPlace {
    let passphrase = Secret::new(passphrase.into());
    VaultPlace::File { path: path.to_owned(), passphrase, work: Work::Little }
}

async fn opened(workspace: &str, path: &Path) -> Vault {
    open(workspace, place(path, "open sesame")).await.expect("the passphrase is right")
}

#[tokio::test]
async fn a_file_keeps_secrets_for_each_workspace_beyond_this_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("vault.age");
    let vault = opened("one", &path).await;
    assert_eq!(vault.kind(), VaultKind::File);
    keeps_replaces_and_forgets(&vault).await;
    // Another workspace in the same file, opened before and writing after.
    let other = opened("two", &path).await;
    put(&vault, "provider", "marked-secret-1").await;
    put(&other, "provider", "marked-secret-2").await;
    let (again, other) = (opened("one", &path).await, opened("two", &path).await);
    assert_eq!(
        got(&again, "provider").await.as_deref(),
        Some("marked-secret-1"),
        "neither overwrote the other"
    );
    assert_eq!(got(&other, "provider").await.as_deref(), Some("marked-secret-2"), "nor sees it");
    let bytes = fs::read(&path).expect("is there");
    drop((again, other));
    let work = Work::default();
    let passphrase = Secret::new("open sesame".into());
    let usual = open("one", VaultPlace::File { path: path.clone(), passphrase, work }).await;
    assert!(usual.is_ok(), "what was written with one amount of work is read with another");
    let sealed = fs::read(&path).expect("is there");
    let line = String::from_utf8_lossy(&sealed).lines().nth(1).unwrap_or_default().to_owned();
    let factor =
        line.rsplit(' ').next().and_then(|word| word.parse::<u8>().ok()).expect("age's header ends so");
    assert!(factor > 5, "and a person's file costs work to guess at: {line}");
    assert!(bytes.starts_with(b"age-encryption.org/v1"), "any age program opens it");
    assert!(!contains(&bytes, b"marked-secret"), "nothing of it lies open");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_file_and_a_link_to_it_stays_one() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (path, link) = (folder.path().join("real.age"), folder.path().join("link.age"));
    drop(opened("one", &path).await);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("is mine");
    std::os::unix::fs::symlink(&path, &link).expect("a link");
    put(&opened("one", &link).await, "provider", "secret").await;
    assert!(fs::symlink_metadata(&link).expect("is there").is_symlink(), "the link is the user's");
    for entry in fs::read_dir(folder.path()).expect("is there") {
        let path = entry.expect("reads").path();
        let mode = fs::metadata(&path).expect("is there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{} is for this user alone", path.display());
    }
    assert_eq!(got(&opened("one", &path).await, "provider").await.as_deref(), Some("secret"));
}

#[tokio::test]
async fn a_wrong_passphrase_opens_nothing_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("vault.age");
    put(&opened("one", &path).await, "provider", "secret").await;
    let before = fs::read(&path).expect("is there");
    let wrong = refusal(open("one", place(&path, "open barley")).await);
    assert!(matches!(wrong, VaultError::WrongPassphrase { .. }), "{wrong}");
    assert!(!wrong.to_string().contains("barley"), "a passphrase that was mistyped is nearly the right one");
    let empty = refusal(open("one", place(&path, "  ")).await);
    assert!(matches!(empty, VaultError::EmptyPassphrase), "{empty}");
    assert_eq!(fs::read(&path).expect("is there"), before, "the file is as it was");
}

#[tokio::test]
async fn what_is_no_vault_is_said_to_be_none_and_left_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("vault.age");
    put(&opened("one", &path).await, "provider", "secret").await;
    let whole = fs::read(&path).expect("is there");
    let mut flipped = whole.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    for (bytes, what) in [
        (&b""[..], "an empty file"),
        (b"my shopping list", "somebody's own file"),
        (&whole[..whole.len() / 2], "half of it"),
        (&flipped, "one bit of it changed"),
    ] {
        fs::write(&path, bytes).expect("is mine");
        let error = refusal(open("one", place(&path, "open sesame")).await);
        assert!(matches!(error, VaultError::NotAVault { .. }), "{what}: {error}");
        assert_eq!(fs::read(&path).expect("is there"), bytes, "{what} is left as it is");
    }
    let elsewhere = folder.path().join("nowhere/vault.age");
    let error = refusal(open("one", place(&elsewhere, "open sesame")).await);
    assert!(matches!(error, VaultError::File { .. }), "{error}");
}

/// Not a test by itself: the child of the next one, which writes until it is killed.
#[tokio::test]
async fn child_writes_for_ever() {
    let Some(path) = std::env::var_os("CADRE_TEST_VAULT").map(PathBuf::from) else { return };
    let vault = opened("one", &path).await;
    #[expect(clippy::print_stdout, reason = "the parent waits for this line")]
    {
        println!("ready");
    }
    for round in 0.. {
        put(&vault, "provider", &format!("secret {round} {}", "x".repeat(1 << 20))).await;
    }
}

#[tokio::test]
async fn a_writer_that_is_killed_leaves_a_whole_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("vault.age");
    put(&opened("one", &path).await, "other", "kept").await;
    #[expect(clippy::disallowed_methods, reason = "this test's own program, once more")]
    let mut child = std::process::Command::new(std::env::current_exe().expect("runs"))
        .args(["--exact", "file::child_writes_for_ever", "--nocapture"])
        .env("CADRE_TEST_VAULT", &path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut out = child.stdout.take().expect("is piped");
    let (mut said, mut byte) = (String::new(), [0]);
    while !said.contains("ready") {
        assert_eq!(out.read(&mut byte).expect("reads"), 1, "the child ended: {said}");
        said.push(char::from(byte[0]));
    }
    // Killed while it writes: as soon as the new file is there, which is before it has its name.
    let new = folder.path().join("vault.age.new");
    while !new.exists() {
        assert!(child.try_wait().expect("is ours").is_none(), "the child writes until it is killed");
        std::thread::yield_now();
    }
    child.kill().expect("is ours");
    child.wait().expect("is ours");
    let vault = opened("one", &path).await;
    assert_eq!(got(&vault, "other").await.as_deref(), Some("kept"), "nothing is lost");
    put(&vault, "provider", "after").await;
    assert_eq!(got(&opened("one", &path).await, "provider").await.as_deref(), Some("after"));
    assert!(!new.exists(), "and nothing is left lying about");
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
