//! A small workspace with something in every table and, over all rows, in every column.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cadre_core::endpoint::EndpointTerms;
use cadre_graph::{
    ChannelChange, Checkpointer, Epoch, Fork, Hash, Interrupt, JournalCommit, JournalKind, JournalRecord,
    Park, RecordedFailure, Source, SuperstepCommit, Task, TaskPark, TaskWrite, ThreadStart, Wake, digest,
};
use cadre_store::aggregates::conversation::RunMessage;
use cadre_store::aggregates::decision::DecisionMade;
use cadre_store::aggregates::effect::{
    EffectIntended, EffectSettled, PermitGranted, UndoIntended, UndoRefused,
};
use cadre_store::aggregates::endpoint::{
    EndpointDisabled, EndpointEnabled, KeyChanged, KeyEntered, KeyState,
};
use cadre_store::aggregates::line::ProjectRolledBack;
use cadre_store::aggregates::member::MemberSaved;
use cadre_store::aggregates::project::{
    PlanApproved, PlanDrafted, ProjectHeld, ProjectOpened, ProjectStatusChanged, StepChanged,
};
use cadre_store::aggregates::request::{RequestFiled, RequestRead};
use cadre_store::aggregates::rule::{RuleEnded, RuleMade};
use cadre_store::aggregates::run::{RunFinished, RunStarted};
use cadre_store::aggregates::spend::{BudgetSet, SpendReserved, SpendSettled};
use cadre_store::aggregates::workspace::{BackupMade, WorkspaceRestored};
use cadre_store::{
    Anchor, Batch, Comparison, Head, OpenError, OpenOptions, Record, Store, StoreClock, VerifyReport,
    WriterTask, value_part,
};
use serde_json::{Value, json};

use crate::raw::Raw;

pub(crate) const FILE: &str = "cadre.sqlite";

/// A closed workspace in a folder of its own, with the heads that were kept outside it.
pub(crate) struct Workspace {
    folder: tempfile::TempDir,
    heads: tempfile::TempDir,
}

/// What came of opening and checking a workspace.
pub(crate) enum Outcome {
    Looked(VerifyReport),
    Refused(OpenError),
}

impl Workspace {
    /// Writes the workspace and closes it.
    pub(crate) async fn build() -> Workspace {
        let workspace = Workspace {
            folder: tempfile::tempdir().expect("a temporary folder"),
            heads: tempfile::tempdir().expect("a temporary folder"),
        };
        let (store, writer) = workspace.open(true).await.expect("an empty folder opens");
        fill(&store).await;
        close(store, writer).await;
        let raw = Raw::open(&workspace.file());
        raw.run("VACUUM"); // so that nothing lies in the file twice
        raw.close();
        let Outcome::Looked(report) = workspace.look(true).await else {
            panic!("what was just written opens")
        };
        assert_eq!(report.findings, [], "an untouched workspace holds");
        assert_eq!(report.anchor, Anchor::UpTo(report.entries), "closing keeps the newest head outside");
        workspace
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join(FILE)
    }

    /// A copy of the closed file in a folder of its own; the kept heads are copied too.
    pub(crate) fn copy(&self) -> Workspace {
        let copy = Workspace {
            folder: tempfile::tempdir().expect("a temporary folder"),
            heads: tempfile::tempdir().expect("a temporary folder"),
        };
        std::fs::copy(self.file(), copy.file()).expect("the file is closed");
        for head in std::fs::read_dir(&self.heads).expect("ours") {
            let head = head.expect("ours");
            std::fs::copy(head.path(), copy.heads.path().join(head.file_name())).expect("ours");
        }
        copy
    }

    pub(crate) async fn open(&self, with_heads: bool) -> Result<(Store, WriterTask), OpenError> {
        let ticks = Arc::new(AtomicI64::new(1_763_705_000_000_000));
        Store::open(OpenOptions {
            folder: self.folder.path().to_owned(),
            name: "Test".into(),
            new_id: "w1".into(),
            heads: with_heads.then(|| self.heads.path().to_owned()),
            clock: StoreClock::new(move || ticks.fetch_add(1_000, Ordering::Relaxed)),
        })
        .await
    }

    /// Opens, verifies and closes: what `cadre verify` does.
    pub(crate) async fn look(&self, with_heads: bool) -> Outcome {
        let (store, writer) = match self.open(with_heads).await {
            Ok(opened) => opened,
            Err(error) => return Outcome::Refused(error),
        };
        let report = store.verify().await.expect("what is wrong with a file is a finding, not an error");
        close(store, writer).await;
        Outcome::Looked(report)
    }
}

pub(crate) async fn close(store: Store, writer: WriterTask) {
    drop(store);
    writer.finished().await;
}

async fn add<R: Record>(store: &Store, record: &R) {
    let mut batch = Batch::new();
    batch.add(record);
    store.write(batch).await.expect("the record is sound");
}

fn words(text: &str) -> Value {
    value_part(json!({ "text": text }))
}

async fn fill(store: &Store) {
    organisation(store).await;
    threads(store).await;
    work(store).await;
    models(store).await;
}

async fn organisation(store: &Store) {
    let member = MemberSaved {
        name: "scout".into(),
        kind: "function".into(),
        role: "specialist".into(),
        department: "engineering".into(),
        reports_to: Some("manager".into()),
        lifecycle: "active".into(),
        version: "v1".into(),
        definition: words("a definition"),
    };
    add(store, &member).await;
    add(store, &MemberSaved { version: "v2".into(), definition: words("a newer one"), ..member }).await;
    let filed = RequestFiled {
        id: "r1".into(),
        content: words("Review this"),
        by: "owner".into(),
        channel: "cli".into(),
    };
    add(store, &filed).await;
    let read = RequestRead {
        request: "r1".into(),
        intent: "DELEGATE".into(),
        reader: "embedded".into(),
        reading: words("a reading"),
    };
    add(store, &read).await;
    let opened = ProjectOpened {
        project: "p1".into(),
        request: "r1".into(),
        title: words("A review"),
        department: "engineering".into(),
        folder: "/projects/p1".into(),
        source: Some("/home/user/code".into()),
    };
    add(store, &opened).await;
    for version in [1, 2] {
        let drafted = PlanDrafted {
            project: "p1".into(),
            version,
            hash: format!("hash{version}"),
            document: words(&format!("plan {version}")),
            by: "planner".into(),
        };
        add(store, &drafted).await;
    }
}

fn task(id: &str, input: Option<Value>) -> Task {
    Task { id: id.into(), node: id.rsplit(':').next().unwrap_or_default().into(), input }
}

fn call(position: u32, name: &str, outcome: Result<Value, RecordedFailure>) -> JournalRecord {
    JournalRecord {
        position,
        kind: JournalKind::Step,
        name: name.into(),
        input: digest(1, b"input"),
        outcome,
    }
}

/// A thread that has closed one superstep and stands in the second, with each way in which a task can stand there;
/// and a finished thread that one of them waited for.
async fn threads(store: &Store) {
    let set = |value: Value| ChannelChange::Set(value);
    let start = ThreadStart {
        thread: "t1".into(),
        graph: "project".into(),
        graph_version: 3,
        changes: BTreeMap::from([("request".into(), set(json!("Review this")))]),
        tasks: vec![task("0.0:plan", None)],
        actor: "owner".into(),
        parent: None,
        metadata: serde_json::Map::from_iter([("from".to_owned(), json!("the desk"))]),
        records: Vec::new(),
    };
    Checkpointer::start(store, start).await.expect("a new thread starts");
    let epoch = store.claim("t1").await.expect("nobody else holds it");
    let root = store.load("t1").await.expect("reads").expect("is there").head;
    let tasks = ["1.0:done", "1.1:asks", "1.2:waits", "1.3:sleeps", "1.4:answered"];
    let log = ChannelChange::Append(vec![json!("one"), json!({"two": [2]})]);
    let merged = json!({ "key": { "nested": true } }).as_object().cloned().unwrap_or_default();
    let commit = SuperstepCommit {
        thread: "t1".into(),
        graph: "project@3".into(),
        epoch,
        expected: root,
        step: 1,
        merged: vec!["0.0:plan".into()],
        changes: BTreeMap::from([("log".into(), log), ("map".into(), ChannelChange::Merge(merged))]),
        tasks: tasks.iter().map(|id| task(id, Some(json!({ "task": id })))).collect(),
        joins: BTreeMap::from([("join".into(), ["done".to_owned()].into())]),
        answered: Vec::new(),
        source: Source::Loop,
        metadata: serde_json::Map::new(),
        actor: "owner".into(),
        records: Vec::new(),
    };
    let head = Checkpointer::commit(store, commit).await.expect("the thread is ours");
    open_tasks(store, epoch, head).await;
    let child = ThreadStart {
        thread: "t2".into(),
        graph: "run".into(),
        graph_version: 1,
        changes: BTreeMap::from([("input".into(), set(json!({ "run": "run1" })))]),
        tasks: vec![task("0.0:carry_out", None)],
        actor: "scout".into(),
        parent: Some(wake("1.2:waits")),
        metadata: serde_json::Map::new(),
        records: Vec::new(),
    };
    Checkpointer::start(store, child).await.expect("a new thread starts");
    let epoch = store.claim("t2").await.expect("nobody else holds it");
    let expected = store.load("t2").await.expect("reads").expect("is there").head;
    let done = SuperstepCommit {
        thread: "t2".into(),
        graph: "run@1".into(),
        epoch,
        expected,
        step: 1,
        merged: vec!["0.0:carry_out".into()],
        changes: BTreeMap::from([("outcome".into(), set(json!("done")))]),
        tasks: Vec::new(),
        joins: BTreeMap::new(),
        answered: Vec::new(),
        source: Source::Loop,
        metadata: serde_json::Map::new(),
        actor: "scout".into(),
        records: Vec::new(),
    };
    Checkpointer::commit(store, done).await.expect("the thread is ours");
    branches(store, head).await;
}

/// Copies of the first thread in the middle of its work: one that stays, and one that is removed. And what is left of
/// the other one's history.
async fn branches(store: &Store, at: Hash) {
    for name in ["t3", "t4"] {
        let fork = Fork { pending: true, ..Fork::new(name, "t1", at).actor("owner") };
        let fork = fork.before("1.1:asks", 9).before("1.4:answered", 9);
        Checkpointer::fork(store, fork).await.expect("the checkpoint is there");
    }
    let removed = store.delete(&["t4".to_owned()], "owner").await.expect("writes");
    let pruned = store.prune(&["t2".to_owned()], "owner").await.expect("writes");
    assert_eq!((removed, pruned), (1, 1));
}

/// A project that a person had go back, with its step undone and carried out again.
async fn went_back(store: &Store) {
    let back = ProjectRolledBack {
        project: "p1".into(),
        thread: "t3".into(),
        leaves: "t1".into(),
        checkpoint: "c0".into(),
        decision: "d1".into(),
        status: "running".into(),
        steps: vec![("scout".into(), "pending".into())],
    };
    add(store, &back).await;
    let step = StepChanged {
        project: "p1".into(),
        step: "scout".into(),
        status: "failed".into(),
        runs: 1,
        summary: Some(words("it failed again")),
        begins: true,
        ends: true,
    };
    add(store, &step).await;
}

fn wake(task: &str) -> Wake {
    Wake { thread: "t1".into(), task: task.into(), position: 0 }
}

async fn open_tasks(store: &Store, epoch: Epoch, base: Hash) {
    let write = TaskWrite {
        thread: "t1".into(),
        epoch,
        base,
        task: "1.0:done".into(),
        writes: vec![("log".into(), json!(["three"]))],
        goto: Some(vec![("next".into(), json!(null))]),
        records: Vec::new(),
    };
    Checkpointer::write(store, write).await.expect("the thread is ours");
    let failure = RecordedFailure { category: "timeout".into(), message: "it took too long".into() };
    let journal = JournalCommit {
        thread: "t1".into(),
        epoch,
        task: "1.1:asks".into(),
        journal: vec![call(1, "first", Ok(json!({ "a": 1 }))), call(2, "second", Err(failure))],
        records: Vec::new(),
    };
    Checkpointer::journal(store, journal).await.expect("the thread is ours");
    let question = Park::Interrupt(Box::new(Interrupt {
        reason: "approval".into(),
        message: "May I?".into(),
        action: json!({ "kind": "write_file" }),
        action_hash: Some(digest(3, b"action")),
        allowed: vec!["approve".into(), "deny".into()],
        ..Interrupt::default()
    }));
    let parks = [
        ("1.1:asks", question.clone()),
        ("1.2:waits", Park::Call { name: "run".into(), input: json!({ "run": "run1" }) }),
        ("1.3:sleeps", Park::Timer { at: 1_763_800_000_000_000 }),
        ("1.4:answered", question),
    ];
    for (task, park) in parks {
        let park = TaskPark {
            thread: "t1".into(),
            epoch,
            task: task.into(),
            position: 0,
            park,
            input: digest(1, task.as_bytes()),
            journal: Vec::new(),
            records: Vec::new(),
        };
        Checkpointer::park(store, park).await.expect("the thread is ours");
    }
    let answer = json!({ "decision": "approve" });
    Checkpointer::wake(store, &wake("1.4:answered"), answer, Vec::new()).await.expect("it waits");
}

async fn work(store: &Store) {
    let made = DecisionMade {
        id: "d1".into(),
        subject: "plan".into(),
        project: Some("p1".into()),
        answers: Some(wake("1.4:answered")),
        decision: "approve".into(),
        reason: Some(words("looks right")),
        action_hash: Some("hash2".into()),
        by: "owner".into(),
        channel: "cli".into(),
    };
    add(store, &made).await;
    let approved = PlanApproved {
        project: "p1".into(),
        version: 2,
        hash: "hash2".into(),
        decision: "d1".into(),
        thread: "t1".into(),
        steps: vec![("scout".into(), Some("scout".into())), ("accept".into(), None)],
    };
    add(store, &approved).await;
    let started = RunStarted {
        run: "run1".into(),
        project: "p1".into(),
        step: "scout".into(),
        attempt: 1,
        member: "scout".into(),
        thread: "t2".into(),
    };
    add(store, &started).await;
    effect(store).await;
    money(store).await;
    let finished = RunFinished {
        run: "run1".into(),
        status: "failed".into(),
        outcome: words("no luck"),
        category: Some("timeout".into()),
    };
    add(store, &finished).await;
    let step = StepChanged {
        project: "p1".into(),
        step: "scout".into(),
        status: "failed".into(),
        runs: 1,
        summary: Some(words("it failed")),
        begins: true,
        ends: true,
    };
    add(store, &step).await;
    went_back(store).await;
    add(store, &ProjectHeld { project: "p1".into(), held: true, by: "owner".into() }).await;
    let paused = ProjectStatusChanged {
        project: "p1".into(),
        status: "paused_on_error".into(),
        reason: "a step failed".into(),
    };
    add(store, &paused).await;
}

async fn effect(store: &Store) {
    let granted = PermitGranted {
        permit: "permit1".into(),
        action_hash: "action".into(),
        granted_by: "decision:d1".into(),
    };
    add(store, &granted).await;
    let intended = EffectIntended {
        effect: "effect1".into(),
        project: Some("p1".into()),
        run: Some("run1".into()),
        class: "write".into(),
        title: words("Write a report"),
        action: words("the exact bytes"),
        action_hash: "action".into(),
        recovery: "reconcile".into(),
        permit: "permit1".into(),
    };
    add(store, &intended).await;
    let settled =
        EffectSettled { effect: "effect1".into(), status: "done".into(), outcome: words("it is there") };
    add(store, &settled).await;
    for decision in ["d2", "d3"] {
        add(store, &UndoIntended { effect: "effect1".into(), decision: decision.into() }).await;
        if decision == "d2" {
            add(store, &UndoRefused { effect: "effect1".into(), why: words("it was changed since") }).await;
        }
    }
    let rule = RuleMade {
        rule: "rule1".into(),
        decision: "d1".into(),
        project: "p1".into(),
        pattern: words("a pattern"),
        expires_at: "1763900000000000".into(),
    };
    add(store, &rule).await;
    add(store, &RuleEnded { rule: "rule1".into(), by: "owner".into() }).await;
}

async fn money(store: &Store) {
    let said = RunMessage {
        run: "run1".into(),
        place: 0,
        project: "p1".into(),
        step: "scout".into(),
        role: "agent".into(),
        name: "scout".into(),
        text: words("I look around"),
        data: Some(words("calls of tools")),
    };
    add(store, &said).await;
    let reserved = SpendReserved {
        spend: "spend1".into(),
        effect: "effect1".into(),
        purpose: "work".into(),
        project: Some("p1".into()),
        step: Some("scout".into()),
        run: Some("run1".into()),
        member: Some("scout".into()),
        endpoint: "e1".into(),
        model: "small".into(),
        day: 20_413,
        reserved: "5000".into(),
        receipt: words("why this one"),
    };
    add(store, &reserved).await;
    let settled = SpendSettled {
        spend: "spend1".into(),
        status: "known".into(),
        charged: "4000".into(),
        input: 100,
        cached: 20,
        cache_write: 3,
        output: 40,
        usage: Some(words("as the provider wrote it")),
    };
    add(store, &settled).await;
    let budget = BudgetSet {
        budget: "budget1".into(),
        scope: "project".into(),
        subject: "p1".into(),
        day: Some(20_413),
        most: "9000".into(),
        decision: "d1".into(),
    };
    add(store, &budget).await;
}

async fn models(store: &Store) {
    let entered = KeyEntered {
        key: "anthropic".into(),
        kind: "anthropic".into(),
        address: "https://models.example".into(),
        vault: "keychain".into(),
        by: "owner".into(),
    };
    add(store, &entered).await;
    let kept = KeyState::Kept.name().into();
    add(store, &KeyChanged { key: "anthropic".into(), state: kept, by: "owner".into() }).await;
    let terms = EndpointTerms {
        endpoint: "anthropic".into(),
        kind: "anthropic".into(),
        name: "Anthropic".into(),
        address: "https://models.example".into(),
        key: Some("anthropic".into()),
        models: vec!["large".into()],
        tiers: BTreeMap::from([("strong".into(), "large".into())]),
        project: Some("p1".into()),
        daily_limit: Some(5_000_000_000),
    };
    let enabled = EndpointEnabled { hash: terms.hash(), terms, decision: "d1".into(), by: "owner".into() };
    add(store, &enabled).await;
    let restored = WorkspaceRestored {
        decision: "d1".into(),
        made_at: "1763705000000000".into(),
        backup: Head { seq: 3, leaf: digest(0, b"backup") },
        replaced: Some(Head { seq: 9, leaf: digest(0, b"replaced") }),
        witness: Some(Head { seq: 9, leaf: digest(0, b"replaced") }),
        kept: "../backups/before".into(),
        compared: Some(Comparison::Part),
    };
    add(store, &restored).await;
    let made = BackupMade {
        name: "2026-11-21T200000Z".into(),
        head: Head { seq: 3, leaf: digest(0, b"backup") },
        manifest: "a hash".into(),
        by: "owner".into(),
    };
    add(store, &made).await;
    add(store, &EndpointDisabled { endpoint: "anthropic".into(), by: "owner".into() }).await;
}
