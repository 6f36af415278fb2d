//! Members.

use cadre_engine::organisation::NewPerson;
use serde::{Deserialize, Serialize};
use specta::Type;

use crate::dto::{MemberDto, Micros};
use crate::error::ApiError;
use crate::operation::{Api, Caller, Operation, OperationKind, Tag};
use crate::operations::system::Nothing;

/// By name.
pub struct List;

impl Operation for List {
    const NAME: &'static str = "member.list";
    const KIND: OperationKind = OperationKind::Query;
    const TAGS: &'static [Tag] = &[Tag::Members];
    type Input = Nothing;
    type Output = Vec<MemberDto>;

    async fn run(api: &Api, _caller: &Caller, _input: Nothing) -> Result<Vec<MemberDto>, ApiError> {
        let members = api.engine.members().await?.into_iter().map(|row| MemberDto {
            name: row.name,
            kind: row.kind,
            role: row.role,
            department: row.department,
            reports_to: row.reports_to,
            lifecycle: row.lifecycle,
            updated_at: Micros(row.updated_at),
        });
        Ok(members.collect())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, Type)]
pub struct AddPersonInput {
    /// Unique among all members.
    pub name: String,
    pub role: String,
    pub department: String,
    pub reports_to: String,
    /// For example `Mon-Fri 09:00-17:00`.
    pub working_hours: Option<String>,
    /// Who answers for them while they are away.
    pub deputy: Option<String>,
}

/// Adds a person to the organisation.
pub struct AddPerson;

impl Operation for AddPerson {
    const NAME: &'static str = "member.add_person";
    const KIND: OperationKind = OperationKind::Command;
    const TAGS: &'static [Tag] = &[Tag::Members];
    const DECIDES: bool = true;
    type Input = AddPersonInput;
    type Output = Nothing;

    async fn run(api: &Api, _caller: &Caller, input: AddPersonInput) -> Result<Nothing, ApiError> {
        let AddPersonInput { name, role, department, reports_to, working_hours, deputy } = input;
        api.engine
            .add_person(NewPerson { name, role, department, reports_to, working_hours, deputy })
            .await?;
        Ok(Nothing {})
    }
}
