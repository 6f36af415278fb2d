//! What a person is shown before deciding, and afterwards.

use cadre_engine::Before;
use cadre_engine::diff::DiffLine;

use crate::support::{Bench, answer};

/// A program that proposes to replace one file.
const PROPOSES: &str = r#"cat >/dev/null
printf '{"contract":1,"summary":"done","data":{},"files":[{"path":"out.txt","media_type":"text/plain","content":"one\\nTWO\\nthree\\n"}]}'"#;

async fn asked_to_replace(before: &[u8]) -> (Bench, String, cadre_engine::InboxItem) {
    let bench = Bench::new().await;
    bench.add_function_agent("writer", PROPOSES, "approvals: [write]\n").await;
    let project = bench.start_one_step("writer").await;
    let view = bench.engine.project(&project).await.expect("reads");
    let program = bench.item("approval").await;
    std::fs::write(std::path::Path::new(&view.folder).join("out.txt"), before).expect("is written");
    bench.decide(&program, "approve").await;
    let item = bench.item("approval").await;
    (bench, view.folder, item)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_file_is_shown_line_by_line_and_a_stale_one_is_said() {
    let (bench, folder, item) = asked_to_replace(b"one\ntwo\nthree\n").await;
    let change = bench.engine.proposed_changes(&item.id).await.expect("reads").remove(0);
    assert_eq!((change.before, change.diff.added, change.diff.removed), (Before::Text, 1, 1));
    let removed = DiffLine::Removed { old: 2, text: "two".into(), open: false };
    assert!(change.diff.lines.contains(&removed), "{:?}", change.diff.lines);
    assert_eq!(item.project_title.as_deref(), Some("Review a repository and write a health report"));
    assert!(item.step_title.is_some() && item.run.is_some(), "it says where it comes from");

    let file = std::path::Path::new(&folder).join("out.txt");
    std::fs::write(&file, "somebody else").expect("is written");
    let stale = bench.engine.proposed_changes(&item.id).await.expect("reads").remove(0);
    assert!(matches!(stale.before, Before::Changed { found: Some(_) }), "{:?}", stale.before);
    assert_eq!(stale.diff.removed, 0, "what it was not proposed for is not compared");
    std::fs::remove_file(&file).expect("is removed");
    let gone = bench.engine.proposed_changes(&item.id).await.expect("reads").remove(0);
    assert_eq!(gone.before, Before::Changed { found: None });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_text_or_too_large_is_said_and_not_compared() {
    let (bench, _, item) = asked_to_replace(b"\0\xff").await;
    let change = bench.engine.proposed_changes(&item.id).await.expect("reads").remove(0);
    assert_eq!((change.before, change.diff.added), (Before::NotText { bytes: 2 }, 3));
    let (bench, _, item) = asked_to_replace(&vec![b'a'; 1024 * 1024 + 1]).await;
    let change = bench.engine.proposed_changes(&item.id).await.expect("reads").remove(0);
    assert_eq!(change.before, Before::TooLarge { bytes: 1024 * 1024 + 1 });
}

#[tokio::test(flavor = "multi_thread")]
async fn afterwards_an_effect_still_shows_what_it_changed_and_where_it_belongs() {
    let (bench, _, item) = asked_to_replace(b"one\ntwo\nthree\n").await;
    let project = item.project.clone().expect("it belongs to a project");
    bench.decide(&item, "approve").await;
    bench.project_with_status(&project, "completed").await;
    let effects = bench.engine.effects(&project).await.expect("reads");
    let write = effects.iter().find(|it| it.class == "write").expect("it is on record");
    assert_eq!((write.step.as_deref(), write.member.as_deref()), (Some("report"), Some("writer")));
    let change = bench.engine.effect_changes(&write.id).await.expect("reads").remove(0);
    assert_eq!((change.before, change.diff.added, change.diff.removed), (Before::Text, 1, 1));
    let run = effects.iter().find(|it| it.class == "run").expect("it is on record");
    assert_eq!(bench.engine.effect_changes(&run.id).await.expect("reads"), []);
    let detail = bench.engine.effect(&run.id).await.expect("reads");
    assert_eq!(detail.outcome["result"]["code"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_agent_is_shown_with_all_that_its_hash_covers() {
    let bench = Bench::new().await;
    bench.add_function_agent("writer", PROPOSES, "").await;
    let file = bench.engine.workspace().join("agents/engineering/writer.md");
    let text = std::fs::read_to_string(&file).expect("is there");
    std::fs::write(
        &file,
        text.replace("kind: function\n", "kind: function\ntools: [write_file]\nbudget_usd: 2.5\n"),
    )
    .expect("is written");
    bench.engine.read_agents().await.expect("reads");
    let item = bench.item("agent_change").await;
    let change = bench.engine.proposed_changes(&item.id).await.expect("reads").remove(0);
    let added: Vec<_> = change
        .diff
        .lines
        .iter()
        .filter_map(|line| match line {
            DiffLine::Added { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(added, ["budget_usd: 2.5", r#"tools: ["write_file"]"#]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_waits_is_in_the_inbox_until_it_is_decided_on() {
    let bench = Bench::new().await;
    let source = bench.source();
    let request = "review this repository and write a health report";
    let filed = bench.engine.file_request(request, Some(&source), "owner", "test").await.expect("files");
    let (project, version, plan) = bench.engine.plan_request(&filed.id, "owner").await.expect("plans");
    let item = bench.item("plan").await;
    assert_eq!(item.project.as_ref(), Some(&project));
    assert_eq!(item.plan.as_ref().map(|plan| plan.version), Some(version));
    assert_eq!(bench.engine.overview().await.expect("reads").waiting, 1);
    let refused = bench.engine.decide(answer(&item, "approve")).await;
    assert!(refused.is_err(), "it is decided on where it stands, in one place");
    bench.engine.approve_plan(&project, version, &plan.hash(), "owner", "test").await.expect("approves");
    let inbox = bench.engine.inbox().await.expect("reads");
    assert!(inbox.iter().all(|item| item.plan.is_none()), "it was decided on");
}
