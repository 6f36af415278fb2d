use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::mount::{MountFlags, mount};

use super::{BOTH, Fixture, variant};
use crate::folder::{ExpectedTarget, FileHash, Folder, FolderError};

const ANY: ExpectedTarget = ExpectedTarget::Any;

fn content(text: &str) -> ExpectedTarget {
    ExpectedTarget::Sha256(FileHash::of_bytes(text.as_bytes()))
}

#[test]
fn no_path_leads_out() {
    for resolution in BOTH {
        let fixture = Fixture::new(resolution);
        fixture.put("sub/file", "inside");
        fixture.link(&fixture.outside, "folder-out");
        fixture.link(fixture.outside.join("secret"), "file-out");
        fixture.link("../outside", "relative-out");
        fixture.link("/proc/self/root", "magic");
        fixture.link("sub/../../outside/secret", "through");
        let rows: &[(&str, &[&str])] = &[
            ("../outside/secret", &["OutsideRoot"]),
            ("sub/../../outside/secret", &["OutsideRoot"]),
            ("/etc/passwd", &["OutsideRoot"]),
            ("folder-out/secret", &["OutsideRoot", "SymbolicLink"]),
            ("file-out", &["OutsideRoot", "SymbolicLink"]),
            ("relative-out/secret", &["OutsideRoot", "SymbolicLink"]),
            ("magic/etc/passwd", &["OutsideRoot", "SymbolicLink"]),
            ("through", &["OutsideRoot", "SymbolicLink"]),
            ("sub\0/file", &["InvalidPath"]),
        ];
        for (path, expected) in rows {
            let folder = &fixture.folder;
            let errors = [
                folder.read(path, 1000).expect_err(path),
                folder.read_range(path, 0, 10).expect_err(path),
                folder.hash(path).expect_err(path),
                folder.write_atomic(path, b"escaped", ANY).expect_err(path),
                folder.delete(path, ANY).expect_err(path),
                folder.create_dir_all(Path::new(path).join("new")).expect_err(path),
            ];
            for error in errors {
                assert!(
                    expected.contains(&variant(&error).as_str()),
                    "{path:?} with {resolution:?}: {error:?}"
                );
            }
        }
        fixture.assert_outside_untouched();
    }
}

#[test]
fn links_inside_are_for_reading_only() {
    let kernel = Fixture::new(BOTH[0]);
    kernel.put("sub/file", "inside");
    kernel.link("sub", "alias");
    kernel.link("sub/file", "name");
    for path in ["alias/file", "name"] {
        assert_eq!(
            kernel.folder.read(path, 100).expect(path),
            b"inside",
            "a link inside may be read through"
        );
        let error = kernel.folder.write_atomic(path, b"changed", ANY).expect_err(path);
        assert_eq!(variant(&error), "SymbolicLink", "a write says where it writes: {error:?}");
    }
    let fallback = Fixture::new(BOTH[1]);
    fallback.put("sub/file", "inside");
    fallback.link("sub", "alias");
    let error =
        fallback.folder.read("alias/file", 100).expect_err("links cannot be checked without the kernel");
    assert_eq!(variant(&error), "SymbolicLink", "{error:?}");
}

#[test]
fn only_regular_files_with_one_name_are_written() {
    for resolution in BOTH {
        let fixture = Fixture::new(resolution);
        let file = fixture.put("file", "one");
        std::fs::hard_link(fixture.outside.join("secret"), fixture.project.join("hard"))
            .expect("same file system");
        std::fs::create_dir(fixture.project.join("directory")).expect("a folder of ours");
        let node = |name, kind, device| {
            let mode = rustix::fs::Mode::from_raw_mode(0o600);
            rustix::fs::mknodat(rustix::fs::CWD, file.with_file_name(name), kind, mode, device)
        };
        node("fifo", rustix::fs::FileType::Fifo, 0).expect("anybody may make a FIFO");
        let _listener =
            std::os::unix::net::UnixListener::bind(file.with_file_name("socket")).expect("a folder of ours");
        let null = rustix::fs::makedev(1, 3);
        // Only root may make a device, and then the row counts.
        let device = node("device", rustix::fs::FileType::CharacterDevice, null).is_ok();
        let rows = [
            ("hard", "", "HardLinked"),
            ("directory", "NotAFile", "NotAFile"),
            ("fifo", "NotAFile", "NotAFile"),
            ("socket", "NotAFile", "NotAFile"),
            ("device", "NotAFile", "NotAFile"),
            ("file/below", "NotADirectory", "NotADirectory"),
            ("missing/file", "NotFound", "NotFound"),
            ("", "NotAFile", "InvalidPath"),
        ];
        for (path, reading, writing) in rows.into_iter().filter(|row| device || row.0 != "device") {
            let read =
                fixture.folder.read(path, 1000).map_or_else(|error| variant(&error), |_| String::new());
            assert_eq!(read, reading, "reading {path:?} with {resolution:?}");
            for error in [
                fixture.folder.write_atomic(path, b"x", ANY).expect_err(path),
                fixture.folder.delete(path, ANY).expect_err(path),
            ] {
                assert_eq!(variant(&error), writing, "changing {path:?} with {resolution:?}: {error:?}");
            }
        }
        fixture.assert_outside_untouched();
        fixture.assert_tidy();
    }
}

#[test]
fn names_that_cannot_travel_are_not_created_but_can_be_edited() {
    let fixture = Fixture::new(BOTH[0]);
    for name in [
        "CON",
        "nul.txt",
        "aux.c",
        "com1",
        "LPT9.log",
        "a:b",
        "back\\slash",
        "dot.",
        "space ",
        "new\nline",
        "sub/prn",
        ".cadre-tmp-1",
    ] {
        let error = fixture.folder.write_atomic(name, b"x", ExpectedTarget::Absent).expect_err(name);
        assert!(
            matches!(error, FolderError::InvalidPath { .. } | FolderError::NotFound { .. }),
            "{name}: {error:?}"
        );
        let error = fixture.folder.create_dir_all(name).expect_err(name);
        assert_eq!(variant(&error), "InvalidPath", "{name}: {error:?}");
    }
    for name in ["console", "nulls", "com", "com10", ".hidden", "a b", "ünï", "-rf"] {
        fixture.folder.write_atomic(name, b"x", ExpectedTarget::Absent).expect(name);
    }
    fixture.put("aux.c", "old");
    fixture.folder.write_atomic("aux.c", b"new", ANY).expect("what is there may be edited");
}

#[test]
fn a_write_happens_only_on_what_was_expected() {
    for resolution in BOTH {
        let fixture = Fixture::new(resolution);
        let path = fixture.put("there", "old");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o751)).expect("a file of ours");
        let rows = [
            ("new", ExpectedTarget::Absent, true),
            ("new", ExpectedTarget::Absent, false),
            ("missing", content("old"), false),
            ("there", ExpectedTarget::Absent, false),
            ("there", content("other"), false),
            ("there", content("old"), true),
            ("there", content("old"), false),
            ("there", ANY, true),
            ("another", ANY, true),
        ];
        for (name, expected, succeeds) in rows {
            let before = std::fs::read(fixture.project.join(name)).ok();
            match fixture.folder.write_atomic(name, b"written", expected) {
                Ok(hash) => {
                    assert!(succeeds, "{name} was not {expected}");
                    assert_eq!(hash, FileHash::of_bytes(b"written"), "the answer is the new content's hash");
                    assert_eq!(fixture.content(name), "written", "{name}");
                }
                Err(error) => {
                    assert!(!succeeds, "{name} was {expected}: {error:?}");
                    let found = before.as_ref().map(|bytes| FileHash::of_bytes(bytes));
                    assert!(
                        matches!(&error, FolderError::Changed { found: shown, .. } if *shown == found),
                        "the error shows what was found: {error:?}"
                    );
                    assert_eq!(std::fs::read(fixture.project.join(name)).ok(), before, "{name} must stay");
                }
            }
            fixture.assert_tidy();
        }
        let mode = path.metadata().expect("it exists").permissions().mode() & 0o7777;
        assert_eq!(mode, 0o751, "a replaced file keeps its mode");
    }
}

#[test]
fn a_delete_happens_only_on_what_was_expected() {
    for resolution in BOTH {
        let fixture = Fixture::new(resolution);
        fixture.put("file", "old");
        let folder = &fixture.folder;
        let error = folder.delete("file", content("other")).expect_err("the content differs");
        assert_eq!(variant(&error), "Changed", "{error:?}");
        assert_eq!(fixture.content("file"), "old", "a refused delete leaves the file");
        let error = folder.delete("file", ExpectedTarget::Absent).expect_err("it is there");
        assert_eq!(variant(&error), "Changed", "{error:?}");
        folder.delete("file", content("old")).expect("it is what was expected");
        folder.delete("file", ExpectedTarget::Absent).expect("to be gone is what was expected");
        let error = folder.delete("file", ANY).expect_err("there is nothing to delete");
        assert_eq!(variant(&error), "NotFound", "{error:?}");
        fixture.assert_tidy();
    }
}

#[test]
fn directories_are_created_through_no_link() {
    for resolution in BOTH {
        let fixture = Fixture::new(resolution);
        fixture.put("file", "");
        fixture.link(".", "here");
        fixture.folder.create_dir_all("a/b/c").expect("nothing is in the way");
        fixture.folder.create_dir_all("a/b/c").expect("it is there already");
        fixture.folder.create_dir_all("").expect("the folder itself is there");
        for (path, expected) in
            [("file/x", "NotADirectory"), ("file", "NotADirectory"), ("here/x", "SymbolicLink")]
        {
            let error = fixture.folder.create_dir_all(path).expect_err(path);
            assert_eq!(variant(&error), expected, "{path} with {resolution:?}");
        }
        assert!(fixture.project.join("a/b/c").is_dir() && !fixture.project.join("x").exists());
    }
}

/// Mounts need a namespace of the test's own; without the right to make one the test has nothing to look at.
#[expect(unsafe_code, reason = "only this test's own thread leaves the mount namespace it shares")]
fn mounted(at: &Path, flags: MountFlags, options: &std::ffi::CStr) -> bool {
    use rustix::thread::{UnshareFlags, unshare_unsafe};
    // SAFETY: no memory and no descriptor table is unshared.
    let alone = unsafe { unshare_unsafe(UnshareFlags::NEWNS) }.is_ok();
    let private = rustix::mount::MountPropagationFlags::REC | rustix::mount::MountPropagationFlags::PRIVATE;
    alone
        && rustix::mount::mount_change("/", private).is_ok()
        && mount("tmpfs", at, "tmpfs", flags, options).is_ok()
}

#[test]
fn a_full_disk_leaves_the_old_content() {
    let fixture = Fixture::new(BOTH[0]);
    if !mounted(&fixture.project, MountFlags::empty(), c"size=64k") {
        return;
    }
    let folder = Folder::open(&fixture.project).expect("it was just mounted");
    folder.write_atomic("file", b"old", ExpectedTarget::Absent).expect("there is room");
    let error = folder.write_atomic("file", &[1; 1 << 20], content("old")).expect_err("there is no room");
    assert_eq!(variant(&error), "NoSpace", "{error:?}");
    assert_eq!(fixture.content("file"), "old", "half a file must never be seen");
    fixture.assert_tidy();
}

#[test]
fn a_read_only_disk_says_so() {
    let fixture = Fixture::new(BOTH[0]);
    if !mounted(&fixture.project, MountFlags::RDONLY, c"") {
        return;
    }
    let folder = Folder::open(&fixture.project).expect("it was just mounted");
    for error in [
        folder.write_atomic("file", b"x", ANY).expect_err("it is read-only"),
        folder.create_dir_all("directory").expect_err("it is read-only"),
    ] {
        assert_eq!(variant(&error), "ReadOnly", "{error:?}");
    }
}
