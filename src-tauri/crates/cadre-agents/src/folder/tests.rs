//! Folders as they are on disk, with the kernel's resolution and with the fallback.

mod listing;
mod races;
mod writing;

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::beneath::Resolution;
use super::{Folder, FolderError};

const BOTH: [Resolution; 2] = [Resolution::Kernel, Resolution::ByComponent];

/// A project folder beside a folder that nothing may reach.
struct Fixture {
    _root: tempfile::TempDir,
    project: PathBuf,
    outside: PathBuf,
    folder: Folder,
}

impl Fixture {
    fn new(resolution: Resolution) -> Self {
        let root = tempfile::tempdir().expect("a temporary folder is needed");
        let (project, outside) = (root.path().join("project"), root.path().join("outside"));
        for path in [&project, &outside] {
            std::fs::create_dir(path).expect("a folder of ours");
        }
        std::fs::write(outside.join("secret"), "secret").expect("a folder of ours");
        let folder = Folder::open_resolving(&project, resolution).expect("it was just made");
        Self { _root: root, project, outside, folder }
    }

    fn put(&self, path: &str, content: &str) -> PathBuf {
        let path = self.project.join(path);
        std::fs::create_dir_all(path.parent().expect("it lies in the project")).expect("a folder of ours");
        std::fs::write(&path, content).expect("a folder of ours");
        path
    }

    fn link(&self, target: impl AsRef<Path>, name: &str) {
        symlink(target, self.project.join(name)).expect("a folder of ours");
    }

    fn content(&self, path: &str) -> String {
        std::fs::read_to_string(self.project.join(path)).expect("it must exist")
    }

    /// No temporary file of a write, finished or refused, may stay behind.
    fn assert_tidy(&self) {
        for entry in std::fs::read_dir(&self.project).expect("a folder of ours") {
            let name = entry.expect("a folder of ours").file_name().to_string_lossy().into_owned();
            assert!(!name.starts_with(".cadre-tmp-"), "{name} was left behind");
        }
    }

    fn assert_outside_untouched(&self) {
        let names: Vec<_> = std::fs::read_dir(&self.outside)
            .expect("a folder of ours")
            .map(|entry| entry.expect("a folder of ours").file_name())
            .collect();
        assert_eq!(names, ["secret"], "nothing outside may be created");
        let content = std::fs::read_to_string(self.outside.join("secret")).expect("it must still be there");
        assert_eq!(content, "secret", "nothing outside may be changed");
    }
}

/// The name of the variant, for tables of expectations.
fn variant(error: &FolderError) -> String {
    let text = format!("{error:?}");
    text.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}
