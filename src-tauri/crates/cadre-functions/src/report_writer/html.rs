//! The report as one HTML page that needs nothing else: no script, no resource, no link. Colours follow the
//! reader's system. Every text is escaped: names come from files and people.

use super::chart;
use super::document::{Block, Column, Content, Document, KeyFigure, Table};
use crate::display;
use crate::finding::Finding;

const STYLE: &str = include_str!("style.css");
const TEXT_LIMIT: usize = 600;

pub(crate) fn render(document: &Document) -> String {
    let mut page = String::with_capacity(64 * 1024);
    let title = escaped(&document.title);
    page.push_str("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    page.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    page.push_str("<meta name=\"color-scheme\" content=\"light dark\">\n");
    // Says to the browser what the page promises: styles of its own and nothing from anywhere.
    page.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    page.push_str(&format!("<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"));
    page.push_str(&header(document, &title));
    let mut charts = 0;
    for section in &document.sections {
        page.push_str(&format!("<section>\n<h2>{}</h2>\n", section.title));
        for block in &section.blocks {
            render_block(&mut page, block, &mut charts);
        }
        page.push_str("</section>\n");
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn header(document: &Document, title: &str) -> String {
    let verdict = &document.verdict;
    let score = verdict.score.map_or_else(String::new, |score| {
        format!("<p class=\"score\"><b>{score}</b> <span>of 100</span></p>\n")
    });
    format!(
        "<header>\n<h1>{title}</h1>\n<p class=\"meta\">As of {}</p>\n<div class=\"verdict\">\n{score}<div>\n\
         <p class=\"word\">{}</p>\n<p>{}</p>\n</div>\n</div>\n</header>\n",
        escaped(&document.date),
        verdict.word,
        escaped(&verdict.sentence),
    )
}

fn render_block(page: &mut String, block: &Block, charts: &mut usize) {
    match block {
        Block::Heading(title) => page.push_str(&format!("<h3>{title}</h3>\n")),
        Block::Paragraph(text) => page.push_str(&format!("<p class=\"prose\">{}</p>\n", escaped(text))),
        Block::KeyFigures(figures) => page.push_str(&key_figures(figures)),
        Block::Table(table) => render_table(page, table),
        Block::Chart(chart) => {
            *charts += 1;
            page.push_str(&format!("<figure>\n<figcaption>{}</figcaption>\n", escaped(&chart.title)));
            page.push_str(&chart::draw(chart, *charts));
            page.push_str("<details>\n<summary>The figures as a table</summary>\n");
            render_table(page, &chart.table);
            page.push_str("</details>\n</figure>\n");
        }
        Block::Findings(findings) => {
            page.push_str("<ol class=\"findings\">\n");
            findings.iter().for_each(|finding| render_finding(page, finding));
            page.push_str("</ol>\n");
        }
        Block::List(items) => {
            page.push_str("<ul class=\"prose\">\n");
            for item in items {
                page.push_str(&format!("<li>{}</li>\n", escaped(item)));
            }
            page.push_str("</ul>\n");
        }
    }
}

fn key_figures(figures: &[KeyFigure]) -> String {
    let mut list = "<dl class=\"figures\">\n".to_owned();
    for figure in figures {
        let (label, value) = (escaped(&figure.label), escaped(&figure.value));
        list.push_str(&format!("<div><dt>{label}</dt><dd>{value}</dd></div>\n"));
    }
    list.push_str("</dl>\n");
    list
}

fn render_finding(page: &mut String, finding: &Finding) {
    let severity = finding.severity.word();
    page.push_str(&format!(
        "<li>\n<span class=\"badge {severity}\">{severity}</span>\n<div>\n<p class=\"title\">{}</p>\n",
        escaped(&finding.title)
    ));
    if let Some(file) = &finding.file {
        let line = finding.line.map_or_else(String::new, |line| format!(":{line}"));
        page.push_str(&format!("<p class=\"place\"><code>{}{line}</code></p>\n", escaped(file)));
    }
    if !finding.detail.is_empty() {
        page.push_str(&format!("<p>{}</p>\n", escaped(&finding.detail)));
    }
    if !finding.remedy.is_empty() {
        page.push_str(&format!("<p class=\"remedy\">{}</p>\n", escaped(&finding.remedy)));
    }
    page.push_str("</div>\n</li>\n");
}

fn render_table(page: &mut String, table: &Table) {
    let class = |column: &Column| if column.content == Content::Number { " class=\"n\"" } else { "" };
    page.push_str(&format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"{0}\" tabindex=\"0\">\n<table>\n<caption>{0}</caption>\n<thead><tr>",
        escaped(&table.caption)
    ));
    for column in &table.columns {
        page.push_str(&format!("<th scope=\"col\"{}>{}</th>", class(column), column.title));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for (cell, column) in row.iter().zip(&table.columns) {
            let cell = escaped(cell);
            let cell = if column.content == Content::Code { format!("<code>{cell}</code>") } else { cell };
            page.push_str(&format!("<td{}>{cell}</td>", class(column)));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n</div>\n");
    if table.left_out > 0 {
        page.push_str(&format!(
            "<p class=\"meta\">{} more are not listed.</p>\n",
            display::count(table.left_out)
        ));
    }
}

pub(crate) fn escaped(text: &str) -> String {
    let text = display::shown_text(&display::clip(text, TEXT_LIMIT));
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}
