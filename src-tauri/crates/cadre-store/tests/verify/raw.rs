//! The workspace's file as any program sees it: tables found by looking, rows as SQL literals.

use std::path::Path;

use rusqlite::{Connection, Row};

/// What `verify` does not look at, and why that loses nothing.
pub(crate) const EXEMPT: &[(&str, &str)] = &[
    ("leases", "a claim is worth nothing once its holder is gone; it is no history"),
    ("_sqlx_migrations", "how the file got its schema; the schema itself is compared"),
];

pub(crate) fn is_exempt(table: &str) -> bool {
    EXEMPT.iter().any(|(exempt, _)| *exempt == table)
}

pub(crate) struct Raw(Connection);

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
    pub(crate) fn open(file: &Path) -> Raw {
        Self::try_open(file).expect("the file is a database")
    }

    pub(crate) fn try_open(file: &Path) -> rusqlite::Result<Raw> {
        let connection = Connection::open(file)?;
        // Nobody pulls the plug on a test, and there are a thousand of these.
        connection.pragma_update(None, "synchronous", "off")?;
        Ok(Raw(connection))
    }

    pub(crate) fn run(&self, sql: &str) {
        self.0.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    fn all<T>(
        &self,
        sql: &str,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        self.0.prepare(sql)?.query_map([], row)?.collect()
    }

    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        self.all(sql, |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Puts everything into the main file, as a closed workspace has it.
    pub(crate) fn close(self) {
        self.run("PRAGMA wal_checkpoint(TRUNCATE)");
        self.0.close().expect("nothing is open on it");
    }

    /// Every table that the file has, whatever the code thinks there is.
    pub(crate) fn tables(&self) -> rusqlite::Result<Vec<Table>> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
        let names: Vec<String> = self.all(sql, |row| row.get(0))?;
        let mut tables = Vec::new();
        for name in names {
            let sql = format!(
                "SELECT name, type, \"notnull\" OR pk > 0, pk > 0 FROM pragma_table_info('{name}') ORDER BY cid"
            );
            let column = |row: &Row<'_>| {
                let (required, in_key): (bool, bool) = (row.get(2)?, row.get(3)?);
                Ok(Column { name: row.get(0)?, kind: row.get(1)?, nullable: !required, in_key })
            };
            tables.push(Table { columns: self.all(&sql, column)?, name });
        }
        Ok(tables)
    }

    pub(crate) fn rows(&self, table: &Table) -> rusqlite::Result<Vec<RawRow>> {
        let quoted: Vec<String> =
            table.columns.iter().map(|column| format!("quote(\"{}\")", column.name)).collect();
        let sql = format!("SELECT {} FROM \"{}\"", quoted.join(", "), table.name);
        let mut rows = self.all(&sql, |row| {
            let cells: Vec<String> =
                (0..table.columns.len()).map(|index| row.get(index)).collect::<Result<_, _>>()?;
            let condition: Vec<String> = (table.columns.iter().zip(&cells))
                .filter(|(column, _)| column.in_key)
                .map(|(column, cell)| format!("\"{}\" IS {cell}", column.name))
                .collect();
            Ok(RawRow { condition: condition.join(" AND "), cells })
        })?;
        rows.sort();
        Ok(rows)
    }

    /// All that is stored, without what is exempt: equal dumps are equal workspaces.
    pub(crate) fn dump(&self) -> rusqlite::Result<Vec<(String, Vec<RawRow>)>> {
        let tables = self.tables()?.into_iter().filter(|table| !is_exempt(&table.name));
        tables.map(|table| Ok((table.name.clone(), self.rows(&table)?))).collect()
    }
}
