//! One module per aggregate: its entries in the ledger, the rows they make, and how they are read.

pub mod conversation;
pub mod decision;
pub mod effect;
pub mod endpoint;
pub mod history;
pub mod line;
pub mod member;
pub mod project;
pub mod project_parts;
pub mod request;
pub mod rule;
pub mod run;
pub mod spend;
pub(crate) mod thread;
pub(crate) mod thread_past;
pub mod workspace;

use crate::ledger::Entry;
use crate::projection::{Change, Table};
use crate::record::{Data, Record, project};

type Project = fn(&Entry, Data<'_>) -> Result<Vec<Change>, serde_json::Error>;

const fn kind<R: Record>() -> (&'static str, Project) {
    (R::KIND, project::<R>)
}

/// Every kind of entry that this version knows, with what it does to the tables.
const KINDS: &[(&str, Project)] = &[
    ("workspace.created", workspace::created),
    kind::<workspace::WorkspaceRestored>(),
    kind::<workspace::BackupMade>(),
    kind::<crate::signed_head::HeadSigned>(),
    kind::<crate::redaction::ValueRedacted>(),
    ("thread.started", thread::started),
    ("thread.forked", thread_past::forked),
    ("thread.deleted", thread_past::deleted),
    ("thread.pruned", thread_past::pruned),
    ("checkpoint", thread::checkpoint),
    ("task.written", thread::task_written),
    ("task.parked", thread::task_parked),
    ("task.woken", thread::task_woken),
    ("journal", thread::journal),
    kind::<member::MemberSaved>(),
    kind::<request::RequestFiled>(),
    kind::<request::RequestRead>(),
    kind::<project::ProjectOpened>(),
    kind::<project::PlanDrafted>(),
    kind::<project::PlanApproved>(),
    kind::<project::ProjectStatusChanged>(),
    kind::<project::ProjectHeld>(),
    kind::<project::StepChanged>(),
    kind::<line::ProjectRolledBack>(),
    kind::<rule::RuleMade>(),
    kind::<rule::RuleEnded>(),
    kind::<run::RunStarted>(),
    kind::<run::RunFinished>(),
    kind::<decision::DecisionMade>(),
    kind::<effect::PermitGranted>(),
    kind::<effect::EffectIntended>(),
    kind::<effect::EffectSettled>(),
    kind::<effect::UndoIntended>(),
    kind::<effect::UndoRefused>(),
    kind::<endpoint::EndpointEnabled>(),
    kind::<endpoint::EndpointDisabled>(),
    kind::<endpoint::KeyEntered>(),
    kind::<endpoint::KeyChanged>(),
    kind::<conversation::RunMessage>(),
    kind::<spend::SpendReserved>(),
    kind::<spend::SpendSettled>(),
    kind::<spend::BudgetSet>(),
];

/// Every projected table, in the order in which `verify` looks at them.
pub(crate) const TABLES: &[&Table] = &[
    &workspace::WORKSPACE,
    &thread::THREADS,
    &thread::CHECKPOINTS,
    &thread::TASK_WRITES,
    &thread::JOURNAL,
    &thread::PARKED,
    &member::MEMBERS,
    &request::REQUESTS,
    &project::PROJECTS,
    &project::PLANS,
    &project::STEPS,
    &history::STEP_CHANGES,
    &line::LINES,
    &rule::RULES,
    &run::RUNS,
    &decision::DECISIONS,
    &effect::PERMITS,
    &effect::EFFECTS,
    &endpoint::ENDPOINTS,
    &endpoint::VAULT_KEYS,
    &conversation::MESSAGES,
    &spend::SPEND,
    &spend::BUDGETS,
];

/// What an entry of this kind does, or `None` for one that this version does not know.
pub(crate) fn project_entry(
    kind: &str,
    entry: &Entry,
    data: Data<'_>,
) -> Result<Option<Vec<Change>>, serde_json::Error> {
    match KINDS.iter().find(|(known, _)| *known == kind) {
        Some((_, project)) => project(entry, data).map(Some),
        None => Ok(None),
    }
}

/// Every kind of entry that this version writes and knows.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(kind, _)| *kind)
}

/// The `'static` name of a known kind.
pub(crate) fn kind_name(kind: &str) -> Option<&'static str> {
    kinds().find(|known| *known == kind)
}
