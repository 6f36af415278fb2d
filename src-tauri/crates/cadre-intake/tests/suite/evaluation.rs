use std::cell::Cell;

use cadre_intake::evaluation::{evaluate, parse_jsonl};
use cadre_intake::{ACT_THRESHOLD, Context, EmbeddedReader};

const SET: &str = r#"
{"id": "1", "text": "what is 4 + 4", "intent": "DIRECT_RESPONSE", "department": "general", "complexity": 1, "horizon": "minutes"}
{"id": "2", "text": "change it", "intent": "CLARIFY", "department": "general", "complexity": 2, "horizon": null}
"#;

#[test]
fn figures_follow_their_definitions() {
    let requests = parse_jsonl(SET).unwrap();
    let clock = Cell::new(0.0);
    let elapsed_ms = || {
        clock.set(clock.get() + 3.0);
        clock.get()
    };
    let reader = EmbeddedReader::shipped();
    let evaluation = evaluate(reader, &requests, &Context::default(), ACT_THRESHOLD, elapsed_ms);
    assert_eq!(evaluation.accuracy, 1.0, "both are plain cases");
    assert_eq!(evaluation.acted_coverage, 0.5, "asking back is not acting");
    assert_eq!(evaluation.acted_accuracy, 1.0, "what was acted on was right");
    assert_eq!(evaluation.ms_per_request, 1.5, "the clock moved by three milliseconds for two requests");
    let line = evaluation.to_json();
    assert_eq!(line["acted"]["coverage"], 0.5, "the line has the figures where a script looks for them");
    assert_eq!(line["confusion"]["CLARIFY"]["CLARIFY"], 1, "labelled, then read");
    assert_eq!(line["reader"], "embedded", "the line says who read");
}

#[test]
fn an_empty_set_has_no_figures_but_no_panic() {
    let evaluation = evaluate(EmbeddedReader::shipped(), &[], &Context::default(), ACT_THRESHOLD, || 0.0);
    assert_eq!(evaluation.accuracy, 0.0, "nothing was read right");
    assert_eq!(evaluation.ms_per_request, 0.0, "nothing was read");
}

#[test]
fn errors_name_line_and_reason() {
    for (line, reason) in [
        ("nonsense", "line 1: expected ident at line 1 column 2"),
        (r#"{"text": 4}"#, "line 1: `intent` is not a string"),
        (
            r#"{"text":"a","intent":"SHRUG","department":"hr","complexity":1,"horizon":null}"#,
            "line 1: `SHRUG` is no intent",
        ),
        (
            r#"{"text":"a","intent":"CLARIFY","department":"hr","complexity":900,"horizon":null}"#,
            "line 1: `complexity` is not a small number",
        ),
        (
            r#"{"text":"a","intent":"CLARIFY","department":"hr","complexity":1,"horizon":"soon"}"#,
            "line 1: `soon` is no horizon",
        ),
    ] {
        assert_eq!(
            parse_jsonl(line).unwrap_err().to_string(),
            reason,
            "the set's author must find the place"
        );
    }
}
