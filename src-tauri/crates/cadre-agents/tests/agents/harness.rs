//! One way to run a shell script in a fresh project at a given level.

use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cadre_agents::command::{
    CommandError, CommandOutcome, CommandSpec, Confinement, ContainmentLevel, find_beside_current_exe, probe,
    run,
};
use tokio_util::sync::CancellationToken;

pub(crate) struct Project {
    folder: tempfile::TempDir,
    pub(crate) level: ContainmentLevel,
    pub(crate) hidden: Vec<PathBuf>,
}

impl Project {
    pub(crate) fn new(level: ContainmentLevel) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder is needed");
        Self { folder, level, hidden: Vec::new() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a file has a folder")).expect("the folder is ours");
        std::fs::write(&path, content).expect("the folder is ours");
        path
    }

    /// `sh -c script` in the project, which it may write.
    pub(crate) fn script(&self, script: &str) -> CommandSpec {
        let mut spec = CommandSpec::new("/bin/sh", self.path());
        spec.args = vec!["-c".to_owned(), script.to_owned()];
        spec.read_write = vec![self.path().to_owned()];
        spec.time_limit = Duration::from_secs(60);
        spec.grace = Duration::from_millis(300);
        spec
    }

    pub(crate) fn confinement(&self) -> Confinement {
        Confinement { exec_program: exec_program(), level: self.level, hidden: self.hidden.clone() }
    }

    pub(crate) async fn try_run(&self, spec: CommandSpec) -> Result<CommandOutcome, CommandError> {
        run(spec, &self.confinement(), CancellationToken::new(), |_, _| {}).await
    }

    pub(crate) async fn run(&self, spec: CommandSpec) -> CommandOutcome {
        self.try_run(spec).await.expect("the command must start")
    }

    /// Trimmed standard output of a script that must succeed.
    pub(crate) async fn output(&self, script: &str) -> String {
        let outcome = self.run(self.script(script)).await;
        let shown = (outcome.exit, outcome.stderr.to_text().into_owned());
        assert_eq!(outcome.exit, cadre_agents::command::Exit::Code(0), "{script}: {shown:?}");
        outcome.stdout.to_text().trim().to_owned()
    }

    /// A FIFO that scripts open for writing as descriptor 5 and that everything they start inherits.
    pub(crate) fn witness(&self) -> Witness {
        let path = self.path().join("witness");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &path,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .expect("a FIFO in a folder of ours");
        let reader = std::fs::File::options()
            .read(true)
            .custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed())
            .open(&path)
            .expect("it was just made");
        Witness { reader }
    }
}

pub(crate) struct Witness {
    reader: std::fs::File,
}

impl Witness {
    /// Reading says end of file if nobody has it open for writing, and "would block" if somebody has.
    pub(crate) fn assert_nobody_is_left(&mut self, what: &str) {
        let mut said = Vec::new();
        let read = self.reader.read_to_end(&mut said);
        assert!(read.is_ok(), "{what}: a process of the command still lives ({read:?})");
        assert_eq!(said, b"here\n", "{what}: the witness must have been open, or the test proves nothing");
    }

    /// Blocks until the last writer is gone.
    pub(crate) fn wait_until_nobody_is_left(&mut self) {
        let flags = rustix::fs::OFlags::empty();
        rustix::fs::fcntl_setfl(&self.reader, flags).expect("a descriptor of ours");
        self.reader.read_to_end(&mut Vec::new()).expect("a FIFO of ours");
    }
}

/// The levels that work on this machine; the weaker ones are used even where a stronger one works.
pub(crate) fn levels() -> Vec<ContainmentLevel> {
    let strongest = probe().level;
    [ContainmentLevel::None, ContainmentLevel::Partly, ContainmentLevel::Contained]
        .into_iter()
        .filter(|level| *level <= strongest)
        .collect()
}

/// The levels that promise something.
pub(crate) fn walled_levels() -> Vec<ContainmentLevel> {
    levels().into_iter().filter(|level| *level > ContainmentLevel::None).collect()
}

pub(crate) fn exec_program() -> PathBuf {
    find_beside_current_exe("cadre-exec").expect("build it first: cargo build -p cadre-exec")
}
