//! The shape of the git historian's data.

use serde::{Deserialize, Serialize};

use crate::capped::Capped;

pub const KIND: &str = "git-historian/1";

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HistoryData {
    /// [`KIND`].
    pub kind: String,
    pub folder: String,
    /// False for a folder that git knows nothing about. A repository without a commit is one, with 0 commits.
    pub repository: bool,
    /// Where the folder lies in its repository; nothing at the top. Then only commits that touch it count.
    pub part_of_repository: Option<String>,
    /// Older history is not on this machine: all figures are lower bounds.
    pub shallow: bool,
    /// The branch that is checked out; nothing when a commit is.
    pub branch: Option<String>,
    /// Reachable from the checked-out commit, merges included.
    pub commits: u64,
    pub merges: u64,
    /// Commits dated after `now`; they count as commits, but not as activity.
    pub commits_in_the_future: u64,
    pub first_commit: Option<Moment>,
    pub last_commit: Option<Moment>,
    /// Without gaps, oldest first; at most ten years.
    pub months: Vec<MonthFigures>,
    /// Commits before the first of `months`.
    pub commits_before_months: u64,
    /// The time that hot spots and the bus factor look at.
    pub window: Option<Window>,
    pub contributors: Capped<Contributor>,
    /// One name under several addresses, not counting bots: a `.mailmap` would join them.
    pub names_with_several_addresses: u64,
    pub bus_factor: Option<BusFactor>,
    /// Most commits within the window first; only files that still exist, without lock files.
    pub hot_spots: Capped<HotSpot>,
    pub releases: Releases,
    pub branches: Branches,
    /// What could not be looked at, in words.
    pub not_looked_at: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// `2025-11-21`, in UTC.
    pub date: String,
    pub days_ago: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthFigures {
    /// `2025-11`
    pub month: String,
    pub commits: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub from: String,
    pub to: String,
    /// False when nothing happened in the last year: then it is the year before the last commit.
    pub ends_now: bool,
    /// Without merges.
    pub commits: u64,
    /// Files that they touched, counted once each.
    pub files_touched: u64,
    /// The window held more commits than are read; the newest were.
    pub cut_short: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contributor {
    /// After the repository's `.mailmap`; addresses are not part of the data.
    pub name: String,
    /// Named as an automation, such as `renovate[bot]`.
    pub bot: bool,
    /// Without merges, over the whole history.
    pub commits: u64,
    /// Within the window.
    pub recent_commits: u64,
    pub first: String,
    pub last: String,
}

/// The smallest number of people who together made at least half of what was done within the window. People
/// are counted after the `.mailmap`, bots and merge commits are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusFactor {
    /// Half of the touches: each file of each commit is one touch by the commit's author.
    pub by_files: u64,
    /// Half of the commits.
    pub by_commits: u64,
    /// Who they are, by files.
    pub people: Vec<String>,
    /// Share of all touches by the person with the most, in percent.
    pub largest_share: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotSpot {
    pub path: String,
    /// Commits within the window that touched it.
    pub commits: u64,
    /// Lines added and removed in them; 0 for binary files and where line counts are missing.
    pub lines: u64,
    pub authors: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Releases {
    pub tags: u64,
    /// Tags that name a version, newest first.
    pub versions: Capped<Release>,
    /// Median of the days between consecutive releases, at most the last twenty.
    pub median_days_between: Option<i64>,
    pub commits_since_last: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub tag: String,
    pub date: String,
    pub days_ago: i64,
    /// `1.0.0-rc.1` and the like.
    pub prerelease: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branches {
    pub local: u64,
    pub remote: u64,
    /// Local branches without a commit in the last 90 days.
    pub stale: u64,
    /// Local branches, newest commit first.
    pub items: Capped<Branch>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    pub name: String,
    pub last_commit: Moment,
    /// All of its commits are in the checked-out branch.
    pub merged: bool,
}
