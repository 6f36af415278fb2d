//! What the git historian found.

use super::document::{Block, Chart, Point, Section, Shape, Table, code, number, text};
use crate::display::{self, count, counted};
use crate::git_historian::{HistoryData, MonthFigures};

/// More columns than this are too thin to read.
const MONTHS_DRAWN: usize = 60;
const MONTHS_LISTED: usize = 60;
const CONTRIBUTORS_DRAWN: usize = 10;
const CONTRIBUTORS_LISTED: usize = 20;
const HOT_SPOTS_LISTED: usize = 15;
const RELEASES_LISTED: usize = 10;
const BRANCHES_LISTED: usize = 10;

pub(crate) fn section(history: &HistoryData) -> Section {
    let mut blocks = vec![Block::Paragraph(lead(history))];
    if history.commits > 0 {
        blocks.extend(months(&history.months));
        blocks.extend(contributors(history));
        blocks.extend(bus_factor(history));
        blocks.extend(hot_spots(history));
        blocks.extend(releases(history));
        blocks.extend(branches(history));
    }
    Section { title: "History", blocks }
}

fn lead(history: &HistoryData) -> String {
    if !history.repository {
        return "The folder is not in a git repository, so there is no history.".to_owned();
    }
    if history.commits == 0 {
        return "The git repository is empty: it has no commit yet.".to_owned();
    }
    let mut lead = counted(history.commits, "commit", "commits");
    if let (Some(first), Some(last)) = (&history.first_commit, &history.last_commit) {
        lead.push_str(&format!(" from {} to {}", first.date, last.date));
    }
    if history.merges > 0 {
        lead.push_str(&format!(", {} of them merges", count(history.merges)));
    }
    lead.push('.');
    if let Some(branch) = &history.branch {
        lead.push_str(&format!(" Looked at from branch {branch}."));
    }
    if let Some(part) = &history.part_of_repository {
        lead.push_str(&format!(
            " The folder is {part} of a larger repository; only commits that touch it count."
        ));
    }
    if history.shallow {
        lead.push_str(" The clone is shallow: all figures are lower bounds.");
    }
    lead
}

fn months(months: &[MonthFigures]) -> Option<Block> {
    let last = months.last()?;
    let drawn = &months[months.len().saturating_sub(MONTHS_DRAWN)..];
    let total: u64 = drawn.iter().map(|month| month.commits).sum();
    let busiest = drawn.iter().max_by_key(|month| (month.commits, &month.month))?;
    let point = |month: &MonthFigures| Point {
        label: month.month.clone(),
        value: month.commits,
        second: 0,
        shown: count(month.commits),
    };
    let rows: Vec<_> = months
        .iter()
        .rev()
        .take(MONTHS_LISTED)
        .map(|month| vec![month.month.clone(), count(month.commits)])
        .collect();
    let left_out = (months.len() - rows.len()) as u64;
    let columns = vec![text("Month"), number("Commits")];
    let table = Table { caption: "Commits per month, newest first".to_owned(), columns, rows, left_out };
    Some(Block::Chart(Chart {
        shape: Shape::Columns,
        title: "Commits per month".to_owned(),
        description: format!(
            "{} in {} up to {}; the busiest was {} with {}.",
            counted(total, "commit", "commits"),
            counted(drawn.len() as u64, "month", "months"),
            last.month,
            busiest.month,
            count(busiest.commits),
        ),
        series: ("commits", None),
        points: drawn.iter().map(point).collect(),
        table,
    }))
}

fn contributors(history: &HistoryData) -> Option<Block> {
    let people = &history.contributors;
    let first = people.items.first()?;
    let total = history.commits - history.merges.min(history.commits);
    let points = people
        .items
        .iter()
        .take(CONTRIBUTORS_DRAWN)
        .map(|person| Point {
            label: person.name.clone(),
            value: person.commits,
            second: 0,
            shown: format!("{}, {}", count(person.commits), display::percent(person.commits, total)),
        })
        .collect();
    let rows: Vec<_> = people
        .items
        .iter()
        .take(CONTRIBUTORS_LISTED)
        .map(|person| {
            let name = if person.bot { format!("{} (automation)", person.name) } else { person.name.clone() };
            vec![
                name,
                count(person.commits),
                count(person.recent_commits),
                person.first.clone(),
                person.last.clone(),
            ]
        })
        .collect();
    let left_out = people.total() - rows.len() as u64;
    let columns =
        vec![text("Contributor"), number("Commits"), number("Last year"), number("First"), number("Last")];
    let table =
        Table { caption: "Contributors by commits without merges".to_owned(), columns, rows, left_out };
    Some(Block::Chart(Chart {
        shape: Shape::Bars,
        title: "Contributors by commits".to_owned(),
        description: format!(
            "{}; {} made {} of the {} without merges.",
            counted(people.total(), "contributor", "contributors"),
            first.name,
            display::percent(first.commits, total),
            counted(total, "commit", "commits"),
        ),
        series: ("commits", None),
        points,
        table,
    }))
}

fn bus_factor(history: &HistoryData) -> Vec<Block> {
    let (Some(bus), Some(window)) = (&history.bus_factor, &history.window) else { return Vec::new() };
    let text = format!(
        "{} made at least half of all file changes between {} and {}: {}. By commits it takes {}. Merges and \
         automations are not counted. People who only review, write issues or run the service do not show here.",
        counted(bus.by_files, "person", "people"),
        window.from,
        window.to,
        display::listed(&bus.people),
        count(bus.by_commits),
    );
    vec![Block::Heading("Bus factor"), Block::Paragraph(text)]
}

fn hot_spots(history: &HistoryData) -> Vec<Block> {
    let Some(window) = history.window.as_ref().filter(|_| !history.hot_spots.items.is_empty()) else {
        return Vec::new();
    };
    let rows: Vec<_> = history
        .hot_spots
        .items
        .iter()
        .take(HOT_SPOTS_LISTED)
        .map(|spot| {
            let share = display::percent(spot.commits, window.commits);
            vec![spot.path.clone(), count(spot.commits), share, count(spot.lines), count(spot.authors)]
        })
        .collect();
    let left_out = history.hot_spots.total() - rows.len() as u64;
    let columns =
        vec![code("File"), number("Commits"), number("Share"), number("Lines changed"), number("People")];
    let caption = format!("Most often changed between {} and {}, and still there", window.from, window.to);
    vec![Block::Heading("Hot spots"), Block::Table(Table { caption, columns, rows, left_out })]
}

fn releases(history: &HistoryData) -> Vec<Block> {
    let releases = &history.releases;
    let mut blocks = vec![Block::Heading("Releases")];
    if releases.versions.items.is_empty() {
        let tags = counted(releases.tags, "tag", "tags");
        blocks.push(Block::Paragraph(format!("None: {tags}, none of which names a version.")));
        return blocks;
    }
    let mut lead = format!("{} by tag.", counted(releases.versions.total(), "version", "versions"));
    if let Some(days) = releases.median_days_between {
        lead.push_str(&format!(
            " Half of the last ones came within {} of the one before.",
            display::days(days)
        ));
    }
    if let Some(commits) = releases.commits_since_last {
        lead.push_str(&format!(" {} since the newest.", counted(commits, "commit", "commits")));
    }
    blocks.push(Block::Paragraph(lead));
    let rows: Vec<_> = releases
        .versions
        .items
        .iter()
        .take(RELEASES_LISTED)
        .map(|release| {
            let kind = if release.prerelease { "prerelease" } else { "release" };
            vec![release.tag.clone(), kind.to_owned(), release.date.clone()]
        })
        .collect();
    let left_out = releases.versions.total() - rows.len() as u64;
    let columns = vec![code("Tag"), text("Kind"), number("Date")];
    blocks.push(Block::Table(Table { caption: "Newest first".to_owned(), columns, rows, left_out }));
    blocks
}

fn branches(history: &HistoryData) -> Vec<Block> {
    let branches = &history.branches;
    let lead = format!(
        "{} and {}; {} local without a commit in 90 days.",
        counted(branches.local, "local branch", "local branches"),
        counted(branches.remote, "remote one", "remote ones"),
        count(branches.stale),
    );
    let mut blocks = vec![Block::Heading("Branches"), Block::Paragraph(lead)];
    if branches.items.items.len() > 1 {
        let row = |branch: &crate::git_historian::Branch| {
            let merged = if branch.merged { "yes" } else { "no" };
            vec![branch.name.clone(), merged.to_owned(), branch.last_commit.date.clone()]
        };
        let rows: Vec<_> = branches.items.items.iter().take(BRANCHES_LISTED).map(row).collect();
        let left_out = branches.items.total() - rows.len() as u64;
        let columns = vec![code("Branch"), text("Merged"), number("Last commit")];
        blocks.push(Block::Table(Table {
            caption: "Local branches, newest first".to_owned(),
            columns,
            rows,
            left_out,
        }));
    }
    blocks
}
