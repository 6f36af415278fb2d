//! A change of the organisation that waits for a person: a new agent, or an edit that widens what one may do.
//!
//! A thread of its own with one node, so that it waits in the Inbox like anything else and survives a restart.

use std::sync::Arc;

use cadre_core::org::AgentDefinition;
use cadre_graph::{
    CompiledGraph, Context, END, Hash, Interrupt, NodeError, Output, Reducer, State, StateGraph,
};
use cadre_store::Guard;
use cadre_store::aggregates::member::{MemberRow, member_has_version, member_is_new};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::answers::{Answer, Reason};
use crate::shared::Shared;

/// The graph's name in stored threads.
pub(crate) const GRAPH: &str = "agent_change";

/// The decision on a change that came from a version which is no longer the agent's newest.
pub(crate) const CONFLICT: &str = "conflict";

/// The thread of one change: to this definition, from the version that the agent has now and since when it has it. The
/// same edit waits once, and what was denied stays denied, until the agent itself has changed.
pub(crate) fn thread(definition: &AgentDefinition, now: Option<&MemberRow>) -> String {
    let from = now.map(|row| format!("{} {}", row.version, row.updated_at)).unwrap_or_default();
    let change = Sha256::digest(format!("{from}\n{}", definition.hash()));
    format!("agent/{}/{}", definition.name, hex::encode(&change[..16]))
}

/// The agent is still what it was when the change was shown.
pub(crate) fn from_is_current(shown: &Value, name: &str) -> Guard {
    match serde_json::from_value::<Option<AgentDefinition>>(shown["before"].clone()) {
        Ok(Some(before)) => member_has_version(name, &before.hash()),
        _ => member_is_new(name),
    }
}

pub(crate) fn input(definition: &AgentDefinition, widens: &[String]) -> Value {
    json!({ "definition": definition, "widens": widens })
}

pub(crate) fn graph(shared: &Arc<Shared>) -> CompiledGraph {
    let shared = Arc::clone(shared);
    StateGraph::new(GRAPH, 1)
        .channel("definition", Reducer::Last)
        .channel("widens", Reducer::Last)
        .channel("decision", Reducer::Last)
        .node("ask", move |context, state| ask(Arc::clone(&shared), context, state))
        .entry("ask")
        .edge("ask", END)
        .compile()
        .expect("the graph of a change is fixed, and a test runs it")
}

async fn ask(shared: Arc<Shared>, context: Context, state: State) -> Result<Output, NodeError> {
    let definition: AgentDefinition = state.get("definition")?;
    let widens: Vec<String> = state.get("widens")?;
    let before: Option<AgentDefinition> = context
        .step("before", &definition.name, || async {
            shared.definition(&definition.name).await.map_err(|error| NodeError::Store(error.to_string()))
        })
        .await?;
    let message = match before {
        Some(_) => format!("Change {}", definition.name),
        None => format!("Add {}", definition.name),
    };
    let answer = context
        .interrupt(
            "agent_change",
            Interrupt {
                reason: Reason::AgentChange.name().into(),
                message,
                action: json!({
                    "member": definition.name, "why": widens.join("; "), "before": before, "after": definition,
                }),
                action_hash: Hash::from_hex(&definition.hash()),
                allowed: Reason::AgentChange.allowed(), ..Interrupt::default() },
        )
        .await?;
    // The new version was saved with the decision itself, in one transaction with the look at the old one.
    let answer: Answer = serde_json::from_value(answer)?;
    Ok(Output::new().write("decision", json!(answer.decision)))
}

/// In what ways `new` may do more than `old`; for an agent that is new, everything is more.
pub(crate) fn widens(old: Option<&AgentDefinition>, new: &AgentDefinition) -> Vec<String> {
    let Some(old) = old else { return vec!["it is a new agent".into()] };
    let mut ways = Vec::new();
    let mut way = |wider: bool, what: &str| {
        if wider {
            ways.push(what.to_owned());
        }
    };
    way(new.tools.iter().any(|tool| !old.tools.contains(tool)), "it gets more tools");
    way((&new.program, &new.args) != (&old.program, &old.args), "it runs another program");
    way(new.kind != old.kind, "it becomes an agent of another kind");
    way(new.tier != old.tier, "it uses another tier of models");
    way(new.budget > old.budget, "it may spend more");
    way(
        new.limits.turns > old.limits.turns
            || new.limits.tokens > old.limits.tokens
            || new.limits.wall_minutes > old.limits.wall_minutes
            || new.limits.output_mib > old.limits.output_mib,
        "its limits are higher",
    );
    way(old.approvals.iter().any(|class| !new.approvals.contains(class)), "it asks before fewer effects");
    way(new.reports_to != old.reports_to, "it reports to somebody else");
    way(new.recovery != old.recovery, "its effects are recovered in another way");
    ways
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent_file::parse;

    fn agent(extra: &str) -> AgentDefinition {
        let text = format!(
            "---\nname: a\ndescription: d\ntools: [read_file]\nbudget_usd: 1.0\napprovals: [delete]\n{extra}---\nBody\n"
        );
        parse(&text, "engineering").expect("the file is sound")
    }

    #[test]
    fn only_what_gives_an_agent_more_counts_as_widening() {
        let old = agent("");
        let narrower =
            AgentDefinition { tools: vec![], budget: 0, context: "New words".into(), ..old.clone() };
        assert_eq!(
            widens(Some(&old), &narrower),
            Vec::<String>::new(),
            "less, and other words, need nobody's leave"
        );
        let wider = AgentDefinition {
            tools: vec!["read_file".into(), "run_command".into()],
            budget: old.budget + 1,
            approvals: vec![],
            reports_to: Some("ceo-orchestrator".into()),
            ..old.clone()
        };
        assert_eq!(
            widens(Some(&old), &wider),
            [
                "it gets more tools",
                "it may spend more",
                "it asks before fewer effects",
                "it reports to somebody else"
            ]
        );
        assert_eq!(widens(None, &old), ["it is a new agent"]);
    }
}
