//! Which agent programs are known, where they are, and what they need to see to run behind walls.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::command::locate_program;

/// The tool by which an agent's file lets its program use the sign-in that the person has with it. Without it the
/// program has a home of its own, and one signs in there.
pub const SIGN_IN_TOOL: &str = "sign_in";

/// One row: how a program is called, and how one signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownProgram {
    /// The agent's name when it is added.
    pub id: &'static str,
    pub title: &'static str,
    /// The first of these that is found on `PATH`.
    pub commands: &'static [&'static str],
    /// With which it speaks the protocol.
    pub args: &'static [&'static str],
    /// So that it asks before it acts, and fetches nothing that nobody asked for.
    pub env: &'static [(&'static str, &'static str)],
    /// The command in a terminal, for a person.
    pub sign_in: &'static str,
    /// Beneath the person's home, what it keeps its sign-in and settings in.
    pub sign_in_folders: &'static [&'static str],
}

pub const KNOWN: &[KnownProgram] = &[
    KnownProgram {
        id: "opencode",
        title: "OpenCode",
        commands: &["opencode"],
        args: &["acp"],
        env: &[
            ("OPENCODE_PERMISSION", r#"{"edit":"ask","bash":"ask","webfetch":"ask"}"#),
            ("OPENCODE_DISABLE_AUTOUPDATE", "1"),
            ("OPENCODE_DISABLE_MODELS_FETCH", "1"),
            ("OPENCODE_DISABLE_LSP_DOWNLOAD", "1"),
        ],
        sign_in: "opencode auth login",
        sign_in_folders: &[
            ".config/opencode",
            ".local/share/opencode",
            ".local/state/opencode",
            ".cache/opencode",
        ],
    },
    KnownProgram {
        id: "gemini-cli",
        title: "Gemini CLI",
        commands: &["gemini"],
        args: &["--experimental-acp"],
        env: &[("NO_BROWSER", "1")],
        sign_in: "gemini",
        sign_in_folders: &[".gemini"],
    },
    KnownProgram {
        id: "claude-code",
        title: "Claude Code",
        commands: &["claude-agent-acp", "claude-code-acp"],
        args: &[],
        env: &[("DISABLE_AUTOUPDATER", "1")],
        sign_in: "claude /login",
        sign_in_folders: &[".claude", ".claude.json"],
    },
    KnownProgram {
        id: "codex",
        title: "Codex",
        commands: &["codex-acp"],
        args: &[],
        env: &[],
        sign_in: "codex login",
        sign_in_folders: &[".codex"],
    },
];

impl KnownProgram {
    /// The row that this command belongs to, by its file name.
    pub fn of(command: &str) -> Option<&'static KnownProgram> {
        let name = Path::new(command).file_name()?.to_str()?;
        KNOWN.iter().find(|known| known.commands.contains(&name))
    }

    /// Where it is, if it is installed.
    pub fn find(&self, places: &[PathBuf]) -> Option<PathBuf> {
        self.commands.iter().find_map(|command| locate_program(command, places).ok())
    }
}

/// Where programs are looked for: the person's own `PATH`, then the system's.
pub fn search_places() -> Vec<PathBuf> {
    let own: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let system = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from);
    let mut places: Vec<PathBuf> = own.into_iter().filter(|place| place.is_absolute()).collect();
    places.extend(system.into_iter().filter(|place| !places.contains(place)).collect::<Vec<_>>());
    places
}

/// What a program needs to see of the machine, beside the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sandboxing {
    /// The file that is started.
    pub program: PathBuf,
    pub read_only: Vec<PathBuf>,
    /// Folders for its own `PATH`, before the system's.
    pub path: Vec<PathBuf>,
}

impl Sandboxing {
    /// `path` is where it was found, `real` the file behind all links.
    pub fn of(path: &Path, real: &Path, places: &[PathBuf]) -> Sandboxing {
        let mut sandboxing = Sandboxing { program: path.to_owned(), read_only: Vec::new(), path: Vec::new() };
        if let Some(packages) = packages_around(real) {
            // A package finds its parts from where it really lies, so it is started there.
            real.clone_into(&mut sandboxing.program);
            sandboxing.read_only.push(packages);
        }
        let node = is_node_script(real).then(|| locate_program("node", places).ok()).flatten();
        if let Some(node) = node.and_then(|node| node.canonicalize().ok()) {
            sandboxing.path.extend(node.parent().map(Path::to_owned));
            sandboxing.read_only.push(node);
        }
        sandboxing
    }
}

/// The outermost `node_modules` around a file.
fn packages_around(path: &Path) -> Option<PathBuf> {
    path.ancestors()
        .filter(|folder| folder.file_name().is_some_and(|name| name == "node_modules"))
        .last()
        .map(Path::to_owned)
}

fn is_node_script(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(128).read_to_end(&mut start));
    let first = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    read.is_ok() && first.starts_with(b"#!") && first.windows(4).any(|word| word == b"node")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn each_program_is_in_the_table_once() {
        for (index, known) in KNOWN.iter().enumerate() {
            for command in known.commands {
                assert_eq!(KnownProgram::of(command), Some(known), "{command} belongs to {}", known.id);
                let place = format!("/somewhere/bin/{command}");
                assert_eq!(KnownProgram::of(&place), Some(known), "it is known wherever it lies");
            }
            assert!(KNOWN[index + 1..].iter().all(|other| other.id != known.id), "{} is unique", known.id);
        }
        assert_eq!(KnownProgram::of("sh"), None);
    }

    #[test]
    fn a_package_is_started_where_it_really_lies() {
        let home = tempfile::tempdir().expect("a temporary folder is needed");
        let home = home.path().canonicalize().expect("it is there");
        let script = home.join("lib/node_modules/agent/bin/codex-acp.js");
        let bin = home.join("bin");
        for folder in [script.parent().expect("it lies in a folder"), &bin] {
            std::fs::create_dir_all(folder).expect("the folder is ours");
        }
        for (file, text) in [(&script, "#!/usr/bin/env node\n"), (&bin.join("node"), "ELF")] {
            std::fs::write(file, text).expect("the folder is ours");
            std::fs::set_permissions(file, PermissionsExt::from_mode(0o755)).expect("the file is ours");
        }
        symlink(&script, bin.join("codex-acp")).expect("the folder is ours");
        let places = [bin.clone()];
        let known = KnownProgram::of("codex-acp").expect("it is in the table");
        let found = known.find(&places).expect("it lies on the path");
        let expected = Sandboxing {
            program: script.clone(),
            read_only: vec![home.join("lib/node_modules"), bin.join("node")],
            path: vec![bin],
        };
        assert_eq!(Sandboxing::of(&found, &script, &places), expected);
    }
}
