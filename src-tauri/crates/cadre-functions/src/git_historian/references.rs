//! Tags and branches.

use super::commits::moment;
use super::data::{Branch, Branches, Release, Releases};
use super::git::Git;
use crate::calendar::DAY;
use crate::capped::{Capped, Top};
use crate::display::{self, NAME_LIMIT};
use crate::failure::Failure;

const RELEASES_LISTED: usize = 40;
const BRANCHES_LISTED: usize = 40;
const CADENCE_RELEASES: usize = 20;
const STALE_AFTER: i64 = 90 * DAY;

pub(crate) fn releases(git: &Git, now: i64) -> Result<Releases, Failure> {
    let mut releases = Releases::default();
    let mut versions: Vec<(i64, String)> = Vec::new();
    let arguments = ["for-each-ref", "--format=%(creatordate:unix) %(refname:strip=2)", "refs/tags"];
    git.each_record(&arguments, b'\n', |record| {
        releases.tags += 1;
        let record = String::from_utf8_lossy(record);
        if let Some((time, tag)) = dated(&record)
            && version(tag).is_some()
        {
            versions.push((time, tag.to_owned()));
        }
    })?;
    versions.sort_by(|one, other| other.cmp(one));
    releases.median_days_between = median_days_between(&versions);
    if let Some((_, newest)) = versions.first() {
        let range = format!("refs/tags/{newest}..HEAD");
        let counted = git.ask(&["rev-list", "--count", "--end-of-options", &range, "--"])?;
        releases.commits_since_last = counted.and_then(|number| number.parse().ok());
    }
    let listed = versions
        .into_iter()
        .map(|(time, tag)| {
            let at = moment(time, now);
            let prerelease = version(&tag) == Some(Version::Prerelease);
            Release { tag: shown(&tag), date: at.date, days_ago: at.days_ago, prerelease }
        })
        .collect();
    releases.versions = Capped::first(listed, RELEASES_LISTED);
    Ok(releases)
}

pub(crate) fn branches(git: &Git, now: i64) -> Result<Branches, Failure> {
    let mut branches = Branches::default();
    let mut merged = std::collections::HashSet::new();
    git.each_record(
        &["for-each-ref", "--merged=HEAD", "--format=%(refname:strip=2)", "refs/heads"],
        b'\n',
        |name| {
            merged.insert(name.to_vec());
        },
    )?;
    let mut newest = Top::new(BRANCHES_LISTED);
    let arguments = ["for-each-ref", "--format=%(committerdate:unix) %(refname:strip=2)", "refs/heads"];
    git.each_record(&arguments, b'\n', |record| {
        branches.local += 1;
        let text = String::from_utf8_lossy(record);
        let Some((time, name)) = dated(&text) else { return };
        branches.stale += u64::from(now - time > STALE_AFTER);
        let raw_name = record.splitn(2, |byte| *byte == b' ').nth(1).unwrap_or_default();
        let merged = merged.contains(raw_name);
        newest.offer((time, std::cmp::Reverse(name.to_owned())), || Branch {
            name: shown(name),
            last_commit: moment(time, now),
            merged,
        });
    })?;
    branches.items = newest.into_capped();
    git.each_record(&["for-each-ref", "--format=%(symref)", "refs/remotes"], b'\n', |symbolic| {
        // `origin/HEAD` only points to another branch.
        branches.remote += u64::from(symbolic.is_empty());
    })?;
    Ok(branches)
}

fn dated(record: &str) -> Option<(i64, &str)> {
    let (time, name) = record.split_once(' ')?;
    // A tag of something that has no date, such as a file, is no release.
    Some((time.parse().ok()?, name))
}

fn shown(name: &str) -> String {
    display::clip_middle(&display::shown_text(name), NAME_LIMIT.min(120))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    Release,
    Prerelease,
}

/// `v1.2.3`, `1.2`, `cli-v1.2.0-rc.1`, `@scope/name@2.0.0`, `release/2024.05`.
fn version(tag: &str) -> Option<Version> {
    let last = tag.rsplit(['/', '@']).next().unwrap_or(tag);
    let begins = |text: &str| {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        text.starts_with(|first: char| first.is_ascii_digit()).then(|| text.to_owned())
    };
    // The version begins at the start or after a dash or underscore: `cli-v1.2.0`, `release_1.2`.
    let starts = std::iter::once(0).chain(last.match_indices(['-', '_']).map(|(position, _)| position + 1));
    let text = starts.filter_map(|start| begins(&last[start..])).find(|text| {
        let numbers = text.split(['-', '+', '_']).next().unwrap_or_default();
        let parts: Vec<&str> = numbers.split('.').collect();
        parts.len() >= 2 && parts.iter().all(|part| part.starts_with(|first: char| first.is_ascii_digit()))
    })?;
    let numbers = text.split('+').next().unwrap_or_default();
    let is_prerelease = numbers.contains('-') || numbers.chars().any(|letter| letter.is_ascii_alphabetic());
    Some(if is_prerelease { Version::Prerelease } else { Version::Release })
}

fn median_days_between(newest_first: &[(i64, String)]) -> Option<i64> {
    let mut days: Vec<i64> = newest_first
        .iter()
        .filter(|(_, tag)| version(tag) == Some(Version::Release))
        .map(|(time, _)| time.div_euclid(DAY))
        .collect();
    // Several packages released on one day are one release of the project.
    days.dedup();
    days.truncate(CADENCE_RELEASES);
    let mut gaps: Vec<i64> = days.windows(2).map(|pair| pair[0] - pair[1]).collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_told_from_other_tags() {
        for (tag, expected) in [
            ("v1.2.3", Some(Version::Release)),
            ("1.2", Some(Version::Release)),
            ("cli-v1.2.0", Some(Version::Release)),
            ("@scope/name@2.0.0", Some(Version::Release)),
            ("release/2024.05", Some(Version::Release)),
            ("v1.0.0-rc.1", Some(Version::Prerelease)),
            ("v3.0.0rc1", Some(Version::Prerelease)),
            ("nightly", None),
            ("before-merge-2", None),
            ("v2", None),
        ] {
            assert_eq!(version(tag), expected, "{tag}");
        }
    }
}
