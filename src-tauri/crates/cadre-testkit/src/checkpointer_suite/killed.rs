//! Killed at every single call of the store, and started again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cadre_graph::{
    Checkpointer, CompiledGraph, Context, Fork, Interrupt, NodeError, Output, Policy, Progress, Reducer,
    Retry, RunError, Runner, StartOptions, State, StateGraph, Subgraph,
};
use serde_json::{Value, json};

use super::Store;
use crate::clock::HandClock;
use crate::faulty::{Faulty, Killed};

/// What is outside the store: it stays when the program is killed.
#[derive(Default, Clone)]
struct World(Arc<Mutex<Facts>>);

#[derive(Default)]
struct Facts {
    /// Tasks that were begun, in order.
    began: Vec<String>,
    /// Keys under which something was done.
    done: BTreeSet<String>,
    /// How often each thing was done.
    acts: BTreeMap<String, u32>,
    failed_once: bool,
}

impl World {
    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begins(&self, context: &Context) {
        self.facts().began.push(format!("{}/{}", context.thread(), context.task()));
    }

    /// Does a thing once, however often it is asked to under one key.
    async fn act(&self, context: &Context, name: &str) -> Result<String, NodeError> {
        let (world, thing) = (self.clone(), format!("{}/{name}", context.thread()));
        context
            .effect(name, &name, |key| async move {
                tokio::task::yield_now().await;
                let mut facts = world.facts();
                if facts.done.insert(key.0.clone()) {
                    *facts.acts.entry(thing).or_default() += 1;
                }
                Ok(key.0.rsplit_once('/').map_or(key.0.clone(), |(_, place)| place.to_owned()))
            })
            .await
    }
}

fn log(said: &Value) -> Result<Output, NodeError> {
    Ok(Output::new().write("log", json!([said])))
}

/// Parallel branches, a subgraph that asks, effects before and after a question, a second try, a fan-out, a join.
fn graph(world: &World) -> CompiledGraph {
    let node = |name: &'static str| {
        let world = world.clone();
        move |context: Context, _: State| {
            let world = world.clone();
            async move {
                world.begins(&context);
                let place = world.act(&context, name).await?;
                let input = context.input().cloned();
                log(&json!([name, place, input]))
            }
        }
    };
    let asks = |name: &'static str| {
        let world = world.clone();
        move |context: Context, _: State| {
            let world = world.clone();
            async move {
                world.begins(&context);
                world.act(&context, &format!("{name} before")).await?;
                let said = context.interrupt("ask", Interrupt::new("question", name)).await?;
                let at = context.now()?;
                world.act(&context, &format!("{name} after")).await?;
                log(&json!([name, said, at >= 0]))
            }
        }
    };
    let part = StateGraph::new("part", 1)
        .channel("log", Reducer::Append)
        .node("first", node("part first"))
        .node("asks", asks("part asks"))
        .entry("first")
        .edge("first", "asks");
    let flaky = world.clone();
    StateGraph::new("killed", 1)
        .channel("log", Reducer::Append)
        .subgraph("part", Subgraph::new(part).share("log"))
        .node("asks", asks("asks"))
        .node("flaky", move |context: Context, _| {
            let world = flaky.clone();
            async move {
                world.begins(&context);
                if !std::mem::replace(&mut world.facts().failed_once, true) {
                    return Err(NodeError::failed("network_error", "down"));
                }
                let place = world.act(&context, "flaky").await?;
                log(&json!(["flaky", place]))
            }
        })
        .policy("flaky", Policy::new().retry(Retry::times(2)))
        .node("split", |_, _| async { Ok((0..3).fold(Output::new(), |out, n| out.goto("work", json!(n)))) })
        .node("work", {
            let world = world.clone();
            move |context: Context, _| {
                let world = world.clone();
                async move {
                    world.begins(&context);
                    let n = context.input().cloned().unwrap_or_default();
                    world.act(&context, &format!("work {n}")).await?;
                    log(&json!(["work", n]))
                }
            }
        })
        .node("end", node("end"))
        .entry("part")
        .entry("asks")
        .entry("flaky")
        .edge("flaky", "split")
        .edge("split", "work")
        .join(["part", "asks"], "end")
        .compile()
        .expect("the graph is sound")
}

/// The program: whatever was there before, it brings the thread to its end, and a fork of it.
async fn program(store: Store, graph: &CompiledGraph, thread: &str) -> Result<Vec<Value>, RunError> {
    let runner = Runner::new(Arc::clone(&store), Arc::new(HandClock::jumping()));
    runner.start(graph, thread, json!({}), StartOptions::default()).await?;
    let mut ends = vec![finish(&runner, graph, thread).await?];
    let forked = format!("{thread} forked");
    let history = runner.checkpointer().history(thread, None, 100).await?;
    let at = history.iter().find(|it| it.step == 1).expect("it has taken a step").hash;
    runner.fork(Fork::new(&forked, thread, at)).await?;
    ends.push(finish(&runner, graph, &forked).await?);
    Ok(ends)
}

async fn finish(runner: &Runner, graph: &CompiledGraph, thread: &str) -> Result<Value, RunError> {
    loop {
        if let Progress::Finished(end) = runner.resume(graph, thread).await? {
            // What was asked first is answered at another time in each try, and what waits holds nothing up.
            let mut said = end.value("log").and_then(Value::as_array).cloned().unwrap_or_default();
            said.sort_by_key(ToString::to_string);
            return Ok(json!(said));
        }
        for question in runner.questions(thread).await? {
            let said = json!(format!("answer to {}", question.interrupt.message));
            runner.answer(&question.id, said, vec![]).await?;
        }
    }
}

/// Tasks whose writes are committed.
async fn finished_tasks(store: &Store, thread: &str) -> BTreeSet<String> {
    let mut tasks = BTreeSet::new();
    for thread in [thread.to_owned(), format!("{thread} forked")] {
        let Some(view) = store.load(&thread).await.expect("the store reads") else { continue };
        let own = store.history(&thread, None, 100).await.expect("the store reads");
        let merged = own.into_iter().filter(|it| it.thread == thread).flat_map(|it| it.merged);
        let all = merged.chain(view.pending.into_iter().map(|write| write.task));
        tasks.extend(all.map(|task| format!("{thread}/{task}")));
    }
    tasks
}

/// Gives how many calls were tried. What must hold is that every finished node ran once, every effect was done once,
/// and the result is that of an undisturbed run.
pub async fn killed_at_every_call_nothing_is_lost_and_nothing_doubled(store: Store) {
    let world = World::default();
    let undisturbed = program(Arc::clone(&store), &graph(&world), "undisturbed").await.expect("it runs");
    let (mut tried, mut nodes, mut doubled) = (0, 0, 0);
    for killed in [Killed::Before, Killed::After] {
        for at in 1.. {
            let (world, thread) = (World::default(), format!("{killed:?} {at}"));
            let graph = graph(&world);
            let faulty = Arc::new(Faulty::new(Arc::clone(&store), at, killed));
            let checkpointer: Arc<dyn Checkpointer> = Arc::<Faulty>::clone(&faulty);
            let result = program(checkpointer, &graph, &thread).await;
            let ends = if faulty.was_killed() {
                assert!(
                    result.is_err() || killed == Killed::After,
                    "{thread}: a killed program gives no result"
                );
                let (kept, before) = (finished_tasks(&store, &thread).await, world.facts().began.len());
                let ends = program(Arc::clone(&store), &graph, &thread).await;
                let ends = ends.unwrap_or_else(|error| panic!("killed {thread}, it does not go on: {error}"));
                let again: Vec<String> = world.facts().began[before..]
                    .iter()
                    .filter(|task| kept.contains(*task))
                    .cloned()
                    .collect();
                assert_eq!(again, Vec::<String>::new(), "killed {thread}, finished nodes ran again");
                ends
            } else {
                result.unwrap_or_else(|error| panic!("nothing disturbed {thread}: {error}"))
            };
            assert_eq!(ends, undisturbed, "killed {thread}");
            let facts = world.facts();
            doubled += facts.acts.values().filter(|times| **times > 1).count();
            nodes += facts.began.len();
            if !faulty.was_killed() {
                break;
            }
            tried += 1;
        }
    }
    report(tried, nodes, doubled);
    assert!(tried > 60, "only {tried} calls were tried");
    assert_eq!(doubled, 0, "an effect was done twice");
}

#[expect(clippy::print_stdout, reason = "a report that the test's caller asks for")]
fn report(tried: u64, nodes: usize, doubled: usize) {
    println!("killed at every call: {tried} calls tried, {nodes} nodes run, {doubled} effects doubled");
}
