//! Files that come as the body of a request.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::http::{Answer, break_off, request};
use crate::support::TestServer;

const START: &str = "POST /api/v1/request.attach?name=Plan%20of%202026.txt";

async fn upload(server: &TestServer, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let host = server.host_name();
    let mut all = vec![("Host", host.as_str()), ("Content-Type", "application/octet-stream")];
    all.extend_from_slice(headers);
    request(server.server.address(), START, &all, body).await
}

fn uploads(server: &TestServer) -> PathBuf {
    server.host.folder.path().join("workspace").join(".cadre").join("uploads")
}

#[tokio::test]
async fn a_file_is_uploaded_named_in_a_request_and_can_be_read_there() {
    let server = TestServer::start().await;
    let (origin, bearer) = (server.origin(), format!("Bearer {}", server.session_bearer().await));
    // More than a JSON body may have.
    let body: String = (0..400_000).map(|line| format!("line {line}\n")).collect();
    let answer = upload(&server, &[("Origin", &origin), ("Authorization", &bearer)], body.as_bytes()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let given = answer.json()["attachment"].clone();
    assert_eq!((&given["name"], &given["bytes"]), (&json!("Plan of 2026.txt"), &json!(body.len())));
    let text = json!({ "text": "Summarise the plan that is attached", "folder": null, "uploads": [given] });
    let filed = server.as_program("request.file", &text).await;
    assert_eq!(filed.status, 200, "{filed:?}");
    let request = server.as_program("request.get", &json!({ "request": filed.json()["id"] })).await.json();
    assert_eq!(request["attachments"], json!([given]));
    let asked = json!({ "request": request["id"], "sha256": given["sha256"] });
    let read = server.as_program("request.attachment", &asked).await.json();
    let shown = read["text"].as_str().expect("it is text");
    assert!(body.starts_with(shown) && shown.len() == 64 * 1024 && read["cut"] == true, "its beginning");
    server.stop().await;
}

#[tokio::test]
async fn content_comes_as_json_where_a_host_has_no_bodies_and_a_path_from_this_machine() {
    let server = TestServer::start().await;
    let attach = async |input: Value| server.as_program("request.attach", &input).await;
    let pasted =
        attach(json!({ "kind": "content", "name": "pasted.txt", "content": "c29tZSB3b3Jkcw==" })).await;
    assert_eq!(pasted.json()["attachment"]["bytes"], 10, "{pasted:?}");
    let path = server.host.folder.path().join("notes.md");
    std::fs::write(&path, "notes").expect("is written");
    let picked = attach(json!({ "kind": "path", "path": path })).await;
    assert_eq!(picked.json()["attachment"]["name"], "notes.md", "{picked:?}");
    let folder = attach(json!({ "kind": "path", "path": server.host.folder.path() })).await;
    assert_eq!(
        folder.json()["folder"],
        json!(server.host.folder.path()),
        "a folder is what a request is about"
    );
    for (input, status, code) in [
        (json!({ "kind": "content", "name": "x", "content": "%%" }), 400, "invalid_input"),
        (json!({ "kind": "path", "path": "/dev/null" }), 422, "attachment_refused"),
        (json!({ "kind": "path", "path": path.with_file_name("nowhere") }), 422, "attachment_unreadable"),
    ] {
        let refused = attach(input.clone()).await;
        assert_eq!((refused.status, refused.code().as_str()), (status, code), "{input}: {refused:?}");
    }
    let gone =
        json!({ "text": "hello", "folder": null, "uploads": [{ "sha256": "0".repeat(64), "name": "x" }] });
    assert_eq!(server.as_program("request.file", &gone).await.code(), "attachment_unreadable");
    server.stop().await;
}

#[tokio::test]
async fn only_those_who_were_let_in_upload_and_what_breaks_off_leaves_nothing() {
    let server = TestServer::start().await;
    let (origin, bearer) = (server.origin(), format!("Bearer {}", server.session_bearer().await));
    for (headers, status, reason) in [
        (vec![("Origin", origin.as_str())], 401, "no bearer"),
        (vec![("Origin", "http://evil.example"), ("Authorization", &bearer)], 403, "a foreign page"),
        (vec![("Authorization", bearer.as_str())], 403, "a browser names its page"),
    ] {
        let answer = upload(&server, &headers, b"x").await;
        assert_eq!(answer.status, status, "{reason}: {answer:?}");
    }
    let head = |bytes: u64| {
        format!(
            "{START} HTTP/1.1\r\nConnection: close\r\nHost: {}\r\nOrigin: {origin}\r\nAuthorization: {bearer}\r\n\
             Content-Type: application/octet-stream\r\nContent-Length: {bytes}\r\n\r\n",
            server.host_name()
        )
    };
    let huge = crate::http::send(server.server.address(), head(64 * 1024 * 1024 + 1).as_bytes()).await;
    assert_eq!((huge.status, huge.code().as_str()), (413, "attachment_too_large"), "nothing of it is read");
    let part = [head(2_000_000).as_bytes(), &vec![b'x'; 1_500_000]].concat();
    break_off(server.server.address(), &part).await;
    let kept = uploads(&server);
    server.stop().await; // every answer was given, so everything that was begun has come to its end
    let left: Vec<_> = std::fs::read_dir(&kept).map(|it| it.flatten().collect()).unwrap_or_default();
    assert!(left.is_empty(), "{left:?}");
}
