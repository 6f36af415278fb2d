//! The report writer: turns the data of the other three agents into one report, as Markdown and as a page of
//! HTML that needs nothing else. It looks at no file itself and says what it was not given.

use std::path::Path;

use cadre_core::function_contract::{FunctionInput, FunctionResult, ProposedFile};
use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::display::{self, counted};
use crate::failure::Failure;
use crate::finding::Severity;
use crate::{Log, contract, folder};

mod assess;
mod audit_section;
mod chart;
mod compose;
mod document;
mod file_names;
mod history_findings;
mod history_section;
mod html;
mod markdown;
mod scout_findings;
mod scout_section;
mod sources;

pub use assess::{Area, Loss};
use sources::Sources;

pub const KIND: &str = "report-writer/1";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportData {
    /// [`KIND`].
    pub kind: String,
    pub folder: String,
    /// `Healthy`, `Mostly healthy`, `Needs attention`, `At risk` or `Nothing to judge`.
    pub verdict: String,
    /// Of 100; nothing when there was nothing to judge.
    pub score: Option<u64>,
    pub areas: Vec<Area>,
    /// Findings by severity: high, medium, low, note.
    pub findings: Vec<FindingCount>,
    /// Proposed files, relative to the project's folder.
    pub files: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingCount {
    pub severity: Severity,
    pub count: u64,
}

pub(crate) fn run(input: &FunctionInput, folder: &Path, log: Log<'_>) -> Result<FunctionResult, Failure> {
    let sources = Sources::read(&input.inputs);
    if sources.is_empty() {
        let found = match sources.unread.as_slice() {
            [] => "there are no inputs".to_owned(),
            unread => display::clip(&unread.join(" "), 400),
        };
        return Err(Failure::NothingToReport { found });
    }
    // Progress is a courtesy: a closed standard error does not stop the work.
    let _ = writeln!(log, "writing the report");
    let folder = sources.folder().map_or_else(|| folder::name(folder), str::to_owned);
    let assessment = assess::assess(&sources);
    let base = file_names::base_name(&input.task.instructions);
    let data = ReportData {
        kind: KIND.to_owned(),
        folder: folder.clone(),
        verdict: assessment.verdict.word.to_owned(),
        score: assessment.verdict.score,
        areas: assessment.areas.clone(),
        findings: counts(&assessment.findings),
        files: vec![format!("{base}.md"), format!("{base}.html")],
    };
    let date = Date::from_unix(input.now.div_euclid(1_000_000)).to_string();
    let summary = summary(&data, &assessment.verdict.sentence);
    let document = compose::compose(&sources, assessment, &display::clip(&folder, 120), date);
    let mut result = contract::result(summary, &data)?;
    result.files = vec![
        file(&data.files[0], "text/markdown", markdown::render(&document)),
        file(&data.files[1], "text/html", html::render(&document)),
    ];
    Ok(result)
}

fn counts(findings: &[crate::finding::Finding]) -> Vec<FindingCount> {
    [Severity::High, Severity::Medium, Severity::Low, Severity::Note]
        .map(|severity| FindingCount {
            severity,
            count: findings.iter().filter(|finding| finding.severity == severity).count() as u64,
        })
        .to_vec()
}

fn file(path: &str, media_type: &str, content: String) -> ProposedFile {
    ProposedFile { path: path.to_owned(), media_type: media_type.to_owned(), content }
}

fn summary(data: &ReportData, sentence: &str) -> String {
    let score = data.score.map_or_else(String::new, |score| format!(", {score} of 100"));
    let findings: u64 = data.findings.iter().map(|count| count.count).sum();
    format!(
        "{}{score}: {sentence} The report has {} and is proposed as {}.",
        data.verdict,
        counted(findings, "finding", "findings"),
        display::listed(&data.files),
    )
}
