//! A second start of the same workspace: it hands its arguments to the first and ends.
//!
//! The plugin that answers in the first one also does this, but only once the toolkit is up. Two that start at the same
//! moment still meet there.

use std::time::Duration;

use zbus::fdo::DBusProxy;
use zbus::{Connection, names::BusName};

/// A window that takes longer to answer hangs; then the plugin decides.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// Whether a window of this instance took the arguments over.
pub(crate) async fn hand_over(instance: &str) -> bool {
    tokio::time::timeout(ANSWER_TIME, ask(instance)).await.is_ok_and(|asked| asked.is_ok_and(|taken| taken))
}

async fn ask(instance: &str) -> zbus::Result<bool> {
    let connection = Connection::session().await?;
    let name = format!("{instance}.SingleInstance");
    let bus = DBusProxy::new(&connection).await?;
    if !bus.name_has_owner(BusName::try_from(name.as_str())?).await? {
        return Ok(false);
    }
    let path = format!("/{}", name.replace('.', "/"));
    let arguments: Vec<String> = std::env::args_os().map(|it| it.to_string_lossy().into_owned()).collect();
    let folder = std::env::current_dir().unwrap_or_default().to_string_lossy().into_owned();
    let interface = Some("org.SingleInstance.DBus");
    connection
        .call_method(Some(name.as_str()), path.as_str(), interface, "ExecuteCallback", &(arguments, folder))
        .await?;
    Ok(true)
}
