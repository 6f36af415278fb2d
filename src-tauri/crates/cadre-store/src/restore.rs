//! Putting a backup in the place of the record, in one step that a crash at any moment leaves done or undone.
//!
//! A restore is prepared in a folder beside the record. One rename of that folder decides; after it, opening the
//! workspace moves the record aside, the copy into its place, and writes down that it did. Each move can be found half
//! done and is then ended. Nothing is ever overwritten: the record that is replaced is kept whole.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cadre_core::budget::day_of;
use cadre_core::status::ProjectStatus;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::aggregates::decision::{DecisionMade, decision_is_new};
use crate::aggregates::endpoint::EndpointDisabled;
use crate::aggregates::project::ProjectHeld;
use crate::aggregates::rule::RuleEnded;
use crate::aggregates::spend::{SpendReserved, SpendRow, SpendSettled, spend_of_day};
use crate::aggregates::workspace::WorkspaceRestored;
use crate::batch::{Batch, WriteError, value_part};
use crate::heads::{Heads, RestoreNote};
use crate::open::{FILE, OpenError, Store, connect, newest};
use crate::read::ReadError;
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

/// Takes a decided restore back in a workspace that nobody has open. Says whether there was one that is not in place.
///
/// # Errors
/// The disk failed. Then it stands as before, and can be taken back again.
pub(crate) fn take_back(folder: &Path) -> io::Result<bool> {
    if !folder.join(READY).join(FILE).exists() {
        // An order that nobody can read has nothing in place either.
        let is_damaged = decided_restore(folder).is_err();
        return if is_damaged { clear_restore(folder).map(|()| true) } else { Ok(false) };
    }
    if let Ok(Some(order)) = decided_restore(folder) {
        move_back(folder, &order)?;
    }
    clear_restore(folder).map(|()| true)
}

/// What opening a workspace found decided.
pub(crate) enum Found {
    Nothing,
    InPlace(RestoreOrder),
    /// The record is opened as it was, and this is why.
    Stuck(String),
}

/// Before the record is opened: moves what was decided on into its place. Again, if it was interrupted. What cannot be
/// put in place leaves the record where it was, and stays decided until it can be or is taken back.
///
/// # Errors
/// There is no record that could be opened instead.
pub(crate) fn put_in_place(folder: &Path, heads: Option<&Path>, here: &str) -> io::Result<Found> {
    if let Err(error) = remove_part(folder) {
        tracing::warn!(%error, "what is left of a restore could not be removed");
    }
    let order = match decided_restore(folder) {
        Ok(None) => return Ok(Found::Nothing),
        Ok(Some(order)) => order,
        Err(error) => return stuck(folder, error),
    };
    // Once the copy is in its place, everything that stands there belongs to it.
    if !folder.join(READY).join(FILE).exists() {
        return Ok(Found::InPlace(order));
    }
    let moved = leave_note(&order, heads, here).and_then(|()| exchange(folder, &order));
    if let Err(error) = moved {
        move_back(folder, &order)?;
        return stuck(folder, error);
    }
    for folder in [folder, &folder.join(READY)] {
        if let Err(error) = sync(folder) {
            tracing::warn!(%error, "a restore is in place, and may not be on the disk yet");
        }
    }
    Ok(Found::InPlace(order))
}

/// Why a record does not continue from the head that was kept outside it is said outside it, too.
fn leave_note(order: &RestoreOrder, heads: Option<&Path>, here: &str) -> io::Result<()> {
    let is_name = order.workspace.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_'));
    if !is_name || !(here.is_empty() || here == order.workspace) {
        let message = format!("the backup is of workspace {}", order.workspace);
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    let heads = Heads::new(heads.map(Path::to_owned), &order.workspace);
    let witness = heads.kept().map(|kept| kept.head());
    heads.leave_note(&RestoreNote { decision: order.decision.clone(), witness, backup: order.backup })
}

fn parts() -> [String; 3] {
    [FILE.to_owned(), format!("{FILE}-wal"), format!("{FILE}-shm")]
}

/// The record goes aside, the copy into its place.
fn exchange(folder: &Path, order: &RestoreOrder) -> io::Result<()> {
    let kept = folder.join(&order.kept);
    make_private(&kept)?;
    for name in parts() {
        move_aside(&folder.join(&name), &kept.join(&name))?;
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

fn stuck(folder: &Path, error: io::Error) -> io::Result<Found> {
    tracing::warn!(%error, "a decided restore could not be put in place; the record stays as it was");
    match folder.join(FILE).exists() {
        true => Ok(Found::Stuck(error.to_string())),
        false => Err(error),
    }
}

/// Whether the open record is the copy that was decided on: an order may have been written by anybody.
pub(crate) async fn is_in_place(
    connection: &mut SqliteConnection,
    order: &RestoreOrder,
    workspace: &str,
    heads: &Heads,
) -> Result<bool, sqlx::Error> {
    let leaf: Option<Vec<u8>> = sqlx::query_scalar("SELECT leaf FROM ledger WHERE seq = ?")
        .bind(i64::try_from(order.backup.seq).unwrap_or(i64::MAX))
        .fetch_optional(&mut *connection)
        .await?;
    if order.workspace != workspace || leaf.as_deref() != Some(&order.backup.leaf.as_bytes()[..]) {
        return Ok(false);
    }
    let recorded: Option<String> = sqlx::query_scalar("SELECT id FROM decisions WHERE id = ?")
        .bind(&order.decision)
        .fetch_optional(connection)
        .await?;
    Ok(recorded.is_some() || heads.expects(order))
}

impl Store {
    /// Writes down that a backup is in place now, once. What was done after the backup is not known here, so nothing
    /// goes on by itself: projects that were under way are held, and no permission of then stands. What was spent
    /// today stays spent.
    pub(crate) async fn record_restore(
        &self,
        order: &RestoreOrder,
        replaced: Option<Head>,
        witness: Option<Head>,
    ) -> Result<(), OpenError> {
        let failed = |error: ReadError| OpenError::Damaged(error.to_string());
        let mut batch = Batch::new();
        batch.guard(decision_is_new(&order.decision));
        let mut rules = self.rules().await.map_err(failed)?;
        rules.retain(|rule| rule.ended_at.is_none());
        let mut endpoints = self.endpoints().await.map_err(failed)?;
        endpoints.retain(|endpoint| endpoint.disabled_at.is_none());
        let spent = match self.spent_since(order).await {
            Ok(spent) => spent,
            Err(error) => {
                tracing::warn!(%error, "what the replaced record spent today cannot be read");
                Vec::new()
            }
        };
        let words = format!(
            "The record is that of a backup. What was switched off since then is not known, so its {} standing rules \
             and {} endpoints are switched off. {} calls that the replaced record charged today are charged here.",
            rules.len(),
            endpoints.len(),
            spent.len()
        );
        batch.add(&DecisionMade { reason: Some(value_part(json!(words))), ..order.decision_made() });
        batch.add(&WorkspaceRestored {
            decision: order.decision.clone(),
            made_at: order.made_at.to_string(),
            backup: order.backup,
            replaced,
            witness,
            kept: order.kept.clone(),
        });
        for rule in rules {
            batch.add(&RuleEnded { rule: rule.id, by: order.by.clone() });
        }
        for endpoint in endpoints {
            batch.add(&EndpointDisabled { endpoint: endpoint.id, by: order.by.clone() });
        }
        for call in &spent {
            charge(&mut batch, call, order);
        }
        for project in self.projects().await.map_err(failed)? {
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

    /// The calls of today that the replaced record has and this one has not.
    async fn spent_since(&self, order: &RestoreOrder) -> Result<Vec<SpendRow>, ReadError> {
        let file = self.shared.folder.join(&order.kept).join(FILE);
        if !file.exists() {
            return Ok(Vec::new());
        }
        let day = day_of(self.now());
        let mut replaced = connect(&file, true).connect().await?;
        let spent = spend_of_day(&mut replaced, day).await;
        let _ = replaced.close().await;
        let mut here = self.shared.pool.acquire().await?;
        let known: BTreeSet<_> =
            spend_of_day(&mut here, day).await?.iter().map(|call| carried(call).to_owned()).collect();
        let mut spent = spent?;
        spent.retain(|call| !known.contains(carried(call)));
        Ok(spent)
    }

    /// The restore that this opening has put in place, until [`clear_restore`].
    pub fn restored(&self) -> Option<&Restored> {
        self.shared.restored.as_ref()
    }

    /// Why a decided restore was not put in place when the workspace was opened.
    pub fn restore_problem(&self) -> Option<&str> {
        self.shared.restore_problem.as_deref()
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

/// Before the name of a call that another record made: here it can be made again.
const CARRIED: &str = "restored:";

fn carried(call: &SpendRow) -> &str {
    call.id.strip_prefix(CARRIED).unwrap_or(&call.id)
}

/// Charges what a call of the replaced record came to. The call itself is not part of this record.
fn charge(batch: &mut Batch, call: &SpendRow, order: &RestoreOrder) {
    let spend = format!("{CARRIED}{}", carried(call));
    let tokens = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
    let why = json!({ "replaced": order.kept, "decision": order.decision });
    batch.add(&SpendReserved {
        spend: spend.clone(),
        effect: spend.clone(),
        purpose: call.purpose.clone(),
        project: call.project.clone(),
        step: call.step.clone(),
        run: None,
        member: call.member.clone(),
        endpoint: call.endpoint.clone(),
        model: call.model.clone(),
        day: call.day,
        reserved: call.reserved.to_string(),
        receipt: value_part(why),
    });
    batch.add(&SpendSettled {
        spend,
        status: if call.status == "known" { "known" } else { "assumed" }.into(),
        charged: call.charged.to_string(),
        input: tokens(call.input),
        cached: tokens(call.cached),
        cache_write: tokens(call.cache_write),
        output: tokens(call.output),
        usage: None,
    });
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
