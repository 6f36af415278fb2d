//! Folders to look at and the program that looks.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// 2025-11-21 04:40 UTC, in microseconds.
pub(crate) const NOW: i64 = 1_763_700_000_000_000;

/// A temporary folder with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (path, content) in files {
        write(folder.path(), path, content.as_bytes());
    }
    folder
}

pub(crate) fn write(folder: &Path, path: &str, content: &[u8]) {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("folders can be made");
    std::fs::write(path, content).expect("a file can be written");
}

#[expect(clippy::disallowed_methods, reason = "tests start the built program and git")]
pub(crate) fn command(program: &str) -> Command {
    Command::new(program)
}

/// Starts the program as it is, with any bytes on standard input.
pub(crate) fn run_raw(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = command(env!("CARGO_BIN_EXE_cadre-functions"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // A program that refuses its arguments may end before it has read everything.
    let _ = child.stdin.take().expect("it has a standard input").write_all(input);
    child.wait_with_output().expect("the program ends")
}

pub(crate) fn input(folder: &Path, inputs: &Value, instructions: &str) -> Value {
    json!({
        "contract": 1,
        "task": { "title": "Look", "instructions": instructions },
        "folder": folder.to_str().expect("temporary folders have plain names"),
        "inputs": inputs,
        "now": NOW,
    })
}

/// Runs an agent that must succeed and gives its whole output.
pub(crate) fn run_with(agent: &str, folder: &Path, inputs: &Value, instructions: &str) -> Value {
    let output = run_raw(&[agent], input(folder, inputs, instructions).to_string().as_bytes());
    let text = String::from_utf8(output.stdout).expect("the output is UTF-8");
    assert!(output.status.success(), "{agent} must succeed, but said: {text}");
    assert!(text.len() < 1024 * 1024, "a result stays below 1 MiB, but has {} bytes", text.len());
    let mut output: Value = serde_json::from_str(&text).expect("the output is one JSON document");
    // Another crate of the workspace decides whether serde_json keeps the order of fields; these tests do not.
    output.sort_all_objects();
    output
}

pub(crate) fn data(agent: &str, folder: &Path) -> Value {
    run_with(agent, folder, &json!({}), "")["data"].take()
}

/// `(severity, code, file:line)` of the findings in an auditor's data.
pub(crate) fn findings(data: &Value) -> Vec<String> {
    let items = data["findings"]["items"].as_array().expect("findings are a list");
    items
        .iter()
        .map(|finding| {
            let line = finding["line"].as_u64().map_or_else(String::new, |line| format!(":{line}"));
            let text = |name: &str| finding[name].as_str().unwrap_or("-").to_owned();
            format!("{} {} {}{line}", text("severity"), text("code"), text("file"))
        })
        .collect()
}

pub(crate) struct Repository {
    pub(crate) folder: TempDir,
}

impl Repository {
    pub(crate) fn new() -> Self {
        let repository = Self { folder: folder(&[]) };
        repository.git(&["init", "--quiet", "--initial-branch=main"], "Ada", 0);
        repository
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs git as `author`, `days_ago` before [`NOW`].
    pub(crate) fn git(&self, arguments: &[&str], author: &str, days_ago: i64) {
        let date = format!("@{} +0000", NOW / 1_000_000 - days_ago * 86_400);
        let email = format!("{}@example.org", author.to_lowercase().replace([' ', '[', ']'], "."));
        let output = command("git")
            .arg("-C")
            .arg(self.path())
            .args(arguments)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .envs([("GIT_AUTHOR_NAME", author), ("GIT_COMMITTER_NAME", author)])
            .envs([("GIT_AUTHOR_EMAIL", &email), ("GIT_COMMITTER_EMAIL", &email)])
            .envs([("GIT_AUTHOR_DATE", &date), ("GIT_COMMITTER_DATE", &date)])
            .output()
            .expect("git starts");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    pub(crate) fn commit(&self, author: &str, days_ago: i64, files: &[(&str, &str)]) {
        for (path, content) in files {
            write(self.path(), path, content.as_bytes());
        }
        self.git(&["add", "--all"], author, days_ago);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=change"], author, days_ago);
    }
}
