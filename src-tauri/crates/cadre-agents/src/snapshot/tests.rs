use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::{Before, SnapshotError, SnapshotStore};
use crate::folder::{ExpectedTarget, FileHash, Folder, FolderError};

struct Fixture {
    root: tempfile::TempDir,
    folder: Folder,
    store: SnapshotStore,
}

impl Fixture {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a temporary folder is needed");
        std::fs::create_dir(root.path().join("project")).expect("a folder of ours");
        let folder = Folder::open(&root.path().join("project")).expect("it was just made");
        let store = SnapshotStore::open(&root.path().join("data/snapshots")).expect("a folder of ours");
        Self { root, folder, store }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join("project").join(name)
    }

    fn blobs(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.root.path().join("data/snapshots")).expect("it was made");
        entries.map(|entry| entry.expect("a folder of ours").path()).collect()
    }
}

fn now(content: &str) -> ExpectedTarget {
    ExpectedTarget::Sha256(FileHash::of_bytes(content.as_bytes()))
}

#[test]
fn every_kind_of_change_can_be_undone() {
    let old = Some(("old", 0o640));
    type Row = (&'static str, Option<(&'static str, u32)>, Option<&'static str>);
    let rows: [Row; 5] = [
        ("edited", old, Some("new")),
        ("created", None, Some("new")),
        ("deleted", old, None),
        ("emptied", old, Some("")),
        ("nothing there, nothing done", None, None),
    ];
    for (name, before, after) in rows {
        let fixture = Fixture::new();
        let path = fixture.path("file");
        if let Some((content, mode)) = before {
            std::fs::write(&path, content).expect("a folder of ours");
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("a file of ours");
        }
        let saved = fixture.store.save(&fixture.folder, "file").expect(name);
        let _ = std::fs::remove_file(&path);
        let expected = match after {
            Some(content) => {
                std::fs::write(&path, content).expect("a folder of ours");
                now(content)
            }
            None => ExpectedTarget::Absent,
        };
        fixture.store.restore(&fixture.folder, "file", &saved, expected).expect(name);
        let found = std::fs::read_to_string(&path).ok();
        assert_eq!(found.as_deref(), before.map(|(content, _)| content), "{name}");
        if let Some((_, mode)) = before {
            let found = path.metadata().expect("it is back").permissions().mode() & 0o777;
            assert_eq!(found, mode, "{name}: the mode comes back too");
        }
    }
}

#[test]
fn a_file_in_a_deleted_directory_comes_back() {
    let fixture = Fixture::new();
    std::fs::create_dir(fixture.path("sub")).expect("a folder of ours");
    std::fs::write(fixture.path("sub/file"), "old").expect("a folder of ours");
    let saved = fixture.store.save(&fixture.folder, "sub/file").expect("it exists");
    std::fs::remove_dir_all(fixture.path("sub")).expect("a folder of ours");
    fixture
        .store
        .restore(&fixture.folder, "sub/file", &saved, ExpectedTarget::Absent)
        .expect("nothing is there");
    assert_eq!(std::fs::read_to_string(fixture.path("sub/file")).expect("it is back"), "old");
}

#[test]
fn what_somebody_else_changed_is_not_overwritten() {
    let rows = [
        ("edited since", Some("theirs"), now("ours")),
        ("deleted since", None, now("ours")),
        ("created since", Some("theirs"), ExpectedTarget::Absent),
    ];
    for (name, standing, expected) in rows {
        let fixture = Fixture::new();
        std::fs::write(fixture.path("file"), "old").expect("a folder of ours");
        let blob = fixture.store.save(&fixture.folder, "file").expect(name);
        std::fs::remove_file(fixture.path("file")).expect("a folder of ours");
        if let Some(content) = standing {
            std::fs::write(fixture.path("file"), content).expect("a folder of ours");
        }
        for before in [blob, Before::Absent] {
            let error = fixture.store.restore(&fixture.folder, "file", &before, expected).expect_err(name);
            assert!(matches!(error, SnapshotError::Folder(FolderError::Changed { .. })), "{name}: {error:?}");
            let found = std::fs::read_to_string(fixture.path("file")).ok();
            assert_eq!(found.as_deref(), standing, "{name}: it must stay as it is");
        }
    }
}

#[test]
fn equal_contents_are_kept_once_and_for_this_user_alone() {
    let fixture = Fixture::new();
    for name in ["one", "two"] {
        std::fs::write(fixture.path(name), "same").expect("a folder of ours");
        let saved = fixture.store.save(&fixture.folder, name).expect("it exists");
        let sha256 = FileHash::of_bytes(b"same");
        assert!(matches!(saved, Before::Blob { sha256: found, len: 4, .. } if found == sha256), "{saved:?}");
    }
    let blobs = fixture.blobs();
    assert_eq!(blobs.len(), 1, "one content, one copy, and no temporary file: {blobs:?}");
    let mode = |path: &std::path::Path| path.metadata().expect("it exists").permissions().mode() & 0o777;
    assert_eq!(mode(&blobs[0]), 0o600, "a project may be more private than its folder shows");
    assert_eq!(mode(blobs[0].parent().expect("it lies in the store")), 0o700);
}

#[test]
fn a_damaged_or_missing_copy_is_never_put_back() {
    let fixture = Fixture::new();
    std::fs::write(fixture.path("file"), "old").expect("a folder of ours");
    let saved = fixture.store.save(&fixture.folder, "file").expect("it exists");
    std::fs::write(fixture.path("file"), "new").expect("a folder of ours");
    std::fs::write(&fixture.blobs()[0], "odl").expect("a folder of ours");
    let error =
        fixture.store.restore(&fixture.folder, "file", &saved, now("new")).expect_err("it is damaged");
    assert!(matches!(error, SnapshotError::Damaged { .. }), "{error:?}");
    std::fs::remove_file(&fixture.blobs()[0]).expect("a folder of ours");
    let error =
        fixture.store.restore(&fixture.folder, "file", &saved, now("new")).expect_err("it is missing");
    assert!(matches!(error, SnapshotError::Missing { .. }), "{error:?}");
    assert_eq!(
        std::fs::read_to_string(fixture.path("file")).expect("it is there"),
        "new",
        "nothing happened"
    );
}

#[test]
fn what_is_not_a_file_cannot_be_saved() {
    let fixture = Fixture::new();
    std::os::unix::fs::symlink("/etc/hostname", fixture.path("link")).expect("a folder of ours");
    std::fs::create_dir(fixture.path("directory")).expect("a folder of ours");
    for path in ["link", "directory", "../data", "/etc/hostname"] {
        let error = fixture.store.save(&fixture.folder, path).expect_err(path);
        assert!(matches!(error, SnapshotError::Folder(_)), "{path}: {error:?}");
    }
    assert_eq!(fixture.blobs(), Vec::<PathBuf>::new(), "a refused save leaves nothing");
}

#[test]
fn a_saved_copy_can_be_read_whole_or_not_at_all() {
    let fixture = Fixture::new();
    std::fs::write(fixture.path("file"), "old").expect("a folder of ours");
    fixture.store.save(&fixture.folder, "file").expect("it is saved");
    let hash = FileHash::of_bytes(b"old");
    assert_eq!(fixture.store.read(hash, 3).expect("it is there"), b"old");
    let large = fixture.store.read(hash, 2).expect_err("more than allowed is not read");
    assert!(matches!(large, SnapshotError::Folder(FolderError::TooLarge { .. })), "{large}");
    let other = FileHash::of_bytes(b"never saved");
    let missing = fixture.store.read(other, 3).expect_err("there is none");
    assert!(matches!(missing, SnapshotError::Missing { .. }), "{missing}");
    std::fs::write(&fixture.blobs()[0], "bad").expect("a folder of ours");
    let damaged = fixture.store.read(hash, 3).expect_err("it is not what its name says");
    assert!(matches!(damaged, SnapshotError::Damaged { .. }), "{damaged}");
}
