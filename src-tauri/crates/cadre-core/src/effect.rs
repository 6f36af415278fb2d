//! Effects: what changes the world outside the store, as exact documents.
//!
//! An [`Action`] is what a person approves, so its canonical bytes are part of the domain. Everything that decides
//! what will happen is in it; a hash over it is checked again at the moment of acting.

use serde::{Deserialize, Serialize};

use crate::document;
use crate::visible::{command_line, one_line};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    Read,
    Write,
    Run,
    Network,
    Delete,
    Push,
    Post,
    Spend,
}

impl EffectClass {
    pub const ALL: [EffectClass; 8] = [
        EffectClass::Read,
        EffectClass::Write,
        EffectClass::Run,
        EffectClass::Network,
        EffectClass::Delete,
        EffectClass::Push,
        EffectClass::Post,
        EffectClass::Spend,
    ];

    pub fn name(self) -> &'static str {
        match self {
            EffectClass::Read => "read",
            EffectClass::Write => "write",
            EffectClass::Run => "run",
            EffectClass::Network => "network",
            EffectClass::Delete => "delete",
            EffectClass::Push => "push",
            EffectClass::Post => "post",
            EffectClass::Spend => "spend",
        }
    }

    pub fn from_name(name: &str) -> Option<EffectClass> {
        Self::ALL.into_iter().find(|class| class.name() == name)
    }

    /// What cannot be taken back: a notification never offers to approve it.
    pub fn is_grave(self) -> bool {
        matches!(self, EffectClass::Delete | EffectClass::Push | EffectClass::Post | EffectClass::Spend)
    }
}

/// What happens to an effect that was intended and has no recorded outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recovery {
    /// A probe of the world decides.
    Reconcile,
    /// It may simply run again.
    Repeat,
    /// A person says what happened. Never answered automatically.
    #[default]
    Ask,
}

/// Exactly one effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Action {
    WriteFile {
        /// Absolute path of the project's folder.
        folder: String,
        /// Relative to it.
        path: String,
        /// SHA-256 of what stands there before; `None` when nothing does.
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
        /// Absolute path of the program that resolved.
        program: String,
        program_sha256: Option<String>,
        args: Vec<String>,
        folder: String,
        /// Names only: values may be secrets.
        env_names: Vec<String>,
        stdin: String,
        stdin_sha256: String,
        network: bool,
        /// Whether it may write in the folder; otherwise it only looks.
        writable: bool,
        /// Other files and folders that it may look at: all that its walls let through, beside the system's.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reads: Vec<String>,
        /// Other files and folders that it may change. Left out where there are none, so that what was stored before
        /// there were any has the hash that it had.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        writes: Vec<String>,
        /// It is stopped after this many seconds, or after this much output on either stream.
        seconds: u32,
        output_mib: u32,
        recovery: Recovery,
        host: String,
    },
    /// A call of a model. The whole request is hashed; it can be built again from the run's record.
    CallModel {
        /// Id of the endpoint that a person enabled.
        endpoint: String,
        provider: String,
        model: String,
        request_sha256: String,
        /// The most it may cost, in nano-dollars.
        #[serde(with = "document::i64_text")]
        at_most: i64,
        host: String,
    },
    /// What an agent program wants to do with its own hands. It is told yes or no; that it then does just this is its
    /// word, so its rule is to ask.
    AgentTool {
        /// Absolute path of the agent's program.
        program: String,
        /// What it will do, in the program's words.
        what: String,
        /// The kind of its tool in the Agent Client Protocol: `edit`, `execute`, …
        tool: String,
        folder: String,
        /// Files it names, relative to the folder where they lie in it.
        locations: Vec<String>,
        diffs: Vec<TextDiff>,
        /// The tool's input as the program shows it: JSON text.
        input: String,
        host: String,
    },
    /// A change of a git repository that leaves its user's checkout and every remote alone.
    Git {
        /// Absolute path of the checkout's top, or of a bare repository.
        repository: String,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        subfolder: String,
        /// Absolute path of the worktree that is changed.
        worktree: String,
        /// The branch that it is on.
        branch: String,
        change: GitChange,
        host: String,
    },
}

/// A file's text before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextDiff {
    pub path: String,
    /// `None` for a file that is new.
    pub before: Option<String>,
    pub after: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GitChange {
    /// Makes the branch, and a worktree of it.
    Worktree {
        base: String,
        /// Another worktree, whose working papers are copied.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        papers_of: Option<String>,
    },
    /// Commits what the worktree has and the branch has not.
    Commit {
        /// The first is where the branch is.
        parents: Vec<String>,
        message: String,
        author: String,
        /// Unix time in seconds.
        #[serde(with = "document::i64_text")]
        at: i64,
    },
    /// Merges another worktree's branch into this one's, and takes that worktree and branch away.
    Merge {
        from_worktree: String,
        from_branch: String,
        message: String,
        author: String,
        #[serde(with = "document::i64_text")]
        at: i64,
    },
}

impl Action {
    pub fn class(&self) -> EffectClass {
        match self {
            // Its own branch and worktree only: no more than files of the project.
            Action::WriteFile { .. } | Action::Git { .. } => EffectClass::Write,
            Action::DeleteFile { .. } => EffectClass::Delete,
            Action::RunProgram { .. } => EffectClass::Run,
            Action::CallModel { .. } => EffectClass::Spend,
            Action::AgentTool { tool, .. } => match tool.as_str() {
                "read" | "search" | "think" => EffectClass::Read,
                "edit" | "move" => EffectClass::Write,
                "delete" => EffectClass::Delete,
                "fetch" => EffectClass::Network,
                _ => EffectClass::Run, // whatever it is, it is a program that acts
            },
        }
    }

    pub fn recovery(&self) -> Recovery {
        match self {
            Action::WriteFile { .. } | Action::DeleteFile { .. } => Recovery::Reconcile,
            Action::RunProgram { recovery, .. } => *recovery,
            Action::CallModel { .. } => Recovery::Repeat,
            Action::AgentTool { .. } => Recovery::Ask,
            // Each comes to the same end when it is done again.
            Action::Git { .. } => Recovery::Repeat,
        }
    }

    /// What a permit is bound to.
    pub fn hash(&self) -> String {
        document::hash(document::ACTION, self)
    }

    /// One line that says what will happen, with nothing in it that is not seen.
    pub fn title(&self) -> String {
        match self {
            Action::WriteFile { path, before, .. } => {
                let verb = if before.is_some() { "Replace" } else { "Write" };
                format!("{verb} {}", one_line(path))
            }
            Action::DeleteFile { path, .. } => format!("Delete {}", one_line(path)),
            Action::Git { branch, change, .. } => match change {
                GitChange::Worktree { .. } => {
                    one_line(&format!("Make the branch {branch} and a worktree of it"))
                }
                GitChange::Commit { message, .. } => {
                    one_line(&format!("Commit on {branch}: {}", message.lines().next().unwrap_or_default()))
                }
                GitChange::Merge { from_branch, .. } => {
                    one_line(&format!("Merge {from_branch} into {branch}"))
                }
            },
            Action::RunProgram { program, args, .. } => {
                let name = program.rsplit('/').next().unwrap_or(program);
                command_line(std::iter::once(name).chain(args.iter().map(String::as_str)))
            }
            Action::CallModel { provider, model, .. } => one_line(&format!("Ask {model} ({provider})")),
            Action::AgentTool { program, what, tool, .. } => {
                let name = program.rsplit('/').next().unwrap_or(program);
                one_line(&format!("{name}: {tool} {what}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_was_stored_before_it_named_what_it_changes_keeps_its_hash() {
        let stored = r#"{"args":["test"],"env_names":[],"folder":"/f","host":"h","kind":"run_program","network":false,
            "output_mib":1,"program":"/usr/bin/cargo","program_sha256":null,"reads":["/more"],"recovery":"ask",
            "seconds":60,"stdin":"","stdin_sha256":"00","writable":true}"#;
        let action: Action =
            serde_json::from_str(stored).expect("what is stored is read by every later version");
        assert_eq!(action.hash(), "554f91928a43853e82e3069b78a18c99bda4dbd2886e29755177e1971127bd64");
        let Action::RunProgram { reads, writes, .. } = &action else { panic!("it is a program") };
        assert_eq!((reads.len(), writes.len()), (1, 0));

        let mut more = action.clone();
        let Action::RunProgram { writes, .. } = &mut more else { panic!("it is a program") };
        writes.push("/home/ada/.agent".into());
        assert_ne!(more.hash(), action.hash(), "an approval without the place is none for it");
    }
}
