//! What is written down once a backup is in place.

use std::collections::BTreeSet;

use cadre_core::budget::day_of;
use cadre_core::status::ProjectStatus;
use serde_json::json;

use super::{PreparedRestore, RestoreOrder, RestoreProblem, Restored, clear_restore, decided_here};
use crate::aggregates::decision::{DecisionMade, DecisionRow, decision_is_new};
use crate::aggregates::endpoint::EndpointDisabled;
use crate::aggregates::project::ProjectHeld;
use crate::aggregates::rule::RuleEnded;
use crate::aggregates::spend::{SpendReserved, SpendRow, SpendSettled, spend_of_day};
use crate::aggregates::workspace::WorkspaceRestored;
use crate::batch::{Batch, WriteError, value_part};
use crate::database::{Connection, query};
use crate::heads::Heads;
use crate::open::{FILE, OpenError, Store};
use crate::read::ReadError;
use crate::writer::Head;

impl Store {
    /// Writes down that a backup is in place now, once. What was done after the backup is not known here, so nothing
    /// goes on by itself: projects that were under way are held, and no permission of then stands. What was spent
    /// today stays spent.
    pub(crate) async fn record_restore(
        &self,
        order: &RestoreOrder,
        replaced: Option<Head>,
        witness: Option<Head>,
    ) -> Result<(), OpenError> {
        let failed = |error: ReadError| OpenError::Damaged(error.to_string());
        let mut batch = Batch::new();
        batch.guard(decision_is_new(&order.decision));
        let mut rules = self.rules().await.map_err(failed)?;
        rules.retain(|rule| rule.ended_at.is_none());
        let mut endpoints = self.endpoints().await.map_err(failed)?;
        endpoints.retain(|endpoint| endpoint.disabled_at.is_none());
        let spent = match self.spent_since(order).await {
            Ok(spent) => spent,
            Err(error) => {
                tracing::warn!(%error, "what the replaced record spent today cannot be read");
                Vec::new()
            }
        };
        let words = format!(
            "The record is that of a backup{}. What was switched off since then is not known, so its {} standing \
             rules and {} endpoints are switched off. {} calls that the replaced record charged today are charged here.",
            if order.compared.is_proven() { "" } else { ", and nothing else says that it was made here" },
            rules.len(),
            endpoints.len(),
            spent.len()
        );
        batch.add(&DecisionMade { reason: Some(value_part(json!(words))), ..order.decision_made() });
        batch.add(&WorkspaceRestored {
            decision: order.decision.clone(),
            made_at: order.made_at.to_string(),
            backup: order.backup,
            replaced,
            witness,
            kept: order.kept.clone(),
            compared: Some(order.compared),
        });
        for rule in rules {
            batch.add(&RuleEnded { rule: rule.id, by: order.by.clone() });
        }
        for endpoint in endpoints {
            batch.add(&EndpointDisabled { endpoint: endpoint.id, by: order.by.clone() });
        }
        for call in &spent {
            charge(&mut batch, call, order);
        }
        for project in self.projects().await.map_err(failed)? {
            let is_over = ProjectStatus::from_name(&project.status).is_none_or(ProjectStatus::is_over);
            if project.thread.is_some() && !is_over && !project.held {
                batch.add(&ProjectHeld { project: project.id, held: true, by: order.by.clone() });
            }
        }
        match self.write(batch).await {
            // It was written before, and the end of the restore was not.
            Ok(_) | Err(WriteError::Refused { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The calls of today that the replaced record has and this one has not.
    async fn spent_since(&self, order: &RestoreOrder) -> Result<Vec<SpendRow>, ReadError> {
        let file = self.shared.folder.join(&order.kept).join(FILE);
        if !file.exists() {
            return Ok(Vec::new());
        }
        let day = day_of(self.now());
        self.read(move |here| {
            let spent = spend_of_day(&Connection::read(&file)?, day);
            let known = spend_of_day(here, day)?;
            let known: BTreeSet<_> = known.iter().map(|call| carried(call).to_owned()).collect();
            let mut spent = spent?;
            spent.retain(|call| !known.contains(carried(call)));
            Ok(spent)
        })
        .await
    }

    /// The restore that this opening has put in place, until [`clear_restore`].
    pub fn restored(&self) -> Option<&Restored> {
        self.shared.restored.as_ref()
    }

    /// Why a restore that was decided, or looked so, was not put in place when the workspace was opened.
    pub fn restore_problem(&self) -> Option<&RestoreProblem> {
        self.shared.restore_problem.as_ref()
    }

    /// The restore that the next opening will put in place.
    ///
    /// # Errors
    /// It cannot be read, or nobody decided it. The next opening sets it aside.
    pub fn decided_restore(&self) -> std::io::Result<Option<RestoreOrder>> {
        decided_here(&self.shared.folder, &Heads::new(self.shared.heads.clone(), self.workspace_id()))
    }

    /// Decides what was prepared: the next opening puts it in place.
    ///
    /// # Errors
    /// The disk failed, or another restore was decided in the meantime. Then this one is not.
    pub fn decide_restore(&self, restore: PreparedRestore, order: &RestoreOrder) -> std::io::Result<()> {
        restore.decide(order, &Heads::new(self.shared.heads.clone(), self.workspace_id()))
    }

    /// Takes a decided restore back, or ends one that is in place.
    ///
    /// # Errors
    /// The disk failed. Then it stands as before.
    pub fn clear_restore(&self) -> std::io::Result<()> {
        clear_restore(&self.shared.folder, &Heads::new(self.shared.heads.clone(), self.workspace_id()))
    }

    /// The newest decision about a restore, if it says to put one in place and that was neither done nor taken back.
    ///
    /// # Errors
    /// The database failed.
    pub async fn undone_restore(&self) -> Result<Option<DecisionRow>, ReadError> {
        let sql =
            "SELECT id, subject, project, thread, decision, reason, action_hash, by, channel, decided_at
                   FROM decisions WHERE subject = 'restore' ORDER BY decided_at DESC, id DESC LIMIT 1";
        let newest: Option<DecisionRow> = self.optional(query(sql)).await?;
        // What was put in place says what was switched off with it.
        Ok(newest.filter(|made| made.decision == "approve" && made.reason.is_none()))
    }
}

impl RestoreOrder {
    /// The decision as each record that it concerns has it.
    pub fn decision_made(&self) -> DecisionMade {
        DecisionMade {
            id: self.decision.clone(),
            subject: "restore".into(),
            project: None,
            answers: None,
            decision: "approve".into(),
            reason: None,
            action_hash: Some(self.backup.leaf.to_string()),
            by: self.by.clone(),
            channel: self.channel.clone(),
        }
    }
}

/// Before the name of a call that another record made: here it can be made again.
const CARRIED: &str = "restored:";

fn carried(call: &SpendRow) -> &str {
    call.id.strip_prefix(CARRIED).unwrap_or(&call.id)
}

/// Charges what a call of the replaced record came to. The call itself is not part of this record.
fn charge(batch: &mut Batch, call: &SpendRow, order: &RestoreOrder) {
    let spend = format!("{CARRIED}{}", carried(call));
    let tokens = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
    let why = json!({ "replaced": order.kept, "decision": order.decision });
    batch.add(&SpendReserved {
        spend: spend.clone(),
        effect: spend.clone(),
        purpose: call.purpose.clone(),
        project: call.project.clone(),
        step: call.step.clone(),
        run: None,
        member: call.member.clone(),
        endpoint: call.endpoint.clone(),
        model: call.model.clone(),
        day: call.day,
        reserved: call.reserved.to_string(),
        receipt: value_part(why),
    });
    batch.add(&SpendSettled {
        spend,
        status: if call.status == "known" { "known" } else { "assumed" }.into(),
        charged: call.charged.to_string(),
        input: tokens(call.input),
        cached: tokens(call.cached),
        cache_write: tokens(call.cache_write),
        output: tokens(call.output),
        usage: None,
    });
}
