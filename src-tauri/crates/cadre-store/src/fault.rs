//! Crash points for tests, in dev builds only: the process ends itself with SIGKILL around the commit of a given
//! ledger entry. `CADRE_CRASH_AT=before:17` or `after:17`.

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

pub(crate) fn before_commit(seq: u64) {
    reached("before", seq);
}

pub(crate) fn after_commit(seq: u64) {
    reached("after", seq);
}
