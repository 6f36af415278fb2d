//! Planning without a model: a template by retrieval, adapted to the organisation; people where none fits.

pub(crate) mod by_model;

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

/// A change of one step. What is `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct StepEdit {
    pub step: String,
    pub remove: bool,
    pub title: Option<String>,
    pub instructions: Option<String>,
    pub assignee: Option<String>,
    pub depends_on: Option<Vec<String>>,
}

/// A plan after feedback in words. Without a model nobody can rewrite steps from words, so each step is told what was
/// asked for, and the plan says that this is all that happened.
pub(crate) fn refined(old: &Plan, feedback: &str) -> Plan {
    let mut plan = old.clone();
    plan.request = format!("{}\n\n{feedback}", old.request);
    for step in &mut plan.steps {
        let told = step.instructions.trim_end();
        step.instructions = format!("{told}\n\nAsked for when the plan was refined: {feedback}");
    }
    plan.assumptions.push(format!("Each step was told: {feedback}"));
    plan
}

/// Changes one step. A step that is removed is no longer waited for.
///
/// # Errors
/// The id of a step that the plan does not have.
pub(crate) fn edit(plan: &mut Plan, edit: StepEdit) -> Result<(), String> {
    let index = plan.steps.iter().position(|step| step.id == edit.step).ok_or_else(|| edit.step.clone())?;
    if edit.remove {
        let removed = plan.steps.remove(index);
        for step in &mut plan.steps {
            if let Some(place) = step.depends_on.iter().position(|id| *id == removed.id) {
                step.depends_on.remove(place);
                let inherited = removed.depends_on.iter().filter(|id| !step.depends_on.contains(id)).cloned();
                step.depends_on.extend(inherited.collect::<Vec<_>>());
            }
        }
        plan.gaps.retain(|gap| gap.step != removed.id);
        return Ok(());
    }
    let step = &mut plan.steps[index];
    if let Some(title) = edit.title {
        step.title = title;
    }
    if let Some(instructions) = edit.instructions {
        step.instructions = instructions;
    }
    if let Some(assignee) = edit.assignee {
        step.assignee = Some(assignee).filter(|assignee| !assignee.is_empty());
        plan.gaps.retain(|gap| gap.step != edit.step);
    }
    if let Some(depends_on) = edit.depends_on {
        plan.steps[index].depends_on = depends_on;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack;

    fn health_review() -> Plan {
        plan(&Library::new(pack::templates()), "review this repository", "engineering", &[])
    }

    #[test]
    fn a_removed_step_hands_its_dependencies_on() {
        let mut plan = health_review();
        let report =
            plan.steps.iter_mut().find(|step| step.id == "report").expect("the template has a report");
        report.depends_on = vec!["audit".into()];
        let audit = plan.steps.iter_mut().find(|step| step.id == "audit").expect("the template has an audit");
        audit.depends_on = vec!["scout".into()];
        edit(&mut plan, StepEdit { step: "audit".into(), remove: true, ..StepEdit::default() })
            .expect("it is there");
        let report = plan.steps.iter().find(|step| step.id == "report").expect("the report stays");
        assert_eq!(
            report.depends_on,
            ["scout"],
            "what waited for a removed step waits for what that waited for"
        );
        let unknown = edit(&mut plan, StepEdit { step: "nowhere".into(), ..StepEdit::default() });
        assert_eq!(unknown, Err("nowhere".into()));
    }

    #[test]
    fn feedback_in_words_reaches_every_step_and_makes_another_plan() {
        let old = health_review();
        let refined = refined(&old, "keep it short");
        assert!(refined.steps.iter().all(|step| step.instructions.contains("keep it short")));
        assert!(refined.request.ends_with("keep it short"));
        assert_ne!(refined.hash(), old.hash(), "it has to be approved anew");
    }
}
