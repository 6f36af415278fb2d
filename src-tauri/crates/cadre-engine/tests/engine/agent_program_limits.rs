//! The hard limits on agent programs: what they say that they used is booked as they say it, and a limit stops them
//! inside of their run. The scripted one uses half a dollar and 900 tokens of context in each turn, then asks for leave.

use std::sync::atomic::Ordering;

use cadre_core::effect::Action;
use cadre_engine::{Decision, InboxItem};

use crate::support::{Bench, answer, until, until_some};

const DOLLAR: i64 = 1_000_000_000;

/// Money in nano-dollars, tokens in, tokens out, and whether they were said or assumed.
async fn booked(bench: &Bench, project: &str) -> Vec<(i64, i64, i64, String)> {
    let spend = bench.engine.store().spend_of_project(project).await.expect("reads");
    let row = |it: &cadre_store::aggregates::spend::SpendRow| {
        (it.charged, it.input.unwrap_or_default(), it.output.unwrap_or_default(), it.status.clone())
    };
    spend.iter().map(row).collect()
}

fn row(charged: i64, input: i64, output: i64, status: &str) -> (i64, i64, i64, String) {
    (charged, input, output, status.to_owned())
}

/// The item of this kind that is not `before`.
async fn another(bench: &Bench, reason: &str, before: &InboxItem) -> InboxItem {
    until_some(&bench.engine, || async {
        let items = bench.engine.inbox().await.expect("reads");
        items.into_iter().find(|item| item.reason == reason && item.id != before.id)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_limit_on_money_it_is_stopped_inside_its_turn_and_a_person_is_asked() {
    let bench = Bench::new().await;
    bench.add_agent_program("coder", "spends").await;
    let project = bench.start_one_step("coder").await;
    let start = bench.item("approval").await;
    bench.engine.set_budget(Some(&project), 3 * DOLLAR / 10, "owner").await.expect("is set");
    bench.decide(&start, "approve").await;

    let limit = bench.item("limit").await;
    assert!(limit.message.starts_with("This project has cost $0.500 of $0.300"), "{}", limit.message);
    let first = [row(DOLLAR / 2, 0, 0, "known"), row(0, 7, 5, "known")];
    assert_eq!(booked(&bench, &project).await, first, "booked before anybody is asked");
    bench.decide(&limit, "raise").await;

    let again = another(&bench, "limit", &limit).await;
    assert!(again.message.starts_with("This project has cost $1.000 of $1.000"), "{}", again.message);
    let stop = Decision { text: Some("enough".into()), ..answer(&again, "stop") };
    bench.engine.decide(stop).await.expect("is taken");
    let failed = bench.item("failure").await;
    assert!(failed.message.ends_with("stopped at its limit: enough"), "{}", failed.message);
    assert_eq!(booked(&bench, &project).await, [&first[..], &first[..]].concat(), "what was used counts");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_in_which_a_person_thinks_is_no_minute_of_its_work() {
    let (bench, ahead) = Bench::with_clock().await;
    bench.add_agent_program_with("coder", "edits", "limits: { wall_minutes: 5 }\n").await;
    let project = bench.start_one_step("coder").await;
    let start = bench.item("approval").await;
    ahead.fetch_add(3_600_000_000, Ordering::Relaxed);
    bench.decide(&start, "approve").await;
    let asked = another(&bench, "approval", &start).await;
    ahead.fetch_add(3_600_000_000, Ordering::Relaxed);
    let text = Some("use another name".to_owned());
    bench.engine.decide(Decision { text, ..answer(&asked, "changes") }).await.expect("is taken");
    // What was said begins another turn, before which its limits are looked at.
    let done = until_some(&bench.engine, || async {
        let asks = bench.engine.inbox().await.expect("reads").into_iter().find(|it| it.reason == "limit");
        assert!(asks.is_none(), "an hour of a person is none of the program: {asks:?}");
        let view = bench.engine.project(&project).await.expect("reads");
        (view.status == "completed").then_some(view)
    })
    .await;
    assert!(done.steps[0].summary.as_ref().is_some_and(|said| said.starts_with("Understood")));
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_room_it_is_not_even_started() {
    let bench = Bench::new().await;
    bench.engine.set_budget(None, 0, "owner").await.expect("is set");
    bench.add_agent_program("coder", "spends").await;
    let project = bench.start_one_step("coder").await;
    let limit = bench.item("limit").await;
    assert!(limit.message.contains("all work has cost $0.000 of $0.000"), "{}", limit.message);
    assert!(bench.engine.effects(&project).await.expect("reads").is_empty(), "nothing was begun");
    bench.decide(&limit, "stop").await;
    bench.item("failure").await;
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_its_tokens_it_is_stopped_inside_its_turn_too() {
    let bench = Bench::new().await;
    bench.add_agent_program_with("coder", "spends", "limits: { tokens: 800 }\n").await;
    let project = bench.start_one_step("coder").await;
    bench.decide(&bench.item("approval").await, "approve").await;
    let limit = bench.item("limit").await;
    assert_eq!(limit.message, "coder has used 900 tokens. May it go on, up to 1600?");
    let asked = bench.engine.inbox().await.expect("reads");
    assert_eq!(asked.len(), 1, "what it wanted in that turn is not asked any more: {asked:?}");
    bench.decide(&limit, "raise").await;
    let again = another(&bench, "limit", &limit).await;
    assert_eq!(again.message, "coder has used 1800 tokens. May it go on, up to 3200?");
    bench.decide(&again, "raise").await;
    let asked = until_some(&bench.engine, || async {
        let items = bench.engine.inbox().await.expect("reads");
        items.into_iter().find(|item| matches!(item.action, Some(Action::AgentTool { .. })))
    })
    .await;
    bench.decide(&asked, "approve").await;
    let unknown = bench.item("unknown_outcome").await; // it never said what came of that
    bench.decide(&unknown, "did_not").await;
    bench.project_with_status(&project, "completed").await;
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_used_is_booked_also_when_it_is_stopped_in_the_middle_of_a_turn() {
    let bench = Bench::new().await;
    bench.add_agent_program("coder", "spends").await;
    let project = bench.start_one_step("coder").await;
    let start = bench.item("approval").await;
    bench.decide(&start, "approve").await;
    another(&bench, "approval", &start).await;
    let rows = [row(DOLLAR / 2, 0, 0, "known"), row(0, 900, 0, "assumed")];
    assert_eq!(
        booked(&bench, &project).await,
        rows,
        "on record as it says so, whatever becomes of it and of us"
    );
    let killed = bench.as_if_killed().await;
    assert_eq!(booked(&killed, &project).await, rows, "a host that was killed has it");
    killed.decide(&another(&killed, "approval", &start).await, "approve").await;
    let failed = killed.item("failure").await;
    assert!(failed.message.contains("trying again starts it anew"), "{}", failed.message);
    assert_eq!(booked(&killed, &project).await, rows, "and once, when it is carried on");
    killed.assert_verifies().await;
    bench.engine.stop_everything("owner").await.expect("stops");
    let bench = bench.reopen_looking().await;
    assert_eq!(booked(&bench, &project).await, rows, "a stop adds nothing");
    bench.assert_verifies().await;
}

/// A program that asks leave and works on, with its question open.
async fn asks_and_goes_on(bench: &Bench, more: &str) -> (String, std::path::PathBuf, InboxItem) {
    bench.add_agent_program_with("coder", "goes_on", more).await;
    let project = bench.start_one_step("coder").await;
    let start = bench.item("approval").await;
    bench.decide(&start, "approve").await;
    let asked = another(bench, "approval", &start).await;
    let folder = bench.engine.project(&project).await.expect("reads").folder;
    (project, folder.into(), asked)
}

/// The turn is ended while the question is still open; who answers it then is asked about the limit.
async fn is_ended_with_its_question_open(bench: &Bench, project: &str, asked: &InboxItem) -> InboxItem {
    let ended = |rows: &[(i64, i64, i64, String)]| rows.last() == Some(&row(0, 7, 5, "known"));
    until(&bench.engine, || async { ended(&booked(bench, project).await) }).await;
    let open = bench.engine.inbox().await.expect("reads");
    assert_eq!(open.iter().map(|item| &item.id).collect::<Vec<_>>(), [&asked.id], "nobody has answered");
    bench.decide(asked, "approve").await;
    let limit = bench.item("limit").await;
    let effects = bench.engine.effects(project).await.expect("reads");
    let tool = effects.iter().find(|it| matches!(it.action, Action::AgentTool { .. }));
    assert_eq!(tool.expect("it was intended").status, "failed", "the program hears no late yes");
    limit
}

#[tokio::test(flavor = "multi_thread")]
async fn over_a_limit_on_money_it_is_stopped_while_its_question_is_open() {
    let bench = Bench::new().await;
    let (project, folder, asked) = asks_and_goes_on(&bench, "").await;
    bench.engine.set_budget(Some(&project), 3 * DOLLAR / 10, "owner").await.expect("is set");
    std::fs::write(folder.join("uses"), "").expect("is written");
    let limit = is_ended_with_its_question_open(&bench, &project, &asked).await;
    assert!(limit.message.starts_with("This project has cost $0.500 of $0.300"), "{}", limit.message);
    let rows = [row(DOLLAR / 2, 0, 0, "known"), row(0, 7, 5, "known")];
    assert_eq!(booked(&bench, &project).await, rows, "what was assumed gave way to what was said");
    bench.decide(&limit, "stop").await;
    bench.item("failure").await;
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_its_tokens_it_is_stopped_while_its_question_is_open() {
    let bench = Bench::new().await;
    let (project, folder, asked) = asks_and_goes_on(&bench, "limits: { tokens: 800 }\n").await;
    std::fs::write(folder.join("uses"), "").expect("is written");
    let limit = is_ended_with_its_question_open(&bench, &project, &asked).await;
    assert_eq!(limit.message, "coder has used 900 tokens. May it go on, up to 1600?");
    bench.decide(&limit, "stop").await;
    bench.item("failure").await;
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_in_which_it_goes_on_while_a_person_thinks_is_its_own() {
    let (bench, ahead) = Bench::with_clock().await;
    let (project, folder, asked) = asks_and_goes_on(&bench, "limits: { wall_minutes: 5 }\n").await;
    ahead.fetch_add(3_600_000_000, Ordering::Relaxed);
    std::fs::write(folder.join("works"), "").expect("is written");
    let limit = is_ended_with_its_question_open(&bench, &project, &asked).await;
    assert_eq!(limit.message, "coder has worked for 60 minutes. May it go on, up to 61?");
    bench.decide(&limit, "stop").await;
    bench.item("failure").await;
    bench.assert_verifies().await;
}
