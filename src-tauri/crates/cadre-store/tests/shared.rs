//! A workspace on PostgreSQL, with several programs at work on it.

use std::sync::Arc;

use cadre_graph::{
    CheckpointError, Checkpointer as _, END, FixedClock, Output, Progress, Reducer, Runner, StateGraph,
};
use cadre_store::{SharedOptions, Store, StoreClock, WriterTask};
use cadre_testkit::postgres::Schema;
use serde_json::json;

struct Place {
    schema: Schema,
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        Place { schema: Schema::new(), folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// The workspace as one more program has it.
    async fn open(&self, program: &str) -> (Store, WriterTask) {
        let options = SharedOptions {
            url: self.schema.url.clone(),
            schema: self.schema.name.clone(),
            folder: self.folder.path().join(program),
            name: "Test".into(),
            new_id: format!("of-{program}"),
            heads: Some(self.folder.path().join(program).join("heads")),
            clock: StoreClock::new(|| 1_000_000),
        };
        Store::connect(options).await.expect("it opens")
    }
}

fn counting(steps: u64) -> cadre_graph::CompiledGraph {
    StateGraph::new("counting", 1)
        .channel("count", Reducer::Last)
        .channel("said", Reducer::Append)
        .node("count", |_, state| async move {
            let count: u64 = state.get("count")?;
            Ok(Output::new().write("count", json!(count + 1)).write("said", json!(["one more"])))
        })
        .entry("count")
        .branch(
            "count",
            move |state| {
                let count = state.value("count").and_then(serde_json::Value::as_u64).unwrap_or(0);
                if count < steps { "again".into() } else { "end".into() }
            },
            [("again", "count"), ("end", END)],
        )
        .compile()
        .expect("the graph is sound")
}

fn runner(store: &Store) -> Runner {
    Runner::new(Arc::new(store.clone()), Arc::new(FixedClock(1_000_000)))
}

async fn run(store: &Store, thread: &str, steps: u64) {
    let (graph, runner) = (counting(steps), runner(store));
    runner.start(&graph, thread, json!({ "count": 0 }), Default::default()).await.expect("it starts");
    let progress = runner.advance(&graph, thread).await.expect("it runs");
    assert!(matches!(progress, Progress::Finished(_)), "{progress:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_write_at_the_same_time_make_one_chain() {
    let place = Place::new();
    let (opened, other) = tokio::join!(place.open("a"), place.open("b"));
    let stores = [opened.0, other.0];
    assert_eq!(stores[0].workspace_id(), stores[1].workspace_id(), "one of them made it");
    let runs = (0..8).map(|number| {
        let store = stores[number % 2].clone();
        async move { run(&store, &format!("t{number}"), 20).await }
    });
    futures_util::future::join_all(runs).await;
    for store in &stores {
        let report = store.verify().await.expect("it can be read");
        assert_eq!(report.findings, [], "every entry follows the one before, whoever wrote it");
        assert_eq!(report.entries, 1 + 8 * 21, "nothing is lost and nothing doubled");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_programs_on_one_thread_the_earlier_is_superseded() {
    let place = Place::new();
    let ((first, _), (second, _)) = (place.open("a").await, place.open("b").await);
    let graph = counting(3);
    runner(&first).start(&graph, "t", json!({ "count": 0 }), Default::default()).await.expect("it starts");
    let epoch = first.claim("t").await.expect("it is there");
    runner(&second).advance(&graph, "t").await.expect("the second takes it over");
    let view = first.load("t").await.expect("reads").expect("is there");
    let late = cadre_graph::JournalCommit {
        thread: "t".into(),
        epoch,
        task: "0.0:count".into(),
        journal: vec![],
        records: vec![],
    };
    let refused = first.journal(late).await;
    assert!(matches!(refused, Err(CheckpointError::Superseded { .. })), "{refused:?}");
    assert_eq!(view.state.value("count"), Some(&json!(3)), "and it reads what the other has written");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_program_writes_wakes_the_others() {
    let place = Place::new();
    let ((first, _), (second, _)) = (place.open("a").await, place.open("b").await);
    let mut head = second.head();
    head.mark_unchanged();
    run(&first, "t", 1).await;
    let newest = first.head().borrow().seq;
    head.wait_for(|head| head.seq == newest).await.expect("it is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_our_connections_is_reached_again() {
    let place = Place::new();
    let (store, _writer) = place.open("a").await;
    run(&store, "before", 2).await;
    let (url, name) = (place.schema.url.clone(), format!("cadre {}", place.schema.name));
    let ended = tokio::task::spawn_blocking(move || {
        let mut other = postgres::Client::connect(&url, postgres::NoTls).expect("the cluster runs");
        let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                   WHERE application_name = $1";
        other.query_one(sql, &[&name]).expect("it may").get::<_, i64>(0)
    });
    assert!(ended.await.expect("it ends") > 0);
    // Whoever was in the middle is told; whoever comes after is served.
    let graph = counting(2);
    let runner = runner(&store);
    let mut tries = 0;
    while let Err(error) = runner.start(&graph, "after", json!({ "count": 0 }), Default::default()).await {
        tries += 1;
        assert!(tries < 8, "each connection fails once: {error}");
    }
    while let Err(error) = runner.advance(&graph, "after").await {
        tries += 1;
        assert!(tries < 8, "each connection fails once: {error}");
    }
    assert_eq!(store.verify().await.expect("it can be read").findings, []);
}
