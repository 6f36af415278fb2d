//! What is booked for a call, and when a call is not made.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cadre_core::budget::DOLLAR;
use cadre_core::endpoint::EndpointTerms;
use cadre_models::ProviderKind;
use cadre_models::catalogue::Price;
use cadre_models::discover::ModelInfo;
use cadre_models::event::{Event, EventStream};
use cadre_models::routing::{Candidate, choose};
use cadre_models::scripted::ScriptedProvider;
use cadre_store::Record;
use cadre_store::aggregates::endpoint::{EndpointDisabled, EndpointEnabled};
use cadre_store::aggregates::spend::BudgetSet;
use futures_util::stream;

use super::*;
use crate::models::Models;

fn script(turn: &str) -> ScriptedProvider {
    let text = format!("label = \"test\"\n[[conversation]]\n[[conversation.turn]]\n{turn}\n");
    ScriptedProvider::from_toml(&text).expect("it is a script")
}

/// A model that costs a dollar for a million tokens, read or written.
fn choice() -> Choice {
    let price = NanoUsd(DOLLAR);
    let price = Price { input: price, cached_input: price, cache_write: price, output: price };
    let candidate = Candidate {
        endpoint: "e".into(),
        provider: ProviderKind::Scripted,
        model: "scripted/test".into(),
        tier: None,
        price,
        assumed: false,
    };
    choose(&[candidate], cadre_models::catalogue::Tier::Base).expect("there is one")
}

fn purpose() -> Purpose {
    Purpose { name: "work", project: Some("p".into()), run: Some("r".into()), ..Purpose::default() }
}

/// A workspace, and who answers in it.
struct Bench {
    shared: Arc<Shared>,
    answers: Arc<Answers>,
    _root: tempfile::TempDir,
}

impl std::ops::Deref for Bench {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.shared
    }
}

#[derive(Default)]
struct Answers(Mutex<Option<Arc<dyn Provider>>>);

#[async_trait]
impl Models for Answers {
    async fn candidates(&self, _project: Option<&str>) -> Result<Vec<Candidate>, ReadError> {
        Ok(Vec::new())
    }

    async fn provider(&self, _endpoint: &str) -> Result<Arc<dyn Provider>, ModelError> {
        let gone = || ModelError::new(Code::EndpointNotFound, "its key is gone");
        self.0.lock().expect("nobody panics with it").clone().ok_or_else(gone)
    }
}

/// A workspace where the endpoint is enabled.
async fn enabled(daily_limit: Option<i64>) -> Bench {
    let root = tempfile::tempdir().expect("a temporary folder");
    let answers = Arc::new(Answers::default());
    let mut shared = Shared::of_tests(root.path()).await;
    shared.models = Arc::clone(&answers) as Arc<dyn Models>;
    let bench = Bench { shared: Arc::new(shared), answers, _root: root };
    bench.answered_by(script("text = \"Good day\""));
    agree(&bench, &["scripted/test"], daily_limit).await;
    bench
}

impl Bench {
    fn answered_by(&self, provider: impl Provider + 'static) {
        *self.answers.0.lock().expect("nobody panics with it") = Some(Arc::new(provider));
    }
}

async fn agree(shared: &Shared, models: &[&str], daily_limit: Option<i64>) {
    let terms = EndpointTerms {
        endpoint: "e".into(),
        kind: "scripted".into(),
        name: "E".into(),
        address: "/script".into(),
        key: None,
        models: models.iter().map(|&model| model.into()).collect(),
        tiers: BTreeMap::new(),
        project: None,
        daily_limit,
    };
    let hash = terms.hash();
    write(shared, &EndpointEnabled { terms, hash, decision: "d".into(), by: "owner".into() }).await;
}

async fn write<R: Record>(shared: &Shared, record: &R) {
    let mut batch = Batch::new();
    batch.add(record);
    shared.store.write(batch).await.expect("is written");
}

async fn ask(shared: &Shared, key: &str) -> Result<Called, GateError> {
    let request = ChatRequest::new("scripted/test", "Hello");
    let (purpose, choice) = (purpose(), choice());
    let made = Call { key, purpose: &purpose, choice: &choice, request: &request };
    call(shared, made, &CancellationToken::new()).await
}

/// What a call of [`ask`] reserves: 3 tokens for five bytes, and an answer of 4096.
const RESERVED: i64 = 4_099 * DOLLAR / 1_000_000;

async fn limit(shared: &Shared, most: i64) {
    let budget = BudgetSet {
        budget: shared.host.id(),
        scope: "project".into(),
        subject: "p".into(),
        most: most.to_string(),
        decision: "test".into(),
        ..BudgetSet::default()
    };
    write(shared, &budget).await;
}

async fn booked(shared: &Shared) -> Vec<SpendRow> {
    shared.store.spend_of_project("p").await.expect("reads")
}

async fn verifies(shared: &Shared) {
    let report = shared.store.verify().await.expect("can be looked at");
    assert_eq!(report.findings, [], "the record holds");
}

#[tokio::test]
async fn an_answer_is_booked_at_what_it_cost_with_its_receipt() {
    let shared = enabled(None).await;
    let called = ask(&shared, "k").await.expect("is made");
    let Called::Answered { response } = called else { panic!("it answers: {called:?}") };
    assert_eq!(response.message.text, "Good day");
    let booked = booked(&shared).await;
    let [row] = booked.as_slice() else { panic!("one call, one booking: {booked:?}") };
    assert_eq!(row.reserved, RESERVED);
    // "Hello" and "Good day" are two tokens each to the script.
    assert_eq!((row.status.as_str(), row.charged), ("known", 4 * DOLLAR / 1_000_000));
    assert_eq!((row.input, row.output), (Some(2), Some(2)));
    let receipt = &shared.store.receipts_of_project("p").await.expect("is there")[0].1;
    assert_eq!(receipt["model"], "scripted/test");
    assert_eq!(
        receipt["expected"],
        RESERVED.to_string(),
        "what it might have cost is kept beside what it cost"
    );
    shared.answered_by(script("text = \"Something else\""));
    let again = ask(&shared, "k").await.expect("is looked up");
    assert!(
        matches!(again, Called::Answered { response } if response.message.text == "Good day"),
        "what was answered once is not asked again"
    );
    assert_eq!(super::tests::booked(&shared).await.len(), 1);
    verifies(&shared).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_calls_at_once_only_one_gets_the_last_cent() {
    let shared = enabled(None).await;
    limit(&shared, RESERVED + RESERVED / 2).await;
    let calls = (0..8).map(|place| {
        let shared = Arc::clone(&shared.shared);
        async move { reserve_only(&shared, &format!("k{place}")).await }
    });
    let reserved = futures_util::future::join_all(calls).await;
    assert_eq!(
        reserved.iter().filter(|it| **it).count(),
        1,
        "there is room for one and a half: {reserved:?}"
    );
    verifies(&shared).await;
}

/// Whether there was room. The call stays under way.
async fn reserve_only(shared: &Shared, key: &str) -> bool {
    let request = ChatRequest::new("scripted/test", "Hello");
    let (purpose, choice) = (purpose(), choice());
    let made = Call { key, purpose: &purpose, choice: &choice, request: &request };
    matches!(reserve(shared, &made, None).await.expect("the store is sound"), Reserved::As(_))
}

#[tokio::test]
async fn a_call_without_room_is_not_made_and_leaves_no_trace() {
    let shared = enabled(None).await;
    limit(&shared, RESERVED - 1).await;
    let called = ask(&shared, "k").await.expect("is looked at");
    let Called::NoRoom { room, needed } = called else { panic!("there is no room: {called:?}") };
    assert_eq!((room.scope, room.most, needed), (Scope::Project, RESERVED - 1, RESERVED));
    assert!(shared.store.effect("k").await.expect("reads").is_none(), "nothing was intended");
    limit(&shared, room.raised_for(needed)).await;
    let called = ask(&shared, "k").await.expect("is made");
    assert!(matches!(called, Called::Answered { .. }), "the raised limit has room: {called:?}");
}

#[tokio::test]
async fn a_call_that_was_under_way_when_the_host_ended_is_booked_in_full_and_made_again() {
    let shared = enabled(None).await;
    assert!(reserve_only(&shared, "k").await);
    let called = ask(&shared, "k").await.expect("is made again");
    assert!(matches!(called, Called::Answered { .. }), "{called:?}");
    let booked: Vec<(String, i64)> =
        booked(&shared).await.into_iter().map(|row| (row.status, row.charged)).collect();
    assert_eq!(booked, [("assumed".into(), RESERVED), ("known".into(), 4 * DOLLAR / 1_000_000)]);
    verifies(&shared).await;
}

#[tokio::test]
async fn what_was_turned_away_costs_nothing_and_what_broke_off_counts_in_full() {
    let refused = "failure = { kind = \"rate_limited\", retry_after_seconds = 7 }";
    let broken = "text = \"Good\"\nfailure = { kind = \"cut_off\" }";
    for (turn, charged, status, retry_after) in
        [(refused, 0, "known", Some(7_000)), (broken, RESERVED, "assumed", None)]
    {
        let shared = enabled(None).await;
        shared.answered_by(script(turn));
        let called = ask(&shared, "k").await.expect("is made");
        let Called::Failed { retry_after_ms, .. } = called else { panic!("it fails: {called:?}") };
        assert_eq!(retry_after_ms, retry_after, "{turn}");
        let booked = booked(&shared).await;
        assert_eq!((booked[0].charged, booked[0].status.as_str()), (charged, status), "{turn}");
        verifies(&shared).await;
    }
}

#[tokio::test]
async fn an_endpoint_s_own_limit_holds_and_nothing_is_sent_once_it_is_disabled() {
    let shared = enabled(Some(RESERVED)).await;
    assert!(matches!(ask(&shared, "k1").await, Ok(Called::Answered { .. })), "it just fits");
    let called = ask(&shared, "k2").await.expect("is looked at");
    let Called::NoRoom { room, .. } = called else { panic!("the day's part is used up: {called:?}") };
    assert_eq!((room.scope, room.most), (Scope::Endpoint, RESERVED));
    write(&shared, &EndpointDisabled { endpoint: "e".into(), by: "owner".into() }).await;
    let refused = ask(&shared, "k3").await;
    assert!(matches!(refused, Err(GateError::PermitVoid)), "there is no permit: {refused:?}");
}

/// Says what it has used so far, and then breaks off.
struct BreaksOff;

#[async_trait]
impl Provider for BreaksOff {
    fn kind(&self) -> ProviderKind {
        ProviderKind::Scripted
    }

    async fn stream(&self, _: &ChatRequest, _: &CancellationToken) -> Result<EventStream, ModelError> {
        let usage = Usage { input: 2, output: 1, ..Usage::default() };
        let mut error = ModelError::new(Code::CutOff, "the connection broke");
        error.answer_began = true;
        let said = [Event::TextDelta("Good".into()), Event::Usage { usage, raw: serde_json::Map::new() }];
        Ok(stream::iter(said.into_iter().map(Ok).chain([Err(error)])).boxed())
    }

    async fn models(&self, _: &CancellationToken) -> Result<Vec<ModelInfo>, ModelError> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn what_a_provider_counted_before_it_broke_off_is_not_what_it_bills() {
    let shared = enabled(None).await;
    shared.answered_by(BreaksOff);
    let called = ask(&shared, "k").await.expect("is made");
    assert!(matches!(called, Called::Failed { .. }), "{called:?}");
    let [row] = &booked(&shared).await[..] else { panic!("one call, one booking") };
    assert_eq!((row.status.as_str(), row.charged), ("assumed", RESERVED), "all that was reserved");
    assert_eq!((row.input, row.output), (Some(2), Some(1)), "what it said is kept beside it");
}

#[tokio::test]
async fn a_call_is_made_under_the_terms_that_are_in_force_and_not_under_those_that_it_was_chosen_by() {
    let shared = enabled(None).await;
    agree(&shared, &["scripted/test"], Some(RESERVED - 1)).await;
    let called = ask(&shared, "k1").await.expect("is looked at");
    let Called::NoRoom { room, .. } = called else { panic!("the newer terms allow less: {called:?}") };
    assert_eq!((room.scope, room.most), (Scope::Endpoint, RESERVED - 1));
    agree(&shared, &["scripted/other"], None).await;
    let refused = ask(&shared, "k2").await;
    assert!(
        matches!(refused, Err(GateError::PermitVoid)),
        "the model is not agreed to any more: {refused:?}"
    );
    assert!(booked(&shared).await.is_empty(), "and nothing was set aside");
}

#[test]
fn a_reservation_that_others_were_faster_than_is_tried_again_and_not_for_ever() {
    let room = Room { scope: Scope::Project, day: None, charged: 1, most: 2 };
    for (refusals, expected) in [
        (vec![], "As(\"k\")"),
        (vec![Some(room); 3], "As(\"k\")"),
        (vec![None; 3], "As(\"k\")"),
        (
            vec![Some(room); 1000],
            "NoRoom { room: Room { scope: Project, day: None, charged: 1, most: 2 }, needed: 7 }",
        ),
        (vec![None; 1000], "Void"),
    ] {
        let mut tries = Tries::default();
        let tried = refusals.into_iter().map(Err).chain([Ok(Reserved::As("k".into()))]);
        let decided = tried.filter_map(|tried| tries.decided(tried, 7)).next().expect("it comes to an end");
        assert_eq!(format!("{decided:?}"), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn room_that_comes_back_between_the_look_and_the_write_fails_no_call() {
    let shared = enabled(None).await;
    // Refused calls cost nothing: their room comes back at once, to be taken by the next one.
    shared.answered_by(script("failure = { kind = \"rate_limited\", retry_after_seconds = 7 }"));
    limit(&shared, RESERVED + RESERVED / 2).await;
    let calls = (0..8).map(|caller| {
        let shared = Arc::clone(&shared.shared);
        async move {
            for place in 0..10 {
                let called = ask(&shared, &format!("k{caller}/{place}")).await;
                assert!(called.is_ok(), "there is room or there is none, the permit holds: {called:?}");
            }
        }
    });
    futures_util::future::join_all(calls).await;
    verifies(&shared).await;
}

/// What stands between a call that was under way when the host ended and its being made again.
#[derive(Debug, Clone, Copy)]
enum InTheWay {
    NoRoom,
    Disabled,
    OtherModels,
    NoKey,
}

#[tokio::test]
async fn a_call_that_cannot_be_made_again_is_booked_in_full_and_leaves_nothing_open() {
    for what in [InTheWay::NoRoom, InTheWay::Disabled, InTheWay::OtherModels, InTheWay::NoKey] {
        let shared = enabled(None).await;
        assert!(reserve_only(&shared, "k").await);
        match what {
            InTheWay::NoRoom => limit(&shared, RESERVED + 1).await,
            InTheWay::Disabled => {
                write(&shared, &EndpointDisabled { endpoint: "e".into(), by: "owner".into() }).await;
            }
            InTheWay::OtherModels => agree(&shared, &["scripted/other"], None).await,
            InTheWay::NoKey => *shared.answers.0.lock().expect("nobody panics with it") = None,
        }
        let called = ask(&shared, "k").await.expect("is looked at");
        match what {
            InTheWay::NoRoom => assert!(matches!(called, Called::NoRoom { .. }), "{called:?}"),
            _ => assert!(matches!(called, Called::Failed { .. }), "{what:?}: {called:?}"),
        }
        let rows: Vec<_> = booked(&shared).await.into_iter().map(|row| (row.status, row.charged)).collect();
        assert_eq!(rows, [("assumed".to_owned(), RESERVED)], "{what:?}: nobody can say what it cost");
        let effect = shared.store.effect("k").await.expect("reads").expect("is there");
        assert_eq!(effect.status, "failed", "{what:?}: nobody comes back to it");
        assert_eq!(
            ask(&shared, "k").await.expect("is looked up"),
            called,
            "{what:?}: and so it is remembered"
        );
        verifies(&shared).await;
    }
}

#[tokio::test]
async fn what_was_under_way_when_the_host_ended_is_booked_by_the_next_one() {
    let shared = enabled(None).await;
    assert!(reserve_only(&shared, "run").await);
    let request = ChatRequest::new("scripted/test", "Hello");
    let (intake, choice) = (Purpose { name: "intake", ..Purpose::default() }, choice());
    let asked = Call { key: "intake", purpose: &intake, choice: &choice, request: &request };
    assert!(matches!(reserve(&shared, &asked, None).await, Ok(Reserved::As(_))), "it has room");
    for _ in 0..2 {
        book_interrupted(&shared.store).await.expect("is booked"); // the second host finds nothing
    }
    assert!(shared.store.open_spend().await.expect("reads").is_empty());
    let status = async |key: &str| shared.store.effect(key).await.expect("reads").expect("is there").status;
    assert_eq!(status("intake").await, "failed", "nobody waits for what was asked about a request");
    assert_eq!(status("run").await, "intended", "a run comes back to its call");
    let called = ask(&shared, "run").await.expect("is made again");
    assert!(matches!(called, Called::Answered { .. }), "{called:?}");
    let rows: Vec<_> = booked(&shared).await.into_iter().map(|row| (row.status, row.charged)).collect();
    assert_eq!(rows, [("assumed".to_owned(), RESERVED), ("known".to_owned(), 4 * DOLLAR / 1_000_000)]);
    verifies(&shared).await;
}

async fn most_on(shared: &Shared, scope: Scope, day: i64) -> Option<i64> {
    let limit =
        Limit::that_holds(&shared.store, scope, if scope == Scope::Day { "" } else { "e" }, Some(day), None)
            .await;
    match limit.expect("reads") {
        Some(limit) => Some(limit.room(&shared.store).await.expect("reads").0.most),
        None => None,
    }
}

async fn set_on(shared: &Shared, scope: Scope, day: Option<i64>, most: i64) {
    let budget = BudgetSet {
        budget: shared.host.id(),
        scope: scope.name().into(),
        subject: if scope == Scope::Day { "" } else { "e" }.into(),
        day,
        most: most.to_string(),
        decision: "test".into(),
    };
    write(shared, &budget).await;
}

#[tokio::test]
async fn what_was_raised_for_one_day_is_as_before_on_the_next() {
    let shared = enabled(Some(3)).await;
    for (scope, standing) in [(Scope::Day, cadre_core::budget::DAY_LIMIT), (Scope::Endpoint, 3)] {
        set_on(&shared, scope, Some(7), 70).await;
        let found = [6, 7, 8].map(|day| most_on(&shared, scope, day));
        let found = futures_util::future::join_all(found).await;
        assert_eq!(found, [Some(standing), Some(70), Some(standing)], "{scope:?}");
        set_on(&shared, scope, None, 50).await;
        assert_eq!(most_on(&shared, scope, 7).await, Some(50), "{scope:?}: the newest word counts");
    }
    agree(&shared, &["scripted/test"], Some(9)).await;
    assert_eq!(
        most_on(&shared, Scope::Endpoint, 7).await,
        Some(9),
        "terms that are agreed to anew stand over both"
    );
    agree(&shared, &["scripted/test"], None).await;
    assert_eq!(
        most_on(&shared, Scope::Endpoint, 7).await,
        None,
        "an endpoint need not have a limit of its own"
    );
}
