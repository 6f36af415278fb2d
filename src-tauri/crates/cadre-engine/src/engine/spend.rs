//! What work costs, and the limits on it, as a person sees and sets them.

use cadre_core::budget::{DAY_LIMIT, LimitReached, PROJECT_LIMIT, Room, Scope, day_of};
use cadre_store::aggregates::endpoint::{EndpointRow, endpoint_is_enabled_as};
use cadre_store::aggregates::spend::{BudgetSet, SpendPlace, SpendRow, budget_is_unchanged};
use cadre_store::{Batch, Guard, ReadError, Store, WriteError};
use serde_json::Value;

use super::{DecideError, Engine};
use crate::answers::{LIMIT_CHANGED, Reason};

/// One call with its receipt.
#[derive(Debug, Clone)]
pub struct SpendView {
    pub row: SpendRow,
    /// What was chosen, what was rejected and why, what it was expected to cost.
    pub receipt: Value,
}

#[derive(Debug, thiserror::Error)]
pub enum BudgetError {
    #[error("there is no project `{0}`")]
    UnknownProject(String),
    #[error("a limit cannot be less than nothing")]
    Negative,
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// A limit on money: on what, and how high it is.
pub(crate) struct Limit {
    scope: Scope,
    /// As [`LimitReached`] writes it.
    subject: String,
    /// Of a limit that begins anew each day.
    day: Option<i64>,
    most: i64,
    /// Ledger entry of the newest limit on the same; see [`Limit::unchanged`].
    newest: i64,
    endpoint: Option<EndpointRow>,
}

impl Limit {
    /// The limit that holds; `None` where there is none. A member has one where its file gives it one, which is
    /// `of_member`.
    pub(crate) async fn that_holds(
        store: &Store,
        scope: Scope,
        subject: &str,
        day: Option<i64>,
        of_member: Option<i64>,
    ) -> Result<Option<Limit>, ReadError> {
        let mut endpoint = None;
        let otherwise = match scope {
            Scope::Day => Some(DAY_LIMIT),
            Scope::Project => Some(PROJECT_LIMIT),
            Scope::Member => of_member,
            Scope::Endpoint => {
                endpoint = store.endpoint(subject).await?;
                match &endpoint {
                    Some(row) => store.endpoint_terms(row).await?.daily_limit,
                    None => None,
                }
            }
        };
        let Some(otherwise) = otherwise else { return Ok(None) };
        // Terms that are agreed to anew stand over what was raised before.
        let since = endpoint.as_ref().map_or(0, |row| row.entry);
        let held = store.budget(scope.name(), subject, day, since).await?;
        let most = held.most.unwrap_or(otherwise);
        Ok(Some(Limit { scope, subject: subject.to_owned(), day, most, newest: held.newest, endpoint }))
    }

    /// What counts against it now, and where that is charged.
    pub(crate) async fn room(&self, store: &Store) -> Result<(Room, SpendPlace), ReadError> {
        let place = self.place();
        let charged = store.charged(&place).await?;
        Ok((Room { scope: self.scope, day: self.day, charged, most: self.most }, place))
    }

    /// Conditions that it is still the one that holds.
    pub(crate) fn unchanged(&self) -> Vec<Guard> {
        let mut guards = vec![budget_is_unchanged(self.scope.name(), &self.subject, self.newest)];
        guards.extend(self.endpoint.iter().flat_map(endpoint_is_enabled_as));
        guards
    }

    fn place(&self) -> SpendPlace {
        let subject = || self.subject.clone();
        match self.scope {
            Scope::Day => SpendPlace::Day(self.day.unwrap_or_default()),
            Scope::Project => SpendPlace::Project(subject()),
            Scope::Member => {
                let (project, member) = self.subject.split_once('/').unwrap_or((&self.subject, ""));
                SpendPlace::Member { project: project.to_owned(), member: member.to_owned() }
            }
            Scope::Endpoint => {
                SpendPlace::Endpoint { endpoint: subject(), day: self.day.unwrap_or_default() }
            }
        }
    }
}

impl Engine {
    /// The calls of a project, oldest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn spend(&self, project: &str) -> Result<Vec<SpendView>, ReadError> {
        let calls = self.store().receipts_of_project(project).await?;
        Ok(calls.into_iter().map(|(row, receipt)| SpendView { row, receipt }).collect())
    }

    /// The limits that hold: the workspace's for today, and the project's if one is named.
    ///
    /// # Errors
    /// The store failed.
    pub async fn rooms(&self, project: Option<&str>) -> Result<Vec<Room>, ReadError> {
        let store = self.store();
        let today = Some(day_of(self.inner.shared.host.now()));
        let of_day = Limit::that_holds(store, Scope::Day, "", today, None).await?;
        let of_project = match project {
            Some(project) => Limit::that_holds(store, Scope::Project, project, None, None).await?,
            None => None,
        };
        let mut rooms = Vec::new();
        for limit in of_day.iter().chain(&of_project) {
            rooms.push(limit.room(store).await?.0);
        }
        Ok(rooms)
    }

    /// Sets the limit of a project, or without one the workspace's limit for each day from today on. Work that waits
    /// for room looks again.
    ///
    /// # Errors
    /// There is no such project, the amount is negative, or the store failed.
    pub async fn set_budget(&self, project: Option<&str>, most: i64, by: &str) -> Result<(), BudgetError> {
        if most < 0 {
            return Err(BudgetError::Negative);
        }
        if let Some(project) = project
            && self.store().project(project).await?.is_none()
        {
            return Err(BudgetError::UnknownProject(project.to_owned()));
        }
        let mut batch = Batch::new();
        batch.add(&BudgetSet {
            budget: self.inner.shared.host.id(),
            scope: if project.is_some() { Scope::Project } else { Scope::Day }.name().into(),
            subject: project.unwrap_or_default().to_owned(),
            day: None,
            most: most.to_string(),
            decision: format!("person:{by}"),
        });
        self.store().write(batch).await?;
        self.look_again_at_limits().await;
        Ok(())
    }

    /// Raises a limit on money to exactly what was shown, if it is still the one that was shown. Limits of a single run
    /// are raised by the answer itself. Gives how many conditions it added.
    pub(super) async fn raise(
        &self,
        batch: &mut Batch,
        limit: LimitReached,
        decision: &str,
    ) -> Result<usize, DecideError> {
        let Some(scope) = limit.money() else { return Ok(0) };
        let holds =
            Limit::that_holds(self.store(), scope, &limit.subject, limit.day, Some(limit.most)).await?;
        let holds = holds.filter(|holds| holds.most == limit.most).ok_or(DecideError::LimitChanged)?;
        let guards = holds.unchanged();
        let added = guards.len();
        for guard in guards {
            batch.guard(guard);
        }
        batch.add(&BudgetSet {
            budget: decision.to_owned(),
            scope: limit.scope,
            subject: limit.subject,
            day: limit.day,
            most: limit.raise_to.to_string(),
            decision: format!("decision:{decision}"),
        });
        Ok(added)
    }

    /// Lets work look for room again that asks to have a limit raised which was set meanwhile. What cannot be done here
    /// is done when somebody answers.
    pub(super) async fn look_again_at_limits(&self) {
        if let Err(error) = self.close_overtaken_limits().await {
            tracing::warn!(%error, "work that waits for room was not told of a new limit");
        }
    }

    async fn close_overtaken_limits(&self) -> Result<(), DecideError> {
        for open in self.store().open_interrupts().await? {
            if Reason::from_name(&open.interrupt.reason) != Some(Reason::Limit) {
                continue;
            }
            let Ok(limit) = serde_json::from_value::<LimitReached>(open.interrupt.action["limit"].clone())
            else {
                continue; // a later version's
            };
            let Some(scope) = limit.money() else { continue };
            let holds =
                Limit::that_holds(self.store(), scope, &limit.subject, limit.day, Some(limit.most)).await?;
            if holds.is_none_or(|holds| holds.most != limit.most) {
                self.close_question(open, LIMIT_CHANGED, "limit").await?;
            }
        }
        Ok(())
    }
}
