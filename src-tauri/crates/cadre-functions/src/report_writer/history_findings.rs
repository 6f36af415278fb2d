//! What the git historian's figures mean.

use crate::display::{self, count, counted};
use crate::finding::{Finding, Severity};
use crate::git_historian::HistoryData;

const QUIET_DAYS: i64 = 180;
const DORMANT_DAYS: i64 = 365;
const UNRELEASED_COMMITS: u64 = 100;
const UNRELEASED_DAYS: i64 = 180;
const STALE_BRANCHES: u64 = 10;
/// A file touched by more than this share of commits is a bottleneck, in percent.
const BOTTLENECK_SHARE: u64 = 30;
/// Shares of fewer commits than this say nothing.
const COMMITS_FOR_SHARES: u64 = 20;

pub(crate) fn history(history: &HistoryData) -> Vec<Finding> {
    let checks = [inactivity, bus_factor, releases, bottleneck, stale_branches, addresses, shallow];
    checks.iter().filter_map(|check| check(history)).collect()
}

fn inactivity(history: &HistoryData) -> Option<Finding> {
    let last = history.last_commit.as_ref().filter(|last| last.days_ago > QUIET_DAYS)?;
    let is_dormant = last.days_ago > DORMANT_DAYS;
    let severity = if is_dormant { Severity::Medium } else { Severity::Low };
    Some(
        Finding::new(
            severity,
            "history_quiet",
            format!("Nothing was committed for {}", display::days(last.days_ago)),
        )
        .detail(format!("The last commit is of {}.", last.date))
        .remedy("Say in the readme whether the project is finished, resting or given up."),
    )
}

fn bus_factor(history: &HistoryData) -> Option<Finding> {
    let bus = history.bus_factor.as_ref().filter(|bus| bus.by_files == 1)?;
    let commits = history.window.as_ref().map_or(0, |window| window.commits);
    let severity = if commits < COMMITS_FOR_SHARES { Severity::Note } else { Severity::Medium };
    let person = bus.people.first().map_or("One person", String::as_str);
    let period = history
        .window
        .as_ref()
        .map_or_else(String::new, |window| format!(" between {} and {}", window.from, window.to));
    Some(
        Finding::new(severity, "bus_factor_one", "The work rests on one person")
            .detail(format!("{person} made {} % of all file changes{period}.", bus.largest_share))
            .remedy("Let a second person review and change the parts that only one knows, and write those parts down."),
    )
}

fn releases(history: &HistoryData) -> Option<Finding> {
    let Some(last) = history.releases.versions.items.first() else {
        return (history.commits > UNRELEASED_COMMITS && history.part_of_repository.is_none()).then(|| {
            Finding::new(Severity::Note, "releases_missing", "No tag names a version")
                .remedy("Tag what you hand to others, so that a fault can be traced to a version.")
        });
    };
    let waiting = history.releases.commits_since_last.filter(|commits| *commits > UNRELEASED_COMMITS)?;
    (last.days_ago > UNRELEASED_DAYS).then(|| {
        Finding::new(
            Severity::Low,
            "release_overdue",
            format!("{} commits wait for a release", count(waiting)),
        )
        .detail(format!("The last one, {}, is of {}.", last.tag, last.date))
        .remedy("Release what is done, or say why it waits.")
    })
}

fn bottleneck(history: &HistoryData) -> Option<Finding> {
    let commits = history.window.as_ref()?.commits;
    let is_hot = |touched: u64| touched * 100 > commits * BOTTLENECK_SHARE && commits >= COMMITS_FOR_SHARES;
    let hottest = history.hot_spots.items.first().filter(|spot| is_hot(spot.commits))?;
    Some(
        Finding::new(
            Severity::Note,
            "file_touched_often",
            "One file is touched by a large part of all commits",
        )
        .at(&hottest.path, None)
        .detail(format!("{} of {} commits.", count(hottest.commits), count(commits)))
        .remedy("If it is code, look for what changes for different reasons and move it apart."),
    )
}

fn stale_branches(history: &HistoryData) -> Option<Finding> {
    let stale = history.branches.stale;
    (stale > STALE_BRANCHES).then(|| {
        Finding::new(
            Severity::Low,
            "branches_stale",
            format!("{} local branches have rested for 90 days", count(stale)),
        )
        .remedy("Delete those that are merged and decide about the others.")
    })
}

fn addresses(history: &HistoryData) -> Option<Finding> {
    let names = history.names_with_several_addresses;
    (names > 0).then(|| {
        let title = counted(names, "name commits", "names commit");
        Finding::new(Severity::Note, "mailmap_incomplete", format!("{title} under several addresses"))
            .detail("Each address counts as one contributor.")
            .remedy("Add a .mailmap that joins them.")
    })
}

fn shallow(history: &HistoryData) -> Option<Finding> {
    history.shallow.then(|| {
        Finding::new(Severity::Note, "history_shallow", "Only the newest part of the history is here")
            .remedy("Run git fetch --unshallow and repeat the report for the whole history.")
    })
}
