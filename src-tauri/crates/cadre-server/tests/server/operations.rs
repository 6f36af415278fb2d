//! Calling operations over HTTP.

use serde_json::{Value, json};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::http::{request, send};
use crate::support::TestServer;

#[tokio::test]
async fn an_operation_answers_as_it_does_everywhere() {
    let server = TestServer::start().await;
    let bearer = server.session_bearer().await;
    let status = server.as_page(&bearer, "system.status", &Value::Null).await;
    assert_eq!(status.status, 200, "`null` is how a client says that there is no input: {status:?}");
    assert_eq!(status.json()["workspace"], json!(server.host.api.workspace()));
    assert_eq!(status.header("content-type"), Some("application/json"));
    assert_eq!(status.header("cache-control"), Some("no-store"), "private content must not be kept on disk");
    server.stop().await;
}

#[tokio::test]
async fn a_call_that_does_not_fit_says_why() {
    let server = TestServer::start().await;
    for (operation, input, status, code) in [
        ("no.such.operation", json!({}), 404, "unknown_operation"),
        ("request.get", json!({ "request": "nothing" }), 404, "not_found"),
        ("request.get", json!({ "wrong": 1 }), 400, "invalid_input"),
        ("request.get", json!([1, 2]), 400, "invalid_input"),
        ("request.file", json!({ "text": "  ", "folder": null }), 422, "invalid_request"),
    ] {
        let answer = server.as_program(operation, &input).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "`{operation}` {input}: {answer:?}"
        );
        let (message, hint) = (answer.json()["message"].clone(), answer.json()["hint"].clone());
        assert!(message != "" && hint != "", "an error says what happened and what to do: {answer:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn only_a_post_of_json_is_a_call() {
    let server = TestServer::start().await;
    let (host, bearer) = (server.host_name(), format!("Bearer {}", server.program_bearer()));
    let address = server.server.address();
    let form = "application/x-www-form-urlencoded";
    for (start, content_type, body, status, code) in [
        ("GET /api/v1/system.status", "application/json", "", 400, "invalid_input"),
        ("PUT /api/v1/system.status", "application/json", "{}", 400, "invalid_input"),
        ("POST /api/v1/system.status", form, "{}", 400, "invalid_input"),
        ("POST /api/v1/system.status", "text/plain", "{}", 400, "invalid_input"),
        ("POST /api/v1/system.status", "application/json", "{", 400, "invalid_input"),
        ("POST /api/v1/system.status", "application/json; charset=utf-8", "{}", 200, ""),
        ("POST /api/v2/system.status", "application/json", "{}", 404, "unknown_operation"),
        ("POST /api/v1/a/b", "application/json", "{}", 404, "unknown_operation"),
    ] {
        let headers =
            [("Host", host.as_str()), ("Authorization", bearer.as_str()), ("Content-Type", content_type)];
        let answer = request(address, start, &headers, body.as_bytes()).await;
        assert_eq!(answer.status, status, "{start} as {content_type}: {answer:?}");
        assert_eq!(answer.json()["code"].as_str().unwrap_or_default(), code, "{start} as {content_type}");
        assert_eq!(answer.header("access-control-allow-origin"), None, "no other site may read answers");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_request_has_at_most_two_mebibytes() {
    let server = TestServer::start().await;
    let text = |bytes: usize| json!({ "text": "a".repeat(bytes), "folder": null });
    let over = server.as_program("request.file", &text(cadre_server::MAX_REQUEST_BYTES)).await;
    assert_eq!((over.status, over.code().as_str()), (413, "too_large"), "{over:?}");
    let within = server.as_program("request.file", &text(cadre_server::MAX_REQUEST_BYTES - 100)).await;
    assert_eq!(within.status, 422, "below the limit the operation itself decides: {within:?}");
    let head = format!(
        "POST /api/v1/request.file HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
        server.host_name(),
        server.program_bearer()
    );
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, " ".repeat(1 << 20));
    let chunked = send(server.server.address(), (head + &chunk.repeat(3) + "0\r\n\r\n").as_bytes()).await;
    assert_eq!(
        (chunked.status, chunked.code().as_str()),
        (413, "too_large"),
        "a length that is not declared must not get around the limit: {chunked:?}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_request_that_does_not_arrive_is_not_waited_for() {
    let server = TestServer::start().await;
    let call = format!(
        "POST /api/v1/system.status HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: 10\r\n\r\n{{",
        server.host_name(),
        server.program_bearer()
    );
    for (sent, begins, reason) in [
        (call.as_str(), "HTTP/1.1 408", "a body that never comes"),
        ("POST /api/v1/system.status HT", "", "a head that never ends: there is no request to answer"),
        ("", "", "a connection that says nothing"),
    ] {
        let mut stream = TcpStream::connect(server.server.address()).await.expect("the server listens");
        stream.write_all(sent.as_bytes()).await.expect("the server reads");
        // From here each wait ends as soon as nothing else is left to do.
        tokio::time::pause();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("the server hangs up");
        tokio::time::resume();
        assert!(answer.starts_with(begins) && answer.is_empty() == begins.is_empty(), "{reason}: {answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_was_asked_is_done_though_the_caller_hung_up() {
    let server = TestServer::start().await;
    let mut events = server.host.api.subscribe(server.host.api.changes().newest());
    let body = json!({ "text": "What is new?", "folder": null }).to_string();
    let call = format!(
        "POST /api/v1/request.file HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        server.host_name(),
        server.program_bearer(),
        body.len()
    );
    let mut stream = TcpStream::connect(server.server.address()).await.expect("the server listens");
    stream.write_all(call.as_bytes()).await.expect("the server reads");
    drop(stream);
    for kind in ["request.filed", "request.read"] {
        let event = events.next().await.expect("no error").expect("the workspace is open");
        assert_eq!(event.kind, kind, "half of an operation must not be left behind");
    }
    drop(events);
    server.stop().await;
}
