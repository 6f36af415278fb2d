//! Agent programs that run: the sessions by run, since a run's node comes and goes while its program stays.

use std::collections::HashMap;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use cadre_agents::acp::{Event, Launch, Session, open};
use cadre_agents::command::Confinement;
use cadre_core::failure::Category;
use tokio_util::sync::CancellationToken;

use crate::engine::lock;
use crate::tasks::{TaskKind, Tasks};

pub(crate) struct AgentPrograms {
    tasks: Tasks,
    /// Where programs have homes of their own, one for each member.
    homes: PathBuf,
    live: Arc<Mutex<HashMap<String, Live>>>,
}

/// A run's program.
struct Live {
    session: Arc<Session>,
    /// Ends this program and no other.
    ends: CancellationToken,
}

impl AgentPrograms {
    pub(crate) fn new(tasks: Tasks, homes: PathBuf) -> Self {
        AgentPrograms { tasks, homes, live: Arc::default() }
    }

    pub(crate) fn home(&self, member: &str) -> PathBuf {
        self.homes.join(member)
    }

    /// The member's home, made for this user alone.
    pub(crate) fn make_home(&self, member: &str) -> io::Result<PathBuf> {
        let home = self.home(member);
        DirBuilder::new().recursive(true).mode(0o700).create(&home)?;
        Ok(home)
    }

    /// Starts the program of a run. It ends when it is let go, when `cancelled` ends, or with this process.
    pub(crate) fn start(
        &self,
        run: &str,
        launch: Launch,
        confinement: Confinement,
        cancelled: &CancellationToken,
    ) -> Arc<Session> {
        self.let_go(run); // a start that was stopped half-way is made anew
        let ends = cancelled.child_token();
        let (session, driver) = open(launch, confinement, ends.clone());
        let session = Arc::new(session);
        let live = Live { session: Arc::clone(&session), ends: ends.clone() };
        lock(&self.live).insert(run.to_owned(), live);
        let (live, run, ours) = (Arc::clone(&self.live), run.to_owned(), Arc::clone(&session));
        self.tasks.spawn(TaskKind::AgentProgram, async move {
            driver.await;
            // What came to an end by itself is still asked why. After a stop nobody will ask for it any more.
            if ends.is_cancelled() {
                let mut live = lock(&live);
                if live.get(&run).is_some_and(|it| Arc::ptr_eq(&it.session, &ours)) {
                    live.remove(&run);
                }
            }
        });
        session
    }

    pub(crate) fn session(&self, run: &str) -> Option<Arc<Session>> {
        lock(&self.live).get(run).map(|live| Arc::clone(&live.session))
    }

    /// The next event of a run's program.
    pub(crate) async fn next(&self, run: &str) -> Event {
        match self.session(run) {
            Some(session) => session.next().await,
            None => Event::Failed {
                category: Category::AgentUnavailable.name().into(),
                message: "the agent's program ended with Cadre or was stopped; what it did so far stays, and trying \
                          again starts it anew"
                    .into(),
            },
        }
    }

    /// Ends the program of a run, in the middle of a turn too.
    pub(crate) fn let_go(&self, run: &str) {
        if let Some(live) = lock(&self.live).remove(run) {
            live.ends.cancel();
        }
    }
}

/// A run's program while its node works: it ends with the run, however that ends: done, failed, stopped, or dropped.
pub(crate) struct KeptAlive<'a> {
    programs: &'a AgentPrograms,
    run: &'a str,
    /// The node ends, and the run goes on when a person has answered.
    pub(crate) waits: bool,
}

impl<'a> KeptAlive<'a> {
    pub(crate) fn of(programs: &'a AgentPrograms, run: &'a str) -> Self {
        KeptAlive { programs, run, waits: false }
    }
}

impl Drop for KeptAlive<'_> {
    fn drop(&mut self) {
        if !self.waits {
            self.programs.let_go(self.run);
        }
    }
}

#[cfg(test)]
mod tests;
