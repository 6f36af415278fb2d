//! Editing a thread's state.

use cadre_graph::{
    CheckpointError, CompiledGraph, END, Edit, EditOptions, NodeError, Output, Progress, Reducer, RunError,
    Source, StartOptions, StateError, StateGraph,
};
use serde_json::json;

use super::forks::{fork, questions, state};
use super::{Store, asking, chain, head, run, runner};

async fn edit(
    store: &Store,
    graph: &CompiledGraph,
    thread: &str,
    edits: Vec<Edit>,
) -> Result<cadre_graph::Hash, RunError> {
    let options = EditOptions { actor: "owner".into(), ..EditOptions::default() };
    runner(store).update_state(graph, thread, edits, options).await
}

async fn nodes(store: &Store, thread: &str) -> Vec<String> {
    let view = store.load(thread).await.expect("reads").expect("is there");
    view.tasks.into_iter().map(|task| task.node).collect()
}

pub async fn an_edit_goes_on_as_if_a_node_had_finished(store: Store) {
    let graph = chain("g", 4);
    run(&store, &graph, "t", json!({})).await;
    fork(&store, "f", "t", 1).await;
    let edited =
        edit(&store, &graph, "f", vec![Edit::as_node("n1", Output::new().write("log", json!(["me"])))])
            .await
            .expect("the node is there");
    assert_eq!(
        nodes(&store, "f").await,
        ["n2"],
        "the node's own task is closed, and what follows it is next"
    );
    let newest = store.history("f", None, 1).await.expect("reads").remove(0);
    assert_eq!((newest.hash, newest.source, newest.actor.as_str()), (edited, Source::Update, "owner"));
    assert_eq!((newest.step, newest.thread.as_str()), (2, "f"));
    runner(&store).advance(&graph, "f").await.expect("goes on");
    assert_eq!(state(&store, "f").await.value("log"), Some(&json!([0, "me", 2, 3])));
    // Of a node that is not open: what follows it takes the place of what was.
    fork(&store, "g", "t", 1).await;
    edit(&store, &graph, "g", vec![Edit::as_node("n2", Output::new())]).await.expect("the node is there");
    assert_eq!(nodes(&store, "g").await, ["n3"]);
    // And of a finished thread.
    edit(&store, &graph, "t", vec![Edit::as_node("n0", Output::new().goto("n3", json!(null)))])
        .await
        .expect("the node is there");
    assert_eq!(nodes(&store, "t").await, ["n3"], "an edit can jump like a node");
    let Progress::Finished(end) = runner(&store).advance(&graph, "t").await.expect("goes on") else {
        panic!("nothing waits")
    };
    assert_eq!(end.value("log"), Some(&json!([0, 1, 2, 3, 3])));
}

pub async fn an_edit_in_place_of_a_question_takes_its_answer_away(store: Store) {
    let graph = asking();
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let open = questions(&store, &graph, "t").await;
    let (a, b) = (&open[0], &open[1]);
    edit(&store, &graph, "t", vec![Edit::as_node("a", Output::new().write("log", json!(["for a"])))])
        .await
        .expect("the node is there");
    let error = store.wake(a, json!("late"), vec![]).await.expect_err("nobody waits for it any more");
    assert!(matches!(error, CheckpointError::NotParked(_)), "{error}");
    store.wake(b, json!("for b"), vec![]).await.expect("the other one still waits");
    let Progress::Finished(end) = runner(&store).advance(&graph, "t").await.expect("goes on") else {
        panic!("all is answered")
    };
    assert_eq!(end.value("log"), Some(&json!(["free", "after free", "for a", "for b"])));
}

pub async fn an_edit_of_nothing_but_the_state_leaves_open_what_was_open(store: Store) {
    let graph = asking();
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let open = questions(&store, &graph, "t").await;
    store.wake(&open[0], json!("for a"), vec![]).await.expect("it waits");
    edit(&store, &graph, "t", vec![Edit::new(Output::new().write("log", json!(["edited"])))])
        .await
        .expect("the channel is there");
    store.wake(&open[1], json!("for b"), vec![]).await.expect("it still waits");
    let Progress::Finished(end) = runner(&store).advance(&graph, "t").await.expect("goes on") else {
        panic!("all is answered")
    };
    assert_eq!(
        end.value("log"),
        Some(&json!(["free", "after free", "edited", "for a", "for b"])),
        "an answer that was there is there"
    );
}

pub async fn edits_in_bulk_are_one_checkpoint(store: Store) {
    let graph = chain("g", 3);
    run(&store, &graph, "t", json!({})).await;
    fork(&store, "f", "t", 1).await;
    let bulk = vec![
        Edit::new(Output::new().write("log", json!(["one"]))),
        Edit::as_node("n1", Output::new().write("log", json!(["two"]))),
        Edit::new(Output::new().write("log", json!(["three"])).write("last", json!("edited"))),
    ];
    edit(&store, &graph, "f", bulk).await.expect("all fit");
    let view = store.load("f").await.expect("reads").expect("is there");
    assert_eq!((view.step, view.state.value("log")), (2, Some(&json!([0, "one", "two", "three"]))));
    assert_eq!(nodes(&store, "f").await, ["n2"]);
}

pub async fn an_edit_that_does_not_fit_changes_nothing(store: Store) {
    let graph = chain("g", 2);
    run(&store, &graph, "t", json!({})).await;
    let before = head(&store, "t").await;
    let error =
        edit(&store, &graph, "t", vec![Edit::as_node("nobody", Output::new())]).await.expect_err("who?");
    assert!(matches!(error, RunError::NodeNotFound(_)), "{error}");
    let last = |value| Edit::new(Output::new().write("last", value));
    let error = edit(&store, &graph, "t", vec![last(json!(1)), last(json!(2))]).await.expect_err("which?");
    let RunError::State(StateError::TwoWrites { first, second, .. }) = &error else { panic!("{error}") };
    assert_eq!((first.as_str(), second.as_str()), ("edit 0", "edit 1"), "both are named");
    let moved = EditOptions { expected: Some(cadre_graph::digest(0, b"old")), ..EditOptions::default() };
    let edits = [last(json!(1))];
    let error = runner(&store).update_state(&graph, "t", edits, moved).await.expect_err("it has moved");
    assert!(matches!(error, RunError::Checkpoint(CheckpointError::Superseded { .. })), "{error}");
    let error = edit(&store, &chain("other", 2), "t", vec![last(json!(1))]).await.expect_err("another graph");
    assert!(matches!(error, RunError::OtherGraph { .. }), "{error}");
    assert_eq!(head(&store, "t").await, before);
}

pub async fn an_edit_keeps_what_a_sibling_had_finished(store: Store) {
    let graph = StateGraph::new("siblings", 1)
        .channel("log", Reducer::Append)
        .node("good", |_, _| async { Ok(Output::new().write("log", json!(["good"]))) })
        .node("bad", |_, _| async { Err(NodeError::failed("network_error", "down")) })
        .node("after", |_, _| async { Ok(Output::new().write("log", json!(["after"]))) })
        .entry("good")
        .entry("bad")
        .edge("good", END)
        .join(["good", "bad"], "after")
        .compile()
        .expect("the graph is sound");
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    runner(&store).advance(&graph, "t").await.expect_err("one of them always fails");
    let instead = Edit::as_node("bad", Output::new().write("log", json!(["by hand"])));
    edit(&store, &graph, "t", vec![instead]).await.expect("a person does it");
    let Progress::Finished(end) = runner(&store).advance(&graph, "t").await.expect("goes on") else {
        panic!("nothing waits")
    };
    assert_eq!(end.value("log"), Some(&json!(["good", "by hand", "after"])));
}
