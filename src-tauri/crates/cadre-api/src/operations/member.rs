//! Members.

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
