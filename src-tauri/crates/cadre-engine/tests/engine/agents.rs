//! Agent files: what widens waits, what is broken is refused, the rest is live.

use cadre_engine::DecideError;

use crate::support::{Bench, answer, until};

fn write(bench: &Bench, name: &str, text: &str) {
    let file = bench.engine.workspace().join("agents/engineering").join(format!("{name}.md"));
    std::fs::write(file, text).expect("is written");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_that_widens_waits_for_a_person_and_another_is_live_at_once() {
    let bench = Bench::new().await;
    let file = bench.engine.workspace().join("agents/engineering/code-reviewer.md");
    let text = std::fs::read_to_string(&file).expect("the pack has a reviewer");
    let untouched = bench.engine.read_agents().await.expect("reads");
    assert!(untouched.saved.is_empty() && untouched.waiting.is_empty(), "nothing has changed: {untouched:?}");

    std::fs::write(&file, format!("{text}\nRead tests first.\n")).expect("is written");
    let read = bench.engine.read_agents().await.expect("reads");
    assert_eq!(read.saved, ["code-reviewer"], "other words give nobody more rights");

    let wider = text.replace("tools: [", "tools: [run_command_everywhere, ");
    assert_ne!(wider, text);
    std::fs::write(&file, &wider).expect("is written");
    let version = |bench: &Bench| {
        let engine = bench.engine.clone();
        async move {
            let members = engine.members().await.expect("reads");
            members.into_iter().find(|it| it.name == "code-reviewer").expect("is there").version
        }
    };
    let before = version(&bench).await;
    let read = bench.engine.read_agents().await.expect("reads");
    assert_eq!(read.waiting, ["code-reviewer"], "an agent cannot widen itself by writing its own file");
    let item = bench.item("agent_change").await;
    assert_eq!(version(&bench).await, before, "until a person says so the old version stays");
    let again = bench.engine.read_agents().await.expect("reads");
    assert_eq!(again.waiting, ["code-reviewer"]);
    assert_eq!(bench.engine.inbox().await.expect("reads").len(), 1, "the same edit waits once");
    bench.decide(&item, "approve").await;
    until(&bench.engine, || async { version(&bench).await != before }).await;
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_or_circular_file_is_refused_and_the_old_version_stays() {
    let bench = Bench::new().await;
    write(&bench, "broken", "---\nname: broken\n---\n");
    write(&bench, "lost", "---\nname: lost\ndescription: x\nreports_to: nobody\n---\n");
    write(&bench, "ring", "---\nname: ring\ndescription: x\nreports_to: ring\n---\n");
    let read = bench.engine.read_agents().await.expect("reads");
    let mut refused: Vec<String> =
        read.refused.iter().map(|it| format!("{}: {}", it.path, it.reason)).collect();
    refused.sort();
    assert!(refused[0].starts_with("engineering/broken.md: line "), "{refused:?}");
    assert_eq!(refused[1], "lost: `lost` reports to `nobody`, who is not in the organisation");
    assert_eq!(refused[2], "ring: members report to each other in a circle: ring → ring");
    assert!(bench.engine.inbox().await.expect("reads").is_empty(), "what is refused does not wait");
    bench.assert_verifies().await;
}

/// A circle through members whose files are gone, and a manager who has none: the chart is asked, not only the files.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_checked_against_the_members_that_there_are() {
    let bench = Bench::new().await;
    write(&bench, "upper", "---\nname: upper\ndescription: x\nreports_to: owner\n---\n");
    bench.engine.read_agents().await.expect("reads");
    bench.decide(&bench.item("agent_change").await, "approve").await;
    write(&bench, "lower", "---\nname: lower\ndescription: x\nreports_to: upper\n---\n");
    let read = bench.engine.read_agents().await.expect("reads");
    assert_eq!(
        (read.waiting, read.refused),
        (vec!["lower".to_owned()], vec![]),
        "agents may report to a person"
    );
    bench.decide(&bench.item("agent_change").await, "approve").await;

    std::fs::remove_file(bench.engine.workspace().join("agents/engineering/lower.md")).expect("is removed");
    for (manager, refused) in [
        ("nobody", "`upper` reports to `nobody`, who is not in the organisation"),
        ("lower", "members report to each other in a circle: lower → upper → lower"),
        ("upper", "members report to each other in a circle: upper → upper"),
    ] {
        write(&bench, "upper", &format!("---\nname: upper\ndescription: x\nreports_to: {manager}\n---\n"));
        let read = bench.engine.read_agents().await.expect("reads");
        let reasons: Vec<String> = read.refused.iter().map(|it| it.reason.to_string()).collect();
        assert_eq!(reasons, [refused]);
    }
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_edit_is_not_asked_again() {
    let bench = Bench::new().await;
    write(&bench, "newcomer", "---\nname: newcomer\ndescription: x\nreports_to: ceo-orchestrator\n---\n");
    assert_eq!(bench.engine.read_agents().await.expect("reads").waiting, ["newcomer"]);
    let item = bench.item("agent_change").await;
    bench.decide(&item, "deny").await;
    until(&bench.engine, || async { bench.engine.store().open_threads().await.expect("reads").is_empty() })
        .await;
    let read = bench.engine.read_agents().await.expect("reads");
    assert!(read.waiting.is_empty(), "what was denied does not wait again: {read:?}");
    assert!(read.refused[0].reason.to_string().contains("denied"), "and the file says why: {read:?}");
    assert!(bench.engine.members().await.expect("reads").iter().all(|member| member.name != "newcomer"));
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_live_without_a_restart() {
    let bench = Bench::new().await;
    bench.engine.watch_agents();
    let file = bench.engine.workspace().join("agents/engineering/code-reviewer.md");
    let text = std::fs::read_to_string(&file).expect("the pack has a reviewer");
    std::fs::write(&file, format!("{text}\nRead tests first.\n")).expect("is written");
    until(&bench.engine, || async {
        let row = bench.engine.store().member("code-reviewer").await.expect("reads").expect("is there");
        let live = bench.engine.store().agent_definition(&row).await.expect("reads");
        live.context.ends_with("Read tests first.")
    })
    .await;
    bench.assert_verifies().await;
}

/// What an agent would need to approve itself: the record, the host's socket, a bearer, its own file, the bus.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_reaches_nothing_by_which_it_could_approve_itself() {
    let bench = Bench::new().await;
    let workspace = bench.engine.workspace().display().to_string();
    std::fs::write(bench.engine.workspace().join(".cadre/server.json"), "{}").expect("is written");
    let script = format!(
        r#"cat >/dev/null
found=""
for path in {workspace}/.cadre {workspace}/.cadre/cadre.sqlite {workspace}/.cadre/server.json {workspace}/agents; do
  ls "$path" >/dev/null 2>&1 && found="$found sees:$path"
done
for path in {workspace}/agents/engineering/spy.md {source}/x; do
  (echo x >> "$path") 2>/dev/null && found="$found writes:$path"
done
for name in DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR SSH_AUTH_SOCK DISPLAY HOME CADRE_FUNCTIONS; do
  eval "value=\${{$name:-}}"; [ -n "$value" ] && found="$found env:$name"
done
printf '{{"contract":1,"summary":"found:%s","data":{{}}}}' "$found""#,
        source = bench.source().display(),
    );
    bench.add_function_agent("spy", &script, "").await;
    let project = bench.start_one_step("spy").await;
    let program = bench.item("approval").await;
    bench.decide(&program, "approve").await;
    let view = crate::support::until_some(&bench.engine, || async {
        let view = bench.engine.project(&project).await.expect("reads");
        view.steps[0].summary.is_some().then_some(view)
    })
    .await;
    if bench.engine.containment() == cadre_agents::command::ContainmentLevel::Contained {
        assert_eq!(view.steps[0].summary.as_deref(), Some("found:"), "a contained agent sees none of it");
    }
    bench.assert_verifies().await;
}

const WIDER: &str = "run_command_everywhere";

fn with_tool(text: &str, tool: &str) -> String {
    let wider = text.replace("tools: [", &format!("tools: [{tool}, "));
    assert_ne!(wider, text, "the pack's reviewer has tools");
    wider
}

async fn tools(bench: &Bench) -> Vec<String> {
    let row = bench.engine.store().member("code-reviewer").await.expect("reads").expect("is there");
    bench.engine.store().agent_definition(&row).await.expect("reads").tools
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_approved_once_can_be_made_again_after_it_was_taken_back() {
    let bench = Bench::new().await;
    let file = bench.engine.workspace().join("agents/engineering/code-reviewer.md");
    let narrow = std::fs::read_to_string(&file).expect("the pack has a reviewer");
    for time in ["first", "second"] {
        std::fs::write(&file, with_tool(&narrow, WIDER)).expect("is written");
        let read = bench.engine.read_agents().await.expect("reads");
        assert_eq!(read.waiting, ["code-reviewer"], "the {time} time: {read:?}");
        let item = bench.item("agent_change").await;
        bench.decide(&item, "approve").await;
        assert!(tools(&bench).await.contains(&WIDER.to_owned()), "the {time} time it is live at once");
        std::fs::write(&file, &narrow).expect("is written");
        let read = bench.engine.read_agents().await.expect("reads");
        assert_eq!(read.saved, ["code-reviewer"], "taking rights away needs nobody");
    }
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_what_the_agent_no_longer_is_becomes_a_conflict() {
    let bench = Bench::new().await;
    let file = bench.engine.workspace().join("agents/engineering/code-reviewer.md");
    let text = std::fs::read_to_string(&file).expect("the pack has a reviewer");
    std::fs::write(&file, with_tool(&text, WIDER)).expect("is written");
    bench.engine.read_agents().await.expect("reads");
    let item = bench.item("agent_change").await;
    let newer = format!("{text}\nRead tests first.\n");
    std::fs::write(&file, &newer).expect("is written");
    assert_eq!(bench.engine.read_agents().await.expect("reads").saved, ["code-reviewer"]);
    std::fs::write(&file, with_tool(&newer, WIDER)).expect("is written");
    let error =
        bench.engine.decide(answer(&item, "approve")).await.expect_err("it came from an older version");
    assert!(matches!(error, DecideError::Conflict(_)), "{error}");
    assert!(!tools(&bench).await.contains(&WIDER.to_owned()), "the newer version stands");
    let fresh = bench.item("agent_change").await;
    let waiting = bench.engine.inbox().await.expect("reads").len();
    assert_eq!(
        (waiting, fresh.id == item.id),
        (1, false),
        "the file is asked about anew, and the old question closed"
    );
    bench.decide(&fresh, "approve").await;
    assert!(tools(&bench).await.contains(&WIDER.to_owned()));
    bench.assert_verifies().await;
}
