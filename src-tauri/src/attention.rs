//! What needs the person: followed by events, shown on the tray and as notifications. Nothing here asks the workspace
//! unless something happened in it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cadre_api::{
    Api, ApiError, Caller, Channel, EventDto, InboxItemDto, StatusDto, Subscription, Tag, operations,
};
use cadre_server::{Calls, TaskKind};
use futures_util::FutureExt as _;
use serde_json::json;
use tauri::{AppHandle, Manager as _};

use crate::host::Opened;
use crate::links::Page;
use crate::notifications::{Notifier, Said};
use crate::tray::Tray;
use crate::window;

/// Follows a workspace that was just opened, for as long as it is open.
pub(crate) fn begin(app: &AppHandle, opened: &Opened) {
    let (api, calls) = (opened.api.clone(), opened.calls.clone());
    let follow = Follow { app: app.clone(), api, calls, known: None };
    let cancel = opened.calls.tasks().cancelled().clone();
    let following = async move { cancel.run_until_cancelled(follow.run()).await };
    drop(opened.calls.tasks().spawn(TaskKind::Connection, following));
}

struct Follow {
    app: AppHandle,
    api: Api,
    calls: Calls,
    /// The items of the last look; `None` before the first.
    known: Option<HashSet<String>>,
}

impl Follow {
    async fn run(mut self) {
        let mut events = self.api.subscribe(self.api.changes().newest());
        let mut notifier = Notifier::connect().await;
        let mut patience = Patience::default();
        loop {
            let mut failed = self.look_if_told(&mut events, &mut notifier).await.err();
            let mut wait = None;
            loop {
                if let Some(error) = failed.take() {
                    tracing::error!(%error, "what waits cannot be read");
                    self.app.state::<Standing>().lose(&self.app);
                    wait = Some(patience.take());
                }
                tokio::select! {
                    next = news(&mut events, wait) => match next {
                        Ok(News::TryAgain) => break,
                        Ok(News::Told { concerns }) => {
                            patience = Patience::default();
                            if concerns { break }
                        }
                        Ok(News::Closed) => return,
                        Err(error) => failed = Some(error),
                    },
                    said = notifier.next() => {
                        self.heed(said);
                        notifier.withdraw_pressed().await;
                    }
                }
            }
            skip_what_is_there(&mut events);
        }
    }

    /// A look that would not be followed by events is none: what it shows could be old at once.
    async fn look_if_told(
        &mut self,
        events: &mut Subscription,
        notifier: &mut Notifier,
    ) -> Result<(), ApiError> {
        events.ready().await?;
        self.look(notifier).await
    }

    async fn look(&mut self, notifier: &mut Notifier) -> Result<(), ApiError> {
        let caller = Caller::owner(Channel::Window);
        let items = self.api.call::<operations::inbox::List>(&caller, Default::default()).await?;
        let status = self.api.call::<operations::system::Status>(&caller, Default::default()).await?;
        self.app.state::<Standing>().set(&self.app, items.len(), status.running);
        let now: HashSet<String> = items.iter().map(|item| item.id.clone()).collect();
        notifier.withdraw_all_but(&now).await;
        // What waited already when the window opened is on the screen.
        if let Some(known) = self.known.replace(now) {
            let new: Vec<&InboxItemDto> = items.iter().filter(|item| !known.contains(&item.id)).collect();
            notifier.announce(&new, is_contained(&status)).await;
        }
        Ok(())
    }

    fn heed(&self, said: Said) {
        match said {
            Said::Open(page) => window::open(&self.app, Some(&page)),
            Said::Decide { item, decision, hash } => {
                let (app, calls) = (self.app.clone(), self.calls.clone());
                let deciding = async move { decide(&app, &calls, item, decision, hash).await };
                drop(self.calls.tasks().spawn(TaskKind::Call, deciding));
            }
        }
    }
}

/// Decides as the notification said. What is refused is shown where it can be looked at.
async fn decide(app: &AppHandle, calls: &Calls, item: String, decision: &str, hash: String) {
    let page = Page::inbox_item(&item);
    let input = json!({ "item": item, "decision": decision, "action_hash": hash });
    let caller = Caller::owner(Channel::Notification);
    if let Err(error) = calls.run(caller, "inbox.decide".into(), input).await {
        tracing::warn!(%error, "a decision on a notification was refused");
        window::open(app, Some(&page));
    }
}

/// Why somebody who follows events wakes up.
enum News {
    Told {
        concerns: bool,
    },
    /// After a failure.
    TryAgain,
    Closed,
}

/// The next event; after a failure the next reason to try again. What failed is read again in either case.
async fn news(events: &mut Subscription, after_failure: Option<Duration>) -> Result<News, ApiError> {
    if let Some(wait) = after_failure {
        events.until_next_try(wait).await;
        return Ok(News::TryAgain);
    }
    Ok(match events.next().await? {
        Some(event) => News::Told { concerns: concerns(&event) },
        None => News::Closed,
    })
}

/// How long to wait after a failure, if nothing is written meanwhile: longer each time, up to half a minute.
struct Patience(Duration);

impl Default for Patience {
    fn default() -> Self {
        Patience(Duration::from_secs(1))
    }
}

impl Patience {
    fn take(&mut self) -> Duration {
        let wait = self.0;
        self.0 = (wait * 2).min(Duration::from_secs(30));
        wait
    }
}

fn concerns(event: &EventDto) -> bool {
    event.tags.iter().any(|tag| matches!(tag, Tag::Inbox | Tag::Projects))
}

/// A busy run tells much at once; one look is enough for all of it. What is given up here comes again.
fn skip_what_is_there(events: &mut Subscription) {
    while let Some(Ok(Some(_))) = events.next().now_or_never() {}
}

/// Where agents are not contained they may reach the session bus, and so the buttons of a notification.
fn is_contained(status: &StatusDto) -> bool {
    status.containment == "contained"
}

/// How things stand, as the tray shows it.
#[derive(Default)]
pub(crate) struct Standing(Mutex<Figures>);

#[derive(Default, Clone, Copy)]
struct Figures {
    waiting: usize,
    running: u32,
    /// The two above cannot be read at the moment.
    lost: bool,
    asking: bool,
    ending: bool,
}

/// What a wish to quit meets.
pub(crate) enum Quitting<'a> {
    Ask(Asking<'a>),
    /// The question is open already; nobody has answered it.
    Asked,
    /// The last work ends.
    Ending,
}

/// A question on quit that is open; one at a time.
pub(crate) struct Asking<'a> {
    standing: &'a Standing,
}

impl Standing {
    fn set(&self, app: &AppHandle, waiting: usize, running: u32) {
        self.change(|figures| {
            (figures.waiting, figures.running, figures.lost) = (waiting, running, false);
        });
        self.show(app);
    }

    /// A count that is not true any more would be worse than none.
    fn lose(&self, app: &AppHandle) {
        self.change(|figures| figures.lost = true);
        self.show(app);
    }

    pub(crate) fn begin_quit(&self) -> Quitting<'_> {
        let before = self.change(|figures| figures.asking = true);
        match (before.ending, before.asking) {
            (true, _) => Quitting::Ending,
            (false, true) => Quitting::Asked,
            (false, false) => Quitting::Ask(Asking { standing: self }),
        }
    }

    pub(crate) fn show(&self, app: &AppHandle) {
        let Figures { waiting, running, lost, ending, .. } = self.change(|_| {});
        if let Some(tray) = app.try_state::<Tray>() {
            tray.show((!lost).then_some(waiting), running, ending);
        }
    }

    /// Gives what stood before.
    fn change(&self, change: impl FnOnce(&mut Figures)) -> Figures {
        let mut figures = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *figures;
        change(&mut figures);
        before
    }
}

impl Asking<'_> {
    /// From now on the program only waits for the last work.
    pub(crate) fn ends(&self) {
        self.standing.change(|figures| figures.ending = true);
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.standing.change(|figures| figures.asking = false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_grows_to_half_a_minute() {
        let mut patience = Patience::default();
        let waits: Vec<u64> = (0..7).map(|_| patience.take().as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
    }
}
