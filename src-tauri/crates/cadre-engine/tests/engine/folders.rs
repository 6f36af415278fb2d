//! Where a project works: a worktree and a branch, the user's own folder, or a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};

use cadre_core::effect::Action;
use cadre_core::plan::{Evidence, EvidenceKind, Plan, Step};
use cadre_core::workplace::{Workplace, WorkplaceMode};
use cadre_engine::{
    AttachmentError, Brought, InboxItem, PlanError, ProjectView, RequestError, WorkplaceError,
};

use crate::support::{Bench, answer};

/// A program that proposes one file.
fn proposes(path: &str, content: &str) -> String {
    let file = format!(r#"{{"path":"{path}","media_type":"text/plain","content":"{content}"}}"#);
    format!(
        "cat >/dev/null\ncat <<'END'\n{{\"contract\":1,\"summary\":\"done\",\"data\":{{}},\"files\":[{file}]}}\nEND"
    )
}

fn git(folder: &Path, args: &[&str]) -> String {
    #[expect(
        clippy::disallowed_methods,
        reason = "the repository's user is not Cadre, and runs git as they do"
    )]
    let mut command = std::process::Command::new("git");
    command.args(["-c", "user.name=Ada", "-c", "user.email=ada@x.invalid", "-C"]).arg(folder).args(args);
    let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output().expect("git is installed");
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// Everything in a checkout, and what git keeps of it alone: nothing of that is Cadre's to change.
fn checkout(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(place) = open.pop() {
        for entry in fs::read_dir(&place).expect("is read") {
            let path = entry.expect("is read").path();
            match path.is_dir() {
                true if path.ends_with(".git") => {
                    found.extend(
                        ["HEAD", "index", "config"]
                            .map(|it| path.join(it))
                            .map(|it| (it.clone(), fs::read(&it).expect("is there"))),
                    );
                }
                true => open.push(path),
                false => found.push((path.clone(), fs::read(&path).expect("is read"))),
            }
        }
    }
    found.sort();
    found
}

fn repository(bench: &Bench) -> PathBuf {
    let folder = bench.source();
    fs::write(folder.join("a.txt"), "one\n").expect("is written");
    git(&folder, &["init", "-q", "-b", "main"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-qm", "Begin"]);
    folder
}

/// A step for a member, after others.
fn step(template: &Step, id: &str, assignee: Option<&str>, after: &[&str], evidence: &str) -> Step {
    let evidence = Evidence { kind: EvidenceKind::FileExists, value: evidence.into(), note: String::new() };
    Step {
        id: id.into(),
        title: format!("Do {id}"),
        assignee: assignee.map(str::to_owned),
        human: None,
        depends_on: after.iter().map(|id| (*id).to_owned()).collect(),
        evidence: vec![evidence],
        ..template.clone()
    }
}

/// A plan that changes the source folder, with steps of the test's own.
async fn planned(bench: &Bench, steps: impl FnOnce(&Step) -> Vec<Step>) -> (String, u32, Plan) {
    let source = bench.source();
    let text = "fix the crash of the export on empty files";
    let filed = bench.engine.file_request(text, Some(&source), "owner", "test").await.expect("files");
    let (project, _, mut plan) = bench.engine.plan_request(&filed.id, "owner").await.expect("plans");
    assert_eq!(plan.template.as_deref(), Some("bug-fix"), "a plan that changes the folder");
    plan.steps = steps(&plan.steps[0]);
    plan.gaps.clear();
    let version = bench.engine.draft(&project, &plan, "owner").await.expect("drafts");
    (project, version, plan)
}

async fn approve(bench: &Bench, (project, version, plan): &(String, u32, Plan)) {
    bench.engine.approve_plan(project, *version, &plan.hash(), "owner", "test").await.expect("approves");
}

/// Approves whatever asks until the project is over.
async fn carry(bench: &Bench, project: &str) -> ProjectView {
    loop {
        let done = bench.project_with_status(project, "completed");
        let item = bench.item("approval");
        tokio::select! {
            view = done => return view,
            item = item => bench.decide(&item, "approve").await,
        }
    }
}

fn branch_of(view: &ProjectView) -> &str {
    view.place.branch.as_deref().expect("the result is on a branch")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_on_a_branch_and_the_users_checkout_is_as_it_was() {
    let bench = Bench::new().await;
    let folder = repository(&bench);
    fs::write(folder.join("a.txt"), "the user's own change\n").expect("is written");
    fs::write(folder.join("odd\nname"), "not committed").expect("is written");
    bench.add_function_agent("writer", &proposes("src/new.txt", "written"), "").await;
    let before = checkout(&folder);
    let plan = planned(&bench, |it| vec![step(it, "write", Some("writer"), &[], "src/new.txt")]).await;
    let place = bench.engine.plan_place(&plan.0, &plan.2).await.expect("is shown");
    assert_eq!(
        (place.mode, place.branch.as_deref()),
        (WorkplaceMode::Worktree, Some("cadre/reproduce-repair-and-prove-a-defect"))
    );
    assert_eq!(
        place.uncommitted.files,
        ["a.txt", "odd\nname"],
        "a dirty tree is shown before anything is approved"
    );
    assert_eq!(place.choices, [WorkplaceMode::Fresh, WorkplaceMode::InPlace]);
    assert!(!Path::new(&place.folder).exists(), "nothing acts before it is approved");
    assert_eq!(git(&folder, &["branch", "--list", "cadre/*"]), "");
    approve(&bench, &plan).await;
    let view = carry(&bench, &plan.0).await;
    assert_eq!(git(&folder, &["show", &format!("{}:src/new.txt", branch_of(&view))]), "written");
    assert_eq!(
        git(&folder, &["show", &format!("{}:a.txt", branch_of(&view))]),
        "one",
        "it begins at the commit"
    );
    let author = git(&folder, &["log", "-1", "--format=%an %s", branch_of(&view)]);
    assert_eq!(author, "writer Do write");
    assert_eq!(checkout(&folder), before, "the user's checkout is byte for byte what it was");
    let effects = bench.engine.effects(&plan.0).await.expect("reads");
    let titles: Vec<&str> = effects.iter().map(|effect| effect.title.as_str()).collect();
    assert_eq!(titles.len(), 4, "a worktree, a program, a file, a commit: {titles:?}");
    let permit = format!("plan:{}", plan.2.hash());
    for effect in effects.iter().filter(|effect| matches!(effect.action, Action::Git { .. })) {
        assert_eq!((effect.status.as_str(), effect.granted_by.as_ref()), ("done", Some(&permit)));
    }
    assert_eq!(bench.engine.undo_all(&plan.0, "owner", "test").await.expect("is undone"), 1);
    let left = git(&folder, &["diff", "--stat", "main", branch_of(&view)]);
    assert_eq!(left, "", "what is taken back is taken back on the branch too");
    assert_eq!(checkout(&folder), before);
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_place_is_a_persons_choice_that_the_approval_covers_and_each_write_asks() {
    let bench = Bench::new().await;
    let folder = repository(&bench);
    bench.add_function_agent("writer", &proposes("a.txt", "two"), "").await;
    let (project, version, plan) =
        planned(&bench, |it| vec![step(it, "write", Some("writer"), &[], "a.txt")]).await;
    let wanted = Some(WorkplaceMode::InPlace);
    let (newer, chosen) = bench
        .engine
        .refine_plan(&project, version, None, vec![], wanted, "owner")
        .await
        .expect("a version of its own");
    assert_ne!(chosen.hash(), plan.hash(), "where the work is done is part of what is approved");
    assert!(
        matches!(&chosen.workplace, Some(Workplace::InPlace { folder: named, .. }) if Path::new(named) == folder)
    );
    let (newest, refined) = bench
        .engine
        .refine_plan(&project, newer, Some("keep it short"), vec![], None, "owner")
        .await
        .expect("refines");
    assert!(
        matches!(refined.workplace, Some(Workplace::InPlace { .. })),
        "the choice stays until another is made"
    );
    bench
        .engine
        .approve_plan(&project, version, &plan.hash(), "owner", "test")
        .await
        .expect_err("it is older");
    approve(&bench, &(project.clone(), newest, refined)).await;
    let program = bench.item("approval").await;
    bench.decide(&program, "approve").await;
    let write = bench.item("approval").await;
    let why = write.detail["why"].as_str().unwrap_or_default();
    assert!(why.contains("your own folder"), "each write asks: {why}");
    assert_eq!(fs::read_to_string(folder.join("a.txt")).expect("is there"), "one\n");
    bench.decide(&write, "approve").await;
    bench.project_with_status(&project, "completed").await;
    assert_eq!(fs::read_to_string(folder.join("a.txt")).expect("is there"), "two");
    assert_eq!(git(&folder, &["branch", "--list", "cadre/*"]), "", "no branch is made");
    bench.engine.undo_all(&project, "owner", "test").await.expect("is undone");
    assert_eq!(fs::read_to_string(folder.join("a.txt")).expect("is there"), "one\n");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_a_repository_is_left_alone_unless_a_person_says_in_place() {
    let bench = Bench::new().await;
    fs::write(bench.source().join("a.txt"), "one\n").expect("is written");
    bench.add_function_agent("writer", &proposes("a.txt", "two"), "").await;
    let plan = planned(&bench, |it| vec![step(it, "write", Some("writer"), &[], "a.txt")]).await;
    assert_eq!(plan.2.workplace, None);
    assert!(
        plan.2.assumptions.iter().any(|it| it.contains("in no git repository")),
        "it says why: {:?}",
        plan.2.assumptions
    );
    let impossible =
        bench.engine.refine_plan(&plan.0, plan.1, None, vec![], Some(WorkplaceMode::Worktree), "owner");
    assert!(matches!(impossible.await, Err(PlanError::Workplace(_))));
    approve(&bench, &plan).await;
    let view = carry(&bench, &plan.0).await;
    assert_eq!(fs::read_to_string(bench.source().join("a.txt")).expect("is there"), "one\n");
    assert_eq!(fs::read_to_string(Path::new(&view.place.folder).join("a.txt")).expect("is there"), "two");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn repositories_that_can_have_no_worktree_say_why() {
    let bench = Bench::new().await;
    git(&bench.source(), &["init", "-q"]);
    let (_, _, plan) = planned(&bench, |it| vec![step(it, "write", None, &[], "a.txt")]).await;
    assert!(plan.assumptions.iter().any(|it| it.contains("no commit yet")), "{:?}", plan.assumptions);
    fs::create_dir(bench.source().join("untracked")).expect("is made");
    fs::write(bench.source().join("a.txt"), "one\n").expect("is written");
    git(&bench.source(), &["add", "a.txt"]);
    git(&bench.source(), &["commit", "-qm", "Begin"]);
    let text = "fix the crash of the export on empty files";
    let untracked = bench.source().join("untracked");
    let filed = bench.engine.file_request(text, Some(&untracked), "owner", "test").await.expect("files");
    let (_, _, plan) = bench.engine.plan_request(&filed.id, "owner").await.expect("plans");
    assert!(
        plan.assumptions.iter().any(|it| it.contains("no commit of the repository")),
        "{:?}",
        plan.assumptions
    );
}

/// Two writers beside each other, and one after both.
async fn side_by_side(bench: &Bench, left: (&str, &str), right: (&str, &str)) -> (String, u32, Plan) {
    bench.add_function_agent("left", &proposes(left.0, left.1), "").await;
    bench.add_function_agent("right", &proposes(right.0, right.1), "").await;
    bench.add_function_agent("last", &proposes("last.txt", "last"), "").await;
    planned(bench, |it| {
        vec![
            step(it, "left", Some("left"), &[], left.0),
            step(it, "right", Some("right"), &[], right.0),
            step(it, "last", Some("last"), &["left", "right"], left.0),
        ]
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_steps_that_write_get_a_worktree_each_and_are_merged() {
    let bench = Bench::new().await;
    let folder = repository(&bench);
    let plan = side_by_side(&bench, ("left.txt", "left"), ("right.txt", "right")).await;
    let place = bench.engine.plan_place(&plan.0, &plan.2).await.expect("is shown");
    assert_eq!(place.parallel, ["left", "right"], "the plan shows which");
    approve(&bench, &plan).await;
    let view = carry(&bench, &plan.0).await;
    let files = git(&folder, &["ls-tree", "-r", "--name-only", branch_of(&view)]);
    assert_eq!(files, "a.txt\nlast.txt\nleft.txt\nright.txt");
    assert_eq!(
        git(&folder, &["branch", "--list", "cadre/*"]).lines().count(),
        1,
        "branches of steps are gone"
    );
    assert_eq!(git(&folder, &["worktree", "list"]).lines().count(), 2);
    let effects = bench.engine.effects(&plan.0).await.expect("reads");
    let left = effects.iter().find(|effect| effect.title == "Write left.txt").expect("is on record");
    bench.engine.undo(&left.id, "owner", "test").await.expect("a merged file can be taken back");
    let files = git(&folder, &["ls-tree", "-r", "--name-only", branch_of(&view)]);
    assert_eq!(files, "a.txt\nlast.txt\nright.txt", "from where it is now");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_of_parallel_steps_asks_a_person_who_settles_it_in_the_files() {
    let bench = Bench::new().await;
    let folder = repository(&bench);
    let plan = side_by_side(&bench, ("a.txt", "left"), ("a.txt", "right")).await;
    approve(&bench, &plan).await;
    let mut asked: Option<InboxItem> = None;
    while asked.is_none() {
        tokio::select! {
            item = bench.item("approval") => bench.decide(&item, "approve").await,
            item = bench.item("failure") => asked = Some(item),
        }
    }
    let item = asked.expect("a person is asked");
    assert!(item.message.contains("a.txt"), "the files are named: {}", item.message);
    let place = PathBuf::from(item.detail["folder"].as_str().expect("it says where"));
    let text = fs::read_to_string(place.join("a.txt")).expect("is there");
    assert!(text.contains("left") && text.contains("right"), "both versions are there: {text}");
    bench.decide(&item, "retry").await;
    let unsettled = bench.item("failure").await;
    assert!(
        unsettled.detail["detail"].as_str().is_some_and(|it| it.contains("marks")),
        "{:?}",
        unsettled.detail
    );
    let bench = bench.reopen().await;
    fs::write(place.join("a.txt"), "left and right\n").expect("is written");
    bench.decide(&bench.item("failure").await, "retry").await;
    let view = carry(&bench, &plan.0).await;
    assert_eq!(git(&folder, &["show", &format!("{}:a.txt", branch_of(&view))]), "left and right");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_changes_in_the_worktree_is_committed_and_a_restart_makes_nothing_twice() {
    let bench = Bench::new().await;
    let folder = repository(&bench);
    let plan = planned(&bench, |it| vec![step(it, "by-hand", None, &[], "a.txt")]).await;
    approve(&bench, &plan).await;
    let item = bench.item("work").await;
    let place = PathBuf::from(item.detail["folder"].as_str().expect("a person is told where"));
    let bench = bench.reopen().await;
    fs::write(place.join("a.txt"), "by hand\n").expect("is written");
    bench.engine.decide(answer(&bench.item("work").await, "done")).await.expect("is taken");
    let view = bench.project_with_status(&plan.0, "completed").await;
    assert_eq!(git(&folder, &["show", &format!("{}:a.txt", branch_of(&view))]), "by hand");
    let effects = bench.engine.effects(&plan.0).await.expect("reads");
    assert_eq!(effects.len(), 2, "one worktree, one commit");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_went_away_is_asked_about() {
    let bench = Bench::new().await;
    let folder = repository(&bench);
    let plan = planned(&bench, |it| vec![step(it, "by-hand", None, &[], "a.txt")]).await;
    fs::rename(folder.join(".git"), bench.root.path().join("elsewhere")).expect("is moved");
    approve(&bench, &plan).await;
    let item = bench.item("failure").await;
    assert_eq!(item.allowed, ["retry", "abort"], "a project without its worktree cannot go on: {item:?}");
    fs::rename(bench.root.path().join("elsewhere"), folder.join(".git")).expect("is moved back");
    bench.decide(&item, "retry").await;
    bench.item("work").await;
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn recent_folders_are_those_of_past_requests_that_are_still_there() {
    let bench = Bench::new().await;
    repository(&bench);
    let gone = bench.root.path().join("gone");
    fs::create_dir(&gone).expect("is made");
    for folder in [bench.source(), gone.clone(), bench.source()] {
        bench.engine.file_request("review this", Some(&folder), "owner", "test").await.expect("files");
    }
    fs::remove_dir(&gone).expect("is removed");
    let recent = bench.engine.recent_folders().await.expect("reads");
    assert_eq!(recent.len(), 1, "each once, and only those that are there: {recent:?}");
    assert_eq!((Path::new(&recent[0].path), recent[0].is_repository), (bench.source().as_path(), true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_looked_at_is_not_changed_in_place() {
    let bench = Bench::new().await;
    let folder = repository(&bench);
    let filed = bench
        .engine
        .file_request("fix the crash of the export on empty files", Some(&folder), "owner", "test")
        .await
        .expect("files");
    let (project, version, _) = bench.engine.plan_request(&filed.id, "owner").await.expect("plans");
    fs::write(folder.join(".git/index"), "no index").expect("is written");
    let wanted = Some(WorkplaceMode::InPlace);
    let refused = bench.engine.refine_plan(&project, version, None, vec![], wanted, "owner").await;
    let Err(PlanError::Workplace(why @ WorkplaceError::NotLookedAt { .. })) = refused else {
        panic!("nobody can say what is not committed there: {refused:?}")
    };
    let why = why.to_string();
    assert!(why.contains(&folder.display().to_string()) && why.contains("git "), "{why}");
    let newest = bench.engine.project(&project).await.expect("reads").plan_version;
    assert_eq!(newest, version, "and there is no version that says otherwise");
    bench.assert_verifies().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_private_goes_with_no_request() {
    let bench = Bench::new().await;
    let text = "fix the crash of the export on empty files";
    let keys = bench.root.path().join("home/.ssh");
    fs::create_dir_all(&keys).expect("is made");
    fs::write(keys.join("id_ed25519"), "a key").expect("is written");
    let workspace = bench.engine.workspace().to_owned();
    fs::create_dir_all(workspace.join("homes/coder")).expect("is made");
    fs::write(workspace.join("homes/coder/sign-in.json"), "{}").expect("is written");
    let record = workspace.join(".cadre/cadre.sqlite");
    for file in [keys.join("id_ed25519"), record, workspace.join("homes/coder/sign-in.json")] {
        let refused =
            bench.engine.file_request_with(text, None, files(vec![file.clone()]), "owner", "test").await;
        let refused = refused.expect_err("it is given to no agent");
        assert!(
            matches!(refused, RequestError::Attachment(AttachmentError::Private(_))),
            "{file:?}: {refused}"
        );
    }
    for folder in [keys, workspace.join(".cadre")] {
        let refused = bench.engine.file_request(text, Some(&folder), "owner", "test").await;
        assert!(matches!(refused, Err(RequestError::Private(_))), "{folder:?}: {refused:?}");
    }
    assert!(bench.engine.requests(9).await.expect("reads").is_empty(), "nothing was filed");
}

/// A program that reads the one attachment, tries to change it, and proposes what it read.
const READS_ATTACHMENT: &str = r#"path=$(sed -n 's/.*"attachments":\[{"name":"[^"]*","path":"\([^"]*\)".*/\1/p')
text=$(cat "$path")
(echo changed >> "$path") 2>/dev/null && text="it could be changed"
printf '{"contract":1,"summary":"read","data":{},"files":[{"path":"out.txt","media_type":"text/plain","content":"%s"}]}' "$text""#;

fn files(files: Vec<PathBuf>) -> Brought {
    Brought { files, ..Brought::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_with_a_request_is_copied_and_steps_only_read_it() {
    let bench = Bench::new().await;
    bench.add_function_agent("reader", READS_ATTACHMENT, "").await;
    let given = bench.root.path().join("brief \u{202e}.txt");
    fs::write(&given, "what is wanted").expect("is written");
    let text = "fix the crash of the export on empty files";
    let link = bench.root.path().join("link");
    std::os::unix::fs::symlink(&given, &link).expect("is made");
    let refused = bench.engine.file_request_with(text, None, files(vec![link]), "owner", "test").await;
    assert!(refused.is_err_and(|error| error.to_string().contains("is no file")), "a link is not followed");
    let filed = bench
        .engine
        .file_request_with(text, None, files(vec![given.clone()]), "owner", "test")
        .await
        .expect("files");
    fs::remove_file(&given).expect("is removed");
    let request = bench.engine.request(&filed.id).await.expect("reads");
    assert_eq!(request.attachments[0].name, "brief _.txt");
    let (project, _, mut plan) = bench.engine.plan_request(&filed.id, "owner").await.expect("plans");
    assert_eq!(
        plan.attachments, request.attachments,
        "what is approved names what steps are given, by its hash"
    );
    plan.steps = vec![step(&plan.steps[0], "read", Some("reader"), &[], "out.txt")];
    plan.gaps.clear();
    let version = bench.engine.draft(&project, &plan, "owner").await.expect("drafts");
    approve(&bench, &(project.clone(), version, plan)).await;
    let view = carry(&bench, &project).await;
    let read = fs::read_to_string(Path::new(&view.place.folder).join("out.txt")).expect("is there");
    assert_eq!(read, "what is wanted", "the copy is read, and read only");
    bench.assert_verifies().await;
}
