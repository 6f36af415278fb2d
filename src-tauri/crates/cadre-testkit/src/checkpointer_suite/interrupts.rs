//! What a question carries, and which answers it takes.

use std::sync::Arc;

use cadre_graph::{
    AnswerRefused, CheckpointError, CompiledGraph, Context, Interrupt, NodeError, Output, Progress, Reducer,
    RunError, Runner, StartOptions, StateGraph,
};
use serde_json::{Map, Value, json};

use super::Store;
use crate::clock::HandClock;

fn asking(interrupt: Interrupt) -> CompiledGraph {
    StateGraph::new("asking", 1)
        .channel("said", Reducer::Last)
        .node("n", move |context: Context, _| {
            let interrupt = interrupt.clone();
            async move { Ok(Output::new().write("said", context.interrupt("ask", interrupt).await?)) }
        })
        .entry("n")
        .compile()
        .expect("the graph is sound")
}

fn by(store: &Store, clock: &HandClock) -> Runner {
    Runner::new(Arc::clone(store), Arc::new(clock.clone()))
}

fn refusal(result: Result<(), RunError>) -> AnswerRefused {
    match result {
        Err(RunError::Answer(refused)) => refused,
        other => panic!("it must be refused, yet: {other:?}"),
    }
}

pub async fn a_question_carries_all_that_is_asked(store: Store) {
    let action = json!({"kind": "write_file", "path": "a"});
    let interrupt = Interrupt {
        metadata: Map::from_iter([("department".to_owned(), json!("engineering"))]),
        ..Interrupt::new("approval", "May I?")
            .about(action.clone())
            .allow(["approve", "deny"])
            .schema(json!({"type": "object"}))
            .expires_at(9_000)
    };
    let graph = asking(interrupt.clone());
    let runner = by(&store, &HandClock::still());
    runner.invoke(&graph, Some("t"), json!({}), StartOptions::default()).await.expect("runs");
    let asked = runner.questions("t").await.expect("reads");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].interrupt, interrupt, "what is stored is what was asked");
    assert_eq!((asked[0].id.thread.as_str(), asked[0].id.position), ("t", 0));
    assert!(interrupt.action_hash.is_some() && interrupt.action == action);
    assert_eq!(interrupt.action_hash, Interrupt::new("x", "y").about(action).action_hash);
    assert!(runner.questions("nobody").await.expect("reads").is_empty());
}

pub async fn an_answer_must_have_the_form_that_was_asked_for(store: Store) {
    let schema = json!({
        "type": "object", "required": ["decision", "files"],
        "properties": {"files": {"type": "array", "items": {"type": "string"}, "minItems": 1}},
    });
    let graph = asking(Interrupt::new("approval", "Which?").allow(["approve"]).schema(schema));
    let runner = by(&store, &HandClock::still());
    runner.invoke(&graph, Some("t"), json!({}), StartOptions::default()).await.expect("runs");
    let id = runner.questions("t").await.expect("reads").remove(0).id;
    for wrong in
        [json!("deny"), json!({"decision": "deny", "files": ["a"]}), json!({"files": ["a"]}), json!(1)]
    {
        let refused = refusal(runner.answer(&id, wrong.clone(), vec![]).await);
        assert!(matches!(refused, AnswerRefused::NotAllowed { .. }), "{wrong}: {refused}");
    }
    for wrong in [json!("approve"), json!({"decision": "approve", "files": []})] {
        let refused = refusal(runner.answer(&id, wrong.clone(), vec![]).await);
        assert!(matches!(refused, AnswerRefused::Shape(_)), "{wrong}: {refused}");
    }
    assert_eq!(runner.questions("t").await.expect("reads").len(), 1, "it is asked as before");
    let right = json!({"decision": "approve", "files": ["a"]});
    runner.answer(&id, right.clone(), vec![]).await.expect("that is what was asked for");
    runner.answer(&id, right.clone(), vec![]).await.expect("the same again is no error");
    let error =
        runner.answer(&id, json!({"decision": "approve", "files": ["b"]}), vec![]).await.expect_err("other");
    assert!(matches!(error, RunError::Checkpoint(CheckpointError::AlreadyAnswered(_))), "{error}");
    let Progress::Finished(end) = runner.advance(&graph, "t").await.expect("runs") else {
        panic!("answered")
    };
    assert_eq!(end.value("said"), Some(&right));
    let refused = refusal(runner.answer(&id, right, vec![]).await);
    assert_eq!(refused, AnswerRefused::NotAsked, "what is over asks nothing");
}

pub async fn an_expired_question_takes_no_answer(store: Store) {
    let clock = HandClock::still();
    let runner = by(&store, &clock);
    let graph = asking(Interrupt::new("question", "Now?").expires_at(1_000));
    for thread in ["early", "late"] {
        runner.invoke(&graph, Some(thread), json!({}), StartOptions::default()).await.expect("runs");
    }
    let id = async |thread: &str| runner.questions(thread).await.expect("reads").remove(0).id;
    let (early, late) = (id("early").await, id("late").await);
    clock.passes(999);
    runner.answer(&early, json!("yes"), vec![]).await.expect("it is in time");
    clock.passes(1);
    assert_eq!(refusal(runner.answer(&late, json!("yes"), vec![]).await), AnswerRefused::Expired);
    runner.answer(&early, json!("yes"), vec![]).await.expect("what was answered in time is answered");
    assert!(matches!(runner.advance(&graph, "early").await, Ok(Progress::Finished(_))));
    assert!(matches!(runner.advance(&graph, "late").await, Ok(Progress::Waiting(_))));
}

pub async fn a_form_that_is_none_is_refused_when_it_is_asked_for(store: Store) {
    let graph = asking(Interrupt::new("question", "How?").schema(json!({"type": "no such type"})));
    let runner = by(&store, &HandClock::still());
    let options = StartOptions::default();
    let error =
        runner.invoke(&graph, Some("t"), Value::Object(Map::new()), options).await.expect_err("no form");
    let RunError::Node { source: NodeError::Failed { category, message }, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(category, "validation_error");
    assert!(message.contains("JSON Schema"), "{message}");
    assert!(
        runner.questions("t").await.expect("reads").is_empty(),
        "nobody is asked what cannot be answered"
    );
}
