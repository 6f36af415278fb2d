//! Embeds the interface and the icons, and says which of our commands there are.

use std::path::Path;

fn main() {
    let interface = Path::new("../ui/dist");
    println!("cargo:rerun-if-changed={}", interface.display());
    println!("cargo:rerun-if-changed=../icons");
    assert!(
        interface.join("index.html").is_file(),
        "the interface is not built, and this program has it inside: run `npm run ui:build` first"
    );
    // With the commands named here, a page may call only what its capability lists.
    let commands = tauri_build::AppManifest::new().commands(&["call", "subscribe"]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))
        .expect("tauri.conf.json, the capabilities and the icons fit together");
}
