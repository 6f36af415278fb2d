//! The report as Markdown. Names come from files and people, so every text is escaped.

use super::document::{Block, Column, Content, Document, Table};
use crate::display;
use crate::finding::Finding;

/// Longest text of a cell or sentence that came from outside.
const TEXT_LIMIT: usize = 600;

pub(crate) fn render(document: &Document) -> String {
    let mut page = format!("# {}\n\n", escaped(&document.title));
    let verdict = &document.verdict;
    let score = verdict.score.map_or_else(String::new, |score| format!(", {score} of 100"));
    page.push_str(&format!("**{}{score}.** {}\n\n", verdict.word, escaped(&verdict.sentence)));
    page.push_str(&format!("As of {}.\n", document.date));
    for section in &document.sections {
        page.push_str(&format!("\n## {}\n", section.title));
        for block in &section.blocks {
            page.push('\n');
            render_block(&mut page, block);
        }
    }
    page
}

fn render_block(page: &mut String, block: &Block) {
    match block {
        Block::Heading(title) => page.push_str(&format!("### {title}\n")),
        Block::Paragraph(text) => page.push_str(&format!("{}\n", escaped(text))),
        Block::KeyFigures(figures) => {
            page.push_str("| Figure | Value |\n| --- | ---: |\n");
            for figure in figures {
                page.push_str(&format!("| {} | {} |\n", escaped(&figure.label), escaped(&figure.value)));
            }
        }
        Block::Table(table) => render_table(page, table),
        Block::Chart(chart) => {
            page.push_str(&format!("{}\n\n", escaped(&chart.description)));
            render_table(page, &chart.table);
        }
        Block::Findings(findings) => findings.iter().enumerate().for_each(|(index, finding)| {
            render_finding(page, index + 1, finding);
        }),
        Block::List(items) => {
            for item in items {
                page.push_str(&format!("- {}\n", escaped(item)));
            }
        }
    }
}

fn render_finding(page: &mut String, number: usize, finding: &Finding) {
    page.push_str(&format!("{number}. **{}** ({})", escaped(&finding.title), finding.severity.word()));
    if let Some(file) = &finding.file {
        let line = finding.line.map_or_else(String::new, |line| format!(":{line}"));
        page.push_str(&format!(", {}", code(&format!("{file}{line}"))));
    }
    page.push('\n');
    for text in [&finding.detail, &finding.remedy].into_iter().filter(|text| !text.is_empty()) {
        page.push_str(&format!("   {}\n", escaped(text)));
    }
}

fn render_table(page: &mut String, table: &Table) {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    page.push_str(&line(table.columns.iter().map(|column| column.title.to_owned()).collect()));
    let rule = |column: &Column| if column.content == Content::Number { "---:" } else { "---" }.to_owned();
    page.push_str(&line(table.columns.iter().map(rule).collect()));
    for row in &table.rows {
        let cells = row.iter().zip(&table.columns).map(|(cell, column)| match column.content {
            Content::Code => code(cell),
            Content::Text | Content::Number => escaped(cell),
        });
        page.push_str(&line(cells.collect()));
    }
    if table.left_out > 0 {
        page.push_str(&format!("\n{} more are not listed.\n", display::count(table.left_out)));
    }
}

/// A code span cannot hold a backtick or, in a table, a bar; such a text is escaped instead.
fn code(text: &str) -> String {
    let text = display::shown_text(&display::clip_middle(text, TEXT_LIMIT));
    if text.is_empty() || text.contains(['`', '|', '\\']) { escaped(&text) } else { format!("`{text}`") }
}

fn escaped(text: &str) -> String {
    let text = display::shown_text(&display::clip(text, TEXT_LIMIT));
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_their_place() {
        for (text, in_text, in_code) in [
            ("a|b", "a\\|b", "a\\|b"),
            ("`x`", "\\`x\\`", "\\`x\\`"),
            ("<img src=x>", "&lt;img src=x&gt;", "`<img src=x>`"),
            ("[a](javascript:1)", "\\[a\\](javascript:1)", "`[a](javascript:1)`"),
            ("a\n# b", "a\\\\u{a}\\# b", "a\\\\u{a}\\# b"),
        ] {
            assert_eq!(escaped(text), in_text, "as text: {text:?}");
            assert_eq!(code(text), in_code, "as code: {text:?}");
        }
    }
}
