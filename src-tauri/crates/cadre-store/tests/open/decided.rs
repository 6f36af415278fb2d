//! What was decided is carried out, and nothing else: whoever can write the workspace can make a folder that looks
//! like a decision, and a kill can come between a decision and its deed.

use std::fs;
use std::path::Path;

use cadre_store::{RestoreOrder, decided_restore};

use crate::place::{close, request_ids, verified};
use crate::restore::Bench;

/// What opening says where nothing was put in place.
async fn refused(bench: &Bench, when: &str) -> String {
    let (store, writer) = bench.open().await;
    assert_eq!(request_ids(&store).await.len(), 5, "{when}: the record is as it was");
    assert!(store.restored().is_none(), "{when}");
    let problem = store.restore_problem().cloned().unwrap_or_else(|| panic!("{when}: it says so"));
    assert_eq!(problem.decision, None, "{when}: nothing waits for the next start");
    verified(&store).await;
    close(store, writer).await;
    let (ready, aside) = (bench.folder().join("restore.ready"), bench.folder().join("restore.refused"));
    assert!(!ready.exists() && aside.exists(), "{when}: it lies aside");
    let (store, writer) = bench.open().await;
    assert_eq!(store.restore_problem(), None, "{when}: once");
    close(store, writer).await;
    problem.why
}

fn rewrite(bench: &Bench, change: impl FnOnce(&mut RestoreOrder)) {
    let file = bench.folder().join("restore.ready/order.json");
    let mut order = serde_json::from_slice(&fs::read(&file).expect("it was decided")).expect("ours");
    change(&mut order);
    fs::write(file, serde_json::to_vec(&order).expect("it is text")).expect("ours");
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("ours");
    for entry in fs::read_dir(from).expect("is there") {
        let entry = entry.expect("ours");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("ours");
    }
}

#[tokio::test]
async fn what_looks_decided_and_is_not_noted_outside_is_set_aside() {
    type Change = fn(&Bench);
    let changes: [(&str, Change); 7] = [
        ("made up whole", |bench| fs::remove_file(bench.heads().join("w1.decided.json")).expect("ours")),
        ("another's backup", |bench| rewrite(bench, |order| order.from = "/elsewhere".into())),
        ("the old record goes elsewhere", |bench| rewrite(bench, |order| order.kept = "../../gone".into())),
        ("of another workspace", |bench| rewrite(bench, |order| order.workspace = "w2".into())),
        ("a name that leads elsewhere", |bench| rewrite(bench, |order| order.workspace = "../w1".into())),
        ("another copy than the one that was checked", |bench| {
            let copy = bench.folder().join("restore.ready/cadre.sqlite");
            let mut bytes = fs::read(&copy).expect("it was decided");
            *bytes.last_mut().expect("it has some") ^= 1;
            fs::write(copy, bytes).expect("ours");
        }),
        ("nobody can read it", |bench| {
            fs::write(bench.folder().join("restore.ready/order.json"), "{").expect("ours");
        }),
    ];
    for (when, change) in changes {
        let bench = Bench::new().await;
        bench.decide().await;
        change(&bench);
        let why = refused(&bench, when).await;
        assert!(why.contains("restore.refused"), "{when}: it says where it lies: {why}");
    }
}

#[tokio::test]
async fn a_decision_is_carried_out_once() {
    let bench = Bench::new().await;
    bench.decide().await;
    let (ready, saved) = (bench.folder().join("restore.ready"), bench.root.path().join("saved"));
    copy_folder(&ready, &saved);
    // Taken back, and laid there again.
    assert!(bench.closed().take_back_restore().expect("the disk is sound"));
    copy_folder(&saved, &ready);
    refused(&bench, "taken back").await;
    // Done, undone by hand, and laid there again.
    let record = fs::read(bench.folder().join("cadre.sqlite")).expect("nobody has it open");
    let head = fs::read(bench.heads().join("w1.json")).expect("it was kept");
    bench.decide().await;
    let (store, writer) = bench.open().await;
    assert!(store.restored().is_some());
    store.clear_restore().expect("the disk is sound");
    close(store, writer).await;
    fs::write(bench.folder().join("cadre.sqlite"), record).expect("ours");
    fs::write(bench.heads().join("w1.json"), head).expect("ours");
    fs::remove_dir_all(bench.folder().join("replaced")).expect("ours");
    copy_folder(&saved, &ready);
    refused(&bench, "done").await;
}

#[tokio::test]
async fn a_kill_between_the_note_and_the_order_decides_nothing() {
    let bench = Bench::new().await;
    bench.decide().await;
    let (ready, saved) = (bench.folder().join("restore.ready"), bench.root.path().join("saved"));
    fs::rename(&ready, &saved).expect("ours");
    let (store, writer) = bench.open().await;
    assert_eq!((request_ids(&store).await.len(), store.restore_problem()), (5, None));
    close(store, writer).await;
    assert!(!bench.heads().join("w1.decided.json").exists(), "what nobody waits for is forgotten");
    fs::rename(&saved, &ready).expect("ours");
    refused(&bench, "late").await;
}

#[tokio::test]
async fn a_record_that_lies_aside_comes_back_where_the_note_is_lost() {
    let bench = Bench::new().await;
    bench.decide().await;
    let kept = bench.folder().join("replaced/kept");
    fs::create_dir_all(&kept).expect("ours");
    fs::rename(bench.folder().join("cadre.sqlite"), kept.join("cadre.sqlite")).expect("ours");
    fs::remove_file(bench.heads().join("w1.decided.json")).expect("ours");
    refused(&bench, "killed halfway").await;
}

#[tokio::test]
async fn an_order_without_its_copy_does_not_pass_for_one_that_is_in_place() {
    let bench = Bench::new().await;
    bench.decide().await;
    fs::remove_file(bench.folder().join("restore.ready/cadre.sqlite")).expect("ours");
    assert!(decided_restore(&bench.folder()).expect("reads").is_none());
    let why = refused(&bench, "no copy").await;
    assert!(why.contains("neither prepared nor in place"), "{why}");
}
