use serde_json::{Value, json};

use crate::harness::{Repository, data, folder, run_with, write};

const AGENT: &str = "git-historian";

#[test]
fn a_history_is_told_by_pace_people_releases_and_hot_spots() {
    let repository = Repository::new();
    repository.commit("Ada", 500, &[("a.rs", "1\n"), ("gone.rs", "1\n"), ("Cargo.lock", "1\n")]);
    repository.git(&["tag", "v0.1.0"], "Ada", 500);
    repository.commit("Grace", 60, &[("a.rs", "1\n2\n"), ("Cargo.lock", "2\n")]);
    repository.git(&["tag", "--annotate", "--message=x", "v0.2.0"], "Grace", 60);
    repository.git(&["tag", "nightly"], "Grace", 60);
    repository.commit("Grace", 40, &[("a.rs", "1\n2\n3\n"), ("b.rs", "1\n"), ("Cargo.lock", "3\n")]);
    std::fs::remove_file(repository.path().join("gone.rs")).unwrap();
    repository.commit("dependabot[bot]", 20, &[("Cargo.lock", "4\n")]);
    repository.commit("Ada", 10, &[("c d.rs", "1\n")]);
    repository.git(&["branch", "old", "v0.1.0"], "Ada", 10);

    let output = run_with(AGENT, repository.path(), &json!({}), "");
    insta::assert_snapshot!(output["summary"].as_str().unwrap(), @r##"5 commits by 3 contributors over 16 months, the last one 10 days ago; 2 releases. 1 person made half of the changes of the year."##);
    let data = &output["data"];
    assert_eq!(
        (&data["kind"], &data["repository"], &data["shallow"]),
        (&json!(AGENT.to_owned() + "/1"), &json!(true), &json!(false))
    );
    insta::assert_snapshot!(data["bus_factor"], @r##"{"by_commits":1,"by_files":1,"largest_share":83,"people":["Grace"]}"##);
    insta::assert_snapshot!(data["hot_spots"]["items"], @r##"[{"authors":1,"commits":2,"lines":2,"path":"a.rs"},{"authors":1,"commits":1,"lines":1,"path":"b.rs"},{"authors":1,"commits":1,"lines":1,"path":"c d.rs"}]"##);
    insta::assert_snapshot!(data["releases"], @r##"{"commits_since_last":3,"median_days_between":440,"tags":3,"versions":{"items":[{"date":"2025-09-22","days_ago":60,"prerelease":false,"tag":"v0.2.0"},{"date":"2024-07-09","days_ago":500,"prerelease":false,"tag":"v0.1.0"}],"left_out":0}}"##);
    insta::assert_snapshot!(data["branches"], @r##"{"items":{"items":[{"last_commit":{"date":"2025-11-11","days_ago":10},"merged":true,"name":"main"},{"last_commit":{"date":"2024-07-09","days_ago":500},"merged":true,"name":"old"}],"left_out":0},"local":2,"remote":0,"stale":1}"##);
    insta::assert_snapshot!(data["window"], @r##"{"commits":4,"cut_short":false,"ends_now":true,"files_touched":5,"from":"2024-11-21","to":"2025-11-21"}"##);
    let people: Vec<String> = data["contributors"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|person| {
            format!("{} {} {} {}", person["name"], person["commits"], person["recent_commits"], person["bot"])
        })
        .collect();
    insta::assert_debug_snapshot!(people, @r##"
    [
        "\"Grace\" 2 2 false",
        "\"Ada\" 2 1 false",
        "\"dependabot[bot]\" 1 1 true",
    ]
    "##);
    let months = data["months"].as_array().unwrap();
    assert_eq!(months.len(), 17, "months have no gaps: {months:?}");
    let sum: u64 = months.iter().filter_map(|month| month["commits"].as_u64()).sum();
    assert_eq!(sum, 5, "every commit is in its month");
}

#[test]
fn a_folder_without_history_is_not_a_failure() {
    let none = run_with(AGENT, folder(&[("a", "")]).path(), &json!({}), "");
    assert_eq!(none["data"]["repository"], false);
    assert_eq!(none["summary"], "The folder is not in a git repository, so there is no history to look at.");

    let empty = run_with(AGENT, Repository::new().path(), &json!({}), "");
    assert_eq!((&empty["data"]["repository"], &empty["data"]["commits"]), (&json!(true), &json!(0)));
    assert_eq!(empty["summary"], "The git repository is empty: it has no commit yet.");

    let repository = Repository::new();
    repository.commit("Ada", 1, &[("a", "")]);
    write(repository.path(), "untracked/file", b"");
    let untracked = data(AGENT, &repository.path().join("untracked"));
    assert_eq!(untracked["repository"], false, "a repository around a folder is not its history");
}

#[test]
fn a_part_of_a_repository_has_its_own_history() {
    let repository = Repository::new();
    repository.commit("Ada", 9, &[("part/a.rs", "1\n"), ("other/b.rs", "1\n")]);
    repository.commit("Grace", 5, &[("other/b.rs", "2\n")]);
    let data = data(AGENT, &repository.path().join("part"));
    assert_eq!((&data["commits"], &data["part_of_repository"]), (&json!(1), &json!("part")));
    assert_eq!(data["hot_spots"]["items"][0]["path"], "a.rs", "paths are relative to the folder: {data}");
}

#[test]
fn people_are_joined_by_the_mailmap() {
    let repository = Repository::new();
    repository.commit("Ada", 9, &[("a", "1")]);
    repository.commit("countess", 8, &[("a", "2")]);
    let before = data(AGENT, repository.path());
    assert_eq!(before["contributors"]["items"].as_array().unwrap().len(), 2);
    repository.commit("Ada", 7, &[(".mailmap", "Ada <ada@example.org> <countess@example.org>\n")]);
    let after = data(AGENT, repository.path());
    assert_eq!(after["contributors"]["items"][0]["commits"], 3, "the mailmap holds: {after}");
}

#[test]
fn a_dormant_repository_is_looked_at_before_its_last_commit() {
    let repository = Repository::new();
    repository.commit("Ada", 2_000, &[("a", "1")]);
    let data = data(AGENT, repository.path());
    assert_eq!((&data["window"]["ends_now"], &data["window"]["commits"]), (&json!(false), &json!(1)));
}

#[test]
fn absurd_dates_neither_fail_nor_fill_the_result() {
    let repository = Repository::new();
    repository.commit("Ada", 20_000, &[("a", "1")]);
    repository.commit("Ada", -4_000, &[("a", "2")]);
    repository.commit("Ada", 3, &[("a", "3")]);
    let data = data(AGENT, repository.path());
    assert_eq!(data["months"].as_array().unwrap().len(), 120, "ten years at most");
    assert_eq!(data["commits_before_months"], 1, "older commits are counted");
    assert_eq!(data["commits_in_the_future"], 1, "future commits are said");
    assert_eq!(data["last_commit"]["days_ago"], 3, "the future is not activity");
}

#[test]
fn a_shallow_clone_says_so() {
    let repository = Repository::new();
    for number in 0..4 {
        repository.commit("Ada", 9 - number, &[("a", &number.to_string())]);
    }
    let clone = Repository { folder: folder(&[]) };
    let source = format!("file://{}", repository.path().display());
    clone.git(&["clone", "--quiet", "--depth=2", &source, "."], "Ada", 0);
    let output = run_with(AGENT, clone.path(), &json!({}), "");
    assert_eq!((&output["data"]["shallow"], &output["data"]["commits"]), (&json!(true), &json!(2)));
    assert!(output["summary"].as_str().unwrap().contains("shallow"), "lower bounds are called so: {output}");
}

/// Nothing that a repository configures may start a program.
#[cfg(unix)]
#[test]
fn a_hostile_repository_starts_nothing() {
    use std::os::unix::fs::PermissionsExt;

    let repository = Repository::new();
    repository.commit("Ada", 3, &[("a.txt", "1\n"), (".gitattributes", "* diff=evil filter=evil\n")]);
    repository.commit("Ada", 2, &[("a.txt", "2\n")]);
    let trap = repository.path().join(".git/trap");
    let sprung = repository.path().join(".git/sprung");
    std::fs::write(&trap, format!("#!/bin/sh\necho $0 $@ >> '{}'\ncat\n", sprung.display())).unwrap();
    std::fs::set_permissions(&trap, std::fs::Permissions::from_mode(0o755)).unwrap();
    for (index, hook) in ["post-index-change", "reference-transaction", "pre-auto-gc"].iter().enumerate() {
        std::fs::copy(&trap, repository.path().join(".git/hooks").join(hook)).unwrap_or(index as u64);
    }
    let trap = trap.to_str().unwrap();
    for setting in [
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "filter.evil.clean",
        "filter.evil.smudge",
        "gpg.program",
        "pager.log",
        "credential.helper",
    ] {
        repository.git(&["config", setting, trap], "Ada", 1);
    }
    repository.git(&["config", "log.showSignature", "true"], "Ada", 1);
    let _ = std::fs::remove_file(&sprung);
    let data = data(AGENT, repository.path());
    assert_eq!(data["commits"], 2, "the history is read all the same");
    let started = std::fs::read_to_string(&sprung).unwrap_or_default();
    assert_eq!(started, "", "no program of the repository's configuration may start");
}

#[test]
fn hostile_names_stay_names() {
    let repository = Repository::new();
    let name = "<b>\u{202E}\u{1e}\u{1f}x";
    repository.commit(name, 2, &[("--output=x", "1"), ("tab\tname", "1")]);
    repository.git(&["tag", "v1.0-<script>"], name, 2);
    let data = data(AGENT, repository.path());
    let person: &Value = &data["contributors"]["items"][0]["name"];
    assert!(!person.to_string().contains('\u{202E}'), "overrides are made visible: {person}");
    assert_eq!(data["hot_spots"]["items"].as_array().unwrap().len(), 2, "odd paths are read whole: {data}");
}
