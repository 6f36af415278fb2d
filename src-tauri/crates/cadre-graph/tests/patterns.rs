//! The supervisor, and scout-plan-build workflows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use cadre_graph::supervisor::{
    ACTION, ByUrgency, MEMORY, NARRATIVE, PURPOSE, RoundRobin, Routing, SUPERVISOR, Supervisor,
};
use cadre_graph::workflow::{Document, Phase, Standing, TaskCall, WorkflowError, WorkflowTask, Workflows};
use cadre_graph::{
    Context, FixedClock, MemoryCheckpointer, NodeError, Output, Progress, Runner, StartOptions, State,
};
use serde_json::{Value, json};

fn runner() -> Runner {
    Runner::new(Arc::new(MemoryCheckpointer::default()), Arc::new(FixedClock(0)))
}

/// Says its name, and takes the next task from the list in the task.
fn works(name: &'static str) -> impl Fn(Context, State) -> std::future::Ready<Result<Output, NodeError>> {
    move |_, state| {
        let task = state.value("task").cloned().unwrap_or_default();
        let mut next = task["then"].as_array().cloned().unwrap_or_default();
        let first = if next.is_empty() { Value::Null } else { next.remove(0) };
        let first = match first {
            Value::Object(mut task) => {
                task.insert("then".into(), json!(next));
                Value::Object(task)
            }
            other => other,
        };
        std::future::ready(Ok(Output::new().write("messages", json!([name])).write("task", first)))
    }
}

fn assembled(supervisor: Supervisor) -> Supervisor {
    [NARRATIVE, MEMORY, PURPOSE, ACTION]
        .into_iter()
        .fold(supervisor, |supervisor, name| supervisor.agent(name, works(name)))
}

async fn supervised(supervisor: Supervisor, tasks: &[Value]) -> (Vec<String>, Vec<String>) {
    let graph = assembled(supervisor).graph().compile().expect("the graph is sound");
    let names: Vec<&str> = graph.node_names().collect();
    assert_eq!(names, [ACTION, MEMORY, NARRATIVE, PURPOSE, SUPERVISOR], "five nodes in one graph");
    let mut first = tasks[0].clone();
    first["then"] = json!(tasks[1..]);
    let progress = runner().invoke(&graph, None, json!({ "task": first }), StartOptions::default()).await;
    let Progress::Finished(end) = progress.expect("runs") else { panic!("nothing waits") };
    let reasons: Vec<Value> = end.get("decisions").expect("they are on record");
    let reasons = reasons.iter().map(|it| it["reason"].as_str().unwrap_or_default().to_owned()).collect();
    (end.get("messages").unwrap_or_default(), reasons)
}

#[tokio::test]
async fn a_supervisor_hands_each_task_to_its_specialist_and_says_why() {
    let kinds = ["narrative", "memory retrieval", "purpose alignment", "code execution"];
    let tasks: Vec<Value> =
        kinds.into_iter().chain(["task complete"]).map(|kind| json!({ "kind": kind })).collect();
    let (said, reasons) = supervised(Supervisor::new("team", 1), &tasks).await;
    assert_eq!(said, [NARRATIVE, MEMORY, PURPOSE, ACTION]);
    assert_eq!(
        reasons,
        [
            "narrative needed",
            "memory retrieval needed",
            "purpose alignment needed",
            "code execution needed",
            "task complete"
        ]
    );
    let (said, reasons) = supervised(Supervisor::new("team", 1), &[json!({"kind": "cooking"})]).await;
    assert!(said.is_empty());
    assert_eq!(reasons, ["nobody here carries out `cooking`"], "it ends, and says why");
}

#[tokio::test]
async fn the_routing_of_a_supervisor_is_replaceable() {
    let urgency = || ByUrgency { fast: ACTION.into(), quality: PURPOSE.into() };
    let tasks = [
        json!({"kind": "narrative", "priority": "high", "complexity": "high"}),
        json!({"kind": "narrative", "complexity": "high"}),
        json!({"kind": "narrative"}),
    ];
    let (said, _) = supervised(Supervisor::new("team", 1).routed_by(urgency()), &tasks).await;
    assert_eq!(said, [ACTION, PURPOSE, NARRATIVE]);
    let tasks: Vec<Value> = (0..6).map(|_| json!({"kind": "anything"})).collect();
    let (said, _) = supervised(Supervisor::new("team", 1).routed_by(RoundRobin), &tasks).await;
    assert_eq!(said, [NARRATIVE, MEMORY, PURPOSE, ACTION, NARRATIVE, MEMORY]);
    assert_eq!(RoundRobin.decide(&json!({"kind": "x"}), &[], 3).to, None, "nobody is no reason to fail");
}

fn task(id: &str, agent: &str, depends_on: &[&str]) -> WorkflowTask {
    WorkflowTask {
        id: id.into(),
        agent: agent.into(),
        phase: Phase::Build,
        spec: json!({ "of": id }),
        depends_on: depends_on.iter().map(ToString::to_string).collect(),
    }
}

fn workflows() -> Workflows {
    let workflows = Workflows::new(runner(), Arc::new(FixedClock(0)));
    workflows.register("worker", |call: TaskCall| async move {
        let inputs: Vec<String> = call.inputs.keys().cloned().collect();
        Ok(json!({ "did": call.task.spec["of"], "from": inputs }))
    });
    workflows
}

#[tokio::test]
async fn results_pass_to_what_depends_on_them() {
    let workflows = workflows();
    let tasks = vec![task("a", "worker", &[]), task("b", "worker", &[]), task("c", "worker", &["a", "b"])];
    workflows.create("w", tasks).expect("it is sound");
    assert_eq!(workflows.report("w").await.expect("reads").status, Standing::Created);
    let report = workflows.execute("w").await.expect("runs");
    assert_eq!((report.status, report.count(Standing::Completed)), (Standing::Completed, 3));
    assert_eq!(report.results["c"], json!({"did": "c", "from": ["a", "b"]}));
    assert!(report.errors.is_empty());
}

#[tokio::test]
async fn a_failing_task_is_isolated_and_can_be_recovered() {
    let workflows = workflows();
    let (runs, broken) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(1)));
    let (counted, breaks) = (Arc::clone(&runs), Arc::clone(&broken));
    workflows.register("counted", move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Ok(json!("counted")) }
    });
    workflows.register("fragile", move |_| {
        let broken = breaks.load(Ordering::SeqCst) == 1;
        async move { if broken { Err(NodeError::failed("timeout", "too late")) } else { Ok(json!("mended")) } }
    });
    let tasks = vec![
        task("fails", "fragile", &[]),
        task("after", "worker", &["fails"]),
        task("last", "worker", &["after", "beside"]),
        task("beside", "counted", &[]),
        task("nobody", "unheard of", &[]),
    ];
    workflows.create("w", tasks).expect("it is sound");
    let report = workflows.execute("w").await.expect("a task that fails is no error");
    assert_eq!(report.status, Standing::Failed);
    let standings = |tasks: BTreeMap<String, Standing>| -> String {
        let tasks: Vec<String> = tasks.into_iter().map(|(task, it)| format!("{task}: {it:?}")).collect();
        tasks.join(", ")
    };
    assert_eq!(
        standings(report.tasks),
        "after: Skipped, beside: Completed, fails: Failed, last: Skipped, nobody: Failed"
    );
    assert_eq!(report.errors["fails"], json!({"category": "timeout", "message": "too late"}));
    assert_eq!(report.errors["nobody"]["message"], "no handler for agents of type `unheard of`");
    broken.store(0, Ordering::SeqCst);
    workflows.register("unheard of", |_| async { Ok(json!("here now")) });
    let report = workflows.recover("w").await.expect("runs");
    assert_eq!((report.status, report.count(Standing::Completed)), (Standing::Completed, 5));
    assert_eq!(runs.load(Ordering::SeqCst), 1, "what was done is not done again");
}

#[tokio::test(start_paused = true)]
async fn independent_tasks_run_at_the_same_time_and_can_be_looked_at() {
    let workflows = workflows();
    workflows.register("slow", |_| async {
        tokio::time::sleep(std::time::Duration::from_secs(10)).await;
        Ok(json!("slow"))
    });
    let tasks = (0..4).map(|n| task(&format!("t{n}"), "slow", &[])).chain([task("fast", "worker", &[])]);
    workflows.create("w", tasks.collect()).expect("it is sound");
    let began = tokio::time::Instant::now();
    let looks = async {
        tokio::time::sleep(std::time::Duration::from_secs(5)).await;
        workflows.report("w").await.expect("reads")
    };
    let (report, meanwhile) = tokio::join!(workflows.execute("w"), looks);
    assert_eq!(report.expect("runs").status, Standing::Completed);
    assert_eq!(
        began.elapsed(),
        std::time::Duration::from_secs(10),
        "four of ten seconds each, in ten seconds"
    );
    assert_eq!(meanwhile.status, Standing::Running);
    assert_eq!((meanwhile.count(Standing::Running), meanwhile.count(Standing::Completed)), (4, 1));
}

#[tokio::test]
async fn what_cannot_be_put_in_order_is_refused_by_name() {
    let refused = |tasks: Vec<WorkflowTask>| match workflows().create("w", tasks) {
        Err(error) => error.to_string(),
        Ok(()) => panic!("it must be refused"),
    };
    let circle = vec![
        task("hangs on it", "worker", &["b"]),
        task("a", "worker", &["c"]),
        task("b", "worker", &["a"]),
        task("c", "worker", &["b"]),
    ];
    assert_eq!(refused(circle), "tasks depend on each other in a circle: a → c → b → a");
    let unknown = vec![task("a", "worker", &["x"])];
    assert_eq!(refused(unknown), "task `a` depends on `x`, which is not there");
    assert_eq!(refused(vec![task("a", "worker", &[]), task("a", "worker", &[])]), "task `a` is there twice");
    let error = workflows().execute("nothing").await.expect_err("there is none");
    assert!(matches!(error, WorkflowError::Unknown(_)));
}

#[tokio::test]
async fn a_document_of_its_user_runs_on_the_same_engine() {
    let document = json!({"steps": [
        {"id": "look", "agent": "worker", "phase": "SCOUT", "spec": {"of": "look"}},
        {"parallel": [
            [{"id": "left", "agent": "worker"}, {"parallel": [[{"id": "deep", "agent": "worker"}], []]}],
            [{"id": "right", "agent": "worker"}]
        ]},
        {"id": "build", "agent": "worker", "phase": "BUILD"}
    ]});
    let document: Document = serde_json::from_value(document).expect("it is a document");
    let workflows = workflows();
    workflows.create("w", document.tasks()).expect("it is sound");
    let report = workflows.execute("w").await.expect("runs");
    assert_eq!(report.status, Standing::Completed);
    let mut from: Vec<String> =
        serde_json::from_value(report.results["build"]["from"].clone()).expect("names");
    from.sort();
    assert_eq!(from, ["deep", "left", "right"], "it has what all of them came to");
    assert_eq!(report.results["left"]["from"], json!(["look"]));
    let wrong = json!({"steps": [{"id": "a", "agent": "worker", "sped": {}}]});
    assert!(
        serde_json::from_value::<Document>(wrong).is_err(),
        "a word that nobody knows is not passed over"
    );
}
