//! What was touched within the window: hot spots and the bus factor. Only the window is compared tree by tree,
//! for that is what costs time in a large history.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::commits::Commits;
use super::data::{BusFactor, HistoryData, HotSpot, Window};
use super::git::Git;
use crate::calendar::{DAY, Date, YEAR};
use crate::capped::Top;
use crate::display;
use crate::failure::Failure;

/// A window with more commits is read from its newest.
const COMMITS_READ: u64 = 30_000;
const HOT_SPOTS_LISTED: usize = 30;
/// Begins a commit's header; the entries of files begin with a digit or `-`.
const HEADER: u8 = 0x1e;

/// Files that programs rewrite: that they change often says nothing.
const REWRITTEN: [&str; 12] = [
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
    "go.sum",
    "composer.lock",
];

#[derive(Default)]
struct Touched {
    commits: u64,
    lines: u64,
    authors: HashSet<usize>,
}

#[derive(Default)]
pub(crate) struct Activity {
    commits: u64,
    /// Addresses by index, so that a file keeps small numbers.
    authors: HashMap<Vec<u8>, usize>,
    commits_by: Vec<u64>,
    touches_by: Vec<u64>,
    files: HashMap<Vec<u8>, Touched>,
    current_author: Option<usize>,
}

/// The year before `now` or, if nothing happened in it, the year before the last commit.
pub(crate) fn window_end(last: i64, now: i64) -> (i64, bool) {
    if now - last < YEAR { (now, true) } else { (last, false) }
}

impl Activity {
    pub(crate) fn read(git: &Git, end: i64, pathspec: &[&str], with_lines: bool) -> Result<Self, Failure> {
        let mut activity = Self::default();
        let since = format!("--since={}", end - YEAR);
        let until = format!("--until={}", end + DAY);
        let limit = format!("--max-count={COMMITS_READ}");
        // In a partial clone the contents are elsewhere; names need only the trees.
        let changes = if with_lines { "--numstat" } else { "--name-only" };
        let mut arguments = vec![
            "log",
            "-z",
            "--no-color",
            "--no-merges",
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--ignore-submodules",
            changes,
            "--relative",
            "--format=%x1e%aE",
            &since,
            &until,
            &limit,
            "--end-of-options",
            "HEAD",
            "--",
        ];
        arguments.extend(pathspec);
        git.each_record(&arguments, 0, |record| activity.add(record, with_lines))?;
        Ok(activity)
    }

    fn add(&mut self, record: &[u8], with_lines: bool) {
        let record = record.strip_prefix(b"\n").unwrap_or(record);
        if let Some(address) = record.strip_prefix(&[HEADER]) {
            self.commits += 1;
            let next = self.authors.len();
            let author = *self.authors.entry(address.to_ascii_lowercase()).or_insert(next);
            if author == next {
                self.commits_by.push(0);
                self.touches_by.push(0);
            }
            self.commits_by[author] += 1;
            self.current_author = Some(author);
            return;
        }
        let Some(author) = self.current_author else { return };
        let Some((lines, path)) = file_entry(record, with_lines) else { return };
        self.touches_by[author] += 1;
        let touched = self.files.entry(path.to_vec()).or_default();
        touched.commits += 1;
        touched.lines += lines;
        touched.authors.insert(author);
    }

    pub(crate) fn fill(
        self,
        data: &mut HistoryData,
        commits: &mut Commits,
        existing: &HashSet<Vec<u8>>,
        (end, ends_now): (i64, bool),
    ) {
        for (address, author) in &self.authors {
            if let Some(person) = commits.people.get_mut(address) {
                person.recent_commits = self.commits_by[*author];
            }
        }
        data.window = Some(Window {
            from: Date::from_unix(end - YEAR).to_string(),
            to: Date::from_unix(end).to_string(),
            ends_now,
            commits: self.commits,
            files_touched: self.files.len() as u64,
            cut_short: self.commits >= COMMITS_READ,
        });
        data.bus_factor = self.bus_factor(commits);
        let mut hottest = Top::new(HOT_SPOTS_LISTED);
        for (path, touched) in self.files.iter().filter(|(path, _)| existing.contains(*path)) {
            if is_rewritten(path) {
                continue;
            }
            let path = String::from_utf8_lossy(path);
            let shown = display::clip_middle(&display::shown_text(&path), display::NAME_LIMIT);
            let key = (touched.commits, touched.lines, Reverse(path.clone().into_owned()));
            hottest.offer(key, || HotSpot {
                path: shown,
                commits: touched.commits,
                lines: touched.lines,
                authors: touched.authors.len() as u64,
            });
        }
        data.hot_spots = hottest.into_capped();
    }

    fn bus_factor(&self, commits: &Commits) -> Option<BusFactor> {
        let mut touches: BTreeMap<(Reverse<u64>, &str, &[u8]), ()> = BTreeMap::new();
        let mut commit_counts = Vec::new();
        for (address, author) in &self.authors {
            let person = commits.people.get(address);
            if person.is_some_and(|person| person.bot) {
                continue;
            }
            let name = person.map_or("(no name)", |person| person.name.as_str());
            touches.insert((Reverse(self.touches_by[*author]), name, address), ());
            commit_counts.push(self.commits_by[*author]);
        }
        commit_counts.sort_by_key(|commits| Reverse(*commits));
        let touch_counts: Vec<u64> = touches.keys().map(|(Reverse(count), _, _)| *count).collect();
        let total: u64 = touch_counts.iter().sum();
        if total == 0 {
            return None;
        }
        let by_files = covering_half(&touch_counts);
        Some(BusFactor {
            by_files,
            by_commits: covering_half(&commit_counts),
            people: touches
                .keys()
                .take(by_files.min(10) as usize)
                .map(|(_, name, _)| (*name).to_owned())
                .collect(),
            largest_share: touch_counts.first().map_or(0, |largest| largest * 100 / total),
        })
    }
}

/// How many of the numbers, greatest first, make at least half of their sum.
fn covering_half(sorted: &[u64]) -> u64 {
    let total: u64 = sorted.iter().sum();
    let mut sum = 0;
    let needed = sorted.iter().take_while(|number| {
        let short = sum * 2 < total;
        sum += **number;
        short
    });
    needed.count() as u64
}

/// `12\t3\tpath`, or `-\t-\tpath` for a binary file.
fn file_entry(record: &[u8], with_lines: bool) -> Option<(u64, &[u8])> {
    if !with_lines {
        return (!record.is_empty()).then_some((0, record));
    }
    let mut fields = record.splitn(3, |byte| *byte == b'\t');
    let mut number = || Some(std::str::from_utf8(fields.next()?).ok()?.parse::<u64>().unwrap_or(0));
    let lines = number()? + number()?;
    Some((lines, fields.next().filter(|path| !path.is_empty())?))
}

fn is_rewritten(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or(path);
    REWRITTEN.iter().any(|rewritten| rewritten.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_is_covered_by_the_fewest() {
        for (sorted, expected) in [
            (vec![], 0),
            (vec![5], 1),
            (vec![5, 5], 1),
            (vec![4, 3, 3], 2),
            (vec![1; 10], 5),
            (vec![90, 5, 5], 1),
        ] {
            assert_eq!(covering_half(&sorted), expected, "{sorted:?}");
        }
    }
}
