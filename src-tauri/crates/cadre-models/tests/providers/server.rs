//! A server that does exactly what a test says: sends these bytes, stalls, resets.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

#[derive(Clone)]
pub(crate) enum Step {
    Send(Vec<u8>),
    /// Holds the connection until the client closes it.
    Stall,
    /// Closes with RST instead of FIN.
    Reset,
}

/// What a client sent, and when it left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Request(String),
    ClientLeft,
}

/// Answers the n-th connection with the n-th script, and later ones with the last.
pub(crate) struct FakeServer {
    pub(crate) address: SocketAddr,
    pub(crate) seen: mpsc::UnboundedReceiver<Seen>,
    task: JoinHandle<()>,
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl FakeServer {
    #[expect(clippy::disallowed_methods, reason = "a test's own server; dropping it ends its task")]
    pub(crate) async fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free loopback port");
        let address = listener.local_addr().expect("it is bound");
        let (saw, seen) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            let mut next = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let script = scripts[next.min(scripts.len() - 1)].clone();
                next += 1;
                // The client decides when to leave, so an error here says nothing.
                let _ = serve(stream, script, &saw).await;
            }
        });
        Self { address, seen, task }
    }

    pub(crate) async fn one(script: Vec<Step>) -> Self {
        Self::start(vec![script]).await
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn request(&mut self) -> String {
        match self.seen.recv().await {
            Some(Seen::Request(text)) => text,
            other => panic!("a request was expected, not {other:?}"),
        }
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Vec<Step>,
    saw: &mpsc::UnboundedSender<Seen>,
) -> std::io::Result<()> {
    let request = read_request(&mut stream).await?;
    let _ = saw.send(Seen::Request(request));
    for step in script {
        match step {
            Step::Send(bytes) => stream.write_all(&bytes).await?,
            Step::Stall => {
                // Ends with the client's FIN or RST.
                let _ = stream.read_to_end(&mut Vec::new()).await;
                let _ = saw.send(Seen::ClientLeft);
            }
            Step::Reset => {
                stream.set_zero_linger()?;
                return Ok(());
            }
        }
    }
    stream.shutdown().await
}

async fn read_request(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            break;
        }
        // TLS, which a test may speak to a server that does not: it answers as it is, at once.
        if bytes.first() == Some(&0x16) {
            break;
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
            if body.len() >= length.unwrap_or(0) {
                break;
            }
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A whole answer with a length.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Vec<Step> {
    let length = body.len();
    vec![Step::Send(
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
            .into_bytes(),
    )]
}

pub(crate) fn json(body: &serde_json::Value) -> Vec<Step> {
    answer("200 OK", "content-type: application/json\r\n", &body.to_string())
}

/// The head of an event stream whose body ends with the connection.
pub(crate) fn stream_head() -> Step {
    Step::Send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n".to_vec())
}

pub(crate) fn stream(body: impl AsRef<[u8]>) -> Vec<Step> {
    vec![stream_head(), Step::Send(body.as_ref().to_vec())]
}

/// An event stream whose body comes in chunks of so many bytes: the client sees each by itself.
pub(crate) fn chunked(body: &[u8], size: usize) -> Vec<Step> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nrequest-id: req_1\r\n\
                x-ratelimit-remaining-requests: 99\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    let mut bytes = head.as_bytes().to_vec();
    for chunk in body.chunks(size) {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    vec![Step::Send(bytes)]
}
