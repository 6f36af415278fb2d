//! One durable request, bound to the bytes it shows, decided once.

use cadre_core::effect::EffectClass;
use cadre_engine::DecideError;

use crate::support::{Bench, answer, swapped_for_a_link};

/// A program that proposes one file.
const PROPOSES: &str = r#"cat >/dev/null
printf '{"contract":1,"summary":"done","data":{},"files":[{"path":"out.txt","media_type":"text/plain","content":"proposed"}]}'"#;

pub(crate) async fn asked_to_write(path: &str) -> (Bench, String, cadre_engine::InboxItem) {
    let bench = Bench::new().await;
    bench.add_function_agent("writer", &PROPOSES.replace("out.txt", path), "approvals: [write]\n").await;
    let project = bench.start_one_step("writer").await;
    let program = bench.item("approval").await;
    assert_eq!(program.class.map(EffectClass::name), Some("run"), "a program that no rule allows asks first");
    bench.decide(&program, "approve").await;
    let write = bench.item("approval").await;
    assert_eq!(write.class.map(EffectClass::name), Some("write"));
    (bench, project, write)
}

pub(crate) fn file(view: &cadre_engine::ProjectView) -> std::path::PathBuf {
    std::path::Path::new(&view.folder).join("out.txt")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_names_the_bytes_that_were_shown() {
    let (bench, project, item) = asked_to_write("out.txt").await;
    let mut other = answer(&item, "approve");
    other.action_hash = Some("0".repeat(64));
    let error = bench.engine.decide(other).await.expect_err("other bytes were shown");
    assert!(matches!(error, DecideError::Stale { .. }), "{error}");
    let mut blind = answer(&item, "approve");
    blind.action_hash = None;
    bench.engine.decide(blind).await.expect_err("an approval without a hash approves nothing");
    let error = bench.engine.decide(answer(&item, "retry")).await.expect_err("that is no answer to this");
    assert!(matches!(error, DecideError::NotAllowed { .. }), "{error}");
    let view = bench.project_with_status(&project, "paused_for_approval").await;
    assert!(!file(&view).exists(), "nothing acts before it is approved");
    bench.decide(&item, "approve").await;
    let view = bench.project_with_status(&project, "completed").await;
    assert_eq!(std::fs::read_to_string(file(&view)).expect("is there"), "proposed");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_approvals_at_once_count_once() {
    let (bench, project, item) = asked_to_write("out.txt").await;
    let (one, two) = tokio::join!(
        bench.engine.decide(answer(&item, "approve")),
        bench.engine.decide(answer(&item, "deny")),
    );
    assert!(one.is_ok() != two.is_ok(), "one decides, the other is told so: {one:?} {two:?}");
    let late = bench.engine.decide(answer(&item, "approve")).await.expect_err("it is decided");
    assert!(matches!(late, DecideError::NotOpen(_)), "{late}");
    let decisions = bench.engine.store().decisions(Some(&project), 100).await.expect("reads");
    let on_write = decisions.iter().filter(|it| it.action_hash == item.action_hash).count();
    assert_eq!(on_write, 1, "one decision is on record");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn edited_bytes_are_what_is_written_and_both_are_kept() {
    let (bench, project, item) = asked_to_write("out.txt").await;
    let mut edit = answer(&item, "edit");
    edit.edited_content = Some("edited by a person".into());
    bench.engine.decide(edit).await.expect("the edit is taken");
    let view = bench.project_with_status(&project, "completed").await;
    assert_eq!(std::fs::read_to_string(file(&view)).expect("is there"), "edited by a person");
    let effects = bench.engine.effects(&project).await.expect("reads");
    let write = effects.iter().find(|effect| effect.class == "write").expect("the write is on record");
    assert_ne!(Some(write.action.hash()), item.action_hash, "the edit has a hash of its own");
    let decisions = bench.engine.store().decisions(Some(&project), 100).await.expect("reads");
    assert!(decisions.iter().any(|it| it.action_hash == item.action_hash), "what was proposed is kept too");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_effect_does_not_happen_and_the_person_says_what_next() {
    let (bench, project, item) = asked_to_write("out.txt").await;
    let mut deny = answer(&item, "deny");
    deny.text = Some("not there".into());
    bench.engine.decide(deny).await.expect("the denial is taken");
    let failure = bench.item("failure").await;
    assert!(
        failure.message.contains("not there"),
        "the reason reaches whoever decides next: {}",
        failure.message
    );
    bench.decide(&failure, "skip").await;
    let view = bench.project_with_status(&project, "completed").await;
    assert_eq!(view.steps[0].status, "skipped");
    assert!(!file(&view).exists(), "a denied effect does not happen");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_changed_after_it_was_shown_is_not_overwritten() {
    let (bench, project, item) = asked_to_write("out.txt").await;
    let view = bench.engine.project(&project).await.expect("reads");
    std::fs::write(file(&view), "somebody else was here").expect("is written");
    bench.decide(&item, "approve").await;
    // The attempt fails and the next asks anew, about what stands there now.
    let program = bench.item("approval").await;
    assert_eq!(std::fs::read_to_string(file(&view)).expect("is there"), "somebody else was here");
    bench.decide(&program, "approve").await;
    let again = bench.item("approval").await;
    assert_ne!(again.action_hash, item.action_hash, "the new request shows what it would replace now");
    bench.decide(&again, "approve").await;
    bench.project_with_status(&project, "completed").await;
    assert_eq!(std::fs::read_to_string(file(&view)).expect("is there"), "proposed");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_path_leads_out_of_the_folder() {
    for path in ["../escaped.txt", "/tmp/escaped.txt", "link/escaped.txt"] {
        let bench = Bench::new().await;
        bench.add_function_agent("writer", &PROPOSES.replace("out.txt", path), "").await;
        let outside = bench.root.path().join("outside");
        std::fs::create_dir(&outside).expect("is made");
        let project = bench.start_one_step("writer").await;
        let view = bench.engine.project(&project).await.expect("reads");
        std::os::unix::fs::symlink(&outside, std::path::Path::new(&view.folder).join("link"))
            .expect("is made");
        let program = bench.item("approval").await;
        bench.decide(&program, "approve").await;
        let failure = bench.item("failure").await;
        let said = &failure.message;
        assert!(
            said.contains("out of the folder") || said.contains("link"),
            "{path} is refused by name: {said}"
        );
        assert_eq!(std::fs::read_dir(&outside).expect("is there").count(), 0, "{path} wrote outside");
        bench.assert_verifies().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_is_approved_by_its_hash_and_once() {
    let bench = Bench::new().await;
    let filed =
        bench.engine.file_request("draft a remote work policy", None, "owner", "test").await.expect("files");
    let (project, version, plan) = bench.engine.plan_request(&filed.id, "owner").await.expect("plans");
    let approve = |version: u32, hash: String| {
        let (engine, project) = (bench.engine.clone(), project.clone());
        async move { engine.approve_plan(&project, version, &hash, "owner", "test").await }
    };
    let stale = approve(version, "0".repeat(64)).await.expect_err("another plan was shown");
    assert!(stale.to_string().contains("has changed since it was shown"), "{stale}");
    let (newer, refined) = bench
        .engine
        .refine_plan(&project, version, Some("keep it short"), vec![], None, "owner")
        .await
        .expect("refines");
    approve(version, plan.hash()).await.expect_err("a stale approval after an edit approves nothing");
    let (one, two) = tokio::join!(approve(newer, refined.hash()), approve(newer, refined.hash()));
    assert!(one.is_ok() != two.is_ok(), "one approval counts: {one:?} {two:?}");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standing_rule_is_a_recorded_decision_that_can_be_ended() {
    let bench = Bench::new().await;
    bench.add_function_agent("writer", &PROPOSES.replace("out.txt", "a.txt"), "").await;
    let project = bench.start_one_step("writer").await;
    let program = bench.item("approval").await;
    assert!(
        program.allowed.contains(&"always".to_owned()),
        "a contained command without network can have a rule"
    );
    assert!(
        program.detail["rule"].as_str().is_some_and(|rule| rule.contains("writer")),
        "it says what it would allow"
    );
    bench.decide(&program, "always").await;
    bench.project_with_status(&project, "completed").await;
    let rules = bench.engine.rules().await.expect("reads");
    assert_eq!((rules.len(), rules[0].holds, rules[0].project.as_str()), (1, true, project.as_str()));
    let other = bench.start_one_step("writer").await;
    let asked = bench.item("approval").await;
    assert_eq!(asked.project.as_ref(), Some(&other), "a rule holds for its own project only");
    bench.engine.end_rule(&rules[0].id, "owner").await.expect("ends");
    assert!(!bench.engine.rules().await.expect("reads")[0].holds);
    bench.engine.end_rule(&rules[0].id, "owner").await.expect_err("it has ended");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_function_agent_does_not_see_where_a_link_leads_that_came_after_the_approval() {
    let bench = Bench::new().await;
    bench.add_function_agent("writer", PROPOSES, "").await;
    let project = bench.start_one_step("writer").await;
    let program = bench.item("approval").await;
    swapped_for_a_link(&bench.source(), bench.root.path());
    bench.decide(&program, "approve").await;
    let failed = bench.item("failure").await;
    assert!(failed.message.contains("/source was approved, and it leads to "), "{}", failed.message);
    let effects = bench.engine.effects(&project).await.expect("reads");
    assert_eq!(effects[0].status, "failed", "it was not started");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_not_written_where_a_link_leads_that_came_after_the_approval() {
    let (bench, project, write) = asked_to_write("out.txt").await;
    let folder = bench.engine.project(&project).await.expect("reads").folder;
    let elsewhere = swapped_for_a_link(folder.as_ref(), bench.root.path());
    bench.decide(&write, "approve").await;
    let failed = bench.item("failure").await;
    assert!(failed.message.contains("was approved, and it leads to "), "{}", failed.message);
    assert!(!elsewhere.join("out.txt").exists(), "nothing was written there");
    bench.assert_verifies().await;
}
