//! The organisation: who is in it, and what is known of one.

use cadre_core::org::AgentDefinition;
use cadre_store::ReadError;
use cadre_store::aggregates::member::MemberRow;
use cadre_store::aggregates::run::RunRow;

use super::Engine;
use crate::organisation::{self, AddPersonError, NewPerson};

/// How many of a member's runs are shown.
const RUNS: u32 = 20;

#[derive(Debug, Clone)]
pub struct MemberView {
    pub row: MemberRow,
    pub known: MemberKnown,
    /// Newest first.
    pub runs: Vec<RunRow>,
}

#[derive(Debug, Clone)]
pub enum MemberKnown {
    Agent(Box<AgentDefinition>),
    Person { working_hours: Option<String>, deputy: Option<String> },
}

impl Engine {
    /// # Errors
    /// The store failed.
    pub async fn members(&self) -> Result<Vec<MemberRow>, ReadError> {
        self.store().members().await
    }

    /// One member with all that is known; `None` if there is none of this name.
    ///
    /// # Errors
    /// The store failed.
    pub async fn member(&self, name: &str) -> Result<Option<MemberView>, ReadError> {
        let Some(row) = self.store().member(name).await? else { return Ok(None) };
        let known = if row.kind == "person" {
            let person = self.store().person_definition(&row).await?;
            let text = |field: &str| person[field].as_str().map(str::to_owned);
            MemberKnown::Person { working_hours: text("working_hours"), deputy: text("deputy") }
        } else {
            MemberKnown::Agent(Box::new(self.store().agent_definition(&row).await?))
        };
        let runs = self.store().runs_of_member(name, RUNS).await?;
        Ok(Some(MemberView { row, known, runs }))
    }

    /// Adds a person to the organisation.
    ///
    /// # Errors
    /// The name is taken or odd, or the department, manager or deputy does not exist.
    pub async fn add_person(&self, person: NewPerson) -> Result<(), AddPersonError> {
        organisation::add_person(self.store(), person).await
    }
}
