//! What the repository scout found.

use super::document::{Block, Chart, Point, Section, Shape, Table, code, number, text};
use crate::display::{self, count, counted};
use crate::repository_scout::{LanguageFigures, LanguageKind, ScoutData};

const LANGUAGES_DRAWN: usize = 10;
const LANGUAGES_LISTED: usize = 25;
const FILES_LISTED: usize = 10;
const MARKERS_LISTED: usize = 25;
const DIRECTORIES_LISTED: usize = 12;

pub(crate) fn section(scout: &ScoutData) -> Section {
    let mut blocks = vec![Block::Paragraph(lead(scout))];
    if scout.totals.files > 0 {
        blocks.extend(languages(scout));
        blocks.extend(tests(scout));
        blocks.push(Block::Heading("How the project is kept"));
        blocks.push(landmarks(scout));
        blocks.push(Block::Heading("Where the weight lies"));
        blocks.push(directories(scout));
        blocks.extend(longest_files(scout));
        blocks.push(largest_files(scout));
        blocks.extend(markers(scout));
    }
    Section { title: "Files", blocks }
}

fn lead(scout: &ScoutData) -> String {
    let totals = &scout.totals;
    if totals.files == 0 {
        return "The folder holds no files that its ignore rules leave.".to_owned();
    }
    let mut lead = format!(
        "{} in {}: {} of text, {} binary.",
        counted(totals.files, "file", "files"),
        counted(totals.directories, "folder", "folders"),
        count(totals.text_files),
        count(totals.binary_files),
    );
    let aside = &scout.set_aside;
    let number = aside.generated_files + aside.vendored_files;
    if number > 0 {
        lead.push_str(&format!(
            " {} with {} are generated or vendored and not part of the figures by language.",
            counted(number, "file", "files"),
            counted(aside.lines, "line", "lines"),
        ));
    }
    lead
}

fn languages(scout: &ScoutData) -> Option<Block> {
    let by_code: Vec<&LanguageFigures> =
        scout.languages.items.iter().filter(|figures| figures.kind == LanguageKind::Code).collect();
    if by_code.is_empty() {
        return None;
    }
    let total = scout.totals.code;
    let points = by_code
        .iter()
        .take(LANGUAGES_DRAWN)
        .map(|figures| Point {
            label: figures.language.clone(),
            value: figures.code,
            second: figures.comment,
            shown: format!("{}, {}", count(figures.code), display::percent(figures.code, total)),
        })
        .collect();
    let first = by_code.first().map_or("", |figures| figures.language.as_str());
    let columns = vec![
        text("Language"),
        text("Kind"),
        number("Files"),
        number("Code"),
        number("Comments"),
        number("Blank"),
        number("Size"),
    ];
    let rows: Vec<Vec<String>> =
        scout.languages.items.iter().take(LANGUAGES_LISTED).map(language_row).collect();
    let left_out = scout.languages.total() - rows.len() as u64;
    let table = Table { caption: "Lines by language".to_owned(), columns, rows, left_out };
    Some(Block::Chart(Chart {
        shape: Shape::Bars,
        title: "Lines of code by language".to_owned(),
        description: format!(
            "{} of code in {}, most of them in {first}.",
            counted(total, "line", "lines"),
            counted(by_code.len() as u64, "language", "languages"),
        ),
        series: ("code", Some("comments")),
        points,
        table,
    }))
}

fn language_row(figures: &LanguageFigures) -> Vec<String> {
    let kind = match figures.kind {
        LanguageKind::Code => "code",
        LanguageKind::Markup => "markup",
        LanguageKind::Data => "data",
        LanguageKind::Prose => "prose",
    };
    vec![
        figures.language.clone(),
        kind.to_owned(),
        count(figures.files),
        count(figures.code),
        count(figures.comment),
        count(figures.blank),
        display::bytes(figures.bytes),
    ]
}

fn tests(scout: &ScoutData) -> Vec<Block> {
    let tests = &scout.tests;
    let heading = Block::Heading("Tests");
    if tests.languages.is_empty() {
        return vec![heading, Block::Paragraph("No test file and no test case was recognised.".to_owned())];
    }
    let lead = format!(
        "About {} and {} with {} of code, {} of all code. Cases are counted by how they open, so that a table of \
         examples counts once.",
        counted(tests.cases, "test case", "test cases"),
        counted(tests.files, "test file", "test files"),
        counted(tests.code, "line", "lines"),
        display::percent(tests.code, scout.totals.code),
    );
    let columns =
        vec![text("Language"), number("Test files"), number("Test cases"), number("Lines in test files")];
    let row = |figures: &crate::repository_scout::TestFigures| {
        vec![figures.language.clone(), count(figures.files), count(figures.cases), count(figures.code)]
    };
    let rows: Vec<_> = tests.languages.iter().take(LANGUAGES_LISTED).map(row).collect();
    let left_out = (tests.languages.len() - rows.len()) as u64;
    let table = Table { caption: "Tests by language".to_owned(), columns, rows, left_out };
    vec![heading, Block::Paragraph(lead), Block::Table(table)]
}

fn landmarks(scout: &ScoutData) -> Block {
    let rows = scout
        .landmarks
        .iter()
        .map(|landmark| {
            let name = landmark.kind.replace('_', " ");
            let mut letters = name.chars();
            let name = letters
                .next()
                .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
            let mut paths = landmark.paths.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
            let more = landmark.files.saturating_sub(3);
            if more > 0 {
                paths.push_str(&format!(" and {}", counted(more, "more", "more")));
            }
            if landmark.kind == "licence" && !scout.licences.is_empty() {
                paths.push_str(&format!(" ({})", scout.licences.join(", ")));
            }
            if paths.is_empty() {
                paths.push_str("none");
            }
            vec![name, count(landmark.files), paths]
        })
        .collect();
    let columns = vec![text("What"), number("Files"), text("Where")];
    Block::Table(Table {
        caption: "Files that say how a project is kept".to_owned(),
        columns,
        rows,
        left_out: 0,
    })
}

fn directories(scout: &ScoutData) -> Block {
    let rows: Vec<_> = scout
        .directories
        .items
        .iter()
        .take(DIRECTORIES_LISTED)
        .map(|directory| {
            let files = count(directory.files);
            vec![directory.path.clone(), files, count(directory.code), display::bytes(directory.bytes)]
        })
        .collect();
    let left_out = scout.directories.total() - rows.len() as u64;
    let columns = vec![code("Folder"), number("Files"), number("Code"), number("Size")];
    Block::Table(Table { caption: "Folders at the top, by size".to_owned(), columns, rows, left_out })
}

fn longest_files(scout: &ScoutData) -> Option<Block> {
    let rows: Vec<_> = scout
        .longest_files
        .items
        .iter()
        .take(FILES_LISTED)
        .map(|file| vec![file.path.clone(), count(file.code.unwrap_or(0)), display::bytes(file.bytes)])
        .collect();
    let columns = vec![code("File"), number("Code"), number("Size")];
    (!rows.is_empty()).then(|| {
        Block::Table(Table { caption: "Longest source files".to_owned(), columns, rows, left_out: 0 })
    })
}

fn largest_files(scout: &ScoutData) -> Block {
    let rows = scout
        .largest_files
        .items
        .iter()
        .take(FILES_LISTED)
        .map(|file| vec![file.path.clone(), display::bytes(file.bytes)])
        .collect();
    Block::Table(Table {
        caption: "Largest files".to_owned(),
        columns: vec![code("File"), number("Size")],
        rows,
        left_out: 0,
    })
}

fn markers(scout: &ScoutData) -> Vec<Block> {
    let markers = &scout.markers;
    if markers.total == 0 {
        return Vec::new();
    }
    let rows: Vec<_> = markers
        .items
        .items
        .iter()
        .take(MARKERS_LISTED)
        .map(|marker| {
            vec![marker.kind.clone(), format!("{}:{}", marker.path, marker.line), marker.text.clone()]
        })
        .collect();
    let left_out = markers.total.saturating_sub(rows.len() as u64);
    let columns = vec![text("Marker"), code("Where"), text("Text")];
    let caption = "Weightiest first".to_owned();
    vec![Block::Heading("Notes left in the text"), Block::Table(Table { caption, columns, rows, left_out })]
}
