//! Where a project's steps write, where that is not a fresh folder of its own. Part of the plan, so that the approval
//! freezes it.

use serde::{Deserialize, Serialize};

/// How many names of files that are not committed a plan shows; the rest is a number.
const SHOWN: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum Workplace {
    /// A worktree on a branch of its own. The checkout that the user gave stays as it is.
    Worktree {
        /// Absolute path of the checkout's top, or of a bare repository.
        repository: String,
        /// Of the objects and refs that all worktrees share; steps may read it.
        git_dir: String,
        /// The folder that the user gave, relative to the top.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        subfolder: String,
        branch: String,
        /// The commit that the branch begins at.
        base: String,
        /// What the worktree will not have.
        uncommitted: Uncommitted,
    },
    /// The user's own folder, because a person said so. Each write asks.
    InPlace { folder: String, uncommitted: Uncommitted },
}

/// What a person can choose between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkplaceMode {
    /// A fresh folder in the workspace.
    Fresh,
    Worktree,
    InPlace,
}

impl WorkplaceMode {
    pub const ALL: [WorkplaceMode; 3] =
        [WorkplaceMode::Fresh, WorkplaceMode::Worktree, WorkplaceMode::InPlace];

    pub fn name(self) -> &'static str {
        match self {
            WorkplaceMode::Fresh => "fresh",
            WorkplaceMode::Worktree => "worktree",
            WorkplaceMode::InPlace => "in_place",
        }
    }

    pub fn from_name(name: &str) -> Option<WorkplaceMode> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    pub fn of(workplace: Option<&Workplace>) -> WorkplaceMode {
        match workplace {
            None => WorkplaceMode::Fresh,
            Some(Workplace::Worktree { .. }) => WorkplaceMode::Worktree,
            Some(Workplace::InPlace { .. }) => WorkplaceMode::InPlace,
        }
    }
}

/// Files of a repository that are in no commit, as they were when the plan was made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uncommitted {
    pub total: u32,
    /// The first of them, relative to the repository.
    pub files: Vec<String>,
    /// A merge, rebase or the like that is not finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub under_way: Option<String>,
}

impl Uncommitted {
    pub fn new(files: impl ExactSizeIterator<Item = String>, under_way: Option<&str>) -> Self {
        Uncommitted {
            total: u32::try_from(files.len()).unwrap_or(u32::MAX),
            files: files.take(SHOWN).collect(),
            under_way: under_way.map(str::to_owned),
        }
    }
}

/// Lower-case words joined by `-`, short enough for a branch or a folder; never empty.
pub fn slug(text: &str) -> String {
    const LENGTH: usize = 40;
    let mut slug = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => slug.push(letter),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
        if slug.len() >= LENGTH {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "work".into() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_a_name_that_git_and_every_file_system_take() {
        for (text, expected) in [
            ("Reproduce, repair and prove a defect", "reproduce-repair-and-prove-a-defect"),
            ("../../etc/passwd", "etc-passwd"),
            ("--upload-pack=x", "upload-pack-x"),
            ("修正", "work"),
            ("", "work"),
            ("a..b.lock~^:?*[\\", "a-b-lock"),
        ] {
            assert_eq!(slug(text), expected, "{text:?}");
        }
        assert!(slug(&"word ".repeat(100)).len() <= 40);
    }

    #[test]
    fn a_very_dirty_tree_is_counted_and_shown_in_part() {
        let many = (0..1000).map(|number| format!("file {number}")).collect::<Vec<_>>();
        let uncommitted = Uncommitted::new(many.into_iter(), Some("merge"));
        assert_eq!((uncommitted.total, uncommitted.files.len()), (1000, SHOWN));
    }
}
