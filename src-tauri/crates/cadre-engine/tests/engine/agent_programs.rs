//! Members that are agent programs: a scripted one behind real walls, under the policy like everybody.

use std::path::PathBuf;

use cadre_core::effect::{Action, EffectClass};
use cadre_engine::{Decision, InboxItem};

use crate::support::{Bench, answer, until, until_some};

/// A project whose one step the program carries out, with its start approved.
async fn started(bench: &Bench, scenario: &str) -> (String, PathBuf) {
    bench.add_agent_program("coder", scenario).await;
    let project = bench.start_one_step("coder").await;
    let folder = PathBuf::from(bench.engine.project(&project).await.expect("reads").folder);
    std::fs::write(folder.join("old.txt"), "old\n").expect("the folder is there");
    let start = bench.item("approval").await;
    assert_eq!(start.class, Some(EffectClass::Run), "starting it is an effect like any other");
    let Some(Action::RunProgram { stdin, network: true, .. }) = &start.action else {
        panic!("the program is shown with what it may do")
    };
    assert!(stdin.contains("# Task"), "what it is told is part of what is approved");
    bench.decide(&start, "approve").await;
    (project, folder)
}

async fn tool_request(bench: &Bench) -> InboxItem {
    until_some(&bench.engine, || async {
        let items = bench.engine.inbox().await.expect("reads");
        items.into_iter().find(|item| matches!(item.action, Some(Action::AgentTool { .. })))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_asks_acts_and_everything_it_changed_is_on_record() {
    let bench = Bench::new().await;
    let (project, folder) = started(&bench, "edits").await;
    let asked = tool_request(&bench).await;
    let Some(Action::AgentTool { what, tool, diffs, input, .. }) = &asked.action else { unreachable!() };
    assert_eq!(input, r#"{"path":"a.txt","content":"new\n","append":false}"#, "as the program wrote it");
    assert_eq!((what.as_str(), tool.as_str()), ("Write a.txt", "edit"));
    assert_eq!((diffs[0].path.as_str(), diffs[0].after.as_str()), ("a.txt", "new\n"), "the diff is shown");
    assert!(!folder.join("a.txt").exists(), "nothing happens before the answer");
    bench.decide(&asked, "approve").await;
    let view = bench.project_with_status(&project, "completed").await;
    assert_eq!(view.steps[0].summary.as_deref(), Some("All done."));

    let effects = bench.engine.effects(&project).await.expect("reads");
    let shown: Vec<String> = effects
        .iter()
        .map(|it| {
            let by = it.granted_by.as_deref().unwrap_or_default();
            let by = by.split_once(':').filter(|(kind, _)| *kind == "decision").map_or(by, |(kind, _)| kind);
            let title = it.title.rsplit('/').next().unwrap_or_default();
            format!("{} {title}: {} ({by})", it.class, it.status)
        })
        .collect();
    let report = folder_file(&folder, ".md");
    assert_eq!(
        shown,
        [
            "run coder.mjs edits: done (decision)".to_owned(),
            "write coder.mjs: edit Write a.txt: done (decision)".into(),
            format!("write Write {report}: done (policy:write-in-own-folder)"),
            "write Write a.txt: done (observed:coder:agreed)".into(),
            "delete Delete old.txt: done (observed:coder:unasked)".into(),
            "write Write sneaky.txt: done (observed:coder:unasked)".into(),
        ],
        "what was asked for, what was written for it, and what it did by itself"
    );
    let said = bench.engine.conversation(&project, None, 100).await.expect("reads");
    let said: Vec<String> = said.iter().map(|it| format!("{}: {}", it.row.role, it.text)).collect();
    assert!(said[0].starts_with("task: Test"), "{said:?}");
    assert!(said.contains(&"agent: All done.".to_owned()), "{said:?}");
    assert!(said.contains(&"tool: Write a.txt".to_owned()), "{said:?}");
    assert_eq!(
        said.last().map(String::as_str),
        Some("system: Changed without being asked about: old.txt, sneaky.txt")
    );
    let spend = bench.engine.store().spend_of_project(&project).await.expect("reads");
    assert_eq!((spend[0].input, spend[0].output), (Some(7), Some(5)), "its tokens are counted");

    assert_eq!(bench.engine.undo_all(&project, "owner", "test").await.expect("undoes"), 4);
    assert!(!folder.join("a.txt").exists() && !folder.join("sneaky.txt").exists());
    assert_eq!(std::fs::read_to_string(folder.join("old.txt")).expect("it is back"), "old\n");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn its_walls_let_through_what_the_approval_names_and_nothing_else() {
    let bench = Bench::new().await;
    std::fs::write(bench.source().join("in.txt"), "given\n").expect("is written");
    std::fs::write(bench.root.path().join("beside.txt"), "not given\n").expect("is written");
    bench.add_agent_program("coder", "places").await;
    let project = bench.start_one_step("coder").await;
    let start = bench.item("approval").await;
    let Some(Action::RunProgram { reads, writes, writable: true, .. }) = &start.action else {
        panic!("the program is shown with what it may do")
    };
    let home = bench.engine.workspace().join("homes/coder");
    let source = bench.source().canonicalize().expect("it is there");
    assert_eq!(writes, &[home.display().to_string()], "the home that it keeps");
    assert_eq!(reads.last(), Some(&source.display().to_string()), "the folder that the request is about");
    assert!(reads[0].ends_with("/node"), "what its program is run by: {reads:?}");
    assert_eq!(reads.len(), 2, "{reads:?}");
    bench.decide(&start, "approve").await;
    bench.project_with_status(&project, "completed").await;

    let said = bench.engine.conversation(&project, None, 100).await.expect("reads");
    let said = said.iter().find(|it| it.row.role == "agent").expect("it said what it found");
    assert_eq!(
        said.text, r#"{"keeps":"yes","looks":"yes","changes":"EROFS","beside":"ENOENT"}"#,
        "behind its walls"
    );
    assert_eq!(std::fs::read_to_string(home.join("kept")).expect("it kept it"), "mine");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn homes_of_others_and_the_vault_file_are_out_of_sight_where_it_may_look_around_them() {
    let bench = Bench::with_vault_file("keys.age").await;
    bench.add_agent_program("coder", "sees").await;
    let root = bench.root.path();
    std::fs::write(root.join("in.txt"), "given").expect("is written");
    let other = bench.engine.workspace().join("homes/other");
    std::fs::create_dir_all(&other).expect("is made");
    std::fs::write(other.join("kept"), "a sign-in").expect("is written");
    std::fs::write(root.join("keys.age"), "sealed").expect("is written"); // it is opened when a key is first wanted
    let project = bench.start_one_step_about("coder", root, Vec::new()).await;
    bench.decide(&bench.item("approval").await, "approve").await;
    bench.project_with_status(&project, "completed").await;
    let said = bench.engine.conversation(&project, None, 100).await.expect("reads");
    let said = said.iter().find(|it| it.row.role == "agent").expect("it said what it found");
    assert_eq!(said.text, r#"{"homes":"coder","other":"ENOENT","data":"","vault":"EACCES","rest":"given"}"#);
    let home = bench.engine.workspace().join("homes/coder/kept");
    assert_eq!(std::fs::read_to_string(home).expect("it kept it"), "mine");
    bench.assert_verifies().await;
}

fn folder_file(folder: &std::path::Path, end: &str) -> String {
    let files = std::fs::read_dir(folder).expect("is a folder");
    let mut names = files.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.find(|name| name.ends_with(end)).expect("it wrote one")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_with_the_request_is_named_linked_and_read() {
    let bench = Bench::new().await;
    bench.add_agent_program("coder", "links").await;
    let given = bench.root.path().join("the brief.txt");
    std::fs::write(&given, "what is wanted").expect("is written");
    let project = bench.start_one_step_with("coder", vec![given]).await;
    let start = bench.item("approval").await;
    let Some(Action::RunProgram { reads, stdin, .. }) = &start.action else { panic!("it is started") };
    let copy = reads.last().expect("it may read something");
    assert!(copy.ends_with("/the brief.txt"), "{reads:?}");
    assert!(stdin.contains(&format!("- the brief.txt: {copy}")), "{stdin}");
    bench.decide(&start, "approve").await;
    bench.project_with_status(&project, "completed").await;
    let said = bench.engine.conversation(&project, None, 100).await.expect("reads");
    let said = said.iter().find(|it| it.row.role == "agent").expect("it said what it was given");
    let link = format!(
        r#"{{"type":"resource_link","name":"the brief.txt","uri":"file://{}"}}"#,
        copy.replace(' ', "%20")
    );
    assert!(said.text.contains(&link), "{}", said.text);
    assert!(said.text.ends_with("what is wanted"), "behind its walls it can be read: {}", said.text);
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leave_that_is_asked_for_twice_has_an_outcome_each_time() {
    let bench = Bench::new().await;
    let (project, _) = started(&bench, "asks_twice").await;
    let first = tool_request(&bench).await;
    bench.decide(&first, "approve").await;
    let second = until_some(&bench.engine, || async {
        let items = bench.engine.inbox().await.expect("reads");
        items.into_iter().find(|item| item.id != first.id && item.reason == "approval")
    })
    .await;
    bench.decide(&second, "approve").await;
    bench.project_with_status(&project, "completed").await;
    let effects = bench.engine.effects(&project).await.expect("reads");
    let tools = effects.iter().filter(|it| matches!(it.action, Action::AgentTool { .. }));
    let statuses: Vec<&str> = tools.map(|it| it.status.as_str()).collect();
    assert_eq!(statuses, ["done", "done"], "both yeses were given, and both are over");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_leads_out_is_refused_a_protected_one_asks_and_an_edited_one_is_its_own() {
    let bench = Bench::new().await;
    let (project, folder) = started(&bench, "writes").await;
    let asks = |path: &'static str| {
        let engine = &bench.engine;
        until_some(engine, move || async move {
            let items = engine.inbox().await.expect("reads");
            items.into_iter().find(
                |item| matches!(&item.action, Some(Action::WriteFile { path: asked, .. }) if asked == path),
            )
        })
    };
    let hook = asks(".git/hooks/pre-commit").await;
    let why = hook.detail["why"].as_str().unwrap_or_default();
    assert!(why.starts_with("the file is protected"), "{why}");
    let no = Decision { text: Some("not here".into()), ..answer(&hook, "deny") };
    bench.engine.decide(no).await.expect("is taken");
    let agents = asks("AGENTS.md").await;
    let edit = Decision { edited_content: Some("by a person\n".into()), ..answer(&agents, "edit") };
    bench.engine.decide(edit).await.expect("is taken");
    bench.project_with_status(&project, "completed").await;

    let said = bench.engine.conversation(&project, None, 100).await.expect("reads");
    let said = said.iter().find(|it| it.row.role == "agent").expect("it said what it heard");
    let lines: Vec<&str> = said.text.lines().collect();
    assert_eq!(lines[0], "/etc/out.txt: /etc/out.txt is outside of the project's folder");
    for (line, path) in lines[1..3].iter().zip(["../out.txt", "away/out.txt"]) {
        let (refused, why) = line.split_once(": ").expect("it says why");
        assert_eq!(refused, path);
        assert!(why.contains(path) && why != "written", "the program is told why: {line}");
    }
    assert_eq!(
        lines[3..],
        [
            ".git/hooks/pre-commit: Write .git/hooks/pre-commit was answered with deny: not here",
            "AGENTS.md: written"
        ]
    );
    assert!(!folder.join(".git").exists() && !folder.join("../out.txt").exists());
    assert_eq!(std::fs::read_to_string(folder.join("AGENTS.md")).expect("is there"), "by a person\n");
    let runs = bench.engine.store().runs(&project).await.expect("reads");
    let outcome = bench.engine.store().run_outcome(&runs[0]).await.expect("reads").expect("it has one");
    let changes = outcome["data"]["changes"].as_array().expect("a list");
    let written = changes.iter().find(|it| it["path"] == "AGENTS.md").expect("it has changed");
    assert_eq!(
        (&written["asked"], &written["undoable"]),
        (&true.into(), &true.into()),
        "what stands there is what was written for it: {written}"
    );
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_heard_and_its_reason_too() {
    let bench = Bench::new().await;
    let (project, folder) = started(&bench, "edits").await;
    let asked = tool_request(&bench).await;
    let text = Some("use another name".to_owned());
    bench.engine.decide(Decision { text, ..answer(&asked, "changes") }).await.expect("is taken");
    let view = bench.project_with_status(&project, "completed").await;
    let understood = "Understood: Write a.txt was refused: use another name";
    assert_eq!(view.steps[0].summary.as_deref(), Some(understood), "the reason comes with the next turn");
    assert!(!folder.join("a.txt").exists());
    let said = bench.engine.conversation(&project, None, 100).await.expect("reads");
    let said: Vec<&str> = said.iter().map(|it| it.text.as_str()).collect();
    assert!(said.contains(&understood), "{said:?}");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_the_program_is_gone_and_a_person_hears_so() {
    let bench = Bench::new().await;
    let (project, folder) = started(&bench, "edits").await;
    tool_request(&bench).await;
    let bench = bench.reopen().await;
    let asked = tool_request(&bench).await;
    bench.decide(&asked, "approve").await;
    let failed = bench.item("failure").await;
    assert!(failed.message.contains("trying again starts it anew"), "{}", failed.message);
    assert!(!folder.join("a.txt").exists(), "nobody acted on an answer that nobody heard");
    let effects = bench.engine.effects(&project).await.expect("reads");
    let tool =
        effects.iter().find(|it| matches!(it.action, Action::AgentTool { .. })).expect("it was intended");
    assert_eq!(tool.status, "failed");
    bench.decide(&failed, "retry").await;
    let start = bench.item("approval").await;
    bench.decide(&start, "approve").await;
    let asked = tool_request(&bench).await;
    bench.decide(&asked, "approve").await;
    bench.project_with_status(&project, "completed").await;
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_it_may_have_done_when_it_died_is_a_persons_to_say() {
    let bench = Bench::new().await;
    let (_, _) = started(&bench, "dies").await;
    let asked = tool_request(&bench).await;
    bench.decide(&asked, "approve").await;
    let unknown = bench.item("unknown_outcome").await;
    assert!(matches!(unknown.action, Some(Action::AgentTool { .. })));
    bench.decide(&unknown, "did_not").await;
    let failed = bench.item("failure").await;
    assert!(failed.message.contains("exit code 7"), "{}", failed.message);
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sign_in_it_says_how() {
    let bench = Bench::new().await;
    let (_, _) = started(&bench, "signed_out").await;
    let failed = bench.item("failure").await;
    assert!(
        failed.message.contains("installed, but not signed in. Log in: Run `fake login`."),
        "{}",
        failed.message
    );
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn stop_everything_ends_a_program_that_works() {
    let bench = Bench::new().await;
    let (project, _) = started(&bench, "silent").await;
    until(&bench.engine, || async {
        let effects = bench.engine.effects(&project).await.expect("reads");
        effects.iter().any(|effect| effect.status == "done")
    })
    .await;
    assert_eq!(bench.engine.stop_everything("owner").await.expect("stops"), 1);
    bench.engine.hold(&project, false, "owner").await.expect("goes on");
    let failed = bench.item("failure").await;
    assert!(failed.message.contains("was stopped"), "{}", failed.message);
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leave_to_look_at_a_file_is_no_leave_to_change_it() {
    let bench = Bench::new().await;
    let (project, folder) = started(&bench, "looks").await;
    bench.project_with_status(&project, "completed").await;
    let effects = bench.engine.effects(&project).await.expect("reads");
    let granted = |of_program: bool| {
        let of_file = effects.iter().filter(|effect| effect.title.ends_with(" old.txt"));
        let effect = of_file.into_iter().find(|effect| effect.title.starts_with("coder.mjs") == of_program);
        effect.and_then(|effect| effect.granted_by.clone())
    };
    assert_eq!(granted(true).as_deref(), Some("policy:read"), "nobody is asked about a look");
    assert_eq!(std::fs::read_to_string(folder.join("old.txt")).expect("is there"), "changed\n");
    assert_eq!(
        granted(false).as_deref(),
        Some("observed:coder:unasked"),
        "what it changed is said to be nobody's wish"
    );
    bench.assert_verifies().await;
}
