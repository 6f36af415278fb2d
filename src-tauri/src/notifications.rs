//! Notifications of the desktop: new items of the Inbox, and what a person says on them.
//!
//! Whoever can reach the session bus can claim that a button was pressed. So a press counts only if it comes from the
//! very server that took the notification, names one that is shown, and is one of the buttons that it has; and it
//! decides nothing but what that notification showed. The client libraries at hand listen to anybody, which is why the
//! bus is spoken to here.

use std::collections::{HashMap, HashSet};

use cadre_api::settings::Settings;
use cadre_api::{InboxItemDto, places};

use crate::links::Page;
use crate::words;

#[cfg(target_os = "linux")]
mod bus;
#[cfg(not(target_os = "linux"))]
#[path = "notifications/nowhere.rs"]
mod bus;
mod wording;

#[cfg(target_os = "linux")]
pub(crate) use bus::has_tray_host;
use bus::{Bus, Press, Server};
use wording::{Notice, notice};

/// More at once are one notification, so that a burst does not cover the screen.
const MOST_AT_ONCE: usize = 3;

const TAP: &str = "default";
const APPROVE: &str = "approve";
const DENY: &str = "deny";
const REVIEW: &str = "review";

/// What a person said on a notification.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Open(Page),
    Decide { item: String, decision: &'static str, hash: String },
}

/// What was shown under a number of the server's.
struct Shown {
    server: Server,
    about: About,
}

enum About {
    Several,
    Item {
        id: String,
        /// The hash of what it showed whole; without one it has no button that decides.
        decides: Option<String>,
    },
}

pub(crate) struct Notifier {
    /// `None` without a session bus.
    bus: Option<Bus>,
    shown: HashMap<u32, Shown>,
    /// Pressed, and still on the screen where the server leaves that to us.
    pressed: Vec<u32>,
}

impl Notifier {
    pub(crate) async fn connect() -> Notifier {
        let bus = Bus::connect().await.inspect_err(|error| {
            tracing::info!(%error, "no session bus, so no notifications; the Inbox has everything");
        });
        Notifier { bus: bus.ok(), shown: HashMap::new(), pressed: Vec::new() }
    }

    /// Shows what is new. `contained`: agents here cannot reach the buttons.
    pub(crate) async fn announce(&mut self, items: &[&InboxItemDto], contained: bool) {
        if items.is_empty() || !may_notify() {
            return;
        }
        if items.len() > MOST_AT_ONCE {
            let notice =
                Notice { title: words::several(items.len()), body: words::SEVERAL.into(), decides: None };
            return self.show(&notice, About::Several).await;
        }
        for item in items {
            let notice = notice(item, contained);
            let about = About::Item { id: item.id.clone(), decides: notice.decides.clone() };
            self.show(&notice, about).await;
        }
    }

    async fn show(&mut self, notice: &Notice, about: About) {
        let Some(bus) = &self.bus else { return };
        let buttons: &[(&str, &str)] = match notice.decides {
            Some(_) => {
                &[(TAP, words::OPEN), (APPROVE, words::APPROVE), (DENY, words::DENY), (REVIEW, words::REVIEW)]
            }
            None => &[(TAP, words::OPEN), (REVIEW, words::REVIEW)],
        };
        match bus.show(notice, buttons).await {
            Ok((number, server)) => {
                self.shown.insert(number, Shown { server, about });
            }
            Err(error) => tracing::info!(%error, "a notification was not shown; the Inbox has it"),
        }
    }

    /// Takes back notifications of items that were decided elsewhere.
    pub(crate) async fn withdraw_all_but(&mut self, waiting: &HashSet<String>) {
        let gone = |about: &About| match about {
            About::Item { id, .. } => !waiting.contains(id),
            About::Several => waiting.is_empty(),
        };
        let numbers: Vec<u32> =
            self.shown.iter().filter(|(_, shown)| gone(&shown.about)).map(|(number, _)| *number).collect();
        for number in numbers {
            self.shown.remove(&number);
            if let Some(bus) = &self.bus {
                bus.withdraw(number).await;
            }
        }
    }

    /// Takes back what was pressed: some servers leave it on the screen.
    pub(crate) async fn withdraw_pressed(&mut self) {
        let Some(bus) = &self.bus else { return };
        while let Some(number) = self.pressed.pop() {
            bus.withdraw(number).await;
        }
    }

    /// The next thing that a person says; waits until there is one. Giving it up loses nothing.
    pub(crate) async fn next(&mut self) -> Said {
        loop {
            let Some(bus) = &mut self.bus else { return std::future::pending().await };
            let Some(press) = bus.next().await else {
                tracing::info!("the session bus is gone, and notifications with it");
                self.bus = None;
                continue;
            };
            if let Some(said) = heed(&mut self.shown, &press, Server::is_outside) {
                self.pressed.push(press.number);
                return said;
            }
        }
    }
}

/// What a press means, if it counts. `is_outside`: the server is no process that this program started.
fn heed(
    shown: &mut HashMap<u32, Shown>,
    press: &Press,
    is_outside: impl FnOnce(&Server) -> bool,
) -> Option<Said> {
    let known = shown.get(&press.number).filter(|shown| shown.server == press.server)?;
    let page = match &known.about {
        About::Several => Page::inbox(),
        About::Item { id, .. } => Page::inbox_item(id),
    };
    let said = match (press.button.as_deref(), &known.about) {
        (Some(TAP | REVIEW), _) => Some(Said::Open(page)),
        (Some(button @ (APPROVE | DENY)), About::Item { id, decides: Some(hash) }) => {
            let decision = if button == APPROVE { "approve" } else { "deny" };
            // One that an agent runs could press its own buttons; then a person looks.
            match is_outside(&known.server) {
                true => Some(Said::Decide { item: id.clone(), decision, hash: hash.clone() }),
                false => Some(Said::Open(page)),
            }
        }
        (Some(_), _) => return None, // a button that it does not have
        (None, _) => None,           // it was closed
    };
    // One press a notification, as on the screen.
    shown.remove(&press.number);
    said
}

fn may_notify() -> bool {
    let now = jiff::Zoned::now().time();
    Settings::read(places::config().as_deref()).may_notify(now)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn shown(decides: Option<&str>) -> HashMap<u32, Shown> {
        let about = About::Item { id: "t/a/1".into(), decides: decides.map(str::to_owned) };
        HashMap::from([(7, Shown { server: Server::named(":1.5", Some(1)), about })])
    }

    fn press(number: u32, server: &str, button: Option<&str>) -> Press {
        Press { number, server: Server::named(server, Some(1)), button: button.map(str::to_owned) }
    }

    fn approved() -> Said {
        Said::Decide { item: "t/a/1".into(), decision: "approve", hash: "ab".into() }
    }

    #[test]
    fn a_press_counts_once_and_only_from_the_server_that_shows_it() {
        let mut all = shown(Some("ab"));
        for (why, forged) in [
            ("another process on the bus", press(7, ":1.66", Some("approve"))),
            ("a number that is not shown", press(8, ":1.5", Some("approve"))),
            ("a button that it does not have", press(7, ":1.5", Some("always"))),
        ] {
            assert_eq!(heed(&mut all, &forged, |_| true), None, "{why}");
        }
        assert_eq!(heed(&mut all, &press(7, ":1.5", Some("approve")), |_| true), Some(approved()));
        assert_eq!(heed(&mut all, &press(7, ":1.5", Some("approve")), |_| true), None, "it was pressed");
    }

    #[test]
    fn a_tap_and_review_only_open_the_item() {
        let page = Said::Open(Page::inbox_item("t/a/1"));
        for button in ["default", "review"] {
            assert_eq!(
                heed(&mut shown(Some("ab")), &press(7, ":1.5", Some(button)), |_| true),
                Some(page_of(&page))
            );
        }
    }

    fn page_of(said: &Said) -> Said {
        match said {
            Said::Open(page) => Said::Open(page.clone()),
            Said::Decide { .. } => unreachable!("only pages are copied"),
        }
    }

    #[test]
    fn what_offered_only_a_look_decides_nothing() {
        let mut all = shown(None);
        assert_eq!(heed(&mut all, &press(7, ":1.5", Some("approve")), |_| true), None);
        assert_eq!(all.len(), 1, "it stays, for the look");
    }

    #[test]
    fn a_server_that_we_started_ourselves_decides_nothing() {
        let said = heed(&mut shown(Some("ab")), &press(7, ":1.5", Some("approve")), |_| false);
        assert_eq!(said, Some(Said::Open(Page::inbox_item("t/a/1"))));
    }

    #[test]
    fn a_closed_notification_can_no_longer_be_pressed() {
        let mut all = shown(Some("ab"));
        assert_eq!(heed(&mut all, &press(7, ":1.5", None), |_| true), None);
        assert_eq!(heed(&mut all, &press(7, ":1.5", Some("approve")), |_| true), None);
    }
}
