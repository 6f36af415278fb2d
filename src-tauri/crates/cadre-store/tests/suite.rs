//! The engine's behaviours on both databases.

use std::sync::Arc;

use cadre_graph::{
    Checkpointer, END, FixedClock, Interrupt, Output, Progress, Reducer, Runner, StateGraph, Wake,
};
use cadre_store::ledger::leaf;
use cadre_store::{OpenOptions, SharedOptions, Store, StoreClock};
use cadre_testkit::postgres::Schema;
use serde_json::json;

async fn sqlite() -> (Arc<dyn Checkpointer>, tempfile::TempDir) {
    let (store, folder) = open().await;
    (Arc::new(store), folder)
}

async fn open() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = OpenOptions {
        folder: folder.path().to_owned(),
        name: "Test".into(),
        new_id: "w1".into(),
        heads: None,
        clock: StoreClock::new(|| 1_000_000),
    };
    let (store, _writer) = Store::open(options).await.expect("an empty folder opens");
    (store, folder)
}

mod on_sqlite {
    cadre_testkit::checkpointer_suite!(super::sqlite);
}

async fn postgres() -> (Arc<dyn Checkpointer>, (Schema, tempfile::TempDir)) {
    let (schema, folder) = (Schema::new(), tempfile::tempdir().expect("a temporary folder"));
    let options = SharedOptions {
        url: schema.url.clone(),
        schema: schema.name.clone(),
        folder: folder.path().to_owned(),
        name: "Test".into(),
        new_id: "w1".into(),
        heads: None,
        clock: StoreClock::new(|| 1_000_000),
    };
    let (store, _writer) = Store::connect(options).await.expect("an empty schema opens");
    (Arc::new(store), (schema, folder))
}

mod on_postgres {
    cadre_testkit::checkpointer_suite!(super::postgres);
}

#[tokio::test]
async fn a_checkpoint_names_who_it_acts_for_and_the_answer_that_allowed_it() {
    let (store, _folder) = open().await;
    let graph = StateGraph::new("asking", 1)
        .channel("said", Reducer::Last)
        .node("ask", |context, _| async move {
            let question = Interrupt {
                reason: "question".into(),
                message: "go on?".into(),
                action: json!(null),
                ..Interrupt::default()
            };
            Ok(Output::new().write("said", context.interrupt("ask", question).await?))
        })
        .entry("ask")
        .edge("ask", END)
        .compile()
        .expect("the graph is sound");
    let runner = Runner::new(Arc::new(store.clone()), Arc::new(FixedClock(0)));
    let options = cadre_graph::StartOptions { actor: "owner".into(), ..Default::default() };
    runner.start(&graph, "t", json!({}), options).await.expect("starts");
    let Progress::Waiting(parked) = runner.advance(&graph, "t").await.expect("runs") else {
        panic!("it asks")
    };
    let wake = Wake { thread: "t".into(), task: parked[0].task.clone(), position: parked[0].position };
    store.wake(&wake, json!("yes"), vec![]).await.expect("is answered");
    runner.advance(&graph, "t").await.expect("runs");
    let entries = store.entries_after(0, 100).await.expect("reads");
    let woken = entries.iter().find(|entry| entry.kind == "task.woken").expect("the answer is on record");
    let checkpoint = entries.iter().find(|entry| entry.kind == "checkpoint").expect("so is what came of it");
    assert_eq!(checkpoint.data["answers"], json!([leaf(&woken.body())]), "its hash covers the decision");
    assert_eq!(checkpoint.data["actor"], "owner", "and who it acts for");
}
