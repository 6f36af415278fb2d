//! The governed gateway: the one way to a model.
//!
//! A call is reserved and recorded as intended in one transaction, under the condition that its reservation fits into
//! every limit; then made, once; then settled with what it cost. Retries are whoever's who called: each is a call of
//! its own, with a reservation of its own.

use cadre_agents::folder::FileHash;
use cadre_core::budget::{Room, Scope, day_of};
use cadre_core::effect::Action;
use cadre_core::failure::Category;
use cadre_models::catalogue::{NanoUsd, cost};
use cadre_models::chat::Usage;
use cadre_models::error::Code;
use cadre_models::event::Collector;
use cadre_models::routing::Choice;
use cadre_models::{ChatRequest, ChatResponse, ModelError, Provider, structured};
use cadre_store::aggregates::effect::{
    EffectIntended, EffectRow, EffectSettled, PermitGranted, effect_has_status, effect_is_new,
};
use cadre_store::aggregates::endpoint::endpoint_is_enabled_as;
use cadre_store::aggregates::spend::{
    SpendPlace, SpendReserved, SpendRow, SpendSettled, charged_at_most, spend_is_new, spend_is_open,
};
use cadre_store::{Batch, ReadError, Store, WriteError, value_part};
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::engine::Limit;
use crate::gate::GateError;
use crate::shared::Shared;

/// What a call is for, and whose it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Purpose {
    /// `work`, `intake` or `planning`.
    pub(crate) name: &'static str,
    pub(crate) project: Option<String>,
    pub(crate) step: Option<String>,
    pub(crate) run: Option<String>,
    pub(crate) member: Option<String>,
    /// What the member may spend on the project, in nano-dollars.
    pub(crate) member_limit: Option<i64>,
}

/// One call, ready to be made.
pub(crate) struct Call<'a> {
    /// The effect's key: the same after a restart.
    pub(crate) key: &'a str,
    pub(crate) purpose: &'a Purpose,
    pub(crate) choice: &'a Choice,
    pub(crate) request: &'a ChatRequest,
}

/// What a call came to, as it is recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub(crate) enum Called {
    #[serde(rename = "done")]
    Answered { response: Box<ChatResponse> },
    Failed {
        category: String,
        code: String,
        message: String,
        /// The provider asks to be left alone for so long.
        retry_after_ms: Option<u64>,
        /// What to tell the model about an answer of the wrong shape, with that answer.
        repair: Option<Repair>,
    },
    /// A limit has no room for it; nothing was sent.
    NoRoom { room: Room, needed: i64 },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Repair {
    pub(crate) answer: String,
    pub(crate) hint: String,
}

/// How often a reservation is tried anew that other calls, or a limit that was set, came in the way of.
const TRIES: u32 = 8;

/// Makes the call, at most once for its key as far as anyone can know: a call that was under way when the host ended
/// is made again, and the first one is booked in full. Where it cannot be made again, it ends as failed.
///
/// # Errors
/// It was stopped, the endpoint is no longer enabled, or the store failed. That the provider failed is an outcome.
pub(crate) async fn call(
    shared: &Shared,
    call: Call<'_>,
    cancelled: &CancellationToken,
) -> Result<Called, GateError> {
    if cancelled.is_cancelled() {
        return Err(GateError::Stopped);
    }
    let row = shared.store.effect(call.key).await?;
    match &row {
        Some(row) if row.status != "intended" => return recorded(&shared.store, row).await,
        _ => {}
    }
    let provider = match shared.provider(&call.choice.candidate.endpoint).await {
        Ok(provider) => provider,
        Err(error) => return not_made(shared, call.key, row.is_some(), failed(error, None)).await,
    };
    let spend = match reserve(shared, &call, row.as_ref()).await? {
        Reserved::As(spend) => spend,
        Reserved::NoRoom { room, needed } => {
            return not_made(shared, call.key, row.is_some(), Called::NoRoom { room, needed }).await;
        }
        Reserved::Void if row.is_none() => return Err(GateError::PermitVoid),
        Reserved::Void => {
            let category = Category::AuthorizationError.name().into();
            let message = "it is not made again: its permit does not hold any more".into();
            let code = "permit_void".into();
            let void = Called::Failed { category, code, message, retry_after_ms: None, repair: None };
            return not_made(shared, call.key, true, void).await;
        }
    };
    let (called, usage) = make(&call, provider.as_ref(), cancelled).await;
    let charge = charge(&call, &called, usage.as_ref());
    if cancelled.is_cancelled() && matches!(&called, Err(error) if error.code == Code::Cancelled) {
        // What was sent was sent; the effect stays intended and is made again when the work goes on.
        let mut batch = Batch::new();
        batch.guard(spend_is_open(&spend)).add(&charge.settled(spend));
        shared.store.write(batch).await?;
        return Err(GateError::Stopped);
    }
    let called = outcome(call.request, called);
    let mut batch = Batch::new();
    batch.guard(spend_is_open(&spend)).add(&charge.settled(spend));
    settle(&mut batch, call.key, &called);
    shared.store.write(batch).await?;
    Ok(called)
}

/// Ends a call that is not made. What was begun of it before is booked and settled: nobody will ever come back to it.
async fn not_made(shared: &Shared, key: &str, begun: bool, called: Called) -> Result<Called, GateError> {
    if begun {
        let mut batch = Batch::new();
        book_in_full(&mut batch, &shared.store.spend_of_effect(key).await?);
        settle(&mut batch, key, &called);
        shared.store.write(batch).await?;
    }
    Ok(called)
}

/// Books what was under way when the host ended: for a host that begins, and that no other one works beside. A call of
/// a run is made again when its run goes on; any other has nobody who waits for it, and ends here.
///
/// # Errors
/// The store failed.
pub(crate) async fn book_interrupted(store: &Store) -> Result<(), GateError> {
    for row in store.open_spend().await? {
        let mut batch = Batch::new();
        book_in_full(&mut batch, std::slice::from_ref(&row));
        if row.run.is_none() {
            let message = "Cadre ended during this call; whether it was answered, nobody can say".into();
            let category = Category::Unknown.name().into();
            let code = "interrupted".into();
            let lost = Called::Failed { category, code, message, retry_after_ms: None, repair: None };
            settle(&mut batch, &row.effect, &lost);
        }
        store.write(batch).await?;
    }
    Ok(())
}

/// Reservations whose calls may have been answered and paid for: nobody will ever say.
fn book_in_full(batch: &mut Batch, earlier: &[SpendRow]) {
    for open in earlier.iter().filter(|spend| spend.status == "reserved") {
        batch.guard(spend_is_open(&open.id));
        batch.add(&SpendSettled {
            spend: open.id.clone(),
            status: "assumed".into(),
            charged: open.reserved.to_string(),
            input: 0,
            cached: 0,
            cache_write: 0,
            output: 0,
            usage: None,
        });
    }
}

fn settle(batch: &mut Batch, key: &str, called: &Called) {
    let status = if matches!(called, Called::Answered { .. }) { "done" } else { "failed" };
    batch.guard(effect_has_status(key, "intended"));
    batch.add(&EffectSettled {
        effect: key.to_owned(),
        status: status.into(),
        outcome: value_part(serde_json::to_value(called).expect("an outcome is plain JSON data")),
    });
}

#[derive(Debug)]
enum Reserved {
    As(String),
    NoRoom {
        room: Room,
        needed: i64,
    },
    /// The endpoint is not enabled for this model any more, or what was intended is another call.
    Void,
}

/// Sets the money aside and records the intention. Where somebody is faster each time, it ends as if there were no room.
async fn reserve(
    shared: &Shared,
    call: &Call<'_>,
    intended: Option<&EffectRow>,
) -> Result<Reserved, GateError> {
    let needed = call.choice.candidate.most(call.request).0;
    let action = action(shared, call, needed);
    if intended.is_some_and(|row| row.action_hash != action.hash()) {
        return Ok(Reserved::Void);
    }
    let mut tries = Tries::default();
    loop {
        let tried = try_to_reserve(shared, call, &action, needed, intended.is_some()).await?;
        if let Some(reserved) = tries.decided(tried, needed) {
            return Ok(reserved);
        }
    }
}

/// What came of the tries so far.
#[derive(Default)]
struct Tries {
    made: u32,
    /// The limit that was in the way last.
    wanting: Option<Room>,
}

impl Tries {
    /// What is to be done, once that is decided. Not for ever: then a person is asked about what was in the way.
    fn decided(&mut self, tried: Result<Reserved, Option<Room>>, needed: i64) -> Option<Reserved> {
        let in_the_way = match tried {
            Ok(reserved) => return Some(reserved),
            Err(in_the_way) => in_the_way,
        };
        self.made += 1;
        self.wanting = in_the_way.or(self.wanting);
        (self.made == TRIES)
            .then(|| self.wanting.map_or(Reserved::Void, |room| Reserved::NoRoom { room, needed }))
    }
}

/// One transaction, conditional on every limit. `Err` when something changed between the look and the write: with the
/// limit that was in the way, if one was.
async fn try_to_reserve(
    shared: &Shared,
    call: &Call<'_>,
    action: &Action,
    needed: i64,
    again: bool,
) -> Result<Result<Reserved, Option<Room>>, GateError> {
    let mut batch = Batch::new();
    let earlier = if again { shared.store.spend_of_effect(call.key).await? } else { Vec::new() };
    book_in_full(&mut batch, &earlier);
    let spend = format!("{}#{}", call.key, earlier.len());
    let day = day_of(shared.host.now());
    let candidate = &call.choice.candidate;
    let Some(agreed) = shared.store.endpoint(&candidate.endpoint).await? else {
        return Ok(Ok(Reserved::Void));
    };
    let has_model = shared.store.endpoint_terms(&agreed).await?.models.contains(&candidate.model);
    if agreed.disabled_at.is_some() || !has_model {
        return Ok(Ok(Reserved::Void)); // disabled, or agreed to anew without this model
    }
    let rooms = rooms(&shared.store, call.purpose, Some(&candidate.endpoint), day).await?;
    if let Some(bound) = rooms.iter().find(|bound| !bound.room.fits(needed)) {
        return Ok(Ok(Reserved::NoRoom { room: bound.room, needed }));
    }
    batch.guard(spend_is_new(&spend));
    for guard in endpoint_is_enabled_as(&agreed) {
        batch.guard(guard);
    }
    let mut limits = Vec::new();
    for Bound { limit, room, place } in &rooms {
        let guards = std::iter::once(charged_at_most(place, room.most.saturating_sub(needed)));
        for guard in guards.chain(limit.unchanged()) {
            limits.push((batch.guards(), *room));
            batch.guard(guard);
        }
    }
    if !again {
        batch.guard(effect_is_new(call.key));
        intention(&mut batch, call, action);
    }
    batch.add(&reservation(call, &spend, day, needed));
    match shared.store.write(batch).await {
        Ok(_) => Ok(Ok(Reserved::As(spend))),
        Err(WriteError::Refused { guard }) => {
            Ok(Err(limits.into_iter().find(|(place, _)| *place == guard).map(|(_, room)| room)))
        }
        Err(error) => Err(error.into()),
    }
}

/// The permit that the endpoint's terms are, and the intention.
fn intention(batch: &mut Batch, call: &Call<'_>, action: &Action) {
    let permit = format!("{}/permit", call.key);
    batch.add(&PermitGranted {
        permit: permit.clone(),
        action_hash: action.hash(),
        granted_by: format!("endpoint:{}", call.choice.candidate.endpoint),
    });
    batch.add(&EffectIntended {
        effect: call.key.to_owned(),
        project: call.purpose.project.clone(),
        run: call.purpose.run.clone(),
        class: action.class().name().into(),
        title: value_part(json!(action.title())),
        action: value_part(serde_json::to_value(action).expect("an action is plain JSON data")),
        action_hash: action.hash(),
        recovery: "repeat".into(),
        permit,
    });
}

/// A limit that the call is under, with what is charged to it.
struct Bound {
    limit: Limit,
    room: Room,
    place: SpendPlace,
}

/// The limit that has no room for so much more, if one has none: for work that is booked as it reports what it cost.
pub(crate) async fn want_of_room(
    store: &Store,
    purpose: &Purpose,
    needed: i64,
    now: i64,
) -> Result<Option<Room>, ReadError> {
    let rooms = rooms(store, purpose, None, day_of(now)).await?;
    Ok(rooms.into_iter().map(|bound| bound.room).find(|room| !room.fits(needed)))
}

/// Every limit that the call is under.
async fn rooms(
    store: &Store,
    purpose: &Purpose,
    endpoint: Option<&str>,
    day: i64,
) -> Result<Vec<Bound>, ReadError> {
    let project = purpose.project.clone().map(|project| (Scope::Project, project, None));
    let member = purpose.project.iter().zip(&purpose.member);
    let member = member.map(|(project, member)| (Scope::Member, format!("{project}/{member}"), None));
    let endpoint = endpoint.map(|endpoint| (Scope::Endpoint, endpoint.to_owned(), Some(day)));
    let of_all = std::iter::once((Scope::Day, String::new(), Some(day)));
    let mut rooms = Vec::new();
    for (scope, subject, day) in of_all.chain(endpoint).chain(project).chain(member) {
        let Some(limit) = Limit::that_holds(store, scope, &subject, day, purpose.member_limit).await? else {
            continue;
        };
        let (room, place) = limit.room(store).await?;
        rooms.push(Bound { limit, room, place });
    }
    Ok(rooms)
}

fn reservation(call: &Call<'_>, spend: &str, day: i64, needed: i64) -> SpendReserved {
    let mut receipt = call.choice.receipt();
    receipt["expected"] = json!(needed.to_string());
    let purpose = call.purpose;
    SpendReserved {
        spend: spend.to_owned(),
        effect: call.key.to_owned(),
        purpose: purpose.name.into(),
        project: purpose.project.clone(),
        step: purpose.step.clone(),
        run: purpose.run.clone(),
        member: purpose.member.clone(),
        endpoint: call.choice.candidate.endpoint.clone(),
        model: call.choice.candidate.model.clone(),
        day,
        reserved: needed.to_string(),
        receipt: value_part(receipt),
    }
}

fn action(shared: &Shared, call: &Call<'_>, at_most: i64) -> Action {
    // Canonical: a request that was built again from the record may have its fields in another order.
    let bytes = cadre_core::document::canonical(call.request);
    Action::CallModel {
        endpoint: call.choice.candidate.endpoint.clone(),
        provider: call.choice.candidate.provider.name().into(),
        model: call.choice.candidate.model.clone(),
        request_sha256: FileHash::of_bytes(&bytes).to_string(),
        at_most,
        host: shared.host_name.clone(),
    }
}

/// Sends the request and collects the answer, with what was used even where it failed.
async fn make(
    call: &Call<'_>,
    provider: &dyn Provider,
    cancelled: &CancellationToken,
) -> (Result<ChatResponse, ModelError>, Option<Usage>) {
    let mut events = match provider.stream(call.request, cancelled).await {
        Ok(events) => events,
        Err(error) => return (Err(error), None),
    };
    let mut collector = Collector::new(provider.kind(), &call.request.model);
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => collector.push(event),
            Err(error) => return (Err(error), collector.usage()),
        }
    }
    let usage = collector.usage();
    (collector.finish(), usage)
}

struct Charge {
    nano: i64,
    known: bool,
    usage: Usage,
    raw: Option<Value>,
}

impl Charge {
    fn settled(self, spend: String) -> SpendSettled {
        SpendSettled {
            spend,
            status: if self.known { "known" } else { "assumed" }.into(),
            charged: self.nano.to_string(),
            input: self.usage.input,
            cached: self.usage.cached_input,
            cache_write: self.usage.cache_write,
            output: self.usage.output,
            usage: self.raw.map(value_part),
        }
    }
}

/// What the call cost. A call that was refused before any answer cost nothing. One that broke off counts in full: what
/// a provider says before the end is not what it bills.
fn charge(call: &Call<'_>, called: &Result<ChatResponse, ModelError>, usage: Option<&Usage>) -> Charge {
    let candidate = &call.choice.candidate;
    let raw = called.as_ref().ok().map(|response| Value::Object(response.usage_raw.clone()));
    if let (Some(usage), Ok(_)) = (usage, called) {
        let NanoUsd(nano) = cost(usage, &candidate.price);
        return Charge { nano, known: !candidate.assumed, usage: *usage, raw };
    }
    let refused = matches!(called, Err(error) if !error.answer_began && was_refused(error));
    let nano = if refused { 0 } else { candidate.most(call.request).0 };
    Charge { nano, known: refused, usage: usage.copied().unwrap_or_default(), raw }
}

/// Nothing was generated: the request did not get there, or was turned away with a status.
fn was_refused(error: &ModelError) -> bool {
    let never_sent = matches!(
        error.code,
        Code::ConnectTimeout
            | Code::NameNotResolved
            | Code::ConnectFailed
            | Code::TlsFailed
            | Code::NoScriptedAnswer
    );
    never_sent || error.status.is_some_and(|status| status >= 400)
}

fn outcome(request: &ChatRequest, called: Result<ChatResponse, ModelError>) -> Called {
    let answer = called.as_ref().ok().map(|response| response.message.text.clone());
    match called.and_then(|response| structured::check(request, response)) {
        Ok(response) => Called::Answered { response: Box::new(response) },
        Err(error) => failed(error, answer),
    }
}

fn failed(error: ModelError, answer: Option<String>) -> Called {
    Called::Failed {
        category: error.category.name().into(),
        code: error.code.name().into(),
        retry_after_ms: error.retry_after.map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        repair: error.repair_hint.zip(answer).map(|(hint, answer)| Repair { answer, hint }),
        message: error.message,
    }
}

async fn recorded(store: &Store, row: &EffectRow) -> Result<Called, GateError> {
    let outcome = store.effect_outcome(row).await?.unwrap_or(Value::Null);
    Ok(serde_json::from_value(outcome).unwrap_or_else(|error| Called::Failed {
        category: Category::Unknown.name().into(),
        code: "unreadable".into(),
        message: format!("the recorded answer cannot be read: {error}"),
        retry_after_ms: None,
        repair: None,
    }))
}

#[cfg(test)]
mod tests;
