//! A project's history: what happened, page by page; how it stood at a checkpoint; what differs between two.

mod compare;

use cadre_graph::{CheckpointError, Hash, State};
use cadre_store::ReadError;
use cadre_store::aggregates::conversation::Said;
use cadre_store::aggregates::history::{DecisionThen, EffectThen, HistoryPoint, RunOfProject, StepThen};
use cadre_store::aggregates::project::ProjectRow;
use cadre_store::aggregates::spend::SpendRow;

use super::{Engine, PlanError};
use crate::history::{
    FileThen, SpendThen, StateChange, StateLeaf, StepStood, differences, files_at, leaves, spend_at, steps_at,
};
use crate::workplace::ProjectPlace;

/// More values of a state are counted, not shown.
const VALUES: usize = 500;

/// How much of a conversation comes with a checkpoint.
const MESSAGES: u32 = 100;

pub use compare::{Compared, ComparedFile, Side};

#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error(transparent)]
    Project(#[from] PlanError),
    #[error("project `{project}` has no checkpoint {hash}")]
    UnknownCheckpoint { project: String, hash: String },
    #[error("neither checkpoint has the file `{0}`")]
    UnknownFile(String),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// A thread that the project runs on, or ran on until somebody went back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub thread: String,
    /// The checkpoint that it left another line at; `None` for the first.
    pub from: Option<String>,
    /// What was recorded from then on belongs to it, until the next begins.
    pub since: i64,
    /// The project goes on here.
    pub current: bool,
}

/// Where the next page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// Ledger entry of the oldest checkpoint that was shown, and its time.
    pub entry: i64,
    pub at: i64,
}

#[derive(Debug, Clone)]
pub struct HistoryPage {
    pub lines: Vec<Line>,
    /// Of the whole project, oldest first.
    pub runs: Vec<RunOfProject>,
    /// Newest first. Of what happened in one moment, the checkpoint that holds it comes first.
    pub moments: Vec<Moment>,
    pub older: Option<Cursor>,
}

#[derive(Debug, Clone)]
pub enum Moment {
    Checkpoint(CheckpointMoment),
    /// A step failed, or waits for a person.
    Step(StepThen),
    Decision(DecisionThen),
    Effect(EffectThen),
}

#[derive(Debug, Clone)]
pub struct CheckpointMoment {
    pub point: HistoryPoint,
    /// The project's thread that it is of, or that started the run that it is of.
    pub line: String,
    /// The run, where it is of a run's thread.
    pub run: Option<String>,
    /// Of the project until then, and of that since the checkpoint before it.
    pub spent: SpendThen,
    pub cost: SpendThen,
    /// Ids of the decisions that it went on with.
    pub decisions: Vec<String>,
}

/// A project as it was.
#[derive(Debug, Clone)]
pub struct Then {
    pub checkpoint: CheckpointMoment,
    /// Where it stands among the checkpoints of its thread, from 1, and how many there are.
    pub place: (usize, usize),
    pub before: Option<String>,
    pub after: Vec<String>,
    pub steps: Vec<StepStood>,
    pub files: Vec<FileThen>,
    /// The newest of what had been said, oldest first, and how much had been in all.
    pub messages: Vec<Said>,
    pub said: u32,
    /// The state's values, and how many there are.
    pub state: Vec<StateLeaf>,
    pub values: usize,
    /// What it changed of the state before it.
    pub changes: Vec<StateChange>,
    pub changed: usize,
}

/// What all questions about a project's past begin with.
pub(super) struct Past {
    pub(super) row: ProjectRow,
    pub(super) lines: Vec<Line>,
    runs: Vec<RunOfProject>,
    spend: Vec<SpendRow>,
    decisions: Vec<DecisionThen>,
}

impl Past {
    fn threads(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.thread.clone()).collect()
    }

    /// The project's lines and the threads of its runs.
    pub(super) fn all_threads(&self) -> Vec<String> {
        let mut threads = self.threads();
        threads.extend(self.runs.iter().map(|run| run.thread.clone()));
        threads
    }

    /// A line and the threads of the runs that it started.
    pub(super) fn threads_of_line(&self, line: &str) -> Vec<String> {
        let started = self.runs.iter().filter(|run| run.line.as_deref() == Some(line));
        std::iter::once(line.to_owned()).chain(started.map(|run| run.thread.clone())).collect()
    }

    pub(super) fn running_on(&self, line: &str) -> Vec<String> {
        let runs =
            self.runs.iter().filter(|run| run.status == "running" && run.line.as_deref() == Some(line));
        runs.map(|run| run.id.clone()).collect()
    }

    pub(super) fn spend(&self) -> &[SpendRow] {
        &self.spend
    }

    fn run_of(&self, thread: &str) -> Option<&RunOfProject> {
        self.runs.iter().find(|run| run.thread == thread)
    }

    /// The line of a thread of the project: its own, or the one that started its run.
    fn line_of(&self, thread: &str) -> Option<String> {
        if self.lines.iter().any(|line| line.thread == thread) {
            return Some(thread.to_owned());
        }
        self.run_of(thread)?.line.clone()
    }

    /// `since`: when the checkpoint before it was made.
    fn moment(&self, point: HistoryPoint, since: Option<i64>) -> Option<CheckpointMoment> {
        let line = self.line_of(&point.thread)?;
        let run = self.run_of(&point.thread);
        let cost = match run {
            // A run's cost is its own, whatever ran beside it.
            Some(run) => {
                let own = self.spend.iter().filter(|row| row.run.as_ref() == Some(&run.id));
                spend_at(own, point.at)
            }
            None => match since {
                Some(since) => spend_at(self.spend.iter().filter(|row| row.reserved_at > since), point.at),
                None => spend_at(&self.spend, point.at),
            },
        };
        let went_on_with = |decision: &&DecisionThen| {
            let row = &decision.row;
            let answers = row.thread.as_ref() == Some(&point.thread)
                && row.task.as_ref().is_some_and(|task| point.merged.contains(task));
            answers || (point.parent.is_none() && run.is_none() && row.subject == "plan")
        };
        let decisions = self.decisions.iter().filter(went_on_with).map(|it| it.row.id.clone());
        Some(CheckpointMoment {
            line,
            run: run.map(|run| run.id.clone()),
            spent: spend_at(&self.spend, point.at),
            cost,
            decisions: decisions.collect(),
            point,
        })
    }
}

impl Engine {
    /// What happened in a project, newest first: at most `limit` checkpoints, and all between them.
    ///
    /// # Errors
    /// There is no such project, or the store failed.
    pub async fn history(
        &self,
        project: &str,
        before: Option<Cursor>,
        limit: u32,
    ) -> Result<HistoryPage, HistoryError> {
        let past = self.past(project).await?;
        let until = before.map_or((i64::MAX, i64::MAX), |cursor| (cursor.entry, cursor.at));
        // One more, to know what the last one came after and whether there is more.
        let mut points = self.store().points(&past.threads(), until.0, limit.saturating_add(1)).await?;
        let more = points.len() > limit as usize;
        let next = if more { points.pop() } else { None };
        let oldest = points.last();
        // Time is cut where the pages are, so that what lies between two checkpoints is shown once. A clock that was
        // set back makes a page without anything between, never one that is shown twice.
        let after = match oldest {
            Some(oldest) if more => (oldest.seq - 1, oldest.at.min(until.1)),
            _ => (0, i64::MIN),
        };
        let changes = self.store().step_changes(project, after.0, until.0.saturating_sub(1)).await?;
        let effects = self.store().effects_between(project, after.1, until.1).await?;
        let older = oldest.filter(|_| more).map(|it| Cursor { entry: it.seq, at: after.1 });
        let mut moments: Vec<Moment> = Vec::new();
        for (index, point) in points.iter().enumerate() {
            let since = points[index + 1..].iter().chain(&next).find(|it| Some(it.hash) == point.parent);
            moments.extend(past.moment(point.clone(), since.map(|it| it.at)).map(Moment::Checkpoint));
        }
        let notable = |change: &StepThen| matches!(change.row.status.as_str(), "failed" | "pending_approval");
        moments.extend(changes.into_iter().filter(notable).rev().map(Moment::Step));
        let between = |at: i64| at > after.1 && at <= until.1;
        let decided = past.decisions.iter().filter(|it| between(it.row.decided_at)).rev();
        moments.extend(decided.cloned().map(Moment::Decision));
        moments.extend(effects.into_iter().rev().map(Moment::Effect));
        moments.sort_by_key(|moment| std::cmp::Reverse(moment.at()));
        Ok(HistoryPage { lines: past.lines, runs: past.runs, moments, older })
    }

    /// A project as it was at a checkpoint of its own or of one of its runs.
    ///
    /// # Errors
    /// There is no such project or checkpoint, or the store failed.
    pub async fn checkpoint(&self, project: &str, hash: &str) -> Result<Then, HistoryError> {
        let past = self.past(project).await?;
        let (point, state) = self.point_of(&past, hash).await?;
        let parent = match point.parent {
            Some(parent) => self.inner.runner.checkpointer().checkpoint(parent).await?,
            None => None,
        };
        let since = parent.as_ref().map(|parent| parent.summary.at);
        let before = parent.map(|parent| parent.state).unwrap_or_default();
        let (changes, changed) = differences(&before, &state, VALUES);
        let (values, count) = leaves(&state, VALUES);
        let places = self.store().point_places(std::slice::from_ref(&point.thread)).await?;
        let position = places.iter().position(|it| it.hash == point.hash).unwrap_or_default();
        let after = places.iter().filter(|it| it.parent == Some(point.hash)).map(|it| it.hash.to_string());
        let unknown = || HistoryError::UnknownCheckpoint { project: project.into(), hash: hash.into() };
        Ok(Then {
            place: (position + 1, places.len()),
            before: point.parent.map(|parent| parent.to_string()),
            after: after.collect(),
            steps: self.steps_then(&past, &point, &state).await?,
            files: self.files_then(&past, point.at).await?,
            messages: self.store().messages(project, point.at.saturating_add(1), MESSAGES).await?,
            said: self.store().count_messages(project, point.at).await?,
            state: values,
            values: count,
            changes,
            changed,
            checkpoint: past.moment(point, since).ok_or_else(unknown)?,
        })
    }

    pub(super) async fn past(&self, project: &str) -> Result<Past, HistoryError> {
        let row = self.project_row(project).await?;
        Ok(Past {
            lines: self.lines(&row).await?,
            runs: self.store().runs_with_lines(project).await?,
            spend: self.store().spend_of_project(project).await?,
            decisions: self.store().decisions_of_project(project).await?,
            row,
        })
    }

    async fn lines(&self, row: &ProjectRow) -> Result<Vec<Line>, HistoryError> {
        let Some(current) = &row.thread else { return Ok(Vec::new()) };
        let line = |thread: String, from, since| Line { current: thread == *current, thread, from, since };
        let mut lines = vec![line(row.id.clone(), None, row.created_at)];
        let further = self.store().lines(&row.id).await?.into_iter();
        lines.extend(further.map(|it| line(it.thread, Some(it.checkpoint), it.began_at)));
        Ok(lines)
    }

    /// A checkpoint of this project, with its state.
    pub(super) async fn point_of(
        &self,
        past: &Past,
        hash: &str,
    ) -> Result<(HistoryPoint, State), HistoryError> {
        let unknown =
            || HistoryError::UnknownCheckpoint { project: past.row.id.clone(), hash: hash.to_owned() };
        let parsed = Hash::from_hex(hash).ok_or_else(unknown)?;
        let point = self.store().point(parsed).await?.ok_or_else(unknown)?;
        past.line_of(&point.thread).ok_or_else(unknown)?;
        let checkpoint = self.inner.runner.checkpointer().checkpoint(parsed).await?.ok_or_else(unknown)?;
        Ok((point, checkpoint.state))
    }

    /// The plan's steps as they stood at a checkpoint.
    async fn steps_then(
        &self,
        past: &Past,
        point: &HistoryPoint,
        state: &State,
    ) -> Result<Vec<StepStood>, HistoryError> {
        let steps = self.store().steps(&past.row.id).await?;
        let steps: Vec<String> = steps.into_iter().map(|step| step.id).collect();
        let changes = self.store().step_changes(&past.row.id, 0, point.seq).await?;
        Ok(steps_at(&steps, &changes, state))
    }

    async fn files_then(&self, past: &Past, at: i64) -> Result<Vec<FileThen>, HistoryError> {
        let effects = self.store().file_effects(&past.row.id).await?;
        let place = self.place_of(&past.row.id).await.ok().flatten();
        Ok(files_at(&effects, at, |folder| folder_now(place.as_ref(), folder)))
    }
}

impl Moment {
    /// When it shows: an effect when it came to its end.
    pub fn at(&self) -> i64 {
        match self {
            Moment::Checkpoint(moment) => moment.point.at,
            Moment::Step(change) => change.row.changed_at,
            Moment::Decision(decision) => decision.row.decided_at,
            Moment::Effect(effect) => effect.row.intended_at,
        }
    }
}

fn folder_now(place: Option<&ProjectPlace>, folder: &str) -> String {
    place.map_or_else(|| folder.to_owned(), |place| place.folder_now(folder))
}
