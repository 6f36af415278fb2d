//! The one window: made, brought to the front, and what its close button means.

use tauri::webview::PageLoadEvent;
use tauri::{
    AppHandle, DragDropEvent, Manager as _, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent,
};

use crate::commands::Listener;
use crate::links::Page;
use crate::{quit, words};

pub(crate) const MAIN: &str = "main";

/// Narrower, and the interface has no room for a line of text.
const NARROWEST: (f64, f64) = (380.0, 480.0);
const FIRST_SIZE: (f64, f64) = (1280.0, 840.0);

pub(crate) fn make(app: &AppHandle, page: Option<&Page>) -> tauri::Result<WebviewWindow> {
    let start = page.map_or_else(|| "index.html".into(), |page| format!("index.html#{}", page.fragment()));
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::App(start.into()))
        .title(words::NAME)
        .inner_size(FIRST_SIZE.0, FIRST_SIZE.1)
        .min_inner_size(NARROWEST.0, NARROWEST.1)
        .zoom_hotkeys_enabled(true)
        .on_navigation(is_ours)
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Started {
                window.state::<Listener>().end();
            }
        })
        .build()?;
    #[cfg(target_os = "linux")]
    crate::graphics::choose(&window);
    Ok(window)
}

/// Whether an address is of the interface; nothing else is shown in the window.
fn is_ours(address: &Url) -> bool {
    let development = cfg!(not(feature = "custom-protocol")) && address.host_str() == Some("localhost");
    let served =
        matches!(address.scheme(), "http" | "https") && address.host_str() == Some("tauri.localhost");
    address.scheme() == "tauri" || served || development
}

/// Brings the window to the front, at a page if one is named.
pub(crate) fn open(app: &AppHandle, page: Option<&Page>) {
    let Some(window) = app.get_webview_window(MAIN) else { return };
    let shown = page.map_or(Ok(()), |page| navigate(&window, page)).and_then(|()| {
        window.show()?;
        window.unminimize()?;
        window.set_focus()
    });
    if let Err(error) = shown {
        tracing::error!(%error, "the window cannot be brought to the front");
    }
}

/// Only the fragment changes, so the page stays loaded and nothing of a half-written answer is lost.
fn navigate(window: &WebviewWindow, page: &Page) -> tauri::Result<()> {
    let mut address = window.url()?;
    if address.fragment() == Some(page.fragment()) {
        return Ok(()); // the same address once more would load it anew
    }
    address.set_fragment(Some(page.fragment()));
    window.navigate(address)
}

pub(crate) fn hide(app: &AppHandle) {
    if let Some(Err(error)) = app.get_webview_window(MAIN).map(|window| window.hide()) {
        tracing::error!(%error, "the window cannot be hidden");
    }
}

/// The window is never destroyed by its button: work goes on, and what waits is a click away. What is dropped on it is
/// told to its page.
pub(crate) fn on_event(window: &tauri::Window, event: &WindowEvent) {
    match event {
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            quit::close_window(window.app_handle());
        }
        WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) => {
            window.state::<Listener>().drop_here(paths.clone());
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_shows_nothing_but_the_interface() {
        for (address, ours) in [
            ("tauri://localhost/index.html#/inbox", true),
            ("http://tauri.localhost/index.html", true),
            ("https://example.org/", false),
            ("http://127.0.0.1:8080/", false),
            ("file:///etc/passwd", false),
            ("data:text/html,hello", false),
            ("javascript:alert(1)", false),
            ("cadre://inbox", false),
        ] {
            assert_eq!(is_ours(&address.parse().expect("an address")), ours, "{address}");
        }
    }
}
