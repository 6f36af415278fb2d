//! A project's past on the wire.

use cadre_engine::{
    CheckpointMoment, Compared, Cursor, DecisionThen, EffectThen, FileThen, HistoryPage, Leaf, Line, Moment,
    RunOfProject, Side, SpendThen, StateChange, StateLeaf, StepStood, StepThen, Then,
};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{Micros, dollars};
use crate::operations::conversation::MessageDto;

/// Where a page ended: a ledger entry and its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct CursorDto {
    #[specta(type = specta_typescript::Number)]
    pub entry: i64,
    pub at: Micros,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct HistoryDto {
    pub lines: Vec<LineDto>,
    /// Of the whole project, oldest first.
    pub runs: Vec<RunDto>,
    /// Newest first.
    pub moments: Vec<MomentDto>,
    /// Where the next page begins; `null` at the beginning of the project.
    pub older: Option<CursorDto>,
}

/// A thread that the project runs on, or ran on until somebody went back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LineDto {
    pub thread: String,
    /// The checkpoint that it left another line at.
    pub from: Option<String>,
    /// What was recorded from then on belongs to it, until the next begins.
    pub since: Micros,
    /// The project goes on here.
    pub current: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct RunDto {
    pub id: String,
    pub step: String,
    /// 1 for the first.
    pub attempt: u32,
    pub member: String,
    /// The line that started it.
    pub line: Option<String>,
    /// `running`, `completed` or `failed`.
    pub status: String,
    pub category: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MomentDto {
    Checkpoint(PointDto),
    /// A step failed, or waits for a person.
    Step(StepMomentDto),
    Decision(DecisionMomentDto),
    Effect(EffectMomentDto),
}

/// A checkpoint of the project's thread, or of a run's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct PointDto {
    pub hash: String,
    pub parent: Option<String>,
    /// Its place in the ledger.
    #[specta(type = specta_typescript::Number)]
    pub entry: i64,
    pub line: String,
    /// The run, where it is one's and not the project's own.
    pub run: Option<String>,
    /// Counts from 0, the beginning.
    pub superstep: u32,
    /// The plan's steps that ended here.
    pub steps: Vec<String>,
    /// The channels of the state that changed.
    pub changed: Vec<String>,
    pub actor: String,
    pub at: Micros,
    /// Of the project until then, and of that since the checkpoint before it.
    pub spent: SpendThenDto,
    pub cost: SpendThenDto,
    /// Ids of the decisions that it went on with.
    pub decisions: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct SpendThenDto {
    pub charged_usd: String,
    /// Of that, reserved for calls that were under way.
    pub held_usd: String,
    #[specta(type = specta_typescript::Number)]
    pub tokens: i64,
    pub calls: u32,
    /// Dearest first.
    pub models: Vec<ModelSpendDto>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ModelSpendDto {
    pub model: String,
    pub charged_usd: String,
    #[specta(type = specta_typescript::Number)]
    pub tokens: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StepMomentDto {
    #[specta(type = specta_typescript::Number)]
    pub entry: i64,
    pub step: String,
    /// `failed` or `pending_approval`.
    pub status: String,
    pub runs: u32,
    pub summary: Option<String>,
    pub at: Micros,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DecisionMomentDto {
    pub id: String,
    pub subject: String,
    pub decision: String,
    pub reason: Option<String>,
    pub action_hash: Option<String>,
    pub by: String,
    pub channel: String,
    pub at: Micros,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct EffectMomentDto {
    pub id: String,
    pub run: Option<String>,
    pub class: String,
    pub title: String,
    pub action_hash: String,
    /// As it is now: `intended`, `done`, `failed`, `unknown`, `undoing` or `undone`.
    pub status: String,
    pub granted_by: Option<String>,
    pub at: Micros,
    pub settled_at: Option<Micros>,
}

/// A project as it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ThenDto {
    pub checkpoint: PointDto,
    /// Its place among the checkpoints of its thread, from 1, and how many there are.
    pub place: u32,
    pub places: u32,
    /// Those around it: more than one after it where lines part.
    pub before: Option<String>,
    pub after: Vec<String>,
    pub steps: Vec<StepThenDto>,
    pub files: Vec<FileThenDto>,
    /// The newest of what had been said, oldest first, and how much had been in all.
    pub messages: Vec<MessageDto>,
    pub said: u32,
    /// The first values of the state, and how many there are.
    pub state: Vec<StateLeafDto>,
    pub values: u32,
    /// The first of the values that it changed, and how many it did.
    pub changes: Vec<StateChangeDto>,
    pub changed: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StepThenDto {
    pub step: String,
    pub status: String,
    pub runs: u32,
    pub summary: Option<String>,
    pub since: Option<Micros>,
}

/// A file that the project had changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct FileThenDto {
    pub folder: String,
    pub path: String,
    /// The effect that made it what it was: see `effect.diff`.
    pub effect: String,
    /// `new`, `changed` or `deleted`, against what stood there before the project.
    pub change: String,
    pub sha256: Option<String>,
    pub at: Micros,
}

/// A value of a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct LeafDto {
    pub text: String,
    #[specta(type = specta_typescript::Number)]
    pub bytes: u64,
    /// Only its beginning is here.
    pub cut: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StateLeafDto {
    /// The channel, then keys and places.
    pub path: Vec<String>,
    pub leaf: LeafDto,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct StateChangeDto {
    pub path: Vec<String>,
    /// `null` where there is none.
    pub before: Option<LeafDto>,
    pub after: Option<LeafDto>,
}

/// Two checkpoints beside each other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct ComparedDto {
    /// Hash and time of the newest checkpoint that both come from.
    pub parted: Option<String>,
    pub parted_at: Option<Micros>,
    pub from: SideDto,
    pub to: SideDto,
    /// The first of the values that differ, how many do, and of how many.
    pub state: Vec<StateChangeDto>,
    pub changed: u32,
    pub values: u32,
    /// Those that differ.
    pub files: Vec<ComparedFileDto>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct SideDto {
    pub hash: String,
    pub line: String,
    pub at: Micros,
    pub steps: Vec<StepThenDto>,
    /// How much named evidence had been checked for the steps that were done.
    pub evidence: u32,
    /// Since they part.
    pub cost: SpendThenDto,
    /// Microseconds since they part.
    #[specta(type = specta_typescript::Number)]
    pub took: i64,
    /// Effects outside the folder since they part.
    pub outside: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct ComparedFileDto {
    pub folder: String,
    pub path: String,
    /// SHA-256 of what stood there; `null` where nothing did.
    pub from: Option<String>,
    pub to: Option<String>,
}

fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}

fn all<T, D: From<T>>(items: Vec<T>) -> Vec<D> {
    items.into_iter().map(Into::into).collect()
}

impl From<HistoryPage> for HistoryDto {
    fn from(page: HistoryPage) -> Self {
        HistoryDto {
            lines: all(page.lines),
            runs: all(page.runs),
            moments: all(page.moments),
            older: page.older.map(|Cursor { entry, at }| CursorDto { entry, at: Micros(at) }),
        }
    }
}

impl From<Line> for LineDto {
    fn from(Line { thread, from, since, current }: Line) -> Self {
        LineDto { thread, from, since: Micros(since), current }
    }
}

impl From<RunOfProject> for RunDto {
    fn from(run: RunOfProject) -> Self {
        RunDto {
            id: run.id,
            step: run.step,
            attempt: run.attempt,
            member: run.member,
            line: run.line,
            status: run.status,
            category: run.category,
        }
    }
}

impl From<Moment> for MomentDto {
    fn from(moment: Moment) -> Self {
        match moment {
            Moment::Checkpoint(it) => MomentDto::Checkpoint(it.into()),
            Moment::Step(it) => MomentDto::Step(it.into()),
            Moment::Decision(it) => MomentDto::Decision(it.into()),
            Moment::Effect(it) => MomentDto::Effect(it.into()),
        }
    }
}

impl From<CheckpointMoment> for PointDto {
    fn from(moment: CheckpointMoment) -> Self {
        let step_of = |task: String| task.split_once(':').map_or(task.clone(), |(_, step)| step.to_owned());
        let steps = moment.point.merged.into_iter().map(step_of).filter(|step| !step.starts_with("cadre:"));
        PointDto {
            steps: if moment.run.is_some() { Vec::new() } else { steps.collect() },
            hash: moment.point.hash.to_string(),
            parent: moment.point.parent.map(|parent| parent.to_string()),
            entry: moment.point.seq,
            line: moment.line,
            run: moment.run,
            superstep: u32::try_from(moment.point.step).unwrap_or(u32::MAX),
            changed: moment.point.changed,
            actor: moment.point.actor,
            at: Micros(moment.point.at),
            spent: moment.spent.into(),
            cost: moment.cost.into(),
            decisions: moment.decisions,
        }
    }
}

impl From<SpendThen> for SpendThenDto {
    fn from(spend: SpendThen) -> Self {
        let model = |(model, charged, tokens)| ModelSpendDto { model, charged_usd: dollars(charged), tokens };
        SpendThenDto {
            charged_usd: dollars(spend.charged),
            held_usd: dollars(spend.held),
            tokens: spend.tokens,
            calls: spend.calls,
            models: spend.models.into_iter().map(model).collect(),
        }
    }
}

impl From<StepThen> for StepMomentDto {
    fn from(StepThen { row, summary }: StepThen) -> Self {
        StepMomentDto {
            entry: row.seq,
            step: row.step,
            status: row.status,
            runs: row.runs,
            summary,
            at: Micros(row.changed_at),
        }
    }
}

impl From<DecisionThen> for DecisionMomentDto {
    fn from(DecisionThen { row, reason }: DecisionThen) -> Self {
        DecisionMomentDto {
            id: row.id,
            subject: row.subject,
            decision: row.decision,
            reason,
            action_hash: row.action_hash,
            by: row.by,
            channel: row.channel,
            at: Micros(row.decided_at),
        }
    }
}

impl From<EffectThen> for EffectMomentDto {
    fn from(EffectThen { row, title }: EffectThen) -> Self {
        EffectMomentDto {
            id: row.id,
            run: row.run,
            class: row.class,
            title,
            action_hash: row.action_hash,
            status: row.status,
            granted_by: row.granted_by,
            at: Micros(row.intended_at),
            settled_at: row.settled_at.map(Micros),
        }
    }
}

impl From<Then> for ThenDto {
    fn from(then: Then) -> Self {
        ThenDto {
            checkpoint: then.checkpoint.into(),
            place: count(then.place.0),
            places: count(then.place.1),
            before: then.before,
            after: then.after,
            steps: all(then.steps),
            files: all(then.files),
            messages: all(then.messages),
            said: then.said,
            state: all(then.state),
            values: count(then.values),
            changes: all(then.changes),
            changed: count(then.changed),
        }
    }
}

impl From<StepStood> for StepThenDto {
    fn from(it: StepStood) -> Self {
        let since = it.since.map(Micros);
        StepThenDto { step: it.step, status: it.status, runs: it.runs, summary: it.summary, since }
    }
}

impl From<FileThen> for FileThenDto {
    fn from(file: FileThen) -> Self {
        let change = match (&file.first, &file.sha256) {
            (_, None) => "deleted",
            (None, Some(_)) => "new",
            (Some(_), Some(_)) => "changed",
        };
        FileThenDto {
            folder: file.folder,
            path: file.path,
            effect: file.effect,
            change: change.into(),
            sha256: file.sha256,
            at: Micros(file.at),
        }
    }
}

impl From<Leaf> for LeafDto {
    fn from(Leaf { text, bytes, cut }: Leaf) -> Self {
        LeafDto { text, bytes, cut }
    }
}

impl From<StateLeaf> for StateLeafDto {
    fn from(StateLeaf { path, leaf }: StateLeaf) -> Self {
        StateLeafDto { path, leaf: leaf.into() }
    }
}

impl From<StateChange> for StateChangeDto {
    fn from(change: StateChange) -> Self {
        let (before, after) = (change.before.map(Into::into), change.after.map(Into::into));
        StateChangeDto { path: change.path, before, after }
    }
}

impl From<Compared> for ComparedDto {
    fn from(compared: Compared) -> Self {
        let file = |it: cadre_engine::ComparedFile| ComparedFileDto {
            folder: it.folder,
            path: it.path,
            from: it.from,
            to: it.to,
        };
        ComparedDto {
            parted_at: compared.parted.as_ref().map(|point| Micros(point.at)),
            parted: compared.parted.map(|point| point.hash.to_string()),
            from: compared.from.into(),
            to: compared.to.into(),
            state: all(compared.state),
            changed: count(compared.changed),
            values: count(compared.values),
            files: compared.files.into_iter().map(file).collect(),
        }
    }
}

impl From<Side> for SideDto {
    fn from(side: Side) -> Self {
        SideDto {
            hash: side.point.hash.to_string(),
            line: side.line,
            at: Micros(side.point.at),
            steps: all(side.steps),
            evidence: side.evidence,
            cost: side.cost.into(),
            took: side.took,
            outside: side.outside,
        }
    }
}
