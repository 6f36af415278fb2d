use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Repository, data, folder, run_with, write};

const AGENT: &str = "report-writer";

/// The data of all three agents by step id, as a plan would hand it over.
fn inputs(folder: &std::path::Path) -> Value {
    json!({
        "step-1": data("repository-scout", folder),
        "step-2": data("dependency-auditor", folder),
        "step-3": data("git-historian", folder),
    })
}

/// The Markdown and the HTML of a report.
fn pages(folder: &std::path::Path, inputs: &Value) -> (String, String) {
    let output = run_with(AGENT, folder, inputs, "");
    let content = |index: usize| output["files"][index]["content"].as_str().unwrap_or_default().to_owned();
    (content(0), content(1))
}

fn small_project() -> Repository {
    let repository = Repository::new();
    let main = "fn main() {}\n// FIXME: wrong\n#[test]\nfn works() {}\n";
    let manifest = "[package]\nname = \"a\"\n[dependencies]\nserde = \"*\"\n";
    repository.commit("Ada", 9, &[("README.md", "# a\n"), ("src/main.rs", main), ("Cargo.toml", manifest)]);
    repository
}

#[test]
fn a_report_says_the_verdict_why_and_what_is_missing() {
    let project = small_project();
    let output = run_with(AGENT, project.path(), &inputs(project.path()), "");
    insta::assert_snapshot!(output["summary"].as_str().unwrap(), @r##"Healthy, 91 of 100: 2 findings of medium severity, none of high. First: no lock file fixes what is installed. The report has 8 findings and is proposed as health-report.md and health-report.html."##);
    insta::assert_snapshot!(output["data"]["areas"], @r##"[{"losses":[{"points":4,"title":"No continuous integration is set up"},{"points":4,"title":"There are no ignore rules"},{"points":4,"title":"There is no licence file"}],"name":"Upkeep","points":88},{"losses":[],"name":"Tests","points":100},{"losses":[{"points":12,"title":"No lock file fixes what is installed"},{"points":12,"title":"1 requirement is not pinned"}],"name":"Dependencies","points":76},{"losses":[],"name":"History","points":100}]"##);
    assert_eq!(output["data"]["kind"], "report-writer/1");
    assert_eq!(output["data"]["files"], json!(["health-report.md", "health-report.html"]));
    assert_eq!(output["files"][0]["media_type"], "text/markdown");
    assert_eq!(output["files"][1]["media_type"], "text/html");
    let markdown = output["files"][0]["content"].as_str().unwrap();
    let findings = markdown.split("## ").find(|section| section.starts_with("Findings")).unwrap();
    insta::assert_snapshot!(findings, @r##"
    Findings

    1. **No lock file fixes what is installed** (medium), `Cargo.toml`
       1 requirement is resolved anew on every machine.
       Let the package manager write a lock file and commit it; a library may leave it out.
    2. **1 requirement is not pinned** (medium), `Cargo.toml:4`
       serde (\*).
       Name a version range, or a commit for a git dependency.
    3. **No continuous integration is set up** (low)
       Let a server build and test every change.
    4. **There are no ignore rules** (low)
       Add a .gitignore, so that build results stay out of version control.
    5. **There is no licence file** (low)
       Add one, also for internal work: without it nobody may use the code.
    6. **The work rests on one person** (note)
       Ada made 100 % of all file changes between 2024-11-21 and 2025-11-21.
       Let a second person review and change the parts that only one knows, and write those parts down.
    7. **There is no changelog** (note)
       Keep one if others use the releases.
    8. **1 note was left in the text** (note), `src/main.rs:2`
       1 FIXME.
       Resolve the FIXME first, and turn what is planned into issues.
    "##);
    let missing = markdown.split("## ").find(|section| section.starts_with("What was not")).unwrap();
    insta::assert_snapshot!(missing, @r##"
    What was not looked at

    - Files that the ignore rules exclude, and what lies behind symbolic links.
    - Known vulnerabilities and newer versions: that needs a registry, and this agent opens no connection.
    - Whether the tests pass, how much they cover, and how the program behaves: nothing was run.
    "##);
}

#[test]
fn a_report_is_written_from_whatever_is_there() {
    let project = small_project();
    let all = inputs(project.path());
    for step in ["step-1", "step-2", "step-3"] {
        let (markdown, html) = pages(project.path(), &json!({ step: all[step] }));
        assert_eq!(markdown.matches("ran before this report").count(), 2, "{step}: both absences are said");
        assert_eq!(html.matches("ran before this report").count(), 2, "{step}: in both files");
    }
    let odd = json!({ "step-1": all["step-1"], "x": {"kind": "other/1"}, "y": 3, "z": {"kind": "git-historian/1"} });
    let (markdown, _) = pages(project.path(), &odd);
    for reason in ["kind \"other/1\" is not known", "step y: its data has no kind", "does not have the shape"]
    {
        assert!(markdown.replace('\\', "").contains(reason), "unread inputs are said: {reason}\n{markdown}");
    }
    let empty = folder(&[]);
    let output = run_with(AGENT, empty.path(), &inputs(empty.path()), "");
    assert_eq!(
        (&output["data"]["verdict"], &output["data"]["score"]),
        (&json!("Nothing to judge"), &Value::Null)
    );
}

#[test]
fn instructions_may_name_another_file() {
    let project = small_project();
    let inputs = inputs(project.path());
    let output = run_with(AGENT, project.path(), &inputs, "Write it to `docs/state.md`.");
    assert_eq!(output["data"]["files"], json!(["docs/state.md", "docs/state.html"]));
}

#[test]
fn findings_of_one_kind_do_not_hide_the_others() {
    let project = folder(&[("src/main.rs", "fn main() {}\n")]);
    let manifest = "[package]\nname = \"a\"\n[dependencies]\nserde = \"1\"\n";
    for number in 0..120 {
        write(project.path(), &format!("crate{number:03}/Cargo.toml"), manifest.as_bytes());
    }
    let output = run_with(AGENT, project.path(), &inputs(project.path()), "");
    let markdown = output["files"][0]["content"].as_str().unwrap();
    assert_eq!(
        markdown.matches("**No lock file fixes what is installed**").count(),
        3,
        "three speak for all"
    );
    assert!(markdown.contains("97 more findings of this kind"), "the others are counted: {markdown}");
    assert!(
        markdown.contains("20 more findings are not listed"),
        "those that the audit left out too: {markdown}"
    );
    let dependencies = &output["data"]["areas"][2];
    assert_eq!(dependencies["points"], 76, "one habit costs twice, not a hundred times: {dependencies}");
}

/// The page keeps what its head says: no script, no resource, nothing from anywhere.
fn check_self_contained(html: &str) {
    // Only tags count: escaped text may say anything.
    let lower = html.to_lowercase();
    let tags: Vec<&str> = lower.split('<').skip(1).filter_map(|rest| rest.split('>').next()).collect();
    for tag in &tags {
        let name = tag.split_whitespace().next().unwrap_or_default();
        let is_forbidden =
            ["script", "img", "iframe", "link", "object", "form", "a", "base", "b>x"].contains(&name);
        assert!(!is_forbidden, "the page must not contain <{tag}>");
        let reaches_out = [" src=", " href=", " srcset=", " onerror", " onload", " onclick"]
            .iter()
            .any(|at| tag.contains(at));
        assert!(!reaches_out, "no tag may load or run anything: <{tag}>");
    }
    for forbidden in ["@import", "url("] {
        assert!(!lower.contains(forbidden), "styles must not load anything: {forbidden}");
    }
    for (open, close) in
        [("<table", "</table>"), ("<svg", "</svg>"), ("<details", "</details>"), ("<section", "</section>")]
    {
        assert_eq!(lower.matches(open).count(), lower.matches(close).count(), "{open} is closed");
    }
    assert_eq!(lower.matches("<svg").count(), lower.matches("<desc id").count(), "each chart is described");
    assert_eq!(
        lower.matches("<figure>").count(),
        lower.matches("<details>").count(),
        "a table stands behind each chart"
    );
}

#[cfg(unix)]
fn hostile_project() -> TempDir {
    let repository = Repository::new();
    let name = "<img src=x onerror=alert(1)>\"'|`[x](javascript:1).rs";
    let source =
        "// FIXME: </td><script>alert(1)</script> | `x` \n".to_owned() + &"let a = 1;\n".repeat(1_200);
    let manifest = "[package]\nname = \"<script>\"\nlicense = \"<b>x</b>\"\n[dependencies]\n\"<script>alert(1)</script>\" = \"*\"\n";
    let author = "<script>alert(1)<!script>&amp;";
    repository.commit(author, 9, &[(name, &source), ("Cargo.toml", manifest)]);
    repository.commit(author, 8, &[(name, "fn a() {}\n")]);
    repository.commit(author, 7, &[(name, &source)]);
    repository.git(&["tag", "v1.0-<script>"], author, 7);
    repository.git(&["branch", "<script>"], author, 7);
    repository.folder
}

#[cfg(unix)]
#[test]
fn hostile_names_are_text_in_both_files() {
    let project = hostile_project();
    let (markdown, html) = pages(project.path(), &inputs(project.path()));
    check_self_contained(&html);
    assert!(html.contains("&lt;img src=x onerror=alert(1)&gt;"), "the name is shown as it is");
    let outside_code: String = markdown.split('`').step_by(2).collect();
    assert!(
        !outside_code.contains("<img") && !outside_code.contains("<script"),
        "no HTML in Markdown: {markdown}"
    );
    let clean = small_project();
    check_self_contained(&pages(clean.path(), &inputs(clean.path())).1);
}

/// Inputs come from other steps and need not be what our own agents write.
#[test]
fn forged_inputs_neither_break_the_page_nor_grow_it() {
    let project = small_project();
    let mut forged = inputs(project.path());
    let long = "\"><script>&'\n".repeat(60);
    let greatest = 1_u64 << 50;
    let items: Vec<Value> = (0..500)
        .map(|number| json!({"path": long, "bytes": greatest, "code": greatest, "kind": long, "line": number, "text": long}))
        .collect();
    for list in ["largest_files", "longest_files", "binary_files"] {
        forged["step-1"][list]["items"] = items.clone().into();
    }
    forged["step-1"]["markers"]["items"]["items"] = items.into();
    forged["step-1"]["folder"] = long.clone().into();
    let months: Vec<Value> = (0..2_000).map(|_| json!({"month": long[..20], "commits": greatest})).collect();
    forged["step-3"]["months"] = months.into();
    let finding = json!({"severity": "high", "code": "x", "file": long, "line": 1, "title": long, "detail": long, "remedy": long});
    forged["step-2"]["findings"]["items"] = vec![finding; 200].into();
    let (_, html) = pages(project.path(), &forged);
    check_self_contained(&html);

    forged["step-1"]["totals"]["code"] = u64::MAX.into();
    let (markdown, _) = pages(project.path(), &forged);
    assert!(markdown.contains("too large to be true"), "an absurd figure is refused and said: {markdown}");
}
