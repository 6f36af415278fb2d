//! Effects of which nobody knows how they went, after the host ended in their middle.

use cadre_agents::folder::FileHash;
use cadre_store::aggregates::effect::{EffectIntended, PermitGranted, UndoIntended};
use cadre_store::{Batch, value_part};
use serde_json::json;

use crate::approvals::{asked_to_write, file};
use crate::support::{Bench, answer, until};

/// Records an effect right behind the interrupt that allowed it as intended, as a host that ended then leaves it.
async fn intend(bench: &Bench, item: &cadre_engine::InboxItem) {
    let (place, position) = item.id.rsplit_once('/').expect("an item names its place");
    let position: u32 = position.parse().expect("a number");
    let action = item.action.clone().expect("an approval has an action");
    let mut batch = Batch::new();
    let action_hash = action.hash();
    batch.add(&PermitGranted {
        permit: "test".into(),
        action_hash: action_hash.clone(),
        granted_by: "test".into(),
    });
    batch.add(&EffectIntended {
        effect: format!("{place}/{}", position + 1),
        project: item.project.clone(),
        run: item.detail["run"].as_str().map(str::to_owned),
        class: "write".into(),
        title: value_part(json!(action.title())),
        action: value_part(serde_json::to_value(&action).expect("plain data")),
        action_hash,
        recovery: "reconcile".into(),
        permit: "test".into(),
    });
    bench.engine.store().write(batch).await.expect("is written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_happened_is_what_stands_there_now() {
    let (bench, project, item) = asked_to_write("out.txt").await;
    let bench = bench.reopen_looking().await;
    bench.decide(&item, "approve").await;
    intend(&bench, &item).await;
    let out = file(&bench.engine.project(&project).await.expect("reads"));
    std::fs::write(&out, "neither before nor proposed").expect("is written");
    bench.engine.resume().await.expect("resumes");

    let unknown = bench.item("unknown_outcome").await;
    std::fs::remove_file(&out).expect("is there");
    bench.decide(&unknown, "happened").await;
    let again = bench.item("unknown_outcome").await;
    let why = again.detail["why"].as_str().unwrap_or_default();
    assert!(why.contains("nothing stands at out.txt"), "what cannot be is asked about again: {why}");

    std::fs::write(&out, "finished by hand").expect("is written");
    bench.decide(&again, "happened").await;
    let view = bench.project_with_status(&project, "completed").await;
    let step = &view.steps[0];
    assert_eq!(step.runs, 1, "what happened is not tried again");
    let stands = FileHash::of_bytes(b"finished by hand").to_string();
    assert_eq!(step.artifacts[0].sha256, stands, "the artifact is what stands there");
    let summary = step.summary.as_deref().unwrap_or_default();
    assert!(summary.contains("out.txt is not what was approved"), "and it says so: {summary}");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_gave_is_asked_when_its_output_is_lost() {
    let bench = Bench::new().await;
    bench.add_function_agent("endless", "cat >/dev/null; while :; do sleep 1; done", "recovery: ask\n").await;
    let project = bench.start_one_step("endless").await;
    let program = bench.item("approval").await;
    bench.decide(&program, "approve").await;
    until(&bench.engine, || async {
        let effects = bench.engine.effects(&project).await.expect("reads");
        effects.iter().any(|effect| effect.status == "intended")
    })
    .await;
    let bench = bench.reopen().await;
    let unknown = bench.item("unknown_outcome").await;
    bench.decide(&unknown, "happened").await;
    let lost = bench.item("work").await;
    assert!(lost.message.starts_with("What came of it?"), "{}", lost.message);
    let mut said = answer(&lost, "done");
    said.text = Some("All is well".into());
    bench.engine.decide(said).await.expect("the answer is taken");
    let view = bench.project_with_status(&project, "completed").await;
    assert_eq!(view.steps[0].runs, 1, "a program that ran does not run again by itself");
    assert_eq!(view.steps[0].summary.as_deref(), Some("All is well"));
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_was_cut_off_is_ended_wherever_it_stood() {
    for restored in [false, true] {
        let (bench, project, item) = asked_to_write("out.txt").await;
        bench.decide(&item, "approve").await;
        let view = bench.project_with_status(&project, "completed").await;
        let bench = bench.reopen_looking().await;
        let effects = bench.engine.effects(&project).await.expect("reads");
        let write = effects.iter().find(|effect| effect.class == "write").expect("is on record");
        let mut batch = Batch::new();
        batch.add(&UndoIntended { effect: write.id.clone(), decision: "d".into() });
        bench.engine.store().write(batch).await.expect("is written");
        if restored {
            std::fs::remove_file(file(&view)).expect("is there");
        }
        bench.engine.resume().await.expect("resumes");
        let effects = bench.engine.effects(&project).await.expect("reads");
        let write = effects.iter().find(|effect| effect.class == "write").expect("is on record");
        assert_eq!(write.status, "undone", "put back already: {restored}");
        assert!(!file(&view).exists(), "what was not there before is gone");
        bench.assert_verifies().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_is_refused_leaves_the_effect_as_it_was() {
    let (bench, project, item) = asked_to_write("out.txt").await;
    bench.decide(&item, "approve").await;
    let view = bench.project_with_status(&project, "completed").await;
    std::fs::write(file(&view), "changed by hand").expect("is written");
    let effects = bench.engine.effects(&project).await.expect("reads");
    let write = effects.iter().find(|effect| effect.class == "write").expect("is on record");
    for _ in 0..2 {
        bench.engine.undo(&write.id, "owner", "test").await.expect_err("somebody changed it");
        let row = bench.engine.store().effect(&write.id).await.expect("reads").expect("is there");
        assert_eq!(row.status, "done", "it can be tried again");
    }
    std::fs::write(file(&view), "proposed").expect("is written");
    bench.engine.undo(&write.id, "owner", "test").await.expect("is as it was left");
    assert!(!file(&view).exists());
    bench.assert_verifies().await;
}
