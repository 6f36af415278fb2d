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
    live: Arc<Mutex<HashMap<String, Arc<Session>>>>,
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
        cancelled: CancellationToken,
    ) -> Arc<Session> {
        let (session, driver) = open(launch, confinement, cancelled.clone());
        let session = Arc::new(session);
        lock(&self.live).insert(run.to_owned(), Arc::clone(&session));
        let (live, run) = (Arc::clone(&self.live), run.to_owned());
        self.tasks.spawn(TaskKind::AgentProgram, async move {
            driver.await;
            if cancelled.is_cancelled() {
                lock(&live).remove(&run); // nobody will ask for it any more
            }
        });
        session
    }

    pub(crate) fn session(&self, run: &str) -> Option<Arc<Session>> {
        lock(&self.live).get(run).cloned()
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

    /// Ends the program of a run.
    pub(crate) fn let_go(&self, run: &str) {
        lock(&self.live).remove(run);
    }
}
