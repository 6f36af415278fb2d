//! What holds for every agent.

use serde_json::{Value, json};

use crate::harness::{NOW, Repository, folder, input, run_raw};

const AGENTS: [&str; 4] = ["repository-scout", "dependency-auditor", "git-historian", "report-writer"];

/// The program fails with one JSON document of this category, a message and a hint.
fn check_failure(arguments: &[&str], input: &str, category: &str, message: &str) {
    let output = run_raw(arguments, input.as_bytes());
    let text = String::from_utf8(output.stdout).unwrap_or_default();
    assert_eq!(output.status.code(), Some(1), "a failure exits with 1: {arguments:?} {text}");
    let failed: Value = serde_json::from_str(&text).expect("a failure is one JSON document as well");
    assert_eq!(failed["contract"], 1, "the failure says which contract it speaks");
    assert_eq!(failed["error"]["category"], category, "{arguments:?}: {text}");
    let said = failed["error"]["message"].as_str().unwrap_or_default();
    assert!(said.contains(message), "the message of {arguments:?} must say {message:?}, but says {said:?}");
    let hint = failed["error"]["hint"].as_str().unwrap_or_default();
    assert!(hint.ends_with('.'), "each of these failures has a hint that says what to do: {text}");
}

#[test]
fn failures_are_json_with_a_category_and_a_hint() {
    let here = folder(&[("file", "")]);
    let at = |path: &str| input(&here.path().join(path), &json!({}), "").to_string();
    for agent in AGENTS {
        check_failure(&[agent], "{ not json", "validation_error", "not valid JSON");
        check_failure(&[agent], "", "validation_error", "not valid JSON");
        check_failure(&[agent], r#"{"contract":2}"#, "validation_error", "contract version 2");
        check_failure(&[agent], r#"{"folder":"/"}"#, "validation_error", "contract version null");
        check_failure(&[agent], r#"{"contract":1,"folder":3}"#, "validation_error", "shape of the contract");
        check_failure(&[agent], &at("absent"), "validation_error", "does not exist");
        check_failure(&[agent], &at("file"), "validation_error", "is not a folder");
        let relative = json!({"contract": 1, "task": {"title": ""}, "folder": "src", "now": NOW}).to_string();
        check_failure(&[agent], &relative, "validation_error", "absolute path");
    }
    check_failure(&[], "", "configuration_error", "no agent was named");
    check_failure(&["scout"], "", "configuration_error", "no agent named \"scout\"");
    check_failure(&["report-writer"], &at(""), "dependency_failure", "there are no inputs");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let repository = Repository::new();
    for number in 0..30 {
        let path = format!("src/file{number}.rs");
        let author = ["Ada", "Grace", "Edsger"][number % 3];
        repository.commit(author, 40 - number as i64, &[(&path, "fn main() {}\n// TODO: say why\n")]);
    }
    for agent in &AGENTS[..3] {
        let input = input(repository.path(), &json!({}), "").to_string();
        let first = run_raw(&[agent], input.as_bytes()).stdout;
        for _ in 0..3 {
            assert!(
                run_raw(&[agent], input.as_bytes()).stdout == first,
                "{agent} must not depend on hash order"
            );
        }
    }
}
