//! Who gets in.

use std::time::Duration;

use cadre_server::{BindError, Server};
use serde_json::json;

use crate::http::{request, send};
use crate::support::{TestHost, TestServer, code_of};

#[tokio::test]
async fn only_an_address_of_this_machine_is_listened_on() {
    let host = TestHost::open().await;
    for address in ["0.0.0.0", "192.168.0.1", "::"] {
        let mut options = host.options();
        options.address = address.parse().expect("an address");
        let refused = Server::bind(host.api.clone(), options).await;
        assert!(
            matches!(refused, Err(BindError::NotLoopback { .. })),
            "{address} would let other machines in"
        );
    }
    assert!(!host.token_file().exists(), "a server that does not run must not leave a token");
    host.close().await;
}

#[tokio::test]
async fn a_request_for_another_host_is_refused() {
    let server = TestServer::start().await;
    let port = server.server.address().port();
    let address = server.server.address();
    for (host, allowed, reason) in [
        (format!("127.0.0.1:{port}"), true, "our own address"),
        (format!("localhost:{port}"), true, "its name"),
        (format!("evil.example:{port}"), false, "a foreign name that resolves here (DNS rebinding)"),
        ("127.0.0.1".into(), false, "another port of this machine is another site"),
        ("127.0.0.1:1".into(), false, "another port of this machine is another site"),
        (format!("localhost.:{port}"), false, "not a name that we gave ourselves"),
        (format!("127.0.0.1:{port}.evil.example"), false, "a name that only begins like ours"),
        (String::new(), false, "no name"),
    ] {
        for path in ["/", "/api/v1/system.status", "/api/v1/events"] {
            let answer = request(address, &format!("GET {path}"), &[("Host", &host)], b"").await;
            let was_refused = answer.status == 403 && answer.code() == "origin_refused";
            assert_eq!(!was_refused, allowed, "`{host}` for {path}: {reason}; got {answer:?}");
        }
    }
    let own = server.host_name();
    let twice = request(address, "GET /", &[("Host", &own), ("Host", "evil.example")], b"").await;
    assert!(twice.status >= 400, "of two names one is a trick: {twice:?}");
    let target = request(address, "GET http://evil.example/", &[("Host", &own)], b"").await;
    assert_eq!(target.status, 403, "the target names another host: {target:?}");
    let nameless = send(address, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert!(nameless.status >= 400, "a request has to say whom it is for: {nameless:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_call_from_another_site_is_refused() {
    let server = TestServer::start().await;
    let (session, program) = (server.session_bearer().await, server.program_bearer());
    let port = server.server.address().port();
    let own = server.origin();
    for (bearer, origin, status, reason) in [
        (&session, Some(own.clone()), 200, "our own page"),
        (&session, Some("http://evil.example".into()), 403, "a foreign page"),
        (&session, Some(format!("https://127.0.0.1:{port}")), 403, "another scheme is another site"),
        (&session, Some("http://127.0.0.1:1".into()), 403, "another port is another site"),
        (&session, Some(format!("http://localhost:{port}")), 403, "not the page that this request is for"),
        (&session, Some("null".into()), 403, "a page without a place, such as a sandboxed frame"),
        (&session, None, 403, "a browser always says where a call comes from"),
        (&program, None, 200, "a program has no page"),
        (&program, Some("http://evil.example".into()), 403, "a foreign page, whatever it found"),
    ] {
        let bearer = format!("Bearer {bearer}");
        let mut headers = vec![("Authorization", bearer.as_str())];
        headers.extend(origin.as_deref().map(|origin| ("Origin", origin)));
        let answer = server.post("system.status", &headers, &json!({})).await;
        assert_eq!(answer.status, status, "{origin:?}: {reason}; got {answer:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn nobody_calls_without_a_bearer() {
    let server = TestServer::start().await;
    let own = server.origin();
    let zeros = format!("Bearer {}", "0".repeat(64));
    let basic = format!("Basic {}", server.program_bearer());
    for authorization in [None, Some(""), Some("Bearer "), Some(zeros.as_str()), Some(basic.as_str())] {
        let mut headers = vec![("Origin", own.as_str())];
        headers.extend(authorization.map(|value| ("Authorization", value)));
        for operation in ["system.status", "request.file", "no.such.operation"] {
            let answer = server.post(operation, &headers, &json!({})).await;
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (401, "not_signed_in"),
                "{authorization:?} on {operation}: not even the names of operations are for strangers"
            );
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn the_code_of_a_link_works_once_and_only_for_our_own_page() {
    let server = TestServer::start().await;
    let code = code_of(&server.link);
    let foreign = server.exchange(&code, "http://evil.example").await;
    assert_eq!((foreign.status, foreign.code().as_str()), (403, "origin_refused"));
    let silent = server.post("session.exchange", &[], &json!({ "code": code })).await;
    assert_eq!(silent.status, 403, "what does not say where it comes from is no browser: {silent:?}");
    let first = server.exchange(&code, &server.origin()).await;
    assert_eq!(first.status, 200, "a refused try must not use the code up: {first:?}");
    let again = server.exchange(&code, &server.origin()).await;
    assert_eq!((again.status, again.code().as_str()), (401, "not_signed_in"), "it works once");
    let bearer = first.json()["bearer"].as_str().expect("a bearer").to_owned();
    assert_eq!(bearer.len(), 64, "32 random bytes");
    assert_eq!(server.as_page(&bearer, "system.status", &json!({})).await.status, 200);
    assert_eq!(first.header("set-cookie"), None, "a cookie would be sent for other pages' requests too");
    server.stop().await;
}

#[tokio::test]
async fn the_code_of_a_link_expires_after_five_minutes() {
    let server = TestServer::start().await;
    server.pass(Duration::from_secs(5 * 60));
    let late = server.exchange(&code_of(&server.link), &server.origin()).await;
    assert_eq!((late.status, late.code().as_str()), (401, "not_signed_in"));
    assert_eq!(server.session_bearer().await.len(), 64, "a fresh link must work");
    server.stop().await;
}

#[tokio::test]
async fn guessing_codes_is_stopped() {
    let server = TestServer::start().await;
    let mut last = None;
    for guess in 0..11 {
        last = Some(server.exchange(&format!("{guess:032}"), &server.origin()).await);
    }
    let last = last.expect("eleven tries");
    assert_eq!((last.status, last.code().as_str()), (429, "too_many_attempts"));
    server.stop().await;
}
