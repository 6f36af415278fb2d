//! Many threads that wait for a person: what they take of this process's memory.

use std::sync::Arc;

use cadre_graph::{END, Interrupt, Output, Progress, Reducer, StartOptions, StateGraph};
use serde_json::json;

use crate::BenchError;
use crate::report::Workload;
use crate::workloads::{Place, f64_of, runner};

const THREADS: usize = 10_000;

pub(crate) async fn waiting() -> Result<Workload, BenchError> {
    let mut out = Workload::new("waiting");
    let graph = StateGraph::new("waiting", 1)
        .channel("said", Reducer::Last)
        .node("ask", |context, _| async move {
            let question =
                Interrupt { reason: "question".into(), message: "Go on?".into(), ..Interrupt::default() };
            Ok(Output::new().write("said", context.interrupt("ask", question).await?))
        })
        .entry("ask")
        .edge("ask", END)
        .compile()?;
    let place = Place::new().await?;
    let runner = runner(Arc::new(place.store.clone()));
    let before = resident_bytes();
    for number in 0..THREADS {
        let thread = format!("t{number}");
        runner.start(&graph, &thread, json!({}), StartOptions::default()).await?;
        let progress = runner.advance(&graph, &thread).await?;
        if !matches!(progress, Progress::Waiting(_)) {
            return Err(BenchError::Unsound("a thread does not wait".into()));
        }
    }
    let resident = resident_bytes().zip(before).map(|(now, before)| now - before);
    drop(runner);
    place.close().await;
    out.figure("threads", f64_of(THREADS as u64));
    out.at_most("bytes that 10,000 waiting threads take of this process", resident, 200.0 * 1024.0 * 1024.0);
    if let Some(resident) = resident {
        out.figure("resident_bytes", resident);
    }
    Ok(out)
}

/// Of this process; only Linux says it in a file.
fn resident_bytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(f64_of(kib * 1024))
}
