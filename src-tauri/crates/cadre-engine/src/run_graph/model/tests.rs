//! A whole run of a model agent on a script, with a clock that moves by hand.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cadre_core::budget::LimitReached;
use cadre_core::endpoint::EndpointTerms;
use cadre_core::org::{AgentKind, MemberRole};
use cadre_core::plan::{Evidence, EvidenceKind};
use cadre_graph::{Checkpointer, Clock, CompiledGraph, Interrupt, Park, ParkedTask, Progress, Runner, Wake};
use cadre_models::catalogue::{NanoUsd, Price};
use cadre_models::discover::ModelInfo;
use cadre_models::event::EventStream;
use cadre_models::routing::Candidate;
use cadre_models::scripted::ScriptedProvider;
use cadre_models::{ModelError, Provider, ProviderKind};
use cadre_store::aggregates::endpoint::EndpointEnabled;
use cadre_store::aggregates::member::MemberSaved;
use cadre_store::aggregates::run::RunStarted;
use cadre_store::aggregates::spend::BudgetSet;
use cadre_store::{Batch, ReadError};
use tokio_util::sync::CancellationToken;

use super::super::perform::tests::add_project;
use super::*;
use crate::answers::{Answer, LIMIT_CHANGED};
use crate::clock::Host;
use crate::models::Models;

const THREAD: &str = "run";
const SECOND: i64 = 1_000_000;
const DAY: i64 = 24 * 60 * 60 * SECOND;

#[derive(Default)]
struct Hand {
    now: AtomicI64,
    ids: AtomicI64,
}

impl Hand {
    fn passes(&self, micros: i64) {
        self.now.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }
    fn random(&self) -> u64 {
        4
    }
}

impl Host for Hand {
    fn id(&self) -> String {
        format!("id{}", self.ids.fetch_add(1, Ordering::SeqCst))
    }
}

/// A script that takes its time for an answer, and remembers what it was asked.
struct Scripted {
    script: ScriptedProvider,
    takes: i64,
    clock: Arc<Hand>,
    asked: Mutex<Vec<ChatRequest>>,
}

#[async_trait]
impl Provider for Scripted {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Scripted
    }

    async fn stream(
        &self,
        asked: &ChatRequest,
        cancel: &CancellationToken,
    ) -> Result<EventStream, ModelError> {
        self.clock.passes(self.takes);
        self.asked.lock().expect("nobody panics with it").push(asked.clone());
        self.script.stream(asked, cancel).await
    }

    async fn models(&self, _: &CancellationToken) -> Result<Vec<ModelInfo>, ModelError> {
        Ok(Vec::new())
    }
}

struct OneModel(Arc<Scripted>);

#[async_trait]
impl Models for OneModel {
    async fn candidates(&self, _: Option<&str>) -> Result<Vec<Candidate>, ReadError> {
        let price = NanoUsd(cadre_core::budget::DOLLAR);
        Ok(vec![Candidate {
            endpoint: "e".into(),
            provider: ProviderKind::Scripted,
            model: "scripted/test".into(),
            tier: None,
            price: Price { input: price, cached_input: price, cache_write: price, output: price },
            assumed: false,
        }])
    }

    async fn provider(&self, _: &str) -> Result<Arc<dyn Provider>, ModelError> {
        Ok(Arc::clone(&self.0) as Arc<dyn Provider>)
    }
}

/// A run under way.
struct Run {
    shared: Arc<Shared>,
    clock: Arc<Hand>,
    scripted: Arc<Scripted>,
    graph: CompiledGraph,
    checkpointer: Arc<dyn Checkpointer>,
    _root: tempfile::TempDir,
}

impl Run {
    /// A run whose model answers with these turns, each after so many seconds. It may work for two minutes, and has
    /// to leave `a.md` behind.
    async fn of(turns: &str, seconds: i64) -> Run {
        let root = tempfile::tempdir().expect("a temporary folder");
        let folder = root.path().join("project");
        std::fs::create_dir(&folder).expect("is made");
        let clock = Arc::new(Hand::default());
        let script = format!("label = \"test\"\n[[conversation]]\n{turns}");
        let scripted = Arc::new(Scripted {
            script: ScriptedProvider::from_toml(&script).expect("it is a script"),
            takes: seconds * SECOND,
            clock: Arc::clone(&clock),
            asked: Mutex::default(),
        });
        let mut shared = Shared::of_tests(root.path()).await;
        shared.host = Arc::clone(&clock) as Arc<dyn Host>;
        shared.models = Arc::new(OneModel(Arc::clone(&scripted)));
        let shared = Arc::new(shared);
        prepare(&shared).await;
        let graph = super::super::graph(&shared);
        let checkpointer: Arc<dyn Checkpointer> = Arc::new(shared.store.clone());
        let run = Run { shared, clock, scripted, graph, checkpointer, _root: root };
        let input = json!({ "input": input(&folder.display().to_string()) });
        run.runner().start(&run.graph, THREAD, input, Default::default()).await.expect("starts");
        run
    }

    fn runner(&self) -> Runner {
        Runner::new(Arc::clone(&self.checkpointer), Arc::clone(&self.clock) as Arc<dyn Clock>)
    }

    async fn goes_on(&self) -> Progress {
        self.runner().advance(&self.graph, THREAD).await.expect("goes on")
    }

    /// What it asks a person.
    async fn asks(&self) -> (ParkedTask, Interrupt) {
        let progress = self.goes_on().await;
        let Progress::Waiting(mut parked) = progress else { panic!("nobody was asked: {progress:?}") };
        parked.retain(|parked| parked.answer.is_none());
        let Park::Interrupt(interrupt) = parked[0].park.clone() else { panic!("no person was asked") };
        (parked.remove(0), *interrupt)
    }

    async fn answer(&self, parked: ParkedTask, decision: &str) {
        let wake = Wake { thread: THREAD.into(), task: parked.task, position: parked.position };
        let said = serde_json::to_value(Answer::plain(decision, "d".into())).expect("plain data");
        self.checkpointer.wake(&wake, said, Vec::new()).await.expect("it waits");
    }

    async fn ends(&self) -> RunOutcome {
        let progress = self.goes_on().await;
        let Progress::Finished(state) = progress else { panic!("it goes to its end: {progress:?}") };
        state.get("outcome").expect("it has an outcome")
    }

    async fn set_limit(&self, scope: &str, subject: &str, most: i64) {
        let mut batch = Batch::new();
        batch.add(&BudgetSet {
            budget: self.shared.host.id(),
            scope: scope.into(),
            subject: subject.into(),
            most: most.to_string(),
            decision: "d".into(),
            ..BudgetSet::default()
        });
        self.shared.store.write(batch).await.expect("is written");
    }
}

async fn prepare(shared: &Shared) {
    let agent = AgentDefinition {
        name: "m".into(),
        description: "a test".into(),
        kind: AgentKind::Model,
        role: MemberRole::Specialist,
        department: "engineering".into(),
        reports_to: None,
        capabilities: Vec::new(),
        tools: ["list_files", "write_file", "run_command"].map(str::to_owned).to_vec(),
        tier: None,
        program: None,
        args: Vec::new(),
        limits: cadre_core::org::Limits { wall_minutes: 2, ..Default::default() },
        budget: cadre_core::budget::DOLLAR,
        approvals: Vec::new(),
        evidence: Vec::new(),
        recovery: cadre_core::effect::Recovery::Repeat,
        context: String::new(),
        unknown: BTreeMap::new(),
    };
    let terms = EndpointTerms {
        endpoint: "e".into(),
        kind: "scripted".into(),
        name: "E".into(),
        address: "/script".into(),
        key: None,
        models: vec!["scripted/test".into()],
        tiers: BTreeMap::new(),
        project: None,
        daily_limit: Some(cadre_core::budget::DOLLAR),
    };
    let mut batch = Batch::new();
    add_project(&mut batch);
    batch.add(&MemberSaved::of_agent(&agent));
    let hash = terms.hash();
    batch.add(&EndpointEnabled { terms, hash, decision: "d".into(), by: "owner".into() });
    batch.add(&RunStarted {
        run: "r".into(),
        project: "p".into(),
        step: "s".into(),
        attempt: 1,
        member: "m".into(),
        thread: THREAD.into(),
    });
    shared.store.write(batch).await.expect("is written");
}

fn input(folder: &str) -> RunInput {
    RunInput {
        run: "r".into(),
        project: "p".into(),
        step: "s".into(),
        attempt: 1,
        member: "m".into(),
        title: "A step".into(),
        instructions: "Write a.md.".into(),
        folder: folder.into(),
        source: None,
        in_place: false,
        attachments: Vec::new(),
        reads: Vec::new(),
        inputs: BTreeMap::new(),
        evidence: vec![Evidence {
            kind: EvidenceKind::FileExists,
            value: "a.md".into(),
            note: String::new(),
        }],
    }
}

fn turn(calls: &[(&str, &str)]) -> String {
    let calls = calls.iter().map(|(tool, arguments)| {
        format!("[[conversation.turn.call]]\ntool = \"{tool}\"\narguments = {{ {arguments} }}\n")
    });
    format!("[[conversation.turn]]\n{}", calls.collect::<String>())
}

const FINISH_DONE: (&str, &str) = (FINISH, "summary = \"It is done.\", done = true");
const WRITE: (&str, &str) = ("write_file", "path = \"a.md\", content = \"Well.\"");
const LIST: (&str, &str) = ("list_files", "place = \"project\", path = \"\"");
const COMMAND: (&str, &str) = ("run_command", "program = \"true\", args = []");

#[tokio::test]
async fn each_call_of_a_tool_gets_one_result_also_where_a_model_finishes_twice_at_once() {
    let turns = [
        turn(&[LIST, FINISH_DONE, LIST, FINISH_DONE, ("send_mail", "")]),
        turn(&[FINISH_DONE, FINISH_DONE, FINISH_DONE]),
        turn(&[WRITE]),
        turn(&[FINISH_DONE, FINISH_DONE]),
    ];
    let run = Run::of(&turns.concat(), 1).await;
    assert!(matches!(run.ends().await, RunOutcome::Done { .. }));
    let asked = run.scripted.asked.lock().expect("nobody panics with it");
    let mut answers = 0;
    for pair in asked.last().expect("it was asked").messages.windows(2) {
        let Message::Assistant(said) = &pair[0] else { continue };
        let Message::ToolResults { results } = &pair[1] else { panic!("results follow: {pair:?}") };
        let called: Vec<&str> = said.tool_calls.iter().map(|call| call.id.as_str()).collect();
        let answered: Vec<&str> = results.iter().map(|result| result.call_id.as_str()).collect();
        assert_eq!(answered, called, "each call its result, in the order of the calls");
        answers += 1;
    }
    assert_eq!(answers, 3);
}

#[tokio::test]
async fn a_person_s_time_is_not_the_agent_s_and_its_own_is() {
    let run = Run::of(&[turn(&[COMMAND]), turn(&[WRITE]), turn(&[FINISH_DONE])].concat(), 30).await;
    let (parked, interrupt) = run.asks().await;
    assert_eq!(interrupt.reason, "approval", "{interrupt:?}");
    run.clock.passes(3 * DAY);
    run.answer(parked, "deny").await;
    let outcome = run.ends().await;
    assert!(matches!(outcome, RunOutcome::Done { .. }), "a minute and a half of work: {outcome:?}");

    let run = Run::of(&[turn(&[WRITE]), turn(&[LIST]), turn(&[FINISH_DONE])].concat(), 50).await;
    let outcome = run.ends().await;
    assert!(matches!(outcome, RunOutcome::Done { .. }), "the limit is looked at before a turn: {outcome:?}");

    let run = Run::of(&[turn(&[COMMAND]), turn(&[WRITE]), turn(&[FINISH_DONE])].concat(), 70).await;
    let (parked, _) = run.asks().await;
    run.clock.passes(3 * DAY);
    run.answer(parked, "deny").await;
    let (_, interrupt) = run.asks().await;
    let limit: LimitReached = serde_json::from_value(interrupt.action["limit"].clone()).expect("a limit");
    assert_eq!((limit.scope.as_str(), limit.used, limit.most), ("minutes", 2, 2), "140 seconds of work");
    assert_eq!(interrupt.message, "m has worked for 2 minutes. May it go on, up to 4?");
}

#[tokio::test]
async fn a_limit_on_money_says_for_how_long_it_would_be_raised_and_looks_again_once_it_was_set() {
    for (scope, subject, whose, until, day) in [
        ("day", "", "On 1970-01-04 (UTC) all work has cost", "for that day only", Some(3)),
        ("endpoint", "e", "On 1970-01-04 (UTC) the endpoint e has cost", "for that day only", Some(3)),
        ("project", "p", "This project has cost", "from now on", None),
        ("member", "p/m", "m's work on this project has cost", "from now on", None),
    ] {
        let run = Run::of(&[turn(&[WRITE]), turn(&[FINISH_DONE])].concat(), 1).await;
        run.clock.passes(3 * DAY);
        run.set_limit(scope, subject, 1_000_000).await;
        let (parked, interrupt) = run.asks().await;
        let says = &interrupt.message;
        assert!(says.starts_with(whose) && says.ends_with(&format!(", {until}?")), "{says}");
        assert!(says.contains("$0.000 of $0.001; the next call may cost $0.0"), "{says}");
        let limit: LimitReached = serde_json::from_value(interrupt.action["limit"].clone()).expect("a limit");
        assert_eq!((limit.scope.as_str(), limit.subject.as_str(), limit.day), (scope, subject, day));
        assert_eq!(interrupt.action_hash.map(|hash| hash.to_string()), Some(limit.hash()));
        run.set_limit(scope, subject, 2_000_000).await;
        run.answer(parked, LIMIT_CHANGED).await;
        let (parked, interrupt) = run.asks().await;
        assert!(interrupt.message.contains("of $0.002"), "still too little: {}", interrupt.message);
        run.set_limit(scope, subject, 2_000_000_000).await;
        run.answer(parked, LIMIT_CHANGED).await;
        let outcome = run.ends().await;
        assert!(matches!(outcome, RunOutcome::Done { .. }), "{scope}: there is room now: {outcome:?}");
    }
}
