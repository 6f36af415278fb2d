//! Several programs on one PostgreSQL workspace, beside one alone.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use cadre_store::{SharedOptions, Store, StoreClock, WriterTask, drop_shared};
use futures_util::future::try_join_all;

use crate::BenchError;
use crate::report::Workload;
use crate::workloads::{THREAD_STEPS, chain_graph, rate, run, runner};

const WORKERS: usize = 8;
/// What each of them has to do.
const THREADS: usize = 25;

pub(crate) async fn workers(messages: &Arc<Vec<String>>, url: Option<&str>) -> Result<Workload, BenchError> {
    let mut out = Workload::new("workers");
    let Some(url) = url else {
        out.at_least_times("8 workers together, times one alone", 0.0, None, 1.0);
        out.note = Some("needs a PostgreSQL: --database");
        return Ok(out);
    };
    let folder = tempfile::tempdir()?;
    let alone = measured(messages, url, folder.path(), 1).await?;
    let together = measured(messages, url, folder.path(), WORKERS).await?;
    out.figure("supersteps_per_s_of_1", alone).figure("supersteps_per_s_of_8", together);
    out.at_least_times("8 workers together, times one alone", together, Some(alone), 1.0);
    Ok(out)
}

/// Supersteps a second of so many workers, each with threads of its own.
async fn measured(
    messages: &Arc<Vec<String>>,
    url: &str,
    folder: &Path,
    workers: usize,
) -> Result<f64, BenchError> {
    let schema = format!("cadre_bench_{}_{workers}", std::process::id());
    let opened =
        try_join_all((0..workers).map(|worker| open(url, &schema, folder.join(worker.to_string())))).await?;
    let graph = Arc::new(chain_graph(messages, THREAD_STEPS)?);
    let began = Instant::now();
    let threads = opened.iter().enumerate().flat_map(|(worker, (store, _))| {
        let runner = runner(Arc::new(store.clone()));
        let graph = &graph;
        (0..THREADS).map(move |number| {
            let (graph, runner) = (Arc::clone(graph), runner.clone());
            let input = serde_json::json!({ "step": 0, "messages": [] });
            async move { run(&runner, &graph, &format!("t{worker}-{number}"), input).await }
        })
    });
    try_join_all(threads).await?;
    let rate = rate(workers * THREADS * THREAD_STEPS, began.elapsed());
    for (store, writer) in opened {
        drop(store);
        writer.finished().await;
    }
    drop_shared(url, &schema).await?;
    Ok(rate)
}

async fn open(
    url: &str,
    schema: &str,
    folder: std::path::PathBuf,
) -> Result<(Store, WriterTask), BenchError> {
    let options = SharedOptions {
        url: url.to_owned(),
        schema: schema.to_owned(),
        folder,
        name: "Bench".into(),
        new_id: "bench".into(),
        heads: None,
        clock: StoreClock::new(|| 0),
    };
    Ok(Store::connect(options).await?)
}
