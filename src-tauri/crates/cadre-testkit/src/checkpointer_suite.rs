//! The engine's behaviours, as one suite that every checkpointer passes (`engine-behaviours.md`).
//!
//! A store's tests call [`checkpointer_suite!`](crate::checkpointer_suite) with a function that makes an empty store
//! and something to keep alive beside it.

mod edits;
mod forks;
mod interrupts;
mod killed;
mod listings;
mod policies;
mod running;
mod subgraphs;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

pub use edits::*;
pub use forks::*;
pub use interrupts::*;
pub use killed::*;
pub use listings::*;
pub use policies::*;
pub use running::*;
pub use subgraphs::*;

use cadre_graph::{
    CheckpointError, Checkpointer, CompiledGraph, Context, END, FixedClock, Interrupt, NodeError, Output,
    Park, Progress, Reducer, RunError, Runner, StartOptions, State, StateGraph, Wake,
};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

pub fn runner(checkpointer: &Arc<dyn Checkpointer>) -> Runner {
    Runner::new(Arc::clone(checkpointer), Arc::new(FixedClock(1_000_000)))
}

/// Makes one `#[tokio::test]` of each behaviour.
#[macro_export]
macro_rules! checkpointer_suite {
    ($make:path) => {
        $crate::checkpointer_suite!(@each $make:
            round_trip_is_identical, threads_are_isolated, history_is_newest_first_and_pages,
            a_checkpoint_is_found_by_its_hash, an_unknown_thread_is_none, an_earlier_state_stays_unchanged,
            parallel_writes_apply_in_task_order, a_finished_sibling_does_not_run_again,
            a_parked_task_holds_nothing_up, an_answer_is_taken_once, recorded_calls_do_not_run_again,
            another_course_than_the_record_is_refused, a_stale_writer_is_superseded,
            starting_twice_changes_nothing, a_fan_out_gets_own_inputs, a_cycle_ends_by_its_branch,
            a_join_waits_for_all, two_interrupts_are_answered_in_any_order,
            a_failed_step_is_recorded_as_failed, an_outcome_without_target_is_named,
            a_stopped_runner_begins_no_superstep,
            a_fork_shares_the_past_and_goes_its_own_way, several_forks_of_one_checkpoint_are_independent,
            the_history_of_a_fork_of_a_fork_is_whole, replay_of_a_finished_head_does_nothing,
            a_fork_before_a_question_asks_it_again, a_fork_begins_between_two_questions_of_a_node,
            a_task_under_way_keeps_what_it_had_recorded, a_fork_keeps_who_has_arrived_at_a_join,
            the_same_fork_again_changes_nothing, a_fork_of_what_is_not_there_is_refused,
            an_edit_goes_on_as_if_a_node_had_finished, an_edit_in_place_of_a_question_takes_its_answer_away,
            an_edit_of_nothing_but_the_state_leaves_open_what_was_open, edits_in_bulk_are_one_checkpoint,
            an_edit_that_does_not_fit_changes_nothing, an_edit_keeps_what_a_sibling_had_finished,
            checkpoints_are_listed_by_every_combination, what_differs_is_told_across_branches,
            a_deleted_thread_is_gone_and_its_forks_are_not, who_runs_a_deleted_thread_has_lost_it,
            pruning_keeps_the_newest_and_the_past_of_forks, a_copy_goes_on_where_the_thread_stands,
            metadata_is_kept_beside_each_checkpoint,
            a_failed_node_is_tried_again_after_a_while, only_failures_of_its_categories_are_tried_again,
            a_failed_call_is_made_again_and_no_other, a_node_that_takes_too_long_has_failed,
            progress_keeps_a_node_from_being_idle, a_remembered_result_is_good_for_its_time,
            a_failure_goes_to_the_error_handler, a_deferred_node_runs_once_when_nothing_else_is_open,
            a_cancelled_thread_ends_with_all_below_it, a_drained_runner_ends_what_runs,
            what_sleeps_goes_on_by_itself, a_thread_stops_before_and_after_nodes_and_goes_on,
            a_runaway_cycle_ends_at_the_limit, invoking_without_a_name_uses_the_default_thread,
            a_stream_shows_each_event_once_from_any_offset, what_is_said_before_a_wait_is_not_said_again,
            a_subgraph_shares_maps_and_hides_channels, a_subgraph_begins_anew_or_keeps_its_state,
            a_subgraph_ends_when_nothing_of_it_is_open, a_jump_to_the_parent_closes_the_subgraph,
            a_subgraph_that_jumps_to_itself_begins_anew,
            a_question_carries_all_that_is_asked, an_answer_must_have_the_form_that_was_asked_for,
            an_expired_question_takes_no_answer, a_form_that_is_none_is_refused_when_it_is_asked_for,
            killed_at_every_call_nothing_is_lost_and_nothing_doubled,
            time_travel_reaches_three_levels_deep, a_stateful_subgraph_keeps_its_state_in_a_fork,
        );
    };
    (@each $make:path: $($name:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            let (checkpointer, _keep) = $make().await;
            $crate::checkpointer_suite::$name(checkpointer).await;
        })+
    };
}

type Store = Arc<dyn Checkpointer>;

fn chain(name: &str, nodes: usize) -> CompiledGraph {
    let mut graph = StateGraph::new(name, 1).channel("log", Reducer::Append).channel("last", Reducer::Last);
    for index in 0..nodes {
        graph = graph.node(format!("n{index}"), move |_, _| async move {
            Ok(Output::new().write("log", json!([index])).write("last", json!(index)))
        });
        if index > 0 {
            graph = graph.edge(format!("n{}", index - 1), format!("n{index}"));
        }
    }
    graph.entry("n0").edge(format!("n{}", nodes - 1), END).compile().expect("the chain is sound")
}

async fn run(store: &Store, graph: &CompiledGraph, thread: &str, input: Value) -> State {
    let runner = runner(store);
    runner.start(graph, thread, input, StartOptions::default()).await.expect("the thread starts");
    match runner.advance(graph, thread).await.expect("the thread runs") {
        Progress::Finished(state) => state,
        other => panic!("nothing here waits, yet it stands at {other:?}"),
    }
}

async fn head(store: &Store, thread: &str) -> cadre_graph::Hash {
    store.load(thread).await.expect("the store reads").expect("the thread is there").head
}

pub async fn round_trip_is_identical(store: Store) {
    let values = [
        json!("text"),
        json!(""),
        json!("nul \u{0} and ünïcödé 🦀"),
        json!(9_007_199_254_740_991_i64),
        json!(-1.5),
        json!(null),
        json!([1, [2, {"a": []}]]),
        json!({"b": {"a": true}, "": 0}),
        json!({"$value": "not a mark"}),
    ];
    for (index, value) in values.into_iter().enumerate() {
        let thread = format!("t{index}");
        run(&store, &chain("g", 1), &thread, json!({ "last": value })).await;
        let history = store.history(&thread, None, 9).await.expect("history reads");
        let first = store.checkpoint(history[1].hash).await.expect("reads").expect("is there");
        assert_eq!(first.state.value("last"), Some(&value), "what was saved is what is loaded");
    }
}

pub async fn threads_are_isolated(store: Store) {
    let graph = chain("g", 3);
    run(&store, &graph, "a", json!({"log": ["a"]})).await;
    run(&store, &graph, "b", json!({"log": ["b"]})).await;
    let state = store.load("a").await.expect("reads").expect("is there").state;
    assert_eq!(state.value("log"), Some(&json!(["a", 0, 1, 2])), "another thread's writes stay its own");
}

pub async fn history_is_newest_first_and_pages(store: Store) {
    run(&store, &chain("g", 5), "t", json!({})).await;
    let all = store.history("t", None, 100).await.expect("reads");
    assert_eq!(all.iter().map(|it| it.step).collect::<Vec<_>>(), [5, 4, 3, 2, 1, 0]);
    for pair in all.windows(2) {
        assert_eq!(pair[0].parent, Some(pair[1].hash), "each checkpoint names the one before it");
    }
    let page = store.history("t", Some(4), 2).await.expect("reads");
    assert_eq!(
        page.iter().map(|it| it.step).collect::<Vec<_>>(),
        [3, 2],
        "a cursor goes on where a page ended"
    );
    assert!(
        store.history("nobody", None, 9).await.expect("reads").is_empty(),
        "an unknown thread has no history"
    );
}

pub async fn a_checkpoint_is_found_by_its_hash(store: Store) {
    run(&store, &chain("g", 4), "t", json!({})).await;
    let history = store.history("t", None, 100).await.expect("reads");
    let second = store.checkpoint(history[2].hash).await.expect("reads").expect("is there");
    assert_eq!(second.state.value("log"), Some(&json!([0, 1])), "a checkpoint is the state as it was");
    let unknown = cadre_graph::digest(0, b"nothing");
    assert!(store.checkpoint(unknown).await.expect("reads").is_none());
}

pub async fn an_unknown_thread_is_none(store: Store) {
    assert!(store.load("nobody").await.expect("reads").is_none());
    let error = runner(&store).advance(&chain("g", 1), "nobody").await.expect_err("nobody cannot run");
    assert!(matches!(error, RunError::Checkpoint(CheckpointError::UnknownThread { .. })), "{error}");
}

pub async fn an_earlier_state_stays_unchanged(store: Store) {
    run(&store, &chain("g", 2), "t", json!({"last": "before"})).await;
    let history = store.history("t", None, 9).await.expect("reads");
    let root = store.checkpoint(history[2].hash).await.expect("reads").expect("is there");
    assert_eq!(
        root.state.value("last"),
        Some(&json!("before")),
        "a later superstep changes no earlier checkpoint"
    );
}

pub async fn parallel_writes_apply_in_task_order(store: Store) {
    let mut graph = StateGraph::new("fan", 1).channel("log", Reducer::Append);
    for (index, yields) in [3_u32, 0, 2, 1].into_iter().enumerate() {
        graph = graph.node(format!("n{index}"), move |_, _| async move {
            for _ in 0..yields {
                tokio::task::yield_now().await;
            }
            Ok(Output::new().write("log", json!([index])))
        });
        graph = graph.entry(format!("n{index}"));
    }
    let graph = graph.compile().expect("the graph is sound");
    let state = run(&store, &graph, "t", json!({})).await;
    assert_eq!(state.value("log"), Some(&json!([0, 1, 2, 3])), "timing must not change the result");
}

pub async fn a_finished_sibling_does_not_run_again(store: Store) {
    let runs = Arc::new(AtomicU32::new(0));
    let failing = Arc::new(AtomicU32::new(1));
    let (counted, fails) = (Arc::clone(&runs), Arc::clone(&failing));
    let graph = StateGraph::new("g", 1)
        .channel("log", Reducer::Append)
        .node("good", move |_, _| {
            counted.fetch_add(1, Ordering::SeqCst);
            async { Ok(Output::new().write("log", json!(["good"]))) }
        })
        .node("bad", move |_, _| {
            let fail = fails.swap(0, Ordering::SeqCst) == 1;
            async move {
                if fail {
                    Err(NodeError::failed("network_error", "down"))
                } else {
                    Ok(Output::new().write("log", json!(["bad"])))
                }
            }
        })
        .entry("good")
        .entry("bad")
        .compile()
        .expect("the graph is sound");
    let runner = runner(&store);
    runner.start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let error = runner.advance(&graph, "t").await.expect_err("one node fails");
    assert!(error.to_string().contains("`bad`"), "the failure names its node: {error}");
    let Progress::Finished(state) = runner.advance(&graph, "t").await.expect("the second try works") else {
        panic!("nothing waits")
    };
    assert_eq!(state.value("log"), Some(&json!(["good", "bad"])));
    assert_eq!(runs.load(Ordering::SeqCst), 1, "a node whose write is committed has run exactly once");
}

fn asks(name: &str) -> Interrupt {
    Interrupt {
        reason: "question".into(),
        message: format!("{name}?"),
        action: json!(name),
        ..Interrupt::default()
    }
}

/// Two branches that ask, one that does not.
fn asking() -> CompiledGraph {
    let ask = |name: &'static str| {
        move |ctx: Context, _: State| async move {
            let answer = ctx.interrupt(name, asks(name)).await?;
            Ok(Output::new().write("log", json!([answer])))
        }
    };
    StateGraph::new("asking", 1)
        .channel("log", Reducer::Append)
        .node("a", ask("a"))
        .node("b", ask("b"))
        .node("free", |_, _| async { Ok(Output::new().write("log", json!(["free"]))) })
        .node("after_free", |_, _| async { Ok(Output::new().write("log", json!(["after free"]))) })
        .entry("a")
        .entry("b")
        .entry("free")
        .edge("free", "after_free")
        .compile()
        .expect("the graph is sound")
}

async fn waits(store: &Store, graph: &CompiledGraph) -> Vec<Wake> {
    match runner(store).advance(graph, "t").await.expect("runs") {
        Progress::Waiting(parked) => parked
            .into_iter()
            .filter(|it| it.answer.is_none())
            .map(|it| Wake { thread: "t".into(), task: it.task, position: it.position })
            .collect(),
        other => panic!("it must wait, yet stands at {other:?}"),
    }
}

pub async fn a_parked_task_holds_nothing_up(store: Store) {
    let graph = asking();
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    assert_eq!(waits(&store, &graph).await.len(), 2);
    let state = store.load("t").await.expect("reads").expect("is there").state;
    assert_eq!(
        state.value("log"),
        Some(&json!(["free", "after free"])),
        "other branches go on while some wait"
    );
}

pub async fn two_interrupts_are_answered_in_any_order(store: Store) {
    let graph = asking();
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let open = waits(&store, &graph).await;
    let b = open.iter().find(|wake| wake.task.ends_with("b")).expect("b waits");
    store.wake(b, json!("for b"), vec![]).await.expect("b is answered first");
    let open = waits(&store, &graph).await;
    assert_eq!(open.len(), 1, "the other one still waits");
    store.wake(&open[0], json!("for a"), vec![]).await.expect("a is answered");
    let Progress::Finished(state) = runner(&store).advance(&graph, "t").await.expect("runs") else {
        panic!("all is answered")
    };
    assert_eq!(state.value("log"), Some(&json!(["free", "after free", "for b", "for a"])));
}

pub async fn an_answer_is_taken_once(store: Store) {
    let graph = asking();
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let open = waits(&store, &graph).await;
    store.wake(&open[0], json!("yes"), vec![]).await.expect("answers");
    store.wake(&open[0], json!("yes"), vec![]).await.expect("the same answer again is no error");
    let error = store.wake(&open[0], json!("no"), vec![]).await.expect_err("another answer is");
    assert!(matches!(error, CheckpointError::AlreadyAnswered(_)), "{error}");
    let nowhere = Wake { position: 99, ..open[0].clone() };
    let error = store.wake(&nowhere, json!(1), vec![]).await.expect_err("nothing waits there");
    assert!(matches!(error, CheckpointError::NotParked(_)), "{error}");
}

/// A node with a recorded step, an effect, the time and a question, in that order.
fn recording(runs: &Arc<AtomicU32>, step_name: &'static str) -> CompiledGraph {
    let runs = Arc::clone(runs);
    StateGraph::new("recording", 1)
        .channel("out", Reducer::Last)
        .node("n", move |ctx, _| {
            let runs = Arc::clone(&runs);
            async move {
                let one: u32 = ctx
                    .step(step_name, &json!({"in": 1}), || async {
                        Ok(runs.fetch_add(1, Ordering::SeqCst) + 1)
                    })
                    .await?;
                let key: String = ctx.effect("act", &json!(one), |key| async move { Ok(key.0) }).await?;
                let at = ctx.now()?;
                let answer = ctx.interrupt("ask", asks("go")).await?;
                Ok(Output::new().write("out", json!([one, key, at, answer])))
            }
        })
        .entry("n")
        .compile()
        .expect("the graph is sound")
}

pub async fn recorded_calls_do_not_run_again(store: Store) {
    let runs = Arc::new(AtomicU32::new(0));
    let graph = recording(&runs, "count");
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let open = waits(&store, &graph).await;
    assert_eq!(open[0].position, 3, "the question is the fourth recorded call");
    store.wake(&open[0], json!("yes"), vec![]).await.expect("answers");
    let later = Runner::new(Arc::clone(&store), Arc::new(FixedClock(2_000_000)));
    let Progress::Finished(state) = later.advance(&graph, "t").await.expect("runs") else {
        panic!("answered")
    };
    assert_eq!(
        state.value("out"),
        Some(&json!([1, "t/0.0:n/1", 1_000_000, "yes"])),
        "replay gives what was recorded"
    );
    assert_eq!(runs.load(Ordering::SeqCst), 1, "a recorded call does not run again");
}

pub async fn another_course_than_the_record_is_refused(store: Store) {
    let runs = Arc::new(AtomicU32::new(0));
    runner(&store)
        .start(&recording(&runs, "count"), "t", json!({}), StartOptions::default())
        .await
        .expect("starts");
    let open = waits(&store, &recording(&runs, "count")).await;
    store.wake(&open[0], json!("yes"), vec![]).await.expect("answers");
    let error =
        runner(&store).advance(&recording(&runs, "renamed"), "t").await.expect_err("the code has changed");
    let RunError::Node { source: NodeError::NonDeterministic { position: 0, recorded, asked }, .. } = &error
    else {
        panic!("a changed call is never guessed at: {error}")
    };
    assert!(recorded.contains("count") && asked.contains("renamed"), "both names are given: {error}");
}

pub async fn a_stale_writer_is_superseded(store: Store) {
    let graph = chain("g", 2);
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let stale = store.claim("t").await.expect("claims");
    let newer = store.claim("t").await.expect("claims again");
    assert!(newer > stale);
    let before = head(&store, "t").await;
    let write = cadre_graph::TaskWrite {
        thread: "t".into(),
        epoch: stale,
        base: before,
        task: "0.0:n0".into(),
        writes: vec![],
        goto: None,
        records: vec![],
    };
    let error = store.write(write).await.expect_err("a stale epoch cannot write");
    assert!(matches!(error, CheckpointError::Superseded { .. }), "{error}");
    assert_eq!(head(&store, "t").await, before, "and nothing has changed");
}

pub async fn starting_twice_changes_nothing(store: Store) {
    let graph = chain("g", 2);
    let runner = runner(&store);
    runner.start(&graph, "t", json!({"last": 7}), StartOptions::default()).await.expect("starts");
    runner
        .start(&graph, "t", json!({"last": 7}), StartOptions::default())
        .await
        .expect("the same start again");
    let error =
        runner.start(&graph, "t", json!({"last": 8}), StartOptions::default()).await.expect_err("another");
    assert!(matches!(error, RunError::Checkpoint(CheckpointError::ThreadExists { .. })), "{error}");
    assert_eq!(store.history("t", None, 9).await.expect("reads").len(), 1);
}

pub async fn a_fan_out_gets_own_inputs(store: Store) {
    let graph = StateGraph::new("fan", 1)
        .channel("log", Reducer::Append)
        .node("split", |_, _| async {
            Ok((0..3).fold(Output::new(), |output, index| output.goto("work", json!({ "index": index }))))
        })
        .node("work", |ctx, _| async move {
            let index = ctx.input().and_then(|input| input["index"].as_i64()).unwrap_or(-1);
            Ok(Output::new().write("log", json!([index])))
        })
        .entry("split")
        .edge("split", "work")
        .compile()
        .expect("the graph is sound");
    let state = run(&store, &graph, "t", json!({})).await;
    assert_eq!(state.value("log"), Some(&json!([0, 1, 2])));
}

pub async fn a_cycle_ends_by_its_branch(store: Store) {
    let graph = StateGraph::new("cycle", 1)
        .channel("count", Reducer::Last)
        .node("n", |_, state| async move {
            let count: i64 = state.get("count").unwrap_or(0);
            Ok(Output::new().write("count", json!(count + 1)))
        })
        .entry("n")
        .branch(
            "n",
            |state| if state.get::<i64>("count").unwrap_or(0) < 5 { "again".into() } else { "enough".into() },
            [("again", "n"), ("enough", END)],
        )
        .compile()
        .expect("the graph is sound");
    let state = run(&store, &graph, "t", json!({})).await;
    assert_eq!(state.value("count"), Some(&json!(5)));
}

pub async fn a_join_waits_for_all(store: Store) {
    let node = |name: &'static str| {
        move |_: Context, _: State| async move { Ok(Output::new().write("log", json!([name]))) }
    };
    let graph = StateGraph::new("join", 1)
        .channel("log", Reducer::Append)
        .node("short", node("short"))
        .node("long1", node("long1"))
        .node("long2", node("long2"))
        .node("after", node("after"))
        .entry("short")
        .entry("long1")
        .edge("long1", "long2")
        .join(["short", "long2"], "after")
        .compile()
        .expect("the graph is sound");
    let state = run(&store, &graph, "t", json!({})).await;
    assert_eq!(
        state.value("log"),
        Some(&json!(["short", "long1", "long2", "after"])),
        "a barrier waits for its last"
    );
}

pub async fn a_failed_step_is_recorded_as_failed(store: Store) {
    let runs = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&runs);
    let graph = StateGraph::new("g", 1)
        .channel("x", Reducer::Last)
        .node("n", move |ctx, _| {
            let runs = Arc::clone(&counted);
            async move {
                let tried: Result<u32, NodeError> = ctx
                    .step("fails", &(), || async {
                        runs.fetch_add(1, Ordering::SeqCst);
                        Err(NodeError::failed("timeout", "too late"))
                    })
                    .await;
                let answer = ctx.interrupt("ask", asks("what now")).await?;
                let said = tried.err().map(|error| error.to_string());
                Ok(Output::new().write("x", json!([said, answer])))
            }
        })
        .entry("n")
        .compile()
        .expect("the graph is sound");
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let open = waits(&store, &graph).await;
    store.wake(&open[0], json!("go on"), vec![]).await.expect("answers");
    let Progress::Finished(state) = runner(&store).advance(&graph, "t").await.expect("runs") else {
        panic!("answered")
    };
    assert_eq!(state.value("x"), Some(&json!(["too late", "go on"])));
    assert_eq!(runs.load(Ordering::SeqCst), 1, "a failure is a record too");
}

pub async fn an_outcome_without_target_is_named(store: Store) {
    let graph = StateGraph::new("g", 1)
        .node("n", |_, _| async { Ok(Output::new()) })
        .entry("n")
        .branch("n", |_| "sideways".into(), [("on", END)])
        .compile()
        .expect("the graph is sound");
    let runner = runner(&store);
    runner.start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let error = runner.advance(&graph, "t").await.expect_err("the outcome leads nowhere");
    assert_eq!(
        error.to_string(),
        "node `n` gave the outcome `sideways`, which its conditional edges do not name"
    );
}

/// The park of a waiting task, for tests that look at it.
pub async fn a_stopped_runner_begins_no_superstep(store: Store) {
    let token = CancellationToken::new();
    let (stop, ran) = (token.clone(), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&ran);
    let graph = StateGraph::new("stopped", 1)
        .node("first", move |_, _| {
            stop.cancel();
            async { Ok(Output::new()) }
        })
        .node("second", move |_, _| {
            counted.fetch_add(1, Ordering::SeqCst);
            async { Ok(Output::new()) }
        })
        .entry("first")
        .edge("first", "second")
        .edge("second", END)
        .compile()
        .expect("the graph is sound");
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("the thread starts");
    let stopped = runner(&store).with_cancel(token);
    let error = stopped.advance(&graph, "t").await.expect_err("it was stopped on the way");
    assert!(matches!(error, RunError::Cancelled { .. }), "{error}");
    assert_eq!(ran.load(Ordering::SeqCst), 0, "nothing begins after a stop");
    let view = store.load("t").await.expect("the store reads").expect("the thread is there");
    assert_eq!(view.step, 1, "what had finished is committed");
    let progress = runner(&store).advance(&graph, "t").await.expect("another runner goes on");
    assert!(matches!(progress, Progress::Finished(_)), "to the end");
    assert_eq!(ran.load(Ordering::SeqCst), 1, "and each node ran once");
}

pub fn interrupt_of(park: &Park) -> Option<&Interrupt> {
    match park {
        Park::Interrupt(interrupt) => Some(interrupt),
        _ => None,
    }
}
