//! The Inbox: deciding on what waits for a person. What waits, with its context: `waiting.rs`.

use cadre_agents::folder::FileHash;
use cadre_core::budget::LimitReached;
use cadre_core::effect::{Action, EffectClass};
use cadre_core::org::AgentDefinition;
use cadre_core::rule::{HOLDS_FOR, RulePattern};
use cadre_core::status::ProjectStatus;
use cadre_graph::{CheckpointError, ParkedTask, Wake};
use cadre_store::aggregates::decision::{DecisionMade, OpenInterrupt, answer};
use cadre_store::aggregates::effect::PermitGranted;
use cadre_store::aggregates::member::MemberSaved;
use cadre_store::aggregates::project::{ProjectStatusChanged, project_is_not_over};
use cadre_store::aggregates::rule::{RuleEnded, RuleMade, rule_stands};
use cadre_store::{Batch, ReadError, WriteError, value_part};
use serde_json::{Value, json};

use super::Engine;
use super::waiting::PlanWaits;
use crate::agent_change;
use crate::answers::{Answer, EXPIRED, LIMIT_CHANGED, Reason};
use crate::run_graph::Artifact;

/// Who decided what expired. No member can have this name.
pub(super) const NOBODY: &str = "(nobody)";

/// One thing that waits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InboxItem {
    pub id: String,
    pub reason: String,
    pub message: String,
    pub allowed: Vec<String>,
    pub project: Option<String>,
    pub project_title: Option<String>,
    /// The project's.
    pub folder: Option<String>,
    pub step: Option<String>,
    pub step_title: Option<String>,
    pub run: Option<String>,
    pub class: Option<EffectClass>,
    /// The exact action, for an approval or an unknown outcome.
    pub action: Option<Action>,
    pub action_hash: Option<String>,
    /// What a standing rule would allow from now on; `None` where no rule can.
    pub rule: Option<String>,
    /// What the step has written, where its result is to be accepted.
    pub artifacts: Vec<Artifact>,
    /// Set where a plan waits: it is decided on where it stands.
    pub plan: Option<PlanWaits>,
    /// Everything else that is shown with it.
    pub detail: Value,
    pub raised_at: i64,
    /// When it closes by itself.
    pub expires_at: Option<i64>,
}

/// A person's answer.
#[derive(Debug, Clone)]
pub struct Decision {
    pub item: String,
    pub decision: String,
    pub text: Option<String>,
    /// The hash that was shown; an approval without it is refused.
    pub action_hash: Option<String>,
    /// For `edit` of a file: the content that is approved in place of the proposed one.
    pub edited_content: Option<String>,
    pub by: String,
    pub channel: String,
}

#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    #[error("nothing waits under `{0}`: it was decided on, or never asked")]
    NotOpen(String),
    #[error("`{decision}` does not fit; one of {} does", allowed.join(", "))]
    NotAllowed { decision: String, allowed: Vec<String> },
    #[error("what was shown is not what would be approved: its hash is {found}")]
    Stale { found: String },
    #[error(
        "the limit has changed since this was asked; nothing was raised, and the work looks for room again"
    )]
    LimitChanged,
    #[error("it was not answered in time; nothing was permitted")]
    Expired,
    #[error("its project is over, so nothing waits for this any more")]
    Over,
    #[error("`{0}` has changed since this was asked; its file is compared with what it is now")]
    Conflict(String),
    #[error("the decision is incomplete: {0}")]
    Incomplete(&'static str),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Engine {
    /// Records a person's answer, once, and lets the work go on.
    ///
    /// # Errors
    /// It was decided before, its time or its project is over, the answer does not fit, or what was shown is no longer
    /// what would be approved.
    pub async fn decide(&self, decision: Decision) -> Result<(), DecideError> {
        self.sign_before_deciding().await;
        let (wake, item) = self.waiting(&decision.item).await?;
        if item.expires_at.is_some_and(|at| at <= self.inner.shared.host.now()) {
            self.expire(&wake).await?;
            return Err(DecideError::Expired);
        }
        if !item.allowed.contains(&decision.decision) {
            let (decision, allowed) = (decision.decision, item.allowed);
            return Err(DecideError::NotAllowed { decision, allowed });
        }
        let id = self.inner.shared.host.id();
        let (mut batch, mut guards) = (Batch::new(), Vec::new());
        if let Some(project) = &item.project {
            guards.push(DecideError::Over);
            batch.guard(project_is_not_over(project));
        }
        if let Some(agent) = approved_agent(&item, &decision)? {
            guards.push(DecideError::Conflict(agent.name.clone()));
            batch.guard(agent_change::from_is_current(&item.detail, &agent.name));
            batch.add(&MemberSaved::of_agent(&agent));
        }
        if decision.decision == "raise" {
            match self.raise(&mut batch, shown_limit(&item, &decision)?, &id).await {
                Ok(added) => guards.resize_with(guards.len() + added, || DecideError::LimitChanged),
                Err(error) => return Err(self.refused(Some(error), &wake, &item, &decision).await),
            }
        }
        let edited = edited(&item, &decision)?;
        let permit = self.permit(&mut batch, &item, &decision, edited.as_ref(), &id)?;
        // "Abort" on a failed step is meant for the whole project.
        let aborts = Reason::from_name(&item.reason) == Some(Reason::Failure) && decision.decision == "abort";
        if aborts {
            batch.add(&ProjectStatusChanged {
                project: item.project.clone().unwrap_or_default(),
                status: ProjectStatus::Aborted.name().into(),
                reason: format!("aborted by {}", decision.by),
            });
        }
        let said = Answer {
            decision: decision.decision.clone(),
            id,
            text: decision.text.clone(),
            permit,
            action: edited,
        };
        add_answer(&mut batch, &wake, &item, said, &decision.by, &decision.channel)?;
        match self.store().write(batch).await {
            Ok(_) => {}
            Err(WriteError::Refused { guard }) => {
                return Err(self.refused(guards.into_iter().nth(guard), &wake, &item, &decision).await);
            }
            Err(error) => return Err(error.into()),
        }
        if aborts {
            self.token(item.project.as_deref().unwrap_or_default()).cancel();
        }
        self.wake(&wake.thread);
        if decision.decision == "raise" {
            self.look_again_at_limits().await;
        }
        Ok(())
    }

    /// What waits under this id, or why nothing does.
    async fn waiting(&self, id: &str) -> Result<(Wake, InboxItem), DecideError> {
        let possible = wakes_of(id);
        for wake in &possible {
            if let Some(open) = self.store().open_interrupt(wake).await? {
                return Ok((wake.clone(), item(open)));
            }
        }
        for wake in &possible {
            let parked = self.inner.runner.checkpointer().parked(&wake.thread).await?;
            let asked = |task: &ParkedTask| task.task == wake.task && task.position == wake.position;
            if parked.iter().any(|task| asked(task) && task.answer.is_none()) {
                return Err(DecideError::Over);
            }
        }
        Err(DecideError::NotOpen(id.to_owned()))
    }

    /// Why a decision was not taken. What has changed since it was asked about closes the question: an agent's file is
    /// asked about anew, and work that waits for room looks for it again.
    async fn refused(
        &self,
        why: Option<DecideError>,
        wake: &Wake,
        item: &InboxItem,
        decision: &Decision,
    ) -> DecideError {
        let why = why.unwrap_or_else(|| DecideError::NotOpen(decision.item.clone()));
        let changed = match &why {
            DecideError::Conflict(_) => agent_change::CONFLICT,
            DecideError::LimitChanged => LIMIT_CHANGED,
            _ => return why,
        };
        let said = Answer::plain(changed, self.inner.shared.host.id());
        let mut batch = Batch::new();
        if let Err(error) = add_answer(&mut batch, wake, item, said, &decision.by, &decision.channel) {
            return error;
        }
        match self.store().write(batch).await {
            Ok(_) => self.wake(&wake.thread),
            Err(WriteError::Refused { .. }) => {} // decided on meanwhile
            Err(error) => return error.into(),
        }
        if changed == agent_change::CONFLICT
            && let Err(error) = self.read_agents().await
        {
            tracing::warn!(%error, "the agents folder could not be read again");
        }
        why
    }

    /// Closes a question whose time is over, as a decision of nobody; `false` when it was answered before.
    pub(super) async fn expire(&self, wake: &Wake) -> Result<bool, DecideError> {
        let Some(open) = self.store().open_interrupt(wake).await? else { return Ok(false) };
        self.close_question(open, EXPIRED, "expiry").await
    }

    /// Closes a question as a decision of nobody; `false` when it was answered before.
    pub(super) async fn close_question(
        &self,
        open: OpenInterrupt,
        decision: &str,
        channel: &str,
    ) -> Result<bool, DecideError> {
        let wake = open.wake.clone();
        let said = Answer::plain(decision, self.inner.shared.host.id());
        let mut batch = Batch::new();
        add_answer(&mut batch, &wake, &item(open), said, NOBODY, channel)?;
        match self.store().write(batch).await {
            Ok(_) => {
                self.wake(&wake.thread);
                Ok(true)
            }
            Err(WriteError::Refused { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The permit that an approval grants: for the bytes that were shown, or for those that the person put there.
    fn permit(
        &self,
        batch: &mut Batch,
        item: &InboxItem,
        decision: &Decision,
        edited: Option<&Action>,
        id: &str,
    ) -> Result<Option<String>, DecideError> {
        let is_approval = Reason::from_name(&item.reason) == Some(Reason::Approval);
        if !is_approval || !matches!(decision.decision.as_str(), "approve" | "edit" | "always") {
            return Ok(None);
        }
        let shown = item.action.as_ref().map(Action::hash).unwrap_or_default();
        if decision.action_hash.as_ref() != Some(&shown) {
            return Err(DecideError::Stale { found: shown });
        }
        let action_hash = edited.map_or(shown, Action::hash);
        if decision.decision == "always" {
            self.add_rule(batch, item, id)?;
        }
        let permit = self.inner.shared.host.id();
        batch.add(&PermitGranted {
            permit: permit.clone(),
            action_hash,
            granted_by: format!("decision:{id}"),
        });
        Ok(Some(permit))
    }
}

impl Engine {
    /// Makes the standing rule that the person asked for, with the decision itself.
    fn add_rule(&self, batch: &mut Batch, item: &InboxItem, decision: &str) -> Result<(), DecideError> {
        let pattern = item.action.as_ref().and_then(RulePattern::of);
        let pattern = pattern.ok_or(DecideError::Incomplete("no rule can allow this"))?;
        let expires_at = self.inner.shared.host.now().saturating_add(HOLDS_FOR);
        batch.add(&RuleMade {
            rule: self.inner.shared.host.id(),
            decision: decision.to_owned(),
            project: item.project.clone().unwrap_or_default(),
            pattern: value_part(serde_json::to_value(pattern).expect("a pattern is plain JSON data")),
            expires_at: expires_at.to_string(),
        });
        Ok(())
    }

    /// All rules, newest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn rules(&self) -> Result<Vec<RuleView>, ReadError> {
        let now = self.inner.shared.host.now();
        let mut views = Vec::new();
        for row in self.store().rules().await? {
            views.push(RuleView {
                allows: self.store().rule_pattern(&row).await?.describe(),
                holds: row.ended_at.is_none() && now < row.expires_at,
                id: row.id,
                project: row.project,
                made_at: row.made_at,
                expires_at: row.expires_at,
            });
        }
        Ok(views)
    }

    /// Ends a rule; from now on it is asked again.
    ///
    /// # Errors
    /// There is no such rule that holds, or the store failed.
    pub async fn end_rule(&self, rule: &str, by: &str) -> Result<(), DecideError> {
        let mut batch = Batch::new();
        batch.guard(rule_stands(rule)).add(&RuleEnded { rule: rule.to_owned(), by: by.to_owned() });
        match self.store().write(batch).await {
            Ok(_) => Ok(()),
            Err(WriteError::Refused { .. }) => Err(DecideError::NotOpen(rule.to_owned())),
            Err(error) => Err(error.into()),
        }
    }
}

/// A standing rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleView {
    pub id: String,
    pub project: String,
    /// One line that says what it allows.
    pub allows: String,
    pub made_at: i64,
    pub expires_at: i64,
    /// Neither ended nor expired.
    pub holds: bool,
}

/// The limit that was shown with the item, and is what the person decided on.
fn shown_limit(item: &InboxItem, decision: &Decision) -> Result<LimitReached, DecideError> {
    let limit: LimitReached = serde_json::from_value(item.detail["limit"].clone())
        .map_err(|_| DecideError::Incomplete("this item has no limit to raise"))?;
    match decision.action_hash.as_ref() == Some(&limit.hash()) {
        true => Ok(limit),
        false => Err(DecideError::Stale { found: limit.hash() }),
    }
}

/// The action with the person's content in the place of the proposed one.
fn edited(item: &InboxItem, decision: &Decision) -> Result<Option<Action>, DecideError> {
    if decision.decision != "edit" {
        return Ok(None);
    }
    let content = decision.edited_content.clone();
    let content = content.ok_or(DecideError::Incomplete("an edit carries the edited content"))?;
    match item.action.clone() {
        Some(Action::WriteFile { folder, path, before, host, .. }) => {
            let content_sha256 = FileHash::of_bytes(content.as_bytes()).to_string();
            Ok(Some(Action::WriteFile { folder, path, before, content, content_sha256, host }))
        }
        _ => Err(DecideError::Incomplete("only a file's content can be edited; deny and say what to change")),
    }
}

/// The decision and the answer that it is, on the condition that nobody has answered.
fn add_answer(
    batch: &mut Batch,
    wake: &Wake,
    item: &InboxItem,
    said: Answer,
    by: &str,
    channel: &str,
) -> Result<(), DecideError> {
    batch.add(&DecisionMade {
        id: said.id.clone(),
        subject: item.reason.clone(),
        project: item.project.clone(),
        answers: Some(wake.clone()),
        decision: said.decision.clone(),
        reason: said.text.as_ref().map(|text| value_part(json!(text))),
        action_hash: item.action_hash.clone(),
        by: by.to_owned(),
        channel: channel.to_owned(),
    });
    let said =
        serde_json::to_value(said).map_err(|_| DecideError::Incomplete("its text cannot be stored"))?;
    answer(batch, wake, &said);
    Ok(())
}

/// The agent that an approval puts into the organisation.
fn approved_agent(item: &InboxItem, decision: &Decision) -> Result<Option<AgentDefinition>, DecideError> {
    let is_change = Reason::from_name(&item.reason) == Some(Reason::AgentChange);
    if !is_change || decision.decision != "approve" {
        return Ok(None);
    }
    let agent = serde_json::from_value(item.detail["after"].clone());
    agent.map(Some).map_err(|_| DecideError::Incomplete("its definition cannot be read"))
}

fn id_of(wake: &Wake) -> String {
    format!("{}/{}/{}", wake.thread, wake.task, wake.position)
}

/// All that an id can name: names of threads and of steps may have slashes of their own.
fn wakes_of(id: &str) -> Vec<Wake> {
    let Some((of, position)) = id.rsplit_once('/') else { return Vec::new() };
    let Ok(position) = position.parse() else { return Vec::new() };
    let parts = of.rmatch_indices('/').map(|(at, _)| (&of[..at], &of[at + 1..]));
    parts.map(|(thread, task)| Wake { thread: thread.into(), task: task.into(), position }).collect()
}

/// An open interrupt as far as it says so itself.
pub(super) fn item(open: OpenInterrupt) -> InboxItem {
    let detail = open.interrupt.action;
    let text = |field: &str| detail[field].as_str().map(str::to_owned);
    InboxItem {
        id: id_of(&open.wake),
        reason: open.interrupt.reason,
        message: open.interrupt.message,
        allowed: open.interrupt.allowed,
        project: text("project"),
        step: text("step"),
        run: text("run"),
        rule: text("rule"),
        class: text("class").and_then(|class| EffectClass::from_name(&class)),
        action: serde_json::from_value(detail["action"].clone()).ok(),
        action_hash: open.interrupt.action_hash.map(|hash| hash.to_string()),
        raised_at: open.raised_at,
        expires_at: open.interrupt.expires_at,
        detail,
        ..InboxItem::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{id_of, wakes_of};
    use cadre_graph::Wake;

    #[test]
    fn an_id_finds_what_it_was_made_of_whatever_slashes_names_have() {
        for (thread, task) in [
            ("t", "0.0:ask"),
            ("agent/writer/b9e7", "0.0:ask"),
            ("t", "0.0:docs/readme"),
            ("a/b", "3.1:c/d/e"),
        ] {
            let wake = Wake { thread: thread.into(), task: task.into(), position: 7 };
            assert!(wakes_of(&id_of(&wake)).contains(&wake), "{wake:?}");
        }
        for odd in ["", "t", "t/7", "t/0.0:ask/x", "/"] {
            assert_eq!(wakes_of(odd), [], "{odd}");
        }
    }
}
