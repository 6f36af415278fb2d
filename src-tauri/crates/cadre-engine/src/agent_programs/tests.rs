//! The scripted agent program, with a line to the test that breaks when its process is gone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cadre_agents::acp::{Cost, Tokens, search_places};
use cadre_agents::command::{CommandSpec, find_beside_current_exe, probe, resolve_program};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::gateway::Purpose;
use crate::shared::Shared;

const SCRIPT: &str = include_str!("../../../cadre-agents/tests/agents/fake_acp_agent.mjs");

async fn started(shared: &Shared, run: &str, folder: &Path) -> TcpStream {
    let programs = &shared.programs;
    let line = TcpListener::bind("127.0.0.1:0").await.expect("a port of this machine");
    let port = line.local_addr().expect("it is bound").port().to_string();
    let script = folder.join("fake.mjs");
    std::fs::write(&script, SCRIPT).expect("is written");
    let node = resolve_program("node", &search_places(), Path::new("/"), Path::new("/nonexistent"));
    let node = node.expect("the tests of this repository need Node").real_path;
    let mut spec = CommandSpec::new(node, folder);
    spec.args = vec![script.to_string_lossy().into(), "silent".into(), port];
    spec.read_write = vec![folder.to_owned()];
    spec.network = true;
    spec.grace = Duration::from_millis(200);
    let launch = Launch {
        name: "fake".into(),
        spec,
        folder: folder.to_owned(),
        sign_in: String::new(),
        idle_limit: Duration::from_secs(60),
        output_limit: 1024 * 1024,
    };
    let exec_program = find_beside_current_exe("cadre-exec").expect("build cadre-exec first");
    let confinement = Confinement { exec_program, level: probe().level, hidden: Vec::new() };
    let account = Account::new(shared, run, Purpose::default(), "fake");
    programs.start(run, launch, confinement, &CancellationToken::new(), account);
    let (stream, _) = line.accept().await.expect("the program calls");
    let ready = programs.next(run).await;
    assert!(matches!(ready, Event::Ready { .. }), "{ready:?}");
    programs.session(run).expect("it runs").prompt("go"); // a turn that has no end
    stream
}

async fn gone(mut stream: TcpStream) {
    let mut said = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(30), stream.read_to_end(&mut said)).await;
    let _ended_or_reset = ended.expect("the program's process is gone");
}

#[tokio::test]
async fn a_program_ends_with_its_run_in_the_middle_of_a_turn_too() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder: PathBuf = folder.path().canonicalize().expect("it is there");
    let shared = Shared::for_tests(&folder).await;
    let programs = &shared.programs;
    let (first, other) = (started(&shared, "r1", &folder).await, started(&shared, "r2", &folder).await);

    KeptAlive::of(programs, "r1").waits = true;
    assert!(programs.session("r1").is_some(), "while a person thinks, it waits");
    drop(KeptAlive::of(programs, "r1"));
    gone(first).await;
    let failed = programs.next("r1").await;
    assert!(matches!(failed, Event::Failed { .. }), "{failed:?}");
    assert!(programs.session("r2").is_some(), "another run's program goes on");

    let again = started(&shared, "r2", &folder).await;
    gone(other).await;
    assert!(programs.session("r2").is_some(), "the end of the one before takes nothing from the new one");
    programs.let_go("r2");
    gone(again).await;
}

fn used(context: u64, dollars: f64, late: bool) -> Event {
    Event::Used { context, cost: Some(Cost { amount: dollars, currency: "USD".into() }), late }
}

fn ended(tokens: Option<(u64, u64)>) -> Event {
    let tokens = tokens.map(|(input, output)| Tokens { input, output, ..Tokens::default() });
    Event::TurnEnded { stop: "end_turn".into(), tokens, cost: None }
}

/// What is booked of a session that said this: cents, input, output and status of each spend.
async fn booked(said: &[Event]) -> Vec<(i64, i64, i64, String)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let shared = Shared::for_tests(folder.path()).await;
    let mut account = Account::new(&shared, "e", Purpose::default(), "fake");
    for event in said {
        account.hear(event).await.expect("the store takes it");
    }
    let rows = shared.store.spend_of_effect("e").await.expect("reads");
    let findings = shared.store.verify().await.expect("can be looked at").findings;
    assert_eq!(findings, [], "what is settled anew is in the record");
    let row = |it: cadre_store::aggregates::spend::SpendRow| {
        (it.charged / 10_000_000, it.input.unwrap_or(-1), it.output.unwrap_or(-1), it.status)
    };
    rows.into_iter().map(row).collect()
}

#[tokio::test]
async fn what_is_said_is_booked_once_in_whichever_order() {
    let row = |cents, input, output, status: &str| (cents, input, output, status.to_owned());
    let (known, assumed) = ("known", "assumed");
    for (why, said, expected) in [
        ("as it is said", vec![used(900, 0.5, false)], vec![row(50, 0, 0, known), row(0, 900, 0, assumed)]),
        (
            "the turn's end says more exactly",
            vec![used(900, 0.0, false), ended(Some((7, 5)))],
            vec![row(0, 7, 5, known)],
        ),
        (
            "after its end the context was counted, its cost was not",
            vec![used(900, 0.0, false), ended(Some((7, 5))), used(900, 0.5, true)],
            vec![row(0, 7, 5, known), row(50, 0, 0, known)],
        ),
        (
            "nobody said what the turn used",
            vec![used(900, 0.0, false), ended(None), used(900, 0.0, true), used(950, 0.0, true)],
            vec![row(0, 950, 0, assumed)],
        ),
        ("it is said late only", vec![ended(None), used(900, 0.0, true)], vec![row(0, 900, 0, assumed)]),
        ("nothing was sent yet", vec![used(900, 0.0, true)], vec![]),
        (
            "a turn more",
            vec![
                used(900, 0.0, false),
                ended(None),
                used(1800, 0.0, false),
                ended(Some((3, 2))),
                ended(Some((4, 1))),
            ],
            vec![row(0, 900, 0, assumed), row(0, 3, 2, known), row(0, 4, 1, known)],
        ),
        (
            "a turn that was stopped",
            vec![used(900, 0.0, false), used(700, 0.0, false)],
            vec![row(0, 900, 0, assumed)],
        ),
        (
            "it said that it used nothing",
            vec![used(900, 0.0, false), ended(Some((0, 0)))],
            vec![row(0, 0, 0, known)],
        ),
    ] {
        assert_eq!(booked(&said).await, expected, "{why}");
    }
}
