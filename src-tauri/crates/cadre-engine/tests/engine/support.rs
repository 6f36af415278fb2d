//! One way to start a workspace in a test, and to wait for what it comes to.

use std::future::Future;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use cadre_core::secret::Secret;
use cadre_engine::{
    DATA_FOLDER, Decision, Engine, EngineOptions, Host, InboxItem, ProjectView, SystemHost, VaultPlace, Work,
};
use cadre_graph::Clock;

/// A workspace of its own, and a folder to work on.
pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) root: Arc<tempfile::TempDir>,
}

impl Bench {
    pub(crate) async fn new() -> Bench {
        let root = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        std::fs::create_dir(root.path().join("source")).expect("is made");
        Bench { engine: open(root.path()).await, root }
    }

    /// A workspace whose keys lie in a file of the root.
    pub(crate) async fn with_vault_file(name: &str) -> Bench {
        let bench = Bench::new().await;
        bench.engine.close().await;
        let path = bench.root.path().join(name);
        let passphrase = Secret::new("of the test".to_owned());
        let vault = VaultPlace::File { path, passphrase, work: Work::Little };
        let engine = look_with(bench.root.path(), Arc::new(SystemHost), vault).await;
        engine.resume().await.expect("resumes");
        Bench { engine, root: bench.root }
    }

    pub(crate) fn source(&self) -> PathBuf {
        self.root.path().join("source")
    }

    /// Closes the workspace and opens it anew, as after a restart.
    pub(crate) async fn reopen(self) -> Bench {
        self.engine.close().await;
        let engine = open(self.root.path()).await;
        Bench { engine, root: self.root }
    }

    /// The workspace as a host leaves it that is killed now: what lies on the disk, opened elsewhere and carried on.
    pub(crate) async fn as_if_killed(&self) -> Bench {
        let root = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let (from, to) = (self.engine.workspace().join(DATA_FOLDER), root.path().join("workspace/.cadre"));
        std::fs::create_dir_all(&to).expect("is made");
        for entry in std::fs::read_dir(from).expect("is there") {
            let entry = entry.expect("is there");
            if entry.file_name().to_string_lossy().starts_with("cadre.sqlite") {
                std::fs::copy(entry.path(), to.join(entry.file_name())).expect("there is space");
            }
        }
        Bench { engine: open(root.path()).await, root }
    }

    /// Closes the workspace and opens it anew, only to look and record: nothing is carried on until it is resumed.
    pub(crate) async fn reopen_looking(self) -> Bench {
        self.engine.close().await;
        let engine = look(self.root.path(), Arc::new(SystemHost)).await;
        Bench { engine, root: self.root }
    }

    /// Closes the workspace, has something done in its root, and opens it anew, only to look and record.
    pub(crate) async fn reopen_changed(self, change: impl AsyncFnOnce(&Path)) -> Bench {
        self.engine.close().await;
        change(self.root.path()).await;
        let engine = look(self.root.path(), Arc::new(SystemHost)).await;
        Bench { engine, root: self.root }
    }

    /// Closes the workspace and opens it anew, so many days later by the clock.
    pub(crate) async fn reopen_after(self, days: i64) -> Bench {
        self.engine.close().await;
        let engine =
            look(self.root.path(), Arc::new(Later(Arc::new((days * 24 * 60 * 60 * 1_000_000).into())))).await;
        Bench { engine, root: self.root }
    }

    /// A workspace whose clock the test sets ahead, by so many microseconds.
    pub(crate) async fn with_clock() -> (Bench, Arc<AtomicI64>) {
        let bench = Bench::new().await;
        bench.engine.close().await;
        let ahead = Arc::new(AtomicI64::new(0));
        let engine = look(bench.root.path(), Arc::new(Later(Arc::clone(&ahead)))).await;
        engine.resume().await.expect("resumes");
        (Bench { engine, root: bench.root }, ahead)
    }

    /// Adds a function agent whose program is a shell script, as a person would: file, then approval.
    pub(crate) async fn add_function_agent(&self, name: &str, script: &str, more: &str) {
        let program = self.program(name, &format!("#!/bin/sh\n{script}\n"));
        let recovery = if more.contains("recovery:") { "" } else { "recovery: repeat\n" };
        let more = format!("kind: function\nprogram: {program}\n{recovery}{more}");
        self.add_agent(name, &more).await;
    }

    /// Adds a member whose program is the scripted agent program of `cadre-agents`.
    pub(crate) async fn add_agent_program(&self, name: &str, scenario: &str) {
        self.add_agent_program_with(name, scenario, "").await;
    }

    /// Like [`add_agent_program`](Self::add_agent_program), with more lines in its file.
    pub(crate) async fn add_agent_program_with(&self, name: &str, scenario: &str, more: &str) {
        const SCRIPT: &str = include_str!("../../../cadre-agents/tests/agents/fake_acp_agent.mjs");
        let program = self.program(&format!("{name}.mjs"), &format!("#!/usr/bin/env node\n{SCRIPT}"));
        self.add_agent(name, &format!("kind: acp\nprogram: {program}\nargs: [{scenario}]\n{more}")).await;
    }

    fn program(&self, name: &str, script: &str) -> String {
        let program = self.root.path().join("programs").join(name);
        std::fs::create_dir_all(program.parent().expect("it has one")).expect("is made");
        std::fs::write(&program, script).expect("is written");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("is marked");
        program.display().to_string()
    }

    async fn add_agent(&self, name: &str, more: &str) {
        let text = format!(
            "---\nname: {name}\ndescription: a test\nreports_to: engineering-manager-orchestrator\n{more}---\nTest\n",
        );
        let file = self.engine.workspace().join("agents/engineering").join(format!("{name}.md"));
        std::fs::write(file, text).expect("is written");
        let read = self.engine.read_agents().await.expect("reads");
        assert_eq!(read.waiting, [name], "a new agent waits for a person");
        let item = self.item("agent_change").await;
        self.decide(&item, "approve").await;
        until(&self.engine, || async {
            self.engine.members().await.is_ok_and(|all| all.iter().any(|it| it.name == name))
        })
        .await;
    }

    /// A project with one step for `assignee`, approved and under way.
    pub(crate) async fn start_one_step(&self, assignee: &str) -> String {
        self.start_one_step_with(assignee, Vec::new()).await
    }

    /// Like [`start_one_step`](Self::start_one_step), with files that are given with the request.
    pub(crate) async fn start_one_step_with(&self, assignee: &str, files: Vec<PathBuf>) -> String {
        self.start_one_step_about(assignee, &self.source(), files).await
    }

    /// Like [`start_one_step_with`](Self::start_one_step_with), about another folder.
    pub(crate) async fn start_one_step_about(
        &self,
        assignee: &str,
        folder: &Path,
        files: Vec<PathBuf>,
    ) -> String {
        let text = "review this repository and write a health report";
        let brought = cadre_engine::Brought { files, ..Default::default() };
        let filed = self.engine.file_request_with(text, Some(folder), brought, "owner", "test").await;
        let filed = filed.expect("files");
        let (project, version, mut plan) = self.engine.plan_request(&filed.id, "owner").await.expect("plans");
        plan.steps.retain(|step| step.id == "report");
        plan.steps[0].depends_on.clear();
        plan.steps[0].assignee = Some(assignee.to_owned());
        plan.steps[0].evidence.truncate(1);
        let version = self.engine.draft(&project, &plan, "owner").await.unwrap_or(version);
        self.engine.approve_plan(&project, version, &plan.hash(), "owner", "test").await.expect("approves");
        project
    }

    /// Waits until something of this kind is in the Inbox.
    pub(crate) async fn item(&self, reason: &str) -> InboxItem {
        until_some(&self.engine, || async {
            self.engine.inbox().await.expect("reads").into_iter().find(|item| item.reason == reason)
        })
        .await
    }

    pub(crate) async fn decide(&self, item: &InboxItem, decision: &str) {
        self.engine.decide(answer(item, decision)).await.expect("the decision is taken");
    }

    pub(crate) async fn project_with_status(&self, project: &str, status: &str) -> ProjectView {
        until_some(&self.engine, || async {
            let view = self.engine.project(project).await.expect("reads");
            (view.status == status).then_some(view)
        })
        .await
    }

    pub(crate) async fn assert_verifies(&self) {
        let report = self.engine.verify().await.expect("can be looked at");
        assert_eq!(report.findings, [], "the record holds whatever happened");
    }
}

/// The system's clock, microseconds ahead.
struct Later(Arc<AtomicI64>);

impl Clock for Later {
    fn now(&self) -> i64 {
        SystemHost.now() + self.0.load(Ordering::Relaxed)
    }
    fn random(&self) -> u64 {
        SystemHost.random()
    }
}

impl Host for Later {
    fn id(&self) -> String {
        SystemHost.id()
    }
}

/// Puts a link to another folder in the place of this one; gives the other one, which is empty.
pub(crate) fn swapped_for_a_link(folder: &Path, root: &Path) -> PathBuf {
    let elsewhere = root.join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("is made");
    std::fs::rename(folder, root.join("moved-away")).expect("is moved");
    std::os::unix::fs::symlink(&elsewhere, folder).expect("is made");
    elsewhere
}

pub(crate) fn answer(item: &InboxItem, decision: &str) -> Decision {
    Decision {
        item: item.id.clone(),
        decision: decision.to_owned(),
        text: None,
        action_hash: item.action_hash.clone(),
        edited_content: None,
        by: "owner".into(),
        channel: "test".into(),
    }
}

async fn open(root: &Path) -> Engine {
    let engine = look(root, Arc::new(SystemHost)).await;
    engine.resume().await.expect("resumes");
    engine
}

async fn look(root: &Path, host: Arc<dyn Host>) -> Engine {
    look_with(root, host, VaultPlace::Memory).await // never the developer's keychain
}

async fn look_with(root: &Path, host: Arc<dyn Host>, vault: VaultPlace) -> Engine {
    let options = EngineOptions {
        host,
        vault,
        ..EngineOptions::new(root.join("workspace"), Some(root.join("state")), "test-host".into())
    };
    Engine::open(options).await.expect("the workspace opens; build cadre-exec and cadre-functions first")
}

pub(crate) async fn until<F, Fut>(engine: &Engine, holds: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = bool>,
{
    until_some(engine, || async { holds().await.then_some(()) }).await;
}

/// Looks again after each new ledger entry. A test that waits in vain fails with what is there.
pub(crate) async fn until_some<T, F, Fut>(engine: &Engine, look: F) -> T
where
    F: Fn() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let mut changes = engine.changes();
    let waiting = async {
        loop {
            changes.borrow_and_update();
            if let Some(found) = look().await {
                return found;
            }
            changes.changed().await.expect("the workspace stays open");
        }
    };
    match tokio::time::timeout(Duration::from_secs(60), waiting).await {
        Ok(found) => found,
        Err(_) => {
            let inbox = engine.inbox().await;
            let projects = engine.projects().await;
            panic!("waited in vain; inbox: {inbox:#?}; projects: {projects:#?}")
        }
    }
}
