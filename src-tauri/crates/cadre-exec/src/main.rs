//! Confines and starts one command, and ends everything that it started.
//!
//! Two stages, the same executable. The outer stage reads the specification and becomes bubblewrap; inside the
//! new namespaces bubblewrap starts the inner stage, which is process 1 there. Without bubblewrap there is
//! only the inner stage, which then adopts orphans instead (`supervise`). See the library for the protocol.

#[cfg(target_os = "linux")]
mod bubblewrap;
#[cfg(unix)]
mod confine;
#[cfg(unix)]
mod control;
#[cfg(unix)]
mod executable;
#[cfg(target_os = "linux")]
mod landlock_rules;
#[cfg(unix)]
mod layout;
#[cfg(unix)]
mod place;
#[cfg(target_os = "linux")]
mod seccomp_filter;
#[cfg(unix)]
mod supervise;

use std::process::ExitCode;

#[cfg(unix)]
fn main() -> ExitCode {
    use control::{Control, Failure};

    let mut arguments = std::env::args_os().skip(1);
    let (Some(first), second, third) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Control::none().fail(&Failure::usage());
    };
    confine::close_on_exec_from_three();
    if first == bubblewrap_stage::INNER {
        return bubblewrap_stage::inner(second.as_deref(), third.as_deref());
    }
    let (mut control, spec) = match Control::open(&first) {
        Ok(opened) => opened,
        Err(failure) => return Control::none().fail(&failure),
    };
    let outcome = spec.and_then(|spec| {
        let layout = layout::Layout::of(&spec)?;
        bubblewrap_stage::outer(&spec, &layout, &control)?;
        supervise::run(&spec, &layout, &mut control)
    });
    match outcome {
        Ok(code) => code,
        Err(failure) => control.fail(&failure),
    }
}

/// Any other system has no way yet to end a whole process tree from here, so nothing is started at all.
#[cfg(not(unix))]
fn main() -> ExitCode {
    ExitCode::from(cadre_exec::FAILED_EXIT_CODE)
}

#[cfg(target_os = "linux")]
use bubblewrap as bubblewrap_stage;

#[cfg(all(unix, not(target_os = "linux")))]
mod bubblewrap_stage {
    //! There is no bubblewrap here; `supervise` refuses every level but `none`.
    use crate::control::{Control, Failure};
    use crate::layout::Layout;
    use std::ffi::OsStr;
    use std::process::ExitCode;

    pub(crate) const INNER: &str = "--inside";

    pub(crate) fn inner(_spec: Option<&OsStr>, _control: Option<&OsStr>) -> ExitCode {
        Control::none().fail(&Failure::usage())
    }

    pub(crate) fn outer(_: &cadre_exec::Spec, _: &Layout, _: &Control) -> Result<(), Failure> {
        Ok(())
    }
}
