use serde_json::{Value, json};

use crate::harness::{data, findings, folder, run_with, write};

const AGENT: &str = "dependency-auditor";

fn check(what: &str, files: &[(&str, &str)], expected: &[&str]) -> Value {
    let data = data(AGENT, folder(files).path());
    assert_eq!(findings(&data), expected, "{what}: {}", data["findings"]["items"]);
    data
}

const CARGO_TOML: &str = r#"[package]
name = "app"
license = "MIT"

[dependencies]
serde = "1"
helper = { path = "helper" }
"#;

const CARGO_LOCK: &str = r#"version = 4

[[package]]
name = "app"
dependencies = ["helper", "serde"]
version = "0.1.0"

[[package]]
name = "helper"
version = "0.1.0"
dependencies = ["syn 1.0.0", "syn 2.0.0"]

[[package]]
name = "serde"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "syn"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "syn"
version = "2.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
"#;

#[test]
fn cargo_is_read_from_manifests_and_lock_files() {
    let helper = "[package]\nname = \"helper\"\nlicense.workspace = true\n[dependencies]\nsyn = \"2\"\nold = { package = \"syn\", version = \"1\" }\n";
    let files = [("Cargo.toml", CARGO_TOML), ("helper/Cargo.toml", helper), ("Cargo.lock", CARGO_LOCK)];
    let data = check("a healthy workspace", &files, &["note duplicate_versions Cargo.lock"]);
    insta::assert_snapshot!(data["ecosystems"], @r##"[{"direct":2,"ecosystem":"cargo","lock_files":1,"locked":3,"manifests":2,"transitive":0}]"##);
    insta::assert_snapshot!(data["duplicates"]["items"], @r##"[{"ecosystem":"cargo","lock_file":"Cargo.lock","name":"syn","versions":["1.0.0","2.0.0"]}]"##);
    assert_eq!(data["licences_not_told"], 3, "Cargo.lock tells no licence");
    assert_eq!(data["manifests"]["items"][1]["lock_file"], "Cargo.lock", "members are covered from above");

    check(
        "no lock file, git, any version",
        &[(
            "Cargo.toml",
            "[package]\nname = \"a\"\n[dependencies]\nb = \"*\"\nc = { git = \"https://host/c\" }\n",
        )],
        &[
            "medium manifest_without_lock_file Cargo.toml",
            "medium requirement_unpinned Cargo.toml:4",
            "low dependency_outside_registry Cargo.toml:5",
        ],
    );
    check(
        "manifest and lock file disagree",
        &[("Cargo.toml", &CARGO_TOML.replace("serde", "tokio")), ("Cargo.lock", CARGO_LOCK)],
        &["high requirement_not_locked Cargo.toml:6", "note duplicate_versions Cargo.lock"],
    );
    let gone = CARGO_LOCK.replace("dependencies = [\"helper\", \"serde\"]", "dependencies = [\"serde\"]");
    check(
        "a member that is gone and what only it needed",
        &[("Cargo.toml", &CARGO_TOML.replace("helper = { path = \"helper\" }", "")), ("Cargo.lock", &gone)],
        &["low lock_entry_stale Cargo.lock", "note duplicate_versions Cargo.lock"],
    );
}

#[test]
fn npm_is_read_from_every_kind_of_lock_file() {
    let manifest =
        r#"{"name":"app","license":"MIT","dependencies":{"a":"^1.0.0"},"devDependencies":{"b":"latest"}}"#;
    let lock = json!({
        "lockfileVersion": 3,
        "packages": {
            "": {"name": "app", "dependencies": {"a": "^1.0.0"}, "devDependencies": {"b": "latest"}},
            "node_modules/a": {"version": "1.2.0", "license": "MIT", "resolved": "https://packages.example/a/-/a-1.2.0.tgz", "dependencies": {"b": "^1"}},
            "node_modules/a/node_modules/b": {"version": "1.0.0", "license": "GPL-3.0", "resolved": "https://packages.example/b/-/b-1.0.0.tgz"},
            "node_modules/b": {"version": "2.0.0", "license": "MIT OR GPL-3.0", "resolved": "git+ssh://git@host/b.git#0123", "hasInstallScript": true},
            "node_modules/left": {"version": "1.0.0"}
        }
    })
    .to_string();
    let data = check(
        "package-lock 3",
        &[("package.json", manifest), ("package-lock.json", &lock)],
        &[
            "low licence_copyleft package-lock.json",
            "low lock_entry_stale package-lock.json",
            "low requirement_unpinned package.json:1",
            "note duplicate_versions package-lock.json",
            "note install_scripts package-lock.json",
        ],
    );
    insta::assert_snapshot!(data["licences"]["items"], @r##"[{"licence":"GPL-3.0","packages":1},{"licence":"MIT","packages":1},{"licence":"MIT OR GPL-3.0","packages":1}]"##);
    insta::assert_snapshot!(data["foreign_sources"]["items"], @r##"[{"ecosystem":"npm","file":"package-lock.json","name":"b","source":"git"}]"##);
    check(
        "the manifest changed after the lock file",
        &[
            ("package.json", &manifest.replace("^1.0.0", "^2.0.0").replace("latest", "1.0.0")),
            ("package-lock.json", &lock),
        ],
        &[
            "high lock_file_outdated package.json:1",
            "low licence_copyleft package-lock.json",
            "low lock_entry_stale package-lock.json",
            "note duplicate_versions package-lock.json",
            "note install_scripts package-lock.json",
        ],
    );

    let plain = r#"{"name":"app","dependencies":{"a":"^1.0.0"}}"#;
    let yarn = "# yarn lockfile v1\n\n\na@^1.0.0:\n  version \"1.2.0\"\n  dependencies:\n    \"@s/b\" \"^1\"\n\n\"@s/b@^1\":\n  version \"1.0.0\"\n\nc@^3:\n  version \"3.0.0\"\n";
    check("yarn 1", &[("package.json", plain), ("yarn.lock", yarn)], &["low lock_entry_stale yarn.lock"]);
    let berry = "__metadata:\n  version: 8\n\n\"a@npm:^1.0.0\":\n  version: 1.2.0\n  dependencies:\n    b: \"npm:^1\"\n  linkType: hard\n\n\"app@workspace:.\":\n  version: 0.0.0-use.local\n  dependencies:\n    a: \"npm:^1.0.0\"\n\n\"b@npm:^1\":\n  version: 1.0.0\n";
    let berry = check("yarn 4", &[("package.json", plain), ("yarn.lock", berry)], &[]);
    assert_eq!(berry["ecosystems"][0]["transitive"], 1, "the project itself is not a package: {berry}");
    let pnpm = "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n      a:\n        specifier: ^1.0.0\n        version: 1.2.0(c@1.0.0)\n\npackages:\n\n  a@1.2.0:\n    resolution: {integrity: sha512-x}\n\n  '@s/b@1.0.0':\n    resolution: {integrity: sha512-x}\n\n  left@1.0.0:\n    resolution: {integrity: sha512-x}\n\nsnapshots:\n\n  a@1.2.0(c@1.0.0):\n    dependencies:\n      '@s/b': 1.0.0\n\n  '@s/b@1.0.0': {}\n\n  left@1.0.0: {}\n";
    check(
        "pnpm 9",
        &[("package.json", plain), ("pnpm-lock.yaml", pnpm)],
        &["low lock_entry_stale pnpm-lock.yaml"],
    );
    let older = "lockfileVersion: '6.0'\n\ndependencies:\n  a:\n    specifier: ^1.0.0\n    version: 1.2.0\n\npackages:\n\n  /a@1.2.0:\n    resolution: {integrity: sha512-x}\n    dependencies:\n      '@s/b': 1.0.0\n\n  /@s/b@1.0.0:\n    resolution: {integrity: sha512-x}\n";
    check("pnpm 6", &[("package.json", plain), ("pnpm-lock.yaml", older)], &[]);
    check(
        "two package managers",
        &[("package.json", plain), ("yarn.lock", yarn), ("pnpm-lock.yaml", older)],
        &["medium several_lock_files pnpm-lock.yaml", "low lock_entry_stale yarn.lock"],
    );
}

#[test]
fn python_is_read_from_every_kind_of_file() {
    check(
        "requirements",
        &[("requirements.txt", "# pinned\nFlask==2.0\nrequests>=2\n-r other.txt\n")],
        &["medium requirement_unpinned requirements.txt:3"],
    );
    let project = "[project]\nname = \"my.app\"\ndependencies = [\"Flask>=2\"]\n";
    let uv = "version = 1\n\n[[package]]\nname = \"my-app\"\nversion = \"0\"\nsource = { editable = \".\" }\ndependencies = [{ name = \"flask\" }]\n\n[[package]]\nname = \"flask\"\nversion = \"2.0\"\nsource = { registry = \"https://packages.example/simple\" }\n\n[[package]]\nname = \"left\"\nversion = \"1\"\n";
    check("uv", &[("pyproject.toml", project), ("uv.lock", uv)], &["low lock_entry_stale uv.lock"]);
    let poetry_project = "[tool.poetry]\nname = \"app\"\n[tool.poetry.dependencies]\npython = \"^3.9\"\nflask = \"^2\"\n[tool.poetry.group.dev.dependencies]\npytest = \"*\"\n";
    let poetry = "[[package]]\nname = \"Flask\"\nversion = \"2.0\"\n\n[package.dependencies]\nJinja2 = \">=3\"\n\n[[package]]\nname = \"jinja2\"\nversion = \"3.0\"\n";
    check(
        "poetry",
        &[("pyproject.toml", poetry_project), ("poetry.lock", poetry)],
        &["high requirement_not_locked pyproject.toml:7", "note requirement_unpinned pyproject.toml:7"],
    );
    let pipfile = "[packages]\nflask = \"==2.0\"\n";
    let pipfile_lock =
        r#"{"_meta":{},"default":{"flask":{"version":"==2.0"},"jinja2":{"version":"==3.0"}},"develop":{}}"#;
    let data = check("Pipenv", &[("Pipfile", pipfile), ("Pipfile.lock", pipfile_lock)], &[]);
    assert_eq!(data["ecosystems"][0]["transitive"], 1, "jinja2 is locked and not asked for");
}

#[test]
fn malformed_files_are_findings_with_their_line() {
    for (name, content, expected) in [
        ("Cargo.lock", "version = 4\n[[package]\n", "high lock_file_malformed Cargo.lock:2"),
        ("Cargo.lock", "package = 3\n", "high lock_file_malformed Cargo.lock"),
        ("Cargo.toml", "[package\n", "high manifest_malformed Cargo.toml:1"),
        ("package-lock.json", "{\n\"packages\": {\n", "high lock_file_malformed package-lock.json:3"),
        ("package-lock.json", "[]", "high lock_file_malformed package-lock.json"),
        ("package-lock.json", &"[".repeat(100_000), "high lock_file_malformed package-lock.json:1"),
        ("package.json", "", "high manifest_malformed package.json:1"),
        ("pnpm-lock.yaml", "garbage", "high lock_file_malformed pnpm-lock.yaml:1"),
        ("yarn.lock", "garbage\n", "high lock_file_malformed yarn.lock:1"),
        ("poetry.lock", "a = \n", "high lock_file_malformed poetry.lock:1"),
        ("uv.lock", "\n\n\u{0}", "high lock_file_malformed uv.lock:3"),
        ("Pipfile.lock", "{}", "high lock_file_malformed Pipfile.lock"),
        (
            "Cargo.lock",
            "version = 4\n<<<<<<< ours\n=======\n>>>>>>> theirs\n",
            "high lock_file_malformed Cargo.lock:2",
        ),
    ] {
        check(&format!("{name} with {content:.30}"), &[(name, content)], &[expected]);
    }
    let broken = folder(&[
        ("Cargo.toml", "[package]\nname = \"a\"\n[dependencies]\nb = \"1\"\n"),
        ("Cargo.lock", "["),
    ]);
    let data = data(AGENT, broken.path());
    assert_eq!(
        findings(&data),
        ["high lock_file_malformed Cargo.lock:1"],
        "a broken lock file is not a missing one"
    );
}

#[test]
fn wrong_types_and_random_bytes_never_stop_the_audit() {
    let shapes = [
        "{\"packages\": {\"\": 3, \"node_modules/\": null, \"x\": {\"link\": true}}, \"lockfileVersion\": 3}",
        "{\"dependencies\": [1], \"workspaces\": 3, \"name\": {}, \"license\": []}",
        "[package]\nname = 3\n[dependencies]\na = 3\nb = []\n[target]\nx = 1\n[workspace]\ndependencies = 3\n",
        "[[package]]\nname = 1\ndependencies = [[], 3, \"x\"]\n",
        "a@:\n  version\n    x\n\"@\":\n  dependencies:\n    \"\n",
        "lockfileVersion: 9\n:\n  :\n    :\n      : \n'\nimporters:\n  '",
        "@\n@@\n==\n;\n\\\n",
        "\u{FEFF}",
    ];
    let names = [
        "Cargo.toml",
        "Cargo.lock",
        "package.json",
        "package-lock.json",
        "pnpm-lock.yaml",
        "yarn.lock",
        "pyproject.toml",
        "poetry.lock",
        "uv.lock",
        "Pipfile",
        "Pipfile.lock",
        "requirements.txt",
    ];
    for shape in shapes {
        let project = folder(&[]);
        for name in names {
            write(project.path(), name, shape.as_bytes());
        }
        let output = run_with(AGENT, project.path(), &json!({}), "");
        assert_eq!(output["data"]["kind"], "dependency-auditor/1", "{shape:?} must not stop the audit");
    }
}

#[test]
fn what_is_not_the_projects_own_is_set_aside_and_said() {
    let project = folder(&[
        ("vendor/x/Cargo.toml", "[package]\n"),
        ("tests/fixtures/package.json", "{"),
        ("go.mod", "module x\n"),
    ]);
    let output = run_with(AGENT, project.path(), &json!({}), "");
    let data = &output["data"];
    assert_eq!(data["set_aside"], 2);
    assert_eq!(findings(data), [""; 0], "vendored and test files are not the project's faults");
    assert!(data["not_looked_at"].to_string().contains("Go modules"), "what is not read is said: {data}");
    assert_eq!(output["summary"], "The folder has no manifest or lock file of Cargo, npm or PyPI.");
}
