//! The session bus: the desktop's notification server, and whether a tray is shown.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use zbus::fdo::DBusProxy;
use zbus::message::Type;
use zbus::zvariant::Value;
use zbus::{Connection, MatchRule, Message, MessageStream};

use super::wording::Notice;
use crate::words;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const TRAY: &str = "org.kde.StatusNotifierWatcher";
const TRAY_PATH: &str = "/StatusNotifierWatcher";

/// A server that takes longer to answer is stuck, and must not hold up everything else.
const ANSWER_TIME: Duration = Duration::from_secs(5);
/// The server decides how long it shows a notification; the Inbox keeps the item.
const AS_THE_SERVER_LIKES: i32 = -1;

#[derive(Debug, thiserror::Error)]
pub(super) enum BusError {
    #[error(transparent)]
    Bus(#[from] zbus::Error),
    #[error("the desktop's notification server does not answer")]
    Stuck,
    #[error("the answer came from nobody")]
    Nameless,
}

/// Who answered: the name that the bus itself gives to one connection and never to another.
#[derive(Debug, Clone)]
pub(super) struct Server {
    name: String,
    process: Option<u32>,
}

impl PartialEq for Server {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Server {
    /// Whether it is no process that this program started, as it starts agents'.
    pub(super) fn is_outside(&self) -> bool {
        self.process.and_then(cadre_server::is_descendant) == Some(false)
    }

    #[cfg(test)]
    pub(super) fn named(name: &str, process: Option<u32>) -> Server {
        Server { name: name.into(), process }
    }
}

/// Something that the server says about a notification. Not yet believed.
#[derive(Debug)]
pub(super) struct Press {
    pub(super) number: u32,
    pub(super) server: Server,
    /// `None` when it was closed.
    pub(super) button: Option<String>,
}

pub(super) struct Bus {
    connection: Connection,
    signals: MessageStream,
}

impl Bus {
    pub(super) async fn connect() -> Result<Bus, BusError> {
        let connection = Connection::session().await?;
        let rule = MatchRule::builder().msg_type(Type::Signal).interface(NAME)?.path(PATH)?.build();
        let signals = MessageStream::for_match_rule(rule, &connection, None).await?;
        Ok(Bus { connection, signals })
    }

    /// Gives the number that the server knows it by, and the server.
    pub(super) async fn show(
        &self,
        notice: &Notice,
        buttons: &[(&str, &str)],
    ) -> Result<(u32, Server), BusError> {
        let able: Vec<String> = self.ask("GetCapabilities", &()).await?.body().deserialize()?;
        let can = |what: &str| able.iter().any(|it| it == what);
        let body = if can("body-markup") { escaped(&notice.body) } else { notice.body.clone() };
        let actions: Vec<&str> = match can("actions") {
            true => buttons.iter().flat_map(|(id, label)| [*id, *label]).collect(),
            false => Vec::new(),
        };
        let hints = HashMap::from([("desktop-entry", Value::from(words::NAME))]);
        let title = notice.title.as_str();
        let icon = "cadre-desktop";
        let asked = (words::NAME, 0_u32, icon, title, body.as_str(), actions, hints, AS_THE_SERVER_LIKES);
        let answer = self.ask("Notify", &asked).await?;
        let name = answer.header().sender().map(ToString::to_string).ok_or(BusError::Nameless)?;
        let process = self.process_of(&name).await;
        Ok((answer.body().deserialize()?, Server { name, process }))
    }

    /// Nothing depends on whether it works: what is decided cannot be decided again.
    pub(super) async fn withdraw(&self, number: u32) {
        if let Err(error) = self.ask("CloseNotification", &(number,)).await {
            tracing::debug!(%error, "a notification stays on the screen");
        }
    }

    /// `None` once the bus is gone.
    pub(super) async fn next(&mut self) -> Option<Press> {
        loop {
            match self.signals.next().await? {
                Ok(message) => {
                    if let Some(press) = read(&message) {
                        return Some(press);
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "the session bus has gone");
                    return None;
                }
            }
        }
    }

    async fn ask<B>(&self, what: &str, body: &B) -> Result<Message, BusError>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType + Sync,
    {
        let asked = self.connection.call_method(Some(NAME), PATH, Some(NAME), what, body);
        tokio::time::timeout(ANSWER_TIME, asked).await.map_err(|_| BusError::Stuck)?.map_err(Into::into)
    }

    async fn process_of(&self, name: &str) -> Option<u32> {
        let bus = DBusProxy::new(&self.connection).await.ok()?;
        bus.get_connection_unix_process_id(name.try_into().ok()?).await.ok()
    }
}

fn read(message: &Message) -> Option<Press> {
    let header = message.header();
    let server = Server { name: header.sender()?.to_string(), process: None };
    let (number, button) = match header.member()?.as_str() {
        "ActionInvoked" => {
            let (number, button): (u32, String) = message.body().deserialize().ok()?;
            (number, Some(button))
        }
        "NotificationClosed" => {
            let (number, _): (u32, u32) = message.body().deserialize().ok()?;
            (number, None)
        }
        _ => return None,
    };
    Some(Press { number, server, button })
}

/// For servers that read a body as markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Whether something on this desktop shows tray icons.
pub(crate) async fn has_tray_host() -> bool {
    let asked = async {
        let connection = Connection::session().await.ok()?;
        let watcher = zbus::Proxy::new(&connection, TRAY, TRAY_PATH, TRAY).await.ok()?;
        watcher.get_property::<bool>("IsStatusNotifierHostRegistered").await.ok()
    };
    tokio::time::timeout(ANSWER_TIME, asked).await.ok().flatten() == Some(true)
}
