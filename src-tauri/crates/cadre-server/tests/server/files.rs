//! The interface's files, the headers around everything, and the token file.

use std::fs;

use cadre_server::{BindError, Server};

use crate::http::request;
use crate::support::{TestHost, TestServer};

#[tokio::test]
async fn every_answer_carries_the_protecting_headers() {
    let server = TestServer::start().await;
    for path in ["/", "/nothing", "/api/v1/system.status", "/api/v1/events", "/api/nothing"] {
        let answer = server.get(path).await;
        let policy = answer.header("content-security-policy").unwrap_or_default().to_owned();
        for rule in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(rule), "{path} needs {rule}, has `{policy}`");
        }
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}: {name}");
        }
        assert!(answer.header("cache-control").is_some(), "{path} has to say whether it may be kept");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_interface_is_served_and_nothing_beside_it() {
    let host = TestHost::open().await;
    let ui = host.folder.path().join("ui");
    fs::create_dir_all(ui.join("assets")).expect("a folder");
    fs::create_dir_all(ui.join(".vite")).expect("a folder");
    for (name, content) in [
        ("index.html", "<!doctype html>"),
        ("theme.js", "theme()"),
        ("assets/index-1a2b.js", "main()"),
        ("assets/index-1a2b.css", "body{}"),
        (".vite/manifest.json", "{}"),
        ("notes.sqlite", "secret"),
        ("../beside.html", "secret"),
    ] {
        fs::write(ui.join(name), content).expect("a file");
    }
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/passwd", ui.join("passwd.txt")).expect("a link");
    let mut options = host.options();
    options.ui = Some(ui);
    let (server, _link) = Server::bind(host.api.clone(), options).await.expect("a server");
    let (address, name) = (server.address(), server.address().to_string());
    let kept = "public, max-age=31536000, immutable";
    for (path, status, content_type, cache) in [
        ("/", 200, "text/html; charset=utf-8", "no-cache"),
        ("/index.html", 200, "text/html; charset=utf-8", "no-cache"),
        ("/theme.js", 200, "text/javascript; charset=utf-8", "no-cache"),
        ("/assets/index-1a2b.js", 200, "text/javascript; charset=utf-8", kept),
        ("/assets/index-1a2b.css", 200, "text/css; charset=utf-8", kept),
        ("/inbox", 404, "text/plain; charset=utf-8", "no-store"),
        ("/.vite/manifest.json", 404, "text/plain; charset=utf-8", "no-store"),
        ("/notes.sqlite", 404, "text/plain; charset=utf-8", "no-store"),
        ("/passwd.txt", 404, "text/plain; charset=utf-8", "no-store"),
        ("/../beside.html", 404, "text/plain; charset=utf-8", "no-store"),
        ("/assets/../../beside.html", 404, "text/plain; charset=utf-8", "no-store"),
        ("/%2e%2e/beside.html", 404, "text/plain; charset=utf-8", "no-store"),
        ("/assets", 404, "text/plain; charset=utf-8", "no-store"),
    ] {
        let answer = request(address, &format!("GET {path}"), &[("Host", &name)], b"").await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert_eq!(answer.header("content-type"), Some(content_type), "{path}");
        assert_eq!(answer.header("cache-control"), Some(cache), "{path}");
    }
    let posted = request(address, "POST /", &[("Host", &name)], b"").await;
    assert_eq!(posted.status, 405, "a page takes nothing: {posted:?}");
    server.stop().await;
    host.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_token_file_is_the_users_alone_and_goes_with_the_server() {
    use std::os::unix::fs::PermissionsExt as _;

    let host = TestHost::open().await;
    let path = host.token_file();
    let mode = |path: &std::path::Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    let (first, _link) = Server::bind(host.api.clone(), host.options()).await.expect("a server");
    assert_eq!(mode(&path), 0o600, "whoever reads it can call");
    assert_eq!(mode(path.parent().expect("a folder")), 0o700);
    let before = fs::read(&path).expect("a file");
    let (second, _link) = Server::bind(host.api.clone(), host.options()).await.expect("a server");
    assert_ne!(fs::read(&path).expect("a file"), before, "each start has a bearer of its own");
    first.stop().await;
    assert!(path.exists(), "the file belongs to the newer server now");
    second.stop().await;
    assert!(!path.exists(), "a token must not outlive its server");
    host.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_is_not_put_where_others_can_look() {
    use std::os::unix::fs::PermissionsExt as _;

    let host = TestHost::open().await;
    let folder = host.token_file().parent().expect("a folder").to_owned();
    fs::create_dir(&folder).expect("a folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("an open folder");
    let refused = Server::bind(host.api.clone(), host.options()).await;
    assert!(matches!(refused, Err(BindError::TokenFile(_))), "the folder is open to other users");
    assert!(!host.token_file().exists());
    host.close().await;
}
