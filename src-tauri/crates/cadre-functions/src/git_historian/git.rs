//! The one place that starts a program: git, reading only. A repository is hostile input, so nothing in its
//! configuration may start another program, ask a question or reach the network.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::display;
use crate::failure::Failure;

/// Settings that override those of the repository. A worktree of another owner is still only read.
const SAFE_SETTINGS: [&str; 9] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.untrackedCache=false",
    "log.showSignature=false",
    "log.follow=false",
    "mailmap.blob=",
    "protocol.allow=never",
    "safe.directory=*",
];

/// What git needs to run at all; everything else of the environment could change what it prints or does.
const PASSED_ON: [&str; 4] = ["PATH", "HOME", "SYSTEMROOT", "TEMP"];

const MESSAGE_LIMIT: u64 = 4 * 1024;
/// The longest record that is kept: a path, or a header with a name.
const RECORD_LIMIT: u64 = 64 * 1024;

pub(crate) struct Git {
    folder: PathBuf,
}

impl Git {
    pub(crate) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The output of a command whose output is small, or nothing if it says no.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Result<Option<String>, Failure> {
        let mut text = Vec::new();
        let mut running = self.start(arguments)?;
        running.output.read_to_end(&mut text).map_err(|error| failed(arguments, &error.to_string()))?;
        let (succeeded, _) = running.finish();
        let text = String::from_utf8_lossy(&text).trim_end().to_owned();
        Ok(succeeded.then_some(text))
    }

    /// Hands each record, ended by `separator`, to `take` and keeps none.
    pub(crate) fn each_record(
        &self,
        arguments: &[&str],
        separator: u8,
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), Failure> {
        let mut running = self.start(arguments)?;
        let mut record = Vec::new();
        loop {
            record.clear();
            let read = (&mut running.output)
                .take(RECORD_LIMIT)
                .read_until(separator, &mut record)
                .map_err(|error| failed(arguments, &error.to_string()))?;
            if read == 0 {
                break;
            }
            take(record.strip_suffix(&[separator]).unwrap_or(&record));
        }
        match running.finish() {
            (true, _) => Ok(()),
            (false, message) => Err(failed(arguments, &message)),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "a function agent runs confined itself and does not know cadre-agents; git is its only program"
    )]
    fn start(&self, arguments: &[&str]) -> Result<Running, Failure> {
        let mut command = Command::new("git");
        command.arg("--no-pager").arg("--no-replace-objects").arg("-C").arg(&self.folder);
        for setting in SAFE_SETTINGS {
            command.arg("-c").arg(setting);
        }
        command.args(arguments).env_clear().envs(environment());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(Failure::GitMissing)?;
        let lost = || failed(arguments, "its output could not be read");
        let output = BufReader::new(child.stdout.take().ok_or_else(lost)?);
        let mut errors = child.stderr.take().ok_or_else(lost)?;
        // Read aside, or a git with much to complain about would wait for us while we wait for it.
        let messages = std::thread::spawn(move || {
            let mut message = Vec::new();
            // What cannot be read of a message is only missing from the message.
            let _ = (&mut errors).take(MESSAGE_LIMIT).read_to_end(&mut message);
            let _ = std::io::copy(&mut errors, &mut std::io::sink());
            String::from_utf8_lossy(&message).into_owned()
        });
        Ok(Running { child, output, messages })
    }
}

fn environment() -> Vec<(OsString, OsString)> {
    let inherited = PASSED_ON.iter().filter_map(|name| Some((name.into(), std::env::var_os(name)?)));
    let fixed = [
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_ATTR_NOSYSTEM", "1"),
        ("GIT_ALLOW_PROTOCOL", ""),
        ("LC_ALL", "C"),
        ("TZ", "UTC"),
    ];
    inherited.chain(fixed.iter().map(|(name, value)| (name.into(), value.into()))).collect()
}

fn failed(arguments: &[&str], message: &str) -> Failure {
    let command = arguments.first().copied().unwrap_or_default().to_owned();
    let line = message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no message");
    Failure::GitFailed { command, message: display::clip(&display::shown_text(line), 300) }
}

struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
    messages: std::thread::JoinHandle<String>,
}

impl Running {
    fn finish(mut self) -> (bool, String) {
        let succeeded = self.child.wait().is_ok_and(|status| status.success());
        (succeeded, self.messages.join().unwrap_or_default())
    }
}
