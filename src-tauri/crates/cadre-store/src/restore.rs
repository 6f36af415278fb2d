//! Putting a backup in the place of the record, in one step that a crash at any moment leaves done or undone.
//!
//! A restore is prepared in a folder beside the record. One rename of that folder decides; after it, opening the
//! workspace moves the record aside, the copy into its place, and writes down that it did. Each move can be found half
//! done and is then ended. Nothing is ever overwritten: the record that is replaced is kept whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cadre_core::status::ProjectStatus;
use serde::{Deserialize, Serialize};
use sqlx::{ConnectOptions as _, Connection as _};

use crate::aggregates::decision::{DecisionMade, decision_is_new};
use crate::aggregates::project::ProjectHeld;
use crate::aggregates::workspace::WorkspaceRestored;
use crate::batch::{Batch, WriteError};
use crate::open::{FILE, OpenError, Store, connect, newest};
use crate::writer::Head;

/// Being prepared, or done with: worth nothing.
const PART: &str = "restore.part";
/// Decided.
const READY: &str = "restore.ready";
const ORDER: &str = "order.json";

/// What a person decided. It lies beside the copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreOrder {
    /// Id of the decision.
    pub decision: String,
    pub by: String,
    pub channel: String,
    /// When it was decided: Unix time in microseconds.
    pub decided_at: i64,
    /// Where the backup lies.
    pub from: String,
    /// When the backup was made: Unix time in microseconds.
    pub made_at: i64,
    /// Its newest entry.
    pub backup: Head,
    /// Where the replaced record goes, seen from the folder of the record.
    pub kept: String,
}

/// A restore that was put in place when the workspace was opened just now.
#[derive(Debug, Clone)]
pub struct Restored {
    pub order: RestoreOrder,
    /// The newest entry of the record that was replaced, as far as that could be read.
    pub replaced: Option<Head>,
}

/// A restore that is being prepared. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct PreparedRestore {
    folder: PathBuf,
}

impl PreparedRestore {
    /// # Errors
    /// The folder cannot be made.
    pub fn begin(folder: &Path) -> io::Result<PreparedRestore> {
        remove_part(folder)?;
        let part = folder.join(PART);
        make_private(&part)?;
        Ok(PreparedRestore { folder: folder.to_owned() })
    }

    /// Where what is to be put in place is collected.
    pub fn place(&self) -> PathBuf {
        self.folder.join(PART)
    }

    /// Where the copy of the record belongs.
    pub fn file(&self) -> PathBuf {
        self.place().join(FILE)
    }

    /// Decides: from here on, the next opening puts it in place.
    ///
    /// # Errors
    /// The disk failed, or another restore was decided in the meantime. Then this one is not.
    pub fn decide(self, order: &RestoreOrder) -> io::Result<()> {
        let part = self.place();
        let text = serde_json::to_vec_pretty(order)?;
        fs::write(part.join(ORDER), text)?;
        fs::File::open(part.join(ORDER))?.sync_all()?;
        sync(&part)?;
        fs::rename(&part, self.folder.join(READY))?;
        sync(&self.folder)
    }
}

impl Drop for PreparedRestore {
    fn drop(&mut self) {
        if let Err(error) = remove_part(&self.folder) {
            tracing::warn!(%error, "what was prepared of a restore stays behind; the next opening removes it");
        }
    }
}

/// The restore that the next opening will put in place.
///
/// # Errors
/// It cannot be read.
pub fn decided_restore(folder: &Path) -> io::Result<Option<RestoreOrder>> {
    match fs::read(folder.join(READY).join(ORDER)) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Where the rest of what a restore brings lies until it is put in place.
pub fn decided_place(folder: &Path) -> PathBuf {
    folder.join(READY)
}

/// Takes a decided restore back, or ends one that is in place. Done with one rename.
///
/// # Errors
/// The disk failed. Then it stands as before.
pub fn clear_restore(folder: &Path) -> io::Result<()> {
    remove_part(folder)?;
    match fs::rename(folder.join(READY), folder.join(PART)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other?,
    }
    sync(folder)?;
    remove_part(folder)
}

/// Before the record is opened: moves what was decided on into its place. Again, if it was interrupted.
pub(crate) fn put_in_place(folder: &Path) -> io::Result<Option<RestoreOrder>> {
    remove_part(folder)?;
    let Some(order) = decided_restore(folder)? else { return Ok(None) };
    let ready = folder.join(READY);
    let copy = ready.join(FILE);
    // Once the copy is in its place, everything that stands there belongs to it.
    if copy.exists() {
        let kept = folder.join(&order.kept);
        make_private(&kept)?;
        for name in [FILE.to_owned(), format!("{FILE}-wal"), format!("{FILE}-shm")] {
            move_aside(&folder.join(&name), &kept.join(&name))?;
        }
        sync(&kept)?;
        fs::rename(&copy, folder.join(FILE))?;
        sync(folder)?;
        sync(&ready)?;
    }
    Ok(Some(order))
}

impl Store {
    /// Writes down that a backup is in place now, once. Projects that were under way are held: what they did after
    /// the backup is not known here, so nothing goes on by itself.
    pub(crate) async fn record_restore(
        &self,
        order: &RestoreOrder,
        replaced: Option<Head>,
        witness: Option<Head>,
    ) -> Result<(), OpenError> {
        let mut batch = Batch::new();
        batch.guard(decision_is_new(&order.decision));
        batch.add(&order.decision_made());
        batch.add(&WorkspaceRestored {
            decision: order.decision.clone(),
            made_at: order.made_at.to_string(),
            backup: order.backup,
            replaced,
            witness,
            kept: order.kept.clone(),
        });
        let projects = self.projects().await.map_err(|error| OpenError::Damaged(error.to_string()))?;
        for project in projects {
            let is_over = ProjectStatus::from_name(&project.status).is_none_or(ProjectStatus::is_over);
            if project.thread.is_some() && !is_over && !project.held {
                batch.add(&ProjectHeld { project: project.id, held: true, by: order.by.clone() });
            }
        }
        match self.write(batch).await {
            // It was written before, and the end of the restore was not.
            Ok(_) | Err(WriteError::Refused { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The restore that this opening has put in place, until [`clear_restore`].
    pub fn restored(&self) -> Option<&Restored> {
        self.shared.restored.as_ref()
    }
}

impl RestoreOrder {
    /// The decision as each record that it concerns has it.
    pub fn decision_made(&self) -> DecisionMade {
        DecisionMade {
            id: self.decision.clone(),
            subject: "restore".into(),
            project: None,
            answers: None,
            decision: "approve".into(),
            reason: None,
            action_hash: Some(self.backup.leaf.to_string()),
            by: self.by.clone(),
            channel: self.channel.clone(),
        }
    }
}

/// The newest entry of a record that was moved aside; it may be what made somebody restore.
pub(crate) async fn newest_of_replaced(folder: &Path, order: &RestoreOrder) -> Option<Head> {
    let file = folder.join(&order.kept).join(FILE);
    if !file.exists() {
        return None;
    }
    let mut connection = connect(&file, true).connect().await.ok()?;
    let head = newest(&mut connection).await.ok().flatten();
    let _ = connection.close().await;
    head.filter(|head| *head != Head::EMPTY)
}

fn move_aside(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() && from.exists() {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} is there already", to.display()),
        ));
    }
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn remove_part(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder.join(PART)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}
