//! The report before it has a format: both files say the same because both are drawn from this.

use crate::finding::Finding;

pub(crate) struct Document {
    pub(crate) title: String,
    pub(crate) date: String,
    pub(crate) verdict: Verdict,
    pub(crate) sections: Vec<Section>,
}

pub(crate) struct Verdict {
    /// `Healthy` and the like.
    pub(crate) word: &'static str,
    /// Of 100; nothing when there was nothing to judge.
    pub(crate) score: Option<u64>,
    pub(crate) sentence: String,
}

pub(crate) struct Section {
    pub(crate) title: &'static str,
    pub(crate) blocks: Vec<Block>,
}

pub(crate) enum Block {
    Heading(&'static str),
    Paragraph(String),
    KeyFigures(Vec<KeyFigure>),
    Table(Table),
    Chart(Chart),
    Findings(Vec<Finding>),
    List(Vec<String>),
}

pub(crate) struct KeyFigure {
    pub(crate) value: String,
    pub(crate) label: String,
}

#[derive(Clone)]
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<String>>,
    /// Rows that are not shown.
    pub(crate) left_out: u64,
}

#[derive(Clone)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) content: Content,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Text,
    Number,
    /// Paths and names that are set in the fixed-width font.
    Code,
}

pub(crate) const fn text(title: &'static str) -> Column {
    Column { title, content: Content::Text }
}

pub(crate) const fn number(title: &'static str) -> Column {
    Column { title, content: Content::Number }
}

pub(crate) const fn code(title: &'static str) -> Column {
    Column { title, content: Content::Code }
}

/// Always drawn with the table behind it, for readers and formats that do not see it.
pub(crate) struct Chart {
    pub(crate) shape: Shape,
    pub(crate) title: String,
    pub(crate) description: String,
    /// Names of the first and the second series; the second may be missing.
    pub(crate) series: (&'static str, Option<&'static str>),
    pub(crate) points: Vec<Point>,
    pub(crate) table: Table,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One horizontal bar per point.
    Bars,
    /// One column per point, in the order of time.
    Columns,
}

pub(crate) struct Point {
    pub(crate) label: String,
    pub(crate) value: u64,
    /// Of the second series, drawn behind the first.
    pub(crate) second: u64,
    /// What stands beside a bar.
    pub(crate) shown: String,
}
