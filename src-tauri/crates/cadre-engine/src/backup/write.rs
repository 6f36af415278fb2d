//! Writing a backup: copied, checked, and only then under its name.

use std::fs;
use std::path::{Path, PathBuf};

use cadre_agents::folder::FileHash;
use cadre_store::aggregates::workspace::BackupMade;
use cadre_store::{Store, check_copy};

use super::files::{copy_tree, hash_of, make_private, sync};
use super::{
    AGENTS, ATTACHMENTS, BackupError, BackupFile, BackupKind, BackupView, FORMAT, Manifest, RECORD, SNAPSHOTS,
};
use crate::engine::DATA_FOLDER;

/// Writes a backup into a folder of its own below `to`.
///
/// The record is copied first: contents that it refers to were on the disk before it, and are never removed, so what
/// is copied afterwards has all of them.
pub(crate) async fn write(
    store: &Store,
    workspace: &Path,
    to: &Path,
    by: &str,
    now: i64,
) -> Result<BackupView, BackupError> {
    let failed = |source| BackupError::io(to, source);
    make_private(to).map_err(failed)?;
    let ending = format!(".{}.part", store.workspace_id());
    remove_leftovers(to, &ending);
    let name = free_name(to, now, "");
    let part = to.join(format!(".{name}{ending}"));
    make_private(&part).map_err(failed)?;
    let manifest = fill(store, workspace, &part, by, now).await;
    let place = to.join(&name);
    let named = manifest.and_then(|manifest| {
        let end = || {
            let hash = manifest.write(&part)?;
            sync(&part)?;
            fs::rename(&part, &place)?;
            sync(to)?;
            Ok(hash)
        };
        let hash = end().map_err(failed)?;
        Ok((manifest, hash))
    });
    let (manifest, hash) = named.inspect_err(|_| remove(&part))?;
    record(store, &manifest, name, hash).await.inspect_err(|_| remove(&place))?;
    Ok(manifest.view(place))
}

/// So that a backup that was made here can be told from one that says so.
async fn record(store: &Store, manifest: &Manifest, name: String, hash: String) -> Result<(), BackupError> {
    let Some(head) = manifest.head else { return Ok(()) };
    let made = BackupMade { name, head, manifest: hash, by: manifest.by.clone() };
    Ok(store.record_backup(&made).await?)
}

async fn fill(
    store: &Store,
    workspace: &Path,
    part: &Path,
    by: &str,
    now: i64,
) -> Result<Manifest, BackupError> {
    let record = part.join(RECORD);
    store.copy_to(&record).await?;
    let copy = check_copy(&record).await?;
    if !copy.findings.is_empty() {
        let findings = copy.findings.into_iter().map(|finding| finding.to_string()).collect();
        return Err(BackupError::Damaged { findings });
    }
    let (from, into) = (workspace.to_owned(), part.to_owned());
    let (files, problems) = blocking(move || copy_files(&from, &into)).await?;
    Ok(Manifest {
        format: FORMAT,
        kind: BackupKind::Backup,
        workspace: copy.workspace,
        name: copy.name,
        made_at: now,
        by: by.to_owned(),
        head: Some(copy.head).filter(|head| head.seq > 0),
        files,
        problems,
    })
}

/// Everything beside the record; and what of it is not what its name says.
fn copy_files(workspace: &Path, part: &Path) -> Result<(Vec<BackupFile>, Vec<String>), BackupError> {
    let record = part.join(RECORD);
    let (sha256, bytes) = hash_of(&record).map_err(|source| BackupError::io(&record, source))?;
    let mut files = vec![BackupFile { path: RECORD.into(), sha256: sha256.to_string(), bytes }];
    let mut problems = Vec::new();
    for (name, from) in [
        (AGENTS, workspace.join(AGENTS)),
        (ATTACHMENTS, workspace.join(ATTACHMENTS)),
        (SNAPSHOTS, workspace.join(DATA_FOLDER).join(SNAPSHOTS)),
    ] {
        let mut copied = copy_tree(&from, name, part).map_err(|source| BackupError::io(&from, source))?;
        if name != AGENTS {
            // What is being written at this moment has another name until it is whole.
            copied.retain(|file| name_of_content(file).is_some());
            let differs = |file: &&BackupFile| name_of_content(file) != Some(file.sha256.as_str());
            problems.extend(copied.iter().filter(differs).map(|file| format!("{} is damaged", file.path)));
        }
        files.append(&mut copied);
    }
    Ok((files, problems))
}

/// The hash that a content is named by: `snapshots/<hash>`, `attachments/<hash>/<name>`.
fn name_of_content(file: &BackupFile) -> Option<&str> {
    file.path.split('/').nth(1).filter(|name| name.parse::<FileHash>().is_ok())
}

/// What a crash in the middle of a backup of this workspace left. Nobody else writes one: there is one host.
fn remove_leftovers(to: &Path, ending: &str) {
    for entry in fs::read_dir(to).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.starts_with('.') && name.ends_with(ending)) {
            remove(&entry.path());
        }
    }
}

fn remove(part: &Path) {
    let removed = fs::remove_dir_all(part);
    if let Err(error) = removed.or_else(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    }) {
        tracing::warn!(%error, path = %part.display(), "a half backup stays behind; the next one removes it");
    }
}

/// The time as a name that sorts, with a number if that is taken.
pub(super) fn free_name(folder: &Path, now: i64, ending: &str) -> String {
    let time = jiff::Timestamp::from_microsecond(now).unwrap_or_default();
    let name = time.strftime("%Y-%m-%dT%H%M%SZ").to_string();
    let mut free = format!("{name}{ending}");
    let mut number = 2;
    while folder.join(&free).exists() {
        free = format!("{name}-{number}{ending}");
        number += 1;
    }
    free
}

pub(super) async fn blocking<T: Send + 'static, E: From<Ended> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Ended.into()))
}

/// Work on files that broke off.
pub(super) struct Ended;

impl From<Ended> for BackupError {
    fn from(_: Ended) -> Self {
        BackupError::io(&PathBuf::new(), std::io::ErrorKind::Interrupted.into())
    }
}
