//! Model agents, on a scripted endpoint: turns, tools, approvals, limits, restarts.

use std::collections::BTreeMap;

use cadre_core::intent::Intent;
use cadre_engine::{EndpointOffer, ProjectView};

use crate::support::{Bench, answer, swapped_for_a_link, until_some};

/// The shipped agent that may look, write and run programs.
const MEMBER: &str = "software-engineer";

/// Lets a script answer in place of a model. `turns` are the answers to the member's task, in TOML.
async fn enable(bench: &Bench, turns: &str) {
    enable_script(bench, &format!("[[conversation]]\nwhen = \"Where\"\n{turns}")).await;
}

async fn enable_script(bench: &Bench, conversations: &str) {
    let path = bench.root.path().join("script.toml");
    std::fs::write(&path, format!("label = \"test\"\n{conversations}")).expect("is written");
    let offer = EndpointOffer {
        kind: "scripted".into(),
        address: Some(path.display().to_string()),
        name: "Script".into(),
        models: vec!["scripted/test".into()],
        tiers: BTreeMap::new(),
        project: None,
        daily_limit: None,
    };
    bench.engine.enable_endpoint(offer, "owner", "test").await.expect("is enabled");
}

fn calls(view: &[cadre_engine::Said], role: &str) -> Vec<String> {
    view.iter().filter(|it| it.row.role == role).map(|it| it.text.clone()).collect()
}

fn written(view: &ProjectView, path: &str) -> Option<String> {
    std::fs::read_to_string(std::path::Path::new(&view.folder).join(path)).ok()
}

const WRITE: &str = r#"
[[conversation.turn]]
text = "I look first."
[[conversation.turn.call]]
tool = "list_files"
arguments = { place = "source", path = "" }
[[conversation.turn]]
text = "Now I write."
[[conversation.turn.call]]
tool = "write_file"
arguments = { path = "health-report.md", content = "All is well.\n" }
[[conversation.turn]]
[[conversation.turn.call]]
tool = "finish"
arguments = { summary = "The report is written.", done = true }
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_model_agent_looks_writes_and_is_done_by_evidence() {
    let bench = Bench::new().await;
    std::fs::write(bench.source().join("main.rs"), "fn main() {}\n").expect("is written");
    enable(&bench, WRITE).await;
    let project = bench.start_one_step(MEMBER).await;
    let view = bench.project_with_status(&project, "completed").await;
    assert_eq!(written(&view, "health-report.md").as_deref(), Some("All is well.\n"));
    assert_eq!(view.steps[0].summary.as_deref(), Some("The report is written."));
    assert_eq!(view.steps[0].runs, 1);
    let said = bench.engine.conversation(&project, None, 100).await.expect("reads");
    assert_eq!(calls(&said, "agent"), ["I look first.", "Now I write.", ""]);
    assert_eq!(calls(&said, "tool"), ["main.rs (13 bytes)", "written: health-report.md (13 bytes)"]);
    assert_eq!(calls(&said, "task").len(), 1, "what it was told is part of the conversation");
    let spent = bench.engine.spend(&project).await.expect("reads");
    assert_eq!(spent.len(), 3, "each turn is booked");
    assert!(
        spent.iter().all(|call| call.row.status == "known" && call.row.charged == 0),
        "a script costs nothing"
    );
    assert_eq!(spent[0].receipt["provider"], "scripted", "and says what it is");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_waits_for_a_person_and_a_restart_asks_no_turn_twice() {
    let bench = Bench::new().await;
    let turns = r#"
[[conversation.turn]]
text = "I check."
[[conversation.turn.call]]
tool = "run_command"
arguments = { program = "true", args = [] }
[[conversation.turn]]
[[conversation.turn.call]]
tool = "write_file"
arguments = { path = "health-report.md", content = "Checked.\n" }
[[conversation.turn]]
[[conversation.turn.call]]
tool = "finish"
arguments = { summary = "Checked.", done = true }
"#;
    enable(&bench, turns).await;
    let project = bench.start_one_step(MEMBER).await;
    bench.item("approval").await;
    let bench = bench.reopen().await;
    let item = bench.item("approval").await;
    assert_eq!(
        bench.engine.spend(&project).await.expect("reads").len(),
        1,
        "the first turn is not asked again"
    );
    bench.decide(&item, "approve").await;
    let view = bench.project_with_status(&project, "completed").await;
    assert_eq!(written(&view, "health-report.md").as_deref(), Some("Checked.\n"));
    assert_eq!(bench.engine.spend(&project).await.expect("reads").len(), 3);
    let said = bench.engine.conversation(&project, None, 100).await.expect("reads");
    assert!(calls(&said, "tool")[0].starts_with("exit code 0"), "{:?}", calls(&said, "tool"));
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_does_not_run_where_a_link_leads_that_came_after_the_approval() {
    let bench = Bench::new().await;
    let turns = r#"
[[conversation.turn]]
[[conversation.turn.call]]
tool = "run_command"
arguments = { program = "touch", args = ["acted"] }
[[conversation.turn]]
[[conversation.turn.call]]
tool = "finish"
arguments = { summary = "I may not.", done = false }
"#;
    enable(&bench, turns).await;
    let project = bench.start_one_step(MEMBER).await;
    let item = bench.item("approval").await;
    let folder = bench.engine.project(&project).await.expect("reads").folder;
    let elsewhere = swapped_for_a_link(folder.as_ref(), bench.root.path());
    bench.decide(&item, "approve").await;
    bench.item("failure").await;
    let said = bench.engine.conversation(&project, None, 100).await.expect("reads");
    let told = calls(&said, "tool").remove(0);
    assert!(told.contains("was approved, and it leads to "), "the model is told why: {told}");
    assert!(!elsewhere.join("acted").exists(), "it did not run there");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_and_a_tool_that_was_not_granted_are_answers_to_the_model() {
    let bench = Bench::new().await;
    let turns = r#"
[[conversation.turn]]
[[conversation.turn.call]]
tool = "send_mail"
arguments = { to = "everybody" }
[[conversation.turn.call]]
tool = "read_file"
arguments = { place = "project", path = "../../.cadre/cadre.sqlite" }
[[conversation.turn.call]]
tool = "run_command"
arguments = { program = "true", args = [] }
[[conversation.turn]]
[[conversation.turn.call]]
tool = "finish"
arguments = { summary = "I may not.", done = false }
"#;
    enable(&bench, turns).await;
    let project = bench.start_one_step(MEMBER).await;
    let item = bench.item("approval").await;
    let mut no = answer(&item, "deny");
    no.text = Some("not today".into());
    bench.engine.decide(no).await.expect("is taken");
    let failure = bench.item("failure").await;
    assert!(failure.message.contains("I may not."), "what it said reaches the person: {}", failure.message);
    let said = bench.engine.conversation(&project, None, 100).await.expect("reads");
    let [mail, outside, run] = calls(&said, "tool").try_into().expect("three tools answered");
    assert_eq!(mail, "there is no tool `send_mail`");
    assert!(!outside.contains("SQLite"), "nothing outside the folder is read: {outside}");
    assert!(run.contains("not today"), "the reason reaches the model: {run}");
    bench.decide(&failure, "abort").await;
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_stops_at_its_turns_and_goes_on_when_a_person_raises_them() {
    let bench = Bench::new().await;
    let look = "[[conversation.turn]]\n[[conversation.turn.call]]\ntool = \"list_files\"\narguments = { place = \"project\", path = \"\" }\n";
    let turns = format!("{}{WRITE}", look.repeat(50));
    enable(&bench, &turns).await;
    let project = bench.start_one_step(MEMBER).await;
    let item = until_some(&bench.engine, || async {
        bench.engine.inbox().await.expect("reads").into_iter().find(|item| item.reason == "limit")
    })
    .await;
    assert_eq!(item.detail["limit"]["scope"], "turns", "{item:?}");
    let used: usize = item.detail["limit"]["used"].as_str().and_then(|it| it.parse().ok()).expect("a number");
    assert!(used <= 50, "whatever its file says, fifty turns are the most: {used}");
    assert_eq!(
        bench.engine.spend(&project).await.expect("reads").len(),
        used,
        "nothing is asked beyond the limit"
    );
    let mut stale = answer(&item, "raise");
    stale.action_hash = Some("00".repeat(32));
    assert!(bench.engine.decide(stale).await.is_err(), "what is raised is exactly what was shown");
    bench.decide(&item, "raise").await;
    let mut view = bench.engine.project(&project).await.expect("reads");
    while view.status != "completed" {
        // An agent whose file allows fewer turns asks more than once.
        let more = until_some(&bench.engine, || async {
            let view = bench.engine.project(&project).await.expect("reads");
            let open = bench.engine.inbox().await.expect("reads").into_iter().find(|it| it.reason == "limit");
            (open.is_some() || view.status == "completed").then_some((open, view))
        })
        .await;
        view = more.1;
        if let Some(item) = more.0 {
            bench.decide(&item, "raise").await;
        }
    }
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_reads_requests_and_plans_them_and_its_errors_are_mended_or_shown() {
    let bench = Bench::new().await;
    let plan = |assignee: &str| {
        serde_json::json!({
            "title": "A thank-you note", "summary": "One letter.", "complexity": 2, "horizon": "hours",
            "folder": "none", "assumptions": ["One page is enough"], "risks": [],
            "steps": [{
                "id": "write", "title": "Write the note", "needs": ["copywriting"], "assignee": assignee,
                "human": "approval", "instructions": "Write it.", "depends_on": [],
                "minutes": 20, "minutes_low": 10, "minutes_high": 40, "cost_usd": 0.05,
                "evidence": [{ "kind": "file_exists", "value": "note.md", "note": "" }],
            }],
        })
        .to_string()
    };
    let reading = serde_json::json!({
        "intent": "CREATE_PROJECT", "confidence": 0.93, "department": "marketing", "complexity": 3,
        "horizon": "hours", "question": "", "answers": [], "answer": "",
    });
    let mut answer = reading.clone();
    answer["intent"] = "DIRECT_RESPONSE".into();
    answer["answer"] = "Twelve.".into();
    let turn = |text: &str| format!("[[conversation.turn]]\ntext = '''{text}'''\n");
    let script = format!(
        "[[conversation]]\nwhen = \"Department:\"\n{}{}[[conversation]]\nwhen = \"a dozen\"\n{}[[conversation]]\nwhen = \"Members:\"\n{}",
        turn(&plan("nobody-at-all")),
        turn(&plan("content")),
        turn(&answer.to_string()),
        turn(&reading.to_string()),
    );
    enable_script(&bench, &script).await;
    let filed = bench
        .engine
        .file_request("zxqv thank our first customers wholeheartedly", None, "owner", "test")
        .await
        .expect("files");
    assert_eq!(filed.reading.reader, "model:scripted/test", "it says who read it");
    assert_eq!((filed.reading.department.as_str(), filed.reading.complexity), ("marketing", 3));
    let (project, _, plan) = bench.engine.plan_request(&filed.id, "owner").await.expect("plans");
    assert_eq!(plan.planner, "model:scripted/test");
    assert_eq!(plan.steps[0].assignee.as_deref(), Some("content"), "the unknown member was mended");
    assert_eq!(bench.engine.plan_problems(&plan).await.expect("reads"), []);
    let _ = project;

    let asked =
        bench.engine.file_request("How many are a dozen?", None, "owner", "test").await.expect("files");
    assert_eq!(asked.reading.answer.as_deref(), Some("Twelve."), "a question is answered at once");
    let kept = bench.engine.request(&asked.id).await.expect("reads").reading.expect("it was read");
    assert_eq!(kept, asked.reading, "the answer is part of the record");
    let other = Intent::Delegate;
    let corrected = bench.engine.correct_reading(&asked.id, other, "owner").await.expect("is corrected");
    assert_eq!(corrected.answer, None, "what is no question has no answer");
    bench.assert_verifies().await;
}
