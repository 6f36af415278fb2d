//! The git historian: what a repository's history tells about its pace, its people and its hot spots. It only
//! reads, through the `git` program, and never reaches the network.

use std::collections::HashSet;
use std::path::Path;

use cadre_core::function_contract::{FunctionInput, FunctionResult};

use crate::display::{self, counted};
use crate::failure::Failure;
use crate::{Log, contract, folder};

mod activity;
mod commits;
mod data;
mod git;
mod references;

use activity::Activity;
use commits::Commits;
pub use data::{
    Branch, Branches, BusFactor, Contributor, HistoryData, HotSpot, KIND, Moment, MonthFigures, Release,
    Releases, Window,
};
use git::Git;

pub(crate) fn run(input: &FunctionInput, folder: &Path, log: Log<'_>) -> Result<FunctionResult, Failure> {
    let now = input.now.div_euclid(1_000_000);
    let mut data =
        HistoryData { kind: KIND.to_owned(), folder: folder::name(folder), ..HistoryData::default() };
    look_at(&Git::new(folder), now, &mut data, log)?;
    contract::result(summary(&data), &data)
}

fn look_at(git: &Git, now: i64, data: &mut HistoryData, log: Log<'_>) -> Result<(), Failure> {
    let Some(prefix) = git.ask(&["rev-parse", "--show-prefix"])? else { return Ok(()) };
    let is_part = !prefix.is_empty();
    let pathspec: &[&str] = if is_part { &["."] } else { &[] };
    let has_commit =
        git.ask(&["rev-parse", "--verify", "--quiet", "--end-of-options", "HEAD^{commit}"])?.is_some();
    // A folder below somebody's repository that nothing of was ever committed has no history of its own.
    if is_part && (!has_commit || !was_ever_committed(git)?) {
        return Ok(());
    }
    data.repository = true;
    data.part_of_repository =
        is_part.then(|| display::clip_middle(&display::shown_text(prefix.trim_end_matches('/')), 240));
    data.branch =
        git.ask(&["symbolic-ref", "--short", "--quiet", "HEAD"])?.map(|name| display::shown_text(&name));
    data.shallow = git.ask(&["rev-parse", "--is-shallow-repository"])?.as_deref() == Some("true");
    if !has_commit {
        return Ok(());
    }
    let mut commits = Commits::read(git, now, pathspec, log)?;
    if let Some(last) = commits.last {
        let window = activity::window_end(last, now);
        let activity = read_activity(git, window.0, pathspec, data)?;
        activity.fill(data, &mut commits, &existing_files(git)?, window);
    }
    commits.fill(data, now);
    data.releases = references::releases(git, now)?;
    data.branches = references::branches(git, now)?;
    say_what_is_missing(data);
    Ok(())
}

fn was_ever_committed(git: &Git) -> Result<bool, Failure> {
    let newest = git.ask(&["log", "--max-count=1", "--format=%H", "--end-of-options", "HEAD", "--", "."])?;
    Ok(newest.is_some_and(|hash| !hash.is_empty()))
}

/// A partial clone lacks old contents, so that lines cannot be counted there; names still can.
fn read_activity(
    git: &Git,
    end: i64,
    pathspec: &[&str],
    data: &mut HistoryData,
) -> Result<Activity, Failure> {
    let is_partial = git.ask(&["config", "--get-regexp", r"^remote\..*\.promisor$"])?.is_some();
    if is_partial {
        let reason =
            "Lines changed per file: this is a partial clone, the contents of old files are elsewhere.";
        data.not_looked_at.push(reason.to_owned());
    }
    Activity::read(git, end, pathspec, !is_partial)
}

/// The files of the checked-out commit, relative to the folder.
fn existing_files(git: &Git) -> Result<HashSet<Vec<u8>>, Failure> {
    let mut files = HashSet::new();
    git.each_record(&["ls-tree", "-r", "-z", "--name-only", "--end-of-options", "HEAD"], 0, |path| {
        files.insert(path.to_vec());
    })?;
    Ok(files)
}

fn say_what_is_missing(data: &mut HistoryData) {
    if data.shallow {
        data.not_looked_at
            .push("History before the shallow clone's cut: it is not on this machine.".to_owned());
    }
    if data.commits_in_the_future > 0 {
        let commits = counted(data.commits_in_the_future, "commit is", "commits are");
        data.not_looked_at.push(format!("{commits} dated in the future and not part of the activity."));
    }
    if data.window.as_ref().is_some_and(|window| window.cut_short) {
        data.not_looked_at
            .push("The older part of a very busy year: only its newest commits were compared.".to_owned());
    }
}

fn summary(data: &HistoryData) -> String {
    if !data.repository {
        return "The folder is not in a git repository, so there is no history to look at.".to_owned();
    }
    let Some(last) = data.last_commit.as_ref().filter(|_| data.commits > 0) else {
        return match data.commits {
            0 => "The git repository is empty: it has no commit yet.".to_owned(),
            number => format!("{}, all dated in the future.", counted(number, "commit", "commits")),
        };
    };
    let age = data.first_commit.as_ref().map_or(0, |first| first.days_ago - last.days_ago);
    let last_commit = match last.days_ago {
        ..=0 => "the last one today".to_owned(),
        days => format!("the last one {} ago", display::days(days)),
    };
    let bus_factor = data.bus_factor.as_ref().map_or_else(String::new, |bus| {
        format!(" {} made half of the changes of the year.", counted(bus.by_files, "person", "people"))
    });
    let shallow = if data.shallow { " The clone is shallow, so these are lower bounds." } else { "" };
    format!(
        "{} by {} over {}, {last_commit}; {}.{bus_factor}{shallow}",
        counted(data.commits, "commit", "commits"),
        counted(data.contributors.total(), "contributor", "contributors"),
        display::days(age),
        counted(data.releases.versions.total(), "release", "releases"),
    )
}
