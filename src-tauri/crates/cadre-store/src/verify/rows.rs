//! The projected tables as the ledger says they must be, and whether they are.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{VerifyError, VerifyReport};
use crate::aggregates::TABLES;
use crate::database::{Connection, DatabaseError, Row, query};
use crate::projection::{Cell, Change, ProjectionError, Table};

/// Rows by their key, in the order in which the database gives them: each with the cells of its other columns.
type Contents = BTreeMap<Vec<Cell>, Vec<Cell>>;

pub(super) struct Rows(Vec<Contents>);

impl Default for Rows {
    fn default() -> Self {
        Rows(TABLES.iter().map(|_| Contents::new()).collect())
    }
}

impl Rows {
    fn of(&mut self, table: &'static Table) -> &mut Contents {
        let index = TABLES.iter().position(|known| std::ptr::eq(*known, table));
        &mut self.0[index.expect("every projected table is listed")]
    }

    pub(super) fn apply(&mut self, seq: u64, change: Change) -> Result<(), ProjectionError> {
        match change {
            Change::Insert { table, row } => {
                let mut key = vec![Cell::Null; table.columns.len()];
                for (column, cell) in row {
                    key[place(table, column)] = cell;
                }
                let others = key.split_off(table.key.len());
                if self.of(table).insert(key, others).is_some() {
                    return Err(ProjectionError::RowExists { seq, table: table.name });
                }
            }
            Change::Update { table, key, set } => {
                let row = self.of(table).get_mut(&key);
                let row = row.ok_or(ProjectionError::NoRow { seq, table: table.name })?;
                for (column, cell) in set {
                    row[place(table, column) - table.key.len()] = cell;
                }
            }
            Change::Delete { table, key } => {
                let rows = self.of(table);
                let those = |row: &&Vec<Cell>| row.starts_with(&key);
                let gone: Vec<_> =
                    rows.range(key.clone()..).map(|(row, _)| row).take_while(those).cloned().collect();
                for row in gone {
                    rows.remove(&row);
                }
            }
        }
        Ok(())
    }

    /// Compares a table with what it must be, both in the order of their keys.
    pub(super) fn check(
        &mut self,
        reader: &Connection,
        report: &mut VerifyReport,
        table: &'static Table,
    ) -> Result<(), VerifyError> {
        let expected = std::mem::take(self.of(table));
        let mut expected = expected.iter().peekable();
        let sql = format!(
            "SELECT {} FROM {} ORDER BY {}",
            table.columns.join(", "),
            table.name,
            table.key.join(", ")
        );
        query(&sql).each(reader, |row| {
            while let Some((key, others)) = expected.peek() {
                match compare(row, 0, key)? {
                    Ordering::Less => break,
                    Ordering::Greater => report.find(None, lost(table, key)),
                    Ordering::Equal => {
                        let columns = differing(row, table, others)?;
                        if !columns.is_empty() {
                            let columns = columns.join(", ");
                            let message =
                                format!("{} {key:?} differs from the ledger in {columns}", table.name);
                            report.find(None, message);
                        }
                        expected.next();
                        return Ok(());
                    }
                }
                expected.next();
            }
            let key = (0..table.key.len()).map(|index| row.get(index));
            let key: Vec<Cell> = key.collect::<Result<_, DatabaseError>>()?;
            report.find(None, format!("{} has a row that the ledger does not know: {key:?}", table.name));
            Ok::<_, VerifyError>(())
        })?;
        for (key, _) in expected {
            report.find(None, lost(table, key));
        }
        Ok(())
    }
}

fn lost(table: &Table, key: &[Cell]) -> String {
    format!("{} has lost the row {key:?}", table.name)
}

fn place(table: &Table, column: &str) -> usize {
    let place = table.columns.iter().position(|known| *known == column);
    place.expect("an aggregate names columns of its own table")
}

/// How the cells from `first` on compare with these, the leftmost difference first.
fn compare(row: &Row<'_>, first: usize, cells: &[Cell]) -> Result<Ordering, DatabaseError> {
    for (index, cell) in cells.iter().enumerate() {
        let order = row.compare(first + index, cell)?;
        if order != Ordering::Equal {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}

fn differing(row: &Row<'_>, table: &Table, others: &[Cell]) -> Result<Vec<&'static str>, DatabaseError> {
    let first = table.key.len();
    let mut columns = Vec::new();
    for (index, cell) in others.iter().enumerate() {
        if row.compare(first + index, cell)? != Ordering::Equal {
            columns.push(table.columns[first + index]);
        }
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_each_table_is_its_first_columns() {
        for table in TABLES {
            assert!(table.columns.starts_with(table.key), "{}", table.name);
        }
    }
}
