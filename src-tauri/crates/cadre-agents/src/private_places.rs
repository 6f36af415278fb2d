//! Places whose files no agent is given, whoever asks: where people keep keys, and Cadre's own data.
//!
//! Only says which they are. Commands do not see them (`command`), and what is handed to agents by other ways is held
//! against them here.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Folders of a home where people keep keys.
pub const KEY_FOLDERS: [&str; 14] = [
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".docker",
    ".password-store",
    ".config/gh",
    ".config/gcloud",
    ".config/op",
    ".local/share/keyrings",
    ".local/share/kwalletd",
    ".mozilla",
    "Library/Keychains",
];

/// Files of a home with keys or passwords as text.
pub const KEY_FILES: [&str; 5] = [".netrc", ".git-credentials", ".pgpass", ".pypirc", ".npmrc"];

/// Ends of names of keychains and password databases.
const KEY_FILE_KINDS: [&str; 6] = ["keychain", "keychain-db", "keyring", "kwl", "kdb", "kdbx"];

/// The places of this machine and this workspace.
#[derive(Debug, Clone, Default)]
pub struct PrivatePlaces {
    places: Vec<PathBuf>,
}

impl PrivatePlaces {
    /// With these folders and files beside those that are private anywhere.
    pub fn new(places: impl IntoIterator<Item = PathBuf>) -> Self {
        // Some of them may not be there yet.
        let real = |place: PathBuf| place.canonicalize().unwrap_or(place);
        Self { places: places.into_iter().map(real).collect() }
    }

    /// Whether a path, without links, is of such a place.
    pub fn hold(&self, real: &Path) -> bool {
        let name = real.file_name().unwrap_or_default();
        self.places.iter().any(|place| real.starts_with(place))
            || KEY_FOLDERS.iter().any(|folder| passes_through(real, Path::new(folder)))
            || KEY_FILES.iter().any(|file| name == *file)
            || KEY_FILE_KINDS.iter().any(|kind| real.extension() == Some(OsStr::new(kind)))
    }
}

/// Whether the parts of `folder` stand one behind the other in `path`: a home can lie anywhere, and so can a copy of it.
fn passes_through(path: &Path, folder: &Path) -> bool {
    let mut rest = path.components();
    loop {
        if rest.as_path().starts_with(folder) {
            return true;
        }
        if rest.next().is_none() {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_keys_and_of_cadre_are_private_and_their_neighbours_are_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let real = folder.path().canonicalize().expect("it is there");
        std::os::unix::fs::symlink(&real, real.join("link")).expect("is made");
        let places = [real.join("link/.cadre"), real.join("keys.age")];
        std::fs::create_dir(real.join(".cadre")).expect("is made");
        let private = PrivatePlaces::new(places);
        let ours = |path: &str| real.join(path);
        for (path, held) in [
            (ours(".cadre"), true),
            (ours(".cadre/cadre.sqlite"), true),
            (ours(".cadre-notes/a.txt"), false),
            (ours("keys.age"), true),
            (ours("other.age"), false),
            ("/home/ada/.ssh/id_ed25519".into(), true),
            ("/home/ada/.ssh".into(), true),
            ("/backup/2026/ada/.ssh/config".into(), true),
            ("/home/ada/.sshd/notes.txt".into(), false),
            ("/home/ada/ssh/notes.txt".into(), false),
            ("/home/ada/.config/gh/hosts.yml".into(), true),
            ("/home/ada/.config/ghostty/config".into(), false),
            ("/home/ada/gh/.config".into(), false),
            ("/home/ada/.local/share/keyrings/login.keyring".into(), true),
            ("/Users/ada/Library/Keychains/login.keychain-db".into(), true),
            ("/mnt/stick/passwords.kdbx".into(), true),
            ("/home/ada/.netrc".into(), true),
            ("/home/ada/project/.env".into(), false),
            ("/home/ada/report.pdf".into(), false),
        ] {
            assert_eq!(private.hold(&path), held, "{}", path.display());
        }
    }
}
