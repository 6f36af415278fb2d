//! Carrying threads forward: one task a thread at a time, woken by answers, results and timers.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_trait::async_trait;
use cadre_core::status::{ProjectStatus, StepStatus, project_status};
use cadre_graph::{
    CheckpointError, CompiledGraph, Leave, NodeError, Park, ParkedTask, Progress, RunError, Runner,
    StartOptions, State, Wake,
};
use cadre_store::aggregates::project::{ProjectStatusChanged, project_has_status};
use cadre_store::aggregates::run::RunStarted;
use cadre_store::{Batch, ReadError, Record as _, WriteError};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Engine, lock};
use crate::agent_change;
use crate::project_graph::{self, RUN_CALL};
use crate::run_graph::{self, RunInput};
use crate::tasks::TaskKind;
use crate::workplace::ProjectPlace;

/// Which threads are being driven, and whether one was woken meanwhile.
#[derive(Default)]
pub(crate) struct Driven(HashMap<String, bool>);

impl Driven {
    pub(super) fn has(&self, thread: &str) -> bool {
        self.0.contains_key(thread)
    }
}

/// What happens when a timer rings.
#[derive(Debug, Clone, Copy)]
enum Alarm {
    /// The task goes on.
    Wake,
    /// A question that nobody has answered is closed.
    Expiry,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum DriveError {
    #[error(transparent)]
    Run(#[from] RunError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Decide(#[from] super::DecideError),
    #[error("thread `{0}` belongs to a graph that this version does not have")]
    UnknownGraph(String),
    #[error("the approved plan no longer compiles: {0}")]
    Plan(#[from] cadre_graph::CompileError),
}

impl Engine {
    /// Takes up everything that was under way when the workspace was last open, and from now on carries on what is
    /// approved and answered. Until then this host only records.
    ///
    /// # Errors
    /// The store failed.
    pub async fn resume(&self) -> Result<(), ReadError> {
        self.inner.carries.store(true, Ordering::SeqCst);
        self.sign_heads_soon();
        self.resume_undos().await?;
        for thread in self.store().open_threads().await? {
            self.wake(&thread);
        }
        // A finished thread whose project does not say so yet: the host ended between the two entries.
        for project in self.store().projects().await? {
            let over = ProjectStatus::from_name(&project.status).is_none_or(ProjectStatus::is_over);
            if let (Some(thread), false) = (&project.thread, over) {
                self.wake(thread);
            }
        }
        Ok(())
    }

    /// Whether this host carries work on, and not only records.
    pub(super) fn carries(&self) -> bool {
        self.inner.carries.load(Ordering::SeqCst)
    }

    /// Has the thread go on as far as it can.
    pub(crate) fn wake(&self, thread: &str) {
        if !self.carries() || self.inner.tasks.cancelled().is_cancelled() {
            return;
        }
        {
            let mut driven = lock(&self.inner.driven);
            if let Some(again) = driven.0.get_mut(thread) {
                *again = true;
                return;
            }
            driven.0.insert(thread.to_owned(), false);
        }
        let (engine, thread) = (self.clone(), thread.to_owned());
        self.inner.tasks.spawn(TaskKind::Drive, async move { engine.drive(&thread).await });
    }

    async fn drive(&self, thread: &str) {
        loop {
            let outcome = self.advance(thread).await;
            if let Err(error) = &outcome {
                self.report(thread, error).await;
            }
            let mut driven = lock(&self.inner.driven);
            let woken = driven.0.get_mut(thread).is_some_and(std::mem::take);
            if !woken || self.inner.tasks.cancelled().is_cancelled() {
                driven.0.remove(thread);
                drop(driven);
                self.inner.quiet.notify_waiters();
                return;
            }
        }
    }

    async fn advance(&self, thread: &str) -> Result<(), DriveError> {
        let graph = self.store().thread_graph(thread).await?;
        match graph.as_deref() {
            Some(project_graph::GRAPH) => self.advance_project(thread).await,
            Some(run_graph::GRAPH) => self.advance_run(thread).await,
            Some(agent_change::GRAPH) => {
                let runner = self.runner(None);
                runner.advance(&self.inner.agent_graph, thread).await?;
                Ok(())
            }
            _ => Err(DriveError::UnknownGraph(thread.to_owned())),
        }
    }

    /// Whether the project may go on: a person can hold it, what is over stays over, and a host can be about to end.
    async fn may_go_on(&self, project: &str) -> Result<bool, ReadError> {
        if !self.carries() {
            return Ok(false); // the host ends what runs and begins nothing
        }
        let Some(row) = self.store().project_of_thread(project).await? else { return Ok(false) };
        let over = ProjectStatus::from_name(&row.status).is_none_or(ProjectStatus::is_over);
        Ok(!row.held && !over)
    }

    /// Advances threads as far as they may go on: those of a project, or of none.
    fn runner(&self, project: Option<&str>) -> Runner {
        let leave = LeaveToGoOn { engine: self.clone(), project: project.map(str::to_owned) };
        let runner = self.inner.runner.clone().with_leave(Arc::new(leave));
        match project {
            Some(line) => runner.with_cancel(self.token(project_of(line))),
            None => runner,
        }
    }

    async fn advance_project(&self, thread: &str) -> Result<(), DriveError> {
        if !self.may_go_on(thread).await? {
            return Ok(());
        }
        let graph = self.project_graph(thread).await?;
        let progress = self.runner(Some(thread)).advance(&graph, thread).await?;
        if let Progress::Waiting(parked) = &progress {
            for task in parked.iter().filter(|task| task.answer.is_none()) {
                self.attend(thread, task).await?;
            }
        }
        let finished = matches!(progress, Progress::Finished(_));
        self.settle_project(thread, finished).await?;
        if finished {
            lock(&self.inner.project_graphs).remove(thread);
        }
        Ok(())
    }

    async fn advance_run(&self, thread: &str) -> Result<(), DriveError> {
        let Some(parent) = self.store().thread_parent(thread).await? else {
            return Err(DriveError::UnknownGraph(thread.to_owned()));
        };
        let project = parent.thread;
        if !self.may_go_on(&project).await? {
            return Ok(());
        }
        let progress = {
            let stopped = self.token(project_of(&project));
            // Closed only when the engine is gone, and then nothing is driven.
            let _slot = tokio::select! {
                biased;
                () = stopped.cancelled() => return Ok(()),
                slot = self.inner.run_slots.acquire() => slot.ok(),
            };
            if !self.may_go_on(&project).await? {
                return Ok(()); // it was held or ended while the run waited for its turn
            }
            self.runner(Some(&project)).advance(&self.inner.run_graph, thread).await?
        };
        match progress {
            Progress::Waiting(parked) => {
                for task in parked.iter().filter(|task| task.answer.is_none()) {
                    self.attend(thread, task).await?;
                }
                self.settle_project(&project, false).await?;
            }
            Progress::Finished(state) => self.hand_back(thread, &state).await?,
            Progress::Held | Progress::Stopped(_) => {}
        }
        Ok(())
    }

    /// Gives a finished run's outcome to the step that waits for it.
    async fn hand_back(&self, thread: &str, state: &State) -> Result<(), DriveError> {
        let Some(parent) = self.store().thread_parent(thread).await? else { return Ok(()) };
        let outcome = state.value("outcome").cloned().unwrap_or(Value::Null);
        match self.inner.runner.checkpointer().wake(&parent, outcome, Vec::new()).await {
            // The step went on already: this is a second finish after a restart.
            Ok(()) | Err(CheckpointError::NotParked(_)) => {}
            Err(error) => return Err(error.into()),
        }
        self.wake(&parent.thread);
        Ok(())
    }

    /// Sees to it that what a task waits for will come.
    async fn attend(&self, thread: &str, task: &ParkedTask) -> Result<(), DriveError> {
        let wake = Wake { thread: thread.to_owned(), task: task.task.clone(), position: task.position };
        match &task.park {
            // The Inbox reads it from the store.
            Park::Interrupt(interrupt) => {
                if let Some(at) = interrupt.expires_at {
                    self.set_timer(wake, at, Alarm::Expiry);
                }
            }
            Park::Timer { at } => self.set_timer(wake, *at, Alarm::Wake),
            Park::Call { name, input } if name == RUN_CALL => self.start_run(wake, input.clone()).await?,
            Park::Call { name, .. } => {
                tracing::error!(%name, thread, "a task waits for a call that nobody answers")
            }
        }
        Ok(())
    }

    async fn start_run(&self, wake: Wake, input: Value) -> Result<(), DriveError> {
        let mut run: RunInput = serde_json::from_value(input).map_err(|_| RunError::Input)?;
        let thread = child_thread(&wake);
        run.run = run_on(&wake.thread, &run);
        let input = serde_json::to_value(&run).map_err(|_| RunError::Input)?;
        let started = RunStarted {
            run: run.run,
            project: run.project,
            step: run.step,
            attempt: run.attempt,
            member: run.member.clone(),
            thread: thread.clone(),
        };
        let records = vec![started.to_host()];
        let options =
            StartOptions { actor: run.member, parent: Some(wake), records, ..StartOptions::default() };
        self.inner.runner.start(&self.inner.run_graph, &thread, json!({ "input": input }), options).await?;
        self.wake(&thread);
        Ok(())
    }

    /// A durable timer's alarm. The timer itself is the parked task; this only waits for it.
    fn set_timer(&self, wake: Wake, at: i64, alarm: Alarm) {
        if !lock(&self.inner.timers).insert(wake.clone()) {
            return;
        }
        let engine = self.clone();
        self.inner.tasks.spawn(TaskKind::Timer, async move {
            // Looked at once more: the clock may have been set back meanwhile.
            while let Ok(delay @ 1..) = u64::try_from(at.saturating_sub(engine.inner.shared.host.now())) {
                tokio::time::sleep(Duration::from_micros(delay)).await;
            }
            lock(&engine.inner.timers).remove(&wake);
            let rung = match alarm {
                Alarm::Wake => {
                    let woken = engine.inner.runner.checkpointer().wake(&wake, Value::Null, Vec::new()).await;
                    woken.map(|()| engine.wake(&wake.thread)).map_err(DriveError::from)
                }
                Alarm::Expiry => engine.expire(&wake).await.map(drop).map_err(DriveError::from),
            };
            if let Err(error) = rung {
                tracing::warn!(%error, "a timer came too late");
            }
        });
    }

    /// Brings the project's status in line with its steps.
    async fn settle_project(&self, thread: &str, finished: bool) -> Result<(), DriveError> {
        let Some(project) = self.store().project_of_thread(thread).await? else { return Ok(()) };
        let Some(current) = ProjectStatus::from_name(&project.status) else { return Ok(()) };
        let steps = self.store().steps(&project.id).await?;
        let steps: Vec<StepStatus> =
            steps.iter().filter_map(|step| StepStatus::from_name(&step.status)).collect();
        let wanted = match project_status(&steps) {
            ProjectStatus::Completed if !finished => ProjectStatus::Running, // its last commit is still to come
            status => status,
        };
        // From one pause to another the way leads over running.
        let way = if current.to(wanted).is_ok() {
            vec![wanted]
        } else if current != wanted && ProjectStatus::Running.to(wanted).is_ok() && !current.is_over() {
            vec![ProjectStatus::Running, wanted]
        } else {
            return Ok(());
        };
        let mut batch = Batch::new();
        batch.guard(project_has_status(&project.id, current.name()));
        for status in way {
            let reason = "steps".to_owned();
            batch.add(&ProjectStatusChanged {
                project: project.id.clone(),
                status: status.name().into(),
                reason,
            });
        }
        match self.store().write(batch).await {
            // Somebody else brought it in line, or a person changed it; the next change looks again.
            Ok(_) | Err(WriteError::Refused { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn project_graph(&self, thread: &str) -> Result<Arc<CompiledGraph>, DriveError> {
        if let Some(graph) = lock(&self.inner.project_graphs).get(thread) {
            return Ok(Arc::clone(graph));
        }
        let store = self.store();
        let unknown = || DriveError::UnknownGraph(thread.to_owned());
        let project = store.project_of_thread(thread).await?.ok_or_else(unknown)?;
        let version = project.approved_version.ok_or_else(unknown)?;
        let plan = store.plan(&project.id, version).await?.ok_or_else(unknown)?;
        let plan = store.plan_document(&plan).await?;
        let place = ProjectPlace::new(&project, &plan);
        let graph = Arc::new(project_graph::graph(&self.inner.shared, &plan, place)?);
        lock(&self.inner.project_graphs).insert(thread.to_owned(), Arc::clone(&graph));
        Ok(graph)
    }

    /// A thread that cannot go on by itself: the project shows it, and what is recorded stays.
    async fn report(&self, thread: &str, error: &DriveError) {
        match error {
            // Another host carries it on.
            DriveError::Run(RunError::Checkpoint(CheckpointError::Superseded { .. })) => return,
            // A person stopped it; it goes on when the project is resumed.
            DriveError::Run(
                RunError::Cancelled { .. } | RunError::Node { source: NodeError::Stopped { .. }, .. },
            ) => return,
            _ => {}
        }
        if self.inner.tasks.cancelled().is_cancelled() {
            return; // the host stops; the thread goes on when it is resumed
        }
        tracing::error!(%error, thread, "a thread cannot go on");
        let project = match self.store().thread_parent(thread).await {
            Ok(Some(parent)) => self.store().project_of_thread(&parent.thread).await,
            _ => self.store().project_of_thread(thread).await,
        };
        let Ok(Some(project)) = project else { return };
        let mut batch = Batch::new();
        batch.guard(project_has_status(&project.id, ProjectStatus::Running.name())).add(
            &ProjectStatusChanged {
                project: project.id,
                status: ProjectStatus::PausedOnError.name().into(),
                reason: error.to_string(),
            },
        );
        if let Err(error) = self.store().write(batch).await {
            tracing::warn!(%error, thread, "the project's pause could not be recorded");
        }
    }
}

/// Leave to begin a superstep: for as long as this host carries work on, and the project is neither held nor over.
struct LeaveToGoOn {
    engine: Engine,
    project: Option<String>,
}

#[async_trait]
impl Leave for LeaveToGoOn {
    async fn may_begin(&self) -> Result<bool, CheckpointError> {
        match &self.project {
            Some(project) => {
                let may = self.engine.may_go_on(project).await;
                may.map_err(|error| CheckpointError::Store(Box::new(error)))
            }
            None => Ok(self.engine.carries()),
        }
    }
}

/// What a project's further lines are called: its id, this mark, and a number. No id has the mark.
const LINE_MARK: char = '~';

/// The thread of a project's line, counted from 1. The first has the project's id.
pub(super) fn line_thread(project: &str, number: usize) -> String {
    format!("{project}{LINE_MARK}{number}")
}

/// The project that a line is of.
pub(super) fn project_of(line: &str) -> &str {
    line.split_once(LINE_MARK).map_or(line, |(project, _)| project)
}

/// The id of a run that this line starts. What a step asked for on another line is another run: it has messages, effects
/// and costs of its own.
fn run_on(line: &str, run: &RunInput) -> String {
    match run.run.strip_prefix(run.project.as_str()) {
        Some(rest) if line != run.project => format!("{line}{rest}"),
        _ => run.run.clone(),
    }
}

/// The id of the thread that a parked call starts: the same after a restart, so that it starts once.
fn child_thread(wake: &Wake) -> String {
    let name = format!("{}\n{}\n{}", wake.thread, wake.task, wake.position);
    hex::encode(&Sha256::digest(name.as_bytes())[..16])
}
