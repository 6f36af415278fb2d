//! Rows that are gone, and rows that nobody wrote.

use crate::cells::names;
use crate::raw::{Raw, Table, is_exempt};
use crate::workspace::{Outcome, Workspace};

#[tokio::test]
async fn every_deleted_row_is_found() {
    let workspace = Workspace::build().await;
    let mut silent = Vec::new();
    for table in tables(&workspace).await {
        let raw = Raw::open(&workspace.file());
        let rows = raw.rows(&table).expect("reads");
        raw.close();
        assert!(!rows.is_empty(), "nothing fills {}: let the workspace of this test do it", table.name);
        for row in rows {
            let copy = workspace.copy();
            let raw = Raw::open(&copy.file());
            raw.run(&format!("DELETE FROM \"{}\" WHERE {}", table.name, row.condition));
            raw.close();
            if !found(&table, &copy.look(false).await) {
                silent.push(format!("{} where {}", table.name, row.condition));
            }
        }
    }
    assert_eq!(silent, Vec::<String>::new(), "a row that is gone is a finding that says where");
}

/// The last entry's absence shows only in the rows that repeat it.
fn found(table: &Table, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Looked(report) if table.name == "ledger" => !report.holds(),
        outcome => names(&table.name, outcome),
    }
}

#[tokio::test]
async fn every_foreign_row_is_found() {
    let workspace = Workspace::build().await;
    let mut silent = Vec::new();
    for table in tables(&workspace).await {
        let raw = Raw::open(&workspace.file());
        let rows = raw.rows(&table).expect("reads");
        raw.close();
        let model = rows.last().unwrap_or_else(|| panic!("nothing fills {}", table.name));
        for row in foreign(&table, &model.cells) {
            let copy = workspace.copy();
            let raw = Raw::open(&copy.file());
            raw.run(&format!("INSERT INTO \"{}\" VALUES ({})", table.name, row.join(", ")));
            raw.close();
            if !names(&table.name, &copy.look(false).await) {
                silent.push(format!("{}: {}", table.name, row.join(", ")));
            }
        }
    }
    assert_eq!(silent, Vec::<String>::new(), "a row that no entry made is a finding that says where");
}

/// Copies of a row under keys that nobody uses: after all others and before them.
fn foreign(table: &Table, model: &[String]) -> Vec<Vec<String>> {
    let places = [("1000003", "'zzz'", "ff"), ("-1000003", "''", "00")];
    let foreign = |(number, text, byte): (&str, &str, &str)| {
        let cell = |(column, cell): (&crate::raw::Column, &String)| {
            // Hashes are unique in some tables although they are no keys.
            let blob = column.kind == "BLOB" && table.name != "stored_values" && column.name == "hash";
            match (column.in_key, column.kind.as_str()) {
                (true, "INTEGER") => number.to_owned(),
                (true, "TEXT") => text.to_owned(),
                (true, _) => format!("X'{}'", byte.repeat(32)),
                _ if blob || (column.kind == "BLOB" && column.name == "address") => {
                    format!("X'{}'", byte.repeat(32))
                }
                _ => cell.clone(),
            }
        };
        table.columns.iter().zip(model).map(cell).collect()
    };
    places.into_iter().map(foreign).collect()
}

/// A value that is what it says, under the workspace's own key, and that no entry refers to.
#[tokio::test]
async fn a_value_that_no_entry_refers_to_is_found() {
    let workspace = Workspace::build().await;
    let other = Workspace::build().await;
    let raw = Raw::open(&workspace.file());
    raw.run(&format!("ATTACH '{}' AS other", other.file().display()));
    // The other workspace's value with its salt: only its address is of another key.
    let key = raw.texts("SELECT hex(bytes) FROM other.secrets").remove(0);
    raw.run(&format!("UPDATE secrets SET bytes = X'{key}'"));
    raw.run("UPDATE workspace SET value_key_hash = (SELECT value_key_hash FROM other.workspace)");
    raw.run("DELETE FROM stored_values");
    raw.run("INSERT INTO stored_values SELECT * FROM other.stored_values");
    raw.run("DETACH other");
    raw.close();
    let Outcome::Looked(report) = workspace.look(false).await else { panic!("its key is a key") };
    let says = |what: &str| report.findings.iter().any(|finding| finding.message.contains(what));
    assert!(says("is missing"), "the values that entries refer to are gone: {:?}", report.findings);
    assert!(says("no entry refers to"), "values of another workspace were put there: {:?}", report.findings);
}

/// A redaction is recorded; an emptied value without a record of it is a loss.
#[tokio::test]
async fn a_value_that_was_emptied_without_a_record_is_found() {
    let workspace = Workspace::build().await;
    let raw = Raw::open(&workspace.file());
    raw.run(
        "UPDATE stored_values SET address = NULL, salt = NULL, bytes = NULL
             WHERE commitment = (SELECT min(commitment) FROM stored_values)",
    );
    raw.close();
    assert!(names("stored_values", &workspace.look(false).await), "content that is gone is named");
}

#[tokio::test]
async fn a_changed_schema_is_found() {
    let workspace = Workspace::build().await;
    let changes = [
        ("an index is gone", "DROP INDEX runs_step"),
        ("a table is new", "CREATE TABLE notes (text TEXT)"),
        ("a view hides a table", "CREATE VIEW everything AS SELECT * FROM runs"),
        (
            "a trigger changes rows behind the writer's back",
            "CREATE TRIGGER quiet AFTER INSERT ON effects BEGIN DELETE FROM permits; END",
        ),
        ("a column is new", "ALTER TABLE runs ADD COLUMN note TEXT"),
    ];
    for (what, sql) in changes {
        let copy = workspace.copy();
        let raw = Raw::open(&copy.file());
        raw.run(sql);
        raw.close();
        let Outcome::Looked(report) = copy.look(false).await else { panic!("{what}: the file still opens") };
        let said = report.findings.iter().any(|finding| finding.message.contains("schema"));
        assert!(said, "{what}, and verify says {:?}", report.findings);
    }
}

async fn tables(workspace: &Workspace) -> Vec<Table> {
    let raw = Raw::open(&workspace.file());
    let mut tables = raw.tables().expect("reads");
    raw.close();
    tables.retain(|table| !is_exempt(&table.name));
    tables
}
