//! The orchestrator: intake, planning, carrying projects out, approvals, and the gate to effects.
//!
//! Everything that happens is recorded by the store before it counts; everything that acts goes through [`gate`].
//! Deliberately absent: SQL, the webview, HTTP, and any decision that is a person's to make.

mod agent_change;
mod agent_file;
mod agent_programs;
pub mod answers;
mod asking;
mod backup;
mod clock;
pub mod diff;
mod endpoints;
mod engine;
pub mod gate;
mod gateway;
mod history;
pub mod intake;
mod models;
pub mod organisation;
mod pack;
mod planning;
mod project_graph;
mod run_graph;
mod shared;
mod tasks;
mod templates;
mod vaults;
mod workplace;

pub use agent_file::AgentFileError;
pub use backup::{BackupError, BackupKind, BackupView, RestoreError};
pub use clock::{Host, SystemHost};
pub use endpoints::ProviderError;
pub use engine::{
    AddProgramError, AddedKey, AgentsError, AgentsRead, AttachmentText, BackupsProblem, BackupsView, Before,
    Brought, BudgetError, CheckpointMoment, Compared, ComparedFile, ControlError, Cursor, DATA_FOLDER,
    DecideError, Decision, DecisionView, Discovery, EffectDetail, EffectView, EndpointError, EndpointOffer,
    EndpointView, Engine, EngineError, EngineOptions, FileChange, Filed, FoundService, HistoryError,
    HistoryPage, InboxItem, KeyView, Line, MemberKnown, MemberView, Moment, NewKey, OfferedModel, Overview,
    PlaceView, PlanError, PlanWaits, ProgramView, ProjectView, RecentFolder, Redacted, RequestError,
    RequestView, RestoreDecision, RollbackError, RollbackView, RolledBack, RuleView, Side, SpendView,
    StepView, Then, UndoError, Upload, restore_closed, take_back_closed,
};
pub use history::{FileThen, Leaf, SpendThen, StateChange, StateLeaf, StepStood};
pub use planning::StepEdit;
pub use run_graph::Artifact;
pub use vaults::VaultState;
pub use workplace::WorkplaceError;

// What callers of the engine see of the agents, the graph, the store, the providers and the vault.
pub use cadre_agents::attachments::AttachmentError;
pub use cadre_graph::Clock;
pub use cadre_models::ProviderKind;
pub use cadre_models::catalogue::Tier;
pub use cadre_models::discover::{Candidate, OfferedKey};
pub use cadre_store::aggregates::conversation::Said;
pub use cadre_store::aggregates::endpoint::KeyState;
pub use cadre_store::aggregates::history::{DecisionThen, EffectThen, RunOfProject, StepThen};
pub use cadre_store::aggregates::member::MemberRow;
pub use cadre_store::evidence::{BundleError, BundleReport, BundleSigner, ExportError, Scope, check_bundle};
pub use cadre_store::{
    Anchor, Comparison, Head, OpenError, ReadError, RedactError, RestoreOrder, Signature, SignedHead,
    VerifyError, VerifyReport, WriteError,
};
pub use cadre_vault::{VaultError, VaultKind, VaultPlace, Work};
