//! Puts the report together: verdict, key figures, findings, one section per agent, and what is missing.

use std::collections::BTreeMap;

use super::assess::{Area, Assessment, LOSSES, SAME_KIND_COUNTS};
use super::document::{Block, Document, KeyFigure, Section, Table, number, text};
use super::sources::Sources;
use super::{audit_section, history_section, scout_section};
use crate::display::{self, counted};
use crate::finding::{Finding, Severity};

const FINDINGS_LISTED: usize = 50;
/// Findings of one kind and severity that have an entry of their own.
const SAME_KIND_LISTED: usize = 3;
const PLACES_LISTED: usize = 6;
/// Longest text of a finding: the report shows each of them twice.
const FINDING_TEXT_LIMIT: usize = 420;
const MISSING_LISTED: usize = 40;

pub(crate) fn compose(sources: &Sources, assessment: Assessment, folder: &str, date: String) -> Document {
    let missing = not_looked_at(sources);
    let not_handed_over = sources.audit.as_ref().map_or(0, |audit| audit.findings.left_out);
    let mut sections = vec![
        Section { title: "Key figures", blocks: vec![Block::KeyFigures(key_figures(sources))] },
        Section { title: "Findings", blocks: findings(assessment.findings, not_handed_over) },
        Section { title: "How the score comes about", blocks: score(&assessment.areas) },
    ];
    sections.extend(sources.scout.as_ref().map(scout_section::section));
    sections.extend(sources.audit.as_ref().map(audit_section::section));
    sections.extend(sources.history.as_ref().map(history_section::section));
    sections.push(Section { title: "What was not looked at", blocks: vec![Block::List(missing)] });
    Document { title: format!("Health report: {folder}"), date, verdict: assessment.verdict, sections }
}

fn key_figures(sources: &Sources) -> Vec<KeyFigure> {
    let mut figures = Vec::new();
    let mut add = |label: &str, value: String| figures.push(KeyFigure { label: label.to_owned(), value });
    if let Some(scout) = &sources.scout {
        add("Files", display::count(scout.totals.files));
        add("Lines of code", display::count(scout.totals.code));
        add("Size", display::bytes(scout.totals.bytes));
        add("Test cases, about", display::count(scout.tests.cases));
    }
    if let Some(audit) = sources.audit.as_ref().filter(|audit| !audit.ecosystems.is_empty()) {
        let direct: u64 = audit.ecosystems.iter().map(|figures| figures.direct).sum();
        add("Direct dependencies", display::count(direct));
        let transitive: Option<u64> = audit.ecosystems.iter().map(|figures| figures.transitive).sum();
        add("Transitive dependencies", transitive.map_or_else(|| "unknown".to_owned(), display::count));
    }
    if let Some(history) = sources.history.as_ref().filter(|history| history.repository) {
        add("Commits", display::count(history.commits));
        add("Contributors", display::count(history.contributors.total()));
        if let Some(bus) = &history.bus_factor {
            add("Bus factor", display::count(bus.by_files));
        }
        if let Some(last) = &history.last_commit {
            add("Last commit", last.date.clone());
        }
        if let Some(release) = history.releases.versions.items.first() {
            add(&format!("Last release, {}", release.date), release.tag.clone());
        }
    }
    figures
}

fn findings(findings: Vec<Finding>, not_handed_over: u64) -> Vec<Block> {
    if findings.is_empty() {
        return vec![Block::Paragraph("Nothing was found that needs attention.".to_owned())];
    }
    let mut findings = grouped(findings);
    let left_out = findings.len().saturating_sub(FINDINGS_LISTED) as u64 + not_handed_over;
    findings.truncate(FINDINGS_LISTED);
    for finding in &mut findings {
        for text in [&mut finding.title, &mut finding.detail, &mut finding.remedy] {
            *text = display::clip(text, FINDING_TEXT_LIMIT);
        }
        finding.file = finding.file.take().map(|file| display::clip_middle(&file, display::NAME_LIMIT));
    }
    let mut blocks = vec![Block::Findings(findings)];
    if left_out > 0 {
        let more = counted(left_out, "more finding is", "more findings are");
        blocks.push(Block::Paragraph(format!("{more} not listed.")));
    }
    blocks
}

/// A hundred findings of one kind hide the others: from the fourth on they share one entry.
fn grouped(findings: Vec<Finding>) -> Vec<Finding> {
    let mut listed: Vec<Finding> = Vec::new();
    let mut further: BTreeMap<(Severity, String), Vec<Finding>> = BTreeMap::new();
    let mut seen: BTreeMap<(Severity, String), usize> = BTreeMap::new();
    for finding in findings {
        let kind = (finding.severity, finding.code.clone());
        let times = seen.entry(kind.clone()).or_default();
        *times += 1;
        if *times <= SAME_KIND_LISTED {
            listed.push(finding);
        } else {
            further.entry(kind).or_default().push(finding);
        }
    }
    for ((severity, code), same) in further {
        let places: Vec<String> = same.iter().filter_map(|finding| finding.file.clone()).collect();
        let shown = places.iter().take(PLACES_LISTED).cloned().collect::<Vec<_>>().join(", ");
        let more = places.len().saturating_sub(PLACES_LISTED) as u64;
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let number = counted(same.len() as u64, "more finding", "more findings");
        let title =
            format!("{number} of this kind: {}", same.first().map_or("", |first| first.title.as_str()));
        let remedy = same.first().map_or("", |first| first.remedy.as_str());
        let entry = Finding::new(severity, &code, title).detail(format!("{shown}{rest}.")).remedy(remedy);
        let after = listed.iter().rposition(|finding| finding.severity == severity && finding.code == code);
        listed.insert(after.map_or(listed.len(), |position| position + 1), entry);
    }
    listed
}

fn score(areas: &[Area]) -> Vec<Block> {
    if areas.is_empty() {
        return vec![Block::Paragraph("No area could be judged, so there is no score.".to_owned())];
    }
    let costs: Vec<String> = LOSSES
        .iter()
        .filter(|(_, points)| *points > 0)
        .map(|(severity, points)| format!("{points} for {} severity", severity.word()))
        .collect();
    let times = if SAME_KIND_COUNTS == 2 { "twice".to_owned() } else { format!("{SAME_KIND_COUNTS} times") };
    let rule = format!(
        "The score is the mean of the areas that were looked at. Each begins with 100 points and loses {}; findings \
         of one kind count at most {times} in an area. It compares a project with itself over time, not with others.",
        display::listed(&costs)
    );
    let rows = areas
        .iter()
        .map(|area| {
            let losses: Vec<String> = area
                .losses
                .iter()
                .map(|loss| format!("{} (−{})", display::clip(&loss.title, 120), loss.points))
                .collect();
            let losses = if losses.is_empty() { "nothing lost".to_owned() } else { losses.join("; ") };
            vec![area.name.clone(), area.points.to_string(), losses]
        })
        .collect();
    let columns = vec![text("Area"), number("Points"), text("Lost through")];
    let table = Table { caption: "Points per area, of 100".to_owned(), columns, rows, left_out: 0 };
    vec![Block::Paragraph(rule), Block::Table(table)]
}

fn not_looked_at(sources: &Sources) -> Vec<String> {
    let mut missing = Vec::new();
    let absent = [
        (sources.scout.is_none(), "Files, languages and tests: no repository scout ran before this report."),
        (sources.audit.is_none(), "Dependencies: no dependency auditor ran before this report."),
        (sources.history.is_none(), "History: no git historian ran before this report."),
    ];
    missing.extend(absent.iter().filter(|(is_absent, _)| *is_absent).map(|(_, reason)| (*reason).to_owned()));
    missing.extend(sources.unread.iter().cloned());
    if let Some(scout) = &sources.scout {
        missing.push("Files that the ignore rules exclude, and what lies behind symbolic links.".to_owned());
        if let Some(first) = scout.partly_read.items.first() {
            let files = counted(scout.partly_read.total(), "file", "files");
            missing.push(format!(
                "The rest of {files} larger than 4 MiB, such as {first}: lines were only counted."
            ));
        }
        for skipped in scout.skipped.items.iter().take(MISSING_LISTED / 4) {
            missing.push(format!("{}: {}.", skipped.path, skipped.reason));
        }
        let more = scout.skipped.total().saturating_sub(MISSING_LISTED as u64 / 4);
        if more > 0 {
            missing.push(format!("{} that could not be read.", counted(more, "more entry", "more entries")));
        }
    }
    if let Some(audit) = &sources.audit {
        missing.extend(audit.not_looked_at.iter().cloned());
        missing.extend(
            audit
                .skipped
                .items
                .iter()
                .take(5)
                .map(|skipped| format!("{}: {}.", skipped.path, skipped.reason)),
        );
    }
    if let Some(history) = &sources.history {
        if !history.repository {
            missing.push("History: the folder is not in a git repository.".to_owned());
        }
        missing.extend(history.not_looked_at.iter().cloned());
    }
    missing.push(
        "Whether the tests pass, how much they cover, and how the program behaves: nothing was run."
            .to_owned(),
    );
    missing.truncate(MISSING_LISTED);
    missing
}
