//! What the dependency auditor found.

use super::document::{Block, Chart, Point, Section, Shape, Table, code, number, text};
use crate::dependency_auditor::AuditData;
use crate::display::{count, counted};

const FILES_LISTED: usize = 20;
const LICENCES_DRAWN: usize = 8;
const LICENCES_LISTED: usize = 30;
const DUPLICATES_LISTED: usize = 20;
const SOURCES_LISTED: usize = 20;

pub(crate) fn section(audit: &AuditData) -> Section {
    let mut blocks = Vec::new();
    if audit.ecosystems.is_empty() {
        let none = "The folder has no manifest or lock file of Cargo, npm or PyPI.";
        blocks.push(Block::Paragraph(none.to_owned()));
    } else {
        blocks.push(ecosystems(audit));
        blocks.push(manifests(audit));
        blocks.extend(licences(audit));
        blocks.extend(duplicates(audit));
        blocks.extend(foreign_sources(audit));
    }
    Section { title: "Dependencies", blocks }
}

fn ecosystems(audit: &AuditData) -> Block {
    let unknown = || "no lock file".to_owned();
    let rows = audit
        .ecosystems
        .iter()
        .map(|figures| {
            vec![
                figures.ecosystem.name().to_owned(),
                count(figures.manifests),
                count(figures.lock_files),
                count(figures.direct),
                figures.transitive.map_or_else(unknown, count),
                figures.locked.map_or_else(unknown, count),
            ]
        })
        .collect();
    let columns = vec![
        text("Ecosystem"),
        number("Manifests"),
        number("Lock files"),
        number("Direct"),
        number("Transitive"),
        number("Locked"),
    ];
    Block::Table(Table { caption: "Packages by ecosystem".to_owned(), columns, rows, left_out: 0 })
}

fn manifests(audit: &AuditData) -> Block {
    let rows: Vec<_> = audit
        .manifests
        .items
        .iter()
        .take(FILES_LISTED)
        .map(|manifest| {
            let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
            vec![
                manifest.path.clone(),
                count(manifest.requirements),
                or_none(&manifest.lock_file),
                or_none(&manifest.licence),
            ]
        })
        .collect();
    let left_out = audit.manifests.total() - rows.len() as u64;
    let columns = vec![code("Manifest"), number("Requirements"), text("Lock file"), text("Licence")];
    Block::Table(Table { caption: "Manifests and what fixes them".to_owned(), columns, rows, left_out })
}

fn licences(audit: &AuditData) -> Vec<Block> {
    let told: u64 = audit.licences.items.iter().map(|figures| figures.packages).sum();
    let heading = Block::Heading("Licences of packages");
    if told == 0 {
        let note =
            "The lock files do not tell the licences of packages, and the packages are not in the folder.";
        return vec![heading, Block::Paragraph(note.to_owned())];
    }
    let points = audit
        .licences
        .items
        .iter()
        .take(LICENCES_DRAWN)
        .map(|figures| Point {
            label: figures.licence.clone(),
            value: figures.packages,
            second: 0,
            shown: count(figures.packages),
        })
        .collect();
    let rows: Vec<_> = audit
        .licences
        .items
        .iter()
        .take(LICENCES_LISTED)
        .map(|figures| vec![figures.licence.clone(), count(figures.packages)])
        .collect();
    let left_out = audit.licences.total() - rows.len() as u64;
    let columns = vec![text("Licence"), number("Packages")];
    let table = Table { caption: "Packages by licence".to_owned(), columns, rows, left_out };
    let untold = audit.licences_not_told;
    let description = format!(
        "{} in {}; the licences of {} are not told by the files.",
        counted(told, "package", "packages"),
        counted(audit.licences.total(), "licence", "licences"),
        count(untold),
    );
    let chart = Chart {
        shape: Shape::Bars,
        title: "Packages by licence".to_owned(),
        description: description.clone(),
        series: ("packages", None),
        points,
        table,
    };
    let mut blocks = vec![heading];
    if untold > 0 {
        let packages = counted(untold, "package", "packages");
        blocks.push(Block::Paragraph(format!("The licences of {packages} are not told by the files.")));
    }
    blocks.push(Block::Chart(chart));
    blocks
}

fn duplicates(audit: &AuditData) -> Vec<Block> {
    if audit.duplicates.items.is_empty() {
        return Vec::new();
    }
    let rows: Vec<_> = audit
        .duplicates
        .items
        .iter()
        .take(DUPLICATES_LISTED)
        .map(|duplicate| {
            vec![duplicate.name.clone(), duplicate.versions.join(", "), duplicate.lock_file.clone()]
        })
        .collect();
    let left_out = audit.duplicates.total() - rows.len() as u64;
    let columns = vec![code("Package"), text("Versions"), code("Lock file")];
    let caption =
        format!("{}, most versions first", counted(audit.duplicates.total(), "package", "packages"));
    vec![
        Block::Heading("Packages in several versions"),
        Block::Table(Table { caption, columns, rows, left_out }),
    ]
}

fn foreign_sources(audit: &AuditData) -> Vec<Block> {
    let foreign: Vec<_> =
        audit.foreign_sources.items.iter().filter(|source| source.source != "path").collect();
    if foreign.is_empty() {
        return Vec::new();
    }
    let rows: Vec<_> = foreign
        .iter()
        .take(SOURCES_LISTED)
        .map(|source| vec![source.name.clone(), source.source.clone(), source.file.clone()])
        .collect();
    let left_out = (foreign.len() - rows.len()) as u64;
    let columns = vec![code("Package"), text("Source"), code("Named in")];
    let caption = "From git or an address".to_owned();
    vec![
        Block::Heading("Packages from outside a registry"),
        Block::Table(Table { caption, columns, rows, left_out }),
    ]
}
