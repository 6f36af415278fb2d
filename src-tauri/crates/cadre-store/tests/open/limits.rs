//! Limits on money: which one holds, on which day, and what becomes of those of an older file.

use cadre_store::aggregates::spend::{BudgetSet, budget_is_unchanged};
use cadre_store::{Batch, Store, WriteError};

use crate::place::{Place, close, request, run, verified};

async fn set(store: &Store, id: &str, day: Option<i64>, most: i64) {
    let mut batch = Batch::new();
    batch.add(&BudgetSet {
        budget: id.into(),
        scope: "day".into(),
        subject: String::new(),
        day,
        most: most.to_string(),
        decision: "d".into(),
    });
    store.write(batch).await.expect("it is sound");
}

async fn on(store: &Store, day: i64) -> Option<i64> {
    store.budget("day", "", Some(day), 0).await.expect("reads").most
}

#[tokio::test]
async fn a_limit_for_one_day_holds_on_that_day_until_a_newer_one_is_set() {
    let place = Place::new();
    // Its clock stands still, so only the ledger knows which limit is the newest.
    let (store, writer) = place.open().await.expect("an empty folder opens");
    assert_eq!(on(&store, 7).await, None, "nobody set one");
    set(&store, "z", None, 10).await;
    set(&store, "y", Some(7), 20).await;
    assert_eq!(
        [on(&store, 6).await, on(&store, 7).await, on(&store, 8).await],
        [Some(10), Some(20), Some(10)]
    );
    let other = store.budget("project", "p", None, 0).await.expect("reads");
    assert_eq!((other.most, other.newest), (None, 0), "a limit is on one thing");
    set(&store, "x", None, 5).await;
    assert_eq!([on(&store, 7).await, on(&store, 8).await], [Some(5), Some(5)], "the newest word counts");
    set(&store, "w", Some(8), 6).await;
    assert_eq!([on(&store, 7).await, on(&store, 8).await], [Some(5), Some(6)]);
    verified(&store).await;
    close(store, writer).await;
}

#[tokio::test]
async fn what_rests_on_a_limit_is_refused_once_it_was_set_anew() {
    let place = Place::new();
    let (store, writer) = place.open().await.expect("an empty folder opens");
    set(&store, "a", None, 10).await;
    let seen = store.budget("day", "", Some(7), 0).await.expect("reads").newest;
    let guarded = |id: &str| {
        let mut batch = request(id);
        batch.guard(budget_is_unchanged("day", "", seen));
        batch
    };
    store.write(guarded("r1")).await.expect("it is what was seen");
    set(&store, "b", Some(9), 11).await;
    let refused = store.write(guarded("r2")).await;
    assert!(matches!(refused, Err(WriteError::Refused { guard: 0 })), "{refused:?}");
    close(store, writer).await;
}

#[tokio::test]
async fn limits_of_an_older_file_hold_from_their_entries_on() {
    let newer = Place::new();
    let (store, writer) = newer.open().await.expect("an empty folder opens");
    set(&store, "b", None, 10).await;
    set(&store, "a", None, 12).await;
    close(store, writer).await;
    let older = Place::new();
    let raw = older.of_schema(6);
    run(&raw, format!("ATTACH '{}' AS newer", newer.file().display()));
    for (table, columns) in [
        ("ledger", "seq, body, leaf"),
        ("secrets", "name, bytes"),
        ("workspace", "id, name, value_key_hash, created_at"),
        ("budgets", "id, scope, subject, most, decision, made_at"),
    ] {
        run(&raw, format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM newer.{table}"));
    }
    raw.close().expect("nothing is open on it");
    let (store, writer) = older.open().await.expect("an older file is upgraded");
    assert_eq!(on(&store, 7).await, Some(12), "the newest by the ledger");
    verified(&store).await;
    close(store, writer).await;
}
