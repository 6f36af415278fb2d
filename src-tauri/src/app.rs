//! The application around the window: its parts, the order in which they come up, and how it ends.

use std::future::Future;
use std::path::Path;

use cadre_server::{TaskKind, Tasks};
use sha2::{Digest as _, Sha256};
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager as _, RunEvent, Wry};
use tauri_plugin_window_state::StateFlags;

use crate::attention::Standing;
use crate::commands::Listener;
use crate::host::Host;
use crate::links::Page;
use crate::tray::Tray;
use crate::{Arguments, attention, commands, quit, window};

/// Runs until the person quits.
///
/// # Errors
/// The system has no display, or the webview does not start.
pub(crate) fn run(arguments: Arguments) -> tauri::Result<()> {
    let page = arguments.link.as_deref().and_then(Page::of_link);
    let workspace = std::path::absolute(&arguments.workspace).unwrap_or(arguments.workspace);
    let instance = instance_of(&workspace);
    // Before there is a toolkit with threads of its own, which does not always survive so early an end.
    #[cfg(target_os = "linux")]
    if tauri::async_runtime::block_on(crate::second_start::hand_over(&instance)) {
        return Ok(());
    }
    tauri::Builder::default()
        // First, so that a second start ends before it has opened anything.
        .plugin(single_instance(&instance))
        .plugin(window_state())
        .manage(Tasks::default())
        .manage(Listener::default())
        .manage(Standing::default())
        .invoke_handler(tauri::generate_handler![commands::call, commands::subscribe])
        .on_window_event(window::on_event)
        .setup(move |app| {
            let app = app.handle();
            let opened = app.clone();
            let on_open = Box::new(move |host: &_| attention::begin(&opened, host));
            app.manage(Host::new(workspace, on_open));
            match Tray::make(app) {
                Ok(tray) => {
                    app.manage(tray);
                }
                Err(error) => tracing::warn!(%error, "there is no tray icon"),
            }
            window::make(app, page.as_ref())?;
            // Not only once the page asks: what was under way goes on, and notifications come.
            spawn(app, |app| async move {
                if let Err(error) = app.state::<Host>().calls().await {
                    tracing::warn!(%error, "the workspace is not open; the window says why");
                }
            });
            spawn(app, |app| async move {
                if asked_to_end().await.is_ok() {
                    quit::end(&app).await;
                }
            });
            Ok(())
        })
        .build(tauri::generate_context!())?
        .run(|app, event| match event {
            // The window is only hidden, so this is not the person's word. Theirs comes with a code.
            RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
            #[cfg(target_os = "macos")]
            RunEvent::Opened { urls } => {
                let links: Vec<String> = urls.iter().map(ToString::to_string).collect();
                window::open(app, Page::of_arguments(&links).as_ref());
            }
            #[cfg(target_os = "macos")]
            RunEvent::Reopen { .. } => window::open(app, None),
            _ => {
                let _ = app;
            }
        });
    Ok(())
}

/// Work of the shell itself, which goes on to its end.
pub(crate) fn spawn<F>(app: &AppHandle, work: impl FnOnce(AppHandle) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    drop(app.state::<Tasks>().spawn(TaskKind::Call, work(app.clone())));
}

/// One window for one workspace. Any program of the user can claim to be a second start, so that only ever brings the
/// window to the front, at a page.
fn single_instance(instance: &str) -> TauriPlugin<Wry> {
    tauri_plugin_single_instance::Builder::new()
        .dbus_id(instance)
        .callback(|app, arguments, _folder| window::open(app, Page::of_arguments(&arguments).as_ref()))
        .build()
}

/// The name that the window of a workspace has on the session bus.
fn instance_of(workspace: &Path) -> String {
    let name = Sha256::digest(workspace.as_os_str().as_encoded_bytes());
    format!("app.cadre.desktop.w{}", hex::encode(&name[..8]))
}

/// Size and place of the window; whether it was hidden is not kept, since a start means to see it.
fn window_state() -> TauriPlugin<Wry> {
    tauri_plugin_window_state::Builder::new()
        .with_state_flags(
            StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED | StateFlags::FULLSCREEN,
        )
        .build()
}

/// The end of the session, or Ctrl+C in the terminal that started it: no time for questions, and nothing is lost.
async fn asked_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminated, mut hung_up) = (signal(SignalKind::terminate())?, signal(SignalKind::hangup())?);
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminated.recv() => Ok(()),
        _ = hung_up.recv() => Ok(()),
    }
}
