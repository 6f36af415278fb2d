//! Every cell of every row, changed on its own.

use crate::raw::{Column, EXEMPT, Raw, is_exempt};
use crate::workspace::{Outcome, Workspace};
use cadre_store::{OpenError, VerifyReport};

#[tokio::test]
async fn every_changed_cell_is_found() {
    let workspace = Workspace::build().await;
    let mut tried = 0;
    let mut silent = Vec::new();
    for (table, condition, column, cell) in cells(&workspace).await {
        for changed in changes(&column, &cell) {
            let copy = workspace.copy();
            let raw = Raw::open(&copy.file());
            raw.run(&format!("UPDATE \"{table}\" SET \"{}\" = {changed} WHERE {condition}", column.name));
            raw.close();
            tried += 1;
            if !names(&table, &copy.look(false).await) {
                silent.push(format!(
                    "{table}.{} of the row where {condition}: {cell} -> {changed}",
                    column.name
                ));
            }
        }
    }
    assert!(tried > 400, "only {tried} cells were changed: the workspace of this test is too small");
    assert_eq!(silent, Vec::<String>::new(), "each change of a cell is a finding that says where");
}

#[tokio::test]
async fn only_what_is_listed_is_exempt() {
    let workspace = Workspace::build().await;
    let names: Vec<String> =
        Raw::open(&workspace.file()).tables().expect("reads").into_iter().map(|table| table.name).collect();
    for (table, reason) in EXEMPT {
        assert!(names.iter().any(|name| name == table), "`{table}` is exempt ({reason}) and does not exist");
    }
}

/// Every cell, as (table, condition of its row, column, literal).
async fn cells(workspace: &Workspace) -> Vec<(String, String, Column, String)> {
    let raw = Raw::open(&workspace.file());
    let mut cells = Vec::new();
    for table in raw.tables().expect("reads") {
        if is_exempt(&table.name) {
            continue;
        }
        let rows = raw.rows(&table).expect("reads");
        for (index, column) in table.columns.iter().enumerate() {
            let filled = rows.iter().any(|row| row.cells[index] != "NULL");
            assert!(
                filled,
                "nothing fills {}.{}: let the workspace of this test do it",
                table.name, column.name
            );
        }
        for row in rows {
            for (column, cell) in table.columns.iter().zip(row.cells) {
                cells.push((table.name.clone(), row.condition.clone(), column.clone(), cell));
            }
        }
    }
    raw.close();
    cells
}

/// What a cell is changed to: one bit of its bytes, another number, another letter, and nothing where that may be.
fn changes(column: &Column, cell: &str) -> Vec<String> {
    let mut changes = match (column.kind.as_str(), cell) {
        ("INTEGER", "NULL") => vec!["1".to_owned()],
        ("INTEGER", number) => vec![format!("{number} + 1000003")],
        ("TEXT", "NULL") => vec!["'x'".to_owned()],
        ("TEXT", text) => vec![format!("{text} || 'x'"), format!("'X' || substr({text}, 2)")],
        ("BLOB", "NULL") => vec![format!("X'{}'", "00".repeat(32))],
        ("BLOB", bytes) => vec![with_a_bit_flipped(bytes)],
        (kind, _) => panic!("a column of kind {kind} needs a way to be changed here"),
    };
    if column.nullable && cell != "NULL" {
        changes.push("NULL".into());
    }
    changes
}

/// `X'…'` with the lowest bit of its middle byte flipped.
fn with_a_bit_flipped(literal: &str) -> String {
    let mut digits: Vec<char> = literal.chars().collect();
    let middle = 2 + (digits.len() - 3) / 4 * 2 + 1;
    let digit = digits[middle].to_digit(16).expect("a blob literal is hex digits");
    digits[middle] = char::from_digit(digit ^ 1, 16).expect("it is below 16");
    digits.into_iter().collect()
}

/// Whether the change was found, and where it was made was said.
pub(crate) fn names(table: &str, outcome: &Outcome) -> bool {
    let says = |report: &VerifyReport, what: &str| report.findings.iter().any(|it| it.message.contains(what));
    match outcome {
        Outcome::Looked(report) => match table {
            "ledger" => says(report, "the ledger") || report.findings.iter().any(|it| it.seq.is_some()),
            "stored_values" => says(report, "value "),
            "secrets" => says(report, "key"),
            other => says(report, other),
        },
        // Without its identity or its key a workspace cannot be opened at all.
        Outcome::Refused(OpenError::Damaged(_)) => matches!(table, "secrets" | "workspace" | "ledger"),
        Outcome::Refused(_) => false,
    }
}
