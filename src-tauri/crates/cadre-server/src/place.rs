//! Where the host's socket lies: in the workspace's own folder, which only the user can enter.
//!
//! A socket's path may have about a hundred bytes. For a workspace deeper than that the socket lies in the user's
//! runtime folder, and a file in the workspace says where.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use cadre_api::DATA_FOLDER;
use sha2::{Digest as _, Sha256};

const SOCKET: &str = "host.sock";
const NOTE: &str = "host.path";
/// The system's limit is 108 bytes with the closing zero on Linux, and 104 on macOS.
const LONGEST: usize = 100;

#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: this folder has to be the user's own and closed to others", path.display())]
    Open { path: PathBuf },
    #[error("{}: a socket's path cannot be that long", path.display())]
    TooLong { path: PathBuf },
}

/// The folder for sockets of this user: the system's, else one of our own.
pub fn runtime_folder() -> PathBuf {
    std::env::var_os("XDG_RUNTIME_DIR").filter(|folder| !folder.is_empty()).map_or_else(
        || std::env::temp_dir().join(format!("cadre-{}", rustix::process::getuid().as_raw())),
        |folder| PathBuf::from(folder).join("cadre"),
    )
}

/// Decides where the host listens, and notes it where a client looks.
pub(crate) fn choose(workspace: &Path, runtime: &Path) -> Result<PathBuf, PlaceError> {
    let data = workspace.join(DATA_FOLDER);
    let note = data.join(NOTE);
    let path = data.join(SOCKET);
    if fits(&path) {
        remove(&note)?;
        return Ok(path);
    }
    private_folder(runtime)?;
    let name = hex::encode(&Sha256::digest(path.as_os_str().as_encoded_bytes())[..8]);
    let elsewhere = runtime.join(format!("{name}.sock"));
    if !fits(&elsewhere) {
        return Err(PlaceError::TooLong { path: elsewhere });
    }
    fs::write(&note, elsewhere.as_os_str().as_encoded_bytes())
        .map_err(|source| PlaceError::Io { path: note, source })?;
    Ok(elsewhere)
}

/// Where the host of a workspace listens, if it does.
pub(crate) fn find(workspace: &Path) -> PathBuf {
    let data = workspace.join(DATA_FOLDER);
    match fs::read_to_string(data.join(NOTE)) {
        Ok(noted) => PathBuf::from(noted.trim_end()),
        Err(_) => data.join(SOCKET),
    }
}

pub(crate) fn remove(path: &Path) -> Result<(), PlaceError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(PlaceError::Io { path: path.to_owned(), source })
        }
        _ => Ok(()),
    }
}

fn fits(path: &Path) -> bool {
    path.as_os_str().len() <= LONGEST
}

/// Someone else may have made a folder of this name in a shared place and would then own what we put there.
fn private_folder(folder: &Path) -> Result<(), PlaceError> {
    let failed = |source| PlaceError::Io { path: folder.to_owned(), source };
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(source) if source.kind() != io::ErrorKind::AlreadyExists => return Err(failed(source)),
        _ => {}
    }
    let found = fs::symlink_metadata(folder).map_err(failed)?;
    let ours = found.is_dir() && found.uid() == rustix::process::getuid().as_raw();
    if ours && found.mode() & 0o077 == 0 { Ok(()) } else { Err(PlaceError::Open { path: folder.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_deep_workspace_has_its_socket_elsewhere_and_says_where() {
        for (depth, direct) in [(0, true), (12, false)] {
            let root = tempfile::tempdir().expect("a folder");
            let workspace = root.path().join("a-long-name/".repeat(depth));
            fs::create_dir_all(workspace.join(DATA_FOLDER)).expect("a workspace");
            let runtime = root.path().join("run");
            let chosen = choose(&workspace, &runtime).expect("a place");
            assert_eq!(chosen.starts_with(&workspace), direct, "depth {depth}");
            assert!(fits(&chosen), "the system refuses a longer path");
            assert_eq!(find(&workspace), chosen, "a client has to find what the host chose");
        }
    }

    #[test]
    fn a_runtime_folder_that_others_can_enter_is_not_used() {
        let root = tempfile::tempdir().expect("a folder");
        let workspace = root.path().join("a-long-name/".repeat(12));
        fs::create_dir_all(workspace.join(DATA_FOLDER)).expect("a workspace");
        let runtime = root.path().join("run");
        fs::create_dir(&runtime).expect("a folder");
        fs::set_permissions(&runtime, fs::Permissions::from_mode(0o755)).expect("an open folder");
        assert!(
            matches!(choose(&workspace, &runtime), Err(PlaceError::Open { .. })),
            "another user could put a socket of their own in the place of ours"
        );
    }
}
