//! What waits for a person, and the exact bytes that are decided on.

use cadre_core::effect::{Action, EffectClass};
use cadre_core::visible::{one_line, quoted};
use cadre_engine::diff::{Diff, DiffLine};
use cadre_engine::{Before, FileChange, InboxItem, PlanWaits};
use serde::{Deserialize, Serialize};
use specta::Type;

use super::{ArtifactDto, Micros, dollars, name};

/// Something that waits for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct InboxItemDto {
    pub id: String,
    /// `approval`, `unknown_outcome`, `work`, `guidance`, `result`, `agent_change`, `failure`; or `plan`, which is
    /// decided on where the plan stands.
    pub reason: String,
    pub message: String,
    pub allowed: Vec<String>,
    pub project: Option<String>,
    pub project_title: Option<String>,
    pub step: Option<String>,
    pub step_title: Option<String>,
    pub run: Option<String>,
    pub member: Option<String>,
    pub class: Option<String>,
    /// Cannot be taken back: needs a second confirmation and is never offered on a notification.
    pub grave: bool,
    pub why: Option<String>,
    pub instructions: Option<String>,
    /// Where the step's files are, if that is not a folder of the project's own.
    pub folder: Option<String>,
    pub action: Option<ActionDto>,
    /// What an approval has to name.
    pub action_hash: Option<String>,
    /// What `always` would allow from then on; `null` where no rule can.
    pub rule: Option<String>,
    /// Of a result that is to be accepted.
    pub summary: Option<String>,
    pub artifacts: Vec<ArtifactDto>,
    /// In what ways an agent could do more than before.
    pub widens: Vec<String>,
    pub plan: Option<PlanWaitsDto>,
    pub raised_at: Micros,
    /// When it closes by itself and can no longer be decided.
    pub expires_at: Option<Micros>,
}

/// A plan that waits to be approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct PlanWaitsDto {
    pub version: u32,
    pub steps: u32,
    pub minutes: u32,
    pub cost_usd: String,
}

impl From<PlanWaits> for PlanWaitsDto {
    fn from(plan: PlanWaits) -> Self {
        let PlanWaits { version, steps, minutes, cost } = plan;
        PlanWaitsDto { version, steps, minutes, cost_usd: dollars(cost) }
    }
}

/// The exact effect, byte for byte. What a file holds before: `inbox.diff`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ActionDto {
    WriteFile {
        folder: String,
        path: String,
        /// Hash of what stands there before.
        before: Option<String>,
        content: String,
        content_sha256: String,
        host: String,
    },
    DeleteFile {
        folder: String,
        path: String,
        before: String,
        host: String,
    },
    RunProgram {
        program: String,
        program_sha256: Option<String>,
        args: Vec<String>,
        /// The program and its arguments, each quoted as a shell would need it, in one line: where one ends is seen.
        words: Vec<String>,
        folder: String,
        env_names: Vec<String>,
        stdin: String,
        network: bool,
        writable: bool,
        /// What it may look at beside the folder.
        reads: Vec<String>,
        /// What it may change beside the folder.
        writes: Vec<String>,
        /// It is stopped after so many seconds, or so much output.
        seconds: u32,
        output_mib: u32,
        /// `reconcile`, `repeat` or `ask`: what happens if nobody knows how it ended.
        recovery: String,
        host: String,
    },
    Git {
        repository: String,
        worktree: String,
        branch: String,
        /// What is done there, in words.
        does: String,
        host: String,
    },
    CallModel {
        endpoint: String,
        provider: String,
        model: String,
        /// Hash of what is sent.
        request_sha256: String,
        at_most_usd: String,
        host: String,
    },
    /// What an agent program does with its own hands. The changes that it shows: `inbox.diff`.
    AgentTool {
        program: String,
        what: String,
        /// `edit`, `execute`, `delete`, `fetch`, …
        tool: String,
        folder: String,
        locations: Vec<String>,
        /// JSON text, as the program gave it.
        input: String,
        host: String,
    },
}

impl From<Action> for ActionDto {
    fn from(action: Action) -> Self {
        let does = action.title();
        match action {
            Action::Git { repository, worktree, branch, host, .. } => {
                ActionDto::Git { repository, worktree, branch, does, host }
            }
            Action::WriteFile { folder, path, before, content, content_sha256, host } => {
                ActionDto::WriteFile { folder, path, before, content, content_sha256, host }
            }
            Action::DeleteFile { folder, path, before, host } => {
                ActionDto::DeleteFile { folder, path, before, host }
            }
            Action::RunProgram {
                program,
                program_sha256,
                args,
                folder,
                env_names,
                stdin,
                stdin_sha256: _,
                network,
                writable,
                reads,
                writes,
                seconds,
                output_mib,
                recovery,
                host,
            } => ActionDto::RunProgram {
                words: std::iter::once(&program).chain(&args).map(|word| one_line(&quoted(word))).collect(),
                program,
                program_sha256,
                args,
                folder,
                env_names,
                stdin,
                network,
                writable,
                reads,
                writes,
                seconds,
                output_mib,
                recovery: name(&recovery),
                host,
            },
            Action::CallModel { endpoint, provider, model, request_sha256, at_most, host } => {
                let at_most_usd = dollars(at_most);
                ActionDto::CallModel { endpoint, provider, model, request_sha256, at_most_usd, host }
            }
            Action::AgentTool { program, what, tool, folder, locations, diffs: _, input, host } => {
                ActionDto::AgentTool { program, what, tool, folder, locations, input, host }
            }
        }
    }
}

impl From<InboxItem> for InboxItemDto {
    fn from(item: InboxItem) -> Self {
        let text = |field: &str| item.detail[field].as_str().map(str::to_owned);
        let is_result = item.reason == "result";
        let is_agent = item.reason == "agent_change";
        let folder = item.folder.unwrap_or_default();
        InboxItemDto {
            member: text("member"),
            // A result's detail is its summary; an agent's reasons are the ways in which it widens.
            why: text("why").or_else(|| text("detail")).filter(|_| !is_result && !is_agent),
            summary: text("detail").filter(|_| is_result),
            widens: match (is_agent, text("why")) {
                (true, Some(ways)) => ways.split("; ").map(str::to_owned).collect(),
                _ => Vec::new(),
            },
            instructions: text("instructions"),
            folder: text("folder"),
            id: item.id,
            reason: item.reason,
            message: one_line(&item.message),
            allowed: item.allowed,
            project: item.project,
            project_title: item.project_title,
            step: item.step,
            step_title: item.step_title,
            run: item.run,
            class: item.class.map(|class| class.name().into()),
            grave: item.class.is_some_and(EffectClass::is_grave),
            action: item.action.map(Into::into),
            action_hash: item.action_hash,
            rule: item.rule,
            artifacts: item.artifacts.into_iter().map(|it| ArtifactDto::new(it, &folder)).collect(),
            plan: item.plan.map(Into::into),
            raised_at: Micros(item.raised_at),
            expires_at: item.expires_at.map(Micros),
        }
    }
}

/// What a change of a file comes to, line by line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct DiffDto {
    pub path: String,
    pub before: BeforeDto,
    pub added: u32,
    pub removed: u32,
    pub lines: Vec<DiffLineDto>,
}

/// What stands there before. Only `text` was compared; with all others the whole new content counts as added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BeforeDto {
    Nothing,
    Text,
    /// Somebody changed it since the change was proposed; `null` when it is gone.
    Changed {
        found: Option<String>,
    },
    NotText {
        #[specta(type = specta_typescript::Number)]
        bytes: u64,
    },
    TooLarge {
        #[specta(type = specta_typescript::Number)]
        bytes: u64,
    },
    Unreadable {
        why: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DiffLineDto {
    Same {
        old: u32,
        new: u32,
        text: String,
        /// The file ends here without a line end.
        open: bool,
    },
    Added {
        new: u32,
        text: String,
        open: bool,
    },
    Removed {
        old: u32,
        text: String,
        open: bool,
    },
    /// So many unchanged lines are left out.
    Skipped {
        lines: u32,
    },
}

impl From<FileChange> for DiffDto {
    fn from(change: FileChange) -> Self {
        let Diff { added, removed, lines } = change.diff;
        DiffDto {
            path: change.path,
            before: change.before.into(),
            added,
            removed,
            lines: lines.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Before> for BeforeDto {
    fn from(before: Before) -> Self {
        match before {
            Before::Nothing => BeforeDto::Nothing,
            Before::Text => BeforeDto::Text,
            Before::Changed { found } => BeforeDto::Changed { found },
            Before::NotText { bytes } => BeforeDto::NotText { bytes },
            Before::TooLarge { bytes } => BeforeDto::TooLarge { bytes },
            Before::Unreadable { why } => BeforeDto::Unreadable { why },
        }
    }
}

impl From<DiffLine> for DiffLineDto {
    fn from(line: DiffLine) -> Self {
        match line {
            DiffLine::Same { old, new, text, open } => DiffLineDto::Same { old, new, text, open },
            DiffLine::Added { new, text, open } => DiffLineDto::Added { new, text, open },
            DiffLine::Removed { old, text, open } => DiffLineDto::Removed { old, text, open },
            DiffLine::Skipped { lines } => DiffLineDto::Skipped { lines },
        }
    }
}
