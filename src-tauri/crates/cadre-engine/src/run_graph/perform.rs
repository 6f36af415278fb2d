//! One effect of a run, from the policy's word to its outcome.

use cadre_agents::command::ContainmentLevel;
use cadre_agents::folder::is_protected;
use cadre_core::effect::{Action, EffectClass};
use cadre_core::failure::Category;
use cadre_core::policy::{APPROVAL_WAITS_FOR, Circumstances, Verdict, decide};
use cadre_core::rule::RulePattern;
use cadre_core::status::StepStatus;
use cadre_graph::{Context, Hash, Interrupt, NodeError};
use cadre_store::Record as _;
use cadre_store::aggregates::project::StepChanged;
use serde_json::{Value, json};

use super::failure;
use crate::answers::{Answer, EXPIRED, Reason};
use crate::gate::{EffectOutcome, GateError, Permission, Place};
use crate::shared::Shared;

/// Who acts, and for what.
pub(crate) struct Doer {
    pub(crate) project: String,
    pub(crate) step: String,
    /// The run, or for a step that a person carries out the step itself.
    pub(crate) run: String,
    pub(crate) attempt: u32,
    pub(crate) member: String,
    /// Classes that the member's definition always asks about.
    pub(crate) asks: Vec<EffectClass>,
    /// The folder is the user's own.
    pub(crate) in_place: bool,
}

/// What somebody wants to do.
pub(crate) struct Asked {
    pub(crate) action: Action,
    /// What allows it without asking the policy: a shipped function agent, or a person's own words.
    pub(crate) allowed: Option<String>,
}

/// What may happen now: exactly this, by this permission, or nothing.
pub(crate) enum Permitted {
    Go(Box<Action>, Permission),
    No(NotDone),
}

/// Why nothing came of what was asked. An agent hears it and may go on otherwise.
pub(crate) enum NotDone {
    Denied {
        why: String,
    },
    /// A person said no, and perhaps why.
    Refused {
        title: String,
        decision: String,
        text: Option<String>,
    },
    Failed {
        category: String,
        message: String,
    },
}

impl From<NotDone> for NodeError {
    fn from(not_done: NotDone) -> Self {
        match not_done {
            NotDone::Denied { why } => failure(Category::AuthorizationError, why),
            NotDone::Refused { title, decision, text } => {
                let reason = text.map(|text| format!(": {text}")).unwrap_or_default();
                failure(Category::UserCancelled, format!("{title} was answered with {decision}{reason}"))
            }
            NotDone::Failed { category, message } => NodeError::failed(category, message),
        }
    }
}

/// Asks the policy, then a person if the policy says so, then acts. Gives the effect's result.
pub(crate) async fn perform(
    shared: &Shared,
    context: &Context,
    doer: &Doer,
    asked: Asked,
) -> Result<Value, NodeError> {
    Ok(attempt(shared, context, doer, asked).await??)
}

/// Like [`perform`], for callers to whom a no is an answer.
pub(crate) async fn attempt(
    shared: &Shared,
    context: &Context,
    doer: &Doer,
    asked: Asked,
) -> Result<Result<Value, NotDone>, NodeError> {
    let Asked { mut action, allowed } = asked;
    loop {
        let asked = Asked { action, allowed: allowed.clone() };
        let permission = match permitted(shared, context, doer, asked).await? {
            Permitted::Go(approved, permission) => {
                action = *approved;
                permission
            }
            Permitted::No(why) => return Ok(Err(why)),
        };
        let place = Place { project: Some(doer.project.clone()), run: Some(doer.run.clone()) };
        let outcome: Option<EffectOutcome> = context
            .effect("effect", &action.hash(), |key| {
                let (action, place, now) = (&action, &place, shared.host.now());
                async move {
                    let cancelled = context.cancelled();
                    match shared.gate.perform(&key.0, permission, action, place, now, cancelled).await {
                        Err(GateError::RuleOver) => Ok(None),
                        tried => Ok(Some(tried?)),
                    }
                }
            })
            .await?;
        let Some(outcome) = outcome else { continue }; // the policy is asked anew, without the rule
        match outcome {
            EffectOutcome::Done { result } => return Ok(Ok(result)),
            EffectOutcome::Failed { category, message } => {
                return Ok(Err(NotDone::Failed { category, message }));
            }
            EffectOutcome::Unknown { why } => {
                match settle_unknown(shared, context, doer, &action, why).await? {
                    Some(result) => return Ok(Ok(result)),
                    None => continue, // it did not happen: asked about anew, as an effect of its own
                }
            }
        }
    }
}

/// Asks the policy, then a person if the policy says so.
pub(crate) async fn permitted(
    shared: &Shared,
    context: &Context,
    doer: &Doer,
    asked: Asked,
) -> Result<Permitted, NodeError> {
    let Asked { action, allowed } = asked;
    let verdict: Verdict = context
        .step("policy", &action.hash(), || async { verdict(shared, &action, doer, allowed.as_deref()).await })
        .await?;
    match verdict {
        Verdict::Allow { by } => Ok(Permitted::Go(Box::new(action), Permission::Allowed(by))),
        Verdict::Deny { why } => Ok(Permitted::No(NotDone::Denied { why })),
        Verdict::Ask { why } => {
            let until = shared.host.now().saturating_add(APPROVAL_WAITS_FOR); // counts when it is first asked
            ask(context, doer, action, why, until).await
        }
    }
}

async fn verdict(
    shared: &Shared,
    action: &Action,
    doer: &Doer,
    allowed: Option<&str>,
) -> Result<Verdict, NodeError> {
    if let Some(by) = allowed {
        return Ok(Verdict::Allow { by: by.to_owned() });
    }
    let rules = shared.store.standing_rules(&doer.project).await;
    let rules = rules.map_err(|error| NodeError::Store(error.to_string()))?;
    let protected = match action {
        Action::WriteFile { path, .. } | Action::DeleteFile { path, .. } => {
            is_protected(path).map(|it| it.to_string())
        }
        Action::RunProgram { .. }
        | Action::AgentTool { .. }
        | Action::CallModel { .. }
        | Action::Git { .. } => None,
    };
    let circumstances = Circumstances {
        member_asks: doer.asks.clone(),
        protected,
        shown_in_plan: Vec::new(),
        in_place: doer.in_place,
        rules,
        contained: shared.gate.confinement().level == ContainmentLevel::Contained,
        now: shared.host.now(),
    };
    Ok(decide(action, &circumstances))
}

/// The decisions that fit: a standing rule only for what a rule can allow.
fn allowed_on(action: &Action) -> Vec<String> {
    let mut allowed = Reason::Approval.allowed();
    allowed.extend(RulePattern::of(action).map(|_| "always".to_owned()));
    allowed
}

/// Waits for a person's approval of exactly these bytes. Gives the approved action, edited perhaps, and its permit.
async fn ask(
    context: &Context,
    doer: &Doer,
    action: Action,
    why: String,
    expires_at: i64,
) -> Result<Permitted, NodeError> {
    let hash = action.hash();
    step_status(context, doer, StepStatus::PendingApproval);
    let answer = context
        .interrupt(
            "approval",
            Interrupt {
                reason: Reason::Approval.name().into(),
                message: action.title(),
                action: json!({
                    "project": doer.project, "step": doer.step, "run": doer.run, "member": doer.member,
                    "why": why, "class": action.class().name(), "action": action,
                    "rule": RulePattern::of(&action).map(|pattern| pattern.describe()),
                }),
                action_hash: Hash::from_hex(&hash),
                allowed: allowed_on(&action),
                expires_at: Some(expires_at),
                ..Interrupt::default()
            },
        )
        .await?;
    let answer: Answer = serde_json::from_value(answer)?;
    step_status(context, doer, StepStatus::Running);
    let (action, permit) = match (answer.decision.as_str(), answer.permit) {
        ("approve" | "always", Some(permit)) => (action, permit),
        ("edit", Some(permit)) => {
            let edited =
                answer.action.ok_or_else(|| failure(Category::ValidationError, "the edit has no action"))?;
            (edited, permit)
        }
        (EXPIRED, _) => {
            let why = format!("{} was not approved in time", action.title());
            return Ok(Permitted::No(NotDone::Denied { why }));
        }
        _ => {
            let (title, decision, text) = (action.title(), answer.decision, answer.text);
            return Ok(Permitted::No(NotDone::Refused { title, decision, text }));
        }
    };
    Ok(Permitted::Go(Box::new(action), Permission::Permit(permit)))
}

/// Waits until a person says what happened. `Some` when it did, `None` when it did not.
pub(crate) async fn settle_unknown(
    shared: &Shared,
    context: &Context,
    doer: &Doer,
    action: &Action,
    mut why: String,
) -> Result<Option<Value>, NodeError> {
    let key: String = context
        .step("unknown_effect", &action.hash(), || async {
            let found = shared.newest_unknown(&doer.run, action).await;
            found.map_err(|error| NodeError::Store(error.to_string()))
        })
        .await?;
    loop {
        step_status(context, doer, StepStatus::PendingApproval);
        let answer = context
            .interrupt(
                "unknown_outcome",
                Interrupt {
                    reason: Reason::UnknownOutcome.name().into(),
                    message: format!("Did this happen? {}", action.title()),
                    action: json!({
                        "project": doer.project, "step": doer.step, "run": doer.run, "why": why,
                        "class": action.class().name(), "action": action,
                    }),
                    action_hash: Hash::from_hex(&action.hash()),
                    allowed: Reason::UnknownOutcome.allowed(),
                    ..Interrupt::default()
                },
            )
            .await?;
        let answer: Answer = serde_json::from_value(answer)?;
        step_status(context, doer, StepStatus::Running);
        let outcome: EffectOutcome = context
            .step("settle", &answer.decision, || async {
                let settled = match answer.decision.as_str() {
                    "look_again" => shared.gate.look_again(&key, action).await,
                    decision => shared.gate.settle_by_person(&key, action, decision == "happened").await,
                };
                Ok(settled?)
            })
            .await?;
        match outcome {
            EffectOutcome::Done { result } => return Ok(Some(result)),
            EffectOutcome::Failed { .. } => return Ok(None),
            EffectOutcome::Unknown { why: again } => why = again,
        }
    }
}

/// Whether only a person's word stands for an effect's result: it has neither output nor exit code.
pub(crate) fn is_said(result: &Value) -> bool {
    result["said_by_person"] == true
}

/// What an effect came to whose result is lost, in a person's words. Never guessed at, and never tried again.
pub(crate) async fn result_by_person(
    context: &Context,
    doer: &Doer,
    question: &str,
) -> Result<String, NodeError> {
    step_status(context, doer, StepStatus::PendingApproval);
    let interrupt = Interrupt {
        reason: Reason::Work.name().into(),
        message: question.to_owned(),
        action: json!({
            "project": doer.project, "step": doer.step, "run": doer.run, "member": doer.member,
            "why": "it happened, as a person says, and what it gave was lost",
        }),
        allowed: Reason::Work.allowed(),
        ..Interrupt::default()
    };
    let answer: Answer = serde_json::from_value(context.interrupt("lost_result", interrupt).await?)?;
    step_status(context, doer, StepStatus::Running);
    let said = answer.text.filter(|text| !text.trim().is_empty());
    match answer.decision.as_str() {
        "done" => Ok(said.unwrap_or_else(|| "A person says that it is done".into())),
        _ => Err(failure(
            Category::UserCancelled,
            said.unwrap_or_else(|| "a person says that nothing came of it".into()),
        )),
    }
}

pub(crate) fn step_status(context: &Context, doer: &Doer, status: StepStatus) {
    context.record(
        StepChanged {
            project: doer.project.clone(),
            step: doer.step.clone(),
            status: status.name().into(),
            runs: doer.attempt,
            summary: None,
            begins: false,
            ends: false,
        }
        .to_host(),
    );
}

#[cfg(test)]
pub(super) mod tests;
