//! The host's socket.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use cadre_api::operations::project::{Get, ProjectId};
use cadre_api::operations::system::{Nothing, Status};
use cadre_server::{HostClient, HostSocket};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::support::{TestHost, open_api, planned};

const ASK_HOST: &str = "CADRE_TEST_ASK_HOST";

impl TestHost {
    fn listen(&self) -> HostSocket {
        HostSocket::bind(self.api.clone(), &self.folder.path().join("run")).expect("a socket")
    }

    fn workspace(&self) -> PathBuf {
        PathBuf::from(self.api.workspace())
    }
}

#[tokio::test]
async fn another_program_of_the_user_gets_the_same_answers_and_may_decide() {
    let host = TestHost::open().await;
    let socket = host.listen();
    let client = HostClient::connect(&host.workspace()).await.expect("the host listens");
    let status = client.call::<Status>(Nothing {}).await.expect("a status");
    assert_eq!(status.workspace, host.api.workspace());
    let plan = planned(&host.api, host.folder.path()).await;
    client.dispatch("plan.approve", plan.clone()).await.expect("the person at the terminal decides");
    let project = plan["project"].as_str().expect("an id").to_owned();
    let project = client.call::<Get>(ProjectId { project }).await.expect("the project");
    assert_eq!(project.approved_version.map(Value::from), Some(plan["version"].clone()));
    let unknown = client.dispatch("no.such.operation", json!({})).await.map_err(|error| error.code);
    assert_eq!(unknown, Err("unknown_operation".into()), "errors arrive as they are");
    socket.stop().await;
    host.close().await;
}

#[tokio::test]
async fn events_come_over_the_socket_from_any_point() {
    let host = TestHost::open().await;
    let socket = host.listen();
    let client = HostClient::connect(&host.workspace()).await.expect("the host listens");
    let newest = host.api.changes().newest();
    let mut all = client.subscribe(0).await.expect("a subscription");
    for seq in 1..=newest {
        let event = all.next().await.expect("an event").expect("the host is there");
        assert_eq!(event.seq, seq, "each entry once, in order");
    }
    let input = json!({ "text": "What is new?", "folder": null });
    client.dispatch("request.file", input).await.expect("a request");
    let live = all.next().await.expect("an event").expect("the host is there");
    assert_eq!((live.seq, live.kind.as_str()), (newest + 1, "request.filed"));
    let rest = async { while all.next().await.expect("no error").is_some() {} };
    let ((), ()) = tokio::join!(rest, socket.stop());
    host.close().await;
}

#[tokio::test]
async fn the_socket_is_the_users_alone_and_goes_with_the_host() {
    let host = TestHost::open().await;
    let socket = host.listen();
    let path = socket.path().to_owned();
    let mode = fs::metadata(&path).expect("a socket").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "no other user may connect");
    assert!(path.starts_with(host.workspace()), "a short path needs no other place");
    socket.stop().await;
    assert!(!path.exists(), "nobody listens any more");
    let gone = HostClient::connect(&host.workspace()).await.map(drop).map_err(|error| error.code);
    assert_eq!(gone, Err("host_unreachable".into()));
    // A crash leaves the file behind.
    drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket that nobody listens on"));
    let again = host.listen();
    assert!(HostClient::connect(&host.workspace()).await.is_ok(), "the next host must take its place");
    again.stop().await;
    host.close().await;
}

#[tokio::test]
async fn a_workspace_deep_in_the_tree_is_found_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let workspace = folder.path().join("a-folder-with-a-long-name/".repeat(5));
    let host = TestHost { api: open_api(workspace).await, folder };
    let socket = host.listen();
    assert!(!socket.path().starts_with(host.workspace()), "the system takes no path that long");
    let client = HostClient::connect(&host.workspace()).await.expect("the host says where it listens");
    client.call::<Status>(Nothing {}).await.expect("a status");
    socket.stop().await;
    host.close().await;
}

#[tokio::test]
async fn what_is_no_request_ends_the_connection_with_a_reason() {
    let host = TestHost::open().await;
    let socket = host.listen();
    let large = format!("{{\"id\":1,\"operation\":\"{}", "a".repeat(cadre_server::MAX_REQUEST_BYTES));
    for (sent, code) in [
        ("hello\n", "invalid_input"),
        ("{\"id\":1}\n", "invalid_input"),
        ("{\"operation\":\"system.status\"}\n", "invalid_input"),
        (large.as_str(), "too_large"),
    ] {
        let mut stream = UnixStream::connect(socket.path()).await.expect("the host listens");
        // The host may hang up before it has read all of something too large.
        let _ = stream.write_all(sent.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer: Value = serde_json::from_slice(&answer).expect("one line");
        assert_eq!(answer["id"], Value::Null, "the error is about the connection");
        assert_eq!(answer["error"]["code"], code, "{}", &sent[..sent.len().min(40)]);
    }
    socket.stop().await;
    host.close().await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_process_that_the_host_started_is_refused() {
    let host = TestHost::open().await;
    let socket = host.listen();
    let plan = planned(&host.api, host.folder.path()).await;
    let ask = json!({ "workspace": host.workspace(), "operation": "plan.approve", "input": plan });
    let myself = std::env::current_exe().expect("this program");
    #[expect(clippy::disallowed_methods, reason = "it stands for an agent's process, here without a sandbox")]
    let mut child = tokio::process::Command::new(myself);
    child.args(["--exact", "socket::a_child_asks_the_host", "--nocapture"]).env(ASK_HOST, ask.to_string());
    let output = child.output().await.expect("the child runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("answer: channel_not_allowed"), "an agent must not approve its own plan: {said}");
    let caller = cadre_api::Caller::owner(cadre_api::Channel::Cli);
    let project = host.api.dispatch(&caller, "project.get", json!({ "project": plan["project"] })).await;
    assert_eq!(project.expect("the project")["approved_version"], Value::Null, "nothing was decided");
    socket.stop().await;
    host.close().await;
}

/// The other half of the test above; alone it has nothing to ask.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_child_asks_the_host() {
    let Some(ask) = std::env::var_os(ASK_HOST) else { return };
    let ask: Value = serde_json::from_str(&ask.to_string_lossy()).expect("JSON");
    let workspace = PathBuf::from(ask["workspace"].as_str().expect("a folder"));
    let client = HostClient::connect(&workspace).await.expect("the host listens");
    let operation = ask["operation"].as_str().expect("a name");
    let answer = client.dispatch(operation, ask["input"].clone()).await;
    #[expect(clippy::print_stderr, reason = "the way back to the test that started this one")]
    match answer {
        Ok(_) => eprintln!("answer: done"),
        Err(error) => eprintln!("answer: {}", error.code),
    }
}
