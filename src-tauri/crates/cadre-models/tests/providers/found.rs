//! Finding providers: servers on this machine, and keys that are tested when they are entered.

use std::time::Duration;

use cadre_core::failure::Category;
use cadre_core::secret::Secret;
use cadre_models::discover::{Candidate, local_servers, probe_key};
use cadre_models::{Code, Endpoint, ProviderKind};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::server::json as json_answer;
use crate::server::{FakeServer, Step, answer};
use crate::{KEY, assert_silent};

/// Nobody here is slow; only the machine that tests may be.
const PATIENT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn who_listens_is_found_and_named_by_what_it_says() {
    let list = |owner: &str| {
        json_answer(
            &json!({ "object": "list", "data": [{ "id": "some-model", "owned_by": owner, "max_model_len": 4096 }] }),
        )
    };
    let ollama =
        FakeServer::one(json_answer(&json!({ "models": [{ "name": "qwen3:8b", "size": 1 }] }))).await;
    let studio = FakeServer::one(list("organization_owner")).await;
    let vllm = FakeServer::one(list("vllm")).await;
    let llama = FakeServer::one(list("llamacpp")).await;
    let web = FakeServer::one(answer("200 OK", "content-type: text/html\r\n", "<html>my blog</html>")).await;
    let at = |kind, server: &FakeServer| Candidate { kind, base_url: server.url("/v1") };
    let candidates = [
        at(ProviderKind::Ollama, &ollama),
        at(ProviderKind::LmStudio, &studio),
        at(ProviderKind::LlamaServer, &vllm),
        at(ProviderKind::Vllm, &llama),
        at(ProviderKind::Vllm, &web),
        at(ProviderKind::Ollama, &web),
        Candidate { kind: ProviderKind::Vllm, base_url: "http://127.0.0.1:1/v1".to_owned() },
    ];
    let found = local_servers(&candidates, PATIENT, &CancellationToken::new()).await;
    let found: Vec<_> = found.iter().map(|server| (server.kind, server.models[0].id.as_str())).collect();
    let expected = [
        (ProviderKind::Ollama, "qwen3:8b"),
        (ProviderKind::LmStudio, "some-model"),
        (ProviderKind::Vllm, "some-model"),
        (ProviderKind::LlamaServer, "some-model"),
    ];
    assert_eq!(found, expected, "a web page and a closed port are not providers");
}

#[tokio::test]
async fn who_says_nothing_is_not_waited_for() {
    let silent = FakeServer::one(vec![Step::Stall]).await;
    let candidates = [Candidate { kind: ProviderKind::LlamaServer, base_url: silent.url("/v1") }];
    let within = Duration::from_millis(50);
    let found = local_servers(&candidates, within, &CancellationToken::new()).await;
    assert!(found.is_empty(), "an open port is not a provider yet");
}

#[test]
fn the_usual_places_are_on_this_machine() {
    for candidate in Candidate::usual() {
        let endpoint =
            Endpoint::new(candidate.kind, Some(&candidate.base_url), None).expect("it is loopback");
        assert_eq!(endpoint.host(), "127.0.0.1", "looking around must not leave the machine");
    }
}

async fn probe(kind: ProviderKind, scripts: Vec<Vec<Step>>) -> Result<Vec<String>, cadre_models::ModelError> {
    let server = FakeServer::start(scripts).await;
    let key = Some(Secret::new(KEY.to_owned()));
    let endpoint = Endpoint::new(kind, Some(&server.url("")), key).expect("a loopback address is allowed");
    let models = probe_key(endpoint, &CancellationToken::new()).await;
    models.map(|models| models.into_iter().map(|model| model.id).collect())
}

#[tokio::test]
async fn a_key_is_tested_and_gives_its_models() {
    let page = |id: &str, more: bool| {
        json_answer(
            &json!({ "data": [{ "id": id, "display_name": "A", "type": "model" }], "has_more": more, "last_id": id }),
        )
    };
    let pages = vec![page("a", true), page("b", false)];
    let models = probe(ProviderKind::Anthropic, pages).await.expect("the key is good");
    assert_eq!(models, ["a", "b"], "a list may come in pages");

    let endless = vec![page("a", true)];
    let models = probe(ProviderKind::Anthropic, endless).await.expect("the key is good");
    assert_eq!(models.len(), 20, "a list without an end has one here");

    let list = json_answer(&json!({ "object": "list", "data": [{ "id": "m", "context_length": 9 }] }));
    let good = vec![json_answer(&json!({ "data": { "label": "k" } })), list.clone()];
    let models = probe(ProviderKind::OpenRouter, good).await.expect("the key is good");
    assert_eq!(models, ["m"], "first the key, then the list");

    let refused = answer(
        "401 Unauthorized",
        "",
        &json!({ "error": { "message": "No auth", "code": 401 } }).to_string(),
    );
    let error = probe(ProviderKind::OpenRouter, vec![refused, list]).await.expect_err("the key is bad");
    assert_eq!(error.code, Code::KeyRejected, "everybody may see the list, so it proves nothing: {error}");
}

#[tokio::test]
async fn a_bad_key_is_said_to_be_bad_and_not_shown() {
    let body = json!({ "error": { "message": format!("Incorrect API key provided: {KEY}"), "code": "invalid_api_key" } });
    for kind in [ProviderKind::OpenAi, ProviderKind::Anthropic, ProviderKind::Xai] {
        let refused = answer("401 Unauthorized", "content-type: application/json\r\n", &body.to_string());
        let error = probe(kind, vec![refused]).await.expect_err("the key is bad");
        assert_eq!(
            (error.code, error.category),
            (Code::KeyRejected, Category::AuthorizationError),
            "{error}"
        );
        assert_silent(&error);
    }
    let page = answer("200 OK", "content-type: text/html\r\n", "<html></html>");
    let error = probe(ProviderKind::OpenAi, vec![page]).await.expect_err("a page is no list");
    assert_eq!(error.code, Code::MalformedList, "{error}");
}

#[tokio::test]
async fn a_key_with_a_line_break_is_refused_before_it_is_sent() {
    let key = Some(Secret::new("sk-one\nsk-two".to_owned()));
    let endpoint = Endpoint::new(ProviderKind::OpenAi, Some("http://127.0.0.1:1/v1"), key).expect("loopback");
    let error = probe_key(endpoint, &CancellationToken::new()).await.expect_err("no header can hold it");
    assert_eq!(error.code, Code::KeyRejected, "{error}");
    assert!(!error.message.contains("sk-"), "{error}");
}
