//! Planning without a model: a template by retrieval, adapted to the organisation; people where none fits.

use cadre_core::org::{Member, best_match};
use cadre_core::plan::Plan;

use crate::templates::{Library, TemplateStep, by_people};

/// The plan for a request. `department` is intake's word for it.
pub(crate) fn plan(library: &Library, request: &str, department: &str, members: &[Member]) -> Plan {
    match library.choose(request) {
        Some(template) => template.plan(request, |step| assignee(step, members)),
        None => by_people(request, department),
    }
}

/// The template's own choice where that member is there, else whoever covers most of what the step needs.
fn assignee(step: &TemplateStep, members: &[Member]) -> Option<String> {
    let preferred = step.assignee.as_ref().filter(|name| members.iter().any(|member| member.name == **name));
    preferred.cloned().or_else(|| best_match(members, &step.needs).map(|member| member.name.clone()))
}
