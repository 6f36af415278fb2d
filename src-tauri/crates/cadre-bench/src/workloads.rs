//! The workloads, as the peers' scripts have them. Payloads are random and distinct, so that nothing is compressed.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cadre_graph::{
    Checkpointer, CompiledGraph, END, FixedClock, Fork, MemoryCheckpointer, Output, Progress, Reducer,
    RunError, Runner, StartOptions, State, StateGraph,
};
use cadre_store::{OpenOptions, Store, StoreClock, WriterTask};
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use crate::BenchError;
use crate::peers::Peers;
use crate::report::Workload;
use crate::{waiting, workers};

const CHAIN: usize = 1000;
const LONG_CHAIN: usize = 10_000;
const THREADS: usize = 200;
pub(crate) const THREAD_STEPS: usize = 5;
const ROUNDS: usize = 20;
const WIDTH: usize = 100;

pub(crate) fn names() -> Vec<&'static str> {
    vec![
        // First: it counts the memory of this process, which others leave behind and give back.
        "waiting", "chain", "threads", "fanout", "newest", "fork", "verify", "overhead", "parallel", "workers",
    ]
}

pub(crate) async fn measure(
    name: &str,
    messages: &Arc<Vec<String>>,
    peers: &mut Peers,
    database: Option<&str>,
) -> Result<Workload, BenchError> {
    match name {
        "chain" => chain(messages, peers).await,
        "threads" => threads(messages, peers).await,
        "fanout" => fanout(peers).await,
        "newest" => newest(messages, peers).await,
        "fork" => fork(messages).await,
        "verify" => verify(messages).await,
        "overhead" => overhead().await,
        "parallel" => parallel().await,
        "workers" => workers::workers(messages, database).await,
        _ => waiting::waiting().await,
    }
}

/// Texts of 1 KiB.
pub(crate) fn messages() -> Vec<String> {
    let mut bytes = [0; 768];
    let mut message = || {
        getrandom::fill(&mut bytes).expect("the system has random bytes");
        BASE64.encode(bytes)
    };
    (0..LONG_CHAIN).map(|_| message()).collect()
}

/// A workspace of its own, thrown away after the measurement.
pub(crate) struct Place {
    pub(crate) store: Store,
    writer: WriterTask,
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) async fn new() -> Result<Self, BenchError> {
        let folder = tempfile::tempdir()?;
        let (store, writer) = Place::open(folder.path()).await?;
        Ok(Place { store, writer, folder })
    }

    async fn open(folder: &Path) -> Result<(Store, WriterTask), BenchError> {
        let began = Instant::now();
        let options = OpenOptions {
            folder: folder.join("workspace"),
            name: "Bench".into(),
            new_id: "bench".into(),
            heads: Some(folder.join("heads")),
            clock: StoreClock::new(move || i64::try_from(began.elapsed().as_micros()).unwrap_or(i64::MAX)),
        };
        Ok(Store::open(options).await?)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("workspace").join(name)
    }

    /// Bytes of the write-ahead log. While the workspace is open it is cut back only when it has grown beyond its limit.
    fn log_bytes(&self) -> f64 {
        bytes(&self.file("cadre.sqlite-wal"))
    }

    /// Closes it, which moves everything into the file, and gives the file's bytes. Nobody else may have the store by
    /// then: the writer ends with the last who has.
    pub(crate) async fn close(self) -> f64 {
        let file = self.file("cadre.sqlite");
        drop(self.store);
        self.writer.finished().await;
        bytes(&file)
    }

    /// Closes and opens it: what is read then was in no memory of ours.
    async fn again(self) -> Result<Self, BenchError> {
        let Place { store, writer, folder } = self;
        drop(store);
        writer.finished().await;
        let (store, writer) = Place::open(folder.path()).await?;
        Ok(Place { store, writer, folder })
    }
}

fn bytes(file: &Path) -> f64 {
    std::fs::metadata(file).map_or(0.0, |it| f64_of(it.len()))
}

#[expect(clippy::cast_precision_loss, reason = "a measurement has fewer digits than a float")]
pub(crate) fn f64_of(number: u64) -> f64 {
    number as f64
}

pub(crate) fn rate(count: usize, took: Duration) -> f64 {
    f64_of(count as u64) / took.as_secs_f64()
}

pub(crate) fn ms(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

/// The middle of several, each measured alone.
async fn median<F: Future<Output = Result<(), BenchError>>>(
    times: usize,
    act: impl Fn() -> F,
) -> Result<Duration, BenchError> {
    let mut took = Vec::with_capacity(times);
    for _ in 0..times {
        let began = Instant::now();
        act().await?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    Ok(took[times / 2])
}

pub(crate) fn runner(checkpointer: Arc<dyn Checkpointer>) -> Runner {
    Runner::new(checkpointer, Arc::new(FixedClock(0)))
}

/// The outcome of a cycle that counts in a channel.
fn until(channel: &'static str, most: usize) -> impl Fn(&State) -> String + Send + Sync + 'static {
    move |state| {
        let count = state.value(channel).and_then(Value::as_u64).unwrap_or(0);
        if count < most as u64 { "again" } else { "end" }.to_owned()
    }
}

/// One node again and again, which appends a message each time.
pub(crate) fn chain_graph(messages: &Arc<Vec<String>>, steps: usize) -> Result<CompiledGraph, BenchError> {
    let messages = Arc::clone(messages);
    let graph = StateGraph::new("chain", 1)
        .channel("step", Reducer::Last)
        .channel("messages", Reducer::Append)
        .node("work", move |_, state| {
            let messages = Arc::clone(&messages);
            async move {
                let step: usize = state.get("step")?;
                let message = json!([messages[step % messages.len()]]);
                Ok(Output::new().write("step", json!(step + 1)).write("messages", message))
            }
        })
        .entry("work")
        .branch("work", until("step", steps), [("again", "work"), ("end", END)])
        .compile()?;
    Ok(graph)
}

pub(crate) async fn run(
    runner: &Runner,
    graph: &CompiledGraph,
    thread: &str,
    input: Value,
) -> Result<(), RunError> {
    runner.start(graph, thread, input, StartOptions::default()).await?;
    match runner.advance(graph, thread).await? {
        Progress::Finished(_) => Ok(()),
        Progress::Waiting(_) | Progress::Held | Progress::Stopped(_) => unreachable!("nothing in it waits"),
    }
}

const THREAD: &str = "t";

async fn run_chain(place: &Place, messages: &Arc<Vec<String>>, steps: usize) -> Result<Duration, BenchError> {
    let graph = chain_graph(messages, steps)?;
    let runner = runner(Arc::new(place.store.clone()));
    let began = Instant::now();
    run(&runner, &graph, THREAD, json!({ "step": 0, "messages": [] })).await?;
    Ok(began.elapsed())
}

async fn chain(messages: &Arc<Vec<String>>, peers: &mut Peers) -> Result<Workload, BenchError> {
    let mut out = Workload::new("chain");
    let mut figures = BTreeMap::new();
    for steps in [CHAIN, 2 * CHAIN] {
        let place = Place::new().await?;
        let took = run_chain(&place, messages, steps).await?;
        let log = place.log_bytes();
        figures.insert(steps, (rate(steps, took), place.close().await, log));
    }
    let (short, bytes, log) = figures[&CHAIN];
    let (long, long_bytes, long_log) = figures[&(2 * CHAIN)];
    out.figure("supersteps_per_s", short).figure("db_bytes", bytes).figure("wal_bytes", log.max(long_log));
    out.figure("supersteps_per_s_2000", long).figure("db_bytes_2000", long_bytes);
    let limit = peers.bare_limit().await?;
    let delta = peers.langgraph("delta", "supersteps_per_s").await?;
    out.peer("sqlite_limit.supersteps_per_s", limit).peer("langgraph_delta.supersteps_per_s", delta);
    out.peer("langgraph.supersteps_per_s", peers.langgraph("chain", "supersteps_per_s").await?);
    out.peer("dbos.supersteps_per_s", peers.dbos("chain", "supersteps_per_s").await?);
    out.at_least_times("half of one bare commit a step", short, limit, 0.5);
    // Where the disk itself is slow, the ratio to others says more about the disk.
    if limit.is_none_or(|limit| limit >= 4000.0) {
        out.at_least_times("2.5 times DeltaChannel", short, delta, 2.5);
    }
    out.at_least("the same rate at twice the length", Some(long / short), 0.9);
    out.at_most("bytes doubled at twice the length", Some(long_bytes / bytes), 2.05);
    out.at_most("bytes after 1000 supersteps", Some(bytes), 2.2e6);
    out.at_most("bytes of the write-ahead log", Some(log.max(long_log)), 16.0 * 1024.0 * 1024.0);
    Ok(out)
}

async fn threads(messages: &Arc<Vec<String>>, peers: &mut Peers) -> Result<Workload, BenchError> {
    let mut out = Workload::new("threads");
    let place = Place::new().await?;
    let graph = Arc::new(chain_graph(messages, THREAD_STEPS)?);
    let runner = runner(Arc::new(place.store.clone()));
    let began = Instant::now();
    try_join_all((0..THREADS).map(|number| {
        let (graph, runner) = (Arc::clone(&graph), runner.clone());
        async move { run(&runner, &graph, &format!("t{number}"), json!({ "step": 0, "messages": [] })).await }
    }))
    .await?;
    let own = rate(THREADS * THREAD_STEPS, began.elapsed());
    drop(runner);
    place.close().await;
    let langgraph = peers.langgraph("threads", "supersteps_per_s").await?;
    out.figure("supersteps_per_s", own).peer("langgraph.supersteps_per_s", langgraph);
    out.peer("dbos.supersteps_per_s", peers.dbos("threads", "supersteps_per_s").await?);
    out.at_least_times("30 times LangGraph", own, langgraph, 30.0);
    out.note = Some("LangGraph and DBOS run the threads one after another");
    Ok(out)
}

async fn fanout(peers: &mut Peers) -> Result<Workload, BenchError> {
    let mut out = Workload::new("fanout");
    let graph = StateGraph::new("fanout", 1)
        .channel("round", Reducer::Last)
        .channel("items", Reducer::Append)
        .node("spread", |_, _| async {
            Ok((0..WIDTH).fold(Output::new(), |output, item| output.goto("branch", json!({ "i": item }))))
        })
        .node("branch", |_, _| async { Ok(Output::new().write("items", json!(["y".repeat(64)]))) })
        .node("join", |_, state| async move {
            let round: usize = state.get("round")?;
            Ok(Output::new().write("round", json!(round + 1)))
        })
        .entry("spread")
        .edge("spread", "branch")
        .edge("branch", "join")
        .branch("join", until("round", ROUNDS), [("again", "spread"), ("end", END)])
        .compile()?;
    let place = Place::new().await?;
    let runner = runner(Arc::new(place.store.clone()));
    let began = Instant::now();
    run(&runner, &graph, THREAD, json!({ "round": 0, "items": [] })).await?;
    let own = rate(ROUNDS * 3, began.elapsed());
    drop(runner);
    place.close().await;
    let langgraph = peers.langgraph("fanout", "supersteps_per_s").await?;
    out.figure("supersteps_per_s", own).peer("langgraph.supersteps_per_s", langgraph);
    out.at_least_times("20 times LangGraph", own, langgraph, 20.0);
    Ok(out)
}

/// Reading what a long thread came to: for the first time after opening, and again.
async fn newest(messages: &Arc<Vec<String>>, peers: &mut Peers) -> Result<Workload, BenchError> {
    let mut out = Workload::new("newest");
    for (steps, limit) in [(CHAIN, 0.5), (LONG_CHAIN, 40.0)] {
        let place = Place::new().await?;
        run_chain(&place, messages, steps).await?;
        let place = place.again().await?;
        let store = &place.store;
        let load = || async {
            let view = store.load(THREAD).await?;
            let whole = view.is_some_and(|view| view.step == steps as u64);
            if whole { Ok(()) } else { Err(BenchError::Unsound("a superstep is missing".into())) }
        };
        let (first, took) = (median(1, load).await?, median(9, load).await?);
        out.figure(&format!("first_load_ms_{steps}"), ms(first))
            .figure(&format!("load_ms_{steps}"), ms(took));
        // The store keeps what it read last; the long one has to be quick without that.
        let judged = if steps == CHAIN { took } else { first };
        out.at_most(&format!("newest state after {steps} supersteps, ms"), Some(ms(judged)), limit);
        if steps == LONG_CHAIN {
            let page = median(9, || async {
                let page = store.history(THREAD, None, 200).await?;
                if page.len() == 200 { Ok(()) } else { Err(BenchError::Unsound("a page is short".into())) }
            })
            .await?;
            out.figure("history_page_ms", ms(page));
            out.at_most("a page of 200 checkpoints, ms", Some(ms(page)), 20.0);
        }
        place.close().await;
    }
    out.peer("langgraph.load_newest_ms", peers.langgraph("resume", "load_newest_ms").await?);
    Ok(out)
}

/// Branching off a long thread: what it takes, and what it writes.
async fn fork(messages: &Arc<Vec<String>>) -> Result<Workload, BenchError> {
    const FORKS: usize = 20;
    let mut out = Workload::new("fork");
    let place = Place::new().await?;
    run_chain(&place, messages, CHAIN).await?;
    let store = &place.store;
    let history = store.history(THREAD, None, 1).await?;
    let at = history.first().ok_or_else(|| BenchError::Unsound("there is no history".into()))?.hash;
    let before = store.head().borrow().seq;
    let mut took = Vec::with_capacity(FORKS);
    for number in 0..FORKS {
        let began = Instant::now();
        store.fork(Fork::new(format!("fork-{number}"), THREAD, at)).await?;
        took.push(began.elapsed());
    }
    took.sort_unstable();
    let entries = store.head().borrow().seq - before;
    out.figure("fork_ms", ms(took[FORKS / 2])).figure("entries", f64_of(entries) / f64_of(FORKS as u64));
    out.at_most("a fork at depth 1000, ms", Some(ms(took[FORKS / 2])), 2.0);
    out.at_most("entries that a fork writes", Some(f64_of(entries) / f64_of(FORKS as u64)), 1.0);
    place.close().await;
    Ok(out)
}

async fn verify(messages: &Arc<Vec<String>>) -> Result<Workload, BenchError> {
    let mut out = Workload::new("verify");
    let place = Place::new().await?;
    run_chain(&place, messages, LONG_CHAIN).await?;
    let began = Instant::now();
    let report = place.store.verify().await?;
    let took = began.elapsed();
    if !report.holds() {
        return Err(BenchError::Unsound(format!("{:?}", report.findings)));
    }
    let own = f64_of(report.entries) / took.as_secs_f64();
    out.figure("entries_per_s", own);
    out.at_least("entries verified a second", Some(own), 200_000.0);
    place.close().await;
    Ok(out)
}

/// What the engine itself takes for a superstep, where keeping it costs nothing.
async fn overhead() -> Result<Workload, BenchError> {
    const STEPS: usize = 20_000;
    let mut out = Workload::new("overhead");
    let graph = StateGraph::new("overhead", 1)
        .channel("step", Reducer::Last)
        .node("work", |_, state| async move {
            let step: usize = state.get("step")?;
            Ok(Output::new().write("step", json!(step + 1)))
        })
        .entry("work")
        .branch("work", until("step", STEPS), [("again", "work"), ("end", END)])
        .compile()?;
    let began = Instant::now();
    run(&runner(Arc::new(MemoryCheckpointer::default())), &graph, THREAD, json!({ "step": 0 })).await?;
    let each = began.elapsed().as_secs_f64() * 1e6 / f64_of(STEPS as u64);
    out.figure("superstep_us", each);
    out.at_most("a superstep in memory, µs", Some(each), 20.0);
    Ok(out)
}

/// Nodes that only wait: nobody waits for another.
async fn parallel() -> Result<Workload, BenchError> {
    const NODES: usize = 1000;
    let mut out = Workload::new("parallel");
    let mut graph = StateGraph::new("parallel", 1).channel("done", Reducer::Append);
    for node in 0..NODES {
        let name = format!("n{node}");
        graph = graph
            .node(&name, |_, _| async {
                tokio::time::sleep(Duration::from_millis(10)).await;
                Ok(Output::new().write("done", json!([1])))
            })
            .entry(&name)
            .edge(&name, END);
    }
    let graph = graph.compile()?;
    let runner = runner(Arc::new(MemoryCheckpointer::default()));
    let began = Instant::now();
    run(&runner, &graph, THREAD, json!({})).await?;
    out.figure("all_ms", ms(began.elapsed()));
    out.at_most("1000 nodes that each wait 10 ms, ms", Some(ms(began.elapsed())), 40.0);
    Ok(out)
}
