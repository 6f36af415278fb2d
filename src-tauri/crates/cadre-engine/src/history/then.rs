//! Steps, files and money as they stood at a moment. Rows say when they came and when they ended, so what stood then is
//! what had come and not ended.

use std::collections::{BTreeMap, HashMap};

use cadre_core::effect::Action;
use cadre_graph::State;
use cadre_store::aggregates::history::{FileEffect, StepThen};
use cadre_store::aggregates::spend::SpendRow;

/// Where a step stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepStood {
    pub step: String,
    pub status: String,
    pub runs: u32,
    pub summary: Option<String>,
    /// Since when; `None` for one that had not begun.
    pub since: Option<i64>,
}

/// How steps stood. `ended` is the state of the project's thread, which counts for what it closed: the entry that says
/// so for the list of steps comes right after the checkpoint.
pub(crate) fn steps_at(steps: &[String], changes: &[StepThen], state: &State) -> Vec<StepStood> {
    let ended: BTreeMap<String, String> = state.get("ended").unwrap_or_default();
    let newest: HashMap<&str, &StepThen> =
        changes.iter().map(|change| (change.row.step.as_str(), change)).collect();
    let stood = |step: &String| {
        let newest = newest.get(step.as_str());
        let status = ended.get(step).cloned().or_else(|| newest.map(|it| it.row.status.clone()));
        StepStood {
            step: step.clone(),
            status: status.unwrap_or_else(|| "pending".into()),
            runs: newest.map_or(0, |it| it.row.runs),
            summary: newest.and_then(|it| it.summary.clone()),
            since: newest.map(|it| it.row.changed_at),
        }
    };
    steps.iter().map(stood).collect()
}

/// A file that the project had changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileThen {
    /// Where it lies now.
    pub folder: String,
    pub path: String,
    /// The effect that made it what it was.
    pub effect: String,
    pub run: Option<String>,
    /// What stood there before the project's first change; `None` when nothing did.
    pub first: Option<String>,
    /// SHA-256 of what stood there; `None` when it was deleted.
    pub sha256: Option<String>,
    pub at: i64,
}

/// Whether the effect was in force: carried out, and not taken back yet.
fn stood(effect: &FileEffect, at: i64) -> bool {
    let row = &effect.row;
    let since = |at: i64| row.settled_at.is_some_and(|settled| settled <= at);
    match row.status.as_str() {
        // Of one that was taken back, `settled_at` is when; it was done right after it was intended.
        "undone" => row.intended_at <= at && !since(at),
        "done" | "undoing" => since(at),
        _ => false,
    }
}

/// The place of a file effect, what stood there before and after it.
pub(crate) fn change(action: &Action) -> Option<(&String, &String, Option<&String>, Option<&String>)> {
    match action {
        Action::WriteFile { folder, path, before, content_sha256, .. } => {
            Some((folder, path, before.as_ref(), Some(content_sha256)))
        }
        Action::DeleteFile { folder, path, before, .. } => Some((folder, path, Some(before), None)),
        Action::RunProgram { .. }
        | Action::CallModel { .. }
        | Action::AgentTool { .. }
        | Action::Git { .. } => None,
    }
}

/// The files that the project had changed, by folder and path. What it had put back is not among them.
pub(crate) fn files_at(
    effects: &[FileEffect],
    at: i64,
    folder_now: impl Fn(&str) -> String,
) -> Vec<FileThen> {
    let mut files: BTreeMap<(String, String), FileThen> = BTreeMap::new();
    for effect in effects.iter().filter(|effect| stood(effect, at)) {
        let Some((folder, path, before, after)) = change(&effect.action) else { continue };
        let key = (folder_now(folder), path.clone());
        let first = files.remove(&key).map_or(before.cloned(), |earlier| earlier.first);
        if first.as_ref() == after {
            continue;
        }
        let file = FileThen {
            folder: key.0.clone(),
            path: path.clone(),
            effect: effect.row.id.clone(),
            run: effect.row.run.clone(),
            first,
            sha256: after.cloned(),
            at: effect.row.settled_at.unwrap_or(effect.row.intended_at),
        };
        files.insert(key, file);
    }
    files.into_values().collect()
}

/// The content that an effect left, where it is on record.
pub(crate) fn content_at<'a>(effects: &'a [FileEffect], effect: &str) -> Option<&'a str> {
    match &effects.iter().find(|it| it.row.id == effect)?.action {
        Action::WriteFile { content, .. } => Some(content),
        _ => None,
    }
}

/// The hash of what stood there before the project's first change of it; `None` when nothing did, or it never changed.
pub(crate) fn first_content<'a>(
    effects: &'a [FileEffect],
    (folder, path): (&str, &str),
    folder_now: impl Fn(&str) -> String,
) -> Option<&'a str> {
    let mut changes = effects.iter().filter_map(|effect| change(&effect.action));
    let first = changes.find(|(of, at, ..)| folder_now(of) == folder && *at == path);
    first.and_then(|(_, _, before, _)| before.map(String::as_str))
}

/// What had been spent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpendThen {
    /// Nano-dollars; of calls that were under way, all that was reserved.
    pub charged: i64,
    /// Of that, for calls that were under way.
    pub held: i64,
    pub tokens: i64,
    pub calls: u32,
    /// By model, dearest first.
    pub models: Vec<(String, i64, i64)>,
}

/// What the calls had come to that fulfil a condition.
pub(crate) fn spend_at<'a>(rows: impl IntoIterator<Item = &'a SpendRow>, at: i64) -> SpendThen {
    let mut then = SpendThen::default();
    let mut models: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for row in rows.into_iter().filter(|row| row.reserved_at <= at) {
        let settled = row.settled_at.is_some_and(|settled| settled <= at);
        let charged = if settled { row.charged } else { row.reserved };
        let tokens = match settled {
            true => [row.input, row.cached, row.cache_write, row.output].into_iter().flatten().sum(),
            false => 0,
        };
        then.charged = then.charged.saturating_add(charged);
        then.held = then.held.saturating_add(if settled { 0 } else { charged });
        then.tokens += tokens;
        then.calls += 1;
        let model = models.entry(&row.model).or_default();
        *model = (model.0.saturating_add(charged), model.1 + tokens);
    }
    then.models =
        models.into_iter().map(|(model, (charged, tokens))| (model.to_owned(), charged, tokens)).collect();
    then.models.sort_by_key(|(_, charged, _)| std::cmp::Reverse(*charged));
    then
}
