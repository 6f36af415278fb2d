//! Who committed when, over the whole history: a pass over headers only, which stays quick for large histories.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::data::{Contributor, HistoryData, Moment, MonthFigures};
use super::git::Git;
use crate::Log;
use crate::calendar::{DAY, Date, month_name};
use crate::capped::Capped;
use crate::display::{self, NAME_LIMIT, count};
use crate::failure::Failure;

const MONTHS_LISTED: i64 = 120;
const CONTRIBUTORS_LISTED: usize = 40;
const PROGRESS_EVERY: u64 = 20_000;
/// Longest name of a person.
const PERSON_LIMIT: usize = 80;

/// One person by address, as the `.mailmap` gives it.
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) bot: bool,
    pub(crate) commits: u64,
    pub(crate) recent_commits: u64,
    first: i64,
    last: i64,
}

#[derive(Default)]
pub(crate) struct Commits {
    pub(crate) people: HashMap<Vec<u8>, Person>,
    commits: u64,
    merges: u64,
    in_the_future: u64,
    months: BTreeMap<i64, u64>,
    first: Option<i64>,
    pub(crate) last: Option<i64>,
}

impl Commits {
    /// `pathspec` limits the history to a part of the repository.
    pub(crate) fn read(git: &Git, now: i64, pathspec: &[&str], log: Log<'_>) -> Result<Self, Failure> {
        let mut commits = Self::default();
        // Author and committer dates, parents, then what may hold anything but NUL and a line break.
        let mut arguments =
            vec!["log", "-z", "--no-color", "--format=%at %P%n%aE%n%aN", "--end-of-options", "HEAD", "--"];
        arguments.extend(pathspec);
        git.each_record(&arguments, 0, |record| {
            commits.add(record, now);
            if commits.commits.is_multiple_of(PROGRESS_EVERY) {
                // Progress is a courtesy: a closed standard error does not stop the work.
                let _ = writeln!(log, "{} commits read", count(commits.commits));
            }
        })?;
        Ok(commits)
    }

    fn add(&mut self, record: &[u8], now: i64) {
        let mut lines = record.splitn(3, |byte| *byte == b'\n');
        let (Some(head), Some(address), Some(name)) = (lines.next(), lines.next(), lines.next()) else {
            return;
        };
        let head = String::from_utf8_lossy(head);
        let mut words = head.split(' ').filter(|word| !word.is_empty());
        let Some(time) = words.next().and_then(|word| word.parse::<i64>().ok()) else { return };
        self.commits += 1;
        if words.count() > 1 {
            self.merges += 1;
            return self.add_time(time, now);
        }
        self.add_time(time, now);
        let name = person_name(name);
        let person = self.people.entry(address.to_ascii_lowercase()).or_insert_with(|| Person {
            bot: is_bot(&name),
            name,
            commits: 0,
            recent_commits: 0,
            first: time,
            last: time,
        });
        person.commits += 1;
        person.first = person.first.min(time);
        person.last = person.last.max(time);
    }

    fn add_time(&mut self, time: i64, now: i64) {
        // A day of tolerance: clocks differ, and that is no oddity of the history.
        if time > now + DAY {
            self.in_the_future += 1;
            return;
        }
        *self.months.entry(Date::from_unix(time).month_number()).or_default() += 1;
        self.first = Some(self.first.map_or(time, |first| first.min(time)));
        self.last = Some(self.last.map_or(time, |last| last.max(time)));
    }

    pub(crate) fn fill(self, data: &mut HistoryData, now: i64) {
        data.commits = self.commits;
        data.merges = self.merges;
        data.commits_in_the_future = self.in_the_future;
        data.first_commit = self.first.map(|time| moment(time, now));
        data.last_commit = self.last.map(|time| moment(time, now));
        data.names_with_several_addresses = names_with_several_addresses(&self.people);
        data.contributors = contributors(self.people);
        let Some(last) = self.months.last_key_value().map(|(month, _)| *month) else { return };
        let first = self.months.keys().next().copied().unwrap_or(last).max(last - MONTHS_LISTED + 1);
        data.commits_before_months = self.months.range(..first).map(|(_, commits)| commits).sum();
        data.months = (first..=last)
            .map(|month| MonthFigures {
                month: month_name(month),
                commits: self.months.get(&month).copied().unwrap_or(0),
            })
            .collect();
    }
}

pub(crate) fn moment(time: i64, now: i64) -> Moment {
    Moment { date: Date::from_unix(time).to_string(), days_ago: (now - time).div_euclid(DAY).max(0) }
}

fn person_name(bytes: &[u8]) -> String {
    let name = display::shown_text(String::from_utf8_lossy(bytes).trim());
    if name.is_empty() { "(no name)".to_owned() } else { display::clip(&name, PERSON_LIMIT.min(NAME_LIMIT)) }
}

fn is_bot(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower.ends_with("[bot]")
        || lower.ends_with("-bot")
        || lower.ends_with(" bot")
        || ["dependabot", "renovate", "github actions", "github-actions", "bors", "pre-commit-ci", "web-flow"]
            .contains(&lower.as_str())
}

fn names_with_several_addresses(people: &HashMap<Vec<u8>, Person>) -> u64 {
    let mut addresses: HashMap<&str, u64> = HashMap::new();
    for person in people.values().filter(|person| !person.bot) {
        *addresses.entry(&person.name).or_default() += 1;
    }
    addresses.values().filter(|number| **number > 1).count() as u64
}

fn contributors(people: HashMap<Vec<u8>, Person>) -> Capped<Contributor> {
    let mut sorted: Vec<(Vec<u8>, Person)> = people.into_iter().collect();
    sorted.sort_by_cached_key(|(address, person)| {
        (Reverse(person.commits), Reverse(person.recent_commits), person.name.clone(), address.clone())
    });
    let listed = sorted
        .into_iter()
        .map(|(_, person)| Contributor {
            name: person.name,
            bot: person.bot,
            commits: person.commits,
            recent_commits: person.recent_commits,
            first: Date::from_unix(person.first).to_string(),
            last: Date::from_unix(person.last).to_string(),
        })
        .collect();
    Capped::first(listed, CONTRIBUTORS_LISTED)
}
