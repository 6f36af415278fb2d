//! A folder for a workspace, and the records that these tests write.

use std::path::{Path, PathBuf};

use cadre_store::aggregates::request::RequestFiled;
use cadre_store::{
    Batch, OpenError, OpenOptions, Record as _, Store, StoreClock, VerifyReport, WriterTask, value_part,
};
use serde_json::json;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _, SqlSafeStr as _};

pub(crate) struct Place(tempfile::TempDir);

/// What programs before this one made their files by.
const SCHEMAS: [(i64, &str, &str); 7] = [
    (1, "ledger", include_str!("../../../../../migrations/sqlite/0001_ledger.sql")),
    (2, "organisation", include_str!("../../../../../migrations/sqlite/0002_organisation.sql")),
    (3, "rules", include_str!("../../../../../migrations/sqlite/0003_rules.sql")),
    (4, "spend", include_str!("../../../../../migrations/sqlite/0004_spend.sql")),
    (5, "undo", include_str!("../../../../../migrations/sqlite/0005_undo.sql")),
    (6, "endpoints", include_str!("../../../../../migrations/sqlite/0006_endpoints.sql")),
    (7, "limits of a day", include_str!("../../../../../migrations/sqlite/0007_limits_of_a_day.sql")),
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
    pub(crate) async fn of_schema(&self, version: i64) -> SqliteConnection {
        let mut raw = self.raw().await;
        let older = SCHEMAS.iter().filter(|(of, ..)| *of <= version).map(|(of, name, sql)| {
            Migration::new(*of, (*name).into(), MigrationType::Simple, sql.into_sql_str(), false)
        });
        let migrator = Migrator::with_migrations(older.collect());
        migrator.run(&mut raw).await.expect("an empty file takes its schema");
        raw
    }

    /// A connection of another program to the same file.
    pub(crate) async fn raw(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.file()).create_if_missing(true);
        options.connect().await.expect("a file of ours")
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

pub(crate) async fn run(connection: &mut SqliteConnection, sql: impl Into<String>) {
    let sql = sql.into();
    if let Err(error) = connection.execute(AssertSqlSafe(sql.clone())).await {
        panic!("{sql}: {error}");
    }
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
