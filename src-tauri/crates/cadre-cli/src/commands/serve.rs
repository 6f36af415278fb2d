//! `cadre serve`

use std::net::IpAddr;
use std::path::PathBuf;

use cadre_api::ApiError;
use cadre_server::{Server, ServerOptions};

use crate::session::Session;
use crate::{exit, places};

/// Prints a link that lets one browser in, once, within five minutes. Ctrl+C stops it.
#[derive(clap::Args)]
pub(super) struct Serve {
    /// An address of this machine that no other machine can reach.
    #[arg(long, default_value = "127.0.0.1")]
    address: IpAddr,
    /// The port; 0 takes any free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The folder of the built interface.
    #[arg(long, value_name = "DIR")]
    ui: Option<PathBuf>,
}

impl Serve {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let Some(api) = session.host() else {
            return Err(cadre_api::workspace_held(&session.workspace()));
        };
        session.carry_on().await?;
        let ui = self.ui.or_else(places::interface);
        if ui.is_none() {
            eprintln!(
                "cadre: no built interface was found, so only the API is served; --ui names its folder"
            );
        }
        let mut options = ServerOptions::new(places::token_file(&session.workspace()));
        options.address = self.address;
        options.port = self.port;
        options.ui = ui;
        let (server, link) =
            Server::bind(api.clone(), options).await.map_err(|error| cadre_api::cannot_serve(&error))?;
        let address = server.address();
        match session.json {
            true => crate::output::json(
                &serde_json::json!({ "link": link.reveal(), "address": address.to_string() }),
            ),
            false => println!("{}", link.reveal()),
        }
        eprintln!("Open the link in a browser on this machine. Ctrl+C stops; running work can be resumed.");
        if let Err(error) = asked_to_stop().await {
            eprintln!("cadre: signals cannot be heard here, so it stops now: {error}");
        }
        server.stop().await;
        Ok(exit::DONE)
    }
}

/// Ctrl+C, or the system's polite request.
async fn asked_to_stop() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminated.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
