//! The walls of one process, prepared where failing is easy and put up between fork and exec.

use std::io;

use cadre_exec::{ContainmentLevel, Limits, Spec};
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::control::Failure;
use crate::layout::Layout;

/// Everything that [`Walls::apply`] needs, so that it only makes system calls.
pub(crate) struct Walls {
    limits: Vec<(Resource, u64)>,
    #[cfg(target_os = "linux")]
    drop_capabilities: bool,
    #[cfg(target_os = "linux")]
    landlock: Option<landlock::RulesetCreated>,
    #[cfg(target_os = "linux")]
    filters: Vec<seccompiler::BpfProgram>,
}

impl Walls {
    #[cfg(target_os = "linux")]
    pub(crate) fn prepare(
        spec: &Spec,
        layout: &Layout,
        scratch: Option<&std::path::Path>,
    ) -> Result<Self, Failure> {
        let limits = resources(&spec.limits);
        if spec.level == ContainmentLevel::None {
            return Ok(Self { limits, drop_capabilities: false, landlock: None, filters: Vec::new() });
        }
        let landlock = crate::landlock_rules::ruleset(spec, layout, scratch)?;
        let filters = crate::seccomp_filter::filters(spec)
            .map_err(|error| Failure::confine("the system-call filter", &error))?;
        Ok(Self { limits, drop_capabilities: true, landlock, filters })
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn prepare(
        spec: &Spec,
        _layout: &Layout,
        _scratch: Option<&std::path::Path>,
    ) -> Result<Self, Failure> {
        if spec.level != ContainmentLevel::None {
            return Err(Failure::spec(format!("the level {} does not exist on this system", spec.level)));
        }
        Ok(Self { limits: resources(&spec.limits) })
    }

    /// Called in the new process; there is no way back.
    pub(crate) fn apply(&mut self) -> io::Result<()> {
        for (resource, limit) in &self.limits {
            let limit = Rlimit { current: Some(*limit), maximum: Some(*limit) };
            setrlimit(*resource, limit).or_else(keep_a_stricter_one(*resource, limit))?;
        }
        close_on_exec_from_three();
        #[cfg(target_os = "linux")]
        self.restrict()?;
        Ok(())
    }

    #[cfg(target_os = "linux")]
    fn restrict(&mut self) -> io::Result<()> {
        rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
        if self.drop_capabilities {
            drop_capabilities()?;
        }
        if let Some(ruleset) = self.landlock.take() {
            let status = ruleset.restrict_self().map_err(io::Error::other)?;
            if status.ruleset == landlock::RulesetStatus::NotEnforced {
                return Err(rustix::io::Errno::NOSYS.into());
            }
        }
        // The last step: the filters forbid some of the calls above.
        for filter in &self.filters {
            seccompiler::apply_filter(filter).map_err(io::Error::other)?;
        }
        Ok(())
    }
}

/// A host that runs as root would otherwise hand down rights that reach around the walls: with them, even the
/// memory of other processes can be read on recent kernels.
#[cfg(target_os = "linux")]
fn drop_capabilities() -> io::Result<()> {
    use rustix::io::Errno;
    use rustix::thread::{
        CapabilitySet, CapabilitySets, capabilities, remove_capability_from_bounding_set, set_capabilities,
    };
    if capabilities(None)?.permitted.contains(CapabilitySet::SETPCAP) {
        for capability in CapabilitySet::all().iter() {
            match remove_capability_from_bounding_set(capability) {
                // The kernel is older than the list.
                Ok(()) | Err(Errno::INVAL) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
    }
    let none = CapabilitySet::empty();
    Ok(set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })?)
}

fn resources(limits: &Limits) -> Vec<(Resource, u64)> {
    let wanted = [
        (Resource::As, limits.address_space),
        (Resource::Fsize, limits.file_size),
        (Resource::Nproc, limits.processes),
        (Resource::Cpu, limits.cpu_seconds),
        (Resource::Nofile, limits.open_files),
        // A core file would hold the command's memory, secrets included.
        (Resource::Core, Some(0)),
    ];
    wanted.into_iter().filter_map(|(resource, limit)| Some((resource, limit?))).collect()
}

/// A limit above the user's own hard limit is refused by the system; the user's own then stays.
fn keep_a_stricter_one(
    resource: Resource,
    wanted: Rlimit,
) -> impl FnOnce(rustix::io::Errno) -> Result<(), rustix::io::Errno> {
    move |errno| {
        let stricter = rustix::process::getrlimit(resource).maximum < wanted.maximum;
        if errno == rustix::io::Errno::PERM && stricter { Ok(()) } else { Err(errno) }
    }
}

/// Whatever the host had open beyond the standard streams does not reach the command.
pub(crate) fn close_on_exec_from_three() {
    #[cfg(target_os = "linux")]
    {
        #[expect(
            unsafe_code,
            reason = "there is no safe form: a descriptor owned elsewhere is changed by number"
        )]
        // SAFETY: the call takes no memory, and closing on exec takes nothing from an owner in this program.
        let done = unsafe { libc::syscall(libc::SYS_close_range, 3u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
        if done == 0 {
            return;
        }
    }
    close_on_exec_one_by_one();
}

/// Kernels before 5.11, and other systems.
fn close_on_exec_one_by_one() {
    let Ok(open) = std::fs::read_dir("/dev/fd") else { return };
    let numbers = open.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    for number in numbers.filter(|number| *number > 2) {
        #[expect(
            unsafe_code,
            reason = "there is no safe form: a descriptor owned elsewhere is changed by number"
        )]
        // SAFETY: fcntl takes no memory and fails on a number that is not open.
        unsafe {
            libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC);
        }
    }
}
