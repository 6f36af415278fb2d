//! System calls that no confined command needs: they look into other processes, change the kernel or leave
//! the namespaces. They answer EPERM; a program of another architecture (32-bit) is killed.

use std::collections::BTreeMap;

use cadre_exec::{ContainmentLevel, Spec, landlock_abi};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// From this version on, Landlock keeps abstract sockets inside.
const LANDLOCK_SCOPES_SOCKETS: u32 = 6;

/// Number of a denied call, by subject.
const DENIED: &[libc::c_long] = &[
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    // The kernel's key rings are shared by all processes of the user.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // Mounts and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_open_by_handle_at,
    // Large, often attacked parts of the kernel.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // The machine itself.
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
];

#[cfg(target_arch = "x86_64")]
const DENIED_ON_THIS_ARCHITECTURE: &[libc::c_long] = &[libc::SYS_iopl, libc::SYS_ioperm];
#[cfg(not(target_arch = "x86_64"))]
const DENIED_ON_THIS_ARCHITECTURE: &[libc::c_long] = &[];

/// Filters in the order in which they are put up.
pub(crate) fn filters(spec: &Spec) -> Result<Vec<BpfProgram>, seccompiler::Error> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    let mut denied = Rules::new();
    for call in DENIED.iter().chain(DENIED_ON_THIS_ARCHITECTURE) {
        denied.insert(*call, Vec::new());
    }
    denied.insert(libc::SYS_socket, sockets(spec)?);
    denied.insert(libc::SYS_clone, vec![new_user_namespace()?]);
    denied.insert(libc::SYS_ioctl, vec![terminal(libc::TIOCSTI)?, terminal(libc::TIOCLINUX)?]);
    let denied = filter(denied, libc::EPERM, architecture)?;
    // The flags of clone3 lie in memory, out of a filter's sight. "No such call" makes libraries use clone.
    let missing = filter(Rules::from([(libc::SYS_clone3, Vec::new())]), libc::ENOSYS, architecture)?;
    Ok([Some(denied), Some(missing), foreign_numbers(architecture)?].into_iter().flatten().collect())
}

fn filter(rules: Rules, errno: i32, architecture: TargetArch) -> Result<BpfProgram, seccompiler::Error> {
    let errno = SeccompAction::Errno(errno.unsigned_abs());
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, errno, architecture)?;
    Ok(BpfProgram::try_from(filter)?)
}

/// A second set of numbers (x32) reaches the same calls on x86-64 kernels that were built with it.
#[cfg(target_arch = "x86_64")]
fn foreign_numbers(architecture: TargetArch) -> Result<Option<BpfProgram>, seccompiler::Error> {
    const X32: i64 = 0x4000_0000;
    // The range of numbers in use, with room; nothing today is built for x32.
    let rules: Rules = (0..=600).map(|number| (X32 | number, Vec::new())).collect();
    filter(rules, libc::ENOSYS, architecture).map(Some)
}

#[cfg(not(target_arch = "x86_64"))]
fn foreign_numbers(_architecture: TargetArch) -> Result<Option<BpfProgram>, seccompiler::Error> {
    Ok(None)
}

/// Any one of the rules denies. What is left open depends on what else keeps the socket inside.
fn sockets(spec: &Spec) -> Result<Vec<SeccompRule>, seccompiler::Error> {
    let contained = spec.level == ContainmentLevel::Contained;
    if !contained && !spec.network {
        // No network namespace: only asking for the names of interfaces remains.
        return Ok(vec![domain(SeccompCmpOp::Ne, libc::AF_NETLINK)?]);
    }
    let mut denied = vec![libc::AF_VSOCK, libc::AF_ALG, libc::AF_PACKET, libc::AF_XDP, libc::AF_BLUETOOTH];
    // Session bus, display, containers' daemons and Cadre listen on local sockets. A mount namespace hides
    // those with a path, a network namespace or Landlock those without.
    let abstract_kept_inside = !spec.network || landlock_abi() >= LANDLOCK_SCOPES_SOCKETS;
    if !contained || !abstract_kept_inside {
        denied.push(libc::AF_UNIX);
    }
    denied.into_iter().map(|family| domain(SeccompCmpOp::Eq, family)).collect()
}

fn domain(operator: SeccompCmpOp, family: i32) -> Result<SeccompRule, seccompiler::Error> {
    rule(0, operator, u64::from(family.unsigned_abs()))
}

fn new_user_namespace() -> Result<SeccompRule, seccompiler::Error> {
    let flag = u64::from(libc::CLONE_NEWUSER.unsigned_abs());
    rule(0, SeccompCmpOp::MaskedEq(flag), flag)
}

/// Typing into, or driving, a terminal that somebody else reads.
fn terminal(request: libc::c_ulong) -> Result<SeccompRule, seccompiler::Error> {
    rule(1, SeccompCmpOp::Eq, request)
}

fn rule(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompRule, seccompiler::Error> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)?;
    Ok(SeccompRule::new(vec![condition])?)
}
