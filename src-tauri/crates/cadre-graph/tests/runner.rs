//! When a thread goes on, and how long it has worked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use async_trait::async_trait;
use cadre_graph::{
    CheckpointError, Checkpointer, Clock, CompiledGraph, Interrupt, Leave, MemoryCheckpointer, Output,
    Progress, Reducer, Runner, StartOptions, StateGraph, Wake,
};
use serde_json::json;

const THREAD: &str = "t";

fn question(name: &str) -> Interrupt {
    Interrupt {
        reason: "question".into(),
        message: name.into(),
        action: json!({ "name": name }),
        ..Interrupt::default()
    }
}

/// The clock that everybody looks at, and that moves only by hand.
#[derive(Clone, Default)]
struct Hand(Arc<AtomicI64>);

impl Hand {
    fn passes(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
    fn random(&self) -> u64 {
        4
    }
}

/// Works 5, asks, works 7, sleeps, works 11, asks.
fn working(clock: &Hand) -> CompiledGraph {
    let clock = clock.clone();
    StateGraph::new("working", 1)
        .channel("worked", Reducer::Last)
        .node("n", move |context, _| {
            let clock = clock.clone();
            async move {
                let work = async |name: &'static str, micros: i64| {
                    let passes = || async {
                        clock.passes(micros);
                        Ok(())
                    };
                    context.step(name, &(), passes).await?;
                    context.worked()
                };
                let mut worked = vec![context.worked()?, work("first", 5).await?];
                context.interrupt("one", question("one")).await?;
                worked.extend([context.worked()?, work("second", 7).await?]);
                context.sleep_until(1_000_000).await?;
                worked.extend([context.worked()?, work("third", 11).await?]);
                context.interrupt("two", question("two")).await?;
                worked.push(context.worked()?);
                Ok(Output::new().write("worked", json!(worked)))
            }
        })
        .entry("n")
        .compile()
        .expect("the graph is sound")
}

async fn answer_what_waits(store: &Arc<dyn Checkpointer>) {
    for parked in store.parked(THREAD).await.expect("reads") {
        let wake = Wake { thread: THREAD.into(), task: parked.task, position: parked.position };
        store.wake(&wake, json!("go"), Vec::new()).await.expect("it waits");
    }
}

#[tokio::test]
async fn only_work_counts_as_worked_however_long_a_thread_waits_and_for_whatever() {
    let store: Arc<dyn Checkpointer> = Arc::new(MemoryCheckpointer::default());
    let clock = Hand::default();
    let graph = working(&clock);
    let start = Runner::new(Arc::clone(&store), Arc::new(clock.clone()));
    start.start(&graph, THREAD, json!({}), StartOptions::default()).await.expect("starts");
    for waits in [1_000, 20_000, -300_000] {
        // Each time by another host: what was worked is on record.
        let runner = Runner::new(Arc::clone(&store), Arc::new(clock.clone()));
        let progress = runner.advance(&graph, THREAD).await.expect("goes on");
        assert!(matches!(progress, Progress::Waiting(_)), "{progress:?}");
        clock.passes(waits);
        answer_what_waits(&store).await;
    }
    let runner = Runner::new(Arc::clone(&store), Arc::new(clock.clone()));
    let progress = runner.advance(&graph, THREAD).await.expect("goes on");
    let Progress::Finished(state) = progress else { panic!("all is answered: {progress:?}") };
    assert_eq!(state.value("worked"), Some(&json!([0, 5, 5, 12, 12, 23, 23])));
}

/// Leave that can be taken away.
#[derive(Clone)]
struct Given(Arc<AtomicBool>);

#[async_trait]
impl Leave for Given {
    async fn may_begin(&self) -> Result<bool, CheckpointError> {
        Ok(self.0.load(Ordering::SeqCst))
    }
}

/// One node asks. The other one, in the same superstep, takes the leave away as soon as that waits, and answers.
fn answered_too_late(store: &Arc<dyn Checkpointer>, leave: &Given) -> CompiledGraph {
    let (store, leave) = (Arc::clone(store), leave.clone());
    StateGraph::new("late", 1)
        .channel("log", Reducer::Append)
        .node("asks", |context, _| async move {
            context.interrupt("one", question("one")).await?;
            Ok(Output::new().write("log", json!(["went on"])))
        })
        .node("answers", move |_, _| {
            let (store, leave) = (Arc::clone(&store), leave.clone());
            async move {
                while store.parked(THREAD).await.is_ok_and(|parked| parked.is_empty()) {
                    tokio::task::yield_now().await;
                }
                leave.0.store(false, Ordering::SeqCst);
                answer_what_waits(&store).await;
                Ok(Output::new())
            }
        })
        .entry("asks")
        .entry("answers")
        .compile()
        .expect("the graph is sound")
}

#[tokio::test]
async fn an_answer_that_comes_while_a_thread_still_parks_is_not_taken_up_without_leave() {
    let store: Arc<dyn Checkpointer> = Arc::new(MemoryCheckpointer::default());
    let leave = Given(Arc::new(AtomicBool::new(true)));
    let graph = answered_too_late(&store, &leave);
    let runner = Runner::new(Arc::clone(&store), Arc::new(Hand::default()));
    let runner = runner.with_leave(Arc::new(leave.clone()));
    runner.start(&graph, THREAD, json!({}), StartOptions::default()).await.expect("starts");
    let progress = runner.advance(&graph, THREAD).await.expect("what has begun comes to its end");
    assert_eq!(progress, Progress::Held, "nothing begins that was answered after the leave was gone");
    let view = store.load(THREAD).await.expect("reads").expect("is there");
    assert_eq!((view.step, view.state.value("log")), (1, None), "what had finished is committed");
    leave.0.store(true, Ordering::SeqCst);
    let progress = runner.advance(&graph, THREAD).await.expect("goes on");
    let Progress::Finished(state) = progress else { panic!("it was answered: {progress:?}") };
    assert_eq!(state.value("log"), Some(&json!(["went on"])), "the answer was kept");
}
