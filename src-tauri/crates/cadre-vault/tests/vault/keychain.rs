//! The keychain's tests run in sessions of their own, never in the developer's: each starts this program once more,
//! on a bus that ends with it.

use std::path::Path;
use std::process::Command;

use cadre_vault::{VaultError, VaultKind, VaultPlace};

use super::{got, keeps_replaces_and_forgets, open, put, refusal};

const INSIDE: &str = "CADRE_TEST_SESSION";

/// A bus without anything on it, and without a way to start anything.
const EMPTY_BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>"#;

/// Unlocks a new keychain, then runs the rest of the line once the keychain is on the bus.
const UNLOCKED: &str = r#"printf 'pw\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.StartServiceByName \
  string:org.freedesktop.secrets uint32:0 >/dev/null
exec "$@""#;

/// Whether this is the program inside the session. Outside it runs the session, and the test is what it came to.
fn is_inside(test: &str, session: &[&str]) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    let home = tempfile::tempdir().expect("a temporary folder");
    let runtime = home.path().join("runtime");
    std::fs::create_dir(&runtime).expect("is made");
    std::fs::write(home.path().join("empty-bus.conf"), EMPTY_BUS).expect("is written");
    let program = std::env::current_exe().expect("runs");
    let (first, rest) = session.split_first().expect("a session begins with a program");
    #[expect(clippy::disallowed_methods, reason = "a test of its own starts a bus and a keychain of its own")]
    let mut command = Command::new(first);
    let output = command
        .args(rest)
        .arg(program)
        .args(["--exact", &format!("keychain::{test}"), "--nocapture"])
        .current_dir(home.path())
        .env(INSIDE, "1")
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", &runtime)
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .output()
        .expect("dbus and gnome-keyring are installed: `npm run setup -- test`");
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    false
}

#[tokio::test]
async fn a_keychain_keeps_secrets_for_each_workspace() {
    let session = ["dbus-run-session", "--", "sh", "-c", UNLOCKED, "sh"];
    if !is_inside("a_keychain_keeps_secrets_for_each_workspace", &session) {
        return;
    }
    let vault = open("one", VaultPlace::Keychain).await.expect("the keychain is unlocked");
    assert_eq!(vault.kind(), VaultKind::Keychain);
    keeps_replaces_and_forgets(&vault).await;
    put(&vault, "provider", "marked-secret-1").await;
    let other = open("two", VaultPlace::Keychain).await.expect("the keychain is unlocked");
    assert_eq!(got(&other, "provider").await, None, "what another workspace keeps is not seen");
    put(&other, "provider", "marked-secret-2").await;
    let again = open("one", VaultPlace::Keychain).await.expect("the keychain is unlocked");
    assert_eq!(got(&again, "provider").await.as_deref(), Some("marked-secret-1"), "after a restart too");
    assert_eq!(got(&again, "probe").await, None, "what opening wrote is gone");
    let home = std::env::var_os("HOME").expect("is set");
    assert!(!holds(Path::new(&home), b"marked-secret"), "no file of the keychain shows it");
}

#[tokio::test]
async fn a_keychain_that_stays_locked_is_said_to_be() {
    // The bus starts the keychain when it is asked for, and nobody is there to unlock it.
    if !is_inside("a_keychain_that_stays_locked_is_said_to_be", &["dbus-run-session", "--"]) {
        return;
    }
    let error = refusal(open("one", VaultPlace::Keychain).await);
    assert!(
        matches!(error, VaultError::Locked { .. }),
        "that nothing is in it must not look usable: {error}"
    );
}

#[tokio::test]
async fn a_bus_without_a_keychain_has_none() {
    let session = ["dbus-run-session", "--config-file=empty-bus.conf", "--"];
    if !is_inside("a_bus_without_a_keychain_has_none", &session) {
        return;
    }
    let error = refusal(open("one", VaultPlace::Keychain).await);
    assert!(matches!(error, VaultError::NoKeychain { .. }), "{error}");
}

#[tokio::test]
async fn without_a_session_there_is_no_keychain() {
    if !is_inside("without_a_session_there_is_no_keychain", &["env"]) {
        return;
    }
    let error = refusal(open("one", VaultPlace::Keychain).await);
    assert!(matches!(error, VaultError::NoKeychain { .. }), "{error}");
    assert!(error.what_to_do().contains("vault file"), "and it says what to do");
}

fn holds(folder: &Path, part: &[u8]) -> bool {
    let entries = std::fs::read_dir(folder).expect("is there");
    entries.flatten().any(|entry| match entry.file_type() {
        Ok(kind) if kind.is_dir() => holds(&entry.path(), part),
        Ok(kind) if kind.is_file() => std::fs::read(entry.path())
            .is_ok_and(|bytes| bytes.windows(part.len()).any(|window| window == part)),
        _ => false,
    })
}
