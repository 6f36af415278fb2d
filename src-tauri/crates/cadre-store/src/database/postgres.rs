//! PostgreSQL behind the same statements: written for SQLite, put into its words here.

use std::cell::{RefCell, RefMut};
use std::collections::HashMap;
use std::error::Error;

use bytes::BytesMut;
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, NoTls, Statement};
use rusqlite::types::ValueRef;

use super::DatabaseError;
use crate::projection::Cell;

/// A connection with the statements that it has prepared.
pub(super) struct Postgres {
    /// Gone only while this is dropped.
    client: RefCell<Option<Client>>,
    prepared: RefCell<HashMap<(String, Vec<Type>), Statement>>,
}

impl Postgres {
    /// `schema` is the workspace's; what is in others is not seen.
    pub(super) fn connect(url: &str, schema: &str) -> Result<Self, DatabaseError> {
        let mut config: postgres::Config = url.parse()?;
        config.application_name(&format!("cadre {schema}"));
        let mut client = config.connect(NoTls)?;
        client.batch_execute(&format!("SET search_path = {}", quoted(schema)))?;
        Ok(Postgres { client: RefCell::new(Some(client)), prepared: RefCell::default() })
    }

    fn client(&self) -> RefMut<'_, Client> {
        RefMut::map(self.client.borrow_mut(), |client| client.as_mut().expect("it is there until the end"))
    }

    pub(super) fn run(&self, statements: &str) -> Result<(), DatabaseError> {
        Ok(self.client().batch_execute(statements)?)
    }

    pub(super) fn execute(&self, text: &str, cells: &[Cell]) -> Result<usize, DatabaseError> {
        let statement = self.prepare(text, cells)?;
        let bound: Vec<&(dyn ToSql + Sync)> = cells.iter().map(|cell| cell as _).collect();
        let changed = self.client().execute(&statement, &bound)?;
        Ok(usize::try_from(changed).unwrap_or(usize::MAX))
    }

    /// Rows as they come. `each` may not use this connection.
    pub(super) fn rows<E: From<DatabaseError>>(
        &self,
        text: &str,
        cells: &[Cell],
        mut each: impl FnMut(&postgres::Row) -> Result<bool, E>,
    ) -> Result<(), E> {
        let failed = |error: postgres::Error| E::from(DatabaseError::from(error));
        let statement = self.prepare(text, cells)?;
        let mut client = self.client();
        let mut rows = client.query_raw(&statement, cells.iter()).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            if !each(&row)? {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn is_gone(&self) -> bool {
        self.client().is_closed()
    }

    /// Waits until something was announced, at most so long.
    pub(super) fn wait(&self, at_most: std::time::Duration) -> Result<(), DatabaseError> {
        let mut client = self.client();
        let mut notifications = client.notifications();
        notifications.timeout_iter(at_most).next()?;
        // What else was announced meanwhile is known by the same look.
        while notifications.iter().next()?.is_some() {}
        Ok(())
    }

    fn prepare(&self, text: &str, cells: &[Cell]) -> Result<Statement, DatabaseError> {
        let types: Vec<Type> = cells.iter().map(type_of).collect();
        let key = (text.to_owned(), types);
        if let Some(statement) = self.prepared.borrow().get(&key) {
            return Ok(statement.clone());
        }
        let statement = self.client().prepare_typed(&in_its_words(text, &key.1), &key.1)?;
        self.prepared.borrow_mut().insert(key, statement.clone());
        Ok(statement)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let client = self.client.get_mut().take();
        // It ends by saying so, and waits for that: not where a task runs.
        if tokio::runtime::Handle::try_current().is_ok() {
            std::thread::spawn(move || drop(client));
        }
    }
}

/// A name as PostgreSQL takes any.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Marks get numbers, and `IS ?`, which in SQLite compares with null too, its own word. Whether a mark is null is said
/// for it: asked that first, PostgreSQL would not know of what type it is.
fn in_its_words(text: &str, types: &[Type]) -> String {
    let text = text.replace(" IS ?", " IS NOT DISTINCT FROM ?");
    let mut words = String::with_capacity(text.len() + 16);
    let mut number = 0;
    let mut rest = text.chars().peekable();
    let mut in_text = false;
    while let Some(next) = rest.next() {
        in_text ^= next == '\'';
        if next != '?' || in_text {
            words.push(next);
            continue;
        }
        words.push('$');
        if !rest.peek().is_some_and(char::is_ascii_digit) {
            number += 1;
            words.push_str(&number.to_string());
        }
    }
    for (index, bound) in types.iter().enumerate() {
        let is_null = if *bound == Type::UNKNOWN { "TRUE" } else { "FALSE" };
        words = words.replace(&format!("${} IS NULL", index + 1), is_null);
    }
    words
}

/// What a cell is bound as. A null takes the type of its place.
fn type_of(cell: &Cell) -> Type {
    match cell {
        Cell::Null => Type::UNKNOWN,
        Cell::Int(_) => Type::INT8,
        Cell::Text(_) => Type::TEXT,
        Cell::Bytes(_) => Type::BYTEA,
    }
}

type Failure = Box<dyn Error + Sync + Send>;

impl ToSql for Cell {
    fn to_sql(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, Failure> {
        match self {
            Cell::Null => Ok(IsNull::Yes),
            Cell::Int(value) => value.to_sql(of, out),
            Cell::Text(value) => value.to_sql(of, out),
            Cell::Bytes(value) => value.to_sql(of, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A column of a row, as SQLite would have it.
pub(super) struct Column<'a>(pub(super) ValueRef<'a>);

impl<'a> FromSql<'a> for Column<'a> {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Failure> {
        Ok(Column(match *of {
            Type::INT8 => ValueRef::Integer(i64::from_sql(of, raw)?),
            Type::INT4 => ValueRef::Integer(i32::from_sql(of, raw)?.into()),
            Type::BOOL => ValueRef::Integer(bool::from_sql(of, raw)?.into()),
            Type::NUMERIC => ValueRef::Integer(whole(raw)?),
            Type::BYTEA => ValueRef::Blob(raw),
            _ => ValueRef::Text(raw),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failure> {
        Ok(Column(ValueRef::Null))
    }

    fn accepts(of: &Type) -> bool {
        matches!(
            *of,
            Type::INT8
                | Type::INT4
                | Type::BOOL
                | Type::NUMERIC
                | Type::BYTEA
                | Type::TEXT
                | Type::VARCHAR
                | Type::NAME
        )
    }
}

/// A sum, which PostgreSQL gives as a number of any length: how many digits of base 10,000, the weight of the first,
/// the sign, the decimals, the digits.
fn whole(raw: &[u8]) -> Result<i64, Failure> {
    let words: Vec<i16> = raw.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]])).collect();
    let [_, weight, sign, _, digits @ ..] = &words[..] else { return Err("a number is cut".into()) };
    let digit =
        |place: i16| usize::try_from(place).ok().and_then(|place| digits.get(place)).copied().unwrap_or(0);
    let mut value: i64 = 0;
    for place in 0..=*weight {
        let shifted = value.checked_mul(10_000).and_then(|value| value.checked_add(digit(place).into()));
        value = shifted.ok_or("a sum is beyond 64 bits")?;
    }
    Ok(if *sign == 0x4000 { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_put_into_its_words() {
        for (text, expected) in [
            ("SELECT a FROM b WHERE c = ? AND d < ?", "SELECT a FROM b WHERE c = $1 AND d < $2"),
            ("SELECT a FROM b WHERE c IS ?", "SELECT a FROM b WHERE c IS NOT DISTINCT FROM $1"),
            ("SELECT a WHERE ?1 IS NULL OR c = ?1 LIMIT ?2", "SELECT a WHERE FALSE OR c = $1 LIMIT $2"),
            ("SELECT a WHERE ?2 IS NULL OR c = ?2 LIMIT ?1", "SELECT a WHERE TRUE OR c = $2 LIMIT $1"),
            ("SELECT '?' WHERE c = ?", "SELECT '?' WHERE c = $1"),
        ] {
            assert_eq!(in_its_words(text, &[Type::TEXT, Type::UNKNOWN]), expected);
        }
    }

    #[test]
    fn sums_are_whole_numbers() {
        let number = |weight: i16, sign: i16, digits: &[i16]| {
            let count = i16::try_from(digits.len()).expect("few");
            let words = [&[count, weight, sign, 0], digits].concat();
            whole(&words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>()).ok()
        };
        assert_eq!(number(0, 0, &[]), Some(0));
        assert_eq!(number(1, 0, &[12, 3456]), Some(123_456));
        assert_eq!(number(2, 0, &[1]), Some(100_000_000), "digits at the end that are 0 are left out");
        assert_eq!(number(0, 0x4000, &[7]), Some(-7));
        assert_eq!(number(9, 0, &[1]), None);
    }
}
