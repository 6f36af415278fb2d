use std::ops::ControlFlow;
use std::path::PathBuf;

use super::{BOTH, Fixture, variant};
use crate::folder::{
    EntryKind, FileHash, Folder, FolderError, LeaveOut, ProtectedPath, SearchLimits, SearchPattern,
    SearchQuery, WalkOptions, is_protected,
};

#[test]
fn reading_keeps_to_its_limits() {
    for resolution in BOTH {
        let fixture = Fixture::new(resolution);
        fixture.put("file", "0123456789");
        let folder = &fixture.folder;
        assert_eq!(folder.read("file", 10).expect("it fits exactly"), b"0123456789");
        let error = folder.read("./file", 9).expect_err("it is one byte too long");
        assert!(matches!(error, FolderError::TooLarge { len: 10, limit: 9, .. }), "{error:?}");
        for (offset, len, expected) in [(0, 3, "012"), (8, 5, "89"), (10, 1, ""), (99, 1, ""), (4, 0, "")] {
            let found = folder.read_range("file", offset, len).expect("a range may lie beyond the end");
            assert_eq!(found, expected.as_bytes(), "{len} bytes from {offset}");
        }
        let large = vec![7; 3 * 1024 * 1024 + 1];
        std::fs::write(fixture.project.join("large"), &large).expect("a folder of ours");
        let hash = folder.hash("large").expect("it exists");
        assert_eq!(hash, FileHash::of_bytes(&large), "the hash in pieces is the hash of the whole");
        assert_eq!(hash.to_string().parse::<FileHash>().expect("its own form"), hash);
    }
}

#[test]
fn a_hash_is_64_digits() {
    let valid = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(FileHash::of_bytes(b"").to_string(), valid, "the known hash of nothing");
    for text in ["", "e3", &valid[1..], &format!("{valid}0"), &valid.replace('e', "g")] {
        text.parse::<FileHash>().expect_err(text);
    }
}

#[test]
fn entries_are_listed_by_name_and_described_without_following() {
    for resolution in BOTH {
        let fixture = Fixture::new(resolution);
        fixture.put("b/file", "12345");
        fixture.put("a", "");
        fixture.link("/etc", "link");
        let listed = |path: &str| -> Vec<(String, EntryKind)> {
            let entries = fixture.folder.list(path).expect(path);
            entries.into_iter().map(|entry| (entry.name.to_string_lossy().into_owned(), entry.kind)).collect()
        };
        let expected = [("a", EntryKind::File), ("b", EntryKind::Directory), ("link", EntryKind::Link)];
        assert_eq!(listed(""), expected.map(|(name, kind)| (name.to_owned(), kind)));
        assert_eq!(listed("b"), [("file".to_owned(), EntryKind::File)]);
        let found = fixture.folder.metadata("b/file").expect("it exists");
        assert_eq!((found.kind, found.len, found.links), (EntryKind::File, 5, 1));
        assert_eq!(fixture.folder.metadata("link").expect("it exists").kind, EntryKind::Link);
        assert_eq!(fixture.folder.metadata("").expect("it exists").kind, EntryKind::Directory);
        for (path, expected) in [("missing", "NotFound"), ("a/x", "NotADirectory"), ("..", "OutsideRoot")] {
            assert_eq!(variant(&fixture.folder.list(path).expect_err(path)), expected, "listing {path}");
            assert_eq!(
                variant(&fixture.folder.metadata(path).expect_err(path)),
                expected,
                "describing {path}"
            );
        }
    }
}

#[test]
fn a_folder_stays_the_same_when_its_path_is_replaced() {
    let fixture = Fixture::new(BOTH[0]);
    fixture.put("file", "inside");
    let moved = fixture.project.with_file_name("moved");
    std::fs::rename(&fixture.project, &moved).expect("a folder of ours");
    std::os::unix::fs::symlink(&fixture.outside, &fixture.project).expect("a folder of ours");
    assert_eq!(fixture.folder.read("file", 100).expect("the handle holds the folder"), b"inside");
    fixture
        .folder
        .write_atomic("new", b"x", crate::folder::ExpectedTarget::Absent)
        .expect("it is still there");
    assert!(moved.join("new").exists(), "the write goes to the folder that was opened");
    fixture.assert_outside_untouched();
}

fn walked(folder: &Folder, options: &WalkOptions) -> Vec<String> {
    let mut found = Vec::new();
    folder
        .walk(options, |entry| {
            found.push(entry.path.display().to_string());
            ControlFlow::Continue(())
        })
        .expect("the start exists");
    found
}

#[test]
fn a_walk_obeys_ignore_rules_and_limits() {
    for resolution in BOTH {
        let fixture = Fixture::new(resolution);
        fixture.put(".gitignore", "target/\n*.log\n!keep.log\n/only-here\n");
        fixture.put("src/main.rs", "");
        fixture.put("src/.gitignore", "generated.rs\n");
        fixture.put("src/generated.rs", "");
        fixture.put("src/deep/generated.rs", "");
        fixture.put("src/only-here", "");
        fixture.put("only-here", "");
        fixture.put("target/debug/x", "");
        fixture.put("a.log", "");
        fixture.put("keep.log", "");
        fixture.put(".git/config", "");
        fixture.put(".hidden", "");
        fixture.link(&fixture.outside, "link");
        let all = WalkOptions::default();
        assert_eq!(
            walked(&fixture.folder, &all),
            ["keep.log", "link", "src", "src/deep", "src/main.rs", "src/only-here"],
            "links are shown and not followed"
        );
        let below = WalkOptions { start: "src".into(), ..all.clone() };
        assert_eq!(walked(&fixture.folder, &below), ["src/deep", "src/main.rs", "src/only-here"]);
        let without = LeaveOut::where_true(|path| path.ends_with("deep"));
        let pruned = WalkOptions { leave_out: without, ..below };
        assert_eq!(walked(&fixture.folder, &pruned), ["src/main.rs", "src/only-here"]);
        let plain = WalkOptions { ignore_rules: false, hidden: true, ..all.clone() };
        let found = walked(&fixture.folder, &plain);
        assert!(found.contains(&"target/debug/x".to_owned()) && found.contains(&".hidden".to_owned()));
        assert!(
            !found.iter().any(|path| path.starts_with(".git/")),
            "the repository itself is never entered"
        );

        for cut in [WalkOptions { max_entries: 2, ..plain.clone() }, WalkOptions { max_depth: 0, ..plain }] {
            let summary = fixture.folder.walk(&cut, |_| ControlFlow::Continue(())).expect("the start exists");
            assert!(summary.cut, "a limit that cut something is reported: {cut:?}");
        }
        let mut seen = 0;
        let stop = |_: &_| {
            seen += 1;
            ControlFlow::Break(())
        };
        fixture.folder.walk(&all, stop).expect("the start exists");
        assert_eq!(seen, 1, "the visitor may end the walk");
    }
}

#[test]
fn a_search_finds_lines_within_limits() {
    let fixture = Fixture::new(BOTH[0]);
    fixture.put("a.txt", "one\nTwo two\r\nthree\ntwo");
    fixture.put("b/c.txt", "a.c abc\n");
    fixture.put("binary", "two\0two");
    fixture.put("long.txt", &format!("two{}", "x".repeat(2000)));
    let limits = SearchLimits { line_len: 10, file_len: 1000, ..SearchLimits::default() };
    let search = |pattern, ignore_case, limits: &SearchLimits| {
        let query = SearchQuery { pattern, ignore_case, within: WalkOptions::default() };
        fixture.folder.search(&query, limits)
    };
    let literal = |text: &str| SearchPattern::Literal(text.to_owned());
    let regex = |text: &str| SearchPattern::Regex(text.to_owned());
    let rows = [
        (literal("two"), false, vec!["a.txt:2:5:Two two", "a.txt:4:1:two"]),
        (literal("TWO"), true, vec!["a.txt:2:1:Two two", "a.txt:4:1:two"]),
        (literal("a.c"), false, vec!["b/c.txt:1:1:a.c abc"]),
        (regex("^t.*e$"), false, vec!["a.txt:3:1:three"]),
        (regex("a.c"), false, vec!["b/c.txt:1:1:a.c abc"]),
        (
            regex("^"),
            false,
            vec![
                "a.txt:1:1:one",
                "a.txt:2:1:Two two",
                "a.txt:3:1:three",
                "a.txt:4:1:two",
                "b/c.txt:1:1:a.c abc",
                "b/c.txt:2:1:",
            ],
        ),
        (literal("nowhere"), false, vec![]),
    ];
    for (pattern, ignore_case, expected) in rows {
        let shown = format!("{pattern:?}");
        let result = search(pattern, ignore_case, &limits).expect("the expression is valid");
        let found: Vec<String> = result
            .matches
            .iter()
            .map(|found| format!("{}:{}:{}:{}", found.path.display(), found.line, found.column, found.text))
            .collect();
        assert_eq!(found, expected, "{shown}");
        assert_eq!(
            (result.files_searched, result.files_skipped),
            (2, 2),
            "binary and long files are counted"
        );
    }
    let cut = search(literal("two"), true, &SearchLimits { matches: 1, ..limits }).expect("it is valid");
    assert!(cut.cut && cut.matches.len() == 1, "a cut is reported: {cut:?}");
    for invalid in ["(", "a{999999}{999999}"] {
        search(regex(invalid), false, &limits).expect_err(invalid);
    }
}

#[test]
fn what_steers_later_runs_is_protected() {
    use ProtectedPath::{
        AgentInstructions, ContinuousIntegration, Hook, McpServers, ToolConfiguration, VersionControl,
    };
    let rows = [
        (".git/config", Some(VersionControl)),
        ("sub/.GIT/hooks/pre-commit", Some(VersionControl)),
        (".git", Some(VersionControl)),
        (".git. /config", Some(VersionControl)),
        ("GIT~1/config", Some(VersionControl)),
        (".gitattributes", Some(VersionControl)),
        (".husky/pre-push", Some(Hook)),
        (".pre-commit-config.yaml", Some(Hook)),
        (".envrc", Some(Hook)),
        (".github/workflows/ci.yml", Some(ContinuousIntegration)),
        (".gitlab-ci.yml", Some(ContinuousIntegration)),
        ("Jenkinsfile", Some(ContinuousIntegration)),
        (".cargo/config", Some(ToolConfiguration)),
        ("crates/x/.cargo/config.toml", Some(ToolConfiguration)),
        (".vscode/tasks.json", Some(ToolConfiguration)),
        (".mcp.json", Some(McpServers)),
        ("AGENTS.md", Some(AgentInstructions)),
        ("sub/agents.MD", Some(AgentInstructions)),
        ("agents/finance/bookkeeper.md", Some(AgentInstructions)),
        (".claude/settings.json", Some(AgentInstructions)),
        ("skills/pdf/SKILL.md", Some(AgentInstructions)),
        ("skills/pdf/scripts/run.py", Some(AgentInstructions)),
        ("src/main.rs", None),
        (".gitignore", None),
        (".github/ISSUE_TEMPLATE.md", None),
        ("docs/agents.txt", None),
        ("skills.md", None),
        ("git/config", None),
        ("config.toml", None),
        ("", None),
    ];
    for (path, expected) in rows {
        assert_eq!(is_protected(PathBuf::from(path)), expected, "{path}");
    }
}
