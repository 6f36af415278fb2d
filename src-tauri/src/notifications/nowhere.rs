//! Systems on whose notifications nothing is decided yet: the tray and the Inbox have everything.

use super::wording::Notice;

#[derive(Debug, thiserror::Error)]
#[error("this system's notifications are not spoken to")]
pub(super) struct BusError;

/// There is none, so nothing below is ever reached.
pub(super) enum Bus {}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Server {}

#[derive(Debug)]
pub(super) struct Press {
    pub(super) number: u32,
    pub(super) server: Server,
    pub(super) button: Option<String>,
}

impl Server {
    pub(super) fn is_outside(&self) -> bool {
        match *self {}
    }
}

impl Bus {
    pub(super) async fn connect() -> Result<Bus, BusError> {
        Err(BusError)
    }

    pub(super) async fn show(&self, _: &Notice, _: &[(&str, &str)]) -> Result<(u32, Server), BusError> {
        match *self {}
    }

    pub(super) async fn withdraw(&self, _: u32) {
        match *self {}
    }

    pub(super) async fn next(&mut self) -> Option<Press> {
        match *self {}
    }
}
