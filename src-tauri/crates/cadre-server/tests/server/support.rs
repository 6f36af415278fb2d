//! A workspace with its server, and callers of every kind.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cadre_api::{Api, ApiError, EngineOptions, VaultPlace};
use cadre_server::{Link, Server, ServerOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::{Answer, request};

pub(crate) struct TestHost {
    pub(crate) folder: TempDir,
    pub(crate) api: Api,
}

impl TestHost {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let api = open_api(folder.path().join("workspace")).await;
        TestHost { folder, api }
    }

    pub(crate) fn token_file(&self) -> PathBuf {
        self.folder.path().join("tokens").join("server.json")
    }

    pub(crate) fn options(&self) -> ServerOptions {
        ServerOptions::new(self.token_file())
    }

    pub(crate) async fn serve(self) -> TestServer {
        let seconds = Arc::new(AtomicU64::new(0));
        let (began, passed) = (Instant::now(), Arc::clone(&seconds));
        let mut options = self.options();
        options.clock = Arc::new(move || began + Duration::from_secs(passed.load(Ordering::SeqCst)));
        let (server, link) = Server::bind(self.api.clone(), options).await.expect("a free port");
        TestServer { host: self, server, link, seconds }
    }

    pub(crate) async fn close(self) {
        self.api.close().await;
    }
}

pub(crate) async fn open_api(workspace: PathBuf) -> Api {
    // Never the developer's keychain.
    let options =
        EngineOptions { vault: VaultPlace::Memory, ..EngineOptions::new(workspace, None, "test".into()) };
    Api::open_with(options).await.unwrap_or_else(|error| {
        panic!("{error}; the engine looks for it beside the tests: cargo build -p cadre-exec")
    })
}

pub(crate) struct TestServer {
    pub(crate) host: TestHost,
    pub(crate) server: Server,
    pub(crate) link: Link,
    seconds: Arc<AtomicU64>,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        TestHost::open().await.serve().await
    }

    /// `127.0.0.1:PORT`.
    pub(crate) fn host_name(&self) -> String {
        self.server.address().to_string()
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.server.address())
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.seconds.fetch_add(time.as_secs(), Ordering::SeqCst);
    }

    /// The bearer that any program of this user can read.
    pub(crate) fn program_bearer(&self) -> String {
        let content = std::fs::read(self.host.token_file()).expect("the server wrote its token file");
        let content: Value = serde_json::from_slice(&content).expect("it is JSON");
        assert_eq!(content["url"], self.origin(), "a program has to find the server by the file alone");
        content["bearer"].as_str().expect("a bearer").to_owned()
    }

    /// The bearer of a browser that opened a link.
    pub(crate) async fn session_bearer(&self) -> String {
        let answer = self.exchange(&code_of(&self.server.new_link()), &self.origin()).await;
        answer.json()["bearer"].as_str().unwrap_or_else(|| panic!("no session: {answer:?}")).to_owned()
    }

    pub(crate) async fn exchange(&self, code: &str, origin: &str) -> Answer {
        self.post("session.exchange", &[("Origin", origin)], &json!({ "code": code })).await
    }

    /// As our own page calls.
    pub(crate) async fn as_page(&self, bearer: &str, operation: &str, input: &Value) -> Answer {
        let (origin, bearer) = (self.origin(), format!("Bearer {bearer}"));
        self.post(operation, &[("Origin", &origin), ("Authorization", &bearer)], input).await
    }

    /// As a program calls that read the token file.
    pub(crate) async fn as_program(&self, operation: &str, input: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.program_bearer());
        self.post(operation, &[("Authorization", &bearer)], input).await
    }

    pub(crate) async fn post(&self, operation: &str, headers: &[(&str, &str)], input: &Value) -> Answer {
        let host = self.host_name();
        let mut all = vec![("Host", host.as_str()), ("Content-Type", "application/json")];
        all.extend_from_slice(headers);
        let start = format!("POST /api/v1/{operation}");
        request(self.server.address(), &start, &all, input.to_string().as_bytes()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let host = self.host_name();
        request(self.server.address(), &format!("GET {path}"), &[("Host", &host)], b"").await
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await;
        self.host.close().await;
    }
}

pub(crate) fn code_of(link: &Link) -> String {
    let (_, code) = link.reveal().split_once("#code=").expect("the code stands in the fragment");
    code.to_owned()
}

/// Files a request and plans it; gives what an approval has to name.
pub(crate) async fn planned(api: &Api, folder: &std::path::Path) -> Value {
    let caller = cadre_api::Caller::owner(cadre_api::Channel::Cli);
    std::fs::write(folder.join("README.md"), "# A small project\n").expect("a file to look at");
    let input = json!({ "text": "Review this repository and write a health report", "folder": folder });
    let dispatch =
        async |operation, input| -> Result<Value, ApiError> { api.dispatch(&caller, operation, input).await };
    let filed = dispatch("request.file", input).await.expect("a request");
    let plan = dispatch("plan.make", json!({ "request": filed["id"] })).await.expect("a plan");
    json!({ "project": plan["project"], "version": plan["version"], "hash": plan["hash"] })
}
