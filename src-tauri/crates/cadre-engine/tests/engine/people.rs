//! Steps that people carry out, with evidence all the same.

use cadre_engine::StepEdit;
use cadre_engine::organisation::NewPerson;

use crate::support::{Bench, answer};

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_fits_no_template_is_carried_out_by_people() {
    let bench = Bench::new().await;
    let filed = bench
        .engine
        .file_request("find out why my tomatoes die", None, "owner", "test")
        .await
        .expect("files");
    let (project, version, plan) = bench.engine.plan_request(&filed.id, "owner").await.expect("plans");
    assert!(plan.summary.contains("No plan template fits"), "it says why people do it: {}", plan.summary);
    bench.engine.approve_plan(&project, version, &plan.hash(), "owner", "test").await.expect("approves");
    for step in &plan.steps {
        let item = bench.item("work").await;
        assert_eq!(item.step.as_ref(), Some(&step.id), "one step after the other");
        bench.decide(&item, "done").await;
    }
    let view = bench.project_with_status(&project, "completed").await;
    assert!(view.steps.iter().all(|step| step.status == "completed"));
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_too_is_done_by_evidence() {
    let bench = Bench::new().await;
    let filed =
        bench.engine.file_request("draft a remote work policy", None, "owner", "test").await.expect("files");
    let (project, version, plan) = bench.engine.plan_request(&filed.id, "owner").await.expect("plans");
    bench.engine.approve_plan(&project, version, &plan.hash(), "owner", "test").await.expect("approves");
    let item = bench.item("work").await;
    let step = item.step.clone().expect("a step asks");
    let evidence =
        plan.steps.iter().find(|it| it.id == step).expect("it is in the plan").evidence[0].value.clone();
    bench.decide(&item, "done").await;
    let again = bench.item("work").await;
    assert_eq!(again.step.as_ref(), Some(&step), "without its evidence a step is not done");
    assert_ne!(again.id, item.id, "it is asked anew");
    let mut said = answer(&again, "done");
    said.text = Some("We meet on Mondays.".into());
    bench.engine.decide(said).await.expect("the answer is taken");
    let view = crate::support::until_some(&bench.engine, || async {
        let view = bench.engine.project(&project).await.expect("reads");
        view.steps.iter().any(|it| it.id == step && it.status == "completed").then_some(view)
    })
    .await;
    let written = std::fs::read_to_string(std::path::Path::new(&view.folder).join(&evidence));
    assert_eq!(written.expect("the person's words became the evidence"), "We meet on Mondays.");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_can_be_added_and_assigned() {
    let bench = Bench::new().await;
    let person = |name: &str, reports_to: &str| NewPerson {
        name: name.into(),
        role: "Controller".into(),
        department: "finance".into(),
        reports_to: reports_to.into(),
        working_hours: Some("Mon-Fri 09:00-17:00".into()),
        deputy: Some("owner".into()),
    };
    bench.engine.add_person(person("Sarah", "finance-manager-orchestrator")).await.expect("is added");
    for (wrong, expected) in [
        (person("Sarah", "owner"), "`Sarah` is in the organisation already"),
        (person("Mike", "nobody"), "`nobody` is not in the organisation"),
        (person("<b>", "owner"), "a name has 1 to 64 letters, digits, spaces, dots and hyphens"),
        (NewPerson { department: "moon".into(), ..person("Mike", "owner") }, "there is no department `moon`"),
    ] {
        let error = bench.engine.add_person(wrong).await.expect_err("it is refused");
        assert_eq!(error.to_string(), expected);
    }
    let filed = bench
        .engine
        .file_request("find out why my tomatoes die", None, "owner", "test")
        .await
        .expect("files");
    let (project, version, plan) = bench.engine.plan_request(&filed.id, "owner").await.expect("plans");
    let edit =
        StepEdit { step: plan.steps[0].id.clone(), assignee: Some("Sarah".into()), ..StepEdit::default() };
    let (version, plan) =
        bench.engine.refine_plan(&project, version, None, vec![edit], None, "owner").await.expect("refines");
    bench.engine.approve_plan(&project, version, &plan.hash(), "owner", "test").await.expect("approves");
    let item = bench.item("work").await;
    assert_eq!(item.detail["member"], "Sarah", "the work waits for the person it was given to");
    bench.assert_verifies().await;
}
