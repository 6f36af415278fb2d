//! A backup in the place of the record: done or undone at whatever moment the program is killed, and never a false
//! alarm, nor a way past a true one.

use std::fs;
use std::path::{Path, PathBuf};

use cadre_store::{
    Anchor, CopyError, Head, OpenOptions, PreparedRestore, RestoreOrder, Store, StoreClock, WriterTask,
    check_copy, clear_restore, decided_restore, upgrade_copy,
};

use crate::place::{Place, close, request, request_ids, run, verified};

const KEPT: &str = "../kept";

/// A workspace whose heads are kept outside, with a backup of three requests, and two more since.
struct Bench {
    root: tempfile::TempDir,
    backup: Head,
}

impl Bench {
    async fn new() -> Bench {
        let root = tempfile::tempdir().expect("a temporary folder");
        let bench = Bench { root, backup: Head { seq: 0, leaf: cadre_graph::Hash::from_bytes([0; 32]) } };
        let (store, writer) = bench.open().await;
        for id in ["r1", "r2", "r3"] {
            store.write(request(id)).await.expect("it is sound");
        }
        store.copy_to(&bench.copy()).await.expect("there is space");
        let copy = check_copy(&bench.copy()).await.expect("it can be read");
        assert_eq!(copy.findings, [], "a copy of a sound record is sound");
        for id in ["r4", "r5"] {
            store.write(request(id)).await.expect("it is sound");
        }
        close(store, writer).await;
        Bench { backup: copy.head, ..bench }
    }

    fn folder(&self) -> PathBuf {
        self.root.path().join("data")
    }

    fn copy(&self) -> PathBuf {
        self.root.path().join("copy.sqlite")
    }

    async fn open(&self) -> (Store, WriterTask) {
        let options = OpenOptions {
            folder: self.folder(),
            name: "Test".into(),
            new_id: "w1".into(),
            heads: Some(self.root.path().join("heads")),
            clock: StoreClock::new(|| 1_000_000),
        };
        Store::open(options).await.expect("it opens")
    }

    fn order(&self) -> RestoreOrder {
        RestoreOrder {
            decision: "decision1".into(),
            by: "owner".into(),
            channel: "cli".into(),
            decided_at: 2_000_000,
            from: self.copy().display().to_string(),
            made_at: 1_000_000,
            backup: self.backup,
            kept: KEPT.into(),
        }
    }

    async fn decide(&self) {
        let prepared = PreparedRestore::begin(&self.folder()).expect("a folder of ours");
        fs::copy(self.copy(), prepared.file()).expect("it is there");
        upgrade_copy(&prepared.file()).await.expect("it is of this version");
        prepared.decide(&self.order()).expect("the disk is sound");
    }

    /// What every course of a restore comes to.
    async fn assert_restored(&self, when: &str) {
        let (store, writer) = self.open().await;
        assert_eq!(request_ids(&store).await, ["r1", "r2", "r3"], "{when}: what was backed up is there");
        let entries = store.entries_after(0, 100).await.expect("reads");
        let restored: Vec<_> = entries.iter().filter(|it| it.kind == "workspace.restored").collect();
        assert_eq!(restored.len(), 1, "{when}: the chain says it once");
        assert_eq!(restored[0].data["witness"]["seq"], 6, "{when}: with the head that was outside");
        clear_restore(&self.folder()).expect("the disk is sound");
        let report = verified(&store).await;
        assert!(
            matches!(report.anchor, Anchor::UpTo(_)),
            "{when}: heads are kept again: {:?}",
            report.anchor
        );
        close(store, writer).await;
        let (store, writer) = self.open().await;
        let report = verified(&store).await;
        assert_eq!(report.anchor, Anchor::UpTo(report.entries), "{when}: also after the next start");
        close(store, writer).await;
        let kept = check_copy(&self.kept_file(when).await).await.expect("it can be read");
        assert_eq!((kept.findings, kept.head.seq), (vec![], 6), "{when}: what was replaced is kept whole");
    }

    /// The replaced record, as one file.
    async fn kept_file(&self, when: &str) -> PathBuf {
        let kept = self.folder().join(KEPT).join("cadre.sqlite");
        assert!(kept.is_file(), "{when}: the record that was replaced is kept");
        upgrade_copy(&kept).await.expect("it is a database");
        kept
    }
}

fn rename(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("it has one")).expect("is made");
    fs::rename(from, to).expect("it is there");
}

#[tokio::test]
async fn a_restore_that_is_killed_anywhere_ends_at_the_next_start() {
    let main = |bench: &Bench| bench.folder().join("cadre.sqlite");
    let aside = |bench: &Bench| rename(&main(bench), &bench.folder().join(KEPT).join("cadre.sqlite"));
    let in_place = |bench: &Bench| {
        aside(bench);
        rename(&bench.folder().join("restore.ready/cadre.sqlite"), &main(bench));
    };
    type Step<'a> = (&'a str, &'a dyn Fn(&Bench));
    let steps: [Step<'_>; 4] = [
        ("right after it was decided", &|_| {}),
        ("with an empty folder for the old record", &|bench| {
            fs::create_dir_all(bench.folder().join(KEPT)).expect("is made");
        }),
        ("with the old record aside", &aside),
        ("with the new one in place and not written down", &in_place),
    ];
    for (when, step) in steps {
        let bench = Bench::new().await;
        bench.decide().await;
        step(&bench);
        bench.assert_restored(when).await;
    }
    let bench = Bench::new().await;
    bench.decide().await;
    let (store, writer) = bench.open().await;
    close(store, writer).await;
    bench.assert_restored("written down, and not ended").await;
}

#[tokio::test]
async fn what_was_not_decided_changes_nothing_and_leaves_nothing() {
    let bench = Bench::new().await;
    let prepared = PreparedRestore::begin(&bench.folder()).expect("a folder of ours");
    fs::copy(bench.copy(), prepared.file()).expect("it is there");
    std::mem::forget(prepared); // as if the program was killed here
    let (store, writer) = bench.open().await;
    assert_eq!(request_ids(&store).await.len(), 5, "nobody decided");
    verified(&store).await;
    close(store, writer).await;
    assert!(!bench.folder().join("restore.part").exists(), "the next start removes the rest");
    bench.decide().await;
    assert!(decided_restore(&bench.folder()).expect("reads").is_some());
    clear_restore(&bench.folder()).expect("the disk is sound");
    let (store, writer) = bench.open().await;
    assert_eq!(request_ids(&store).await.len(), 5, "what was taken back is not done");
    close(store, writer).await;
}

#[tokio::test]
async fn a_file_that_was_put_back_by_hand_is_still_an_alarm() {
    let bench = Bench::new().await;
    let main = bench.folder().join("cadre.sqlite");
    fs::copy(bench.copy(), &main).expect("the workspace is closed");
    let (store, writer) = bench.open().await;
    let report = store.verify().await.expect("it can be read");
    assert!(report.findings.iter().any(|it| it.message.contains("the end was cut off")), "{report:?}");
    close(store, writer).await;

    // A restore explains the head that it replaced, and no other.
    let bench = Bench::new().await;
    bench.decide().await;
    let (store, writer) = bench.open().await;
    store.write(request("r6")).await.expect("it is sound");
    clear_restore(&bench.folder()).expect("the disk is sound");
    close(store, writer).await;
    let restored = fs::read(bench.folder().join("cadre.sqlite")).expect("ours");
    let (store, writer) = bench.open().await;
    for id in ["r7", "r8", "r9"] {
        store.write(request(id)).await.expect("it is sound");
    }
    close(store, writer).await;
    fs::write(bench.folder().join("cadre.sqlite"), restored).expect("the workspace is closed");
    let (store, writer) = bench.open().await;
    let report = store.verify().await.expect("it can be read");
    assert!(!report.holds(), "a restore long ago does not explain a cut today");
    close(store, writer).await;
}

#[tokio::test]
async fn a_copy_that_is_none_or_of_the_future_says_so() {
    let place = Place::with_a_request().await;
    let (store, writer) = place.open().await.expect("it opens");
    let copy = place.folder().join("copy.sqlite");
    store.copy_to(&copy).await.expect("there is space");
    let again = store.copy_to(&copy).await;
    assert!(again.is_err(), "a copy never overwrites another: {again:?}");
    close(store, writer).await;

    let text = place.folder().join("diary.sqlite");
    fs::write(&text, "Dear diary, this is not a database.\n".repeat(100)).expect("ours");
    assert!(matches!(upgrade_copy(&text).await, Err(CopyError::Damaged { .. })));
    assert!(matches!(check_copy(&text).await, Err(CopyError::Damaged { .. })));
    let nowhere = place.folder().join("nowhere.sqlite");
    assert!(upgrade_copy(&nowhere).await.is_err() && !nowhere.exists(), "nothing is made of nothing");

    let mut raw = place.raw().await;
    run(
        &mut raw,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (999, 'of the future', 1, X'00', 0)",
    )
    .await;
    run(&mut raw, "PRAGMA wal_checkpoint(TRUNCATE)").await;
    sqlx::Connection::close(raw).await.expect("nothing is open on it");
    let newer = upgrade_copy(&place.file()).await;
    assert!(matches!(newer, Err(CopyError::NewerSchema { found: 999, .. })), "{newer:?}");
}
