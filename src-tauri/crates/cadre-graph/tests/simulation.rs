//! The scheduler under a seeded clock: whatever order nodes end in, and wherever the program is killed, the same comes
//! of it; and the same seed gives the same run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cadre_graph::{
    Checkpointer, Clock, CompiledGraph, Hash, MemoryCheckpointer, NodeError, Output, Policy, Progress,
    Reducer, Retry, Runner, StartOptions, StateGraph,
};
use cadre_testkit::faulty::{Faulty, Killed};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Time as the paused runtime has it, and chance as the seed has it.
struct Seeded {
    began: tokio::time::Instant,
    seed: u64,
}

impl Clock for Seeded {
    fn now(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_micros()).unwrap_or(i64::MAX)
    }

    fn random(&self) -> u64 {
        mixed(self.seed, self.now().unsigned_abs())
    }
}

/// Two numbers made one (splitmix64).
fn mixed(seed: u64, number: u64) -> u64 {
    let mut mixed = seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// What each node depends on: some of those before it.
type Plan = Vec<Vec<usize>>;

fn plans() -> impl Strategy<Value = Plan> {
    prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..3), 1..9).prop_map(|nodes| {
        let before = |(index, picks): (usize, Vec<prop::sample::Index>)| -> Vec<usize> {
            let picks = picks.into_iter().filter(|_| index > 0).map(|pick| pick.index(index));
            let mut picks: Vec<usize> = picks.collect();
            picks.sort_unstable();
            picks.dedup();
            picks
        };
        nodes.into_iter().enumerate().map(before).collect()
    })
}

/// Each node sleeps for as long as the seed says, some fail at first, some sleep durably, and each adds up what it finds.
fn graph(plan: &Plan, seed: u64) -> CompiledGraph {
    let mut graph =
        StateGraph::new("simulated", 1).channel("log", Reducer::Append).channel("sums", Reducer::Merge);
    for (index, depends_on) in plan.iter().enumerate() {
        let (name, on) = (format!("n{index}"), depends_on.clone());
        let tried = Arc::new(AtomicU64::new(0));
        graph = graph.node(&name, move |context, state| {
            let (on, tried) = (on.clone(), Arc::clone(&tried));
            async move {
                let chance = mixed(seed, index as u64);
                tokio::time::sleep(Duration::from_millis(chance % 50)).await;
                if chance.is_multiple_of(5) {
                    let began = context.now()?;
                    context.sleep_until(began + 20_000).await?;
                }
                let tries: u64 = context
                    .step("tries", &index, || async move {
                        let tried = tried.fetch_add(1, Ordering::SeqCst);
                        let lucky = !chance.is_multiple_of(3) || mixed(chance, tried).is_multiple_of(2);
                        if lucky { Ok(1) } else { Err(NodeError::failed("network_error", "down")) }
                    })
                    .await?;
                let sums: BTreeMap<String, u64> = state.get("sums").unwrap_or_default();
                let sum: u64 = on.iter().map(|on| sums[&format!("n{on}")]).sum::<u64>() + tries;
                Ok(Output::new()
                    .write("sums", json!({ format!("n{index}"): sum }))
                    .write("log", json!([index])))
            }
        });
        graph = graph.policy(&name, Policy::new().retry(Retry::times(200).jitter(0.5)));
        graph = match depends_on.as_slice() {
            [] => graph.entry(&name),
            [one] => graph.edge(format!("n{one}"), &name),
            several => graph.join(several.iter().map(|on| format!("n{on}")), &name),
        };
    }
    graph.compile().expect("each node is reached")
}

/// What came of a run: its last state, without the order in which branches ended, and its head.
#[derive(Debug, PartialEq)]
struct Came {
    sums: Value,
    log: Vec<u64>,
    head: Hash,
}

async fn simulated(plan: &Plan, seed: u64, killed_at: Option<u64>) -> Came {
    let store: Arc<dyn Checkpointer> = Arc::new(MemoryCheckpointer::default());
    let clock = Arc::new(Seeded { began: tokio::time::Instant::now(), seed });
    let graph = graph(plan, seed);
    let run = async |store: Arc<dyn Checkpointer>| {
        let runner = Runner::new(store, Arc::<Seeded>::clone(&clock));
        runner.invoke(&graph, Some("t"), json!({}), StartOptions::default()).await
    };
    if let Some(at) = killed_at {
        let killed = if seed.is_multiple_of(2) { Killed::Before } else { Killed::After };
        let _ = run(Arc::new(Faulty::new(Arc::clone(&store), at, killed))).await; // killed, or it was over before
    }
    let Progress::Finished(end) = run(Arc::clone(&store)).await.expect("it runs to its end") else {
        panic!("nothing waits for anybody")
    };
    let log: Vec<u64> = end.get("log").expect("each node said its number");
    let head = store.load("t").await.expect("reads").expect("is there").head;
    Came { sums: end.value("sums").cloned().unwrap_or_default(), log, head }
}

fn in_simulated_time<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime of its own").block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_order_in_which_nodes_end_changes_nothing(plan in plans(), seeds in any::<[u64; 2]>(), at in 1u64..60) {
        let [one, other] = seeds;
        let came = in_simulated_time(simulated(&plan, one, None));
        prop_assert_eq!(&came, &in_simulated_time(simulated(&plan, one, None)), "the same seed, the same run");
        let elsewhere = in_simulated_time(simulated(&plan, other, None));
        let killed = in_simulated_time(simulated(&plan, one, Some(at)));
        prop_assert_eq!(&came.sums, &elsewhere.sums, "another order of ends");
        prop_assert_eq!(&came.sums, &killed.sums, "killed at call {}", at);
        for came in [&came, &elsewhere, &killed] {
            let mut ran = came.log.clone();
            ran.sort_unstable();
            prop_assert_eq!(ran, (0..plan.len() as u64).collect::<Vec<_>>(), "each node once");
            // Nothing runs before what it depends on.
            for (index, depends_on) in plan.iter().enumerate() {
                let place = |node: usize| came.log.iter().position(|it| *it == node as u64);
                prop_assert!(depends_on.iter().all(|on| place(*on) < place(index)));
            }
        }
    }
}
