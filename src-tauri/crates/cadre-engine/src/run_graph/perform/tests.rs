//! What lies between a verdict and its effect.

use std::collections::BTreeMap;
use std::sync::Arc;

use cadre_core::effect::Recovery;
use cadre_graph::{
    Checkpointer, END, FixedClock, JournalCommit, JournalKind, JournalRecord, Output, Park, Progress, Runner,
    StartOptions, StateGraph, canonical, digest,
};
use cadre_store::aggregates::project::{PlanApproved, PlanDrafted, ProjectOpened};
use cadre_store::aggregates::request::RequestFiled;
use cadre_store::aggregates::rule::{RuleEnded, RuleMade};
use cadre_store::{Batch, value_part};

use super::*;

const THREAD: &str = "run";
const TASK: &str = "0.0:act";

fn action(folder: &std::path::Path) -> Action {
    Action::RunProgram {
        program: "/bin/true".into(),
        program_sha256: None,
        args: Vec::new(),
        folder: folder.display().to_string(),
        env_names: Vec::new(),
        stdin: String::new(),
        stdin_sha256: String::new(),
        network: false,
        reads: vec![],
        writes: vec![],
        writable: false,
        seconds: 60,
        output_mib: 1,
        recovery: Recovery::Ask,
        host: "h".into(),
    }
}

fn doer() -> Doer {
    Doer {
        project: "p".into(),
        step: "s".into(),
        run: "r".into(),
        attempt: 1,
        member: "m".into(),
        asks: Vec::new(),
        in_place: false,
    }
}

/// A project with one step, as an approval leaves it.
pub(in crate::run_graph) fn add_project(batch: &mut Batch) {
    let words = || value_part(json!("words"));
    batch.add(&RequestFiled { id: "q".into(), content: words(), by: "owner".into(), channel: "test".into() });
    batch.add(&ProjectOpened {
        project: "p".into(),
        request: "q".into(),
        title: words(),
        department: "engineering".into(),
        folder: "/project".into(),
        source: None,
    });
    batch.add(&PlanDrafted {
        project: "p".into(),
        version: 1,
        hash: "h".into(),
        document: words(),
        by: "owner".into(),
    });
    batch.add(&PlanApproved {
        project: "p".into(),
        version: 1,
        hash: "h".into(),
        decision: "d".into(),
        thread: "p".into(),
        steps: vec![("s".into(), None)],
    });
}

/// A run whose record ends right behind the verdict that a rule allows the action.
async fn stands_behind_the_verdict(
    shared: &Arc<Shared>,
    action: &Action,
) -> (Runner, cadre_graph::CompiledGraph) {
    let (seen, acts) = (Arc::clone(shared), action.clone());
    let graph = StateGraph::new("test", 1)
        .node("act", move |context: Context, _| {
            let (shared, action) = (Arc::clone(&seen), acts.clone());
            async move {
                perform(&shared, &context, &doer(), Asked { action, allowed: None }).await?;
                Ok(Output::new())
            }
        })
        .entry("act")
        .edge("act", END)
        .compile()
        .expect("the graph is sound");
    let checkpointer: Arc<dyn Checkpointer> = Arc::new(shared.store.clone());
    let runner = Runner::new(Arc::clone(&checkpointer), Arc::new(FixedClock(1)));
    runner.start(&graph, THREAD, json!({}), StartOptions::default()).await.expect("starts");
    let epoch = checkpointer.claim(THREAD).await.expect("nobody else holds it");
    let verdict = Verdict::Allow { by: "rule:always".into() };
    let record = JournalRecord {
        position: 0,
        kind: JournalKind::Step,
        name: "policy".into(),
        input: digest(0x10, &canonical(&action.hash()).expect("text is plain data")),
        outcome: Ok(serde_json::to_value(verdict).expect("plain data")),
    };
    let (thread, task) = (THREAD.to_owned(), TASK.to_owned());
    let commit = JournalCommit { thread, epoch, task, journal: vec![record], records: Vec::new() };
    checkpointer.journal(commit).await.expect("the thread is ours");
    (runner, graph)
}

#[tokio::test]
async fn a_rule_that_is_over_allows_nothing_that_its_verdict_still_allows() {
    let over: BTreeMap<&str, bool> = BTreeMap::from([("ended", true), ("expired", false)]);
    for (what, ended) in over {
        let root = tempfile::tempdir().expect("a temporary folder");
        let shared = Shared::for_tests(root.path()).await;
        let action = action(root.path());
        let expires_at = if ended { i64::MAX } else { shared.host.now() - 1 };
        let pattern = RulePattern::of(&action).expect("a contained command can have a rule");
        let mut batch = Batch::new();
        add_project(&mut batch);
        batch.add(&RuleMade {
            rule: "always".into(),
            decision: "d".into(),
            project: "p".into(),
            pattern: value_part(serde_json::to_value(pattern).expect("plain data")),
            expires_at: expires_at.to_string(),
        });
        if ended {
            batch.add(&RuleEnded { rule: "always".into(), by: "owner".into() });
        }
        shared.store.write(batch).await.expect("is written");
        let (runner, graph) = stands_behind_the_verdict(&shared, &action).await;
        let progress = runner.advance(&graph, THREAD).await.expect("goes on");
        let Progress::Waiting(parked) = progress else { panic!("{what}: nobody was asked") };
        let Park::Interrupt(interrupt) = &parked[0].park else { panic!("{what}: it waits for a person") };
        assert_eq!(interrupt.reason, "approval", "{what}: the person is asked instead");
        assert!(shared.store.effects("p").await.expect("reads").is_empty(), "{what}: nothing was intended");
    }
}
