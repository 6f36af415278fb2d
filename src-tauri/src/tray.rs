//! The tray icon: how many things wait, and the four things that can be done without the window. It only navigates,
//! stops and quits; nothing is decided here.

use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Manager as _, include_image};

use crate::host::Host;
use crate::links::Page;
use crate::{app, quit, window, words};

const QUIET: Image<'_> = include_image!("../icons/tray.png");
const WAITING: Image<'_> = include_image!("../icons/tray-waiting.png");

const OPEN: &str = "open";
const INBOX: &str = "inbox";
const STOP: &str = "stop";
const QUIT: &str = "quit";

pub(crate) struct Tray {
    icon: TrayIcon,
    count: MenuItem<tauri::Wry>,
}

impl Tray {
    /// On Linux this works without a tray that would show it: it appears once one is there.
    pub(crate) fn make(app: &AppHandle) -> tauri::Result<Tray> {
        let count = MenuItem::with_id(app, "count", words::waiting(Some(0)), false, None::<&str>)?;
        let item = |id, text| MenuItem::with_id(app, id, text, true, None::<&str>);
        let line = || PredefinedMenuItem::separator(app);
        let menu = Menu::with_items(
            app,
            &[
                &count,
                &item(INBOX, words::OPEN_INBOX)?,
                &item(OPEN, words::OPEN)?,
                &line()?,
                &item(STOP, words::STOP_EVERYTHING)?,
                &line()?,
                &item(QUIT, words::QUIT)?,
            ],
        )?;
        let icon = TrayIconBuilder::with_id("main")
            .icon(QUIET)
            .tooltip(words::tooltip(Some(0), 0, false))
            .menu(&menu)
            .on_menu_event(|app, event| on_menu(app, event.id().as_ref()))
            .build(app)?;
        Ok(Tray { icon, count })
    }

    /// `waiting` is `None` while it cannot be read.
    pub(crate) fn show(&self, waiting: Option<usize>, running: u32, ending: bool) {
        // Panels show the title beside the icon; an empty one takes it away.
        let title = match waiting {
            Some(0) => String::new(),
            Some(waiting) => waiting.to_string(),
            None => "?".into(),
        };
        let shown = self
            .count
            .set_text(words::waiting(waiting))
            .and_then(|()| self.icon.set_title(Some(title)))
            .and_then(|()| self.icon.set_tooltip(Some(words::tooltip(waiting, running, ending))))
            .and_then(|()| self.icon.set_icon(Some(if waiting == Some(0) { QUIET } else { WAITING })));
        if let Err(error) = shown {
            tracing::warn!(%error, "the tray icon does not show how things stand");
        }
    }
}

fn on_menu(app: &AppHandle, item: &str) {
    match item {
        OPEN => window::open(app, None),
        INBOX => window::open(app, Some(&Page::inbox())),
        STOP => app::spawn(app, |app| async move { app.state::<Host>().stop_everything().await }),
        QUIT => quit::ask(app),
        _ => {}
    }
}

/// Whether something shows tray icons, so that a hidden window can be found again.
#[cfg(target_os = "linux")]
pub(crate) async fn is_shown() -> bool {
    crate::notifications::has_tray_host().await
}

#[cfg(not(target_os = "linux"))]
pub(crate) async fn is_shown() -> bool {
    true
}
