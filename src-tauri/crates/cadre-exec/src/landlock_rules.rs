//! The Landlock rules: files by place, TCP by permission, signals and abstract sockets kept inside.

use std::os::fd::AsFd;
use std::path::Path;

use cadre_exec::{ContainmentLevel, Spec, landlock_abi};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope,
};

use crate::control::Failure;
use crate::layout::{Access, Layout, SYSTEM};

/// The newest interface whose rights were vetted here. Its `ResolveUnix` would need a rule for each socket.
const VETTED: ABI = ABI::V8;

/// Devices without memory or hardware behind them. No terminals: all of the user's would be within reach.
const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// `None` on a kernel without Landlock, which is enough only where namespaces confine already.
pub(crate) fn ruleset(
    spec: &Spec,
    layout: &Layout,
    scratch: Option<&Path>,
) -> Result<Option<RulesetCreated>, Failure> {
    if landlock_abi() == 0 {
        return match spec.level {
            ContainmentLevel::Contained => Ok(None),
            _ => Err(Failure::spec("this kernel has no Landlock")),
        };
    }
    build(spec, layout, scratch).map(Some).map_err(|error| Failure::confine("Landlock", &error))
}

fn build(spec: &Spec, layout: &Layout, scratch: Option<&Path>) -> Result<RulesetCreated, RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(VETTED))?
        .scope(Scope::from_all(VETTED))?;
    // With namespaces "no network" means a private loopback, which test suites need; there is nobody else on it.
    if !spec.network && spec.level == ContainmentLevel::Partly {
        ruleset = ruleset.handle_access(AccessNet::from_all(VETTED))?;
    }
    let mut ruleset = ruleset.create()?;
    let read = AccessFs::from_read(VETTED);
    let write = AccessFs::from_all(VETTED) & !(AccessFs::MakeChar | AccessFs::MakeBlock);
    let permit = |ruleset: RulesetCreated, path: &Path, access| permit(ruleset, path, access);
    if spec.level == ContainmentLevel::Contained {
        // The mount namespace holds nothing but what is permitted, and makes the rest read-only.
        ruleset = permit(ruleset, Path::new("/"), read)?;
        for path in ["/tmp", "/dev", "/proc"] {
            ruleset = permit(ruleset, Path::new(path), write)?;
        }
    } else {
        for path in SYSTEM.iter().chain(&["/proc"]) {
            ruleset = permit(ruleset, Path::new(path), read)?;
        }
        for path in DEVICES {
            ruleset = permit(ruleset, Path::new(path), write)?;
        }
    }
    for (access, rights) in [(Access::ReadOnly, read), (Access::ReadWrite, write)] {
        for place in layout.with(access) {
            ruleset = match &place.handle {
                // By the handle that was looked at, so that no other place is let in under its name.
                Some(handle) => add(ruleset, handle, handle.is_dir, rights)?,
                None => permit(ruleset, &place.path, rights)?,
            };
        }
    }
    match scratch {
        Some(path) => permit(ruleset, path, write),
        None => Ok(ruleset),
    }
}

/// A place that is not there needs no rule.
fn permit(
    ruleset: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    let Ok(opened) = PathFd::new(path) else { return Ok(ruleset) };
    add(ruleset, opened, path.is_dir(), access)
}

/// A file takes only the rights that files have.
fn add(
    ruleset: RulesetCreated,
    opened: impl AsFd,
    is_dir: bool,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    let access = if is_dir { access } else { access & AccessFs::from_file(VETTED) };
    ruleset.add_rule(PathBeneath::new(opened, access))
}
