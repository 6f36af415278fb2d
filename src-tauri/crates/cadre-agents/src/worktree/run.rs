//! Running git, confined, with nothing of a repository's own configuration that could start a program.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::GitError;
use crate::command::{self, CommandSpec, Confinement, Exit, resolve_program};

/// Where git is looked for.
const PLACES: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// The oldest git that merges without a checkout (`merge-tree --write-tree`).
const OLDEST: (u32, u32) = (2, 38);

/// Settings that override those of the repository.
const SAFE_SETTINGS: [(&str, &str); 14] = [
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.attributesFile", "/dev/null"),
    ("core.excludesFile", "/dev/null"),
    ("core.untrackedCache", "false"),
    ("core.pager", "cat"),
    ("commit.gpgSign", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("submodule.recurse", "false"),
    ("merge.renormalize", "false"),
    ("protocol.allow", "never"),
    ("safe.directory", "*"),
    ("advice.detachedHead", "false"),
];

/// Large repositories take their time to check out.
const TIME_LIMIT: Duration = Duration::from_secs(15 * 60);
const OUTPUT_LIMIT: usize = 64 * 1024 * 1024;

/// The git of this machine, for the time of one task.
#[derive(Debug)]
pub struct Git<'a> {
    program: PathBuf,
    confinement: &'a Confinement,
    cancelled: CancellationToken,
    /// By Git folder, since asking takes as long as most commands.
    defused: Mutex<HashMap<PathBuf, Defused>>,
}

/// Settings that take the programs of a repository's configuration away.
type Defused = Arc<Vec<(String, &'static str)>>;

/// One checkout, or a repository without one.
#[derive(Debug, Clone)]
pub(super) struct Checkout {
    pub(super) git_dir: PathBuf,
    pub(super) common_dir: PathBuf,
    pub(super) files: Option<PathBuf>,
}

/// One call of git.
pub(super) struct Call<'a> {
    pub(super) at: &'a Checkout,
    pub(super) args: Vec<String>,
    pub(super) stdin: String,
    pub(super) env: BTreeMap<String, String>,
    /// Folders that it may change; none for a look.
    pub(super) writes: Vec<PathBuf>,
}

impl<'a> Call<'a> {
    pub(super) fn look(at: &'a Checkout, args: &[&str]) -> Self {
        let args = args.iter().map(|arg| (*arg).to_owned()).collect();
        Call { at, args, stdin: String::new(), env: BTreeMap::new(), writes: Vec::new() }
    }

    /// May change what all worktrees share, and the checkout itself.
    pub(super) fn change(at: &'a Checkout, args: &[&str]) -> Self {
        let writes = std::iter::once(at.common_dir.clone()).chain(at.files.clone()).collect();
        Call { writes, ..Call::look(at, args) }
    }
}

pub(super) struct Said {
    pub(super) code: i32,
    pub(super) stdout: Vec<u8>,
    stderr: String,
    command: String,
}

impl Said {
    /// The output, if git ended well.
    pub(super) fn ok(self) -> Result<Vec<u8>, GitError> {
        match self.code {
            0 => Ok(self.stdout),
            _ => Err(self.failed()),
        }
    }

    pub(super) fn failed(self) -> GitError {
        let line = self.stderr.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no message");
        let message: String = line.chars().filter(|letter| !letter.is_control()).take(500).collect();
        GitError::Failed { command: self.command, message }
    }

    /// The one line that was printed.
    pub(super) fn line(self) -> Result<String, GitError> {
        Ok(String::from_utf8_lossy(&self.ok()?).trim_end().to_owned())
    }
}

impl<'a> Git<'a> {
    /// # Errors
    /// There is no git on this machine.
    pub fn find(confinement: &'a Confinement, cancelled: CancellationToken) -> Result<Self, GitError> {
        let places = PLACES.map(PathBuf::from);
        let found = resolve_program("git", &places, Path::new("/"), Path::new("/nonexistent"));
        let program = found.map_err(|_| GitError::NoGit)?.path;
        Ok(Git { program, confinement, cancelled, defused: Mutex::default() })
    }

    /// # Errors
    /// Git is too old.
    pub(super) async fn check_version(&self, at: &Checkout) -> Result<(), GitError> {
        let said = self.plain(Call::look(at, &["version"]), &[]).await?.line()?;
        let mut numbers = said
            .trim_start_matches("git version ")
            .split(|letter: char| !letter.is_ascii_digit())
            .map(|part| part.parse().unwrap_or(0));
        let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        match version >= OLDEST {
            true => Ok(()),
            false => Err(GitError::TooOld { found: said }),
        }
    }

    /// Runs git. What it said is the caller's to judge.
    pub(super) async fn run(&self, call: Call<'_>) -> Result<Said, GitError> {
        let defused = self.defused(call.at).await?;
        self.plain(call, &defused).await
    }

    /// Settings that take away every program that the repository's own configuration names: filters, which a
    /// checkout runs, and merge drivers. Without its filter a file is what is stored; without its driver a merge is
    /// a conflict.
    async fn defused(&self, at: &Checkout) -> Result<Defused, GitError> {
        let known = self.defused.lock().unwrap_or_else(PoisonError::into_inner).get(&at.git_dir).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let listed = self.plain(Call::look(at, &["config", "--list", "--name-only", "-z"]), &[]).await?;
        let names = listed.ok()?;
        let mut settings = Vec::new();
        for name in names.split(|byte| *byte == 0) {
            let last = name.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
            let value = match (name.starts_with(b"filter."), name.starts_with(b"merge."), last) {
                (true, _, b"clean" | b"smudge" | b"process") => "",
                (true, _, b"required") => "false",
                (_, true, b"driver") => "false",
                _ => continue,
            };
            let name = std::str::from_utf8(name).map_err(|_| GitError::OddConfiguration)?;
            settings.push((name.to_owned(), value));
        }
        let settings = Arc::new(settings);
        let mut defused = self.defused.lock().unwrap_or_else(PoisonError::into_inner);
        defused.insert(at.git_dir.clone(), Arc::clone(&settings));
        Ok(settings)
    }

    async fn plain(
        &self,
        call: Call<'_>,
        more_settings: &[(String, &'static str)],
    ) -> Result<Said, GitError> {
        let Call { at, args, stdin, env, writes } = call;
        let command = args.first().cloned().unwrap_or_default();
        let cwd = at.files.clone().unwrap_or_else(|| at.git_dir.clone());
        let mut spec = CommandSpec::new(&self.program, cwd);
        spec.args = ["--no-pager".to_owned(), "--no-replace-objects".to_owned()].into();
        spec.args.extend(args);
        spec.stdin = stdin.into_bytes();
        spec.env.extend(environment(at, more_settings));
        spec.env.extend(env);
        spec.read_only =
            [at.git_dir.clone(), at.common_dir.clone()].into_iter().chain(at.files.clone()).collect();
        // The deeper of two places wins, so one beneath what may be changed would forbid it.
        spec.read_only.retain(|place| !writes.iter().any(|may| place.starts_with(may)));
        spec.read_write = writes;
        spec.time_limit = TIME_LIMIT;
        spec.output_limit = OUTPUT_LIMIT;
        let outcome = command::run(spec, self.confinement, self.cancelled.clone(), |_, _| {}).await?;
        let stderr = outcome.stderr.to_text().into_owned();
        match outcome.exit {
            Exit::Code(code) => Ok(Said { code, stdout: outcome.stdout.head, stderr, command }),
            Exit::Cancelled => Err(GitError::Stopped),
            other => Err(GitError::Failed { command, message: format!("git ended by {other:?}") }),
        }
    }
}

fn environment(at: &Checkout, more_settings: &[(String, &'static str)]) -> Vec<(String, String)> {
    let settings = SAFE_SETTINGS.iter().map(|(name, value)| (*name, *value));
    let settings: Vec<_> =
        settings.chain(more_settings.iter().map(|(name, value)| (name.as_str(), *value))).collect();
    let fixed = [
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_ATTR_NOSYSTEM", "1"),
        ("GIT_ALLOW_PROTOCOL", ""),
        ("GIT_EDITOR", "true"),
        ("LC_ALL", "C"),
        ("TZ", "UTC"),
    ];
    let mut env: Vec<(String, String)> =
        fixed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    // Named here, so that neither a `core.worktree` nor a `.git` file of the repository decides.
    env.push(("GIT_DIR".into(), at.git_dir.to_string_lossy().into_owned()));
    env.extend(at.files.iter().map(|files| ("GIT_WORK_TREE".into(), files.to_string_lossy().into_owned())));
    // By the environment and not by `-c`: a name there may hold a `=`.
    env.push(("GIT_CONFIG_COUNT".into(), settings.len().to_string()));
    for (index, (name, value)) in settings.iter().enumerate() {
        env.push((format!("GIT_CONFIG_KEY_{index}"), (*name).to_owned()));
        env.push((format!("GIT_CONFIG_VALUE_{index}"), (*value).to_owned()));
    }
    env
}
