//! What waits for a person, and for how long: until it is decided, its time is over, or its project is.

use cadre_engine::DecideError;
use cadre_store::Batch;
use cadre_store::aggregates::project::ProjectStatusChanged;

use crate::approvals::{asked_to_write, file};
use crate::support::{Bench, answer};

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_nobody_gave_in_time_expires_and_the_step_asks_what_next() {
    let (bench, project, item) = asked_to_write("out.txt").await;
    let waits = item.expires_at.expect("an approval has an end") - item.raised_at;
    let day = 24 * 60 * 60 * 1_000_000;
    assert!((7 * day..7 * day + 60_000_000).contains(&(waits + 60_000_000 - 1)), "seven days: {waits}");
    let bench = bench.reopen_after(8).await;
    bench.engine.resume().await.expect("resumes");
    let failure = bench.item("failure").await;
    assert!(failure.message.contains("Write out.txt was not approved in time"), "{}", failure.message);
    assert_eq!(failure.expires_at, None, "what a person has to say about a step has no end");
    let late = bench.engine.decide(answer(&item, "approve")).await.expect_err("it is closed");
    assert!(matches!(late, DecideError::NotOpen(_)), "{late}");
    let view = bench.project_with_status(&project, "paused_on_error").await;
    assert!(!file(&view).exists(), "nothing was permitted");
    let decisions = bench.engine.store().decisions(Some(&project), 100).await.expect("reads");
    let expired = decisions.iter().find(|it| it.decision == "expired").expect("it is on record");
    assert_eq!((expired.by.as_str(), expired.channel.as_str()), ("(nobody)", "expiry"));
    bench.decide(&failure, "retry").await;
    let program = bench.item("approval").await;
    assert_ne!(program.id, item.id, "the next attempt asks anew");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_carries_nothing_on_takes_no_expired_approval_either() {
    let (bench, _, item) = asked_to_write("out.txt").await;
    let bench = bench.reopen_after(8).await;
    let error = bench.engine.decide(answer(&item, "approve")).await.expect_err("its time is over");
    assert!(matches!(error, DecideError::Expired), "{error}");
    assert!(bench.engine.inbox().await.expect("reads").is_empty(), "and it waits no more");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_project_asked_that_is_over_waits_no_more() {
    let (bench, project, item) = asked_to_write("out.txt").await;
    bench.engine.abort(&project, "owner").await.expect("aborts");
    assert!(
        bench.engine.inbox().await.expect("reads").is_empty(),
        "nothing waits for a project that is over"
    );
    let error = bench.engine.decide(answer(&item, "approve")).await.expect_err("it leads nowhere");
    assert!(matches!(error, DecideError::Over), "{error}");
    assert_eq!(bench.engine.overview().await.expect("reads").waiting, 0);
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_stopped_on_an_error_runs_again_once_it_is_told_to() {
    let (bench, project, item) = asked_to_write("out.txt").await;
    let bench = bench.reopen_looking().await;
    bench.decide(&item, "approve").await;
    let mut batch = Batch::new();
    for status in ["running", "paused_on_error"] {
        batch.add(&ProjectStatusChanged {
            project: project.clone(),
            status: status.into(),
            reason: "a thread could not go on".into(),
        });
    }
    bench.engine.store().write(batch).await.expect("is written");
    bench.engine.hold(&project, false, "owner").await.expect("goes on");
    let view = bench.engine.project(&project).await.expect("reads");
    assert_eq!(view.status, "running", "whoever watches sees at once that it is tried again");
    bench.engine.resume().await.expect("resumes");
    bench.project_with_status(&project, "completed").await;
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_tried_again_by_itself_pauses_nothing() {
    let bench = Bench::new().await;
    let script = r#"cat >/dev/null
printf '{"contract":1,"error":{"category":"timeout","message":"the far side is slow"}}'"#;
    bench.add_function_agent("slow", script, "").await;
    let project = bench.start_one_step("slow").await;
    let program = bench.item("approval").await;
    bench.decide(&program, "approve").await;
    let view = crate::support::until_some(&bench.engine, || async {
        let view = bench.engine.project(&project).await.expect("reads");
        let settled = view.steps[0].summary.is_some() && view.status != "paused_for_approval";
        settled.then_some(view)
    })
    .await;
    assert_eq!(view.steps[0].status, "pending", "the next attempt comes by itself");
    assert_eq!(view.status, "running", "so the project is not paused");
    bench.assert_verifies().await;
}
