//! Where Cadre's things lie on this machine: the same for every host, so that they open the same workspace.

use std::path::PathBuf;

use directories::ProjectDirs;

/// The workspace that is opened when none is named: in the platform's data folder.
pub fn default_workspace() -> PathBuf {
    platform().map_or_else(|| PathBuf::from("cadre-workspace"), |dirs| dirs.data_dir().join("workspace"))
}

/// Where heads are kept outside the workspace.
pub fn state() -> Option<PathBuf> {
    let dirs = platform()?;
    Some(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned())
}

/// Where this user's settings of a host lie, if it has any.
pub fn config() -> Option<PathBuf> {
    Some(platform()?.config_dir().to_owned())
}

/// Where programs of Cadre write down what happens in them.
pub fn logs() -> Option<PathBuf> {
    Some(state()?.join("logs"))
}

/// The system with its version, and the processor's kind.
pub fn platform_name() -> String {
    let system = rustix::system::uname();
    let [name, version, machine] =
        [system.sysname(), system.release(), system.machine()].map(|part| part.to_string_lossy());
    format!("{name} {version}, {machine}")
}

/// This device's name.
pub fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn platform() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "cadre")
}
