//! How the window is drawn where no graphics card can be used: in many virtual machines, over a remote display.

use std::fs::OpenOptions;
use std::path::Path;

use tauri::WebviewWindow;
use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt as _, WebViewExt as _};

/// Without a card WebKit would put each frame together as a card does, with one that the processor imitates: that
/// takes several times as long as drawing what has changed.
pub(crate) fn choose(window: &WebviewWindow) {
    if has_card(Path::new("/dev/dri")) {
        return;
    }
    let chosen = window.with_webview(|view| {
        if let Some(settings) = view.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    });
    if let Err(error) = chosen {
        tracing::warn!(%error, "the window is drawn as if there were a graphics card");
    }
}

/// A card that can draw has a node for it, which this user may open.
fn has_card(devices: &Path) -> bool {
    let Ok(devices) = std::fs::read_dir(devices) else { return false };
    let mut nodes =
        devices.flatten().filter(|device| device.file_name().to_string_lossy().starts_with("renderD"));
    nodes.any(|node| OpenOptions::new().read(true).write(true).open(node.path()).is_ok())
}

#[cfg(test)]
mod tests {
    use super::has_card;

    #[test]
    fn a_card_that_only_shows_does_not_draw() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert!(!has_card(&folder.path().join("absent")));
        for (node, draws) in [("card0", false), ("renderD128", true)] {
            std::fs::write(folder.path().join(node), "").expect("is written");
            assert_eq!(has_card(folder.path()), draws, "with {node}");
        }
    }
}
