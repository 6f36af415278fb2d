//! Limits on money that work has reached: what is raised is what was shown, or nothing.

use std::collections::BTreeMap;

use cadre_core::budget::LimitReached;
use cadre_engine::{DecideError, InboxItem};
use cadre_graph::{Checkpointer, Hash, Interrupt, Park, Task, TaskPark, ThreadStart, digest};
use serde_json::json;

use crate::support::{Bench, answer};

const DOLLAR: i64 = 1_000_000_000;

fn limit(scope: &str, day: Option<i64>, most: i64) -> LimitReached {
    LimitReached { scope: scope.into(), subject: String::new(), day, used: most, most, raise_to: 2 * most }
}

/// Work that has reached a limit, as a run leaves it when it asks.
async fn reaches(bench: &Bench, thread: &str, limit: &LimitReached) {
    let (store, task) = (bench.engine.store(), "0.0:ask");
    let start = ThreadStart {
        thread: thread.into(),
        graph: "test".into(),
        graph_version: 1,
        changes: BTreeMap::new(),
        tasks: vec![Task { id: task.into(), node: "ask".into(), input: None }],
        actor: "owner".into(),
        parent: None,
        metadata: serde_json::Map::new(),
        records: Vec::new(),
    };
    Checkpointer::start(store, start).await.expect("a new thread starts");
    let epoch = store.claim(thread).await.expect("nobody else holds it");
    let interrupt = Interrupt {
        reason: "limit".into(),
        message: "Raise it?".into(),
        action: json!({ "limit": limit }),
        action_hash: Hash::from_hex(&limit.hash()),
        allowed: vec!["raise".into(), "stop".into()],
        ..Interrupt::default()
    };
    let park = TaskPark {
        thread: thread.into(),
        epoch,
        task: task.into(),
        position: 0,
        park: Park::Interrupt(Box::new(interrupt)),
        input: digest(1, b"input"),
        journal: Vec::new(),
        records: Vec::new(),
    };
    Checkpointer::park(store, park).await.expect("the thread is ours");
}

async fn waits(bench: &Bench, thread: &str) -> Option<InboxItem> {
    let items = bench.engine.inbox().await.expect("reads");
    items.into_iter().find(|item| item.id.starts_with(&format!("{thread}/")))
}

async fn of_today(bench: &Bench) -> i64 {
    bench.engine.rooms(None).await.expect("reads")[0].most
}

fn today() -> i64 {
    cadre_core::budget::day_of(cadre_graph::Clock::now(&cadre_engine::SystemHost))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_raised_day_is_raised_for_that_day_and_whoever_else_asked_looks_again() {
    let bench = Bench::new().await.reopen_looking().await;
    let (before, today) = (of_today(&bench).await, today());
    reaches(&bench, "one", &limit("day", Some(today), before)).await;
    reaches(&bench, "other", &limit("day", Some(today), before)).await;
    reaches(&bench, "of-yesterday", &limit("day", Some(today - 1), before)).await;
    let item = waits(&bench, "one").await.expect("it asks");
    bench.engine.decide(answer(&item, "raise")).await.expect("is raised");
    assert_eq!(of_today(&bench).await, 2 * before, "today");
    assert!(waits(&bench, "other").await.is_none(), "there is room now, so it need not ask");
    assert!(waits(&bench, "of-yesterday").await.is_some(), "another day's limit is as it was");
    bench.assert_verifies().await;
    let bench = bench.reopen_after(1).await;
    assert_eq!(of_today(&bench).await, before, "tomorrow it is as before");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_question_does_not_take_a_newer_limit_s_place() {
    let bench = Bench::new().await.reopen_looking().await;
    let before = of_today(&bench).await;
    let shown = limit("day", Some(today()), before);
    bench.engine.set_budget(None, 3 * DOLLAR, "owner").await.expect("is set");
    // Asked by a host that had not heard of it, or before a crash.
    reaches(&bench, "late", &shown).await;
    let item = waits(&bench, "late").await.expect("it asks");
    let refused = bench.engine.decide(answer(&item, "raise")).await;
    assert!(matches!(refused, Err(DecideError::LimitChanged)), "{refused:?}");
    assert_eq!(of_today(&bench).await, 3 * DOLLAR, "the newer limit holds");
    assert!(waits(&bench, "late").await.is_none(), "the work looks again by itself");
    let decisions = bench.engine.decisions(None, 1).await.expect("reads");
    assert_eq!(decisions[0].row.decision, "limit_changed", "and it is on record why");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_set_lets_whoever_waits_for_it_look_again() {
    let bench = Bench::new().await.reopen_looking().await;
    let before = of_today(&bench).await;
    reaches(&bench, "money", &limit("day", Some(today()), before)).await;
    reaches(&bench, "turns", &limit("turns", None, 50)).await;
    bench.engine.set_budget(None, before + DOLLAR, "owner").await.expect("is set");
    assert!(waits(&bench, "money").await.is_none(), "it looks again");
    let item = waits(&bench, "turns").await.expect("what is no limit on money is only this run's");
    bench.engine.decide(answer(&item, "raise")).await.expect("is raised");
    assert_eq!(of_today(&bench).await, before + DOLLAR, "and changes no limit on money");
    bench.assert_verifies().await;
}
