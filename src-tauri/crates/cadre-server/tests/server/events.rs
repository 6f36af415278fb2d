//! Events over the WebSocket.

use std::collections::BTreeMap;

use cadre_api::{Api, Caller, Channel, EventDto, Tag};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::Response;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::support::TestServer;

type Socket = WebSocketStream<TcpStream>;

/// Subscribes with these headers; the status when it is refused.
async fn open(
    server: &TestServer,
    query: &str,
    headers: &[(&'static str, String)],
) -> Result<(Socket, Response<Option<Vec<u8>>>), u16> {
    let address = server.server.address();
    let mut request =
        format!("ws://{address}/api/v1/events{query}").into_client_request().expect("an address");
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a header"));
    }
    let stream = TcpStream::connect(address).await.expect("the server listens");
    tokio_tungstenite::client_async(request, stream).await.map_err(|error| match error {
        Error::Http(response) => response.status().as_u16(),
        other => panic!("{other}"),
    })
}

async fn subscribe(server: &TestServer, bearer: &str, from: u64) -> Socket {
    let headers =
        [("origin", server.origin()), ("sec-websocket-protocol", format!("cadre.v1, bearer.{bearer}"))];
    let opened = open(server, &format!("?from={from}"), &headers).await;
    let (socket, answer) = opened.unwrap_or_else(|status| panic!("refused with {status}"));
    assert_eq!(
        answer.headers().get("sec-websocket-protocol").and_then(|value| value.to_str().ok()),
        Some("cadre.v1"),
        "a browser ends a connection whose protocol it did not offer, and the bearer must not come back"
    );
    socket
}

async fn next(socket: &mut Socket) -> EventDto {
    match socket.next().await {
        Some(Ok(Message::Text(text))) => serde_json::from_str(&text).expect("an event"),
        other => panic!("an event was expected, not {other:?}"),
    }
}

async fn file_request(api: &Api, number: usize) {
    let input = json!({ "text": format!("Question number {number}?"), "folder": null });
    api.dispatch(&Caller::owner(Channel::Cli), "request.file", input).await.expect("a request");
}

#[tokio::test]
async fn events_are_for_those_who_were_let_in() {
    let server = TestServer::start().await;
    let (session, program) = (server.session_bearer().await, server.program_bearer());
    let (own, foreign) = (Some(server.origin()), Some("http://evil.example".to_owned()));
    for (protocols, origin, query, status, reason) in [
        (None, own.clone(), "", 401, "no bearer"),
        (Some("cadre.v1".to_owned()), own.clone(), "", 401, "no bearer"),
        (Some(format!("cadre.v1, bearer.{}", "0".repeat(64))), own.clone(), "", 401, "a made-up bearer"),
        (Some("cadre.v1".into()), own.clone(), &*format!("?bearer={session}"), 401, "a URL ends up in logs"),
        (Some(format!("cadre.v1, bearer.{session}")), foreign.clone(), "", 403, "a foreign page"),
        (Some(format!("cadre.v1, bearer.{session}")), None, "", 403, "a browser names its page"),
        (Some(format!("cadre.v1, bearer.{program}")), foreign, "", 403, "a foreign page"),
        (
            Some(format!("cadre.v1, bearer.{session}")),
            own.clone(),
            "?from=yesterday",
            400,
            "no entry's number",
        ),
        (Some(format!("cadre.v1, bearer.{session}")), own, "?from=0", 101, "our own page"),
        (Some(format!("cadre.v1, bearer.{program}")), None, "?from=0", 101, "a program"),
    ] {
        let mut headers = Vec::new();
        headers.extend(protocols.map(|protocols| ("sec-websocket-protocol", protocols)));
        headers.extend(origin.map(|origin| ("origin", origin)));
        let got = open(&server, query, &headers).await.map_or_else(|status| status, |_| 101);
        assert_eq!(got, status, "{reason}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_subscription_resumes_without_loss_or_repetition_while_entries_are_written() {
    const REQUESTS: usize = 40;
    let server = TestServer::start().await;
    let bearer = server.session_bearer().await;
    let api = server.host.api.clone();
    let writing = async move {
        for number in 0..REQUESTS {
            file_request(&api, number).await;
        }
    };
    let reading = async {
        let (mut seen, mut filed) = (Vec::new(), 0);
        while filed < REQUESTS {
            // Each connection takes seven events and is then lost, in the middle of whatever comes.
            let mut socket = subscribe(&server, &bearer, seen.last().copied().unwrap_or(0)).await;
            for _ in 0..7 {
                let event = next(&mut socket).await;
                seen.push(event.seq);
                filed += usize::from(event.kind == "request.filed");
                if filed == REQUESTS {
                    break;
                }
            }
        }
        seen
    };
    let ((), seen) = tokio::join!(writing, reading);
    let expected: Vec<u64> = (1..=*seen.last().expect("events")).collect();
    assert_eq!(seen, expected, "each entry once, in order, over every reconnect");
    server.stop().await;
}

#[tokio::test]
async fn an_event_says_what_happened_and_which_caches_no_longer_hold() {
    let server = TestServer::start().await;
    let bearer = server.session_bearer().await;
    let from = server.host.api.changes().newest();
    let mut socket = subscribe(&server, &bearer, from).await;
    file_request(&server.host.api, 1).await;
    let mut tags = BTreeMap::new();
    for _ in 0..2 {
        let event = next(&mut socket).await;
        assert!(event.data.request.is_some(), "it names the request: {event:?}");
        let text = serde_json::to_string(&event).expect("JSON");
        assert!(!text.contains("Question"), "an event carries no content: {text}");
        tags.insert(event.kind, event.tags.into_iter().map(Tag::name).collect::<Vec<_>>());
    }
    let requests = vec!["requests"];
    let expected = [("request.filed".to_owned(), requests.clone()), ("request.read".to_owned(), requests)];
    assert_eq!(tags, BTreeMap::from(expected));
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_stops_tells_its_subscribers() {
    let server = TestServer::start().await;
    let bearer = server.session_bearer().await;
    let mut socket = subscribe(&server, &bearer, server.host.api.changes().newest()).await;
    // What a subscriber says is not listened to, and does no harm.
    socket.send(Message::Text("hello".into())).await.expect("the server is there");
    let told = async move {
        match socket.next().await {
            Some(Ok(Message::Close(Some(frame)))) => Some(u16::from(frame.code)),
            _ => None,
        }
    };
    let (told, ()) = tokio::join!(told, server.stop());
    assert_eq!(told, Some(1001), "the browser has to know that it may come back");
}

#[tokio::test]
async fn a_session_that_is_signed_out_lets_nobody_in_any_more() {
    let server = TestServer::start().await;
    let (here, elsewhere) = (server.session_bearer().await, server.session_bearer().await);
    let mut events = subscribe(&server, &elsewhere, 0).await;
    let device = server.as_page(&here, "system.device", &json!({})).await.json();
    let sessions = device["connections"].as_array().expect("they are listed").clone();
    assert_eq!(sessions.len(), 2, "each browser is one: {sessions:?}");
    let own: Vec<bool> = sessions.iter().map(|it| it["here"] == true).collect();
    assert_eq!(own, [true, false], "whoever asks sees which is their own");

    let by_program = server.as_program("system.sign_out", &json!({ "connection": null })).await;
    assert_eq!(by_program.code(), "channel_not_allowed", "an agent must not lock the person out");
    let other = json!({ "connection": sessions[1]["id"] });
    assert_eq!(server.as_page(&here, "system.sign_out", &other).await.json()["sessions"], 1);
    let again = server.as_page(&here, "system.sign_out", &other).await;
    assert_eq!(again.code(), "not_found", "once");
    let refused = server.as_page(&elsewhere, "system.status", &json!({})).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (401, "not_signed_in"),
        "its bearer is worth nothing"
    );
    loop {
        match events.next().await {
            Some(Ok(Message::Text(_))) => {} // what was on its way
            Some(Ok(Message::Close(_))) | None => break,
            other => panic!("what it listened to ends, too: {other:?}"),
        }
    }
    assert_eq!(server.as_page(&here, "system.status", &json!({})).await.status, 200, "and no other");
    assert_eq!(
        server.as_page(&here, "system.sign_out", &json!({ "connection": null })).await.json()["sessions"],
        1,
        "all are one's own, too"
    );
    assert_eq!(server.as_page(&here, "system.status", &json!({})).await.status, 401);
    server.stop().await;
}
