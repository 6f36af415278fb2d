//! What an agent program says that it used, booked as it says it: whatever becomes of the run, it was spent.
//!
//! Its model and its price are its own affair, so nothing is reserved before; money counts where it names dollars.

use std::sync::Arc;

use cadre_agents::acp::{Cost, Event, Tokens};
use cadre_core::budget::day_of;
use cadre_store::aggregates::spend::{SpendReserved, SpendSettled, spend_is_new};
use cadre_store::{Batch, ReadError, Store, value_part};
use serde_json::{Value, json};

use crate::agent_file::nano_usd;
use crate::clock::Host;
use crate::gate::GateError;
use crate::gateway::{Purpose, want_of_room};
use crate::shared::Shared;

/// More than this is no amount: whoever says it says anything.
const MOST_DOLLARS: f64 = 10_000.0;

pub(crate) struct Account {
    store: Store,
    host: Arc<dyn Host>,
    /// Key of the effect that started the program.
    effect: String,
    purpose: Purpose,
    /// The program's file.
    program: String,
    /// What it calls itself.
    agent: String,
    /// Nano-dollars of the session that are booked.
    charged: i64,
    turn: Turn,
}

/// The turn that is under way, or the one that ended last.
#[derive(Default)]
struct Turn {
    /// The spend that its tokens are booked as, once there are any.
    spend: Option<String>,
    tokens: Tokens,
    /// The program has said what it used. Until then it is what stood in its context, at the least.
    known: bool,
    over: bool,
}

impl Account {
    pub(crate) fn new(shared: &Shared, effect: &str, purpose: Purpose, program: &str) -> Account {
        Account {
            store: shared.store.clone(),
            host: Arc::clone(&shared.host),
            effect: effect.to_owned(),
            agent: purpose.member.clone().unwrap_or_default(),
            purpose,
            program: program.to_owned(),
            charged: 0,
            turn: Turn::default(),
        }
    }

    /// # Errors
    /// The store refused or failed: what was used is not on record.
    pub(super) async fn hear(&mut self, event: &Event) -> Result<(), GateError> {
        match event {
            Event::Ready { agent, version, .. } => {
                self.agent = format!("{agent} {version}").trim().to_owned();
                Ok(())
            }
            Event::Used { context, cost, late } => {
                if !late && self.turn.over {
                    self.turn = Turn::default();
                }
                // Before a first turn its context has been sent nowhere.
                let counts = !self.turn.known && *late == self.turn.over;
                let input = (*context).max(self.turn.tokens.input);
                let tokens = counts.then_some(Tokens { input, ..Tokens::default() });
                self.book(cost.as_ref(), tokens).await
            }
            Event::TurnEnded { tokens, cost, .. } => {
                if self.turn.over {
                    self.turn = Turn::default();
                }
                (self.turn.over, self.turn.known) = (true, tokens.is_some());
                self.book(cost.as_ref(), *tokens).await
            }
            _ => Ok(()),
        }
    }

    /// Tokens that stand in the context of the turn that is under way.
    pub(super) fn context(&self) -> u64 {
        if self.turn.over { 0 } else { self.turn.tokens.input }
    }

    /// Whether a limit on money leaves room for any more.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn has_room(&self) -> Result<bool, ReadError> {
        Ok(want_of_room(&self.store, &self.purpose, 1, self.host.now()).await?.is_none())
    }

    pub(super) fn now(&self) -> i64 {
        self.host.now()
    }

    /// Books what the session cost beyond what is booked, and what the turn has used so far. A turn has one spend, which
    /// is settled anew whenever more is known: what was said once is on record, whatever becomes of its program or us.
    async fn book(&mut self, cost: Option<&Cost>, tokens: Option<Tokens>) -> Result<(), GateError> {
        let more = cost.and_then(nano).map_or(0, |nano| nano.saturating_sub(self.charged).max(0));
        let is_news =
            |tokens: &Tokens| *tokens != self.turn.tokens || self.turn.spend.is_some() && self.turn.known;
        let tokens = tokens.filter(is_news);
        if more == 0 && tokens.is_none() {
            return Ok(());
        }
        let mut number = self.store.spend_of_effect(&self.effect).await?.len();
        let usage = |tokens| Some(value_part(json!({ "tokens": tokens, "cost": cost })));
        let mut batch = Batch::new();
        if more > 0 {
            let spend = self.reserve(&mut batch, &mut number);
            let nothing = Tokens::default();
            batch.add(&settled(spend, "known", more, nothing, usage(nothing)));
        }
        let mut turn = self.turn.spend.clone();
        if let Some(tokens) = tokens {
            let spend = turn.unwrap_or_else(|| self.reserve(&mut batch, &mut number));
            let status = if self.turn.known { "known" } else { "assumed" };
            batch.add(&settled(spend.clone(), status, 0, tokens, usage(tokens)));
            turn = Some(spend);
        }
        self.store.write(batch).await?;
        self.charged = self.charged.saturating_add(more);
        self.turn.spend = turn;
        self.turn.tokens = tokens.unwrap_or(self.turn.tokens);
        Ok(())
    }

    /// A spend of its own, of which nothing is set aside.
    fn reserve(&self, batch: &mut Batch, number: &mut usize) -> String {
        let spend = format!("{}#{number}", self.effect);
        *number += 1;
        let purpose = &self.purpose;
        batch.guard(spend_is_new(&spend));
        batch.add(&SpendReserved {
            spend: spend.clone(),
            effect: self.effect.clone(),
            purpose: purpose.name.into(),
            project: purpose.project.clone(),
            step: purpose.step.clone(),
            run: purpose.run.clone(),
            member: purpose.member.clone(),
            endpoint: purpose.member.clone().unwrap_or_default(),
            model: self.agent.clone(),
            day: day_of(self.host.now()),
            reserved: "0".into(),
            receipt: value_part(json!({
                "chosen": self.program, "why": "the plan names this agent; its program chooses its model itself",
            })),
        });
        spend
    }
}

fn settled(spend: String, status: &str, charged: i64, tokens: Tokens, usage: Option<Value>) -> SpendSettled {
    SpendSettled {
        spend,
        status: status.into(),
        charged: charged.to_string(),
        input: tokens.input,
        cached: tokens.cached_read,
        cache_write: tokens.cached_write,
        output: tokens.output,
        usage,
    }
}

/// A program's own word: an amount that cannot be is no amount.
pub(crate) fn nano(cost: &Cost) -> Option<i64> {
    let can_be = cost.amount.is_finite() && (0.0..MOST_DOLLARS).contains(&cost.amount);
    (cost.currency == "USD" && can_be).then(|| nano_usd(cost.amount))
}
