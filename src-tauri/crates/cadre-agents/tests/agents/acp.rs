//! Agent programs: a scripted one behind real walls, good and broken.

use std::path::Path;
use std::time::Duration;

use cadre_agents::acp::{Event, Events, Launch, Session, open, search_places};
use cadre_agents::command::{CommandSpec, ContainmentLevel, probe, resolve_program};
use tokio_util::sync::CancellationToken;

use crate::harness::Project;

const SCRIPT: &str = include_str!("fake_acp_agent.mjs");

/// A program that runs, and what drives it.
struct Running {
    session: Session,
    events: tokio::sync::Mutex<Events>,
    cancelled: CancellationToken,
    driver: tokio::task::JoinHandle<()>,
}

fn launch(project: &Project, scenario: &str) -> Launch {
    let script = project.file("agent/fake.mjs", SCRIPT);
    let node = resolve_program("node", &search_places(), Path::new("/"), Path::new("/nonexistent"));
    let mut spec =
        CommandSpec::new(node.expect("the tests of this repository need Node").real_path, project.path());
    spec.args = vec![script.to_string_lossy().into(), scenario.to_owned()];
    spec.read_write = vec![project.path().to_owned()];
    spec.grace = Duration::from_millis(200);
    Launch {
        name: "fake".into(),
        spec,
        folder: project.path().to_owned(),
        sign_in: "Or do this.".into(),
        idle_limit: Duration::from_secs(30),
        output_limit: 64 * 1024 * 1024,
    }
}

#[expect(clippy::disallowed_methods, reason = "a test is the owner of what it starts")]
fn run(project: &Project, launch: Launch) -> Running {
    let cancelled = CancellationToken::new();
    let (session, events, driver) = open(launch, project.confinement(), cancelled.clone());
    let driver = tokio::task::spawn(driver);
    session.prompt("go");
    Running { session, events: events.into(), cancelled, driver }
}

impl Running {
    async fn next(&self) -> Event {
        let mut events = self.events.lock().await;
        tokio::time::timeout(Duration::from_secs(60), events.next()).await.expect("an event comes")
    }

    /// The first event of which `wanted` makes something.
    async fn until<T>(&self, wanted: impl Fn(Event) -> Option<T>) -> T {
        loop {
            let event = self.next().await;
            let failed = matches!(event, Event::Failed { .. });
            let shown = format!("{event:?}");
            if let Some(found) = wanted(event) {
                return found;
            }
            assert!(!failed, "the session ended before that: {shown}");
        }
    }

    async fn failure(&self) -> String {
        self.until(|event| match event {
            Event::Failed { category, message } => Some(format!("{category}: {message}")),
            _ => None,
        })
        .await
    }
}

fn message(event: Event) -> Option<String> {
    match event {
        Event::Message { text } => Some(text),
        _ => None,
    }
}

fn level() -> ContainmentLevel {
    probe().level
}

#[tokio::test]
async fn a_turn_comes_out_as_whole_messages_tools_and_a_question() {
    let project = Project::new(level());
    let running = run(&project, launch(&project, "works"));
    assert_eq!(
        running.next().await,
        Event::Ready { agent: "fake".into(), version: "1.2.3".into(), session: "s1".into() }
    );
    assert_eq!(running.next().await, Event::Message { text: "Hello".into() }, "pieces are put together");
    assert!(matches!(running.next().await, Event::Plan { entries } if entries[0].content == "write"));
    assert!(matches!(running.next().await, Event::Tool { tool } if tool.status == "in_progress"));
    let Event::Permission { request, tool } = running.next().await else { panic!("it asks leave") };
    assert_eq!(
        (tool.kind.as_str(), tool.title.as_str()),
        ("edit", "Write a.txt"),
        "known from the call before"
    );
    assert_eq!(tool.diffs[0].path, "a.txt", "relative to the project's folder");
    assert_eq!((tool.diffs[0].before.as_deref(), tool.diffs[0].after.as_str()), (None, "new\n"));
    assert!(running.session.permit(request, true), "it waits for the answer");
    assert!(!running.session.permit(request, true), "an answer counts once");
    assert!(matches!(running.next().await, Event::Tool { tool } if tool.status == "completed"));
    let said = running.until(message).await;
    assert_eq!(said, r#"{"outcome":"selected","optionId":"now"}"#, "for this once, never for always");
    let Event::TurnEnded { stop, tokens, cost } = running.next().await else { panic!("the turn ends") };
    assert_eq!((stop.as_str(), tokens.map(|it| (it.input, it.output))), ("end_turn", Some((7, 5))));
    assert_eq!(cost.map(|cost| cost.currency).as_deref(), Some("USD"));
    drop(running.session);
    running.driver.await.expect("without an owner the program ends");
}

#[tokio::test]
async fn a_refusal_reaches_the_program() {
    let project = Project::new(level());
    let running = run(&project, launch(&project, "works"));
    let request = running
        .until(|event| match event {
            Event::Permission { request, .. } => Some(request),
            _ => None,
        })
        .await;
    assert!(running.session.permit(request, false));
    let said = running.until(|event| message(event).filter(|text| text != "Hello")).await;
    assert_eq!(said, r#"{"outcome":"selected","optionId":"no"}"#);
}

#[tokio::test]
async fn files_are_reached_beneath_the_folder_only() {
    let project = Project::new(level());
    project.file("in.txt", "one\ntwo\nthree\n");
    let running = run(&project, launch(&project, "files"));
    let write = running
        .until(|event| match event {
            Event::Write { request, path, content } => Some((request, path, content)),
            _ => None,
        })
        .await;
    assert_eq!((write.1.as_str(), write.2.as_str()), ("sub/out.txt", "out"));
    assert!(running.session.written(write.0, Ok(())));
    assert_eq!(running.until(message).await, "two\n|refused|done|refused");
}

#[tokio::test]
async fn what_it_uses_is_heard_as_it_says_it_and_its_turn_can_be_ended() {
    let project = Project::new(level());
    let running = run(&project, launch(&project, "spends"));
    let used = |event: Event| match event {
        Event::Used { context, cost, .. } => Some((context, cost.map(|cost| cost.amount))),
        _ => None,
    };
    assert_eq!(running.until(used).await, (900, Some(0.5)), "in the middle of a turn");
    let Event::Permission { request, .. } = running.next().await else { panic!("it asks leave") };
    running.session.cancel();
    let ended = |event: Event| match event {
        Event::TurnEnded { stop, tokens, .. } => Some((stop, tokens.map(|tokens| tokens.input))),
        _ => None,
    };
    assert_eq!(running.until(ended).await, ("cancelled".into(), Some(7)), "with what it used until then");
    assert!(
        !running.session.permit(request, true),
        "what it had asked was answered with the end of the turn"
    );
    running.session.prompt("go on");
    assert_eq!(running.until(used).await, (1800, Some(1.0)), "it takes another turn");

    let running = run(&project, launch(&project, "silent"));
    drop(running.session);
    running.driver.await.expect("in the middle of a turn too, it ends without an owner");
}

#[tokio::test]
async fn a_broken_program_is_ended_with_the_reason() {
    let start = "`fake`";
    let rows = [
        (
            "garbage",
            format!(
                "validation_error: {start} printed something that is not the protocol: \"warning: something happened\""
            ),
        ),
        ("long", format!("resource_exhausted: {start} sent a line of more than 16777216 bytes")),
        ("much", format!("resource_exhausted: {start} said more than 67108864 bytes in all")),
        (
            "exits",
            format!("agent_unavailable: {start} ended in the middle of its work (exit code 3): out of luck"),
        ),
        (
            "old",
            format!(
                "validation_error: {start} answered with an error: Invalid request \"unsupported ACP protocol version 0; \
                 this endpoint only supports ACP protocol version 1\""
            ),
        ),
        (
            "signed_out",
            format!(
                "authorization_error: {start} is installed, but not signed in. Log in: Run `fake login`. Or do this."
            ),
        ),
        ("overloaded", format!("resource_exhausted: {start} answered with an error: rate limit reached")),
    ];
    for (scenario, expected) in rows {
        let project = Project::new(level());
        let running = run(&project, launch(&project, scenario));
        assert_eq!(running.failure().await, expected, "{scenario}");
        assert_eq!(running.failure().await, expected, "the reason stays");
        running.driver.await.expect("the program is gone");
    }
}

#[tokio::test]
async fn silence_and_stops_end_a_program_that_does_not_go_by_itself() {
    let project = Project::new(level());
    let mut quiet = launch(&project, "silent");
    quiet.idle_limit = Duration::from_millis(300);
    let running = run(&project, quiet);
    assert_eq!(running.failure().await, "timeout: `fake` fell silent for 0 s");
    running.driver.await.expect("the program is gone");

    let running = run(&project, launch(&project, "mute"));
    running.cancelled.cancel();
    assert_eq!(running.failure().await, "user_cancelled: `fake` was stopped");
    running.driver.await.expect("the program is gone");
}

#[tokio::test]
async fn the_time_of_a_person_does_not_count() {
    let project = Project::new(level());
    let mut launch = launch(&project, "works");
    launch.idle_limit = Duration::from_secs(4);
    let running = run(&project, launch);
    let request = running
        .until(|event| match event {
            Event::Permission { request, .. } => Some(request),
            _ => None,
        })
        .await;
    let waited = tokio::time::timeout(Duration::from_secs(6), running.events.lock().await.next()).await;
    assert!(waited.is_err(), "nothing happens while a person thinks: {waited:?}");
    assert!(running.session.permit(request, true));
    assert!(running.until(message).await.contains("now"), "and it goes on afterwards");
}

/// Input and output of the next turn, as its own.
async fn turn(running: &Running) -> Option<(u64, u64)> {
    running
        .until(|event| match event {
            Event::TurnEnded { tokens, .. } => Some(tokens.map(|tokens| (tokens.input, tokens.output))),
            _ => None,
        })
        .await
}

#[tokio::test]
async fn what_a_turn_used_is_its_own_whichever_way_it_is_said() {
    for (scenario, turns) in
        [("totals", [(100, 20), (100, 20), (100, 20)]), ("counts", [(100, 40), (100, 30), (100, 20)])]
    {
        let project = Project::new(level());
        let running = run(&project, launch(&project, scenario));
        for (number, expected) in turns.into_iter().enumerate() {
            assert_eq!(turn(&running).await, Some(expected), "{scenario}, turn {number}");
            running.session.prompt("go on");
        }
        drop(running.session);
        running.driver.await.expect("without an owner the program ends");
    }
}

#[tokio::test]
async fn what_is_said_after_the_end_of_a_turn_is_said_of_that() {
    let project = Project::new(level());
    let running = run(&project, launch(&project, "late"));
    assert_eq!(turn(&running).await, None, "it does not say so with its turn");
    assert!(!running.session.is_in_a_turn());
    project.file("over", "");
    assert_eq!(running.next().await, Event::Used { context: 900, cost: None, late: true });
    drop(running.session);
    running.driver.await.expect("without an owner the program ends");
}
