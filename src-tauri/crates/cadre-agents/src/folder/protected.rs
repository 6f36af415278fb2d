//! Which paths inside a project steer what runs later, so that writing them asks even inside the folder.
//!
//! A table, not a heuristic. Names are compared without case and without the trailing dots and spaces that
//! Windows drops, since a checkout may land on a file system that does the same.

use std::fmt;
use std::path::Path;

/// Why a path is protected; shown to the person who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProtectedPath {
    /// Inside a version-control folder, or a file that changes how one behaves.
    VersionControl,
    /// Runs when somebody commits, pushes or enters the folder.
    Hook,
    /// Runs on a build server, often with its secrets.
    ContinuousIntegration,
    /// Makes the next build or editor start run other programs.
    ToolConfiguration,
    /// Names programs that an agent starts.
    McpServers,
    /// Tells agents what to do.
    AgentInstructions,
}

impl fmt::Display for ProtectedPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::VersionControl => "it belongs to version control",
            Self::Hook => "it is a hook that runs by itself",
            Self::ContinuousIntegration => "it decides what runs on the build server",
            Self::ToolConfiguration => "it decides what a build tool or editor runs",
            Self::McpServers => "it names programs that agents start",
            Self::AgentInstructions => "it tells agents what to do",
        })
    }
}

use ProtectedPath::{
    AgentInstructions, ContinuousIntegration, Hook, McpServers, ToolConfiguration, VersionControl,
};

/// Anything at or below a component of this name. `git~1` is the short name of `.git` on NTFS.
const COMPONENTS: &[(&str, ProtectedPath)] = &[
    (".git", VersionControl),
    ("git~1", VersionControl),
    (".hg", VersionControl),
    (".svn", VersionControl),
    (".jj", VersionControl),
    (".githooks", Hook),
    (".husky", Hook),
    (".circleci", ContinuousIntegration),
    (".buildkite", ContinuousIntegration),
    (".woodpecker", ContinuousIntegration),
    (".forgejo", ContinuousIntegration),
    (".gitea", ContinuousIntegration),
    (".ci", ContinuousIntegration),
    (".vscode", ToolConfiguration),
    (".idea", ToolConfiguration),
    (".devcontainer", ToolConfiguration),
    (".claude", AgentInstructions),
    (".codex", AgentInstructions),
    (".cursor", AgentInstructions),
    (".opencode", AgentInstructions),
];

/// A file of this name, wherever it lies.
const FILES: &[(&str, ProtectedPath)] = &[
    (".gitmodules", VersionControl),
    (".gitattributes", VersionControl),
    (".pre-commit-config.yaml", Hook),
    (".pre-commit-config.yml", Hook),
    ("lefthook.yml", Hook),
    ("lefthook.yaml", Hook),
    (".lefthook.yml", Hook),
    (".envrc", Hook),
    (".gitlab-ci.yml", ContinuousIntegration),
    (".gitlab-ci.yaml", ContinuousIntegration),
    (".travis.yml", ContinuousIntegration),
    (".drone.yml", ContinuousIntegration),
    (".woodpecker.yml", ContinuousIntegration),
    ("appveyor.yml", ContinuousIntegration),
    ("azure-pipelines.yml", ContinuousIntegration),
    ("bitbucket-pipelines.yml", ContinuousIntegration),
    ("jenkinsfile", ContinuousIntegration),
    (".mcp.json", McpServers),
    ("mcp.json", McpServers),
    ("agents.md", AgentInstructions),
    ("agents.override.md", AgentInstructions),
    ("claude.md", AgentInstructions),
    ("claude.local.md", AgentInstructions),
    ("gemini.md", AgentInstructions),
    ("skill.md", AgentInstructions),
    (".cursorrules", AgentInstructions),
    (".windsurfrules", AgentInstructions),
    ("copilot-instructions.md", AgentInstructions),
];

/// A path below this pair of components.
const PAIRS: &[(&str, &str, ProtectedPath)] = &[
    (".github", "workflows", ContinuousIntegration),
    (".github", "actions", ContinuousIntegration),
    (".github", "agents", AgentInstructions),
    (".cargo", "config", ToolConfiguration),
    (".cargo", "config.toml", ToolConfiguration),
];

/// Says why writing, deleting or renaming at `path` (relative to the project) must ask; `None` if it need not.
pub fn is_protected(path: impl AsRef<Path>) -> Option<ProtectedPath> {
    let components: Vec<String> = path
        .as_ref()
        .components()
        .map(|component| component.as_os_str().to_string_lossy())
        .map(|name| name.trim_end_matches(['.', ' ']).to_lowercase())
        .collect();
    let anywhere = components.iter().find_map(|name| lookup(COMPONENTS, name));
    let pair = || {
        components.windows(2).find_map(|pair| {
            PAIRS.iter().find(|(one, other, _)| *one == pair[0] && *other == pair[1]).map(|row| row.2)
        })
    };
    let file = || components.last().and_then(|name| lookup(FILES, name));
    anywhere.or_else(pair).or_else(file).or_else(|| agent_or_skill(&components))
}

fn lookup(table: &[(&str, ProtectedPath)], name: &str) -> Option<ProtectedPath> {
    table.iter().find(|(entry, _)| *entry == name).map(|row| row.1)
}

/// `agents/**/*.md` are agents; everything in a folder of `skills/` may be run by the skill.
fn agent_or_skill(components: &[String]) -> Option<ProtectedPath> {
    let (file, folders) = components.split_last()?;
    let agent = file.ends_with(".md") && folders.iter().any(|name| name == "agents");
    let skill = folders.len() >= 2 && folders[..folders.len() - 1].iter().any(|name| name == "skills");
    (agent || skill).then_some(AgentInstructions)
}
