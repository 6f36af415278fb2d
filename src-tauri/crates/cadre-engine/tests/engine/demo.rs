//! From a request to a verified result.

use crate::support::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_request_becomes_a_finished_verified_project() {
    let bench = Bench::new().await;
    std::fs::write(bench.source().join("main.rs"), "fn main() {}\n").expect("is written");
    let source = bench.source();
    let text = "Review this repository and write a health report";
    let filed = bench.engine.file_request(text, Some(&source), "owner", "test").await.expect("files");
    assert_eq!(filed.reading.reader, "embedded", "it says who answered");
    let (project, version, plan) = bench.engine.plan_request(&filed.id, "owner").await.expect("plans");
    assert_eq!(plan.template.as_deref(), Some("repository-health-review"));
    bench.engine.approve_plan(&project, version, &plan.hash(), "owner", "test").await.expect("approves");
    for _ in 0..2 {
        let item = bench.item("approval").await;
        bench.decide(&item, "approve").await;
    }
    let view = bench.project_with_status(&project, "completed").await;
    assert!(view.steps.iter().all(|step| step.status == "completed" && step.runs == 1), "{view:#?}");
    let report = view.steps.iter().find(|step| step.id == "report").expect("the plan has a report");
    let names: Vec<&str> = report.artifacts.iter().map(|artifact| artifact.path.as_str()).collect();
    assert_eq!(names, ["health-report.md", "health-report.html"]);
    let text = std::fs::read_to_string(std::path::Path::new(&view.folder).join("health-report.md"));
    assert!(text.expect("the report is there").contains("Rust"), "the report is about the folder");
    assert_eq!(std::fs::read_dir(&source).expect("is there").count(), 1, "the reviewed folder is as it was");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_where_it_was_and_repeats_nothing() {
    let bench = Bench::new().await;
    let source = bench.source();
    let text = "Review this repository and write a health report";
    let filed = bench.engine.file_request(text, Some(&source), "owner", "test").await.expect("files");
    let (project, version, plan) = bench.engine.plan_request(&filed.id, "owner").await.expect("plans");
    bench.engine.approve_plan(&project, version, &plan.hash(), "owner", "test").await.expect("approves");
    let before = bench.item("approval").await;
    let bench = bench.reopen().await;
    let after = bench.item("approval").await;
    assert_eq!(after.action_hash, before.action_hash, "what waits after a restart is what waited before");
    bench.decide(&after, "approve").await;
    let bench = bench.reopen().await;
    let second = bench.item("approval").await;
    assert_ne!(second.id, after.id, "what was decided is not asked again");
    bench.decide(&second, "approve").await;
    let view = bench.project_with_status(&project, "completed").await;
    assert!(view.steps.iter().all(|step| step.runs == 1), "finished work is never done twice: {view:#?}");
    let effects = bench.engine.effects(&project).await.expect("reads");
    assert_eq!(effects.len(), 6, "four programs, two files, each once");
    bench.assert_verifies().await;
}
