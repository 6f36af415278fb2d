//! Somebody changes the folder between the look and the act.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::{BOTH, Fixture, variant};
use crate::folder::{
    ExpectedTarget, FileHash, FolderError, SearchLimits, SearchPattern, SearchQuery, WalkOptions,
};

const ROUNDS: usize = 3000;

/// Exchanges two names as fast as it can while `act` runs its rounds.
fn while_swapping(one: &Path, other: &Path, mut act: impl FnMut()) {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let _ = renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE);
            }
        });
        for _ in 0..ROUNDS {
            act();
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_directory_swapped_for_a_link_never_leads_out() {
    for resolution in BOTH {
        let fixture = Fixture::new(resolution);
        fixture.put("real/secret", "inside");
        fixture.link(&fixture.outside, "link");
        let folder = &fixture.folder;
        let query = SearchQuery {
            pattern: SearchPattern::Literal("secret".to_owned()),
            ignore_case: false,
            within: WalkOptions::default(),
        };
        let mut done = [0; 2];
        while_swapping(&fixture.project.join("real"), &fixture.project.join("link"), || {
            if let Ok(bytes) = folder.read("real/secret", 100) {
                assert_eq!(bytes, b"inside", "only the file inside may be read");
                done[0] += 1;
            }
            done[1] += u32::from(folder.write_atomic("real/secret", b"inside", ExpectedTarget::Any).is_ok());
            let _ = folder.write_atomic("real/new", b"inside", ExpectedTarget::Absent);
            let _ = folder.delete("real/new", ExpectedTarget::Any);
            let _ = folder.create_dir_all("real/directory");
            let found = folder.search(&query, &SearchLimits::default()).expect("the expression is valid");
            assert_eq!(found.matches, [], "the word stands in a file outside only");
        });
        assert!(
            done.iter().all(|count| *count > 0),
            "some rounds must succeed, or nothing was tried: {done:?}"
        );
        fixture.assert_outside_untouched();
    }
}

#[test]
fn a_file_swapped_for_a_link_is_never_followed() {
    for resolution in BOTH {
        let fixture = Fixture::new(resolution);
        fixture.put("file", "inside");
        fixture.link(fixture.outside.join("secret"), "link");
        let old = ExpectedTarget::Sha256(FileHash::of_bytes(b"inside"));
        while_swapping(&fixture.project.join("file"), &fixture.project.join("link"), || {
            if let Ok(bytes) = fixture.folder.read("file", 100) {
                assert_eq!(bytes, b"inside", "only the file inside may be read");
            }
            let _ = fixture.folder.write_atomic("file", b"inside", old);
            if let Ok(hash) = fixture.folder.hash("file") {
                assert_eq!(hash, FileHash::of_bytes(b"inside"), "only the file inside may be hashed");
            }
        });
        fixture.assert_outside_untouched();
    }
}

#[test]
fn a_change_between_look_and_rename_is_found_and_kept() {
    type Intrusion = fn(&Path);
    let rows: &[(&str, Intrusion, &str, Option<&str>)] = &[
        ("written in place", |path| std::fs::write(path, "theirs").expect("ours"), "Changed", Some("theirs")),
        (
            "replaced by a file",
            |path| {
                std::fs::write(path.with_extension("tmp"), "theirs").expect("ours");
                std::fs::rename(path.with_extension("tmp"), path).expect("ours");
            },
            "Changed",
            Some("theirs"),
        ),
        ("deleted", |path| std::fs::remove_file(path).expect("ours"), "Changed", None),
        (
            "replaced by a link",
            |path| {
                std::fs::remove_file(path).expect("ours");
                std::os::unix::fs::symlink("/etc/hostname", path).expect("ours");
            },
            "SymbolicLink",
            None,
        ),
        (
            "given a second name",
            |path| std::fs::hard_link(path, path.with_extension("second")).expect("ours"),
            "HardLinked",
            Some("old"),
        ),
    ];
    for (name, intrude, expected, left) in rows {
        let fixture = Fixture::new(BOTH[0]);
        let path = fixture.put("file", "old");
        let old = ExpectedTarget::Sha256(FileHash::of_bytes(b"old"));
        let error = fixture
            .folder
            .write_from(Path::new("file"), &mut &b"mine"[..], old, None, |_| {
                intrude(&path);
                Ok(())
            })
            .expect_err(name);
        assert_eq!(variant(&error), *expected, "{name}: {error:?}");
        if let Some(left) = left {
            assert_eq!(fixture.content("file"), *left, "{name}: what somebody wrote must not be lost");
        }
        fixture.assert_tidy();
    }
    let fixture = Fixture::new(BOTH[0]);
    let path = fixture.project.join("new");
    let error =
        fixture.folder.write_from(Path::new("new"), &mut &b"mine"[..], ExpectedTarget::Absent, None, |_| {
            std::fs::write(&path, "theirs").expect("ours");
            Ok(())
        });
    assert!(matches!(error, Err(FolderError::Changed { .. })), "{error:?}");
    assert_eq!(fixture.content("new"), "theirs", "a file that appeared is not overwritten");
}

#[test]
fn of_writers_that_expect_the_same_one_wins() {
    let fixture = Fixture::new(BOTH[0]);
    fixture.put("counter", "0");
    const WRITERS: usize = 4;
    const WINS: usize = 50;
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                let mut wins = 0;
                while wins < WINS {
                    let bytes = fixture.folder.read("counter", 100).expect("it is always there");
                    let count: usize = String::from_utf8_lossy(&bytes).parse().expect("it is always whole");
                    let expected = ExpectedTarget::Sha256(FileHash::of_bytes(&bytes));
                    let next = (count + 1).to_string();
                    match fixture.folder.write_atomic("counter", next.as_bytes(), expected) {
                        Ok(_) => wins += 1,
                        Err(FolderError::Changed { .. }) => {}
                        Err(error) => panic!("the only reason to lose is another's win: {error:?}"),
                    }
                }
            });
        }
    });
    assert_eq!(
        fixture.content("counter"),
        (WRITERS * WINS).to_string(),
        "no win is lost and none counts twice"
    );
    fixture.assert_tidy();
}
