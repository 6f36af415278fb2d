//! The scripted agent program, with a line to the test that breaks when its process is gone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use cadre_agents::acp::search_places;
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
