//! Going back to a checkpoint: the files as they stood then, and a line of its own that goes on from there.
//!
//! What it would change is shown first, and only exactly that is carried out. The line that is left stays as it is in
//! the history; what was spent stays spent; what reached beyond the folder stays done.

use std::collections::BTreeMap;

use cadre_agents::folder::{Folder, FolderError};
use cadre_core::effect::Action;
use cadre_core::failure::Category;
use cadre_core::plan::Plan;
use cadre_core::rollback::{FileBack, FileLeft, Rollback, StepBack};
use cadre_core::status::{ProjectStatus, RunStatus, StepStatus};
use cadre_core::workplace::Workplace;
use cadre_graph::{CheckpointError, Checkpointer as _, Fork, State};
use cadre_store::aggregates::decision::DecisionMade;
use cadre_store::aggregates::effect::{UndoIntended, effect_has_status};
use cadre_store::aggregates::history::{EffectThen, FileEffect, HistoryPoint};
use cadre_store::aggregates::line::{ProjectRolledBack, project_is_on};
use cadre_store::aggregates::project::project_has_status;
use cadre_store::aggregates::run::RunFinished;
use cadre_store::{Guard, ReadError, Record as _, value_part};
use serde_json::json;

use super::drive::line_thread;
use super::history::{HistoryError, Past};
use super::{Engine, PlanError, UndoError, lock};
use crate::history::{FileThen, SpendThen, change, files_at, spend_at};
use crate::run_graph::RunOutcome;

#[derive(Debug, thiserror::Error)]
pub enum RollbackError {
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error("{0}")]
    NotPossible(&'static str),
    /// What was shown is not what would be done.
    #[error("the project has changed since this was shown")]
    Stale,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

impl From<PlanError> for RollbackError {
    fn from(error: PlanError) -> Self {
        RollbackError::History(error.into())
    }
}

/// What going back would change, and what it would not.
#[derive(Debug, Clone)]
pub struct RollbackView {
    pub rollback: Rollback,
    /// What an agreement has to name.
    pub hash: String,
    /// Effects since then that cannot be taken back: programs that ran, what was sent.
    pub stays: Vec<EffectThen>,
    /// Since then. It stays spent.
    pub spent: SpendThen,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolledBack {
    /// The line that the project goes on with.
    pub line: String,
    /// How many files were put back.
    pub files: u32,
    /// Those that were left as they are after all, and why.
    pub left: Vec<(String, String)>,
}

/// What is prepared of it.
struct Prepared {
    past: Past,
    rollback: Rollback,
    thread: String,
    point: HistoryPoint,
    /// Effects that are taken back, newest first.
    back: Vec<FileEffect>,
}

impl Engine {
    /// What going back to a checkpoint of the project would change.
    ///
    /// # Errors
    /// There is no such project or checkpoint, or nobody can go back there.
    pub async fn rollback_plan(
        &self,
        project: &str,
        checkpoint: &str,
    ) -> Result<RollbackView, RollbackError> {
        let prepared = self.prepared_rollback(project, checkpoint).await?;
        let at = prepared.point.at;
        let mut stays = self.store().effects_between(project, at, i64::MAX).await?;
        stays.retain(|it| stays_done(&it.row.class, &it.row.status));
        let since = prepared.past.spend().iter().filter(|row| row.reserved_at > at);
        let spent = spend_at(since, i64::MAX);
        let (rollback, hash) = (prepared.rollback.clone(), prepared.rollback.hash());
        Ok(RollbackView { rollback, hash, stays, spent })
    }

    /// Goes back to a checkpoint, if what that changes is what was shown: stops the project's work, records the decision
    /// with the line that begins, puts the files back, and lets the project go on.
    ///
    /// # Errors
    /// It is another, nobody can go back there, or the store failed. Nothing has changed then; what was stopped goes on.
    pub async fn roll_back(
        &self,
        project: &str,
        checkpoint: &str,
        hash: &str,
        by: &str,
        channel: &str,
    ) -> Result<RolledBack, RollbackError> {
        if self.prepared_rollback(project, checkpoint).await?.rollback.hash() != hash {
            return Err(RollbackError::Stale);
        }
        self.stop_work(project).await?;
        let begun = self.begin_line(project, checkpoint, hash, by, channel).await;
        let outcome = match begun {
            Ok((line, back)) => Ok(self.put_files_back(line, back).await),
            Err(error) => Err(error),
        };
        // On the line that it is on now, whichever that is.
        self.wake_project(project).await?;
        outcome
    }

    /// Ends what runs, and waits until it has ended. Nothing begins until the project is woken.
    async fn stop_work(&self, project: &str) -> Result<(), RollbackError> {
        let threads = self.past(project).await?.all_threads();
        self.token(project).cancel(); // from here on nothing fails that would leave the project stopped
        loop {
            let quiet = self.inner.quiet.notified();
            tokio::pin!(quiet);
            quiet.as_mut().enable();
            if !threads.iter().any(|thread| lock(&self.inner.driven).has(thread)) {
                return Ok(());
            }
            quiet.await;
        }
    }

    /// One transaction: the decision, what is about to be put back, and the line that begins.
    async fn begin_line(
        &self,
        project: &str,
        checkpoint: &str,
        hash: &str,
        by: &str,
        channel: &str,
    ) -> Result<(String, Vec<FileEffect>), RollbackError> {
        // Looked at again: what ran may have come to its end before it was stopped.
        let Prepared { past, rollback, thread, point, back } =
            self.prepared_rollback(project, checkpoint).await?;
        if rollback.hash() != hash {
            return Err(RollbackError::Stale);
        }
        // Whoever still writes on the line that is left has lost it.
        for left in past.threads_of_line(&rollback.line) {
            self.inner.runner.checkpointer().claim(&left).await?;
        }
        let decision = self.inner.shared.host.id();
        let line = line_thread(project, past.lines.len() + 1);
        let mut records = vec![
            DecisionMade {
                id: decision.clone(),
                subject: "rollback".into(),
                project: Some(project.to_owned()),
                answers: None,
                decision: "approve".into(),
                reason: None,
                action_hash: Some(hash.to_owned()),
                by: by.to_owned(),
                channel: channel.to_owned(),
            }
            .to_host(),
        ];
        let undone =
            back.iter().map(|it| UndoIntended { effect: it.row.id.clone(), decision: decision.clone() });
        records.extend(undone.map(|it| it.to_host()));
        let stopped = json!(RunOutcome::Failed {
            category: Category::UserCancelled.name().into(),
            message: format!("{by} went back to a checkpoint before it"),
            retried: false,
        });
        let stopped = |run: &String| RunFinished {
            run: run.clone(),
            status: RunStatus::Failed.name().into(),
            outcome: value_part(stopped.clone()),
            category: Some(Category::UserCancelled.name().into()),
        };
        records.extend(rollback.stops.iter().map(|run| stopped(run).to_host()));
        let begins = ProjectRolledBack {
            project: project.to_owned(),
            thread: line.clone(),
            leaves: rollback.line.clone(),
            checkpoint: rollback.checkpoint.clone(),
            decision,
            status: ProjectStatus::Running.name().into(),
            steps: rollback.steps.into_iter().map(|step| (step.step, step.to)).collect(),
        };
        records.push(begins.to_host());
        let mut guards: Vec<Guard> = back.iter().map(|it| effect_has_status(&it.row.id, "done")).collect();
        guards.push(project_is_on(project, &rollback.line));
        guards.push(project_has_status(project, &past.row.status));
        let fork = Fork::new(&line, thread, point.hash).actor(by).records(records);
        match self.store().fork_if(fork, guards).await? {
            true => Ok((line, back)),
            false => Err(RollbackError::Stale),
        }
    }

    /// What cannot be put back now is named; its effect stands as it was, on record with the reason.
    async fn put_files_back(&self, line: String, back: Vec<FileEffect>) -> RolledBack {
        let mut left: BTreeMap<String, String> = BTreeMap::new();
        let mut files = std::collections::BTreeSet::new();
        for FileEffect { row, action } in back {
            let path = path_of(&action).unwrap_or_default().to_owned();
            let done = match self.store().effect(&row.id).await {
                Ok(Some(row)) => self.put_back(&row, action).await,
                Ok(None) => Err(UndoError::Unknown(row.id)),
                Err(error) => Err(error.into()),
            };
            match done {
                Ok(()) => drop(files.insert(path)),
                Err(error) => {
                    tracing::warn!(%error, "a file could not be put back");
                    left.entry(path).or_insert_with(|| error.to_string());
                }
            }
        }
        files.retain(|path| !left.contains_key(path));
        let files = u32::try_from(files.len()).unwrap_or(u32::MAX);
        RolledBack { line, files, left: left.into_iter().collect() }
    }

    async fn prepared_rollback(&self, project: &str, checkpoint: &str) -> Result<Prepared, RollbackError> {
        let past = self.past(project).await?;
        let (point, state) = self.point_of(&past, checkpoint).await?;
        let plan = self.plan_version(project, past.row.approved_version.unwrap_or_default()).await?;
        let (line, thread) = possible(&past, &point, &plan)?;
        // What a line that was left has written was taken back when it was left, and nothing writes it again.
        let there = self.store().history(&line, Some(point.step + 1), 1).await?;
        if there.first().is_none_or(|it| it.hash != point.hash) {
            let why = "that line was left, and its files were taken back with it: go on from a checkpoint of this line";
            return Err(RollbackError::NotPossible(why));
        }
        let head = self.store().point_places(std::slice::from_ref(&line)).await?.pop();
        // A line that has not come to a checkpoint of its own stands where it began.
        let began = past.lines.iter().find(|it| it.thread == line).and_then(|it| it.from.clone());
        let head = head.map(|it| it.hash.to_string()).or(began).unwrap_or_default();
        if head == point.hash.to_string() && past.row.status == ProjectStatus::Completed.name() {
            return Err(RollbackError::NotPossible("the project stands there now"));
        }
        let effects = self.store().file_effects(project).await?;
        let place = self.place_of(project).await?;
        let now = |folder: &str| place.as_ref().map_or_else(|| folder.to_owned(), |it| it.folder_now(folder));
        let then = files_at(&effects, point.at, now);
        let (files, back) = files_back(effects, &then, point.at, now).await;
        let steps = self.steps_back(&past, &state).await?;
        let stops = past.running_on(&line);
        let rollback = Rollback {
            project: project.to_owned(),
            head,
            checkpoint: point.hash.to_string(),
            files,
            steps,
            stops,
            line,
        };
        Ok(Prepared { past, rollback, thread, point, back })
    }

    /// What the state says has ended stays so; all else begins anew.
    async fn steps_back(&self, past: &Past, state: &State) -> Result<Vec<StepBack>, RollbackError> {
        let ended: BTreeMap<String, String> = state.get("ended").unwrap_or_default();
        let steps = self.store().steps(&past.row.id).await?;
        let back = steps.into_iter().map(|row| StepBack {
            to: ended.get(&row.id).cloned().unwrap_or_else(|| StepStatus::Pending.name().into()),
            step: row.id,
            from: row.status,
        });
        Ok(back.filter(|step| step.from != step.to).collect())
    }
}

/// The line that the project is on, and the one that has the checkpoint; or why nobody can go back there.
fn possible(past: &Past, point: &HistoryPoint, plan: &Plan) -> Result<(String, String), RollbackError> {
    let refused = |why| Err(RollbackError::NotPossible(why));
    let Some(line) = past.row.thread.clone() else { return refused("the project has not begun") };
    if past.row.status == ProjectStatus::Aborted.name() {
        return refused("the project was ended for good");
    }
    if !past.lines.iter().any(|it| it.thread == point.thread) {
        return refused("a run goes on within its step: go back to the project’s checkpoint before it");
    }
    if matches!(plan.workplace, Some(Workplace::Worktree { .. })) {
        if !plan.parallel_writers().is_empty() {
            return refused(
                "its steps have worktrees and branches of their own, which cannot be taken back: undo the changes of \
                 files one by one",
            );
        }
        if point.step == 0 {
            return refused("the worktree was made after it: go back to the checkpoint that follows");
        }
    }
    Ok((line, point.thread.clone()))
}

/// The files that would be put back or left, and the effects that are taken back for it, newest first.
async fn files_back(
    effects: Vec<FileEffect>,
    then: &[FileThen],
    at: i64,
    now: impl Fn(&str) -> String,
) -> (Vec<FileBack>, Vec<FileEffect>) {
    let mut files: BTreeMap<(String, String), FileBack> = BTreeMap::new();
    let mut expected: BTreeMap<(String, String), Option<String>> = BTreeMap::new();
    let since = |effect: &FileEffect| {
        let row = &effect.row;
        row.status == "done" && row.settled_at.is_some_and(|settled| settled > at)
    };
    for effect in effects.iter().filter(|effect| since(effect)) {
        let Some((folder, path, before, after)) = change(&effect.action) else { continue };
        let key = (now(folder), path.clone());
        let file = FileBack {
            folder: key.0.clone(),
            path: key.1.clone(),
            now: None,
            then: before.cloned(),
            left: None,
        };
        files.entry(key.clone()).or_insert(file); // the oldest says what stood there
        expected.insert(key, after.cloned());
    }
    // What stood there then and was taken back since: nothing says that a person wants it again.
    let undone = |file: &&FileThen| {
        effects
            .iter()
            .any(|it| it.row.id == file.effect && matches!(it.row.status.as_str(), "undone" | "undoing"))
    };
    for file in then.iter().filter(undone) {
        let back = FileBack {
            folder: file.folder.clone(),
            path: file.path.clone(),
            now: None,
            then: file.sha256.clone(),
            left: Some(FileLeft::Undone),
        };
        files.insert((file.folder.clone(), file.path.clone()), back);
    }
    let mut files = looked_at(files.into_values().collect()).await;
    for file in &mut files {
        let wanted = expected.get(&(file.folder.clone(), file.path.clone()));
        if file.left.is_none() && wanted != Some(&file.now) {
            file.left = Some(FileLeft::Changed);
        }
    }
    let left = |folder: &str, path: &str| {
        files.iter().any(|file| file.left.is_some() && file.folder == folder && file.path == path)
    };
    let mut back: Vec<FileEffect> = effects.iter().filter(|effect| since(effect)).cloned().collect();
    back.retain(|effect| change(&effect.action).is_some_and(|(folder, path, ..)| !left(&now(folder), path)));
    back.reverse();
    (files, back)
}

/// With what stands there now, read where waiting for a disk holds up nobody else.
async fn looked_at(files: Vec<FileBack>) -> Vec<FileBack> {
    let look = |mut file: FileBack| {
        let found = Folder::open(file.folder.as_ref()).and_then(|folder| folder.hash(&file.path));
        match found {
            Ok(hash) => file.now = Some(hash.to_string()),
            Err(FolderError::NotFound { .. }) => {}
            Err(_) => file.left = Some(FileLeft::Unreadable),
        }
        file
    };
    super::changes::off_thread(move || files.into_iter().map(look).collect()).await
}

fn path_of(action: &Action) -> Option<&str> {
    change(action).map(|(_, path, ..)| path.as_str())
}

/// Whether an effect has happened, or may have, that nobody can take back.
fn stays_done(class: &str, status: &str) -> bool {
    !matches!(class, "read" | "write" | "delete" | "spend") && !matches!(status, "failed" | "undone")
}
