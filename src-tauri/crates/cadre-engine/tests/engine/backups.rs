//! Backups: whole or not there, and put back without losing what they replace.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use cadre_engine::{
    BackupError, BackupKind, BackupView, BackupsView, Comparison, DATA_FOLDER, RestoreDecision, RestoreError,
    restore_closed, take_back_closed,
};

use crate::support::{Bench, answer};

async fn file_request(bench: &Bench, text: &str) {
    bench.engine.file_request(text, None, "owner", "test").await.expect("files");
}

async fn requests(bench: &Bench) -> usize {
    bench.engine.requests(100).await.expect("reads").len()
}

fn decision(backup: &Path) -> RestoreDecision {
    RestoreDecision { backup: backup.to_owned(), by: "owner".into(), channel: "test".into() }
}

async fn backed_up(bench: &Bench) -> BackupView {
    bench.engine.back_up(None, "owner").await.expect("there is space")
}

/// What the page of backups says is wrong.
fn said(view: &BackupsView) -> Vec<String> {
    view.problems.iter().map(ToString::to_string).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("is there");
    let mut names: Vec<_> =
        entries.map(|entry| entry.expect("ours").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_backup_is_put_back_with_its_agents_and_what_it_replaces_is_kept() {
    let bench = Bench::new().await;
    file_request(&bench, "review this repository").await;
    let agent = bench.engine.workspace().join("agents/engineering/repository-scout.md");
    let before = fs::read_to_string(&agent).expect("the pack has it");
    let backup = backed_up(&bench).await;
    assert_eq!((backup.kind, backup.problems.len()), (BackupKind::Backup, 0));
    file_request(&bench, "write a report").await;
    fs::write(&agent, "not an agent any more").expect("ours");

    bench.engine.restore(&decision(&backup.path)).await.expect("it holds");
    assert_eq!(requests(&bench).await, 2, "until the next start all goes on as it is");
    let twice = bench.engine.restore(&decision(&backup.path)).await;
    assert!(matches!(twice, Err(RestoreError::Decided { .. })), "one decision is enough: {twice:?}");

    let bench = bench.reopen_looking().await;
    assert_eq!(requests(&bench).await, 1, "the record is that of the backup");
    assert_eq!(fs::read_to_string(&agent).expect("is there"), before, "and so are the agent files");
    bench.assert_verifies().await;
    let made = bench.engine.decisions(None, 1).await.expect("reads").remove(0);
    assert_eq!(made.row.subject, "restore", "a person's decision is in the record");
    let view = bench.engine.backups();
    assert!(view.decided.is_none(), "it is done");
    let replaced =
        view.backups.iter().find(|it| it.kind == BackupKind::Replaced).expect("it is kept").clone();
    assert_eq!(view.backups.len(), 2);

    // And back again, with its log beside it if it has one.
    bench.engine.restore(&decision(&replaced.path)).await.expect("it holds");
    let bench = bench.reopen_looking().await;
    assert_eq!(requests(&bench).await, 2, "what was replaced can be put back");
    assert_eq!(fs::read_to_string(&agent).expect("is there"), "not an agent any more");
    bench.assert_verifies().await;
}

#[tokio::test]
async fn work_that_was_under_way_is_held_and_its_files_can_still_be_undone() {
    let bench = Bench::new().await;
    bench.add_function_agent("writer", WRITES, "").await;
    let project = bench.start_one_step("writer").await;
    let item = bench.item("approval").await;
    let backup = backed_up(&bench).await;
    bench.decide(&item, "approve").await;
    bench.engine.restore(&decision(&backup.path)).await.expect("it holds");
    let bench = bench.reopen().await;
    let view = bench.engine.project(&project).await.expect("reads");
    assert!(view.held, "what was done after the backup is not known, so nothing goes on by itself");
    let item = bench.item("approval").await;
    bench.engine.decide(answer(&item, "approve")).await.expect("the question is open as it was");
    bench.assert_verifies().await;
}

const WRITES: &str = r#"cat > /dev/null
printf '{"summary":"done","files":[{"path":"HEALTH.md","content":"good"}]}'"#;

#[tokio::test]
async fn a_backup_that_was_touched_is_refused_and_says_where() {
    type Touch = fn(&Path);
    let touches: [(&str, Touch); 5] = [
        ("cadre.sqlite", |backup| {
            let file = backup.join("cadre.sqlite");
            let mut bytes = fs::read(&file).expect("ours");
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(file, bytes).expect("ours");
        }),
        ("cadre.sqlite", |backup| fs::write(backup.join("cadre.sqlite"), "").expect("ours")),
        ("agents/engineering/repository-scout.md", |backup| {
            fs::remove_file(backup.join("agents/engineering/repository-scout.md")).expect("ours");
        }),
        ("../../outside", |backup| {
            let manifest = fs::read_to_string(backup.join("backup.json")).expect("ours");
            let changed = manifest.replacen("cadre.sqlite", "../../outside", 1);
            fs::write(backup.join("backup.json"), changed).expect("ours");
        }),
        ("backup.json", |backup| fs::write(backup.join("backup.json"), "{").expect("ours")),
    ];
    for (named, touch) in touches {
        let bench = Bench::new().await;
        file_request(&bench, "review this repository").await;
        let backup = backed_up(&bench).await;
        touch(&backup.path);
        match bench.engine.restore(&decision(&backup.path)).await {
            Err(RestoreError::Damaged { findings, .. }) => {
                assert!(findings.iter().any(|finding| finding.contains(named)), "{named}: {findings:?}");
            }
            other => panic!("{named}: it is not what was written: {other:?}"),
        }
        let data = bench.engine.workspace().join(DATA_FOLDER);
        assert!(!names(&data).iter().any(|name| name.starts_with("restore.")), "{named}: nothing is left");
        let bench = bench.reopen_looking().await;
        assert_eq!(requests(&bench).await, 1, "{named}: the workspace is as it was");
        bench.assert_verifies().await;
    }
}

#[tokio::test]
async fn a_backup_of_another_workspace_goes_into_a_folder_of_its_own() {
    let (one, other) = (Bench::new().await, Bench::new().await);
    file_request(&one, "review this repository").await;
    let backup = backed_up(&one).await;
    let refused = other.engine.restore(&decision(&backup.path)).await;
    assert!(matches!(refused, Err(RestoreError::OtherWorkspace { .. })), "{refused:?}");
    let bare = other.engine.restore(&decision(&backup.path.join("cadre.sqlite"))).await;
    assert!(matches!(bare, Err(RestoreError::OtherWorkspace { .. })), "its record alone as well: {bare:?}");
    let nothing = other.engine.restore(&decision(&one.source())).await;
    assert!(matches!(nothing, Err(RestoreError::NotABackup { .. })), "{nothing:?}");

    let host: std::sync::Arc<dyn cadre_engine::Host> = std::sync::Arc::new(cadre_engine::SystemHost);
    let held = restore_closed(one.engine.workspace(), None, &decision(&backup.path), &host).await;
    assert!(matches!(held, Err(RestoreError::Open(_))), "somebody has it open: {held:?}");
    // As on a new machine: no workspace there, and no heads.
    let id = one.engine.store().workspace_id().to_owned();
    let fresh = other
        .reopen_changed(async |root| {
            fs::remove_dir_all(root.join("workspace")).expect("ours");
            fs::remove_dir_all(root.join("state")).expect("ours");
            let (workspace, state) = (root.join("workspace"), root.join("state"));
            let restored = restore_closed(&workspace, Some(&state), &decision(&backup.path), &host).await;
            assert_eq!(restored.expect("nothing lies there").compared, Comparison::Nothing);
        })
        .await;
    assert_eq!(fresh.engine.store().workspace_id(), id);
    assert_eq!(requests(&fresh).await, 1);
    fresh.assert_verifies().await;
    assert_eq!(fresh.engine.backups().backups.len(), 0, "nothing was replaced");
}

#[tokio::test]
async fn a_record_whose_host_was_killed_is_put_back_with_its_log() {
    let bench = Bench::new().await;
    file_request(&bench, "review this repository").await;
    let killed = bench.source().join("killed.sqlite");
    let record = bench.engine.workspace().join(DATA_FOLDER).join("cadre.sqlite");
    for end in ["", "-wal"] {
        let name = |file: &Path| PathBuf::from(format!("{}{end}", file.display()));
        fs::copy(name(&record), name(&killed)).expect("as a kill leaves it");
    }
    let lines = fs::metadata(bench.source().join("killed.sqlite-wal")).expect("is there").len();
    assert!(lines > 0, "what was written last is in the log alone");
    file_request(&bench, "write a report").await;
    bench.engine.restore(&decision(&killed)).await.expect("it holds");
    let bench = bench.reopen_looking().await;
    assert_eq!(requests(&bench).await, 1, "what was committed is there");
    bench.assert_verifies().await;
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_folder_of_backups_on_another_disk_does_not_stop_a_restore() {
    let bench = Bench::new().await;
    file_request(&bench, "review this repository").await;
    let backup = bench.engine.back_up(Some(&bench.source().join("disk")), "owner").await.expect("fits");
    file_request(&bench, "write a report").await;
    let backups = bench.engine.workspace().join("backups");
    fs::remove_dir(&backups).expect("it is empty");
    let elsewhere = tempfile::tempdir_in("/dev/shm").expect("memory is another disk");
    std::os::unix::fs::symlink(elsewhere.path(), &backups).expect("ours");
    bench.engine.restore(&decision(&backup.path)).await.expect("it holds");
    let bench = bench.reopen_looking().await;
    assert_eq!(requests(&bench).await, 1);
    let view = bench.engine.backups();
    assert_eq!((view.backups.len(), said(&view)), (1, vec![]));
    assert_eq!(view.backups[0].kind, BackupKind::Replaced, "what was replaced is kept beside the record");
    assert!(view.backups[0].path.starts_with(bench.engine.workspace().join(DATA_FOLDER)));
}

#[tokio::test]
async fn a_restore_that_is_stuck_is_shown_with_its_reason_and_taken_back() {
    let bench = Bench::new().await;
    file_request(&bench, "review this repository").await;
    let backup = backed_up(&bench).await;
    bench.engine.restore(&decision(&backup.path)).await.expect("it holds");
    fs::write(bench.engine.workspace().join(DATA_FOLDER).join("replaced"), "a file").expect("ours");
    let bench = bench.reopen_looking().await;
    let data = bench.engine.workspace().join(DATA_FOLDER);
    let view = bench.engine.backups();
    assert_eq!((view.decided.is_some(), view.backups.len()), (true, 1), "the file in the way hides nothing");
    let told = said(&view);
    assert!(told.len() == 2 && told.iter().all(|why| why.contains("/replaced")), "{told:?}");
    fs::remove_file(data.join("replaced")).expect("ours");
    bench.engine.take_back_restore("owner", "test").await.expect("it is not in place");
    let view = bench.engine.backups();
    assert!(view.decided.is_none() && view.problems.is_empty(), "{view:?}");
    bench.engine.restore(&decision(&backup.path)).await.expect("it holds");
    let workspace = bench.engine.workspace().to_owned();
    let state = bench.root.path().join("state");
    let held = take_back_closed(&workspace, Some(&state));
    assert!(matches!(held, Err(RestoreError::Open(_))), "somebody has it open: {held:?}");
    let bench = bench
        .reopen_changed(async |_| take_back_closed(&workspace, Some(&state)).expect("nobody has it open"))
        .await;
    assert!(bench.engine.backups().decided.is_none());
    bench.assert_verifies().await;
}

#[tokio::test]
async fn a_backup_that_broke_off_does_not_pass_for_one_and_goes_with_the_next() {
    let bench = Bench::new().await;
    let folder = bench.engine.workspace().join("backups");
    let left = folder.join(format!(".2026-01-01T000000Z.{}.part", bench.engine.store().workspace_id()));
    let of_others = folder.join(".2026-01-01T000000Z.another.part");
    for part in [&left, &of_others] {
        fs::create_dir_all(part).expect("is made");
        fs::write(part.join("cadre.sqlite"), "half a copy").expect("is written");
    }
    assert_eq!(bench.engine.backups().backups, [], "half a backup is none");
    let backup = backed_up(&bench).await;
    assert!(!left.exists() && of_others.exists(), "its own rest is removed, and nobody else's");
    let second = backed_up(&bench).await;
    assert_ne!(backup.path, second.path, "a backup never takes another's place");
    let relative = bench.engine.back_up(Some(Path::new("somewhere")), "owner").await;
    assert!(matches!(relative, Err(BackupError::NotAbsolute { .. })), "{relative:?}");
    let file = bench.source().join("file");
    fs::write(&file, "").expect("ours");
    let on_a_file = bench.engine.back_up(Some(&file), "owner").await;
    match on_a_file {
        Err(BackupError::Io { source, .. }) => assert_eq!(source.kind(), ErrorKind::NotADirectory),
        other => panic!("a file is no place for a backup: {other:?}"),
    }
    let elsewhere = bench.source().join("disk");
    let there = bench.engine.back_up(Some(&elsewhere), "owner").await.expect("there is space");
    assert_eq!(names(&elsewhere), [there.path.file_name().expect("it has one").to_string_lossy()]);
}

#[tokio::test]
async fn no_backup_is_made_where_agents_would_see_it() {
    let bench = Bench::new().await;
    let source = bench.source();
    fs::create_dir_all(source.join("part")).expect("ours");
    let about = Some(source.join("part"));
    bench
        .engine
        .file_request("review this repository", about.as_deref(), "owner", "test")
        .await
        .expect("files");
    std::os::unix::fs::symlink(source.join("part"), source.join("link")).expect("ours");
    let workspace = bench.engine.workspace().to_owned();
    for seen in [
        source.join("part"),
        source.join("part/not/there"),
        source.join("link/disk"),
        source.join("part/../part/disk"),
        workspace.join("homes/coder"),
        workspace.join("projects/one"),
    ] {
        let before = seen.exists();
        let refused = bench.engine.back_up(Some(&seen), "owner").await;
        assert!(matches!(refused, Err(BackupError::SeenByAgents { .. })), "{}: {refused:?}", seen.display());
        assert_eq!(seen.exists(), before, "{}: nothing was made", seen.display());
    }
    let nowhere = bench.engine.back_up(Some(&source.join("no/../part")), "owner").await;
    assert!(matches!(nowhere, Err(BackupError::NotAbsolute { .. })), "{nowhere:?}");
    for unseen in [source.join("beside"), workspace.join("backups")] {
        bench.engine.back_up(Some(&unseen), "owner").await.expect("nobody sees it there");
    }
}

#[tokio::test]
async fn no_backup_is_made_of_a_record_that_does_not_hold_and_a_good_one_replaces_it() {
    let bench = Bench::new().await;
    file_request(&bench, "review this repository").await;
    let backup = backed_up(&bench).await;
    let record = bench.engine.workspace().join(DATA_FOLDER).join("cadre.sqlite");
    let bench = bench.reopen_changed(async |_| change_the_ledger(&record)).await;
    match bench.engine.back_up(None, "owner").await {
        Err(BackupError::Damaged { findings }) => assert!(!findings.is_empty()),
        other => panic!("a copy of what does not hold is no backup: {other:?}"),
    }
    let folder = bench.engine.workspace().join("backups");
    assert_eq!(names(&folder).len(), 1, "and nothing of it is left: {:?}", names(&folder));
    bench.engine.restore(&decision(&backup.path)).await.expect("the backup holds");
    let bench = bench.reopen_looking().await;
    bench.assert_verifies().await;
    let replaced = bench.engine.backups().backups.remove(0);
    let refused = bench.engine.restore(&decision(&replaced.path)).await;
    assert!(matches!(refused, Err(RestoreError::Damaged { .. })), "the damaged one stays aside: {refused:?}");
}

/// In the text of a request's entry, where SQLite itself notices nothing.
fn change_the_ledger(record: &PathBuf) {
    let mut bytes = fs::read(record).expect("the workspace is closed");
    let mark = b"\"kind\":\"request.filed\"";
    // Everywhere: one place may be what a page was before SQLite divided it.
    let mut changed = 0;
    while let Some(at) = bytes.windows(mark.len()).position(|window| window == mark) {
        bytes[at + 9] = b'R';
        changed += 1;
    }
    assert!(changed > 0, "one was filed");
    // A reader that closed last leaves its log, with what is in the file already.
    for rest in ["-wal", "-shm"] {
        let _ = fs::remove_file(PathBuf::from(format!("{}{rest}", record.display())));
    }
    fs::write(record, bytes).expect("the workspace is closed");
}
