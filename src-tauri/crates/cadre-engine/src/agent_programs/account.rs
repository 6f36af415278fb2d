//! What an agent program says that it used, booked as it says it: whatever becomes of the run, it was spent.
//!
//! Its model and its price are its own affair, so nothing is reserved before; money counts where it names dollars.

use std::sync::Arc;

use cadre_agents::acp::{Cost, Event, Tokens};
use cadre_core::budget::day_of;
use cadre_store::aggregates::spend::{SpendReserved, SpendSettled, spend_is_new};
use cadre_store::{Batch, Store, value_part};
use serde_json::json;

use crate::agent_file::nano_usd;
use crate::clock::Host;
use crate::gate::GateError;
use crate::gateway::Purpose;
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
    /// Tokens in its context, of a turn whose tokens nobody has said yet.
    context: u64,
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
            context: 0,
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
            Event::Used { context, cost } => {
                self.context = *context;
                self.book(cost.as_ref(), None).await
            }
            Event::TurnEnded { tokens, cost, .. } => {
                let assumed = Tokens { input: std::mem::take(&mut self.context), ..Tokens::default() };
                self.book(cost.as_ref(), Some((*tokens, assumed))).await
            }
            Event::Failed { .. } => self.close().await,
            _ => Ok(()),
        }
    }

    /// A turn that had no end of its own: what stood in its context was used, at the least.
    pub(super) async fn close(&mut self) -> Result<(), GateError> {
        let assumed = Tokens { input: std::mem::take(&mut self.context), ..Tokens::default() };
        self.book(None, Some((None, assumed))).await
    }

    /// Books what the session cost beyond what is booked, and a turn's tokens: as they were said, else as assumed.
    async fn book(
        &mut self,
        cost: Option<&Cost>,
        turn: Option<(Option<Tokens>, Tokens)>,
    ) -> Result<(), GateError> {
        let known = turn.is_none_or(|(said, _)| said.is_some());
        let tokens = turn.map(|(said, assumed)| said.unwrap_or(assumed)).unwrap_or_default();
        let more = cost.and_then(nano).map_or(0, |nano| nano.saturating_sub(self.charged).max(0));
        if more == 0 && tokens == Tokens::default() {
            return Ok(());
        }
        let earlier = self.store.spend_of_effect(&self.effect).await?.len();
        let spend = format!("{}#{earlier}", self.effect);
        let purpose = &self.purpose;
        let mut batch = Batch::new();
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
        batch.add(&SpendSettled {
            spend,
            status: if known { "known" } else { "assumed" }.into(),
            charged: more.to_string(),
            input: tokens.input,
            cached: tokens.cached_read,
            cache_write: tokens.cached_write,
            output: tokens.output,
            usage: Some(value_part(json!({ "tokens": tokens, "cost": cost }))),
        });
        self.store.write(batch).await?;
        self.charged = self.charged.saturating_add(more);
        Ok(())
    }
}

/// A program's own word: an amount that cannot be is no amount.
pub(crate) fn nano(cost: &Cost) -> Option<i64> {
    let can_be = cost.amount.is_finite() && (0.0..MOST_DOLLARS).contains(&cost.amount);
    (cost.currency == "USD" && can_be).then(|| nano_usd(cost.amount))
}
