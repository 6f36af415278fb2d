//! Graphs inside graphs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cadre_graph::{
    CheckpointError, CompileError, CompiledGraph, Context, END, Fork, Output, Progress, Reducer,
    StartOptions, State, StateGraph, Subgraph,
};
use serde_json::{Value, json};

use super::forks::{at_step, fork, questions, state};
use super::{Store, asks, run, runner};

fn log(
    name: &'static str,
) -> impl Fn(Context, State) -> std::future::Ready<Result<Output, cadre_graph::NodeError>> {
    move |_, _| std::future::ready(Ok(Output::new().write("log", json!([name]))))
}

/// Counts in a channel of its own, and logs what it counted.
fn counter() -> StateGraph {
    StateGraph::new("counter", 1)
        .channel("count", Reducer::Last)
        .channel("log", Reducer::Append)
        .node("up", |_, state| async move {
            let count: i64 = state.get("count").unwrap_or(0) + 1;
            Ok(Output::new().write("count", json!(count)))
        })
        .node("tell", |_, state| async move {
            let count: Value = state.get("count")?;
            Ok(Output::new().write("log", json!([count])))
        })
        .entry("up")
        .edge("up", "tell")
        .edge("tell", END)
}

fn twice(part: Subgraph) -> CompiledGraph {
    StateGraph::new("twice", 1)
        .channel("log", Reducer::Append)
        .channel("calls", Reducer::Last)
        .node("begin", |_, state| async move {
            Ok(Output::new().write("calls", json!(state.get::<i64>("calls").unwrap_or(0) + 1)))
        })
        .subgraph("part", part)
        .node("after", log("after"))
        .entry("begin")
        .edge("begin", "part")
        .branch(
            "part",
            |state| if state.get::<i64>("calls").unwrap_or(0) < 2 { "again".into() } else { "on".into() },
            [("again", "begin"), ("on", "after")],
        )
        .compile()
        .expect("the graph is sound")
}

pub async fn a_subgraph_shares_maps_and_hides_channels(store: Store) {
    let inner = StateGraph::new("inner", 1)
        .channel("text", Reducer::Last)
        .channel("log", Reducer::Append)
        .channel("notes", Reducer::Append)
        .node("n", |_, state| async move {
            let text: String = state.get("text")?;
            assert!(state.value("draft").is_none(), "it sees only its own channels");
            Ok(Output::new()
                .write("text", json!(text.to_uppercase()))
                .write("log", json!(["inner"]))
                .write("notes", json!(["private"])))
        })
        .entry("n");
    let graph = StateGraph::new("outer", 1)
        .channel("draft", Reducer::Last)
        .channel("log", Reducer::Append)
        .subgraph("part", Subgraph::new(inner).map("text", "draft").share("log"))
        .node(
            "after",
            |_, state| async move { Ok(Output::new().write("log", json!([state.value("draft")]))) },
        )
        .entry("part")
        .edge("part", "after")
        .compile()
        .expect("the graph is sound");
    let end = run(&store, &graph, "t", json!({"draft": "hello"})).await;
    assert_eq!(end.value("log"), Some(&json!(["inner", "HELLO"])));
    assert_eq!(end.value("part/notes"), Some(&json!(["private"])), "what is its own has its own name");
    let error = StateGraph::new("outer", 1)
        .subgraph("part", Subgraph::new(counter()).share("log"))
        .entry("part")
        .compile()
        .err();
    assert_eq!(error, Some(CompileError::UnknownChannel("log".into())), "what is shared must be there");
}

pub async fn a_subgraph_begins_anew_or_keeps_its_state(store: Store) {
    let anew = run(&store, &twice(Subgraph::new(counter()).share("log")), "anew", json!({})).await;
    assert_eq!(anew.value("log"), Some(&json!([1, 1, "after"])), "each call has a state of its own");
    let kept = run(&store, &twice(Subgraph::new(counter()).share("log").stateful()), "kept", json!({})).await;
    assert_eq!(kept.value("log"), Some(&json!([1, 2, "after"])), "its state stays from call to call");
}

pub async fn a_subgraph_ends_when_nothing_of_it_is_open(store: Store) {
    let inner = StateGraph::new("inner", 1)
        .channel("log", Reducer::Append)
        .node("short", log("short"))
        .node("asks", |context: Context, _| async move {
            let said = context.interrupt("ask", asks("well")).await?;
            Ok(Output::new().write("log", json!([said])))
        })
        .entry("short")
        .entry("asks");
    let graph = StateGraph::new("outer", 1)
        .channel("log", Reducer::Append)
        .subgraph("part", Subgraph::new(inner).share("log"))
        .node("beside", log("beside"))
        .node("after", log("after"))
        .entry("part")
        .entry("beside")
        .join(["part", "beside"], "after")
        .compile()
        .expect("the graph is sound");
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let open = questions(&store, &graph, "t").await;
    assert_eq!(open.iter().map(|wake| wake.task.as_str()).collect::<Vec<_>>(), ["0.1:part/asks"]);
    assert_eq!(state(&store, "t").await.value("log"), Some(&json!(["short", "beside"])));
    store.wake(&open[0], json!("answer"), vec![]).await.expect("it waits");
    let Progress::Finished(end) = runner(&store).advance(&graph, "t").await.expect("runs") else {
        panic!("all is answered")
    };
    assert_eq!(end.value("log"), Some(&json!(["short", "beside", "answer", "after"])));
}

pub async fn a_subgraph_that_jumps_to_itself_begins_anew(store: Store) {
    let inner = StateGraph::new("inner", 1)
        .channel("log", Reducer::Append)
        .node("x", |context: Context, _| async move {
            let again = context.input().is_some();
            let output = Output::new().write("log", json!([if again { "again" } else { "first" }]));
            Ok(if again { output } else { output.goto_parent("part", json!({})) })
        })
        .entry("x");
    let graph = StateGraph::new("outer", 1)
        .channel("log", Reducer::Append)
        .subgraph("part", Subgraph::new(inner).share("log"))
        .node("after", log("after"))
        .entry("part")
        .edge("part", "after")
        .compile()
        .expect("the graph is sound");
    let progress = runner(&store).invoke(&graph, Some("t"), json!({}), StartOptions::default()).await;
    let Progress::Finished(end) = progress.expect("runs") else { panic!("nothing waits") };
    assert_eq!(end.value("log"), Some(&json!(["first", "again", "after"])), "it does not just end");
}

pub async fn a_jump_to_the_parent_closes_the_subgraph(store: Store) {
    let innermost = StateGraph::new("innermost", 1)
        .channel("log", Reducer::Append)
        .node("asks", |context: Context, _| async move {
            context.interrupt("ask", asks("well")).await?;
            Ok(Output::new().write("log", json!(["never"])))
        })
        .node("jumps", |_, _| async {
            Ok(Output::new().write("log", json!(["jumps"])).goto_parent("caught", json!({"from": "below"})))
        })
        .entry("asks")
        .entry("jumps");
    let inner = StateGraph::new("inner", 1)
        .channel("log", Reducer::Append)
        .subgraph("deep", Subgraph::new(innermost).share("log"))
        .node("never", log("never"))
        .node("caught", |context: Context, _| async move {
            Ok(Output::new().write("log", json!([context.input().cloned()])))
        })
        .entry("deep")
        .branch("deep", |_| "on".into(), [("on", "never"), ("no", "caught")]);
    let graph = StateGraph::new("outer", 1)
        .channel("log", Reducer::Append)
        .subgraph("part", Subgraph::new(inner).share("log"))
        .node("after", log("after"))
        .entry("part")
        .edge("part", "after")
        .compile()
        .expect("the graph is sound");
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    let asked = cadre_graph::Wake { thread: "t".into(), task: "0.0:part/deep/asks".into(), position: 0 };
    let Progress::Finished(end) = runner(&store).advance(&graph, "t").await.expect("runs") else {
        panic!("the question was closed with its subgraph")
    };
    assert_eq!(end.value("log"), Some(&json!(["jumps", {"from": "below"}, "after"])));
    let error = store.wake(&asked, json!("late"), vec![]).await.expect_err("nobody waits for it");
    assert!(matches!(error, CheckpointError::NotParked(_)), "{error}");
}

/// Two calls of a subgraph, three levels deep, whose innermost node records, asks and counts.
fn deep(runs: &Arc<AtomicU32>, stateful: bool) -> CompiledGraph {
    let counted = Arc::clone(runs);
    let part = |graph| {
        let part = Subgraph::new(graph).share("log");
        if stateful { part.stateful() } else { part }
    };
    let third = StateGraph::new("third", 1)
        .channel("count", Reducer::Last)
        .channel("log", Reducer::Append)
        .node("ask", move |context: Context, state| {
            let runs = Arc::clone(&counted);
            async move {
                let count: i64 = state.get("count").unwrap_or(0) + 1;
                let run = || async { Ok(runs.fetch_add(1, Ordering::SeqCst)) };
                context.step::<_, u32, _, _>("run", &count, run).await?;
                let said = context.interrupt("ask", asks("well")).await?;
                Ok(Output::new().write("count", json!(count)).write("log", json!([said, count])))
            }
        })
        .entry("ask");
    let second = StateGraph::new("second", 1)
        .channel("log", Reducer::Append)
        .node("before", log("before"))
        .subgraph("third", part(third))
        .entry("before")
        .edge("before", "third");
    twice(part(second))
}

async fn answer(store: &Store, graph: &CompiledGraph, thread: &str, with: &str) {
    let open = questions(store, graph, thread).await;
    assert_eq!(open.len(), 1, "{thread} asks");
    assert!(open[0].task.ends_with(":part/third/ask"), "{}", open[0].task);
    store.wake(&open[0], json!(with), vec![]).await.expect("it waits");
}

async fn end(store: &Store, graph: &CompiledGraph, thread: &str) -> Option<Value> {
    match runner(store).advance(graph, thread).await.expect("runs") {
        Progress::Finished(end) => end.value("log").cloned(),
        other => panic!("all is answered: {other:?}"),
    }
}

pub async fn time_travel_reaches_three_levels_deep(store: Store) {
    let runs = Arc::new(AtomicU32::new(0));
    let graph = deep(&runs, false);
    runner(&store).start(&graph, "t", json!({}), StartOptions::default()).await.expect("starts");
    answer(&store, &graph, "t", "one").await;
    answer(&store, &graph, "t", "two").await;
    let whole = json!(["before", "one", 1, "before", "two", 1, "after"]);
    assert_eq!(end(&store, &graph, "t").await, Some(whole.clone()));
    assert_eq!(runs.load(Ordering::SeqCst), 2);
    // From the middle of the first call, before its question; and from the second, after what it recorded.
    fork(&store, "f", "t", 2).await;
    answer(&store, &graph, "f", "uno").await;
    answer(&store, &graph, "f", "due").await;
    let other = json!(["before", "uno", 1, "before", "due", 1, "after"]);
    assert_eq!(end(&store, &graph, "f").await, Some(other));
    assert_eq!(runs.load(Ordering::SeqCst), 4);
    let at = at_step(&store, "t", 5).await;
    let task = "5.0:part/third/ask";
    runner(&store).fork(Fork::new("g", "t", at).before(task, 1)).await.expect("forks");
    answer(&store, &graph, "g", "deux").await;
    assert_eq!(runs.load(Ordering::SeqCst), 4, "what it recorded before the question did not run again");
    let third = json!(["before", "one", 1, "before", "deux", 1, "after"]);
    assert_eq!(end(&store, &graph, "g").await, Some(third));
    assert_eq!(state(&store, "t").await.value("log"), Some(&whole), "the old branch is untouched");
}

pub async fn a_stateful_subgraph_keeps_its_state_in_a_fork(store: Store) {
    for (thread, stateful, second) in [("kept", true, 2), ("anew", false, 1)] {
        let graph = deep(&Arc::default(), stateful);
        runner(&store).start(&graph, thread, json!({}), StartOptions::default()).await.expect("starts");
        answer(&store, &graph, thread, "one").await;
        answer(&store, &graph, thread, "two").await;
        end(&store, &graph, thread).await;
        let forked = format!("{thread} again");
        // After the first call has ended, before the second one begins.
        fork(&store, &forked, thread, 4).await;
        answer(&store, &graph, &forked, "due").await;
        let said = json!(["before", "one", 1, "before", "due", second, "after"]);
        assert_eq!(end(&store, &graph, &forked).await, Some(said), "{thread}");
    }
}
