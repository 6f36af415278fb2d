//! A disk that becomes full: a mount of a few megabytes where the system lets us have one, else a limit on the size
//! of files, which fails writes in the same places and under another name.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cadre_store::{Batch, CopyError, Store, WriteError};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::place::{Place, close, filed, open, request, request_ids, verified};

const FOLDER: &str = "CADRE_TEST_SMALL_DISK";
const KIND: &str = "CADRE_TEST_SMALL_DISK_KIND";
const TEST: &str = "disk::a_full_disk_takes_nothing_half_and_is_survived";
/// What the shell below says when it got no mount.
const NO_MOUNT: i32 = 97;

#[test]
fn a_full_disk_takes_nothing_half_and_is_survived() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        return runtime.block_on(fill(PathBuf::from(folder)));
    }
    let place = Place::new();
    let mount = format!("mount -t tmpfs -o size=12m none \"${FOLDER}\" || exit {NO_MOUNT}; exec \"$@\"");
    for namespaces in [&["--user", "--map-root-user", "--mount"][..], &["--mount"]] {
        let with_mount = ["sh", "-c", &mount, "sh"];
        let Some(output) = again("unshare", &[namespaces, &with_mount].concat(), place.folder(), "mount")
        else {
            continue;
        };
        if output.status.success() || String::from_utf8_lossy(&output.stdout).contains(TEST) {
            return assert_passed(&output);
        }
    }
    // 8 MiB, in blocks of 512 bytes; without the trap the first write beyond it would end the process.
    let limit = "trap '' XFSZ; ulimit -S -f 16384; exec \"$@\"";
    assert_passed(&again("sh", &["-c", limit, "sh"], place.folder(), "limit").expect("there is a shell"));
}

/// This test, once more, in a process that has little space. `None` where there is no such program.
fn again(program: &str, args: &[&str], folder: &Path, kind: &str) -> Option<Output> {
    #[expect(clippy::disallowed_methods, reason = "what is started is this test itself")]
    let mut command = Command::new(program);
    command.args(args).arg(std::env::current_exe().expect("a test is a program"));
    command.args(["--exact", TEST, "--nocapture"]).env(FOLDER, folder).env(KIND, kind);
    command.output().ok()
}

fn assert_passed(output: &Output) {
    let said = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).join("\n");
    assert!(output.status.success(), "with little space: {said}");
    assert!(said.contains("1 passed"), "the test itself ran: {said}");
}

async fn fill(disk: PathBuf) {
    // Below the size of SQLite's cache the commit fails; above it a statement does, in the middle of a group.
    for (name, length) in [("small", 20_000), ("large", 1_000_000)] {
        let folder = disk.join(name);
        let (store, writer) = open(&folder).await.expect("there is space yet");
        let ballast = Ballast::new(&folder);
        let mut acknowledged = vec!["first".to_owned()];
        store.write(request("first")).await.expect("there is space yet");
        for round in 0.. {
            assert!(round < 1000, "{name}: the disk does not become full");
            let ids: Vec<String> = (0..4).map(|number| format!("r{round:03}-{number}")).collect();
            let outcomes = store.write_all(ids.iter().map(|id| large(id, length)).collect()).await;
            let all: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
            assert!(
                all.iter().all(|ok| *ok == all[0]),
                "{name}: a transaction is written or it is not: {all:?}"
            );
            if all[0] {
                acknowledged.extend(ids);
                continue;
            }
            for outcome in outcomes {
                assert_says_why(name, outcome.map(drop));
            }
            break;
        }
        as_acknowledged(&store, name, &acknowledged).await;
        let copied = store.copy_to(&folder.join("copy.sqlite")).await;
        assert_no_space(name, &copied);
        ballast.drop_it();
        store.write(request("r-after")).await.expect("there is space again");
        acknowledged.push("r-after".into());
        as_acknowledged(&store, name, &acknowledged).await;
        close(store, writer).await;
        let (store, writer) = open(&folder).await.expect("it opens again");
        as_acknowledged(&store, name, &acknowledged).await;
        close(store, writer).await;
        std::fs::remove_dir_all(&folder).expect("ours");
    }
}

fn large(id: &str, length: usize) -> Batch {
    let mut batch = Batch::new();
    batch.add(&filed(id, &id.repeat(length / id.len())));
    batch
}

fn assert_says_why(name: &str, outcome: Result<(), WriteError>) {
    match outcome {
        Err(WriteError::DiskFull) => {}
        Err(WriteError::Database(_)) if std::env::var_os(KIND).is_some_and(|kind| kind == "limit") => {}
        other => panic!("{name}: everybody who waited is told that the disk is full: {other:?}"),
    }
}

fn assert_no_space(name: &str, copied: &Result<(), CopyError>) {
    match copied {
        Err(CopyError::DiskFull { .. }) => {}
        Err(CopyError::Database(_)) if std::env::var_os(KIND).is_some_and(|kind| kind == "limit") => {}
        // A copy of little is no larger than what is left.
        Ok(()) if name == "small" => {}
        other => panic!("{name}: a copy needs space as well: {other:?}"),
    }
}

/// The ledger, its rows and its sequence are what was acknowledged: not more, not less.
async fn as_acknowledged(store: &Store, name: &str, acknowledged: &[String]) {
    let ids = request_ids(store).await;
    let mut wanted = acknowledged.to_vec();
    wanted.sort();
    assert_eq!(ids, wanted, "{name}: what was acknowledged is there and nothing else is");
    let entries = verified(store).await.entries;
    assert_eq!(entries, 1 + acknowledged.len() as u64, "{name}: one entry each, and the first");
}

/// Space that can be had back.
struct Ballast(PathBuf);

impl Ballast {
    fn new(folder: &Path) -> Ballast {
        let file = folder.join("ballast");
        std::fs::write(&file, vec![1; 3 * 1024 * 1024]).expect("there is space yet");
        Ballast(file)
    }

    fn drop_it(self) {
        std::fs::remove_file(self.0).expect("ours");
        let limit = getrlimit(Resource::Fsize);
        setrlimit(Resource::Fsize, Rlimit { current: limit.maximum, ..limit }).expect("up to the hard limit");
    }
}
