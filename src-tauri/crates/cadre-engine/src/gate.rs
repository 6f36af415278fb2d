//! The gate: the one way to an effect.
//!
//! An effect is recorded as intended in the transaction that redeems its permit, then carried out, then recorded as
//! done, failed or unknown. A key names the effect's place in its run, the same after a restart, so that what was
//! done is never done again and what may have been done is never guessed at.

pub(crate) mod act;
mod git;
pub(crate) mod reconcile;

use std::path::PathBuf;
use std::sync::Arc;

use cadre_agents::command::Confinement;
use cadre_agents::snapshot::SnapshotStore;
use cadre_core::effect::{Action, Recovery};
use cadre_core::failure::Category;
use cadre_store::aggregates::effect::{
    EffectIntended, EffectRow, EffectSettled, PermitGranted, effect_has_status, effect_is_new, permit_is_for,
    permit_is_unused,
};
use cadre_store::aggregates::rule::rule_holds;
use cadre_store::{Batch, ReadError, Store, WriteError, value_part};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// What allows an effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// A permit that a decision made.
    Permit(String),
    /// Allowed by what is named (`policy:<rule>`, `decision:<id>`); the permit is granted with the intention.
    Allowed(String),
}

/// Whose effect it is.
#[derive(Debug, Clone, Default)]
pub struct Place {
    pub project: Option<String>,
    pub run: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum EffectOutcome {
    Done {
        result: Value,
    },
    Failed {
        category: String,
        message: String,
    },
    /// Nobody can say whether it happened. A person has to.
    Unknown {
        why: String,
    },
}

impl EffectOutcome {
    pub(crate) fn failed(category: Category, message: impl Into<String>) -> Self {
        EffectOutcome::Failed { category: category.name().into(), message: message.into() }
    }
}

/// Where an effect stands that is carried out elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Begun {
    /// It was recorded just now: go.
    Now,
    /// It was recorded before, and nobody heard what came of it.
    Before,
    Over(EffectOutcome),
}

#[derive(Debug, thiserror::Error)]
pub enum GateError {
    #[error("the permit does not allow this: it is used, or for other bytes")]
    PermitVoid,
    /// What allowed it without asking has ended meanwhile; nothing was done and no permit is used up.
    #[error("the rule that allowed this has ended")]
    RuleOver,
    /// The host stops. The effect stays intended; what became of it is found out on resuming.
    #[error("stopped while the effect was under way")]
    Stopped,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl From<GateError> for cadre_graph::NodeError {
    fn from(error: GateError) -> Self {
        match error {
            GateError::Stopped => cadre_graph::NodeError::Stopped { cause: error.to_string() },
            GateError::PermitVoid | GateError::RuleOver => {
                cadre_graph::NodeError::failed(Category::AuthorizationError.name(), error.to_string())
            }
            GateError::Read(_) | GateError::Write(_) => cadre_graph::NodeError::Store(error.to_string()),
        }
    }
}

pub struct Gate {
    store: Store,
    snapshots: Arc<SnapshotStore>,
    confinement: Confinement,
    repositories: git::Repositories,
    /// Folders with the programs that ship with Cadre.
    programs: PathBuf,
}

impl Gate {
    pub fn new(store: Store, snapshots: SnapshotStore, confinement: Confinement, programs: PathBuf) -> Self {
        Gate {
            store,
            snapshots: Arc::new(snapshots),
            confinement,
            repositories: git::Repositories::default(),
            programs,
        }
    }

    pub(crate) fn programs(&self) -> &PathBuf {
        &self.programs
    }

    pub(crate) fn snapshots(&self) -> Arc<SnapshotStore> {
        Arc::clone(&self.snapshots)
    }

    pub fn confinement(&self) -> &Confinement {
        &self.confinement
    }

    /// Carries `action` out, at most once for this key. `now` is when it would begin.
    ///
    /// # Errors
    /// The permit is void, or the store failed. That the effect itself failed is an outcome.
    pub async fn perform(
        &self,
        key: &str,
        permission: Permission,
        action: &Action,
        place: &Place,
        now: i64,
        cancelled: &CancellationToken,
    ) -> Result<EffectOutcome, GateError> {
        match self.store.effect(key).await? {
            None => {
                if cancelled.is_cancelled() {
                    return Err(GateError::Stopped); // nothing begins once it was stopped, and no permit is used up
                }
                self.intend(key, permission, action, place, now).await?;
                self.carry_out(key, action, cancelled).await
            }
            Some(row) if row.status == "intended" => self.recover(&row, action, cancelled).await,
            Some(row) => self.recorded_outcome(&row).await,
        }
    }

    /// Records the intention of an effect that is carried out elsewhere and reported with [`end`](Self::end).
    ///
    /// # Errors
    /// The permit is void, or the store failed.
    pub(crate) async fn begin(
        &self,
        key: &str,
        permission: Permission,
        action: &Action,
        place: &Place,
        now: i64,
        cancelled: &CancellationToken,
    ) -> Result<Begun, GateError> {
        match self.store.effect(key).await? {
            None if cancelled.is_cancelled() => Err(GateError::Stopped),
            None => self.intend(key, permission, action, place, now).await.map(|()| Begun::Now),
            Some(row) if row.action_hash != action.hash() => Err(GateError::PermitVoid),
            Some(row) if row.status == "intended" => Ok(Begun::Before),
            Some(row) => Ok(Begun::Over(self.recorded_outcome(&row).await?)),
        }
    }

    /// Records what came of an effect that was begun. The first report counts.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn end(&self, key: &str, outcome: &EffectOutcome) -> Result<(), GateError> {
        match self.store.effect(key).await? {
            Some(row) if row.status == "intended" => self.settle(key, "intended", outcome).await,
            _ => Ok(()),
        }
    }

    /// Records a change of a file that an agent's program made by itself: it was seen afterwards, so it is on record with
    /// what stood there before, and can be taken back like any other.
    ///
    /// # Errors
    /// The store failed.
    pub(crate) async fn observe(
        &self,
        key: &str,
        action: &Action,
        place: &Place,
        seen: &str,
    ) -> Result<(), GateError> {
        if self.store.effect(key).await?.is_some() {
            return Ok(());
        }
        let mut batch = Batch::new();
        batch.guard(effect_is_new(key));
        intention(&mut batch, key, Permission::Allowed(seen.to_owned()), action, place);
        let outcome = EffectOutcome::Done { result: json!({ "observed": true }) };
        batch.add(&settled(key, &outcome));
        self.store.write(batch).await?;
        Ok(())
    }

    /// Looks again at an effect whose outcome is unknown; changes nothing but its record.
    ///
    /// # Errors
    /// The store failed.
    pub async fn look_again(&self, key: &str, action: &Action) -> Result<EffectOutcome, GateError> {
        if let Some(settled) = self.settled(key).await? {
            return Ok(settled);
        }
        let outcome = match reconcile::probe(action) {
            reconcile::Probe::Happened(result) => EffectOutcome::Done { result },
            reconcile::Probe::DidNot => EffectOutcome::failed(Category::Unknown, "it did not happen"),
            reconcile::Probe::Unclear(why) => EffectOutcome::Unknown { why },
        };
        self.settle(key, "unknown", &outcome).await?;
        Ok(outcome)
    }

    /// Records what a person says about an unknown outcome. What a file holds is looked at all the same: where
    /// nothing of what was said can be seen, the outcome stays unknown.
    ///
    /// # Errors
    /// The store failed.
    pub async fn settle_by_person(
        &self,
        key: &str,
        action: &Action,
        happened: bool,
    ) -> Result<EffectOutcome, GateError> {
        if let Some(settled) = self.settled(key).await? {
            return Ok(settled);
        }
        let outcome = match happened.then(|| reconcile::said(action)) {
            Some(Ok(result)) => EffectOutcome::Done { result },
            Some(Err(why)) => EffectOutcome::Unknown { why },
            None => EffectOutcome::failed(Category::Unknown, "a person says that it did not happen"),
        };
        self.settle(key, "unknown", &outcome).await?;
        Ok(outcome)
    }

    /// The outcome of an effect that is no longer unknown: the host ended after it was settled.
    async fn settled(&self, key: &str) -> Result<Option<EffectOutcome>, GateError> {
        match self.store.effect(key).await? {
            Some(row) if row.status != "unknown" => self.recorded_outcome(&row).await.map(Some),
            _ => Ok(None),
        }
    }

    /// Redeems the permit and records the intention: one conditional transaction.
    async fn intend(
        &self,
        key: &str,
        permission: Permission,
        action: &Action,
        place: &Place,
        now: i64,
    ) -> Result<(), GateError> {
        let mut batch = Batch::new();
        batch.guard(effect_is_new(key));
        let by_rule = rule_of(&permission).map(str::to_owned);
        // The verdict may be old: between it and this the host can have been away for a month.
        for guard in by_rule.iter().flat_map(|rule| rule_holds(rule, now)) {
            batch.guard(guard);
        }
        intention(&mut batch, key, permission, action, place);
        match self.store.write(batch).await {
            Ok(_) => Ok(()),
            Err(WriteError::Refused { guard: 1.. }) if by_rule.is_some() => Err(GateError::RuleOver),
            Err(WriteError::Refused { .. }) => Err(GateError::PermitVoid),
            Err(error) => Err(error.into()),
        }
    }

    async fn carry_out(
        &self,
        key: &str,
        action: &Action,
        cancelled: &CancellationToken,
    ) -> Result<EffectOutcome, GateError> {
        let outcome = match action {
            Action::Git { .. } => git::change(action, &self.repositories, &self.confinement, cancelled).await,
            _ => act::act(action, &self.snapshots, &self.confinement, &self.programs, cancelled).await,
        };
        let was_stopped = |category: &str| category == Category::UserCancelled.name();
        if matches!(&outcome, EffectOutcome::Failed { category, .. } if was_stopped(category)) {
            return Err(GateError::Stopped);
        }
        self.settle(key, "intended", &outcome).await?;
        Ok(outcome)
    }

    /// An intention without an outcome: the process ended in between.
    async fn recover(
        &self,
        row: &EffectRow,
        action: &Action,
        cancelled: &CancellationToken,
    ) -> Result<EffectOutcome, GateError> {
        if row.action_hash != action.hash() {
            return Err(GateError::PermitVoid);
        }
        match action.recovery() {
            Recovery::Repeat => self.carry_out(&row.id, action, cancelled).await,
            Recovery::Reconcile => match reconcile::probe(action) {
                reconcile::Probe::Happened(result) => {
                    let outcome = EffectOutcome::Done { result };
                    self.settle(&row.id, "intended", &outcome).await?;
                    Ok(outcome)
                }
                // The permit was redeemed for this effect, and the effect has not happened.
                reconcile::Probe::DidNot => self.carry_out(&row.id, action, cancelled).await,
                reconcile::Probe::Unclear(why) => self.give_up(&row.id, why).await,
            },
            Recovery::Ask => {
                self.give_up(&row.id, "Cadre ended between starting it and hearing how it went".into()).await
            }
        }
    }

    async fn give_up(&self, key: &str, why: String) -> Result<EffectOutcome, GateError> {
        let outcome = EffectOutcome::Unknown { why };
        self.settle(key, "intended", &outcome).await?;
        Ok(outcome)
    }

    async fn settle(&self, key: &str, from: &str, outcome: &EffectOutcome) -> Result<(), GateError> {
        let mut batch = Batch::new();
        batch.guard(effect_has_status(key, from)).add(&settled(key, outcome));
        self.store.write(batch).await?;
        Ok(())
    }

    async fn recorded_outcome(&self, row: &EffectRow) -> Result<EffectOutcome, GateError> {
        let outcome = self.store.effect_outcome(row).await?.unwrap_or(Value::Null);
        Ok(serde_json::from_value(outcome).unwrap_or_else(|error| EffectOutcome::Unknown {
            why: format!("its recorded outcome cannot be read: {error}"),
        }))
    }
}

/// The standing rule that allows it, if one does.
fn rule_of(permission: &Permission) -> Option<&str> {
    match permission {
        Permission::Allowed(granted_by) => granted_by.strip_prefix("rule:"),
        Permission::Permit(_) => None,
    }
}

/// The permit, redeemed or granted with it, and the intention.
fn intention(batch: &mut Batch, key: &str, permission: Permission, action: &Action, place: &Place) {
    let hash = action.hash();
    let permit = match permission {
        Permission::Permit(permit) => {
            batch.guard(permit_is_for(&permit, &hash)).guard(permit_is_unused(&permit));
            permit
        }
        Permission::Allowed(granted_by) => {
            let permit = format!("{key}/permit");
            batch.add(&PermitGranted { permit: permit.clone(), action_hash: hash.clone(), granted_by });
            permit
        }
    };
    batch.add(&EffectIntended {
        effect: key.to_owned(),
        project: place.project.clone(),
        run: place.run.clone(),
        class: action.class().name().into(),
        title: value_part(json!(action.title())),
        action: value_part(serde_json::to_value(action).expect("an action is plain JSON data")),
        action_hash: hash,
        recovery: recovery_name(action.recovery()).into(),
        permit,
    });
}

fn settled(key: &str, outcome: &EffectOutcome) -> EffectSettled {
    let status = match outcome {
        EffectOutcome::Done { .. } => "done",
        EffectOutcome::Failed { .. } => "failed",
        EffectOutcome::Unknown { .. } => "unknown",
    };
    EffectSettled {
        effect: key.to_owned(),
        status: status.into(),
        outcome: value_part(serde_json::to_value(outcome).expect("an outcome is plain JSON data")),
    }
}

fn recovery_name(recovery: Recovery) -> &'static str {
    match recovery {
        Recovery::Reconcile => "reconcile",
        Recovery::Repeat => "repeat",
        Recovery::Ask => "ask",
    }
}
