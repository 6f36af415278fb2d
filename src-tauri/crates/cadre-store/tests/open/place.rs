//! A folder for a workspace, and the records that these tests write.

use std::path::{Path, PathBuf};

use cadre_store::aggregates::request::RequestFiled;
use cadre_store::{
    Batch, OpenError, OpenOptions, Record as _, Store, StoreClock, VerifyReport, WriterTask, value_part,
};
use rusqlite::{Connection, params};
use serde_json::json;
use sha2::{Digest as _, Sha384};

pub(crate) struct Place(tempfile::TempDir);

/// What programs before this one made their files by.
const SCHEMAS: [(i64, &str, &str); 9] = [
    (1, "ledger", include_str!("../../../../../migrations/sqlite/0001_ledger.sql")),
    (2, "organisation", include_str!("../../../../../migrations/sqlite/0002_organisation.sql")),
    (3, "rules", include_str!("../../../../../migrations/sqlite/0003_rules.sql")),
    (4, "spend", include_str!("../../../../../migrations/sqlite/0004_spend.sql")),
    (5, "undo", include_str!("../../../../../migrations/sqlite/0005_undo.sql")),
    (6, "endpoints", include_str!("../../../../../migrations/sqlite/0006_endpoints.sql")),
    (7, "limits of a day", include_str!("../../../../../migrations/sqlite/0007_limits_of_a_day.sql")),
    (8, "values by row", include_str!("../../../../../migrations/sqlite/0008_values_by_row.sql")),
    (9, "forks", include_str!("../../../../../migrations/sqlite/0009_forks.sql")),
];

impl Place {
    pub(crate) fn new() -> Place {
        Place(tempfile::tempdir().expect("a temporary folder"))
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder().join("cadre.sqlite")
    }

    pub(crate) async fn open(&self) -> Result<(Store, WriterTask), OpenError> {
        open(self.folder()).await
    }

    /// A workspace with one request in it, closed.
    pub(crate) async fn with_a_request() -> Place {
        let place = Place::new();
        let (store, writer) = place.open().await.expect("an empty folder opens");
        store.write(request("r1")).await.expect("it is sound");
        close(store, writer).await;
        place
    }

    /// A file with an older schema and nothing in it.
    pub(crate) fn of_schema(&self, version: i64) -> Connection {
        let raw = self.raw();
        run(
            &raw,
            "CREATE TABLE _sqlx_migrations (
               version BIGINT PRIMARY KEY,
               description TEXT NOT NULL,
               installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
               success BOOLEAN NOT NULL,
               checksum BLOB NOT NULL,
               execution_time BIGINT NOT NULL
             )",
        );
        for (of, name, sql) in SCHEMAS.iter().filter(|(of, ..)| *of <= version) {
            run(&raw, *sql);
            let checksum = Sha384::digest(sql.as_bytes()).to_vec();
            let applied =
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                           VALUES (?, ?, 1, ?, 0)";
            raw.execute(applied, params![of, name, checksum]).expect("the table takes it");
        }
        raw
    }

    /// A connection of another program to the same file.
    pub(crate) fn raw(&self) -> Connection {
        Connection::open(self.file()).expect("a file of ours")
    }
}

pub(crate) async fn open(folder: &Path) -> Result<(Store, WriterTask), OpenError> {
    Store::open(OpenOptions {
        folder: folder.to_owned(),
        name: "Test".into(),
        new_id: "w1".into(),
        heads: None,
        clock: StoreClock::new(|| 1_000_000),
    })
    .await
}

pub(crate) async fn close(store: Store, writer: WriterTask) {
    drop(store);
    writer.finished().await;
}

pub(crate) fn run(connection: &Connection, sql: impl AsRef<str>) {
    let sql = sql.as_ref();
    connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// All that a statement finds, of one column.
pub(crate) fn column<T: rusqlite::types::FromSql>(connection: &Connection, sql: &str) -> Vec<T> {
    let mut statement = connection.prepare(sql).expect("the statement is sound");
    let rows = statement.query_map([], |row| row.get(0)).expect("it can be asked");
    rows.collect::<Result<_, _>>().expect("it is read")
}

pub(crate) fn filed(id: &str, text: &str) -> RequestFiled {
    let content = value_part(json!({ "text": text }));
    RequestFiled { id: id.into(), content, by: "owner".into(), channel: "cli".into() }
}

pub(crate) fn request(id: &str) -> Batch {
    let mut batch = Batch::new();
    batch.record(filed(id, id).to_host());
    batch
}

pub(crate) async fn verified(store: &Store) -> VerifyReport {
    let report = store.verify().await.expect("the file can be read");
    assert_eq!(report.findings, [], "what was written holds");
    report
}

pub(crate) async fn request_ids(store: &Store) -> Vec<String> {
    let mut ids: Vec<String> =
        store.requests(10_000).await.expect("reads").into_iter().map(|request| request.id).collect();
    ids.sort();
    ids
}
