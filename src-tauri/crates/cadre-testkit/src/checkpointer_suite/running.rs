//! Starting, stopping, ending and watching threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cadre_graph::{
    CheckpointError, CompiledGraph, Context, DEFAULT_THREAD, Event, Feed, Mode, NodeError, Output, Progress,
    Reducer, RunError, Runner, Source, StartOptions, StateGraph, Wake,
};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Store, asks, chain, forks::questions, head, run, runner};
use crate::clock::HandClock;

/// Waits for another thread.
fn calling() -> CompiledGraph {
    StateGraph::new("calling", 1)
        .channel("out", Reducer::Last)
        .node("n", |context: Context, _| async move {
            let out: Value = context.call("child", json!({})).await?;
            Ok(Output::new().write("out", out))
        })
        .entry("n")
        .compile()
        .expect("the graph is sound")
}

pub async fn a_cancelled_thread_ends_with_all_below_it(store: Store) {
    let graph = calling();
    let mut parent: Option<Wake> = None;
    for thread in ["top", "middle", "bottom"] {
        let options = StartOptions { parent: parent.take(), ..StartOptions::default() };
        runner(&store).start(&graph, thread, json!({}), options).await.expect("starts");
        parent = questions(&store, &graph, thread).await.pop();
    }
    runner(&store).start(&graph, "other", json!({}), StartOptions::default()).await.expect("starts");
    questions(&store, &graph, "other").await;
    let epoch = store.claim("bottom").await.expect("claims");
    let ended = runner(&store).cancel("middle", "no longer wanted", "owner").await.expect("ends");
    assert_eq!(ended, ["bottom", "middle"], "those below first");
    for thread in ["middle", "bottom"] {
        let newest = store.history(thread, None, 1).await.expect("reads").remove(0);
        assert_eq!((newest.source, newest.actor.as_str()), (Source::Cancel, "owner"), "{thread}");
        assert_eq!(newest.metadata["cause"], "no longer wanted", "{thread} says why");
        let progress = runner(&store).advance(&graph, thread).await.expect("reads");
        assert!(matches!(progress, Progress::Finished(_)), "nothing of {thread} is open");
    }
    for thread in ["top", "other"] {
        assert_eq!(questions(&store, &graph, thread).await.len(), 1, "{thread} waits as before");
    }
    let write = cadre_graph::TaskWrite {
        thread: "bottom".into(),
        epoch,
        base: head(&store, "bottom").await,
        task: "0.0:n".into(),
        writes: vec![],
        goto: None,
        records: vec![],
    };
    let error = store.write(write).await.expect_err("who ran it has lost it");
    assert!(matches!(error, CheckpointError::Superseded { .. }), "{error}");
    assert!(runner(&store).cancel("middle", "again", "owner").await.expect("reads").is_empty(), "once");
}

pub async fn a_drained_runner_ends_what_runs(store: Store) {
    let (token, ran) = (CancellationToken::new(), Arc::new(AtomicU32::new(0)));
    let (stop, counted) = (token.clone(), Arc::clone(&ran));
    let graph = StateGraph::new("drained", 1)
        .node("first", move |context: Context, _| {
            stop.cancel();
            let cancelled = context.cancelled().is_cancelled();
            async move { if cancelled { Err(NodeError::failed("stopped", "no")) } else { Ok(Output::new()) } }
        })
        .node("second", move |_, _| {
            counted.fetch_add(1, Ordering::SeqCst);
            async { Ok(Output::new()) }
        })
        .entry("first")
        .edge("first", "second")
        .compile()
        .expect("the graph is sound");
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let drained = runner(&store).with_drain(token);
    let progress = drained.advance(&graph, "t").await.expect("what runs is not disturbed");
    assert_eq!(progress, Progress::Held);
    assert_eq!(ran.load(Ordering::SeqCst), 0, "and nothing more begins");
    let progress = runner(&store).advance(&graph, "t").await.expect("another runner goes on");
    assert!(matches!(progress, Progress::Finished(_)));
}

pub async fn what_sleeps_goes_on_by_itself(store: Store) {
    let graph = StateGraph::new("sleeping", 1)
        .channel("woke", Reducer::Last)
        .node("n", |context: Context, _| async move {
            let began = context.now()?;
            context.sleep_until(began + 5_000).await?;
            context.sleep_until(began + 9_000).await?;
            Ok(Output::new().write("woke", json!(context.now()? - began)))
        })
        .entry("n")
        .compile()
        .expect("the graph is sound");
    let clock = HandClock::still();
    let by = || Runner::new(Arc::clone(&store), Arc::new(clock.clone()));
    by().start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    for _ in 0..2 {
        let progress = by().advance(&graph, "t").await.expect("runs");
        let Progress::Waiting(parked) = progress else { panic!("it sleeps: {progress:?}") };
        clock.passes(parked.iter().find_map(cadre_graph::ParkedTask::due).expect("says until when"));
    }
    let progress = by().advance(&graph, "t").await.expect("runs");
    assert!(matches!(progress, Progress::Finished(_)), "a host that comes later rings what is due");
    let jumping = Runner::new(Arc::clone(&store), Arc::new(HandClock::jumping()));
    let progress = jumping.invoke(&graph, Some("u"), json!({}), StartOptions::default()).await;
    let Progress::Finished(end) = progress.expect("runs") else { panic!("it was waited for") };
    assert_eq!(end.value("woke"), Some(&json!(9_000)));
}

pub async fn a_thread_stops_before_and_after_nodes_and_goes_on(store: Store) {
    let graph = chain("g", 4);
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let stopping = || runner(&store).stop_before(["n1"]).stop_after(["n2"]);
    for _ in 0..2 {
        let progress = stopping().advance(&graph, "t").await.expect("runs");
        let Progress::Stopped(at) = progress else {
            panic!("it stops, however often it is asked: {progress:?}")
        };
        assert_eq!(at, head(&store, "t").await);
        assert_eq!(store.load("t").await.expect("reads").expect("is there").step, 1, "before n1");
    }
    let at = head(&store, "t").await;
    let progress = stopping().past(at).advance(&graph, "t").await.expect("runs");
    let Progress::Stopped(after) = progress else { panic!("it stops after n2: {progress:?}") };
    assert_eq!(store.load("t").await.expect("reads").expect("is there").step, 3);
    let progress = stopping().past(after).advance(&graph, "t").await.expect("runs");
    let Progress::Finished(end) = progress else { panic!("nothing more stops it: {progress:?}") };
    assert_eq!(end.value("log"), Some(&json!([0, 1, 2, 3])));
}

pub async fn a_runaway_cycle_ends_at_the_limit(store: Store) {
    let graph = StateGraph::new("cycle", 1)
        .node("n", |_, _| async { Ok(Output::new()) })
        .entry("n")
        .edge("n", "n")
        .compile()
        .expect("the graph is sound");
    let limited = runner(&store).with_step_limit(7);
    let error =
        limited.invoke(&graph, Some("t"), json!({}), StartOptions::default()).await.expect_err("no end");
    assert_eq!(error.to_string(), "thread `t` did not end within 7 supersteps");
    assert!(matches!(error, RunError::StepLimit { limit: 7, .. }));
}

pub async fn invoking_without_a_name_uses_the_default_thread(store: Store) {
    let graph = chain("g", 2);
    let progress = runner(&store).invoke(&graph, None, json!({}), StartOptions::default()).await;
    assert!(matches!(progress, Ok(Progress::Finished(_))), "{progress:?}");
    assert_eq!(store.history(DEFAULT_THREAD, None, 9).await.expect("reads").len(), 3);
    run(&store, &graph, "t", json!({})).await;
}

/// Says something, asks, says something.
fn talking() -> CompiledGraph {
    StateGraph::new("talking", 1)
        .channel("log", Reducer::Append)
        .node("n", |context: Context, _| async move {
            context.message(json!("Hel"));
            context.message(json!("lo"));
            context.emit(json!({ "step": 1 }));
            let said = context.interrupt("ask", asks("well")).await?;
            context.emit(json!({ "step": 2 }));
            Ok(Output::new().write("log", json!([said])))
        })
        .node("after", |_, _| async { Ok(Output::new().write("log", json!(["after"]))) })
        .entry("n")
        .edge("n", "after")
        .compile()
        .expect("the graph is sound")
}

fn name(event: &Event) -> String {
    match event {
        Event::Values { step, .. } => format!("values {step}"),
        Event::Update { step, node, .. } => format!("update {step} {node}"),
        Event::Message { data, .. } => format!("message {data}"),
        Event::Custom { data, .. } => format!("custom {}", data["step"]),
        Event::TaskBegan { node, .. } => format!("{node} began"),
        Event::TaskEnded { node, .. } => format!("{node} ended"),
        Event::TaskParked { node, .. } => format!("{node} parked"),
        Event::TaskFailed { node, .. } => format!("{node} failed"),
        Event::Checkpoint { step, .. } => format!("checkpoint {step}"),
    }
}

fn names(events: &[(usize, Event)]) -> Vec<String> {
    events.iter().map(|(_, event)| name(event)).collect()
}

pub async fn a_stream_shows_each_event_once_from_any_offset(store: Store) {
    let graph = talking();
    let feed = Feed::default();
    let all = [Mode::Values, Mode::Updates, Mode::Messages, Mode::Custom, Mode::Debug];
    let early = feed.follow(0, &all);
    let watched = runner(&store).with_feed(feed.clone());
    watched.start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    watched.advance(&graph, "t").await.expect("runs");
    let seen = feed.events(0, &all);
    assert_eq!(names(&seen), ["n began", r#"message "Hel""#, r#"message "lo""#, "custom 1", "n parked"]);
    let wake = questions(&store, &graph, "t").await.remove(0);
    store.wake(&wake, json!("answer"), vec![]).await.expect("it waits");
    watched.advance(&graph, "t").await.expect("runs");
    drop(watched);
    // Whoever was away goes on after what it saw last; whoever was there from the start saw the same.
    let rest = names(&feed.events(seen.len(), &all));
    assert_eq!(
        rest,
        [
            "n began",
            "custom 2",
            "n ended",
            "update 1 n",
            "values 1",
            "checkpoint 1",
            "after began",
            "after ended",
            "update 2 after",
            "values 2",
            "checkpoint 2"
        ]
    );
    for (mode, count) in [
        (Mode::Values, 2),
        (Mode::Updates, 2),
        (Mode::Messages, 2),
        (Mode::Custom, 2),
        (Mode::Tasks, 6),
        (Mode::Checkpoints, 2),
        (Mode::Debug, 8),
    ] {
        assert_eq!(feed.events(0, &[mode]).len(), count, "{mode:?}");
    }
    drop(feed);
    let followed: Vec<(usize, Event)> = early.collect().await;
    let offsets: Vec<usize> = followed.iter().map(|(offset, _)| *offset).collect();
    assert_eq!(offsets, (0..seen.len() + rest.len()).collect::<Vec<_>>(), "each once, in order, to the end");
}

pub async fn what_is_said_before_a_wait_is_not_said_again(store: Store) {
    let graph = talking();
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let wake = questions(&store, &graph, "t").await.remove(0);
    store.wake(&wake, json!("answer"), vec![]).await.expect("it waits");
    let feed = Feed::default();
    runner(&store).with_feed(feed.clone()).advance(&graph, "t").await.expect("runs");
    assert_eq!(names(&feed.events(0, &[Mode::Messages, Mode::Custom])), ["custom 2"], "also by another host");
}
