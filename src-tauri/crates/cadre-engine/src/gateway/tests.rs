//! What is booked for a call, and when a call is not made.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use cadre_core::budget::DOLLAR;
use cadre_core::endpoint::EndpointTerms;
use cadre_models::ProviderKind;
use cadre_models::catalogue::Price;
use cadre_models::routing::{Candidate, choose};
use cadre_models::scripted::ScriptedProvider;
use cadre_store::aggregates::endpoint::{EndpointDisabled, EndpointEnabled};
use cadre_store::aggregates::spend::{BudgetSet, SpendRow};

use super::*;

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

/// A workspace where the endpoint is enabled.
async fn enabled(root: &Path, daily_limit: Option<i64>) -> Arc<Shared> {
    let shared = Shared::for_tests(root).await;
    let terms = EndpointTerms {
        endpoint: "e".into(),
        kind: "scripted".into(),
        name: "E".into(),
        address: "/script".into(),
        key: None,
        models: vec!["scripted/test".into()],
        tiers: BTreeMap::new(),
        project: None,
        daily_limit,
    };
    let hash = terms.hash();
    let mut batch = Batch::new();
    batch.add(&EndpointEnabled { terms, hash, decision: "d".into(), by: "owner".into() });
    shared.store.write(batch).await.expect("is written");
    shared
}

async fn ask(shared: &Shared, key: &str, provider: &dyn Provider) -> Result<Called, GateError> {
    let request = ChatRequest::new("scripted/test", "Hello");
    let (purpose, choice) = (purpose(), choice());
    let made = Call { key, purpose: &purpose, choice: &choice, request: &request };
    call(shared, made, provider, &CancellationToken::new()).await
}

/// What a call of [`ask`] reserves: 3 tokens for five bytes, and an answer of 4096.
const RESERVED: i64 = 4_099 * DOLLAR / 1_000_000;

async fn limit(shared: &Shared, most: i64) {
    let mut batch = Batch::new();
    batch.add(&BudgetSet {
        budget: shared_id(most),
        scope: "project".into(),
        subject: "p".into(),
        most: most.to_string(),
        decision: "test".into(),
    });
    shared.store.write(batch).await.expect("is written");
}

fn shared_id(most: i64) -> String {
    format!("budget-{most}")
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
    let root = tempfile::tempdir().expect("a temporary folder");
    let shared = enabled(root.path(), None).await;
    let called = ask(&shared, "k", &script("text = \"Good day\"")).await.expect("is made");
    let Called::Answered { response } = called else { panic!("it answers: {called:?}") };
    assert_eq!(response.message.text, "Good day");
    let booked = booked(&shared).await;
    let [row] = booked.as_slice() else { panic!("one call, one booking: {booked:?}") };
    assert_eq!(row.reserved, RESERVED);
    // "Hello" and "Good day" are two tokens each to the script.
    assert_eq!((row.status.as_str(), row.charged), ("known", 4 * DOLLAR / 1_000_000));
    assert_eq!((row.input, row.output), (Some(2), Some(2)));
    let receipt = shared.store.receipt(row).await.expect("is there");
    assert_eq!(receipt["model"], "scripted/test");
    assert_eq!(
        receipt["expected"],
        RESERVED.to_string(),
        "what it might have cost is kept beside what it cost"
    );
    let again = ask(&shared, "k", &script("text = \"Something else\"")).await.expect("is looked up");
    assert!(
        matches!(again, Called::Answered { response } if response.message.text == "Good day"),
        "what was answered once is not asked again"
    );
    assert_eq!(super::tests::booked(&shared).await.len(), 1);
    verifies(&shared).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_calls_at_once_only_one_gets_the_last_cent() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let shared = enabled(root.path(), None).await;
    limit(&shared, RESERVED + RESERVED / 2).await;
    let calls = (0..8).map(|place| {
        let shared = Arc::clone(&shared);
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
    let root = tempfile::tempdir().expect("a temporary folder");
    let shared = enabled(root.path(), None).await;
    limit(&shared, RESERVED - 1).await;
    let called = ask(&shared, "k", &script("text = \"Good day\"")).await.expect("is looked at");
    let Called::NoRoom { room, needed } = called else { panic!("there is no room: {called:?}") };
    assert_eq!((room.scope, room.most, needed), (Scope::Project, RESERVED - 1, RESERVED));
    assert!(shared.store.effect("k").await.expect("reads").is_none(), "nothing was intended");
    limit(&shared, room.raised_for(needed)).await;
    let called = ask(&shared, "k", &script("text = \"Good day\"")).await.expect("is made");
    assert!(matches!(called, Called::Answered { .. }), "the raised limit has room: {called:?}");
}

#[tokio::test]
async fn a_call_that_was_under_way_when_the_host_ended_is_booked_in_full_and_made_again() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let shared = enabled(root.path(), None).await;
    let provider = script("text = \"Good day\"");
    assert!(reserve_only(&shared, "k").await);
    let called = ask(&shared, "k", &provider).await.expect("is made again");
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
        let root = tempfile::tempdir().expect("a temporary folder");
        let shared = enabled(root.path(), None).await;
        let called = ask(&shared, "k", &script(turn)).await.expect("is made");
        let Called::Failed { retry_after_ms, .. } = called else { panic!("it fails: {called:?}") };
        assert_eq!(retry_after_ms, retry_after, "{turn}");
        let booked = booked(&shared).await;
        assert_eq!((booked[0].charged, booked[0].status.as_str()), (charged, status), "{turn}");
        verifies(&shared).await;
    }
}

#[tokio::test]
async fn an_endpoint_s_own_limit_holds_and_nothing_is_sent_once_it_is_disabled() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let shared = enabled(root.path(), Some(RESERVED)).await;
    let provider = script("text = \"Good day\"");
    assert!(matches!(ask(&shared, "k1", &provider).await, Ok(Called::Answered { .. })), "it just fits");
    let called = ask(&shared, "k2", &provider).await.expect("is looked at");
    let Called::NoRoom { room, .. } = called else { panic!("the day's part is used up: {called:?}") };
    assert_eq!((room.scope, room.most), (Scope::Endpoint, RESERVED));
    let mut batch = Batch::new();
    batch.add(&EndpointDisabled { endpoint: "e".into(), by: "owner".into() });
    batch.add(&BudgetSet {
        budget: "b".into(),
        scope: "endpoint".into(),
        subject: "e".into(),
        most: DOLLAR.to_string(),
        decision: "test".into(),
    });
    shared.store.write(batch).await.expect("is written");
    let refused = ask(&shared, "k3", &provider).await;
    assert!(matches!(refused, Err(GateError::PermitVoid)), "there is room, and no permit: {refused:?}");
}
