//! Going back to a checkpoint: files, steps, what is asked, and the line that goes on.

use std::path::{Path, PathBuf};

use cadre_engine::{CheckpointMoment, Moment, RollbackError};

use crate::support::{Bench, until_some};

/// Writes into the project what the test lets it say.
fn saying(bench: &Bench) -> String {
    let said = bench.source().join("said");
    format!(
        r#"cat >/dev/null; n=$(cat {said}); printf '{{"contract":1,"summary":"said %s","data":{{"n":%s}},"files":[{{"path":"a.txt","media_type":"text/plain","content":"%s\\n"}}]}}' $n $n $n"#,
        said = said.display()
    )
}

fn let_it_say(bench: &Bench, what: &str) {
    std::fs::write(bench.source().join("said"), what).expect("is written");
}

async fn checkpoints(bench: &Bench, project: &str) -> Vec<CheckpointMoment> {
    let page = bench.engine.history(project, None, 100).await.expect("reads");
    let mut points = Vec::new();
    for moment in page.moments {
        if let Moment::Checkpoint(point) = moment {
            points.push(point);
        }
    }
    points
}

async fn beginning(bench: &Bench, project: &str) -> String {
    let points = checkpoints(bench, project).await;
    let first = points.iter().find(|it| it.run.is_none() && it.point.parent.is_none());
    first.expect("it has begun").point.hash.to_string()
}

async fn finished(bench: &Bench) -> (String, PathBuf) {
    let_it_say(bench, "1");
    bench.add_function_agent("writer", &saying(bench), "").await;
    let project = bench.start_one_step("writer").await;
    let program = bench.item("approval").await;
    bench.decide(&program, "approve").await;
    let view = bench.project_with_status(&project, "completed").await;
    (project, Path::new(&view.folder).join("a.txt"))
}

async fn go_back(bench: &Bench, project: &str) -> cadre_engine::RolledBack {
    let begin = beginning(bench, project).await;
    let plan = bench.engine.rollback_plan(project, &begin).await.expect("can go back");
    bench.engine.roll_back(project, &begin, &plan.hash, "owner", "test").await.expect("goes back")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finished_project_goes_back_with_its_files_and_goes_on_from_there_on_a_line_of_its_own() {
    let bench = Bench::new().await;
    let (project, file) = finished(&bench).await;
    assert_eq!(std::fs::read_to_string(&file).expect("is there"), "1\n");
    let begin = beginning(&bench, &project).await;
    let plan = bench.engine.rollback_plan(&project, &begin).await.expect("can go back");
    let shown: Vec<_> = plan.rollback.files.iter().map(|it| (it.path.as_str(), &it.then, it.left)).collect();
    assert_eq!(shown, [("a.txt", &None, None)], "nothing stood there then");
    let steps: Vec<_> = plan.rollback.steps.iter().map(|it| (it.from.as_str(), it.to.as_str())).collect();
    assert_eq!(steps, [("completed", "pending")]);
    assert_eq!(plan.stays.len(), 1, "a program that ran, ran");
    let done = go_back(&bench, &project).await;
    assert_eq!((done.files, done.left.len()), (1, 0));
    assert_eq!(done.line, format!("{project}~2"));
    // The step is carried out again: what it asks is asked anew, on the new line.
    let program = bench.item("approval").await;
    assert!(!file.exists(), "the folder is as it was");
    let view = bench.engine.project(&project).await.expect("reads");
    assert_eq!(
        (view.steps[0].summary.as_deref(), view.steps[0].finished_at),
        (None, None),
        "it has not ended"
    );
    let_it_say(&bench, "2");
    bench.decide(&program, "approve").await;
    bench.project_with_status(&project, "completed").await;
    assert_eq!(std::fs::read_to_string(&file).expect("is there"), "2\n", "it ran a second time");
    let page = bench.engine.history(&project, None, 100).await.expect("reads");
    let lines: Vec<_> = page.lines.iter().map(|it| (it.from.clone(), it.current)).collect();
    assert_eq!(
        lines,
        [(None, false), (Some(begin.clone()), true)],
        "the line that was left stays in the history"
    );
    let runs: Vec<_> = page.runs.iter().map(|it| (it.id.as_str(), it.line.as_deref())).collect();
    let (first, second) = (format!("{project}/report/1"), format!("{project}~2/report/1"));
    assert_eq!(runs, [(first.as_str(), Some(project.as_str())), (second.as_str(), Some(done.line.as_str()))]);
    // Both lines are readable, and are compared with what each came to since they part.
    let ends = checkpoints(&bench, &project).await;
    let end_of = |line: &str| {
        let end = ends.iter().find(|it| it.run.is_none() && it.line == line && it.point.step == 1);
        end.expect("it ended").point.hash.to_string()
    };
    let sides = (end_of(&project), end_of(&done.line));
    let compared = bench.engine.compare_checkpoints(&project, &sides.0, &sides.1).await.expect("reads");
    assert_eq!(compared.parted.map(|it| it.hash.to_string()), Some(begin));
    assert_eq!(compared.state.len(), 1, "{:?}", compared.state);
    assert_eq!(compared.files.len(), 1);
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_agreed_to_is_exactly_what_was_shown() {
    let bench = Bench::new().await;
    let (project, file) = finished(&bench).await;
    let begin = beginning(&bench, &project).await;
    let shown = bench.engine.rollback_plan(&project, &begin).await.expect("can go back");
    std::fs::write(&file, "changed by hand").expect("is written");
    let stale = bench.engine.roll_back(&project, &begin, &shown.hash, "owner", "test").await;
    assert!(matches!(stale, Err(RollbackError::Stale)), "{stale:?}");
    assert_eq!(
        bench.engine.project(&project).await.expect("reads").status,
        "completed",
        "nothing has changed"
    );
    let now = bench.engine.rollback_plan(&project, &begin).await.expect("can go back");
    let left = now.rollback.files[0].left;
    assert_eq!(left, Some(cadre_core::rollback::FileLeft::Changed), "it says so before");
    let done = bench.engine.roll_back(&project, &begin, &now.hash, "owner", "test").await.expect("goes back");
    assert_eq!(done.files, 0);
    assert_eq!(
        std::fs::read_to_string(&file).expect("is there"),
        "changed by hand",
        "what somebody changed stays"
    );
    let twice = bench.engine.roll_back(&project, &begin, &now.hash, "owner", "test").await;
    assert!(matches!(twice, Err(RollbackError::Stale)), "clicked twice, it goes back once: {twice:?}");
    let nowhere = bench.engine.rollback_plan(&project, &"0".repeat(64)).await;
    assert!(matches!(nowhere, Err(RollbackError::History(_))), "{nowhere:?}");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_is_stopped_and_what_waits_on_the_left_line_is_asked_no_more() {
    let bench = Bench::new().await;
    bench.add_function_agent("endless", "cat >/dev/null; while :; do sleep 1; done", "").await;
    let project = bench.start_one_step("endless").await;
    let waits = bench.item("approval").await;
    go_back(&bench, &project).await;
    let asked = until_some(&bench.engine, || async {
        let items = bench.engine.inbox().await.expect("reads");
        items.into_iter().find(|it| it.reason == "approval" && it.id != waits.id)
    })
    .await;
    assert_eq!(bench.engine.inbox().await.expect("reads").len(), 1, "what the left line asked waits no more");
    bench.decide(&asked, "approve").await;
    crate::support::until(&bench.engine, || async {
        let effects = bench.engine.effects(&project).await.expect("reads");
        effects.iter().any(|effect| effect.class == "run" && effect.status == "intended")
    })
    .await;
    let begin = beginning(&bench, &project).await;
    let plan = bench.engine.rollback_plan(&project, &begin).await.expect("can go back");
    assert_eq!(plan.rollback.stops.len(), 1, "it says what it stops");
    let done = go_back(&bench, &project).await;
    assert_eq!(done.line, format!("{project}~3"));
    assert_eq!(bench.engine.runs_under_way(), 0, "the program has ended");
    bench.item("approval").await;
    let runs = bench.engine.history(&project, None, 100).await.expect("reads").runs;
    let ended: Vec<_> = runs.iter().map(|run| (run.status.as_str(), run.category.as_deref())).collect();
    assert_eq!(
        ended[..2],
        [("failed", Some("user_cancelled")); 2],
        "what was stopped is not shown as running"
    );
    assert_eq!(ended[2].0, "running");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_where_the_project_went_back_to() {
    let bench = Bench::new().await;
    let (project, file) = finished(&bench).await;
    go_back(&bench, &project).await;
    bench.item("approval").await;
    let bench = bench.reopen().await;
    let again = bench.item("approval").await;
    assert!(!file.exists());
    let_it_say(&bench, "2");
    bench.decide(&again, "approve").await;
    bench.project_with_status(&project, "completed").await;
    assert_eq!(std::fs::read_to_string(&file).expect("is there"), "2\n");
    bench.engine.abort(&project, "owner").await.expect_err("it is over");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_was_ended_for_good_goes_back_nowhere() {
    let bench = Bench::new().await;
    bench.add_function_agent("writer", &saying(&bench), "").await;
    let project = bench.start_one_step("writer").await;
    bench.item("approval").await;
    bench.project_with_status(&project, "paused_for_approval").await;
    let begin = beginning(&bench, &project).await;
    bench.engine.abort(&project, "owner").await.expect("ends");
    let refused = bench.engine.rollback_plan(&project, &begin).await;
    assert!(matches!(refused, Err(RollbackError::NotPossible(_))), "{refused:?}");
}
