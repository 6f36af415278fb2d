//! Services with models, and their keys: found, agreed to, tested, kept, revoked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use cadre_core::secret::Secret;
use cadre_engine::{
    AddedKey, Candidate, EndpointError, EndpointOffer, Engine, KeyState, NewKey, ProviderError, ProviderKind,
};
use cadre_models::Code;
use cadre_store::Batch;
use cadre_store::aggregates::endpoint::KeyEntered;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::support::Bench;

const KEY: &str = "sk-marked-0123456789abcdef";

/// A service on this machine that gives a list of models to whoever has the key, and remembers what it was asked.
struct Service {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Service {
    async fn start() -> Service {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}/v1", listener.local_addr().expect("is bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        #[expect(clippy::disallowed_methods, reason = "the service ends with its test's runtime")]
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") && stream.read_buf(&mut request).await.unwrap_or(0) > 0
                {
                }
                let request = String::from_utf8_lossy(&request).into_owned();
                let (status, body) = if request.contains(KEY) || !request.contains("authorization") {
                    ("200 OK", r#"{"object":"list","data":[{"id":"gpt-5-mini"},{"id":"unheard-of"}]}"#)
                } else {
                    // Providers echo what they refuse.
                    ("401 Unauthorized", r#"{"error":{"message":"Incorrect API key: sk-wrong-0123456789"}}"#)
                };
                heard.lock().expect("no test panics with it").push(request);
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
            }
        });
        Service { address, asked }
    }

    fn times_asked(&self) -> usize {
        self.asked.lock().expect("no test panics with it").len()
    }
}

async fn add(engine: &Engine, service: &Service, key: &str) -> Result<AddedKey, EndpointError> {
    let key = NewKey::Typed(Secret::new(key.to_owned()));
    engine.add_key("openai", Some(&service.address), key, "owner").await
}

fn offer(service: &Service) -> EndpointOffer {
    EndpointOffer {
        kind: "openai".into(),
        address: Some(service.address.clone()),
        name: "OpenAI".into(),
        models: vec!["gpt-5-mini".into()],
        tiers: BTreeMap::from([("base".into(), "gpt-5-mini".into())]),
        daily_limit: Some(3_000_000_000),
        ..EndpointOffer::default()
    }
}

async fn enable(engine: &Engine, offer: EndpointOffer) -> Result<String, EndpointError> {
    engine.enable_endpoint(offer, "owner", "test").await.map(|view| view.terms.endpoint)
}

#[tokio::test]
async fn a_key_is_tested_kept_and_used_until_it_is_revoked() {
    let (bench, service) = (Bench::new().await, Service::start().await);
    let engine = &bench.engine;
    let refused = add(engine, &service, "sk-wrong-0123456789").await.expect_err("the service refuses it");
    assert!(matches!(&refused, EndpointError::Model(error) if error.code == Code::KeyRejected), "{refused}");
    assert!(!refused.to_string().contains("wrong-"), "what was entered is not repeated: {refused}");
    assert!(engine.keys().await.expect("reads").is_empty(), "a key that does not work is not kept");

    // Pasted, with what came along.
    let added = add(engine, &service, &format!(" {KEY}\n")).await.expect("the service takes it");
    let models: Vec<_> = added.models.iter().map(|model| model.id.as_str()).collect();
    assert_eq!(models, ["gpt-5-mini", "unheard-of"], "the models that it gives are offered");
    assert!(added.models[0].price.is_some() && added.models[1].price.is_none(), "with what is known of them");

    let id = enable(engine, offer(&service)).await.expect("the terms are sound");
    let entries = engine.changes().borrow().seq;
    assert_eq!(enable(engine, offer(&service)).await.expect("as before"), id);
    assert_eq!(engine.changes().borrow().seq, entries, "agreeing twice to the same is agreeing once");
    assert_eq!(engine.check_endpoint(&id).await.expect("answers").len(), 2, "the key is used");

    engine.revoke_key(&added.name, "owner").await.expect("one click");
    let asked = service.times_asked();
    let error = engine.check_endpoint(&id).await.expect_err("nothing is left to ask with");
    assert!(matches!(error, ProviderError::NotEnabled(_)), "{error}");
    assert_eq!(service.times_asked(), asked, "and nothing was sent");
    assert!(engine.keys().await.expect("reads").is_empty(), "it is gone from the list and from the vault");
    let again = engine.revoke_key(&added.name, "owner").await.expect_err("it is gone");
    assert!(matches!(again, EndpointError::UnknownKey(_)), "{again}");
    let error =
        enable(engine, EndpointOffer { kind: "openai".into(), address: None, ..offer(&service) }).await;
    assert!(matches!(error, Err(EndpointError::KeyNeeded(ProviderKind::OpenAi))), "no key, no permit");
    bench.assert_verifies().await;
}

#[tokio::test]
async fn a_key_lies_in_no_file_no_log_and_no_error() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .init();
    let (bench, service) = (Bench::new().await, Service::start().await);
    let engine = &bench.engine;
    let added = add(engine, &service, KEY).await.expect("the service takes it");
    let id = enable(engine, offer(&service)).await.expect("the terms are sound");
    engine.check_endpoint(&id).await.expect("answers");
    // In each of the wrong fields.
    for (kind, address) in [(KEY, None), ("openai", Some(KEY)), ("scripted", Some(KEY))] {
        let key = NewKey::Typed(Secret::new(KEY.to_owned()));
        let error = engine.add_key(kind, address, key, "owner").await.expect_err("a key is none of these");
        assert!(!format!("{error} {error:?}").contains("marked"), "{error:?}");
        let error = engine.look_at(kind, address).await.expect_err("a key is none of these");
        assert!(kind == "scripted" || !format!("{error} {error:?}").contains("marked"), "{error:?}");
    }
    engine.revoke_key(&added.name, "owner").await.expect("one click");
    bench.assert_verifies().await;
    assert!(service.asked.lock().expect("ours").iter().any(|asked| asked.contains(KEY)), "it was sent there");
    let root = Arc::clone(&bench.root);
    bench.engine.close().await;
    assert_eq!(files_with(root.path(), KEY.as_bytes()), Vec::<String>::new(), "and lies nowhere");
    let logged = log.text();
    assert!(logged.contains("connect"), "the log is there: {} bytes", logged.len());
    assert!(!logged.contains(KEY), "and does not show it");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("ours")).into_owned()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("ours").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn files_with(folder: &Path, part: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, part));
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.windows(part.len()).any(|window| window == part)
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn a_key_goes_only_to_where_it_was_entered_for() {
    let (bench, service, other) = (Bench::new().await, Service::start().await, Service::start().await);
    add(&bench.engine, &service, KEY).await.expect("the service takes it");
    let id =
        enable(&bench.engine, EndpointOffer { ..offer(&other) }).await.expect("this machine needs no key");
    bench.engine.check_endpoint(&id).await.expect("it answers anybody");
    let asked = other.asked.lock().expect("ours").join("");
    assert!(!asked.contains(KEY), "another address is another service: {asked}");
    bench.assert_verifies().await;
}

#[tokio::test]
async fn a_key_in_memory_is_lost_with_the_run_and_entered_again() {
    let (bench, service) = (Bench::new().await, Service::start().await);
    add(&bench.engine, &service, KEY).await.expect("the service takes it");
    let id = enable(&bench.engine, offer(&service)).await.expect("the terms are sound");
    assert!(!bench.engine.keys().await.expect("reads")[0].lost);
    let bench = bench.reopen().await;
    let keys = bench.engine.keys().await.expect("reads");
    assert!(keys[0].lost, "nothing pretends that it is still there: {keys:?}");
    let error = bench.engine.check_endpoint(&id).await.expect_err("nothing to ask with");
    assert!(matches!(error, ProviderError::NoKey(_)), "{error}");
    add(&bench.engine, &service, KEY).await.expect("entered again");
    bench.engine.check_endpoint(&id).await.expect("the terms still hold");
    bench.assert_verifies().await;
}

#[tokio::test]
async fn a_key_that_was_being_kept_when_the_program_ended_is_not_used_and_can_be_revoked() {
    let (bench, service) = (Bench::new().await, Service::start().await);
    let added = add(&bench.engine, &service, KEY).await.expect("the service takes it");
    let id = enable(&bench.engine, offer(&service)).await.expect("the terms are sound");
    // What is recorded before the vault is written to.
    let mut batch = Batch::new();
    batch.add(&KeyEntered {
        key: added.name.clone(),
        kind: "openai".into(),
        address: added.address.clone(),
        vault: "memory".into(),
        by: "owner".into(),
    });
    bench.engine.store().write(batch).await.expect("is written");
    assert_eq!(bench.engine.keys().await.expect("reads")[0].state, KeyState::Entered);
    let error = bench.engine.check_endpoint(&id).await.expect_err("the vault may have either key");
    assert!(matches!(error, ProviderError::NoKey(_)), "{error}");
    bench.engine.revoke_key(&added.name, "owner").await.expect("whatever is there is removed");
    assert!(bench.engine.keys().await.expect("reads").is_empty());
    bench.assert_verifies().await;
}

#[tokio::test]
async fn terms_that_cannot_be_agreed_to_are_refused_with_every_reason() {
    let (bench, service) = (Bench::new().await, Service::start().await);
    let engine = &bench.engine;
    let bad = EndpointOffer {
        name: "\n".into(),
        tiers: BTreeMap::from([("base".into(), "other".into())]),
        daily_limit: Some(-1),
        ..offer(&service)
    };
    let Err(EndpointError::Terms { problems }) = enable(engine, bad).await else { panic!("it was enabled") };
    assert_eq!(problems.len(), 3, "{problems:?}");
    let plain = EndpointOffer { address: Some("http://models.example/v1".into()), ..offer(&service) };
    let error = enable(engine, plain).await.expect_err("everybody on the way could read it");
    assert!(matches!(&error, EndpointError::Model(error) if error.code == Code::PlainHttpRefused), "{error}");
    let nowhere = EndpointOffer { project: Some("p-nowhere".into()), ..offer(&service) };
    let error = enable(engine, nowhere).await.expect_err("there is no such project");
    assert!(matches!(error, EndpointError::UnknownProject(_)), "{error}");
    let error = engine.disable_endpoint("openai", "owner").await.expect_err("it was never enabled");
    assert!(matches!(error, EndpointError::UnknownEndpoint(_)), "{error}");
    assert_eq!(service.times_asked(), 0, "agreeing sends nothing");
    bench.assert_verifies().await;
}

#[tokio::test]
async fn what_is_enabled_can_be_disabled_and_enabled_anew() {
    let (bench, service) = (Bench::new().await, Service::start().await);
    let engine = &bench.engine;
    let id = enable(engine, offer(&service)).await.expect("the terms are sound");
    engine.disable_endpoint(&id, "owner").await.expect("it was enabled");
    let error = engine.check_endpoint(&id).await.expect_err("nobody may call it");
    assert!(matches!(error, ProviderError::NotEnabled(_)), "{error}");
    let dearer = EndpointOffer { daily_limit: None, ..offer(&service) };
    assert_eq!(enable(engine, dearer).await.expect("other terms"), id, "the same service keeps its name");
    let views = engine.endpoints().await.expect("reads");
    assert_eq!((views.len(), views[0].enabled, views[0].terms.daily_limit), (1, true, None));
    assert!(views[0].local, "what is on this machine is said to be");
    bench.assert_verifies().await;
}

#[tokio::test]
async fn servers_that_listen_are_found_and_taken_nowhere() {
    let (bench, service) = (Bench::new().await, Service::start().await);
    let candidate = Candidate { kind: ProviderKind::LmStudio, base_url: service.address.clone() };
    let nobody = Candidate { kind: ProviderKind::Vllm, base_url: "http://127.0.0.1:1/v1".into() };
    let entries = bench.engine.changes().borrow().seq;
    let found = bench.engine.discover(&[candidate, nobody]).await;
    assert_eq!(found.services.len(), 1, "{found:?}");
    assert_eq!((found.services[0].kind, found.services[0].local), (ProviderKind::LmStudio, true));
    assert_eq!(bench.engine.changes().borrow().seq, entries, "what is found is offered, nothing more");
    let named = bench.engine.look_at("openai-compatible", Some(&service.address)).await.expect("answers");
    assert_eq!(named.models[0].id, "gpt-5-mini");
    let error = bench.engine.look_at("anthropic", None).await.expect_err("nothing is sent without a key");
    assert!(matches!(error, EndpointError::KeyNeeded(ProviderKind::Anthropic)), "{error}");
}

#[tokio::test]
async fn a_script_can_stand_in_and_says_that_it_is_one() {
    let bench = Bench::new().await;
    let path = bench.root.path().join("script.toml");
    std::fs::write(&path, "label = \"demo\"\n[[conversation]]\n[[conversation.turn]]\ntext = \"Hello\"\n")
        .expect("is written");
    let scripted = |path: &Path| EndpointOffer {
        kind: "scripted".into(),
        address: Some(path.display().to_string()),
        name: "Demo".into(),
        models: vec!["scripted/demo".into()],
        ..EndpointOffer::default()
    };
    let id = enable(&bench.engine, scripted(&path)).await.expect("it is a script");
    let models = bench.engine.check_endpoint(&id).await.expect("answers");
    assert_eq!(models[0].id, "scripted/demo");
    assert!(models[0].title.as_deref().is_some_and(|title| title.contains("no model")), "{models:?}");
    let private = bench.root.path().join("private.toml");
    std::fs::write(&private, "passphrase = \"marked\"\n").expect("is written");
    for path in [private.as_path(), Path::new("script.toml"), Path::new("/dev/zero"), bench.root.path()] {
        let error = enable(&bench.engine, scripted(path)).await.expect_err("it is no script");
        assert!(!error.to_string().contains("marked"), "no file is shown by way of an error: {error}");
    }
    bench.assert_verifies().await;
}
