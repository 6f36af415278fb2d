//! How often, how long and in what order nodes run.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cadre_graph::{
    CompiledGraph, Context, END, MemoryCache, NodeError, Output, Policy, Progress, Reducer, Retry, RunError,
    Runner, StartOptions, State, StateGraph,
};
use serde_json::json;

use super::{Store, asks, forks::questions};
use crate::clock::HandClock;

const MS: Duration = Duration::from_millis(1);

/// One node under a policy, that counts its runs.
fn one<F, Fut>(policy: Policy, runs: &Arc<AtomicU32>, work: F) -> CompiledGraph
where
    F: Fn(Context, u32) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Output, NodeError>> + Send + 'static,
{
    let runs = Arc::clone(runs);
    StateGraph::new("one", 1)
        .channel("log", Reducer::Append)
        .node("n", move |context, _| work(context, runs.fetch_add(1, Ordering::SeqCst) + 1))
        .policy("n", policy)
        .entry("n")
        .compile()
        .expect("the graph is sound")
}

fn by(store: &Store, clock: &HandClock) -> Runner {
    Runner::new(Arc::clone(store), Arc::new(clock.clone()))
}

async fn down_until(run: u32, works: u32) -> Result<Output, NodeError> {
    match run < works {
        true => Err(NodeError::failed("network_error", format!("down {run}"))),
        false => Ok(Output::new().write("log", json!([run]))),
    }
}

pub async fn a_failed_node_is_tried_again_after_a_while(store: Store) {
    let runs = Arc::new(AtomicU32::new(0));
    let retry = Retry::times(3).backoff(10 * MS, 3.0, 100 * MS);
    let graph = one(Policy::new().retry(retry), &runs, |_, run| down_until(run, 3));
    let clock = HandClock::still();
    by(&store, &clock).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let mut waits = Vec::new();
    for _ in 0..2 {
        // Each time by another host: the tries are on record.
        let Progress::Waiting(parked) = by(&store, &clock).advance(&graph, "t").await.expect("it may fail")
        else {
            panic!("it is tried again later")
        };
        let due = parked.iter().find_map(cadre_graph::ParkedTask::due).expect("it says when");
        waits.push(due - cadre_graph::Clock::now(&clock));
        let again = by(&store, &clock).advance(&graph, "t").await.expect("reads");
        assert!(matches!(again, Progress::Waiting(_)), "not before its time");
        clock.passes(due);
    }
    assert_eq!(waits, [10_000, 30_000], "each wait is longer than the one before");
    let Progress::Finished(end) = by(&store, &clock).advance(&graph, "t").await.expect("works now") else {
        panic!("nothing waits")
    };
    assert_eq!(end.value("log"), Some(&json!([3])));
    // All at once, with a clock that sleeps through the waits; and one try too few.
    runs.store(0, Ordering::SeqCst);
    let graph = one(Policy::new().retry(Retry::times(3)), &runs, |_, run| down_until(run, 4));
    let error = by(&store, &HandClock::jumping())
        .invoke(&graph, Some("u"), json!({}), StartOptions::default())
        .await
        .expect_err("three tries are not enough");
    assert!(error.to_string().contains("down 3"), "the last failure is told: {error}");
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

pub async fn only_failures_of_its_categories_are_tried_again(store: Store) {
    let runs = Arc::new(AtomicU32::new(0));
    let retry = Retry::times(9).only(["timeout", "rate_limit"]);
    let graph = one(Policy::new().retry(retry), &runs, |_, run| down_until(run, 4));
    by(&store, &HandClock::jumping())
        .invoke(&graph, Some("t"), json!({}), StartOptions::default())
        .await
        .expect_err("a network error is none of them");
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

pub async fn a_failed_call_is_made_again_and_no_other(store: Store) {
    let (runs, first, second) = (Arc::default(), Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (one_counted, two_counted) = (Arc::clone(&first), Arc::clone(&second));
    let graph = one(Policy::new().retry(Retry::times(5)), &runs, move |context, _| {
        let (first, second) = (Arc::clone(&one_counted), Arc::clone(&two_counted));
        async move {
            let key: String = context
                .effect("done", &(), |key| async move {
                    first.fetch_add(1, Ordering::SeqCst);
                    Ok(key.0)
                })
                .await?;
            let tried: Result<u32, NodeError> = context
                .step("fails", &(), || async move {
                    match second.fetch_add(1, Ordering::SeqCst) + 1 {
                        tried @ 1..=2 => Err(NodeError::failed("network_error", format!("down {tried}"))),
                        tried => Ok(tried),
                    }
                })
                .await;
            // What is recorded after the failure does not make it one that stays.
            context.worked()?;
            let beside: String = context.step("beside", &(), || async { Ok("kept".to_owned()) }).await?;
            Ok(Output::new().write("log", json!([key, tried?, beside])))
        }
    });
    let options = StartOptions::default();
    let progress = by(&store, &HandClock::jumping()).invoke(&graph, Some("t"), json!({}), options).await;
    let Progress::Finished(end) = progress.expect("the third try works") else { panic!("nothing waits") };
    assert_eq!(end.value("log"), Some(&json!(["t/0.0:n/0", 3, "kept"])));
    assert_eq!(first.load(Ordering::SeqCst), 1, "what was done is not done again");
}

pub async fn a_node_that_takes_too_long_has_failed(store: Store) {
    let clock = HandClock::still();
    for (thread, policy, says) in [
        ("whole", Policy::new().timeout(10 * MS), "it took too long"),
        ("idle", Policy::new().idle_timeout(10 * MS), "it made no progress for too long"),
    ] {
        let passing = clock.clone();
        let graph = one(policy, &Arc::default(), move |_, _| {
            let clock = passing.clone();
            async move {
                clock.passes(11_000);
                pending().await
            }
        });
        by(&store, &clock).start(&graph, thread, json!({}), StartOptions::default()).await.expect("starts");
        let error = by(&store, &clock).advance(&graph, thread).await.expect_err("it hangs");
        let RunError::Node { source: NodeError::Failed { category, message }, .. } = &error else {
            panic!("a timeout is a failure like any other: {error}")
        };
        assert_eq!((category.as_str(), message.as_str()), ("timeout", says));
    }
}

pub async fn progress_keeps_a_node_from_being_idle(store: Store) {
    let clock = HandClock::still();
    let passing = clock.clone();
    let graph = one(Policy::new().idle_timeout(10 * MS), &Arc::default(), move |context, _| {
        let clock = passing.clone();
        async move {
            for round in 0..9 {
                clock.passes(9_000);
                match round % 3 {
                    0 => context.progress(),
                    1 => context.emit(json!(round)),
                    _ => context.step("works", &round, || async { Ok(()) }).await?,
                }
                tokio::task::yield_now().await;
            }
            Ok(Output::new().write("log", json!(["done"])))
        }
    });
    by(&store, &clock).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let progress = by(&store, &clock).advance(&graph, "t").await.expect("it was never idle for long");
    assert!(matches!(progress, Progress::Finished(_)));
}

pub async fn a_remembered_result_is_good_for_its_time(store: Store) {
    let runs = Arc::new(AtomicU32::new(0));
    let policy = Policy::new().cache(10 * MS, |state, _| json!(state.value("question")));
    let graph = one(policy, &runs, |_, run| async move { Ok(Output::new().write("log", json!([run]))) });
    let clock = HandClock::still();
    let runner = by(&store, &clock).with_cache(Arc::new(MemoryCache::default()));
    let asked = async |thread: &str, question: &str| {
        let input = json!({ "question": question });
        let progress = runner.invoke(&graph, Some(thread), input, StartOptions::default()).await;
        let Progress::Finished(end) = progress.expect("runs") else { panic!("nothing waits") };
        end.value("log").cloned()
    };
    assert_eq!(asked("t1", "a").await, Some(json!([1])));
    assert_eq!(asked("t2", "a").await, Some(json!([1])), "the same key had that result");
    assert_eq!(asked("t3", "b").await, Some(json!([2])), "another key has another one");
    let other = StateGraph::new("other", 1)
        .channel("log", Reducer::Append)
        .node("n", |_, _| async { Ok(Output::new().write("log", json!(["other"]))) })
        .policy("n", Policy::new().cache(10 * MS, |state, _| json!(state.value("question"))))
        .entry("n")
        .compile()
        .expect("the graph is sound");
    let progress =
        runner.invoke(&other, Some("o"), json!({ "question": "a" }), StartOptions::default()).await;
    let Progress::Finished(end) = progress.expect("runs") else { panic!("nothing waits") };
    assert_eq!(
        end.value("log"),
        Some(&json!(["other"])),
        "another graph means something else by the same node"
    );
    clock.passes(10_000);
    assert_eq!(asked("t4", "a").await, Some(json!([3])), "it was good for so long");
    assert_eq!(runs.load(Ordering::SeqCst), 3);
}

pub async fn a_failure_goes_to_the_error_handler(store: Store) {
    let graph = StateGraph::new("handled", 1)
        .channel("log", Reducer::Append)
        .node("n", |_, _| async { Err(NodeError::failed("quota", "used up")) })
        .node("never", |_, _| async { Ok(Output::new().write("log", json!(["never"]))) })
        .node("handler", |context, _| async move {
            Ok(Output::new().write("log", json!([context.input().cloned()])))
        })
        .policy("n", Policy::new().retry(Retry::times(2)).on_error("handler"))
        .entry("n")
        .edge("n", "never")
        .compile()
        .expect("the graph is sound");
    let runner = by(&store, &HandClock::jumping());
    let progress = runner.invoke(&graph, Some("t"), json!({}), StartOptions::default()).await;
    let Progress::Finished(end) = progress.expect("the failure is handled") else { panic!("nothing waits") };
    assert_eq!(
        end.value("log"),
        Some(&json!([{ "node": "n", "category": "quota", "message": "used up" }])),
        "in place of what would have followed"
    );
}

pub async fn a_deferred_node_runs_once_when_nothing_else_is_open(store: Store) {
    let log = |name: &'static str| {
        move |_: Context, _: State| async move { Ok(Output::new().write("log", json!([name]))) }
    };
    let graph = StateGraph::new("deferred", 1)
        .channel("log", Reducer::Append)
        .node("short", log("short"))
        .node("long1", log("long1"))
        .node("long2", log("long2"))
        .node("asks", |context: Context, _| async move {
            let said = context.interrupt("ask", asks("well")).await?;
            Ok(Output::new().write("log", json!([said])))
        })
        .node("last", log("last"))
        .policy("last", Policy::new().deferred())
        .entry("short")
        .entry("long1")
        .entry("asks")
        .edge("short", "last")
        .edge("long1", "long2")
        .edge("long2", "last")
        .edge("last", END)
        .compile()
        .expect("the graph is sound");
    let runner = by(&store, &HandClock::jumping());
    runner.start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let open = questions(&store, &graph, "t").await;
    assert_eq!(open.len(), 1, "what is deferred waits for nobody's answer itself");
    store.wake(&open[0], json!("answer"), vec![]).await.expect("it waits");
    let Progress::Finished(end) = runner.advance(&graph, "t").await.expect("runs") else {
        panic!("answered")
    };
    assert_eq!(end.value("log"), Some(&json!(["short", "long1", "long2", "answer", "last"])));
}
