//! Closing the window and quitting. Nobody loses work by it: what runs may end first, be stopped, or go on unseen.

use cadre_api::places;
use cadre_api::settings::Settings;
use tauri::{AppHandle, Manager as _};

use crate::attention::{Quitting, Standing};
use crate::host::Host;
use crate::{app, tray, window};

mod question;

/// What a person wants to become of running work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Drain,
    Stop,
    Stay,
}

/// The window's close button: it goes on in the tray, unless the person has set that it quits. Where no tray shows it, a
/// window that is gone could not be found again, so there it means to quit.
pub(crate) fn close_window(app: &AppHandle) {
    app::spawn(app, |app| async move {
        let stays = Settings::read(places::config().as_deref()).close_to_tray;
        let tray = tray::is_shown().await;
        if stays && tray { window::hide(&app) } else { quit(app, tray).await }
    });
}

/// Quits, after asking if work runs.
pub(crate) fn ask(app: &AppHandle) {
    app::spawn(app, |app| async move {
        let tray = tray::is_shown().await;
        quit(app, tray).await;
    });
}

async fn quit(app: AppHandle, tray: bool) {
    let (host, standing) = (app.state::<Host>(), app.state::<Standing>());
    let asking = match standing.begin_quit() {
        Quitting::Ask(asking) => asking,
        Quitting::Asked => return,
        // Whoever asks a second time while the last work ends does not want to wait for it.
        Quitting::Ending => return end(&app).await,
    };
    let steps = host.under_way().await;
    if steps == 0 {
        return end(&app).await;
    }
    match question::ask(&app, steps, tray).await {
        Answer::Drain => {
            asking.ends();
            window::hide(&app);
            standing.show(&app);
            host.drain().await;
            end(&app).await;
        }
        Answer::Stop => end(&app).await,
        Answer::Stay if tray => window::hide(&app),
        Answer::Stay => {}
    }
}

/// Closes the workspace, then the program.
pub(crate) async fn end(app: &AppHandle) {
    app.state::<Host>().close().await;
    app.exit(0);
}
