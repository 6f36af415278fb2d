//! A backup in the place of the record: done or undone at whatever moment the program is killed, and never a false
//! alarm, nor a way past a true one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use cadre_core::endpoint::EndpointTerms;
use cadre_store::aggregates::endpoint::EndpointEnabled;
use cadre_store::aggregates::rule::RuleMade;
use cadre_store::aggregates::spend::{SpendPlace, SpendReserved};
use cadre_store::aggregates::workspace::WorkspaceRestored;
use cadre_store::{
    Anchor, Batch, ClosedWorkspace, Comparison, CopyError, Head, OpenOptions, PreparedRestore, RestoreOrder,
    Store, StoreClock, WriterTask, check_copy, decided_restore, hash_of_copy, upgrade_copy, value_part,
};
use serde_json::json;

use crate::place::{Place, close, request, request_ids, run, verified};

const KEPT: &str = "replaced/kept";

/// A workspace whose heads are kept outside, with a backup of three requests, and two more since.
pub(crate) struct Bench {
    pub(crate) root: tempfile::TempDir,
    pub(crate) backup: Head,
}

impl Bench {
    pub(crate) async fn new() -> Bench {
        Bench::with(Batch::new(), Batch::new()).await
    }

    /// With more from before the backup, and more from after it.
    pub(crate) async fn with(before: Batch, after: Batch) -> Bench {
        let root = tempfile::tempdir().expect("a temporary folder");
        let bench = Bench { root, backup: Head { seq: 0, leaf: cadre_graph::Hash::from_bytes([0; 32]) } };
        let (store, writer) = bench.open().await;
        for id in ["r1", "r2", "r3"] {
            store.write(request(id)).await.expect("it is sound");
        }
        store.write(before).await.expect("it is sound");
        store.copy_to(&bench.copy()).await.expect("there is space");
        let copy = check_copy(&bench.copy()).await.expect("it can be read");
        assert_eq!(copy.findings, [], "a copy of a sound record is sound");
        for id in ["r4", "r5"] {
            store.write(request(id)).await.expect("it is sound");
        }
        store.write(after).await.expect("it is sound");
        close(store, writer).await;
        Bench { backup: copy.head, ..bench }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.root.path().join("data")
    }

    pub(crate) fn copy(&self) -> PathBuf {
        self.root.path().join("copy.sqlite")
    }

    pub(crate) async fn open(&self) -> (Store, WriterTask) {
        self.open_with(Some(self.heads())).await
    }

    pub(crate) fn heads(&self) -> PathBuf {
        self.root.path().join("heads")
    }

    pub(crate) async fn open_with(&self, heads: Option<PathBuf>) -> (Store, WriterTask) {
        let options = OpenOptions {
            folder: self.folder(),
            name: "Test".into(),
            new_id: "w1".into(),
            heads,
            clock: StoreClock::new(|| 1_000_000),
        };
        Store::open(options).await.expect("it opens")
    }

    pub(crate) fn order(&self) -> RestoreOrder {
        RestoreOrder {
            decision: "decision1".into(),
            workspace: "w1".into(),
            by: "owner".into(),
            channel: "cli".into(),
            decided_at: 2_000_000,
            from: self.copy().display().to_string(),
            made_at: 1_000_000,
            backup: self.backup,
            copy: cadre_graph::Hash::from_bytes([0; 32]),
            compared: Comparison::Part,
            kept: KEPT.into(),
        }
    }

    /// As long as this lives, nobody has it open.
    pub(crate) fn closed(&self) -> ClosedWorkspace {
        ClosedWorkspace::hold(&self.folder(), Some(self.heads())).expect("nobody has it open")
    }

    pub(crate) async fn decide(&self) {
        let prepared = PreparedRestore::begin(&self.folder()).expect("a folder of ours");
        fs::copy(self.copy(), prepared.file()).expect("it is there");
        upgrade_copy(&prepared.file()).await.expect("it is of this version");
        let order =
            RestoreOrder { copy: hash_of_copy(&prepared.file()).expect("it is there"), ..self.order() };
        self.closed().decide(prepared, &order).expect("the disk is sound");
    }

    /// As it is kept outside the file.
    pub(crate) fn kept_head(&self) -> Head {
        let text = fs::read(self.heads().join("w1.json")).expect("it was kept");
        serde_json::from_slice(&text).expect("ours")
    }

    pub(crate) fn note(&self) -> PathBuf {
        self.heads().join("w1.restore.json")
    }

    /// What every course of a restore comes to.
    async fn assert_restored(&self, when: &str) {
        let (store, writer) = self.open().await;
        assert_eq!(request_ids(&store).await, ["r1", "r2", "r3"], "{when}: what was backed up is there");
        let entries = store.entries_after(0, 100).await.expect("reads");
        let restored: Vec<_> = entries.iter().filter(|it| it.kind == "workspace.restored").collect();
        assert_eq!(restored.len(), 1, "{when}: the chain says it once");
        assert_eq!(restored[0].data["witness"]["seq"], 6, "{when}: with the head that was outside");
        assert!(!self.note().exists(), "{when}: the note outside went when the new head was kept");
        store.clear_restore().expect("the disk is sound");
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
        let note = json!({ "decision": "decision1", "witness": bench.kept_head(), "backup": bench.backup });
        fs::write(bench.note(), note.to_string()).expect("ours");
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
async fn a_restore_that_cannot_be_put_in_place_leaves_the_record_open_and_can_be_taken_back() {
    type Block = fn(&Bench);
    let blocks: [(&str, Block); 3] = [
        ("no folder for the old record", |bench| {
            fs::write(bench.folder().join("replaced"), "a file").expect("ours");
        }),
        ("half of the record does not move", |bench| {
            fs::write(bench.folder().join("cadre.sqlite-wal"), "").expect("ours");
            fs::create_dir_all(bench.folder().join(KEPT).join("cadre.sqlite-wal")).expect("ours");
        }),
        ("nothing can be noted outside", |bench| {
            fs::create_dir_all(bench.note()).expect("ours");
        }),
    ];
    for (when, block) in blocks {
        let bench = Bench::new().await;
        bench.decide().await;
        for start in 1..=2 {
            block(&bench);
            let (store, writer) = bench.open().await;
            assert_eq!(request_ids(&store).await.len(), 5, "{when}, start {start}: the record is as it was");
            assert!(store.restored().is_none() && store.restore_problem().is_some(), "{when}: and says why");
            assert!(decided_restore(&bench.folder()).expect("reads").is_some(), "{when}: it stays decided");
            verified(&store).await;
            close(store, writer).await;
        }
        let closed = bench.closed();
        assert!(closed.take_back_restore().expect("the disk is sound"), "{when}");
        assert!(!closed.take_back_restore().expect("the disk is sound"), "{when}: none is left");
        drop(closed);
        let (store, writer) = bench.open().await;
        assert_eq!((request_ids(&store).await.len(), store.restore_problem()), (5, None), "{when}");
        close(store, writer).await;
    }
}

#[tokio::test]
async fn a_restore_that_was_killed_halfway_and_is_taken_back_leaves_the_old_record() {
    let bench = Bench::new().await;
    bench.decide().await;
    let main = bench.folder().join("cadre.sqlite");
    rename(&main, &bench.folder().join(KEPT).join("cadre.sqlite"));
    let closed = bench.closed();
    assert!(closed.take_back_restore().expect("the disk is sound"));
    drop(closed);
    let (store, writer) = bench.open().await;
    assert_eq!(request_ids(&store).await.len(), 5);
    verified(&store).await;
    close(store, writer).await;
}

#[tokio::test]
async fn a_file_that_was_put_back_cannot_excuse_itself() {
    // With an entry like that of a restore.
    let bench = Bench::new().await;
    let main = bench.folder().join("cadre.sqlite");
    fs::copy(bench.copy(), &main).expect("the workspace is closed");
    let (store, writer) = bench.open_with(None).await;
    let mut batch = Batch::new();
    batch.add(&WorkspaceRestored {
        decision: "decision1".into(),
        made_at: "1000000".into(),
        backup: bench.backup,
        replaced: None,
        witness: Some(bench.kept_head()),
        kept: KEPT.into(),
        compared: None,
    });
    store.write(batch).await.expect("the chain is sound");
    close(store, writer).await;
    for start in 1..=2 {
        let (store, writer) = bench.open().await;
        let report = store.verify().await.expect("it can be read");
        assert!(!report.holds(), "start {start}: nothing outside knows of a restore");
        close(store, writer).await;
    }

    // With an order whose copy was never there.
    let bench = Bench::new().await;
    let main = bench.folder().join("cadre.sqlite");
    fs::copy(bench.copy(), &main).expect("the workspace is closed");
    let ready = bench.folder().join("restore.ready");
    fs::create_dir_all(&ready).expect("ours");
    let order = serde_json::to_vec(&bench.order()).expect("it is text");
    fs::write(ready.join("order.json"), order).expect("ours");
    let (store, writer) = bench.open().await;
    assert!(store.restored().is_none() && store.restore_problem().is_some());
    let report = store.verify().await.expect("it can be read");
    assert!(!report.holds(), "an order without its copy explains nothing");
    close(store, writer).await;
}

fn call(id: &str, reserved: &str) -> SpendReserved {
    SpendReserved {
        spend: id.into(),
        effect: id.into(),
        purpose: "work".into(),
        project: None,
        step: None,
        run: None,
        member: None,
        endpoint: "e1".into(),
        model: "small".into(),
        day: 0,
        reserved: reserved.into(),
        receipt: value_part(json!("why this one")),
    }
}

#[tokio::test]
async fn no_permission_of_then_stands_after_a_restore_and_what_was_spent_today_stays_spent() {
    let (mut before, mut after) = (Batch::new(), Batch::new());
    before.add(&RuleMade {
        rule: "rule1".into(),
        decision: "d1".into(),
        project: "p1".into(),
        pattern: value_part(json!("a pattern")),
        expires_at: "9000000".into(),
    });
    let terms = EndpointTerms {
        endpoint: "e1".into(),
        kind: "openai".into(),
        name: "One".into(),
        address: "http://127.0.0.1:9".into(),
        key: None,
        models: vec!["small".into()],
        tiers: BTreeMap::new(),
        project: None,
        daily_limit: None,
    };
    before.add(&EndpointEnabled { hash: terms.hash(), terms, decision: "d1".into(), by: "owner".into() });
    before.add(&call("spend1", "10"));
    after.add(&call("spend2", "500"));
    after.add(&SpendReserved { day: -1, ..call("yesterday", "7000") });
    let bench = Bench::with(before, after).await;
    bench.decide().await;
    for start in 1..=2 {
        let (store, writer) = bench.open().await;
        assert!(store.rules().await.expect("reads")[0].ended_at.is_some(), "start {start}");
        assert!(store.endpoint("e1").await.expect("reads").expect("known").disabled_at.is_some());
        let charged = store.charged(&SpendPlace::Day(0)).await.expect("reads");
        assert_eq!(charged, 510, "start {start}: once, and none of yesterday");
        let made = store.decisions(None, 1).await.expect("reads").remove(0);
        let words = store.decision_reason(&made).await.expect("reads").expect("it says what it ended");
        assert!(words.contains("1 standing rules and 1 endpoints are switched off"), "{words}");
        verified(&store).await;
        close(store, writer).await;
    }
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
    assert!(bench.closed().take_back_restore().expect("the disk is sound"));
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
    store.clear_restore().expect("the disk is sound");
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

    let raw = place.raw();
    run(
        &raw,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (999, 'of the future', 1, X'00', 0)",
    );
    run(&raw, "PRAGMA wal_checkpoint(TRUNCATE)");
    raw.close().expect("nothing is open on it");
    let newer = upgrade_copy(&place.file()).await;
    assert!(matches!(newer, Err(CopyError::NewerSchema { found: 999, .. })), "{newer:?}");
}
