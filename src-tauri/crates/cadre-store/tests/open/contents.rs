//! Rows that are read many at once, with the contents that they refer to.

use cadre_store::aggregates::conversation::RunMessage;
use cadre_store::aggregates::project::ProjectOpened;
use cadre_store::aggregates::spend::SpendReserved;
use cadre_store::{Batch, ReadError, Store, value_part};
use serde_json::json;

use crate::place::{Place, close, column, filed, run, verified};

async fn fill(store: &Store) {
    let mut batch = Batch::new();
    batch.add(&filed("r", "r"));
    // Equal contents are kept once, and every row has its own all the same.
    for (id, title) in [("p1", "Same"), ("p2", "Other"), ("p3", "Same")] {
        batch.add(&ProjectOpened {
            project: id.into(),
            request: "r".into(),
            title: value_part(json!(title)),
            department: "engineering".into(),
            folder: "/f".into(),
            source: None,
        });
    }
    for (id, why) in [("s1", "cheap"), ("s2", "strong"), ("s3", "cheap")] {
        batch.add(&SpendReserved {
            spend: id.into(),
            effect: format!("e-{id}"),
            purpose: "work".into(),
            project: Some("p1".into()),
            step: None,
            run: None,
            member: None,
            endpoint: "e".into(),
            model: "m".into(),
            day: 1,
            reserved: "5".into(),
            receipt: value_part(json!({ "why": why })),
        });
    }
    for (place, text, data) in [(0, "Look.", None), (1, "Look.", Some("list")), (2, "Done.", Some("list"))] {
        batch.add(&RunMessage {
            run: "run".into(),
            place,
            project: "p1".into(),
            step: "s".into(),
            role: "agent".into(),
            name: "scout".into(),
            text: value_part(json!(text)),
            data: data.map(|data| value_part(json!({ "call": data }))),
        });
    }
    store.write(batch).await.expect("it is sound");
}

#[tokio::test]
async fn each_row_has_its_content_in_the_order_of_the_rows() {
    let place = Place::new();
    let (store, writer) = place.open().await.expect("an empty folder opens");
    assert!(store.project_titles().await.expect("reads").is_empty());
    fill(&store).await;
    assert_eq!(store.project_titles().await.expect("reads"), ["Same", "Other", "Same"], "newest first");
    let calls = store.receipts_of_project("p1").await.expect("reads");
    let calls: Vec<_> =
        calls.iter().map(|(row, receipt)| (row.id.as_str(), receipt["why"].clone())).collect();
    assert_eq!(calls, [("s1", json!("cheap")), ("s2", json!("strong")), ("s3", json!("cheap"))]);
    let said = store.messages("p1", i64::MAX, 2).await.expect("reads");
    let said: Vec<_> = said.iter().map(|it| (it.row.place, it.text.as_str(), it.data.clone())).collect();
    let list = Some(json!({ "call": "list" }));
    assert_eq!(said, [(1, "Look.", list.clone()), (2, "Done.", list)], "the newest two, oldest first");
    assert_eq!(store.messages("p1", i64::MAX, 9).await.expect("reads")[0].data, None);
    close(store, writer).await;
}

#[tokio::test]
async fn a_content_that_is_gone_is_said_and_not_left_out() {
    let place = Place::new();
    let (store, writer) = place.open().await.expect("an empty folder opens");
    fill(&store).await;
    close(store, writer).await;
    let raw = place.raw();
    run(&raw, "DELETE FROM stored_values");
    raw.close().expect("nothing is open on it");
    let (store, writer) = place.open().await.expect("it opens");
    assert!(matches!(store.project_titles().await, Err(ReadError::NoValue { .. })));
    assert!(matches!(store.receipts_of_project("p1").await, Err(ReadError::NoValue { .. })));
    assert!(matches!(store.messages("p1", i64::MAX, 9).await, Err(ReadError::NoValue { .. })));
    close(store, writer).await;
}

/// The version before kept values in the index of their commitment.
#[tokio::test]
async fn the_contents_of_an_older_file_come_along() {
    let newer = Place::new();
    let (store, writer) = newer.open().await.expect("an empty folder opens");
    fill(&store).await;
    close(store, writer).await;
    let older = Place::new();
    let raw = older.of_schema(7);
    run(&raw, format!("ATTACH '{}' AS newer", newer.file().display()));
    let sql = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT GLOB '*[_]sqlx*'";
    let tables: Vec<String> = column(&raw, sql);
    assert!(tables.iter().any(|table| table == "stored_values"), "{tables:?}");
    for table in tables {
        let columns: Vec<String> = column(&raw, &format!("SELECT name FROM pragma_table_info('{table}')"));
        let columns = columns.join(", ");
        run(&raw, format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}"));
    }
    raw.close().expect("nothing is open on it");
    let (store, writer) = older.open().await.expect("an older file is upgraded");
    assert_eq!(store.project_titles().await.expect("reads"), ["Same", "Other", "Same"]);
    assert_eq!(store.messages("p1", i64::MAX, 9).await.expect("reads").len(), 3);
    verified(&store).await;
    store.write(filed_again()).await.expect("equal content is found where it came along");
    verified(&store).await;
    close(store, writer).await;
}

fn filed_again() -> Batch {
    let mut batch = Batch::new();
    batch.add(&filed("again", "r"));
    batch
}
