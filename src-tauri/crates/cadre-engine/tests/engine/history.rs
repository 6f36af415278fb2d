//! A project's past: what happened, how it stood at a checkpoint, what differs between two.

use cadre_engine::{CheckpointMoment, HistoryError, Moment};

use crate::support::Bench;

/// Writes two files and gives a number to the steps after it.
const WRITER: &str = r#"cat >/dev/null
printf '{"contract":1,"summary":"done","data":{"count":3},"files":[{"path":"a.txt","media_type":"text/plain","content":"one\\n"},{"path":"b.txt","media_type":"text/plain","content":"two\\n"}]}'"#;

async fn finished(bench: &Bench) -> String {
    bench.add_function_agent("writer", WRITER, "").await;
    let project = bench.start_one_step("writer").await;
    let program = bench.item("approval").await;
    bench.decide(&program, "approve").await;
    bench.project_with_status(&project, "completed").await;
    project
}

fn checkpoints(moments: &[Moment]) -> Vec<&CheckpointMoment> {
    let mut points = Vec::new();
    for moment in moments {
        if let Moment::Checkpoint(checkpoint) = moment {
            points.push(checkpoint);
        }
    }
    points
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_has_the_projects_checkpoints_those_of_its_runs_and_what_allowed_them() {
    let bench = Bench::new().await;
    let project = finished(&bench).await;
    let page = bench.engine.history(&project, None, 50).await.expect("reads");
    assert!(page.older.is_none(), "all of it is on one page");
    let points = checkpoints(&page.moments);
    let told: Vec<_> =
        points.iter().map(|it| (it.run.is_some(), it.point.step, it.decisions.len())).collect();
    assert_eq!(
        told,
        [(false, 1, 0), (true, 1, 1), (true, 0, 0), (false, 0, 1)],
        "newest first: the end of the step, the run with the decision that allowed it, the beginning with the plan's"
    );
    assert!(points.iter().all(|it| it.line == project), "a run belongs to the line that started it");
    assert_eq!(points[0].point.parent, Some(points[3].point.hash));
    let decisions = page.moments.iter().filter(|it| matches!(it, Moment::Decision(_))).count();
    let effects = page.moments.iter().filter(|it| matches!(it, Moment::Effect(_))).count();
    let waits = page.moments.iter().filter(|it| matches!(it, Moment::Step(_))).count();
    assert_eq!((decisions, effects, waits), (2, 3, 1), "the plan and the program; the program and two files");
    let times: Vec<i64> = page.moments.iter().map(Moment::at).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "newest first: {times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_show_everything_once_wherever_they_are_cut() {
    let bench = Bench::new().await;
    let project = finished(&bench).await;
    let name = |moment: &Moment| match moment {
        Moment::Checkpoint(it) => it.point.hash.to_string(),
        Moment::Step(it) => format!("step {}", it.row.seq),
        Moment::Decision(it) => it.row.id.clone(),
        Moment::Effect(it) => it.row.id.clone(),
    };
    let whole = bench.engine.history(&project, None, 50).await.expect("reads").moments;
    let whole: Vec<String> = whole.iter().map(name).collect();
    for limit in 1..=4 {
        let (mut shown, mut before) = (Vec::new(), None);
        loop {
            let page = bench.engine.history(&project, before, limit).await.expect("reads");
            assert!(checkpoints(&page.moments).len() <= limit as usize);
            shown.extend(page.moments.iter().map(name));
            before = page.older;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(shown, whole, "in pages of {limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_seen_as_it_was_at_each_checkpoint() {
    let bench = Bench::new().await;
    let project = finished(&bench).await;
    let page = bench.engine.history(&project, None, 50).await.expect("reads");
    let points = checkpoints(&page.moments);
    let then = async |index: usize| {
        let hash = points[index].point.hash.to_string();
        bench.engine.checkpoint(&project, &hash).await.expect("reads")
    };
    let (end, run_ends, begin) = (then(0).await, then(1).await, then(3).await);
    assert_eq!(begin.steps[0].status, "pending");
    assert_eq!(run_ends.steps[0].status, "running", "its step goes on until it hears");
    assert_eq!(
        end.steps[0].status, "completed",
        "though the list of steps is told right after the checkpoint"
    );
    assert_eq!((begin.place, end.place), ((1, 2), (2, 2)));
    assert_eq!(begin.after, [points[0].point.hash.to_string()]);
    let paths = |files: &[cadre_engine::FileThen]| files.iter().map(|it| it.path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&begin.files), Vec::<String>::new());
    assert_eq!(paths(&end.files), ["a.txt", "b.txt"]);
    let values: Vec<String> = end.state.iter().map(|it| it.path.join(".")).collect();
    assert_eq!(values, ["ended.report", "plan", "results.report.count"]);
    let changes: Vec<String> = end.changes.iter().map(|it| it.path.join(".")).collect();
    assert_eq!(changes, ["ended.report", "results.report.count"], "the plan stood there before");
    // What is undone later was there then.
    let effect = end.files[0].effect.clone();
    bench.engine.undo(&effect, "owner", "test").await.expect("is undone");
    assert_eq!(paths(&then(0).await.files), ["a.txt", "b.txt"]);
    let unknown = bench.engine.checkpoint(&project, &"0".repeat(64)).await;
    assert!(matches!(unknown, Err(HistoryError::UnknownCheckpoint { .. })), "{unknown:?}");
    let other = bench.start_one_step("writer").await;
    let foreign = bench.engine.checkpoint(&other, &points[0].point.hash.to_string()).await;
    assert!(matches!(foreign, Err(HistoryError::UnknownCheckpoint { .. })), "it is another project's");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_checkpoints_are_compared_in_state_files_steps_and_time() {
    let bench = Bench::new().await;
    let project = finished(&bench).await;
    let page = bench.engine.history(&project, None, 50).await.expect("reads");
    let points = checkpoints(&page.moments);
    let (begin, end) = (points[3].point.hash.to_string(), points[0].point.hash.to_string());
    let compared = bench.engine.compare_checkpoints(&project, &begin, &end).await.expect("reads");
    assert_eq!(compared.parted.map(|it| it.hash.to_string()), Some(begin.clone()), "one is the other's past");
    assert_eq!((compared.changed, compared.values), (2, 3));
    assert_eq!((compared.from.evidence, compared.to.evidence), (0, 1));
    assert_eq!(compared.from.took, 0);
    assert!(compared.to.took > 0);
    let file = &compared.files[0];
    assert_eq!((file.path.as_str(), &file.from, file.to.is_some()), ("a.txt", &None, true));
    let lines = async |from: &str, to: &str| {
        let change = bench.engine.compare_file(&project, (from, to), (&file.folder, "a.txt")).await;
        let diff = change.expect("reads").diff;
        (diff.added, diff.removed)
    };
    assert_eq!(lines(&begin, &end).await, (1, 0));
    assert_eq!(lines(&end, &begin).await, (0, 1), "the other way round it goes");
    let same = bench.engine.compare_checkpoints(&project, &end, &end).await.expect("reads");
    assert!(same.files.is_empty() && same.changed == 0);
    let none = bench.engine.compare_file(&project, (&begin, &end), (&file.folder, "c.txt")).await;
    assert!(matches!(none, Err(HistoryError::UnknownFile(_))), "{none:?}");
}
