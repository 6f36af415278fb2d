//! Where things lie on this machine.

use std::path::PathBuf;

use directories::ProjectDirs;

/// The default workspace: the platform's data folder.
pub(crate) fn default_workspace() -> PathBuf {
    platform().map_or_else(|| PathBuf::from("cadre-workspace"), |dirs| dirs.data_dir().join("workspace"))
}

/// Where heads are kept outside the workspace.
pub(crate) fn state() -> Option<PathBuf> {
    let dirs = platform()?;
    Some(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned())
}

/// This device's name.
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn platform() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "cadre")
}
