//! Putting a backup in the place of the record, in one step that a crash at any moment leaves done or undone.
//!
//! A restore is prepared in a folder beside the record. One rename of that folder decides; after it, opening the
//! workspace moves the record aside, the copy into its place, and writes down that it did. Each move can be found half
//! done and is then ended. Nothing is ever overwritten: the record that is replaced is kept whole.

mod record;

use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use cadre_graph::Hash;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::aggregates::workspace::WorkspaceRestored;
use crate::compare::Comparison;
use crate::database::{Connection, DatabaseError};
use crate::heads::{Heads, RestoreNote};
use crate::ledger::Entry;
use crate::open::{FILE, newest};
use crate::read::body;
use crate::record::Record as _;
use crate::writer::Head;

/// Being prepared, or done with: worth nothing.
const PART: &str = "restore.part";
/// Decided.
const READY: &str = "restore.ready";
/// Looked decided, and was not.
const REFUSED: &str = "restore.refused";
const ORDER: &str = "order.json";

const UNDECIDED: &str = "nothing outside the workspace says that somebody decided it";

/// What a person decided. It lies beside the copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreOrder {
    /// Id of the decision.
    pub decision: String,
    /// Id of the workspace that the backup is of.
    pub workspace: String,
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
    /// SHA-256 of its copy, which was checked.
    pub copy: Hash,
    /// What it was compared with.
    pub compared: Comparison,
    /// Where the replaced record goes, in the folder of the record.
    pub kept: String,
}

impl RestoreOrder {
    fn parse(text: &[u8]) -> io::Result<RestoreOrder> {
        let order: RestoreOrder = serde_json::from_slice(text)?;
        let kept = Path::new(&order.kept);
        match kept.components().all(|part| matches!(part, Component::Normal(_))) {
            true => Ok(order),
            false => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "its place for the old record is elsewhere"))
            }
        }
    }
}

/// Why a restore that was decided, or looked so, is not in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreProblem {
    /// The decision that stands, and that the next opening carries out; `None` if nothing is decided any more.
    pub decision: Option<String>,
    pub why: String,
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

    /// Decides: from here on, the next opening puts it in place. What an earlier one left unfinished goes.
    pub(crate) fn decide(self, order: &RestoreOrder, heads: &Heads) -> io::Result<()> {
        let (part, ready) = (self.place(), self.folder.join(READY));
        let text = serde_json::to_vec_pretty(order)?;
        fs::write(part.join(ORDER), &text)?;
        fs::File::open(part.join(ORDER))?.sync_all()?;
        sync(&part)?;
        if !waits(&self.folder) {
            remove(&ready)?;
        }
        // First outside: a note of an order that is not there does no harm.
        heads.note_decided(&text)?;
        fs::rename(&part, &ready)?;
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
/// It cannot be read. The next opening sets it aside.
pub fn decided_restore(folder: &Path) -> io::Result<Option<RestoreOrder>> {
    match waits(folder) {
        true => read_order(folder).and_then(|text| RestoreOrder::parse(&text)).map(Some),
        false => Ok(None),
    }
}

/// As [`decided_restore`], where it was noted outside.
fn decided_here(folder: &Path, heads: &Heads) -> io::Result<Option<RestoreOrder>> {
    if !waits(folder) {
        return Ok(None);
    }
    let text = read_order(folder)?;
    match heads.is_decided(&text) {
        true => RestoreOrder::parse(&text).map(Some),
        false => Err(io::Error::new(io::ErrorKind::InvalidData, UNDECIDED)),
    }
}

/// A copy lies there that is not in place.
fn waits(folder: &Path) -> bool {
    folder.join(READY).join(FILE).exists()
}

fn read_order(folder: &Path) -> io::Result<Vec<u8>> {
    fs::read(folder.join(READY).join(ORDER))
}

/// Where the rest of what a restore brings lies until it is put in place.
pub fn decided_place(folder: &Path) -> PathBuf {
    folder.join(READY)
}

/// Takes a decided restore back, or ends one that is in place. Done with one rename.
pub(crate) fn clear_restore(folder: &Path, heads: &Heads) -> io::Result<()> {
    remove_part(folder)?;
    match fs::rename(folder.join(READY), folder.join(PART)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => other?,
    }
    sync(folder)?;
    heads.forget_decided();
    remove_part(folder)
}

/// Takes a decided restore back in a workspace that nobody has open. Says whether there was one that is not in place.
pub(crate) fn take_back(folder: &Path, heads: &Heads) -> io::Result<bool> {
    if !waits(folder) {
        return Ok(false);
    }
    if let Ok(Some(order)) = decided_restore(folder) {
        move_back(folder, &order)?;
    }
    clear_restore(folder, heads).map(|()| true)
}

/// What opening a workspace found decided.
pub(crate) enum Found {
    Nothing,
    InPlace(RestoreOrder),
    /// The record is opened as it was.
    NotInPlace(RestoreProblem),
}

/// Before the record is opened: moves what was decided on into its place. Again, if it was interrupted. What cannot be
/// put in place leaves the record where it was, and stays decided until it can be or is taken back. What nobody
/// decided is set aside.
///
/// # Errors
/// There is no record that could be opened instead.
pub(crate) fn put_in_place(folder: &Path, heads: Option<&Path>, here: &str) -> io::Result<Found> {
    if let Err(error) = remove_part(folder) {
        tracing::warn!(%error, "what is left of a restore could not be removed");
    }
    let text = match read_order(folder) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !waits(folder) => {
            if !here.is_empty() {
                Heads::new(heads.map(Path::to_owned), here).forget_decided();
            }
            return Ok(Found::Nothing);
        }
        Err(error) => return unreadable(folder, error),
    };
    let order = match RestoreOrder::parse(&text) {
        Ok(order) => order,
        Err(error) => return unreadable(folder, error),
    };
    if !is_name(&order.workspace)
        || !Heads::new(heads.map(Path::to_owned), &order.workspace).is_decided(&text)
    {
        move_back(folder, &order)?;
        return Ok(Found::NotInPlace(set_aside(folder, UNDECIDED)));
    }
    // Once the copy is in its place, everything that stands there belongs to it.
    if !waits(folder) {
        return Ok(Found::InPlace(order));
    }
    match hash_of_copy(&folder.join(READY).join(FILE)) {
        Ok(hash) if hash == order.copy => {}
        other => {
            move_back(folder, &order)?;
            let why = other.map_or_else(|error| error.to_string(), |_| "its copy was changed".into());
            return Ok(Found::NotInPlace(set_aside(folder, &why)));
        }
    }
    let moved = leave_note(&order, heads, here).and_then(|()| exchange(folder, &order));
    if let Err(error) = moved {
        move_back(folder, &order)?;
        return stuck(folder, order.decision, error);
    }
    for folder in [folder, &folder.join(READY)] {
        if let Err(error) = sync(folder) {
            tracing::warn!(%error, "a restore is in place, and may not be on the disk yet");
        }
    }
    Ok(Found::InPlace(order))
}

/// Without the order nobody knows where the record lies that was moved aside, so it is set aside only where none was.
fn unreadable(folder: &Path, error: io::Error) -> io::Result<Found> {
    match folder.join(FILE).exists() {
        true => Ok(Found::NotInPlace(set_aside(folder, &error.to_string()))),
        false => Err(error),
    }
}

/// Keeps what looked decided for whoever wants to know where it came from, in the place of the one before.
pub(crate) fn set_aside(folder: &Path, why: &str) -> RestoreProblem {
    tracing::error!(why, "what looked like a decided restore is set aside");
    let place = folder.join(REFUSED);
    let moved =
        remove(&place).and_then(|()| fs::rename(folder.join(READY), &place)).and_then(|()| sync(folder));
    let why = match moved {
        Ok(()) => format!("it was set aside as {}: {why}", place.display()),
        Err(error) => format!("{why}; and it could not be set aside: {error}"),
    };
    RestoreProblem { decision: None, why }
}

fn is_name(workspace: &str) -> bool {
    workspace.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'))
}

/// Why a record does not continue from the head that was kept outside it is said outside it, too.
fn leave_note(order: &RestoreOrder, heads: Option<&Path>, here: &str) -> io::Result<()> {
    if !(here.is_empty() || here == order.workspace) {
        let message = format!("the backup is of workspace {}", order.workspace);
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let heads = Heads::new(heads.map(Path::to_owned), &order.workspace);
    let witness = heads.kept().map(|kept| kept.head());
    let note = RestoreNote { decision: order.decision.clone(), witness, backup: order.backup };
    heads.leave_note(&note).map_err(|error| match heads.note_place() {
        Some(place) => at(&place, &error),
        None => error,
    })
}

fn parts() -> [String; 3] {
    [FILE.to_owned(), format!("{FILE}-wal"), format!("{FILE}-shm")]
}

/// The record goes aside, the copy into its place.
fn exchange(folder: &Path, order: &RestoreOrder) -> io::Result<()> {
    let kept = folder.join(&order.kept);
    make_private(&kept).map_err(|error| at(&kept, &error))?;
    for name in parts() {
        let from = folder.join(&name);
        move_aside(&from, &kept.join(&name)).map_err(|error| at(&from, &error))?;
    }
    sync(&kept)?;
    fs::rename(folder.join(READY).join(FILE), folder.join(FILE))
}

/// Whatever of the record lies aside while the copy is not in its place; the file itself last, as it went first.
fn move_back(folder: &Path, order: &RestoreOrder) -> io::Result<()> {
    let kept = folder.join(&order.kept);
    if kept.join(FILE).is_file() && !folder.join(FILE).exists() {
        for name in parts().iter().rev() {
            let (from, to) = (kept.join(name), folder.join(name));
            if from.is_file() && !to.exists() {
                fs::rename(from, to)?;
            }
        }
        sync(folder)?;
    }
    let _ = fs::remove_dir(&kept); // only if it is empty
    Ok(())
}

fn stuck(folder: &Path, decision: String, error: io::Error) -> io::Result<Found> {
    tracing::warn!(%error, "a decided restore could not be put in place; the record stays as it was");
    match folder.join(FILE).exists() {
        true => {
            let problem = RestoreProblem { decision: Some(decision), why: error.to_string() };
            Ok(Found::NotInPlace(problem))
        }
        false => Err(error),
    }
}

/// Whether the open record is the copy that was decided on: nothing was written into it yet, or that it is.
pub(crate) fn is_in_place(
    connection: &Connection,
    order: &RestoreOrder,
    workspace: &str,
    head: Head,
) -> Result<bool, DatabaseError> {
    if order.workspace != workspace || head == order.backup {
        return Ok(order.workspace == workspace);
    }
    // After the decision.
    let seq = i64::try_from(order.backup.seq).unwrap_or(i64::MAX).saturating_add(2);
    let entry = body(connection, seq)?.and_then(|body| Entry::decode(&body).ok());
    let restored = entry.filter(|entry| entry.kind == WorkspaceRestored::KIND);
    let restored = restored.and_then(|entry| WorkspaceRestored::deserialize(&entry.data).ok());
    Ok(restored.is_some_and(|it| it.decision == order.decision && it.backup == order.backup))
}

/// The newest entry of a record that was moved aside; it may be what made somebody restore.
pub(crate) fn newest_of_replaced(folder: &Path, order: &RestoreOrder) -> Option<Head> {
    let file = folder.join(&order.kept).join(FILE);
    if !file.exists() {
        return None;
    }
    let connection = Connection::read(&file).ok()?;
    let head = newest(&connection).ok().flatten();
    head.filter(|head| *head != Head::EMPTY)
}

fn at(place: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", place.display()))
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
    remove(&folder.join(PART))
}

fn remove(place: &Path) -> io::Result<()> {
    match fs::remove_dir_all(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// SHA-256 of a copy as it lies there. For an order it is taken before the copy is checked, or what is checked and what
/// is put in place may be two.
///
/// # Errors
/// It cannot be read.
pub fn hash_of_copy(file: &Path) -> io::Result<Hash> {
    let (mut file, mut hasher, mut buffer) = (fs::File::open(file)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(Hash::from_bytes(hasher.finalize().into())),
            read => hasher.update(&buffer[..read]),
        }
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
