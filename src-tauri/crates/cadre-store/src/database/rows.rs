//! Rows, and what can be made of them.

use std::cmp::Ordering;

use rusqlite::types::ValueRef;

use super::DatabaseError;
use super::postgres::Column;
use crate::projection::Cell;

/// One row, for as long as it is the newest that was read.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a postgres::Row),
}

impl Row<'_> {
    pub(crate) fn get<T: FromCell>(&self, index: usize) -> Result<T, DatabaseError> {
        T::from_cell(cell(self.value(index)?, || index.to_string())?)
            .map_err(|cell| self.other::<T>(index, &cell))
    }

    pub(crate) fn named<T: FromCell>(&self, column: &str) -> Result<T, DatabaseError> {
        let index = match self {
            Row::Sqlite(row) => row.as_ref().column_index(column)?,
            Row::Postgres(row) => {
                let index = row.columns().iter().position(|it| it.name() == column);
                index.ok_or_else(|| self.not(usize::MAX, "a column of that name", "none"))?
            }
        };
        self.get(index)
    }

    fn value(&self, index: usize) -> Result<ValueRef<'_>, DatabaseError> {
        Ok(match self {
            Row::Sqlite(row) => row.get_ref(index)?,
            Row::Postgres(row) => row.try_get::<_, Column<'_>>(index)?.0,
        })
    }

    /// How a column compares with a cell, in the order that the database sorts by.
    pub(crate) fn compare(&self, index: usize, with: &Cell) -> Result<Ordering, DatabaseError> {
        let rank = |cell: &Cell| match cell {
            Cell::Null => 0,
            Cell::Int(_) => 1,
            Cell::Text(_) => 2,
            Cell::Bytes(_) => 3,
        };
        Ok(match (self.value(index)?, with) {
            (ValueRef::Integer(found), Cell::Int(with)) => found.cmp(with),
            (ValueRef::Text(found), Cell::Text(with)) => found.cmp(with.as_bytes()),
            (ValueRef::Blob(found), Cell::Bytes(with)) => found.cmp(with.as_slice()),
            (ValueRef::Null, _) => 0.cmp(&rank(with)),
            (ValueRef::Integer(_), _) => 1.cmp(&rank(with)),
            (ValueRef::Text(_), _) => 2.cmp(&rank(with)),
            (ValueRef::Blob(_), _) => 3.cmp(&rank(with)),
            (found @ ValueRef::Real(_), _) => {
                return Err(self.not(index, "what a record has", name_of(found)));
            }
        })
    }

    /// The bytes of a column that is neither null nor a number.
    pub(crate) fn bytes(&self, index: usize) -> Result<&[u8], DatabaseError> {
        match self.value(index)? {
            ValueRef::Blob(bytes) | ValueRef::Text(bytes) => Ok(bytes),
            other => Err(self.not(index, "bytes", name_of(other))),
        }
    }

    /// The bytes of a column, where it is not null.
    pub(crate) fn some_bytes(&self, index: usize) -> Result<Option<&[u8]>, DatabaseError> {
        match self.value(index)? {
            ValueRef::Null => Ok(None),
            _ => self.bytes(index).map(Some),
        }
    }

    fn other<T: FromCell>(&self, index: usize, cell: &Cell) -> DatabaseError {
        let found = match cell {
            Cell::Null => "null",
            Cell::Int(_) => "another number",
            Cell::Text(_) => "a text",
            Cell::Bytes(_) => "bytes",
        };
        self.not(index, T::NAME, found)
    }

    fn not(&self, index: usize, expected: &'static str, found: &'static str) -> DatabaseError {
        let column = match self {
            Row::Sqlite(row) => row.as_ref().column_name(index).ok(),
            Row::Postgres(row) => row.columns().get(index).map(postgres::Column::name),
        };
        let column = column.map_or_else(|| index.to_string(), str::to_owned);
        DatabaseError::Column { column, expected, found }
    }
}

fn name_of(value: ValueRef<'_>) -> &'static str {
    match value {
        ValueRef::Null => "null",
        ValueRef::Integer(_) => "a number",
        ValueRef::Real(_) => "a fraction",
        ValueRef::Text(_) => "a text",
        ValueRef::Blob(_) => "bytes",
    }
}

fn cell(value: ValueRef<'_>, column: impl Fn() -> String) -> Result<Cell, DatabaseError> {
    let not = |found| DatabaseError::Column { column: column(), expected: "what a record has", found };
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(value) => Cell::Int(value),
        ValueRef::Text(bytes) => {
            Cell::Text(std::str::from_utf8(bytes).map_err(|_| not("a text that is not UTF-8"))?.to_owned())
        }
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
        ValueRef::Real(_) => return Err(not("a fraction")),
    })
}

/// What a column can hold.
pub(crate) trait FromCell: Sized {
    const NAME: &'static str;

    /// The cell comes back if it holds something else.
    fn from_cell(cell: Cell) -> Result<Self, Cell>;
}

macro_rules! from_cell {
    ($type:ty, $name:literal, $pattern:pat => $value:expr) => {
        impl FromCell for $type {
            const NAME: &'static str = $name;

            fn from_cell(cell: Cell) -> Result<Self, Cell> {
                match cell {
                    $pattern => $value,
                    other => Err(other),
                }
            }
        }
    };
}
from_cell!(i64, "a number", Cell::Int(value) => Ok(value));
from_cell!(u32, "a number of 32 bits", Cell::Int(value) => value.try_into().map_err(|_| Cell::Int(value)));
from_cell!(u64, "a number that is not negative", Cell::Int(value) => value.try_into().map_err(|_| Cell::Int(value)));
from_cell!(bool, "0 or 1", Cell::Int(value) => Ok(value != 0));
from_cell!(String, "a text", Cell::Text(value) => Ok(value));
from_cell!(Vec<u8>, "bytes", Cell::Bytes(value) => Ok(value));

impl FromCell for Cell {
    const NAME: &'static str = "anything";

    fn from_cell(cell: Cell) -> Result<Self, Cell> {
        Ok(cell)
    }
}

impl<T: FromCell> FromCell for Option<T> {
    const NAME: &'static str = T::NAME;

    fn from_cell(cell: Cell) -> Result<Self, Cell> {
        match cell {
            Cell::Null => Ok(None),
            cell => T::from_cell(cell).map(Some),
        }
    }
}

pub(crate) trait FromRow: Sized {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError>;
}

/// A row of one column.
impl<T: FromCell> FromRow for T {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        row.get(0)
    }
}

macro_rules! tuple {
    ($($type:ident $index:literal),+) => {
        impl<$($type: FromCell),+> FromRow for ($($type,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
                Ok(($(row.get::<$type>($index)?,)+))
            }
        }
    };
}
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);

/// A row of a table as a struct whose fields are its columns.
macro_rules! row {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* $vis:vis $field:ident : $type:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name { $($(#[$field_meta])* $vis $field: $type),+ }

        impl $crate::database::FromRow for $name {
            fn from_row(row: &$crate::database::Row<'_>) -> Result<Self, $crate::database::DatabaseError> {
                Ok($name { $($field: row.named(stringify!($field))?),+ })
            }
        }
    };
}
pub(crate) use row;
