//! Where the CLI looks for things; what every host shares is in `cadre_api::places`.

use std::path::{Path, PathBuf};

/// The built interface: beside the program, as it is installed, or in the checkout that the program was built in.
pub(crate) fn interface() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok()?.parent()?.join("../share/cadre/ui");
    let in_checkout = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../ui/dist"));
    [beside, in_checkout].into_iter().find(|folder| folder.join("index.html").is_file())
}

/// Where programs of this user find the address of the server for a workspace, and a bearer that cannot decide.
pub(crate) fn token_file(workspace: &str) -> PathBuf {
    PathBuf::from(workspace).join(".cadre").join("server.json")
}

/// A path as it holds for any program: the host of the workspace may stand in another folder.
pub(crate) fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}
