//! The verdict. Each area that was looked at begins with 100 points and loses some for each finding; the score
//! is the mean of the areas. No finding, no loss: the whole score is explained by the list of findings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::document::Verdict;
use super::sources::Sources;
use super::{history_findings, scout_findings};
use crate::display::{self, counted};
use crate::finding::{Finding, Severity};

/// Points that a finding costs its area.
pub(crate) const LOSSES: [(Severity, u64); 4] =
    [(Severity::High, 30), (Severity::Medium, 12), (Severity::Low, 4), (Severity::Note, 0)];
/// Findings of one kind in one area cost at most this often: ten examples without a lock file are one habit.
pub(crate) const SAME_KIND_COUNTS: u64 = 2;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Area {
    /// `Upkeep`, `Tests`, `Dependencies` or `History`.
    pub name: String,
    /// Of 100.
    pub points: u64,
    /// What cost points, with how many.
    pub losses: Vec<Loss>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Loss {
    pub points: u64,
    pub title: String,
}

pub(crate) struct Assessment {
    pub(crate) verdict: Verdict,
    pub(crate) areas: Vec<Area>,
    /// Worst first.
    pub(crate) findings: Vec<Finding>,
}

pub(crate) fn assess(sources: &Sources) -> Assessment {
    let mut judged: Vec<(&str, Vec<Finding>)> = Vec::new();
    if let Some(scout) = sources.scout.as_ref().filter(|scout| scout.totals.files > 0) {
        judged.push(("Upkeep", scout_findings::upkeep(scout)));
        if scout.totals.code > 0 {
            judged.push(("Tests", scout_findings::tests(scout)));
        }
    }
    if let Some(audit) = sources.audit.as_ref().filter(|audit| !audit.ecosystems.is_empty()) {
        judged.push(("Dependencies", audit.findings.items.clone()));
    }
    if let Some(history) = sources.history.as_ref().filter(|history| history.commits > 0) {
        judged.push(("History", history_findings::history(history)));
    }
    let areas: Vec<Area> = judged.iter().map(|(name, findings)| area(name, findings)).collect();
    let mut findings: Vec<Finding> = judged.into_iter().flat_map(|(_, findings)| findings).collect();
    findings.sort();
    let verdict = verdict(&areas, &findings);
    Assessment { verdict, areas, findings }
}

fn area(name: &str, findings: &[Finding]) -> Area {
    let mut same_kind: BTreeMap<&str, u64> = BTreeMap::new();
    let mut losses = Vec::new();
    let mut sorted: Vec<&Finding> = findings.iter().collect();
    sorted.sort();
    for finding in sorted {
        let points = LOSSES
            .iter()
            .find(|(severity, _)| *severity == finding.severity)
            .map_or(0, |(_, points)| *points);
        let times = same_kind.entry(&finding.code).or_default();
        *times += 1;
        if points > 0 && *times <= SAME_KIND_COUNTS {
            losses.push(Loss { points, title: finding.title.clone() });
        }
    }
    let lost: u64 = losses.iter().map(|loss| loss.points).sum();
    Area { name: name.to_owned(), points: 100_u64.saturating_sub(lost), losses }
}

fn verdict(areas: &[Area], findings: &[Finding]) -> Verdict {
    if areas.is_empty() {
        let sentence = "There are no files, no dependencies and no history to judge.".to_owned();
        return Verdict { word: "Nothing to judge", score: None, sentence };
    }
    let score = areas.iter().map(|area| area.points).sum::<u64>() / areas.len() as u64;
    let word = match score {
        90.. => "Healthy",
        75..=89 => "Mostly healthy",
        55..=74 => "Needs attention",
        _ => "At risk",
    };
    let number = |severity| findings.iter().filter(|finding| finding.severity == severity).count() as u64;
    let (high, medium) = (number(Severity::High), number(Severity::Medium));
    let first = findings.iter().find(|finding| finding.severity <= Severity::Medium);
    let sentence = match first {
        None => "Nothing of high or medium severity was found.".to_owned(),
        Some(first) => {
            let number = match (high, medium) {
                (0, medium) => {
                    format!("{} of medium severity, none of high", counted(medium, "finding", "findings"))
                }
                (high, 0) => {
                    format!("{} of high severity, none of medium", counted(high, "finding", "findings"))
                }
                (high, medium) => {
                    let high = counted(high, "finding", "findings");
                    format!("{high} of high and {} of medium severity", display::count(medium))
                }
            };
            format!("{number}. First: {}.", lowered(&first.title))
        }
    };
    Verdict { word, score: Some(score), sentence }
}

/// Titles are sentences; inside another one they begin small, unless they begin with a name or an abbreviation.
fn lowered(title: &str) -> String {
    let mut letters = title.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && (second.is_lowercase() || second == ' ') => {
            first.to_lowercase().chain(title.chars().skip(1)).collect()
        }
        _ => title.to_owned(),
    }
}
