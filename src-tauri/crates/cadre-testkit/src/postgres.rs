//! A PostgreSQL for tests: one cluster for all test programs of this user that run at the same time, and a schema for
//! each test.
//!
//! Whoever needs it holds a shared lock on a file for as long. A keeper waits for that file alone and then stops the
//! cluster, so that it ends with the last test however that ends. It listens on a socket in its folder only.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Uid, getuid};

/// A schema of its own in a running cluster, for as long as this lives.
pub struct Schema {
    pub url: String,
    pub name: String,
    /// Held shared.
    _users: File,
}

/// What the cluster does without: a test loses no power.
const SETTINGS: &[&str] = &[
    "listen_addresses=''",
    "fsync=off",
    "full_page_writes=off",
    "max_connections=300",
    "shared_buffers=64MB",
];

impl Schema {
    /// # Panics
    /// PostgreSQL is not installed, or does not start. `npm test` installs it.
    pub fn new() -> Schema {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = PathBuf::from(format!("/tmp/cadre-postgres-{}", getuid().as_raw()));
        fs::create_dir_all(&folder).expect("a folder for the cluster");
        let users = file(&folder.join("users"));
        flock(&users, FlockOperation::LockShared).expect("the lock of those who use it");
        let starting = file(&folder.join("starting"));
        flock(&starting, FlockOperation::LockExclusive).expect("the lock of who starts it");
        if !folder.join(".s.PGSQL.5432").exists() {
            start(&folder);
        }
        drop(starting);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        let url = format!("host={} user=cadre dbname=postgres", folder.display());
        Schema { url, name, _users: users }
    }
}

impl Default for Schema {
    fn default() -> Self {
        Self::new()
    }
}

fn file(path: &Path) -> File {
    OpenOptions::new().create(true).truncate(false).write(true).open(path).expect("a file of ours")
}

/// The newest PostgreSQL of Debian's packages, or what is on the path.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest =
        versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").exists()).max();
    newest.unwrap_or_default()
}

/// A command as somebody that PostgreSQL serves: it refuses to run as root.
fn command(program: &str) -> Command {
    let program = programs().join(program);
    #[expect(clippy::disallowed_methods, reason = "a test's own server, which this module ends")]
    let command = match getuid() == Uid::ROOT {
        true => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
            command
        }
        false => Command::new(program),
    };
    command
}

fn start(folder: &Path) {
    let data = folder.join("data");
    // What an earlier one left is worth nothing, and may be half.
    let _ = fs::remove_dir_all(&data);
    let _ = fs::remove_file(folder.join(".s.PGSQL.5432.lock"));
    fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).expect("it is ours");
    let mut initdb = command("initdb");
    initdb
        .args(["--username=cadre", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "-D"])
        .arg(&data);
    succeed(&mut initdb);
    let mut settings = format!("unix_socket_directories='{}'\n", folder.display());
    for setting in SETTINGS {
        settings.push_str(setting);
        settings.push('\n');
    }
    let mut file =
        OpenOptions::new().append(true).open(data.join("postgresql.conf")).expect("initdb made it");
    file.write_all(settings.as_bytes()).expect("the disk has space");
    let mut start = command("pg_ctl");
    start.args(["--wait", "-l"]).arg(data.join("log")).arg("-D").arg(&data).arg("start");
    succeed(&mut start);
    keep(folder, &data);
}

/// Stops the cluster when nobody uses it any more. In a session of its own, so that it outlives an interrupted test.
fn keep(folder: &Path, data: &Path) {
    let stop = command("pg_ctl");
    #[expect(clippy::disallowed_methods, reason = "it ends what this module started")]
    let mut keeper = Command::new("setsid");
    keeper.args(["--fork", "flock"]).arg(folder.join("users")).arg(stop.get_program()).args(stop.get_args());
    keeper.args(["--mode=immediate", "stop", "-D"]).arg(data);
    succeed(&mut keeper);
}

fn succeed(command: &mut Command) {
    // Into files: a server that is started would hold a pipe open for ever.
    let output = tempfile::tempfile().expect("a temporary file");
    let to = |file: &File| Stdio::from(file.try_clone().expect("a file of ours"));
    let status = command.stdin(Stdio::null()).stdout(to(&output)).stderr(to(&output)).status();
    let status =
        status.unwrap_or_else(|error| panic!("PostgreSQL is not installed; `npm test` does it: {error}"));
    if !status.success() {
        let mut said = String::new();
        let mut output = output;
        let _ = std::io::Seek::rewind(&mut output);
        let _ = std::io::Read::read_to_string(&mut output, &mut said);
        panic!("{command:?}: {said}");
    }
}
