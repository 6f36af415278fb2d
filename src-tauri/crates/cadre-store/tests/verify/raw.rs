//! The workspace's file as any program sees it: tables found by looking, rows as SQL literals.

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, Row as _};

/// What `verify` does not look at, and why that loses nothing.
pub(crate) const EXEMPT: &[(&str, &str)] = &[
    ("leases", "a claim is worth nothing once its holder is gone; it is no history"),
    ("_sqlx_migrations", "how the file got its schema; the schema itself is compared"),
];

pub(crate) fn is_exempt(table: &str) -> bool {
    EXEMPT.iter().any(|(exempt, _)| *exempt == table)
}

pub(crate) struct Raw(SqliteConnection);

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) nullable: bool,
    pub(crate) in_key: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
}

/// One row: a condition that meets it alone, and its cells as literals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RawRow {
    pub(crate) condition: String,
    pub(crate) cells: Vec<String>,
}

impl Raw {
    pub(crate) async fn open(file: &Path) -> Raw {
        Self::try_open(file).await.expect("the file is a database")
    }

    pub(crate) async fn try_open(file: &Path) -> Result<Raw, sqlx::Error> {
        let options = SqliteConnectOptions::new().filename(file).disable_statement_logging();
        // Nobody pulls the plug on a test, and there are a thousand of these.
        let options = options.synchronous(SqliteSynchronous::Off);
        Ok(Raw(options.connect().await?))
    }

    pub(crate) async fn run(&mut self, sql: &str) {
        if let Err(error) = self.0.execute(AssertSqlSafe(sql.to_owned())).await {
            panic!("{sql}: {error}");
        }
    }

    pub(crate) async fn texts(&mut self, sql: &str) -> Vec<String> {
        let found = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_all(&mut self.0).await;
        found.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Puts everything into the main file, as a closed workspace has it.
    pub(crate) async fn close(mut self) {
        self.run("PRAGMA wal_checkpoint(TRUNCATE)").await;
        self.0.close().await.expect("nothing is open on it");
    }

    /// Every table that the file has, whatever the code thinks there is.
    pub(crate) async fn tables(&mut self) -> Result<Vec<Table>, sqlx::Error> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let names: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut self.0).await?;
        let mut tables = Vec::new();
        for name in names {
            let sql =
                "SELECT name, type, \"notnull\" OR pk > 0, pk > 0 FROM pragma_table_info(?) ORDER BY cid";
            let rows = sqlx::query(sql).bind(&name).fetch_all(&mut self.0).await?;
            let column = |row: &sqlx::sqlite::SqliteRow| -> Result<Column, sqlx::Error> {
                let (required, in_key): (i64, i64) = (row.try_get(2)?, row.try_get(3)?);
                let (name, kind) = (row.try_get(0)?, row.try_get(1)?);
                Ok(Column { name, kind, nullable: required == 0, in_key: in_key != 0 })
            };
            tables.push(Table { name, columns: rows.iter().map(column).collect::<Result<_, _>>()? });
        }
        Ok(tables)
    }

    pub(crate) async fn rows(&mut self, table: &Table) -> Result<Vec<RawRow>, sqlx::Error> {
        let quoted: Vec<String> =
            table.columns.iter().map(|column| format!("quote(\"{}\")", column.name)).collect();
        let sql = format!("SELECT {} FROM \"{}\"", quoted.join(", "), table.name);
        let mut rows = Vec::new();
        for row in sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut self.0).await? {
            let cells: Vec<String> =
                (0..table.columns.len()).map(|index| row.try_get(index)).collect::<Result<_, _>>()?;
            let condition: Vec<String> = (table.columns.iter().zip(&cells))
                .filter(|(column, _)| column.in_key)
                .map(|(column, cell)| format!("\"{}\" IS {cell}", column.name))
                .collect();
            rows.push(RawRow { condition: condition.join(" AND "), cells });
        }
        rows.sort();
        Ok(rows)
    }

    /// All that is stored, without what is exempt: equal dumps are equal workspaces.
    pub(crate) async fn dump(&mut self) -> Result<Vec<(String, Vec<RawRow>)>, sqlx::Error> {
        let mut dump = Vec::new();
        for table in self.tables().await?.into_iter().filter(|table| !is_exempt(&table.name)) {
            let rows = self.rows(&table).await?;
            dump.push((table.name, rows));
        }
        Ok(dump)
    }
}
