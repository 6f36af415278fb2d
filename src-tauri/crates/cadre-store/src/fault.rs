//! Faults for tests, in dev builds only.
//!
//! `CADRE_CRASH_AT=before:17` or `after:17`: the process ends itself with SIGKILL around the commit of a given ledger
//! entry. `CADRE_UNREADABLE=path`: as long as there is a file of that name, the ledger's entries cannot be read.

#[cfg(debug_assertions)]
fn crash_point() -> Option<(&'static str, u64)> {
    static POINT: std::sync::OnceLock<Option<(&'static str, u64)>> = std::sync::OnceLock::new();
    *POINT.get_or_init(|| {
        let text = std::env::var("CADRE_CRASH_AT").ok()?;
        let (when, seq) = text.split_once(':')?;
        let when = ["before", "after"].into_iter().find(|known| *known == when)?;
        Some((when, seq.parse().ok()?))
    })
}

#[cfg(debug_assertions)]
fn reached(when: &str, seq: u64) {
    if crash_point().is_some_and(|(at, entry)| at == when && seq >= entry) {
        #[cfg(unix)]
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        std::process::abort();
    }
}

#[cfg(not(debug_assertions))]
fn reached(_when: &str, _seq: u64) {}

/// Whether a read of the ledger's entries has to fail.
#[cfg(debug_assertions)]
pub(crate) fn is_unreadable() -> bool {
    static SIGN: std::sync::OnceLock<Option<std::path::PathBuf>> = std::sync::OnceLock::new();
    let sign = SIGN.get_or_init(|| std::env::var_os("CADRE_UNREADABLE").map(Into::into));
    sign.as_deref().is_some_and(std::path::Path::exists)
}

#[cfg(not(debug_assertions))]
pub(crate) fn is_unreadable() -> bool {
    false
}

pub(crate) fn before_commit(seq: u64) {
    reached("before", seq);
}

pub(crate) fn after_commit(seq: u64) {
    reached("after", seq);
}
