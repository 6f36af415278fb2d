//! What steps came to, also in files that are older than the table of it.

use cadre_store::aggregates::project::{PlanApproved, PlanDrafted, ProjectOpened, StepChanged};
use cadre_store::{Batch, Record, Store, value_part};
use serde_json::json;

use crate::place::{Place, close, request, run, verified};

async fn add<R: Record>(store: &Store, record: &R) {
    let mut batch = Batch::new();
    batch.add(record);
    store.write(batch).await.expect("it is sound");
}

fn changed(status: &str, runs: u32, summary: Option<&str>) -> StepChanged {
    StepChanged {
        project: "p".into(),
        step: "s".into(),
        status: status.into(),
        runs,
        summary: summary.map(|summary| value_part(json!(summary))),
        begins: false,
        ends: false,
    }
}

async fn with_a_step(store: &Store) {
    store.write(request("r1")).await.expect("it is sound");
    let opened = ProjectOpened {
        project: "p".into(),
        request: "r1".into(),
        title: value_part(json!("A project")),
        department: "d".into(),
        folder: "/p".into(),
        source: None,
    };
    add(store, &opened).await;
    let (project, version, hash) = ("p".to_owned(), 1, "h".to_owned());
    let document = value_part(json!({ "steps": [] }));
    add(
        store,
        &PlanDrafted { project: project.clone(), version, hash: hash.clone(), document, by: "b".into() },
    )
    .await;
    let steps = vec![("s".to_owned(), None)];
    let approved = PlanApproved { project, version, hash, decision: "d".into(), thread: "p".into(), steps };
    add(store, &approved).await;
    add(store, &changed("running", 1, None)).await;
    add(store, &changed("failed", 1, Some("The disk is full"))).await;
    add(store, &changed("completed", 2, Some("Done"))).await;
}

async fn told(store: &Store, after: i64, until: i64) -> Vec<(String, u32, Option<String>)> {
    let changes = store.step_changes("p", after, until).await.expect("reads");
    changes.into_iter().map(|it| (it.row.status, it.row.runs, it.summary)).collect()
}

fn was(status: &str, runs: u32, summary: Option<&str>) -> (String, u32, Option<String>) {
    (status.into(), runs, summary.map(str::to_owned))
}

#[tokio::test]
async fn every_status_of_a_step_is_kept_with_what_it_said_and_read_up_to_an_entry() {
    let place = Place::new();
    let (store, writer) = place.open().await.expect("an empty folder opens");
    with_a_step(&store).await;
    let all = [
        was("running", 1, None),
        was("failed", 1, Some("The disk is full")),
        was("completed", 2, Some("Done")),
    ];
    assert_eq!(told(&store, 0, i64::MAX).await, all);
    let entries = store.step_changes("p", 0, i64::MAX).await.expect("reads");
    let seqs: Vec<i64> = entries.iter().map(|it| it.row.seq).collect();
    assert_eq!(told(&store, 0, seqs[1]).await, all[..2]);
    assert_eq!(told(&store, seqs[0], seqs[2] - 1).await, all[1..2]);
    assert_eq!(store.step_changes("other", 0, i64::MAX).await.expect("reads").len(), 0);
    verified(&store).await;
    close(store, writer).await;
}

#[tokio::test]
async fn an_older_file_knows_what_its_steps_came_to() {
    let newer = Place::new();
    let (store, writer) = newer.open().await.expect("an empty folder opens");
    with_a_step(&store).await;
    close(store, writer).await;
    let older = Place::new();
    let raw = older.of_schema(9);
    run(&raw, format!("ATTACH '{}' AS newer", newer.file().display()));
    for table in ["ledger", "secrets", "workspace", "stored_values", "requests", "projects", "plans", "steps"]
    {
        run(&raw, format!("INSERT INTO {table} SELECT * FROM newer.{table}"));
    }
    raw.close().expect("nothing is open on it");
    let (store, writer) = older.open().await.expect("an older file is upgraded");
    assert_eq!(
        told(&store, 0, i64::MAX).await[1..],
        [was("failed", 1, Some("The disk is full")), was("completed", 2, Some("Done"))]
    );
    verified(&store).await;
    close(store, writer).await;
}
