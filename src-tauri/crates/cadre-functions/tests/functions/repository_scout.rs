use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{command, data, folder, run_with, write};

const AGENT: &str = "repository-scout";

/// `language: files/code/comment/blank`
fn languages(data: &Value) -> Vec<String> {
    let items = data["languages"]["items"].as_array().expect("languages are a list");
    let figures = |item: &Value| {
        let language = item["language"].as_str().unwrap_or_default().to_owned();
        format!("{language}: {}/{}/{}/{}", item["files"], item["code"], item["comment"], item["blank"])
    };
    items.iter().map(figures).collect()
}

#[test]
fn a_project_is_described_by_languages_tests_markers_and_landmarks() {
    let project = folder(&[
        ("README.md", "# Title\n\nText.\n"),
        ("LICENSE", "Permission is hereby granted, free of charge, to any person\n"),
        (".github/workflows/ci.yml", "on: push\n"),
        (".gitignore", "target/\n*.log\n"),
        ("Cargo.lock", "# generated\nversion = 4\n"),
        ("src/main.rs", "// FIXME: wrong\nfn main() {}\n\n#[test]\nfn works() {}\n"),
        ("web/app.test.ts", "it('works', () => {\n});\n"),
        ("tool", "#!/usr/bin/env python3\nprint(1)\n"),
        ("vendor/lib/a.c", "int a;\n"),
        ("dist/app.min.js", "var a;\n"),
        ("target/debug/out.rs", "fn ignored() {}\n"),
        ("run.log", "ignored\n"),
    ]);
    write(project.path(), "logo.png", &[0x89, b'P', b'N', b'G', 0, 1, 2]);
    let output = run_with(AGENT, project.path(), &json!({}), "");
    let data = &output["data"];
    assert_eq!(data["kind"], "repository-scout/1");
    insta::assert_snapshot!(output["summary"].as_str().unwrap(), @r##"11 files, 251 B, 6 lines of code (Rust 50 %, TypeScript 33 %, Python 17 %). It has about 2 test cases and 1 marker left in the text."##);
    insta::assert_debug_snapshot!(languages(data), @r##"
    [
        "Rust: 1/3/1/1",
        "TypeScript: 1/2/0/0",
        "Python: 1/1/1/0",
        "YAML: 1/1/0/0",
        "Markdown: 1/2/0/1",
    ]
    "##);
    insta::assert_snapshot!(data["tests"], @r##"{"cases":2,"code":2,"files":1,"languages":[{"cases":1,"code":0,"files":0,"language":"Rust"},{"cases":1,"code":2,"files":1,"language":"TypeScript"}]}"##);
    insta::assert_snapshot!(data["markers"]["items"]["items"], @r##"[{"kind":"FIXME","line":1,"path":"src/main.rs","text":"wrong"}]"##);
    insta::assert_snapshot!(data["set_aside"], @r##"{"bytes":38,"generated_files":2,"lines":4,"vendored_files":1}"##);
    assert_eq!(data["licences"], json!(["MIT"]), "a licence is known by its text");
    let present: Vec<&str> = data["landmarks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|landmark| landmark["files"] != 0)
        .filter_map(|landmark| landmark["kind"].as_str())
        .collect();
    insta::assert_debug_snapshot!(present, @r##"
    [
        "readme",
        "licence",
        "continuous_integration",
        "lock_file",
        "ignore_rules",
    ]
    "##);
    assert_eq!(data["binary_files"]["items"][0]["path"], "logo.png", "a NUL byte makes a file binary");
}

#[test]
fn an_empty_folder_is_not_a_failure() {
    let output = run_with(AGENT, folder(&[]).path(), &json!({}), "");
    assert_eq!(output["data"]["totals"]["files"], 0);
    assert_eq!(output["summary"], "The folder holds no files that its ignore rules leave.");
}

#[test]
fn a_worktree_inside_an_ignored_folder_is_not_ignored() {
    let outer = folder(&[
        (".gitignore", "*\n"),
        (".git/HEAD", ""),
        ("trees/one/.git", "gitdir: x"),
        ("trees/one/a.rs", "a"),
    ]);
    let tree = data(AGENT, &outer.path().join("trees/one"));
    assert_eq!(tree["totals"]["files"], 1, "the rules around a worktree are not its rules");
    std::fs::remove_file(outer.path().join("trees/one/.git")).unwrap();
    let part = data(AGENT, &outer.path().join("trees/one"));
    assert_eq!(part["totals"]["files"], 0, "a part of a repository follows the repository's rules");
}

#[test]
fn a_huge_file_is_counted_but_not_kept() {
    let project = folder(&[]);
    let lines = "let a = 1; // comment\n".repeat(400_000);
    write(project.path(), "huge.rs", lines.as_bytes());
    write(project.path(), "one-line.js", "a".repeat(6 * 1024 * 1024).as_bytes());
    let data = data(AGENT, project.path());
    let rust = &data["languages"]["items"][0];
    let sum = rust["code"].as_u64().unwrap() + rust["unclassified"].as_u64().unwrap();
    assert_eq!(sum, 400_000, "lines beyond the limit are counted, not classified: {rust}");
    assert_eq!(data["partly_read"]["items"], json!(["huge.rs"]), "the report says that a file was cut short");
    assert_eq!(data["totals"]["bytes"], 22 * 400_000 + 6 * 1024 * 1024, "sizes are whole");
}

#[test]
fn many_files_do_not_grow_the_result() {
    let project = folder(&[]);
    for number in 0..3_000 {
        let path = format!("folder{:02}/{}{number}.rs", number % 60, "long-name-".repeat(10));
        write(project.path(), &path, b"// TODO: one\n// TODO: two\nfn a() {}\n");
    }
    let data = data(AGENT, project.path());
    assert_eq!(data["totals"]["files"], 3_000);
    let markers = &data["markers"]["items"];
    assert_eq!(markers["items"].as_array().unwrap().len(), 150, "only the first markers are listed");
    assert_eq!(markers["left_out"], 5_850, "the list says how many it left out");
    assert_eq!(data["largest_files"]["left_out"], 2_980, "the list says how many it left out");
}

#[cfg(unix)]
#[test]
fn hostile_entries_neither_hang_nor_lead_out() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let outside = folder(&[("secret.rs", "fn secret() {}\n")]);
    let project = folder(&[("src/a.rs", "fn a() {}\n"), ("closed/b.rs", "fn b() {}\n"), ("c.rs", "x")]);
    let at = |path: &str| project.path().join(path);
    symlink(project.path(), at("src/loop")).unwrap();
    symlink(outside.path(), at("outside")).unwrap();
    symlink(outside.path().join("secret.rs"), at("secret.rs")).unwrap();
    assert!(command("mkfifo").arg(at("pipe.rs")).status().unwrap().success(), "a FIFO can be made");
    for path in ["closed", "c.rs"] {
        std::fs::set_permissions(at(path), std::fs::Permissions::from_mode(0o000)).unwrap();
    }
    // Whoever may read everything, as root may, sees no closed folder.
    let reads_everything = std::fs::read_dir(at("closed")).is_ok();
    let data = data(AGENT, project.path());
    std::fs::set_permissions(at("closed"), std::fs::Permissions::from_mode(0o755)).unwrap();

    let files = data["totals"]["files"].as_u64().unwrap();
    assert_eq!(files, if reads_everything { 3 } else { 1 }, "links are not followed: {data}");
    assert_eq!(data["totals"]["symbolic_links"], 3, "links are counted");
    let skipped: Vec<&str> = data["skipped"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| entry["path"].as_str())
        .collect();
    let expected: &[&str] = if reads_everything { &["pipe.rs"] } else { &["c.rs", "closed", "pipe.rs"] };
    assert_eq!(skipped, expected, "what cannot be read is reported and not fatal");
}

#[cfg(target_os = "linux")]
#[test]
fn names_and_texts_may_be_any_bytes() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let project = folder(&[]);
    let name = OsStr::from_bytes(b"bad\xFF\n\x1b[31mname.rs");
    std::fs::write(project.path().join(Path::new(name)), b"// TODO: \xFF\xFE \x1b[2J\nfn a() {}\n").unwrap();
    let data = data(AGENT, project.path());
    let marker = &data["markers"]["items"]["items"][0];
    insta::assert_snapshot!(marker, @r##"{"kind":"TODO","line":1,"path":"bad�\\u{a}\\u{1b}[31mname.rs","text":"�� \\u{1b}[2J"}"##);
}
