//! Choosing files or a folder in the desktop's own dialog. It is no operation of the application: only this host has a
//! dialog. What is chosen are paths; reading what lies there is an operation like any other.

use std::path::PathBuf;

use cadre_api::ApiError;
use serde::Deserialize;
use serde_json::{Value, json};
use tauri::{AppHandle, Manager as _};
use tokio::sync::oneshot;

use crate::{window, words};

/// By this name the interface asks for it.
pub(crate) const NAME: &str = "window.pick";

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Files,
    Folder,
}

#[derive(Deserialize)]
struct Input {
    kind: Kind,
}

/// The paths that the person chose; none if they closed the dialog.
pub(crate) async fn pick(app: &AppHandle, input: Value) -> Result<Value, ApiError> {
    let Input { kind } = serde_json::from_value(input)
        .map_err(|error| ApiError::new("invalid_input", format!("`{NAME}`: {error}")))?;
    let (chosen, choice) = oneshot::channel();
    let owner = app.clone();
    app.run_on_main_thread(move || show(&owner, kind, chosen))
        .map_err(|error| ApiError::new("internal", error.to_string()))?;
    // A dialog that is gone without a word was closed.
    let paths: Vec<PathBuf> = choice.await.unwrap_or_default();
    // A name that is no text could not be handed on as it is.
    Ok(json!(paths.iter().filter_map(|path| path.to_str()).collect::<Vec<_>>()))
}

#[cfg(target_os = "linux")]
fn show(app: &AppHandle, kind: Kind, chosen: oneshot::Sender<Vec<PathBuf>>) {
    use gtk::prelude::*;
    use gtk::{FileChooserAction, FileChooserDialog, ResponseType};

    let parent = app.get_webview_window(window::MAIN).and_then(|it| it.gtk_window().ok());
    let (title, action) = match kind {
        Kind::Files => (words::CHOOSE_FILES, FileChooserAction::Open),
        Kind::Folder => (words::CHOOSE_FOLDER, FileChooserAction::SelectFolder),
    };
    let buttons = [(words::CANCEL, ResponseType::Cancel), (words::CHOOSE, ResponseType::Accept)];
    let dialog = FileChooserDialog::with_buttons(Some(title), parent.as_ref(), action, &buttons);
    dialog.set_modal(true);
    dialog.set_select_multiple(kind == Kind::Files);
    dialog.set_default_response(ResponseType::Accept);
    let chosen = std::cell::Cell::new(Some(chosen));
    dialog.connect_response(move |dialog, response| {
        let paths = if response == ResponseType::Accept { dialog.filenames() } else { Vec::new() };
        dialog.close();
        // Whoever asked may have gone with its page.
        let _ = chosen.take().map(|chosen| chosen.send(paths));
    });
    dialog.present();
}

#[cfg(not(target_os = "linux"))]
fn show(app: &AppHandle, kind: Kind, chosen: oneshot::Sender<Vec<PathBuf>>) {
    let title = if kind == Kind::Files { words::CHOOSE_FILES } else { words::CHOOSE_FOLDER };
    let mut dialog = rfd::AsyncFileDialog::new().set_title(title);
    if let Some(window) = app.get_webview_window(window::MAIN) {
        dialog = dialog.set_parent(&window);
    }
    crate::app::spawn(app, move |_| async move {
        let handles = match kind {
            Kind::Files => dialog.pick_files().await.unwrap_or_default(),
            Kind::Folder => dialog.pick_folder().await.into_iter().collect(),
        };
        let _ = chosen.send(handles.iter().map(|handle| handle.path().to_owned()).collect());
    });
}
