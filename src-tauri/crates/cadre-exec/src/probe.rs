//! Which containment works here, found by trying it.

use std::path::PathBuf;

use crate::ContainmentLevel;

/// What this machine offers; worth asking once per start of a host, since the answer costs a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The strongest level that works.
    pub level: ContainmentLevel,
    /// Set only if a sandbox could really be built with it.
    pub bubblewrap: Option<PathBuf>,
    /// 0 when the kernel has no Landlock or did not enable it.
    pub landlock_abi: u32,
    pub seccomp: bool,
}

/// Finds out by building a sandbox; blocks for some milliseconds.
#[cfg(target_os = "linux")]
pub fn probe() -> Probe {
    let bubblewrap = find_bubblewrap().filter(|bubblewrap| bubblewrap_works(bubblewrap));
    let (landlock_abi, seccomp) = (landlock_abi(), seccomp_works());
    let level = match (seccomp, &bubblewrap, landlock_abi) {
        (true, Some(_), _) => ContainmentLevel::Contained,
        (true, None, 1..) => ContainmentLevel::Partly,
        _ => ContainmentLevel::None,
    };
    Probe { level, bubblewrap, landlock_abi, seccomp }
}

/// Nothing is confined on this system yet.
#[cfg(not(target_os = "linux"))]
pub fn probe() -> Probe {
    Probe { level: ContainmentLevel::None, bubblewrap: None, landlock_abi: 0, seccomp: false }
}

/// Looks in the system's own folders only: a `PATH` could name an impostor.
pub fn find_bubblewrap() -> Option<PathBuf> {
    ["/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap", "/run/current-system/sw/bin/bwrap"]
        .into_iter()
        .map(PathBuf::from)
        .find(|path| path.is_file())
}

/// Distributions ship bubblewrap and forbid user namespaces, so only building a sandbox tells.
#[cfg(target_os = "linux")]
fn bubblewrap_works(bubblewrap: &std::path::Path) -> bool {
    use std::process::Stdio;
    #[expect(clippy::disallowed_methods, reason = "what is started is bubblewrap itself, to see if it works")]
    let mut command = std::process::Command::new(bubblewrap);
    command
        .env_clear()
        .args(["--unshare-all", "--unshare-user", "--cap-drop", "ALL", "--as-pid-1", "--new-session"])
        .args(["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--"])
        .arg(bubblewrap)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The newest Landlock interface of the running kernel; 0 without one.
#[cfg(target_os = "linux")]
pub fn landlock_abi() -> u32 {
    const VERSION: libc::c_ulong = 1;
    #[expect(unsafe_code, reason = "the landlock crate does not tell the version; this call takes no memory")]
    // SAFETY: with the VERSION flag the kernel reads no attribute: a null pointer of length 0 is what it wants.
    let version =
        unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0usize, VERSION) };
    u32::try_from(version).unwrap_or(0)
}

#[cfg(not(target_os = "linux"))]
pub fn landlock_abi() -> u32 {
    0
}

/// Filters that answer with an error number; and an architecture that they can be written for.
#[cfg(target_os = "linux")]
fn seccomp_works() -> bool {
    const GET_ACTION_AVAIL: libc::c_uint = 2;
    let action: u32 = libc::SECCOMP_RET_ERRNO;
    #[expect(unsafe_code, reason = "libc has no safe form of this question")]
    // SAFETY: the kernel reads four bytes from a live, aligned u32.
    let answer = unsafe { libc::syscall(libc::SYS_seccomp, GET_ACTION_AVAIL, 0, &raw const action) };
    answer == 0 && seccompiler::TargetArch::try_from(std::env::consts::ARCH).is_ok()
}
