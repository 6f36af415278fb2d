//! The question itself, in the desktop's own dialog: the window may be hidden, or its page may not answer.

use tauri::{AppHandle, Manager as _};
use tokio::sync::oneshot;

use super::Answer;
use crate::window;
use crate::words::quit as words;

/// A dialog that is closed without an answer leaves everything as it is.
pub(super) async fn ask(app: &AppHandle, steps: u32, tray: bool) -> Answer {
    let stay = if tray { words::STAY } else { words::STAY_UNSEEN };
    let (answer, answered) = oneshot::channel();
    let owner = app.clone();
    let shown = app.run_on_main_thread(move || show(&owner, steps, stay, answer));
    if let Err(error) = shown {
        tracing::error!(%error, "the question cannot be asked; nothing is quit");
    }
    answered.await.unwrap_or(Answer::Stay)
}

#[cfg(target_os = "linux")]
fn show(app: &AppHandle, steps: u32, stay: &str, answer: oneshot::Sender<Answer>) {
    use gtk::prelude::*;
    use gtk::{ButtonsType, MessageDialog, MessageType, ResponseType};

    let visible = app.get_webview_window(window::MAIN).filter(|it| it.is_visible().unwrap_or(false));
    let parent = visible.and_then(|it| it.gtk_window().ok());
    let dialog = MessageDialog::builder()
        .title(words::TITLE)
        .text(words::TITLE)
        .secondary_text(words::question(steps))
        .message_type(MessageType::Question)
        .buttons(ButtonsType::None)
        .modal(true)
        .build();
    dialog.set_transient_for(parent.as_ref());
    dialog.add_button(words::STOP, ResponseType::No);
    dialog.add_button(stay, ResponseType::Cancel);
    dialog.add_button(words::DRAIN, ResponseType::Yes);
    dialog.set_default_response(ResponseType::Yes);
    let answer = std::cell::Cell::new(Some(answer));
    dialog.connect_response(move |dialog, response| {
        dialog.close();
        let said = match response {
            ResponseType::Yes => Answer::Drain,
            ResponseType::No => Answer::Stop,
            _ => Answer::Stay,
        };
        // Whoever asked may have ended with the program.
        let _ = answer.take().map(|answer| answer.send(said));
    });
    dialog.present();
}

#[cfg(not(target_os = "linux"))]
fn show(app: &AppHandle, steps: u32, stay: &str, answer: oneshot::Sender<Answer>) {
    use rfd::{AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};

    let buttons =
        MessageButtons::YesNoCancelCustom(words::DRAIN.to_owned(), words::STOP.to_owned(), stay.to_owned());
    let mut dialog = AsyncMessageDialog::new()
        .set_title(words::TITLE)
        .set_description(words::question(steps))
        .set_level(MessageLevel::Info)
        .set_buttons(buttons);
    if let Some(window) = app.get_webview_window(window::MAIN) {
        dialog = dialog.set_parent(&window);
    }
    let said = dialog.show();
    crate::app::spawn(app, |_| async move {
        let said = match said.await {
            MessageDialogResult::Yes => Answer::Drain,
            MessageDialogResult::No => Answer::Stop,
            MessageDialogResult::Custom(text) if text == words::DRAIN => Answer::Drain,
            MessageDialogResult::Custom(text) if text == words::STOP => Answer::Stop,
            _ => Answer::Stay,
        };
        let _ = answer.send(said);
    });
}
