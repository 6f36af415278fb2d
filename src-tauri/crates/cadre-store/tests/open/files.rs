//! Files of another time, of another kind, and less than whole.

use std::collections::BTreeSet;

use cadre_store::OpenError;

use crate::place::{Place, close, column, request, request_ids, run, verified};

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_as_it_is() {
    let place = Place::with_a_request().await;
    let raw = place.raw();
    let known: i64 = column(&raw, "SELECT max(version) FROM _sqlx_migrations").remove(0);
    let newer = known + 7;
    run(
        &raw,
        format!(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES ({newer}, 'of the future', 1, X'00', 0)"
        ),
    );
    run(&raw, "PRAGMA wal_checkpoint(TRUNCATE)");
    raw.close().expect("nothing is open on it");
    let before = std::fs::read(place.file()).expect("a file of ours");
    let listed = listing(&place);
    match place.open().await.map(drop) {
        Err(OpenError::NewerSchema { found, known: ours }) => {
            assert_eq!(
                (found, ours),
                (newer, known),
                "it says which version wrote it and which this one knows"
            );
        }
        other => panic!("an older program cannot know what a newer one meant: {other:?}"),
    }
    assert!(std::fs::read(place.file()).expect("ours") == before, "a refused file is not changed by a byte");
    assert_eq!(listing(&place), listed, "and nothing is put beside it");
}

/// Names in the folder, without the two files that SQLite keeps while a database is open.
fn listing(place: &Place) -> BTreeSet<String> {
    let entries = std::fs::read_dir(place.folder()).expect("ours");
    let names = entries.map(|entry| entry.expect("ours").file_name().to_string_lossy().into_owned());
    names.filter(|name| !name.ends_with("-wal") && !name.ends_with("-shm")).collect()
}

#[tokio::test]
async fn what_is_no_database_is_damaged_and_left_as_it_is() {
    let texts = [
        ("a short text", "hello".to_owned()),
        ("a long text", "Dear diary, this is not a database.\n".repeat(1000)),
        ("a page of zeros", "\0".repeat(4096)),
        ("a header and nothing else", "SQLite format 3\0".to_owned()),
    ];
    for (what, text) in texts {
        let place = Place::new();
        std::fs::write(place.file(), &text).expect("a folder of ours");
        match place.open().await.map(drop) {
            Err(OpenError::Damaged(_)) => {}
            other => panic!("{what}: {other:?}"),
        }
        let after = std::fs::read_to_string(place.file()).expect("ours");
        assert!(after == text, "{what}: it may be somebody's only copy of something");
    }
}

#[tokio::test]
async fn a_truncated_file_is_never_taken_for_a_whole_or_a_new_one() {
    let place = Place::new();
    let (store, writer) = place.open().await.expect("an empty folder opens");
    for number in 0..200 {
        store.write(request(&format!("r{number}"))).await.expect("it is sound");
    }
    close(store, writer).await;
    let raw = place.raw();
    run(&raw, "PRAGMA wal_checkpoint(TRUNCATE)");
    raw.close().expect("nothing is open on it");
    let whole = std::fs::read(place.file()).expect("ours");
    // The end of a page can be left over from what lay there before: only where something is stored does a cut lose it.
    let newest = whole.windows(4).position(|bytes| bytes == b"r199").expect("the newest request is in it");
    let lengths = [0, 1, 99, 100, 511, 4096, 4097, 8192, whole.len() / 2, whole.len() - 4096, newest];
    for length in lengths {
        std::fs::write(place.file(), &whole[..length]).expect("ours");
        match place.open().await {
            Err(OpenError::Damaged(_)) => {}
            Err(other) => panic!("cut to {length} of {} bytes: {other:?}", whole.len()),
            Ok((store, writer)) => {
                let report = store.verify().await.expect("what is wrong with a file is a finding");
                assert!(!report.holds(), "cut to {length} of {} bytes, and it holds", whole.len());
                close(store, writer).await;
            }
        }
    }
    std::fs::remove_file(place.file()).expect("ours");
    let gone = place.open().await.map(drop);
    assert!(matches!(gone, Err(OpenError::Damaged(_))), "a workspace was here, now there is none: {gone:?}");
    std::fs::write(place.file(), &whole).expect("ours");
    let (store, writer) = place.open().await.expect("the whole file, put back, opens");
    verified(&store).await;
    close(store, writer).await;
}

/// A file of the oldest version, as its program left it.
fn of_the_oldest_version(place: &Place) {
    let raw = place.of_schema(1);
    run(&raw, "INSERT INTO leases VALUES ('a sign', 7)");
    raw.close().expect("nothing is open on it");
}

fn sign_in(file: &std::path::Path) -> Option<i64> {
    let copy = Place::new();
    std::fs::copy(file, copy.file()).expect("the copy is a file");
    let raw = copy.raw();
    let tables: Vec<String> = column(&raw, "SELECT name FROM sqlite_schema WHERE name = 'requests'");
    assert!(tables.is_empty(), "the copy is of before the upgrade");
    column(&raw, "SELECT epoch FROM leases").pop()
}

fn backups(place: &Place) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(place.folder()).expect("ours");
    let paths = entries.map(|entry| entry.expect("ours").path());
    paths.filter(|path| path.to_string_lossy().contains("cadre.before-")).collect()
}

#[tokio::test]
async fn an_upgrade_makes_a_copy_first_and_keeps_it() {
    let place = Place::new();
    of_the_oldest_version(&place);
    let (store, writer) = place.open().await.expect("an older file is upgraded");
    store.write(request("r1")).await.expect("tables of the newer version are there");
    verified(&store).await;
    close(store, writer).await;
    let copies = backups(&place);
    assert_eq!(copies.len(), 1, "one copy, and no rest of making it: {copies:?}");
    assert_eq!(sign_in(&copies[0]), Some(7), "the copy holds what the older file held");
    let (store, writer) = place.open().await.expect("the upgraded file opens");
    close(store, writer).await;
    assert_eq!(backups(&place), copies, "only an upgrade makes a copy");
}

#[tokio::test]
async fn a_copy_that_was_interrupted_does_not_pass_for_one() {
    let place = Place::new();
    of_the_oldest_version(&place);
    let (store, writer) = place.open().await.expect("an older file is upgraded");
    close(store, writer).await;
    let name = backups(&place).remove(0);
    let place = Place::new();
    of_the_oldest_version(&place);
    // What a crash in the middle leaves behind.
    let rest = place.folder().join(name.file_name().expect("it has one")).with_extension("part");
    std::fs::write(rest, "half a copy").expect("ours");
    let (store, writer) = place.open().await.expect("it is upgraded all the same");
    close(store, writer).await;
    let copies = backups(&place);
    assert_eq!(copies.len(), 1, "the half copy is gone: {copies:?}");
    assert_eq!(sign_in(&copies[0]), Some(7), "and a whole one is there");
}

#[tokio::test]
async fn a_new_workspace_makes_no_copy() {
    let place = Place::with_a_request().await;
    assert_eq!(backups(&place), Vec::<std::path::PathBuf>::new(), "there was nothing to copy");
    let (store, writer) = place.open().await.expect("it opens");
    assert_eq!(request_ids(&store).await, ["r1"]);
    close(store, writer).await;
}
