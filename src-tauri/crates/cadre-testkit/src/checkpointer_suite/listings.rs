//! Finding, comparing, copying and removing what threads left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use cadre_graph::{
    Changed, CheckpointError, Edit, EditOptions, Listing, NodeError, Output, Progress, Reducer, StartOptions,
    StateGraph, TaskWrite,
};
use serde_json::{Map, Value, json};

use super::forks::{at_step, checkpoints, fork, state};
use super::{Store, chain, head, run, runner};

fn words(key: &str, value: Value) -> Map<String, Value> {
    Map::from_iter([(key.to_owned(), value)])
}

pub async fn metadata_is_kept_beside_each_checkpoint(store: Store) {
    let graph = chain("g", 2);
    let metadata = words("request", json!({"id": "r1"}));
    let options = StartOptions { actor: "ada".into(), metadata: metadata.clone(), ..StartOptions::default() };
    runner(&store).start(&graph, "t", json!({}), options).await.expect("starts");
    let labelled = runner(&store).with_metadata(words("run", json!("run 1")));
    labelled.advance(&graph, "t").await.expect("runs");
    let edit = EditOptions { metadata: words("why", json!("a typo")), ..EditOptions::default() };
    let edits = [Edit::new(Output::new().write("last", json!(9)))];
    runner(&store).update_state(&graph, "t", edits, edit).await.expect("fits");
    let history = store.history("t", None, 9).await.expect("reads");
    let said: Vec<(String, Value)> = history
        .into_iter()
        .map(|it| (format!("{:?} {}", it.source, it.actor), Value::Object(it.metadata)))
        .collect();
    let said: Vec<(&str, &Value)> = said.iter().map(|(who, said)| (who.as_str(), said)).collect();
    let run = json!({"run": "run 1"});
    assert_eq!(
        said,
        [
            ("Update ", &json!({"why": "a typo"})),
            ("Loop ada", &run),
            ("Loop ada", &run),
            ("Input ada", &Value::Object(metadata)),
        ]
    );
}

pub async fn checkpoints_are_listed_by_every_combination(store: Store) {
    let graph = chain("g", 3);
    for (thread, colour) in [("a", "red"), ("b", "blue")] {
        runner(&store).start(&graph, thread, json!({}), StartOptions::default()).await.expect("starts");
        let labelled = runner(&store).with_metadata(words("colour", json!(colour)));
        labelled.advance(&graph, thread).await.expect("runs");
    }
    fork(&store, "f", "a", 1).await;
    runner(&store).with_metadata(words("colour", json!("red"))).advance(&graph, "f").await.expect("runs");
    let all = store.list(&Listing::default()).await.expect("reads");
    let names: Vec<String> = all.iter().map(|it| format!("{}{}", it.thread, it.step)).collect();
    assert_eq!(names.join(" "), "f3 f2 b3 b2 b1 b0 a3 a2 a1 a0", "all of them, newest first, each once");
    let filters = [
        Map::new(),
        words("source", json!("loop")),
        words("source", json!("input")),
        words("colour", json!("red")),
        words("colour", json!("green")),
        Map::from_iter([("colour".to_owned(), json!("red")), ("step".to_owned(), json!(2))]),
    ];
    let mut tried = 0;
    for thread in [None, Some("a"), Some("b"), Some("f"), Some("nobody")] {
        let mut whole = match thread {
            None => all.clone(),
            Some(thread) => store.history(thread, None, 99).await.expect("reads"),
        };
        let cursors: Vec<_> = [None].into_iter().chain(whole.iter().map(|it| Some(it.hash))).collect();
        for before in cursors {
            if let Some(place) = whole.iter().position(|it| Some(it.hash) == before) {
                whole.drain(..=place);
            }
            for filter in &filters {
                for limit in [None, Some(0), Some(1), Some(2), Some(100)] {
                    let filter = filter.clone();
                    let listing = Listing { thread: thread.map(str::to_owned), before, limit, filter };
                    let wanted = whole.iter().filter(|it| listing.takes(it));
                    let wanted: Vec<_> = wanted.take(limit.unwrap_or(usize::MAX)).collect();
                    let found = store.list(&listing).await.expect("reads");
                    assert_eq!(found.iter().collect::<Vec<_>>(), wanted, "{listing:?}");
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 500, "only {tried} combinations were tried");
    let unknown = Listing::default().before(cadre_graph::digest(0, b"nothing"));
    assert!(store.list(&unknown).await.expect("reads").is_empty(), "before nothing there is nothing");
}

pub async fn what_differs_is_told_across_branches(store: Store) {
    let graph = chain("g", 3);
    run(&store, &graph, "t", json!({})).await;
    fork(&store, "f", "t", 1).await;
    let edit = [Edit::as_node("n1", Output::new().write("log", json!(["me"])))];
    runner(&store).update_state(&graph, "f", edit, EditOptions::default()).await.expect("fits");
    let (here, there) = (at_step(&store, "t", 2).await, at_step(&store, "f", 2).await);
    let here = store.checkpoint(here).await.expect("reads").expect("is there").state;
    let there = store.checkpoint(there).await.expect("reads").expect("is there").state;
    let found: Vec<(String, Changed)> =
        here.diff(&there).into_iter().map(|it| (it.path, it.change)).collect();
    assert_eq!(
        found,
        [
            ("/last".to_owned(), Changed::Replaced { before: json!(1), after: json!(0) }),
            ("/log/1".to_owned(), Changed::Replaced { before: json!(1), after: json!("me") }),
        ]
    );
    assert_eq!(there.diff(&there), []);
}

pub async fn a_deleted_thread_is_gone_and_its_forks_are_not(store: Store) {
    let graph = chain("g", 4);
    for thread in ["t", "kept"] {
        run(&store, &graph, thread, json!({})).await;
    }
    let (early, late) = (at_step(&store, "t", 1).await, at_step(&store, "t", 3).await);
    fork(&store, "f", "t", 2).await;
    runner(&store).advance(&graph, "f").await.expect("runs");
    fork(&store, "g", "f", 3).await;
    let before =
        (checkpoints(&store, "f").await, checkpoints(&store, "g").await, checkpoints(&store, "kept").await);
    let gone = ["t".to_owned(), "nobody".to_owned()];
    assert_eq!(store.delete(&gone, "owner").await.expect("writes"), 1, "one of them was there");
    assert_eq!(store.delete(&gone, "owner").await.expect("writes"), 0, "once");
    assert_eq!(store.delete(&[], "owner").await.expect("writes"), 0);
    assert!(store.load("t").await.expect("reads").is_none());
    assert!(store.history("t", None, 9).await.expect("reads").is_empty());
    assert!(store.checkpoint(late).await.expect("reads").is_none(), "what only it had is gone");
    assert!(store.checkpoint(early).await.expect("reads").is_some(), "what a fork shares is there");
    let after =
        (checkpoints(&store, "f").await, checkpoints(&store, "g").await, checkpoints(&store, "kept").await);
    assert_eq!(after, before, "and the forks are whole");
    assert_eq!(state(&store, "f").await.value("log"), Some(&json!([0, 1, 2, 3])));
    runner(&store).advance(&graph, "g").await.expect("runs on what it shares with one that is gone");
    assert_eq!(state(&store, "g").await.value("log"), Some(&json!([0, 1, 2, 3])));
    let forks = ["f".to_owned(), "g".to_owned()];
    assert_eq!(store.delete(&forks, "owner").await.expect("writes"), 2);
    assert!(store.checkpoint(early).await.expect("reads").is_none(), "nobody shares it any more");
    let left = store.list(&Listing::default()).await.expect("reads");
    assert!(left.iter().all(|it| it.thread == "kept") && left.len() == 5, "others are kept");
    run(&store, &graph, "t", json!({"last": 1})).await;
    assert_eq!(checkpoints(&store, "t").await.len(), 5, "its name is free again");
}

pub async fn who_runs_a_deleted_thread_has_lost_it(store: Store) {
    let graph = chain("g", 2);
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let epoch = store.claim("t").await.expect("claims");
    let base = head(&store, "t").await;
    store.delete(&["t".to_owned()], "owner").await.expect("writes");
    let task = "0.0:n0".to_owned();
    let write =
        TaskWrite { thread: "t".into(), epoch, base, task, writes: vec![], goto: None, records: vec![] };
    let error = store.write(write).await.expect_err("the thread is gone");
    let lost = matches!(error, CheckpointError::Superseded { .. } | CheckpointError::UnknownThread { .. });
    assert!(lost, "{error}");
    run(&store, &graph, "t", json!({})).await;
    assert_eq!(state(&store, "t").await.value("log"), Some(&json!([0, 1])), "nothing of it is left over");
}

pub async fn pruning_keeps_the_newest_and_the_past_of_forks(store: Store) {
    let graph = chain("g", 4);
    for thread in ["t", "u", "kept"] {
        run(&store, &graph, thread, json!({})).await;
    }
    let (shared, lost) = (at_step(&store, "t", 1).await, at_step(&store, "t", 3).await);
    fork(&store, "f", "t", 2).await;
    let of_fork = checkpoints(&store, "f").await;
    let threads = ["t".to_owned(), "u".to_owned(), "nobody".to_owned()];
    assert_eq!(store.prune(&threads, "owner").await.expect("writes"), 2, "those that had any");
    assert_eq!(store.prune(&threads, "owner").await.expect("writes"), 0, "once");
    assert_eq!(store.prune(&[], "owner").await.expect("writes"), 0);
    for (thread, count) in [("t", 1), ("u", 1), ("kept", 5)] {
        assert_eq!(checkpoints(&store, thread).await.len(), count, "{thread} keeps its newest");
        assert_eq!(state(&store, thread).await.value("log"), Some(&json!([0, 1, 2, 3])), "and its state");
    }
    assert!(store.checkpoint(lost).await.expect("reads").is_none(), "what was pruned is not found");
    assert!(store.checkpoint(shared).await.expect("reads").is_some(), "what a fork shares is");
    assert_eq!(checkpoints(&store, "f").await, of_fork, "a fork's past survives");
    runner(&store).advance(&graph, "f").await.expect("runs");
    let edit = [Edit::new(Output::new().write("last", json!("edited")))];
    runner(&store).update_state(&graph, "t", edit, EditOptions::default()).await.expect("fits");
    assert_eq!(checkpoints(&store, "t").await.len(), 2, "its history goes on from there");
    let listed = store.list(&Listing::of("t")).await.expect("reads");
    assert_eq!(listed.len(), 2);
}

pub async fn a_copy_goes_on_where_the_thread_stands(store: Store) {
    let (runs, fails) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(true)));
    let (counted, failing) = (Arc::clone(&runs), Arc::clone(&fails));
    let graph = StateGraph::new("copied", 1)
        .channel("log", Reducer::Append)
        .node("good", move |_, _| {
            counted.fetch_add(1, Ordering::SeqCst);
            async { Ok(Output::new().write("log", json!(["good"]))) }
        })
        .node("bad", move |_, _| {
            let fails = failing.load(Ordering::SeqCst);
            async move {
                if fails {
                    return Err(NodeError::failed("network_error", "down"));
                }
                Ok(Output::new().write("log", json!(["bad"])))
            }
        })
        .entry("good")
        .entry("bad")
        .compile()
        .expect("the graph is sound");
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    runner(&store).advance(&graph, "t").await.expect_err("one of them fails");
    runner(&store).copy("t", "copy", "owner").await.expect("copies");
    let copied = store.load("copy").await.expect("reads").expect("is there");
    assert_eq!(copied.pending.len(), 1, "what had finished came along");
    assert_eq!(copied.pending[0].thread, "copy");
    assert_eq!(checkpoints(&store, "copy").await, checkpoints(&store, "t").await);
    fails.store(false, Ordering::SeqCst);
    for thread in ["copy", "t"] {
        let Progress::Finished(end) = runner(&store).advance(&graph, thread).await.expect("goes on") else {
            panic!("nothing waits")
        };
        assert_eq!(end.value("log"), Some(&json!(["good", "bad"])));
    }
    assert_eq!(runs.load(Ordering::SeqCst), 1, "what had finished ran once for both");
    let error = runner(&store).copy("nobody", "copy2", "owner").await.expect_err("there is no such thread");
    assert!(error.to_string().contains("nobody"), "{error}");
}
