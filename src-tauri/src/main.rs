//! The desktop shell: one window with the interface, a tray icon, notifications and links.
//!
//! It is a host like `cadre serve`: it opens the workspace, serves the host's socket, and hands on what the interface
//! asks. Deliberately absent: any decision, any rule of who may do what, any access of the interface to this machine
//! other than the application's operations.

mod app;
mod attention;
mod commands;
#[cfg(target_os = "linux")]
mod graphics;
mod host;
mod links;
mod notifications;
mod pick;
mod quit;
#[cfg(target_os = "linux")]
mod second_start;
mod tray;
mod window;
mod words;

use std::path::PathBuf;

use cadre_api::places;
use clap::Parser;

/// What a task makes and the store's writer frees costs the system's allocator a lock.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Cadre in a window of its own.
#[derive(Debug, Parser)]
#[command(name = "cadre-desktop", version)]
struct Arguments {
    /// The workspace's folder.
    #[arg(long, value_name = "DIR", default_value_os_t = places::default_workspace())]
    workspace: PathBuf,
    /// A `cadre://` link: the page to open.
    link: Option<String>,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    cadre_api::logs::begin(places::logs().as_deref(), "warn");
    let arguments = Arguments::parse();
    // One runtime for the application and the window's own tasks.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    tauri::async_runtime::set(runtime.handle().clone());
    let _entered = runtime.enter();
    app::run(arguments)?;
    Ok(())
}
