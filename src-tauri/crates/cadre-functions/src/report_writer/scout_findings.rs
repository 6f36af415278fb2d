//! What the repository scout's figures mean.

use crate::display::{self, count, counted};
use crate::finding::{Finding, Severity};
use crate::repository_scout::ScoutData;

/// A project below this is a script or a beginning; less is expected of it.
const SMALL_CODE: u64 = 500;
const LONG_FILE: u64 = 1_000;
const LARGE_BINARY: u64 = 5 * 1024 * 1024;
/// FIXME, HACK and XXX per 1,000 lines of code above which they are a habit.
const MARKERS_PER_THOUSAND: u64 = 3;

/// A landmark whose absence is a finding: kind, severity in a project of some size, code, title, remedy.
type Expected = (&'static str, Severity, &'static str, &'static str, &'static str);

const EXPECTED: [Expected; 5] = [
    (
        "readme",
        Severity::Medium,
        "readme_missing",
        "There is no readme",
        "Write down what the project is, how to run it and how to test it.",
    ),
    (
        "licence",
        Severity::Medium,
        "licence_missing",
        "There is no licence file",
        "Add one, also for internal work: without it nobody may use the code.",
    ),
    (
        "continuous_integration",
        Severity::Medium,
        "continuous_integration_missing",
        "No continuous integration is set up",
        "Let a server build and test every change.",
    ),
    (
        "ignore_rules",
        Severity::Low,
        "ignore_rules_missing",
        "There are no ignore rules",
        "Add a .gitignore, so that build results stay out of version control.",
    ),
    (
        "changelog",
        Severity::Note,
        "changelog_missing",
        "There is no changelog",
        "Keep one if others use the releases.",
    ),
];

pub(crate) fn upkeep(scout: &ScoutData) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_small = scout.totals.code < SMALL_CODE;
    for (kind, severity, code, title, remedy) in EXPECTED {
        let is_absent = scout.landmarks.iter().any(|landmark| landmark.kind == kind && landmark.files == 0);
        let severity = if is_small { severity.max(Severity::Low) } else { severity };
        if is_absent && (scout.totals.code > 0 || kind == "readme") {
            findings.push(Finding::new(severity, code, title).remedy(remedy));
        }
    }
    findings.extend(markers(scout));
    findings.extend(long_files(scout));
    findings.extend(large_binaries(scout));
    findings.extend(skipped(scout));
    findings
}

fn markers(scout: &ScoutData) -> Option<Finding> {
    let serious: u64 = scout
        .markers
        .counts
        .iter()
        .take(8)
        .filter(|count| count.kind != "TODO")
        .map(|count| count.count)
        .sum();
    let is_habit = serious * 1_000 > scout.totals.code * MARKERS_PER_THOUSAND && serious > 3;
    let first = scout.markers.items.items.first()?;
    let severity = if is_habit { Severity::Low } else { Severity::Note };
    let counts: Vec<String> = scout
        .markers
        .counts
        .iter()
        .filter(|marker| marker.count > 0)
        .map(|marker| format!("{} {}", count(marker.count), marker.kind))
        .collect();
    let title = counted(scout.markers.total, "note was left in the text", "notes were left in the text");
    Some(
        Finding::new(severity, "markers_left", title)
            .at(&first.path, Some(first.line))
            .detail(format!("{}.", display::listed(&counts)))
            .remedy("Resolve the FIXME first, and turn what is planned into issues."),
    )
}

fn long_files(scout: &ScoutData) -> Option<Finding> {
    let long: Vec<_> =
        scout.longest_files.items.iter().filter(|file| file.code.unwrap_or(0) > LONG_FILE).collect();
    let first = long.first()?;
    let number = long.len() as u64;
    let is_all = long.len() == scout.longest_files.items.len() && scout.longest_files.left_out > 0;
    let at_least = if is_all { "At least " } else { "" };
    let title = counted(number, "source file is", "source files are");
    let many = scout.totals.code / LONG_FILE / 10;
    let severity = if number > many.max(2) { Severity::Low } else { Severity::Note };
    Some(
        Finding::new(
            severity,
            "source_file_long",
            format!("{at_least}{title} longer than 1,000 lines of code"),
        )
        .at(&first.path, None)
        .detail(format!("The longest has {}.", count(first.code.unwrap_or(0))))
        .remedy("Split them along what changes together."),
    )
}

fn large_binaries(scout: &ScoutData) -> Option<Finding> {
    let large: Vec<_> = scout.binary_files.items.iter().filter(|file| file.bytes > LARGE_BINARY).collect();
    let first = large.first()?;
    let title = counted(large.len() as u64, "binary file is", "binary files are");
    Some(
        Finding::new(Severity::Low, "binary_file_large", format!("{title} larger than 5 MiB"))
            .at(&first.path, None)
            .detail(format!("The largest has {}.", display::bytes(first.bytes)))
            .remedy("Keep it in large file storage or with the releases, or let the ignore rules name it."),
    )
}

fn skipped(scout: &ScoutData) -> Option<Finding> {
    let first = scout.skipped.items.first()?;
    let title = counted(scout.skipped.total(), "entry", "entries");
    Some(
        Finding::new(Severity::Note, "entries_skipped", format!("{title} could not be read"))
            .at(&first.path, None)
            .detail(format!("The first: {}.", first.reason))
            .remedy("Check their permissions if they belong to the project."),
    )
}

pub(crate) fn tests(scout: &ScoutData) -> Vec<Finding> {
    let (cases, lines) = (scout.tests.cases, scout.totals.code);
    let finding = if cases == 0 && scout.tests.files == 0 {
        let severity = if lines < SMALL_CODE { Severity::Medium } else { Severity::High };
        Finding::new(severity, "tests_missing", "There are no tests")
            .detail(format!(
                "{} without a test case.",
                counted(lines, "line of code stands", "lines of code stand")
            ))
            .remedy(
                "Begin with a test of the path that users take most, then with the hot spots of the history.",
            )
    } else if cases * 1_000 < lines * 5 && lines >= SMALL_CODE {
        let severity = if cases * 1_000 < lines * 2 { Severity::Medium } else { Severity::Low };
        let per_thousand = cases as f64 * 1_000.0 / lines as f64;
        Finding::new(severity, "tests_few", "There are few tests for the amount of code")
            .detail(format!("About {per_thousand:.1} test cases for 1,000 lines of code."))
            .remedy("Add tests where code changes most; the hot spots of the history are a good list.")
    } else {
        return Vec::new();
    };
    vec![finding]
}
