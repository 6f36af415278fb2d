//! Where keys lie: the keychain, unless `CADRE_VAULT` says otherwise.
//!
//! `CADRE_VAULT` is `keychain`, `memory`, or the path of a file that is encrypted with a passphrase; the passphrase is
//! typed, or in the file that `CADRE_VAULT_PASSPHRASE_FILE` names. It is never an argument and never a variable: other
//! programs of this user can read both.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use cadre_api::{ApiError, Secret, VaultPlace, Work};

use crate::terminal;

const SECRET_LIMIT: u64 = 64 * 1024;

pub(crate) fn chosen() -> Result<VaultPlace, ApiError> {
    let Some(chosen) = std::env::var_os("CADRE_VAULT").filter(|chosen| !chosen.is_empty()) else {
        return Ok(VaultPlace::Keychain);
    };
    match chosen.to_str() {
        Some("keychain") => Ok(VaultPlace::Keychain),
        Some("memory") => Ok(VaultPlace::Memory),
        _ => {
            let path = PathBuf::from(chosen);
            let passphrase = passphrase(&path)?;
            Ok(VaultPlace::File { path, passphrase, work: Work::default() })
        }
    }
}

/// The same as far as nobody has to be asked for a passphrase.
pub(crate) fn without_asking() -> VaultPlace {
    let of_file = std::env::var_os("CADRE_VAULT")
        .is_some_and(|it| !matches!(it.to_str(), Some("" | "keychain" | "memory")));
    match of_file && std::env::var_os("CADRE_VAULT_PASSPHRASE_FILE").is_none() {
        true => VaultPlace::Memory,
        false => chosen().unwrap_or(VaultPlace::Memory),
    }
}

fn passphrase(vault: &Path) -> Result<Secret<String>, ApiError> {
    if let Some(file) = std::env::var_os("CADRE_VAULT_PASSPHRASE_FILE").map(PathBuf::from) {
        let read = std::fs::File::open(&file).and_then(|file| {
            let mut text = String::new();
            file.take(SECRET_LIMIT).read_to_string(&mut text).map(|_| Secret::new(text))
        });
        let read = read.map_err(|error| unusable(&format!("{}: {error}", file.display())))?;
        return Ok(Secret::new(read.expose().trim_end_matches(['\r', '\n']).to_owned()));
    }
    let nobody = || unusable("the vault file needs a passphrase, and nobody can type one here");
    let typed = |question: &str| terminal::ask_secret(question).ok_or_else(nobody);
    let passphrase = typed(&format!("Passphrase of {}:", vault.display()))?;
    if !vault.exists() && typed("A new vault file. The same once more:")?.expose() != passphrase.expose() {
        return Err(unusable("the two passphrases differ"));
    }
    Ok(passphrase)
}

/// A key from standard input, or typed unseen. Never from the arguments, which every program can read.
pub(crate) fn entered_key(question: &str) -> Result<Secret<String>, ApiError> {
    let nothing = || ApiError::new("key_needed", "no key was entered");
    if terminal::is_interactive() {
        return terminal::ask_secret(question).ok_or_else(nothing);
    }
    let mut text = String::new();
    let read = std::io::stdin().lock().take(SECRET_LIMIT).read_to_string(&mut text);
    let key = Secret::new(text);
    match read {
        Ok(_) if !key.expose().trim().is_empty() => Ok(key),
        _ => Err(nothing()),
    }
}

fn unusable(why: &str) -> ApiError {
    ApiError::new("vault_unusable", why)
}
