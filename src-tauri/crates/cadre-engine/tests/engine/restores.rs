//! What is put in place is what a person decided on, and belongs here: backups that somebody made up, decisions that
//! came to nothing, and restores of which only half could be done.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cadre_agents::folder::FileHash;
use cadre_engine::{
    BackupKind, Comparison, DATA_FOLDER, Engine, EngineError, EngineOptions, Host, RestoreDecision,
    RestoreError, RestoreOrder, SystemHost, VaultPlace, restore_closed, take_back_closed,
};
use cadre_store::{OpenOptions, Store, StoreClock};
use serde_json::{Value, json};

use crate::support::Bench;

fn decision(backup: &Path) -> RestoreDecision {
    RestoreDecision { backup: backup.to_owned(), by: "owner".into(), channel: "test".into() }
}

fn host() -> Arc<dyn Host> {
    Arc::new(SystemHost)
}

async fn requests(bench: &Bench) -> usize {
    bench.engine.requests(100).await.expect("reads").len()
}

async fn with_a_backup() -> (Bench, PathBuf) {
    let bench = Bench::new().await;
    bench.engine.file_request("review this repository", None, "owner", "test").await.expect("files");
    let backup = bench.engine.back_up(None, "owner").await.expect("there is space").path;
    bench.engine.file_request("write a report", None, "owner", "test").await.expect("files");
    (bench, backup)
}

/// The folder that an agent would make up: a record with the workspace's own name, a chain in which every hash is
/// right, and a manifest that says so.
async fn forged(bench: &Bench, like: &Path) -> PathBuf {
    let place = bench.source().join("forged");
    let options = OpenOptions {
        folder: place.clone(),
        name: "workspace".into(),
        new_id: bench.engine.store().workspace_id().to_owned(),
        heads: None,
        clock: StoreClock::new(|| 7_000_000),
    };
    let (store, writer) = Store::open(options).await.expect("an empty folder");
    let head = *store.head().borrow();
    drop(store);
    writer.finished().await;
    for rest in ["cadre.lock", "cadre.sqlite-wal", "cadre.sqlite-shm"] {
        let _ = fs::remove_file(place.join(rest));
    }
    let record = fs::read(place.join("cadre.sqlite")).expect("is there");
    let text = fs::read(like.join("backup.json")).expect("is there");
    let mut manifest: HashMap<String, Value> = serde_json::from_slice(&text).expect("ours");
    manifest.insert("head".into(), json!(head));
    let sha256 = FileHash::of_bytes(&record).to_string();
    let files = json!([{ "path": "cadre.sqlite", "sha256": sha256, "bytes": record.len() }]);
    manifest.insert("files".into(), files);
    fs::write(place.join("backup.json"), serde_json::to_vec(&manifest).expect("it is text")).expect("ours");
    place
}

#[tokio::test]
async fn a_backup_that_was_made_up_is_refused_while_a_record_holds_and_named_where_none_does() {
    let (bench, backup) = with_a_backup().await;
    let forged = forged(&bench, &backup).await;
    let refused = bench.engine.restore(&decision(&forged)).await;
    assert!(matches!(refused, Err(RestoreError::OtherRecord { .. })), "{refused:?}");
    assert!(bench.engine.backups().decided.is_none(), "nothing is decided");

    let restored = Arc::new(std::sync::Mutex::new(Vec::<RestoreOrder>::new()));
    let bench = bench
        .reopen_changed(async |root| {
            let (workspace, state) = (root.join("workspace"), root.join("state"));
            let closed = restore_closed(&workspace, Some(&state), &decision(&forged), &host()).await;
            assert!(matches!(closed, Err(RestoreError::OtherRecord { .. })), "closed as well: {closed:?}");
            fs::write(workspace.join(DATA_FOLDER).join("cadre.sqlite"), "overwritten").expect("ours");
            let own = restore_closed(&workspace, Some(&state), &decision(&backup), &host()).await;
            assert_eq!(
                own.expect("it holds").compared,
                Comparison::MadeHere,
                "it is known again without a record"
            );
            take_back_closed(&workspace, Some(&state)).expect("nobody has it open");
            let said = restore_closed(&workspace, Some(&state), &decision(&forged), &host()).await;
            let order = said.expect("a person who has nothing else may");
            assert_eq!(order.compared, Comparison::Nothing, "and is told what it is worth");
            restored.lock().expect("ours").push(order);
        })
        .await;
    let made = bench.engine.decisions(None, 1).await.expect("reads").remove(0);
    let order = restored.lock().expect("ours").remove(0);
    assert_eq!(made.row.id, order.decision);
    assert_eq!(bench.engine.backups().restored, Some(order), "it is shown as what this start did");
    let words = bench.engine.store().decision_reason(&made.row).await.expect("reads").unwrap_or_default();
    assert!(
        words.contains("nothing else says that it was made here"),
        "the record says so for good: {words}"
    );
}

#[tokio::test]
async fn a_backup_that_was_made_here_is_recorded_and_known_again() {
    let (bench, backup) = with_a_backup().await;
    let order = bench.engine.restore(&decision(&backup)).await.expect("it holds");
    assert_eq!(order.compared, Comparison::MadeHere);
    let ready = bench.engine.workspace().join(DATA_FOLDER).join("restore.ready");
    let text = fs::read(ready.join("order.json")).expect("it is decided");
    bench.engine.take_back_restore("owner", "test").await.expect("it is not in place");
    // What somebody lays there while it is open is not shown as decided.
    fs::create_dir(&ready).expect("ours");
    fs::copy(backup.join("cadre.sqlite"), ready.join("cadre.sqlite")).expect("ours");
    fs::write(ready.join("order.json"), text).expect("ours");
    let view = bench.engine.backups();
    assert!(view.decided.is_none() && view.problems.len() == 1, "{view:?}");
    fs::remove_dir_all(&ready).expect("ours");
    // The same record with other agent files: sound in itself, and nobody made it here.
    let file = backup.join("agents/engineering/repository-scout.md");
    let mut text = fs::read_to_string(&file).expect("the pack has it");
    let before = FileHash::of_bytes(text.as_bytes()).to_string();
    text.push('!');
    let manifest = fs::read_to_string(backup.join("backup.json")).expect("is there");
    let mut manifest: Value = serde_json::from_str(&manifest).expect("ours");
    let files = manifest["files"].as_array_mut().expect("ours");
    let entry = files.iter_mut().find(|it| it["sha256"] == before).expect("it is named");
    entry["sha256"] = FileHash::of_bytes(text.as_bytes()).to_string().into();
    entry["bytes"] = text.len().into();
    fs::write(&file, text).expect("ours");
    fs::write(backup.join("backup.json"), manifest.to_string()).expect("ours");
    let order = bench.engine.restore(&decision(&backup)).await.expect("its record is a part of this one");
    assert_eq!(order.compared, Comparison::Part);
}

#[tokio::test]
async fn a_decision_that_a_kill_left_without_its_deed_is_closed_and_said() {
    let (bench, backup) = with_a_backup().await;
    bench.engine.restore(&decision(&backup)).await.expect("it holds");
    let ready = bench.engine.workspace().join(DATA_FOLDER).join("restore.ready");
    // As a kill leaves it between the decision and the order, or between the end of the order and the word for it.
    let bench = bench.reopen_changed(async |_| fs::remove_dir_all(&ready).expect("ours")).await;
    let view = bench.engine.backups();
    assert!(view.decided.is_none(), "nothing waits");
    assert_eq!(view.problems.len(), 1, "a person learns of it: {view:?}");
    let made = bench.engine.decisions(None, 2).await.expect("reads");
    let said: Vec<_> = made.iter().map(|it| (it.row.subject.as_str(), it.row.decision.as_str())).collect();
    assert_eq!(
        said,
        [("restore", "expired"), ("restore", "approve")],
        "the record does not say that it was done"
    );
    bench.assert_verifies().await;
    let bench = bench.reopen_looking().await;
    assert_eq!(bench.engine.backups().problems.len(), 0, "once");
    assert_eq!((bench.engine.decisions(None, 9).await.expect("reads").len(), requests(&bench).await), (2, 2));
    bench.engine.restore(&decision(&backup)).await.expect("it can be decided anew");
    let bench = bench.reopen_looking().await;
    assert_eq!(requests(&bench).await, 1);
    let bench = bench.reopen_looking().await;
    assert_eq!(bench.engine.backups().problems.len(), 0, "what was done is not closed");
    let made = bench.engine.decisions(None, 1).await.expect("reads").remove(0);
    assert_eq!(made.row.decision, "approve");
}

#[tokio::test]
async fn an_order_that_cannot_be_laid_down_leaves_no_decision_that_stands() {
    let (bench, backup) = with_a_backup().await;
    let id = bench.engine.store().workspace_id();
    let note = bench.root.path().join(format!("state/heads/{id}.decided.json"));
    fs::create_dir_all(note.join("in the way")).expect("ours");
    let failed = bench.engine.restore(&decision(&backup)).await;
    assert!(matches!(failed, Err(RestoreError::Io { .. })), "{failed:?}");
    let made = bench.engine.decisions(None, 1).await.expect("reads").remove(0);
    assert_eq!((made.row.subject.as_str(), made.row.decision.as_str()), ("restore", "expired"));
    assert!(bench.engine.backups().decided.is_none());
}

#[tokio::test]
async fn agent_files_that_cannot_follow_keep_nobody_out_and_follow_later() {
    let (bench, backup) = with_a_backup().await;
    let order = bench.engine.restore(&decision(&backup)).await.expect("it holds");
    let workspace = bench.engine.workspace().to_owned();
    let scout = workspace.join("agents/engineering/repository-scout.md");
    let before = fs::read_to_string(&scout).expect("the pack has it");
    fs::write(&scout, "changed since").expect("ours");
    let in_the_way = workspace.join(DATA_FOLDER).join(&order.kept).join("agents");
    fs::create_dir_all(in_the_way.join("something")).expect("ours");
    let bench = bench.reopen_looking().await;
    assert_eq!(requests(&bench).await, 1, "the record is that of the backup");
    assert_eq!(fs::read_to_string(&scout).expect("they stay"), "changed since");
    let view = bench.engine.backups();
    let told = view.problems.iter().map(ToString::to_string).collect::<String>();
    assert!(told.contains("restore.ready/agents") && told.contains(&order.kept), "where, and why: {told}");
    assert!(view.decided.is_none(), "it is in place");
    assert_eq!(view.backups[0].kind, BackupKind::Replaced, "the way back is there");
    // Back at once, without mending anything.
    let replaced = view.backups[0].path.clone();
    let back = bench.engine.restore(&decision(&replaced)).await.expect("it is of this record");
    assert_eq!(back.compared, Comparison::Part);
    bench.engine.take_back_restore("owner", "test").await.expect("it is not in place");

    // Or forwards, once the place is free.
    let (bench, backup) = with_a_backup().await;
    let order = bench.engine.restore(&decision(&backup)).await.expect("it holds");
    let workspace = bench.engine.workspace().to_owned();
    let scout = workspace.join("agents/engineering/repository-scout.md");
    fs::write(&scout, "changed since").expect("ours");
    let in_the_way = workspace.join(DATA_FOLDER).join(&order.kept).join("agents");
    fs::create_dir_all(in_the_way.join("something")).expect("ours");
    let bench = bench.reopen_looking().await;
    assert_eq!(bench.engine.backups().problems.len(), 1);
    let bench = bench.reopen_changed(async |_| fs::remove_dir_all(&in_the_way).expect("ours")).await;
    assert_eq!(bench.engine.backups().problems.len(), 0, "the next start did the rest");
    assert_eq!(fs::read_to_string(&scout).expect("they followed"), before);
    bench.assert_verifies().await;
}

#[tokio::test]
async fn a_file_in_the_place_of_the_backups_says_what_it_is() {
    let (bench, _) = with_a_backup().await;
    let workspace = bench.engine.workspace().to_owned();
    let state = bench.root.path().join("state");
    bench.engine.close().await;
    fs::remove_dir_all(workspace.join("backups")).expect("ours");
    fs::write(workspace.join("backups"), "a note about backups").expect("ours");
    let options = EngineOptions {
        vault: VaultPlace::Memory,
        ..EngineOptions::new(workspace.clone(), Some(state), "test-host".into())
    };
    match Engine::open(options).await.err() {
        Some(EngineError::Folder { path, source }) => {
            assert_eq!((path, source.kind()), (workspace.join("backups"), std::io::ErrorKind::NotADirectory));
        }
        other => panic!("it is in the way of a folder that has to be hidden: {other:?}"),
    }
}
