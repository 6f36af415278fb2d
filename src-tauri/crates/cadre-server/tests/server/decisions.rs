//! A decision needs a person.

use serde_json::json;

use crate::support::{TestServer, planned};

#[tokio::test]
async fn a_program_may_ask_and_file_but_not_decide() {
    let server = TestServer::start().await;
    let plan = planned(&server.host.api, server.host.folder.path()).await;
    for (operation, input, status) in [
        ("system.status", json!({}), 200),
        ("plan.get", json!({ "project": plan["project"], "version": plan["version"] }), 200),
        ("request.file", json!({ "text": "What is this project about?", "folder": null }), 200),
        ("plan.approve", plan.clone(), 403),
        ("project.abort", json!({ "project": plan["project"] }), 403),
        (
            "inbox.decide",
            json!({ "item": "a/b/0", "decision": "approve", "text": null, "action_hash": null, "content": null }),
            403,
        ),
        ("model.endpoints", json!({}), 200),
        ("key.add", json!({ "kind": "openai", "address": null, "key": "sk-marked-0123456789" }), 403),
        ("key.add", json!({ "kind": "openai", "address": "http://127.0.0.1:1/v1", "key": null }), 403),
        (
            "model.enable",
            json!({ "kind": "ollama", "address": null, "name": "Mine", "models": ["m"], "project": null,
                    "daily_limit_cents": null }),
            403,
        ),
    ] {
        let answer = server.as_program(operation, &input).await;
        assert_eq!(answer.status, status, "`{operation}` by a program: {answer:?}");
        if status == 403 {
            assert_eq!(answer.code(), "channel_not_allowed");
        }
    }
    let project = server.as_program("project.get", &json!({ "project": plan["project"] })).await;
    assert_eq!(project.json()["approved_version"], json!(null), "a refused approval must leave no trace");
    server.stop().await;
}

#[tokio::test]
async fn a_browser_session_may_decide() {
    let server = TestServer::start().await;
    let plan = planned(&server.host.api, server.host.folder.path()).await;
    let bearer = server.session_bearer().await;
    let answer = server.as_page(&bearer, "plan.approve", &plan).await;
    assert_eq!(answer.status, 200, "the person who opened the link decides: {answer:?}");
    let project = server.as_page(&bearer, "project.get", &json!({ "project": plan["project"] })).await;
    assert_eq!(project.json()["approved_version"], plan["version"]);
    let again = server.as_page(&bearer, "plan.approve", &plan).await;
    assert_eq!((again.status, again.code().as_str()), (409, "already_decided"), "decided once: {again:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_key_that_was_sent_in_the_wrong_form_is_not_repeated() {
    let server = TestServer::start().await;
    let bearer = server.session_bearer().await;
    let key = "sk-marked-0123456789";
    for input in [
        json!(key),
        json!([key]),
        json!({ "kind": key }),
        json!({ "kind": "openai", "address": key, "key": key }),
        json!({ "kind": "openai", "address": null, "key": [key] }),
        json!({ "kind": "openai", "address": null, "key": { key: key } }),
        json!({ "kind": { key: 1 }, "address": null, "key": key }),
        json!({ "kind": "openai", "address": "http://127.0.0.1:1/v1", "key": key }),
    ] {
        let answer = server.as_page(&bearer, "key.add", &input).await;
        assert!((400..600).contains(&answer.status), "{input}: {answer:?}");
        assert!(!format!("{answer:?}").contains("marked"), "{input}: {answer:?}");
    }
    server.stop().await;
}
