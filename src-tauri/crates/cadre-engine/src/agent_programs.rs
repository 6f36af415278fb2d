//! Agent programs that run: the sessions by run, since a run's node comes and goes while its program stays. What one
//! says that it used is booked here, before anybody else hears it.

mod account;
mod alone;

use std::collections::HashMap;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, Weak};

use cadre_agents::acp::{Event, Events, Launch, Session, open};
use cadre_agents::command::Confinement;
use cadre_core::failure::Category;
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub(crate) use self::account::{Account, nano};
use self::alone::Alone;
pub(crate) use self::alone::LeftAlone;
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
    events: Arc<tokio::sync::Mutex<Events>>,
    /// Ends this program and no other.
    ends: CancellationToken,
    /// What its run left it with, while that waits for a person.
    alone: watch::Sender<Option<LeftAlone>>,
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
        mut account: Account,
    ) {
        self.let_go(run); // a start that was stopped half-way is made anew
        let ends = cancelled.child_token();
        let (passed_on, events) = Events::channel(&launch.name);
        let (session, mut heard, driver) = open(launch, confinement, ends.clone());
        let session = Arc::new(session);
        let events = Arc::new(tokio::sync::Mutex::new(events));
        let (left_alone, is_alone) = watch::channel(None);
        let live = Live { session: Arc::clone(&session), events, ends: ends.clone(), alone: left_alone };
        lock(&self.live).insert(run.to_owned(), live);
        let (live, run, ours) = (Arc::clone(&self.live), run.to_owned(), Arc::downgrade(&session));
        let mut alone = Alone::new(is_alone, Weak::clone(&ours));
        drop(session);
        self.tasks.spawn(TaskKind::AgentProgram, async move {
            let mut driver = pin!(driver);
            let mut over = false;
            while !over {
                let event = tokio::select! {
                    biased;
                    event = heard.next() => Some(event),
                    // What it had used before its run left it is looked at too.
                    () = alone.left() => None,
                    () = &mut driver => break,
                };
                over = matches!(event, Some(Event::Failed { .. }));
                if !pass_on(event, &mut account, &mut alone, &passed_on).await {
                    ends.cancel(); // it may not go on where nobody can count what it uses
                }
            }
            if over {
                driver.await; // it said so as its last word; now its process goes
            }
            while let Some(event) = heard.ready() {
                pass_on(Some(event), &mut account, &mut alone, &passed_on).await;
            }
            // What came to an end by itself is still asked why. After a stop nobody will ask for it any more.
            if ends.is_cancelled() {
                let mut live = lock(&live);
                if live.get(&run).is_some_and(|it| Weak::ptr_eq(&Arc::downgrade(&it.session), &ours)) {
                    live.remove(&run);
                }
            }
        });
    }

    pub(crate) fn session(&self, run: &str) -> Option<Arc<Session>> {
        lock(&self.live).get(run).map(|live| Arc::clone(&live.session))
    }

    /// The next event of a run's program.
    pub(crate) async fn next(&self, run: &str) -> Event {
        let events = lock(&self.live).get(run).map(|live| Arc::clone(&live.events));
        match events {
            Some(events) => events.lock().await.next().await,
            None => Event::Failed {
                category: Category::AgentUnavailable.name().into(),
                message: "the agent's program ended with Cadre or was stopped; what it did so far stays, and trying \
                          again starts it anew"
                    .into(),
            },
        }
    }

    /// The run begins to wait for a person, and its program may go on with what it was left with; `None` when the run is
    /// back.
    pub(crate) fn leave_alone(&self, run: &str, with: Option<LeftAlone>) {
        if let Some(live) = lock(&self.live).get(run) {
            live.alone.send_replace(with);
        }
    }

    /// Ends the program of a run, in the middle of a turn too.
    pub(crate) fn let_go(&self, run: &str) {
        if let Some(live) = lock(&self.live).remove(run) {
            live.ends.cancel();
        }
    }
}

/// Books what was heard, then lets the run hear it, and what came of a look at the limits. `false` when it could not be
/// booked.
async fn pass_on(
    event: Option<Event>,
    account: &mut Account,
    alone: &mut Alone,
    run: &UnboundedSender<Event>,
) -> bool {
    let booked = match &event {
        Some(event) => account.hear(event).await,
        None => Ok(()),
    };
    let event = match &booked {
        Ok(()) => event,
        Err(error) => Some(Event::Failed {
            category: Category::ResourceExhausted.name().into(),
            message: format!("what the agent's program used could not be recorded: {error}"),
        }),
    };
    let went_on = alone.went_on(event.is_some(), account).await;
    for event in went_on.into_iter().chain(event) {
        let _nobody_listens = run.send(event);
    }
    booked.is_ok()
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
        programs.leave_alone(run, None);
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
