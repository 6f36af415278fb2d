//! A backup that somebody made up is as sound as a true one: only what lies here, or was kept outside, tells them
//! apart.

use std::fs;
use std::path::{Path, PathBuf};

use cadre_store::aggregates::workspace::BackupMade;
use cadre_store::{
    Batch, Candidate, ClosedWorkspace, Comparison, OpenOptions, Store, StoreClock, WriterTask, check_copy,
    upgrade_copy,
};

use crate::place::{close, request, run};
use crate::restore::Bench;

/// Somebody's record of workspace `w1`, with its own key and chain: all of it is sound.
async fn forged(folder: &Path, ids: &[&str]) -> PathBuf {
    let (store, writer) = open(folder).await;
    for id in ids {
        store.write(request(id)).await.expect("it is sound");
    }
    let copy = folder.join("copy.sqlite");
    store.copy_to(&copy).await.expect("there is space");
    close(store, writer).await;
    copy
}

async fn open(folder: &Path) -> (Store, WriterTask) {
    let options = OpenOptions {
        folder: folder.to_owned(),
        name: "Test".into(),
        new_id: "w1".into(),
        heads: None,
        // Another time makes another chain, whatever is in it.
        clock: StoreClock::new(|| 7_000_000),
    };
    Store::open(options).await.expect("it opens")
}

async fn candidate(file: &Path, manifest: Option<&str>) -> Candidate {
    let checked = check_copy(file).await.expect("it can be read");
    assert_eq!((checked.findings, checked.workspace.as_str()), (vec![], "w1"), "it is sound in itself");
    Candidate {
        file: file.to_owned(),
        workspace: "w1".into(),
        head: checked.head,
        manifest: manifest.map(str::to_owned),
    }
}

async fn compared(closed: &ClosedWorkspace, file: &Path) -> Option<Comparison> {
    closed.compare(&candidate(file, None).await).await.expect("it can be read")
}

#[tokio::test]
async fn only_a_part_of_the_record_is_of_it() {
    let bench = Bench::new().await;
    let outside = tempfile::tempdir().expect("a temporary folder");
    let own_chain = forged(&outside.path().join("own"), &["r1", "r2", "r3"]).await;
    // All that was recorded until the backup, and then something else.
    let longer = outside.path().join("longer");
    fs::create_dir_all(&longer).expect("ours");
    fs::copy(bench.copy(), longer.join("cadre.sqlite")).expect("ours");
    let branch = forged(&longer, &["r4", "rx"]).await;
    let closed = bench.closed();
    for file in [&own_chain, &branch] {
        assert_eq!(compared(&closed, file).await, None, "{}", file.display());
    }
    assert_eq!(compared(&closed, &bench.copy()).await, Some(Comparison::Part));
    drop(closed);

    let (store, writer) = bench.open().await;
    let mut batch = Batch::new();
    batch.add(&BackupMade {
        name: "one".into(),
        head: bench.backup,
        manifest: "its hash".into(),
        by: "owner".into(),
    });
    store.write(batch).await.expect("it is sound");
    for (manifest, expected) in
        [("its hash", Comparison::MadeHere), ("that of one with other files", Comparison::Part)]
    {
        let true_one = candidate(&bench.copy(), Some(manifest)).await;
        assert_eq!(store.compare(&true_one).await.expect("reads"), Some(expected), "{manifest}");
    }
    let made_up = candidate(&own_chain, Some("its hash")).await;
    assert_eq!(store.compare(&made_up).await.expect("reads"), None, "also while it is open");
    close(store, writer).await;
}

#[tokio::test]
async fn a_record_that_a_restore_replaced_can_come_back() {
    let bench = Bench::new().await;
    bench.decide().await;
    let (store, writer) = bench.open().await;
    let order = store.restored().expect("it is in place").order.clone();
    store.clear_restore().expect("the disk is sound");
    let replaced = bench.folder().join(order.kept).join("cadre.sqlite");
    upgrade_copy(&replaced).await.expect("it is a database");
    let replaced = candidate(&replaced, None).await;
    assert_eq!(store.compare(&replaced).await.expect("reads"), Some(Comparison::Part));
    close(store, writer).await;
}

#[tokio::test]
async fn where_no_record_holds_the_head_outside_says_what_can_be_said() {
    type Break = fn(&Path);
    let breaks: [(&str, Break); 5] = [
        ("it is no database", |file| fs::write(file, "overwritten by something else\n").expect("ours")),
        ("it is empty", |file| fs::write(file, "").expect("ours")),
        ("it is gone", |file| fs::remove_file(file).expect("ours")),
        ("an entry was changed", |file| {
            let mut bytes = fs::read(file).expect("ours");
            let mark = b"\"kind\":\"request.filed\"";
            // Everywhere: one place may be what a page was before SQLite divided it.
            while let Some(at) = bytes.windows(mark.len()).position(|it| it == mark) {
                bytes[at + 9] = b'R';
            }
            fs::write(file, bytes).expect("ours");
        }),
        ("it is another one", |file| {
            let from = file.parent().and_then(Path::parent).expect("it has one").join("own/copy.sqlite");
            fs::copy(from, file).expect("ours");
        }),
    ];
    for (when, break_it) in breaks {
        let bench = Bench::new().await;
        let root = bench.root.path();
        let (store, writer) = bench.open().await;
        let whole = root.join("whole.sqlite");
        store.copy_to(&whole).await.expect("there is space");
        close(store, writer).await;
        let short = forged(&root.join("short"), &["r1"]).await;
        let long = forged(&root.join("own"), &["r1", "r2", "r3", "r4", "r5", "r6", "r7"]).await;
        for rest in ["cadre.sqlite-wal", "cadre.sqlite-shm"] {
            // A reader that closed last leaves it, with what is in the file already.
            let _ = fs::remove_file(bench.folder().join(rest));
        }
        break_it(&bench.folder().join("cadre.sqlite"));
        let closed = bench.closed();
        for (file, expected) in [
            (&bench.copy(), Comparison::Nothing),
            (&whole, Comparison::KeptHead),
            (&short, Comparison::Nothing),
            (&long, Comparison::OtherHead),
        ] {
            assert_eq!(compared(&closed, file).await, Some(expected), "{when}: {}", file.display());
        }
        fs::remove_dir_all(bench.heads()).expect("ours");
        // Then nobody can say that the record which lies here is not the one.
        let expected = (when != "it is another one").then_some(Comparison::Nothing);
        assert_eq!(compared(&closed, &whole).await, expected, "{when}, and nothing outside");
    }
}

#[tokio::test]
async fn an_entry_that_was_put_into_the_record_speaks_for_no_backup() {
    for (when, statement) in [
        (
            "in the place of another",
            "UPDATE ledger SET body = (SELECT body FROM other.ledger WHERE seq = 4),
             leaf = (SELECT leaf FROM other.ledger WHERE seq = 4) WHERE seq = 4",
        ),
        ("where one is missing", "DELETE FROM ledger WHERE seq = 2"),
    ] {
        let bench = Bench::new().await;
        let made_up = forged(&bench.root.path().join("own"), &["r1", "r2", "r3"]).await;
        let file = bench.folder().join("cadre.sqlite");
        let raw = rusqlite::Connection::open(&file).expect("nobody has it open");
        run(&raw, format!("ATTACH '{}' AS other", made_up.display()));
        run(&raw, statement);
        raw.close().expect("it is ours");
        let closed = bench.closed();
        let known = candidate(&made_up, None).await;
        assert_eq!(known.head.seq, 4, "{when}: the entry that was put there is its newest");
        for file in [&made_up, &bench.copy()] {
            assert_eq!(compared(&closed, file).await, Some(Comparison::Nothing), "{when}: it holds no more");
        }
    }
}
