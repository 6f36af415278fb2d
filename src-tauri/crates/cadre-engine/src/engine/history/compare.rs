//! Two checkpoints of a project beside each other.

use std::collections::{BTreeSet, HashMap};

use cadre_graph::{Hash, State};
use cadre_store::aggregates::history::{EffectThen, FileEffect, HistoryPoint, PointPlace};

use super::super::changes::{Before, FileChange, off_thread, read_kept, text};
use super::{Engine, HistoryError, Past, VALUES, folder_now};
use crate::diff::Diff;
use crate::history::{
    FileThen, SpendThen, StateChange, StepStood, content_at, differences, files_at, first_content, leaves,
    spend_at,
};

/// Two checkpoints beside each other.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The newest checkpoint that both come from.
    pub parted: Option<HistoryPoint>,
    pub from: Side,
    pub to: Side,
    pub state: Vec<StateChange>,
    pub changed: usize,
    pub values: usize,
    /// Files that differ, each as it was on either side.
    pub files: Vec<ComparedFile>,
}

#[derive(Debug, Clone)]
pub struct Side {
    pub point: HistoryPoint,
    pub line: String,
    pub steps: Vec<StepStood>,
    /// Steps that were done, and how much named evidence had been checked for them.
    pub evidence: u32,
    /// Since they part.
    pub cost: SpendThen,
    /// Microseconds since they part.
    pub took: i64,
    /// Effects outside the project's folder since they part: they cannot be taken back.
    pub outside: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparedFile {
    pub folder: String,
    pub path: String,
    /// SHA-256 of what stood there; `None` where nothing did.
    pub from: Option<String>,
    pub to: Option<String>,
}

impl Engine {
    /// What differs between two checkpoints of a project.
    ///
    /// # Errors
    /// There is no such project or checkpoint, or the store failed.
    pub async fn compare_checkpoints(
        &self,
        project: &str,
        from: &str,
        to: &str,
    ) -> Result<Compared, HistoryError> {
        let past = self.past(project).await?;
        let (from, from_state) = self.point_of(&past, from).await?;
        let (to, to_state) = self.point_of(&past, to).await?;
        let parted = match self.parted(&past, &from, &to).await? {
            Some(hash) => self.store().point(hash).await?,
            None => None,
        };
        let (state, changed) = differences(&from_state, &to_state, VALUES);
        let values = leaves(&to_state, 0).1.max(leaves(&from_state, 0).1);
        let effects = self.store().file_effects(project).await?;
        let place = self.place_of(project).await.ok().flatten();
        let now = |folder: &str| folder_now(place.as_ref(), folder);
        let files =
            compared_files(&files_at(&effects, from.at, now), &files_at(&effects, to.at, now), &effects, now);
        let since = parted.as_ref().map_or(i64::MIN, |it| it.at);
        Ok(Compared {
            from: self.side(&past, from, &from_state, since).await?,
            to: self.side(&past, to, &to_state, since).await?,
            parted,
            state,
            changed,
            values,
            files,
        })
    }

    /// What differs in one file, line by line.
    ///
    /// # Errors
    /// There is no such project, checkpoint or file, or the store failed.
    pub async fn compare_file(
        &self,
        project: &str,
        (from, to): (&str, &str),
        (folder, path): (&str, &str),
    ) -> Result<FileChange, HistoryError> {
        let past = self.past(project).await?;
        let (from, to) = (self.point_of(&past, from).await?.0, self.point_of(&past, to).await?.0);
        let effects = self.store().file_effects(project).await?;
        let place = self.place_of(project).await.ok().flatten();
        let now = |folder: &str| folder_now(place.as_ref(), folder);
        let side = |at: i64| {
            let file =
                files_at(&effects, at, now).into_iter().find(|it| it.folder == folder && it.path == path);
            match file {
                Some(file) => Kept::Written(content_at(&effects, &file.effect).map(str::to_owned)),
                None => Kept::First(first_content(&effects, (folder, path), now).map(str::to_owned)),
            }
        };
        let sides = (side(from.at), side(to.at));
        if sides == (Kept::First(None), Kept::First(None)) {
            return Err(HistoryError::UnknownFile(path.to_owned()));
        }
        let (snapshots, path) = (self.inner.shared.gate.snapshots(), path.to_owned());
        let compared = off_thread(move || {
            let read = |kept: Kept| match kept {
                Kept::Written(content) => Ok(content),
                Kept::First(None) => Ok(None),
                Kept::First(Some(hash)) => match hash.parse() {
                    Ok(hash) => read_kept(&snapshots, hash).and_then(text).map(Some),
                    Err(_) => Err(Before::Unreadable { why: format!("{hash} is no hash") }),
                },
            };
            let (before, old) = match read(sides.0) {
                Ok(None) => (Before::Nothing, String::new()),
                Ok(Some(text)) => (Before::Text, text),
                Err(why) => (why, String::new()),
            };
            let (before, new) = match read(sides.1) {
                Ok(text) => (before, text.unwrap_or_default()),
                Err(why) => (why, String::new()),
            };
            vec![FileChange { path, before, diff: Diff::between(&old, &new) }]
        });
        compared.await.pop().ok_or_else(|| HistoryError::UnknownFile(folder.to_owned()))
    }

    /// The newest checkpoint that both come from.
    async fn parted(
        &self,
        past: &Past,
        one: &HistoryPoint,
        other: &HistoryPoint,
    ) -> Result<Option<Hash>, HistoryError> {
        let mut threads = past.threads();
        threads.extend([one.thread.clone(), other.thread.clone()]);
        let places = self.store().point_places(&threads).await?;
        let places: HashMap<Hash, &PointPlace> = places.iter().map(|place| (place.hash, place)).collect();
        let before = |hash: Hash| {
            std::iter::successors(Some(hash), |hash| places.get(hash).and_then(|place| place.parent))
        };
        let reached: BTreeSet<Hash> = before(one.hash).collect();
        Ok(before(other.hash).find(|hash| reached.contains(hash)))
    }

    async fn side(
        &self,
        past: &Past,
        point: HistoryPoint,
        state: &State,
        since: i64,
    ) -> Result<Side, HistoryError> {
        let line = past.line_of(&point.thread).unwrap_or_else(|| point.thread.clone());
        let steps = self.steps_then(past, &point, state).await?;
        let plan = match past.row.approved_version {
            Some(version) => Some(self.plan_version(&past.row.id, version).await?),
            None => None,
        };
        let done = |id: &str| steps.iter().any(|step| step.step == id && step.status == "completed");
        let named = plan.iter().flat_map(|plan| &plan.steps).filter(|step| done(&step.id));
        let evidence = named.map(|step| step.evidence.len()).sum::<usize>();
        let of_line = |run: &Option<String>| match run {
            Some(run) => past.runs.iter().any(|it| it.id == *run && it.line.as_ref() == Some(&line)),
            None => true,
        };
        let spend = past.spend.iter().filter(|row| row.reserved_at > since && of_line(&row.run));
        let effects = self.store().effects_between(&past.row.id, since, point.at).await?;
        let outside = |it: &&EffectThen| {
            matches!(it.row.class.as_str(), "network" | "push" | "post") && of_line(&it.row.run)
        };
        Ok(Side {
            cost: spend_at(spend, point.at),
            took: point.at.saturating_sub(since.max(past.row.created_at)).max(0),
            outside: u32::try_from(effects.iter().filter(outside).count()).unwrap_or(u32::MAX),
            evidence: u32::try_from(evidence).unwrap_or(u32::MAX),
            line,
            steps,
            point,
        })
    }
}

/// Where the content of a file at a moment is kept.
#[derive(Debug, PartialEq, Eq)]
enum Kept {
    /// In the record; `None` when the file was deleted.
    Written(Option<String>),
    /// As a copy from before the project's first change; `None` when there was no file.
    First(Option<String>),
}

/// The files of either side that are not the same on both.
fn compared_files(
    from: &[FileThen],
    to: &[FileThen],
    effects: &[FileEffect],
    now: impl Fn(&str) -> String + Copy,
) -> Vec<ComparedFile> {
    let keys: BTreeSet<(String, String)> =
        from.iter().chain(to).map(|file| (file.folder.clone(), file.path.clone())).collect();
    let side = |files: &[FileThen], folder: &str, path: &str| {
        let file = files.iter().find(|file| file.folder == folder && file.path == path);
        match file {
            Some(file) => file.sha256.clone(),
            None => first_content(effects, (folder, path), now).map(str::to_owned),
        }
    };
    keys.into_iter()
        .map(|(folder, path)| ComparedFile {
            from: side(from, &folder, &path),
            to: side(to, &folder, &path),
            folder,
            path,
        })
        .filter(|file| file.from != file.to)
        .collect()
}
