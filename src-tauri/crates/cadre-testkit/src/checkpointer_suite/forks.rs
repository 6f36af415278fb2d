//! Time travel: threads that share a past.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cadre_graph::{
    CheckpointError, CompiledGraph, Context, Fork, Hash, Output, Progress, Reducer, RunError, StartOptions,
    State, StateGraph, Wake,
};
use serde_json::{Value, json};

use super::{Store, asking, asks, chain, head, run, runner};

pub(super) async fn checkpoints(store: &Store, thread: &str) -> Vec<(String, u64, Hash)> {
    let history = store.history(thread, None, 100).await.expect("the store reads");
    history.into_iter().map(|it| (it.thread, it.step, it.hash)).collect()
}

pub(super) async fn at_step(store: &Store, thread: &str, step: u64) -> Hash {
    let all = checkpoints(store, thread).await;
    all.into_iter().find(|(_, at, _)| *at == step).expect("the thread has come this far").2
}

pub(super) async fn fork(store: &Store, thread: &str, source: &str, step: u64) {
    let at = at_step(store, source, step).await;
    runner(store).fork(Fork::new(thread, source, at).actor("owner")).await.expect("it can be forked");
}

pub(super) async fn state(store: &Store, thread: &str) -> State {
    store.load(thread).await.expect("the store reads").expect("the thread is there").state
}

async fn finish(store: &Store, graph: &CompiledGraph, thread: &str) -> State {
    match runner(store).advance(graph, thread).await.expect("the thread runs") {
        Progress::Finished(state) => state,
        other => panic!("nothing here waits, yet it stands at {other:?}"),
    }
}

/// What waits for an answer.
pub(super) async fn questions(store: &Store, graph: &CompiledGraph, thread: &str) -> Vec<Wake> {
    match runner(store).advance(graph, thread).await.expect("runs") {
        Progress::Waiting(parked) => parked
            .into_iter()
            .filter(|it| it.answer.is_none())
            .map(|it| Wake { thread: thread.into(), task: it.task, position: it.position })
            .collect(),
        other => panic!("it must wait, yet stands at {other:?}"),
    }
}

async fn answer(store: &Store, wake: &Wake, with: &str) {
    store.wake(wake, json!(with), vec![]).await.expect("it waits");
}

pub async fn a_fork_shares_the_past_and_goes_its_own_way(store: Store) {
    let graph = chain("g", 5);
    run(&store, &graph, "t", json!({})).await;
    let before = (checkpoints(&store, "t").await, head(&store, "t").await);
    fork(&store, "f", "t", 2).await;
    let view = store.load("f").await.expect("reads").expect("is there");
    assert_eq!((view.step, view.state.value("log")), (2, Some(&json!([0, 1]))), "it stands where t stood");
    assert_eq!(view.tasks.iter().map(|task| task.node.as_str()).collect::<Vec<_>>(), ["n2"]);
    assert_eq!(view.actor, "owner");
    let origin = view.origin.expect("it branched off");
    assert_eq!((origin.thread.as_str(), origin.step, origin.at), ("t", 2, before.0[3].2));
    assert_eq!(checkpoints(&store, "f").await, before.0[3..], "its past is that of its source");
    let end = finish(&store, &graph, "f").await;
    assert_eq!(end.value("log"), Some(&json!([0, 1, 2, 3, 4])), "what came before did not run again");
    let after = checkpoints(&store, "f").await;
    let owners: Vec<&str> = after.iter().map(|(thread, ..)| thread.as_str()).collect();
    assert_eq!(owners, ["f", "f", "f", "t", "t", "t"], "each checkpoint is of the thread that made it");
    assert_eq!(
        (checkpoints(&store, "t").await, head(&store, "t").await),
        before,
        "the old branch is untouched"
    );
}

pub async fn several_forks_of_one_checkpoint_are_independent(store: Store) {
    let graph = chain("g", 3);
    run(&store, &graph, "t", json!({})).await;
    for name in ["f1", "f2"] {
        fork(&store, name, "t", 1).await;
    }
    finish(&store, &graph, "f1").await;
    assert_eq!(state(&store, "f2").await.value("log"), Some(&json!([0])), "one went on, the other did not");
    finish(&store, &graph, "f2").await;
    let (one, two) = (head(&store, "f1").await, head(&store, "f2").await);
    assert_ne!(one, two, "they are two threads, even where they say the same");
    assert_eq!(state(&store, "f1").await, state(&store, "f2").await);
}

pub async fn the_history_of_a_fork_of_a_fork_is_whole(store: Store) {
    let graph = chain("g", 6);
    run(&store, &graph, "a", json!({})).await;
    fork(&store, "b", "a", 2).await;
    finish(&store, &graph, "b").await;
    fork(&store, "c", "b", 4).await;
    finish(&store, &graph, "c").await;
    fork(&store, "d", "c", 1).await;
    let of = |all: Vec<(String, u64, Hash)>| -> String {
        all.into_iter().map(|(thread, step, _)| format!("{thread}{step}")).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(of(checkpoints(&store, "c").await), "c6 c5 b4 b3 a2 a1 a0");
    assert_eq!(of(checkpoints(&store, "d").await), "a1 a0", "before both places where it branched");
    let page = store.history("c", Some(5), 3).await.expect("reads");
    let page = page.into_iter().map(|it| (it.thread, it.step, it.hash)).collect();
    assert_eq!(of(page), "b4 b3 a2", "a page goes on over the place where it branched");
    let all = store.history("c", None, 100).await.expect("reads");
    for pair in all.windows(2) {
        assert_eq!(pair[0].parent, Some(pair[1].hash), "each checkpoint names the one before it");
    }
    for summary in all {
        let found = store.checkpoint(summary.hash).await.expect("reads").expect("is there");
        let length = found.state.value("log").and_then(Value::as_array).map_or(0, Vec::len);
        assert_eq!(length as u64, summary.step, "each one is the state as it was");
    }
}

pub async fn replay_of_a_finished_head_does_nothing(store: Store) {
    let graph = chain("g", 2);
    run(&store, &graph, "t", json!({})).await;
    fork(&store, "f", "t", 2).await;
    let state = finish(&store, &graph, "f").await;
    assert_eq!(state.value("log"), Some(&json!([0, 1])), "there was nothing left to run");
    assert_eq!(head(&store, "f").await, head(&store, "t").await, "and no checkpoint came of it");
}

pub async fn a_fork_before_a_question_asks_it_again(store: Store) {
    let graph = asking();
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let open = questions(&store, &graph, "t").await;
    for wake in &open {
        answer(&store, wake, "first answer").await;
    }
    finish(&store, &graph, "t").await;
    fork(&store, "f", "t", 0).await;
    for _ in 0..2 {
        let again = questions(&store, &graph, "f").await;
        let places: Vec<_> = again.iter().map(|wake| (&wake.task, wake.position)).collect();
        assert_eq!(places, open.iter().map(|wake| (&wake.task, wake.position)).collect::<Vec<_>>());
    }
    for wake in questions(&store, &graph, "f").await {
        answer(&store, &wake, "second answer").await;
    }
    let said = finish(&store, &graph, "f").await;
    assert_eq!(
        said.value("log"),
        Some(&json!(["free", "after free", "second answer", "second answer"])),
        "an answer in one branch is none in the other"
    );
}

/// A node that records, asks, records, asks.
fn asking_twice(runs: &Arc<AtomicU32>) -> CompiledGraph {
    let runs = Arc::clone(runs);
    StateGraph::new("twice", 1)
        .channel("said", Reducer::Last)
        .node("n", move |ctx: Context, _| {
            let runs = Arc::clone(&runs);
            async move {
                let mut said = Vec::new();
                for round in ["one", "two"] {
                    let count = || async { Ok(runs.fetch_add(1, Ordering::SeqCst) + 1) };
                    said.push(json!(ctx.step::<_, u32, _, _>(round, &(), count).await?));
                    said.push(ctx.interrupt(round, asks(round)).await?);
                }
                Ok(Output::new().write("said", json!(said)))
            }
        })
        .entry("n")
        .compile()
        .expect("the graph is sound")
}

pub async fn a_fork_begins_between_two_questions_of_a_node(store: Store) {
    let runs = Arc::new(AtomicU32::new(0));
    let graph = asking_twice(&runs);
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let first = questions(&store, &graph, "t").await.remove(0);
    answer(&store, &first, "a").await;
    let second = questions(&store, &graph, "t").await.remove(0);
    assert_eq!((first.position, second.position), (1, 3));
    let root = head(&store, "t").await;
    // While the second question is open, and again when the node has long finished.
    for round in ["open", "closed"] {
        let between = format!("between {round}");
        let fork = Fork::new(&between, "t", root).before(&second.task, second.position);
        runner(&store).fork(fork).await.expect("forks");
        let begun = runs.load(Ordering::SeqCst);
        let again = questions(&store, &graph, &between).await;
        assert_eq!(again.len(), 1);
        assert_eq!(again[0].position, 3, "the first answer was kept, the second question is asked again");
        answer(&store, &again[0], "z").await;
        let end = finish(&store, &graph, &between).await;
        assert_eq!(end.value("said"), Some(&json!([1, "a", 2, "z"])));
        assert_eq!(runs.load(Ordering::SeqCst), begun, "no recorded call ran again");
        if round == "open" {
            answer(&store, &second, "b").await;
            let end = finish(&store, &graph, "t").await;
            assert_eq!(
                end.value("said"),
                Some(&json!([1, "a", 2, "b"])),
                "the old branch has its own answer"
            );
        }
    }
    let fork = Fork::new("before", "t", root).before(&first.task, first.position);
    runner(&store).fork(fork).await.expect("forks");
    let again = questions(&store, &graph, "before").await;
    assert_eq!(again[0].position, 1, "the first question is asked again");
    assert_eq!(runs.load(Ordering::SeqCst), 2, "what came before it did not run again");
    let fork = Fork::new("anew", "t", root);
    runner(&store).fork(fork).await.expect("forks");
    questions(&store, &graph, "anew").await;
    assert_eq!(runs.load(Ordering::SeqCst), 3, "without a cut a task that was new begins anew");
    // A fork of a fork finds what its source began with.
    let fork = Fork::new("again", "between open", root).before(&second.task, second.position);
    runner(&store).fork(fork).await.expect("forks");
    let again = questions(&store, &graph, "again").await;
    assert_eq!(again[0].position, 3);
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

/// One branch records and asks while the other one goes on.
fn one_waits(runs: &Arc<AtomicU32>) -> CompiledGraph {
    let runs = Arc::clone(runs);
    let log = |name: &'static str| {
        move |_: Context, _: State| async move { Ok(Output::new().write("log", json!([name]))) }
    };
    StateGraph::new("waits", 1)
        .channel("log", Reducer::Append)
        .node("slow", move |ctx: Context, _| {
            let runs = Arc::clone(&runs);
            async move {
                let count = || async { Ok(runs.fetch_add(1, Ordering::SeqCst)) };
                ctx.step::<_, u32, _, _>("count", &(), count).await?;
                let said = ctx.interrupt("ask", asks("slow")).await?;
                Ok(Output::new().write("log", json!([said])))
            }
        })
        .node("x", log("x"))
        .node("y", log("y"))
        .node("z", log("z"))
        .entry("slow")
        .entry("x")
        .edge("x", "y")
        .join(["y", "slow"], "z")
        .compile()
        .expect("the graph is sound")
}

pub async fn a_task_under_way_keeps_what_it_had_recorded(store: Store) {
    let runs = Arc::new(AtomicU32::new(0));
    let graph = one_waits(&runs);
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let open = questions(&store, &graph, "t").await;
    answer(&store, &open[0], "yes").await;
    finish(&store, &graph, "t").await;
    fork(&store, "f", "t", 1).await;
    let open = questions(&store, &graph, "f").await;
    assert_eq!(open.len(), 1, "what waited then waits again");
    assert_eq!(runs.load(Ordering::SeqCst), 1, "what it had recorded by then did not run again");
    answer(&store, &open[0], "no").await;
    let end = finish(&store, &graph, "f").await;
    assert_eq!(end.value("log"), Some(&json!(["x", "y", "no", "z"])));
}

pub async fn a_fork_keeps_who_has_arrived_at_a_join(store: Store) {
    let graph = one_waits(&Arc::default());
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let open = questions(&store, &graph, "t").await;
    fork(&store, "f", "t", 2).await;
    let again = questions(&store, &graph, "f").await;
    answer(&store, &again[0], "f").await;
    let end = finish(&store, &graph, "f").await;
    assert_eq!(end.value("log"), Some(&json!(["x", "y", "f", "z"])), "y had arrived before it branched");
    answer(&store, &open[0], "t").await;
    let end = finish(&store, &graph, "t").await;
    assert_eq!(end.value("log"), Some(&json!(["x", "y", "t", "z"])));
}

pub async fn the_same_fork_again_changes_nothing(store: Store) {
    let graph = chain("g", 3);
    run(&store, &graph, "t", json!({})).await;
    fork(&store, "f", "t", 1).await;
    finish(&store, &graph, "f").await;
    let after = checkpoints(&store, "f").await;
    fork(&store, "f", "t", 1).await;
    assert_eq!(checkpoints(&store, "f").await, after, "a fork that is there stays as it is");
    for (thread, step) in [("f", 2), ("t", 1)] {
        let other = Fork::new(thread, "t", at_step(&store, "t", step).await).actor("owner");
        let error = runner(&store).fork(other).await.expect_err("that is another beginning");
        assert!(matches!(error, RunError::Checkpoint(CheckpointError::ThreadExists { .. })), "{error}");
    }
    let error = runner(&store)
        .start(&graph, "f", json!({}), StartOptions::default())
        .await
        .expect_err("a fork is not the start of a thread");
    assert!(matches!(error, RunError::Checkpoint(CheckpointError::ThreadExists { .. })), "{error}");
}

pub async fn a_fork_of_what_is_not_there_is_refused(store: Store) {
    let graph = chain("g", 3);
    run(&store, &graph, "t", json!({})).await;
    run(&store, &graph, "other", json!({})).await;
    let here = at_step(&store, "t", 1).await;
    let elsewhere = at_step(&store, "other", 1).await;
    let refused = async |fork: Fork| match runner(&store).fork(fork).await {
        Err(RunError::Checkpoint(error)) => error,
        other => panic!("it must be refused, yet: {other:?}"),
    };
    let error = refused(Fork::new("f", "nobody", here)).await;
    assert!(matches!(error, CheckpointError::UnknownThread { .. }), "{error}");
    for at in [elsewhere, cadre_graph::digest(0, b"nothing")] {
        let error = refused(Fork::new("f", "t", at)).await;
        assert!(matches!(error, CheckpointError::UnknownCheckpoint { .. }), "{error}");
    }
    let error = refused(Fork::new("f", "t", here).before("0.0:n0", 1)).await;
    assert!(matches!(error, CheckpointError::UnknownTask { .. }), "it was closed by then: {error}");
    assert!(store.load("f").await.expect("reads").is_none(), "nothing came of it");
}
