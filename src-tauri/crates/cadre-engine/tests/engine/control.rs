//! Holding, aborting, stopping and undoing; and programs that misbehave.

use cadre_engine::UndoError;

use crate::support::Bench;

const ENDLESS: &str = "cat >/dev/null; while :; do sleep 1; done";

#[tokio::test(flavor = "multi_thread")]
async fn an_endless_program_is_stopped_by_stop_everything_and_resumed() {
    let bench = Bench::new().await;
    bench.add_function_agent("endless", ENDLESS, "").await;
    let project = bench.start_one_step("endless").await;
    let program = bench.item("approval").await;
    bench.decide(&program, "approve").await;
    crate::support::until(&bench.engine, || async {
        let effects = bench.engine.effects(&project).await.expect("reads");
        effects.iter().any(|effect| effect.class == "run" && effect.status == "intended")
    })
    .await;
    assert_eq!(bench.engine.stop_everything("owner").await.expect("stops"), 1);
    let effects = bench.engine.effects(&project).await.expect("reads");
    assert_eq!(
        effects[0].status, "intended",
        "what was under way is stopped, and nobody claims to know how it went"
    );
    bench.engine.hold(&project, false, "owner").await.expect("goes on");
    bench.engine.abort(&project, "owner").await.expect("aborts");
    bench.project_with_status(&project, "aborted").await;
    let error = bench.engine.hold(&project, true, "owner").await.expect_err("what is over stays over");
    assert!(error.to_string().contains("aborted"), "{error}");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn draining_lets_what_runs_end_and_begins_nothing_until_it_goes_on() {
    let bench = Bench::new().await;
    let gate = bench.source().join("gate");
    let script = format!(
        "cat >/dev/null; while ! test -e {}; do sleep 0.1; done; printf '{}'",
        gate.display(),
        r#"{"contract":1,"summary":"done","data":{},"files":[]}"#
    );
    bench.add_function_agent("patient", &script, "").await;
    let (first, second) = (bench.start_one_step("patient").await, bench.start_one_step("patient").await);
    crate::support::until(&bench.engine, || async { bench.engine.inbox().await.expect("reads").len() == 2 })
        .await;
    let items = bench.engine.inbox().await.expect("reads");
    let of = |project: &str| items.iter().find(|it| it.project.as_deref() == Some(project)).expect("waits");
    bench.decide(of(&first), "approve").await;
    crate::support::until(&bench.engine, || async {
        let effects = bench.engine.effects(&first).await.expect("reads");
        effects.iter().any(|effect| effect.status == "intended")
    })
    .await;
    let drained = {
        let engine = bench.engine.clone();
        async move { engine.drain().await }
    };
    tokio::pin!(drained);
    tokio::select! {
        biased;
        () = &mut drained => panic!("a program still runs"),
        () = std::future::ready(()) => {}
    }
    bench.decide(of(&second), "approve").await;
    std::fs::write(&gate, "").expect("is opened");
    drained.await;
    let status = async |project: &str| {
        let effects = bench.engine.effects(project).await.expect("reads");
        effects.first().map(|effect| effect.status.clone())
    };
    assert_eq!(status(&first).await.as_deref(), Some("done"), "what ran came to its end");
    assert_eq!(status(&second).await, None, "what was approved meanwhile waits for the next time");
    bench.engine.resume().await.expect("goes on");
    bench.project_with_status(&second, "completed").await;
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_reaches_what_began_before_a_hold() {
    let bench = Bench::new().await;
    bench.add_function_agent("endless", ENDLESS, "").await;
    let project = bench.start_one_step("endless").await;
    let program = bench.item("approval").await;
    bench.decide(&program, "approve").await;
    crate::support::until(&bench.engine, || async {
        let effects = bench.engine.effects(&project).await.expect("reads");
        effects.iter().any(|effect| effect.class == "run" && effect.status == "intended")
    })
    .await;
    bench.engine.hold(&project, true, "owner").await.expect("is held; what runs runs on");
    bench.engine.hold(&project, false, "owner").await.expect("goes on");
    assert_eq!(bench.engine.runs_under_way(), 1, "the program runs through it all");
    assert_eq!(bench.engine.stop_everything("owner").await.expect("stops"), 1);
    let ended = tokio::time::timeout(std::time::Duration::from_secs(30), bench.engine.drain()).await;
    ended.expect("the program has ended, though it began before the hold");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_prints_without_end_or_nonsense_is_a_clear_failure() {
    let cases = [
        ("yes y", "printed more than 1 MiB"),
        ("cat >/dev/null; echo nonsense", "is not the agreed document"),
        ("cat >/dev/null; echo '{\"contract\":9,\"summary\":\"\",\"data\":{}}'", "contract 9"),
        ("exit 3", "ended with 3"),
    ];
    for (script, expected) in cases {
        let bench = Bench::new().await;
        bench.add_function_agent("odd", script, "limits: { output_mib: 1, wall_minutes: 1 }\n").await;
        let project = bench.start_one_step("odd").await;
        let program = bench.item("approval").await;
        bench.decide(&program, "approve").await;
        // Whether it is tried again by itself is the category's to say; that it failed, and why, is shown at once.
        crate::support::until(&bench.engine, || async {
            let steps = bench.engine.project(&project).await.expect("reads").steps;
            steps[0].summary.as_ref().is_some_and(|summary| summary.contains(expected))
        })
        .await;
        bench.assert_verifies().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn abort_on_a_failed_step_ends_the_project() {
    let bench = Bench::new().await;
    bench.add_function_agent("odd", "exit 3", "").await;
    let project = bench.start_one_step("odd").await;
    let program = bench.item("approval").await;
    bench.decide(&program, "approve").await;
    let failure = bench.item("failure").await;
    bench.decide(&failure, "abort").await;
    bench.project_with_status(&project, "aborted").await;
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_change_can_be_undone_once_and_only_as_it_was_left() {
    let bench = Bench::new().await;
    let script = r#"cat >/dev/null
printf '{"contract":1,"summary":"done","data":{},"files":[{"path":"a.txt","media_type":"text/plain","content":"one"},{"path":"b.txt","media_type":"text/plain","content":"two"}]}'"#;
    bench.add_function_agent("writer", script, "").await;
    let project = bench.start_one_step("writer").await;
    let program = bench.item("approval").await;
    bench.decide(&program, "approve").await;
    let view = bench.project_with_status(&project, "completed").await;
    let folder = std::path::Path::new(&view.folder).to_owned();
    let effects = bench.engine.effects(&project).await.expect("reads");
    let writes: Vec<_> = effects.iter().filter(|effect| effect.undoable).collect();
    assert_eq!(writes.len(), 2, "both files can be taken back");
    bench.engine.undo(&writes[0].id, "owner", "test").await.expect("is undone");
    assert!(!folder.join("a.txt").exists(), "what was not there before is gone");
    let twice = bench.engine.undo(&writes[0].id, "owner", "test").await.expect_err("it is undone");
    assert!(matches!(twice, UndoError::NotUndoable { .. }), "{twice}");
    std::fs::write(folder.join("b.txt"), "changed by hand").expect("is written");
    let changed = bench.engine.undo_all(&project, "owner", "test").await.expect_err("somebody changed it");
    assert!(matches!(changed, UndoError::Changed(_)), "{changed}");
    assert_eq!(std::fs::read_to_string(folder.join("b.txt")).expect("is there"), "changed by hand");
    bench.assert_verifies().await;
}
