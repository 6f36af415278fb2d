//! Plans: steps in an order, with assignees, estimates, evidence and gaps.
//!
//! A plan is a document: what a person approves is the hash of its canonical bytes, so its serialised form is part of
//! the domain (docs/decisions/0002). A changed field is a changed plan.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::attachment::Attachment;
use crate::document;
use crate::workplace::Workplace;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub title: String,
    pub summary: String,
    /// The user's own words.
    pub request: String,
    pub department: String,
    pub complexity: u8,
    pub horizon: String,
    /// What the project does with the folder that the user gave.
    pub folder: FolderUse,
    /// Where steps write; `None` is a fresh folder of the project's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workplace: Option<Workplace>,
    /// Given with the request; every step may read them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The template it was made from, or `None` when a model or a person wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Who planned: `templates`, or the name of a model.
    pub planner: String,
    pub assumptions: Vec<String>,
    pub risks: Vec<Risk>,
    pub steps: Vec<Step>,
    /// Capabilities that nobody in the organisation has.
    pub gaps: Vec<Gap>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderUse {
    /// Works in a fresh folder of its own.
    None,
    /// Looks at the user's folder and changes nothing in it.
    Read,
    /// Changes files in it.
    Change,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    pub risk: String,
    pub mitigation: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    pub step: String,
    pub capability: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Stable over the versions of a plan.
    pub id: String,
    pub title: String,
    pub kind: StepKind,
    /// Capabilities wanted of the assignee.
    pub needs: Vec<String>,
    /// The member who carries it out; `None` is a gap.
    pub assignee: Option<String>,
    /// How a person takes part, if one does.
    pub human: Option<HumanRole>,
    pub instructions: String,
    pub depends_on: Vec<String>,
    pub estimate: Estimate,
    pub evidence: Vec<Evidence>,
}

impl Step {
    /// Whether files are to be expected of it: a judgement leaves none, and a step whose only evidence is the shape
    /// of its data hands that data on.
    pub fn may_write(&self) -> bool {
        let only_data = self.evidence.iter().all(|named| named.kind == EvidenceKind::OutputSchema);
        self.kind != StepKind::HumanApproval && !only_data
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    Standard,
    BuildAgent,
    ImproveAgent,
    Subproject,
    HumanApproval,
}

/// HUM-06.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HumanRole {
    /// An agent carries the step out, a person approves the result.
    Approval,
    /// A person says how before an agent begins.
    Guidance,
    /// An agent offers, a person chooses and refines.
    Review,
    /// A person sets the direction that later steps follow.
    Strategy,
}

/// Expected effort. Minutes of work and nano-dollars, with a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    pub minutes: u32,
    pub low: u32,
    pub high: u32,
    /// Nano-dollars as text, for JSON has no 64-bit integers.
    #[serde(with = "document::i64_text")]
    pub cost: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    pub kind: EvidenceKind,
    /// A path, a command line, or the name of a schema.
    pub value: String,
    #[serde(default)]
    pub note: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The step's output has the shape that was agreed.
    OutputSchema,
    FileExists,
    CommandSucceeds,
    PersonAccepts,
}

/// Why a plan cannot be approved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanProblem {
    #[error("the plan has no steps")]
    Empty,
    #[error("two steps have the id `{0}`")]
    DuplicateStep(String),
    #[error("step `{step}` depends on `{missing}`, which is not in the plan")]
    UnknownDependency { step: String, missing: String },
    #[error("the steps wait for each other: {}", cycle.join(" → "))]
    Cycle { cycle: Vec<String> },
    #[error("step `{step}` is assigned to `{assignee}`, who is not in the organisation")]
    UnknownAssignee { step: String, assignee: String },
    #[error("step `{step}` names no evidence, so it could never be done")]
    NoEvidence { step: String },
}

impl Plan {
    /// What an approval is bound to: SHA-256 over the canonical bytes, in hex.
    pub fn hash(&self) -> String {
        document::hash(document::PLAN, self)
    }

    /// Everything that speaks against the plan; empty when it can be approved.
    pub fn problems(&self, is_member: impl Fn(&str) -> bool) -> Vec<PlanProblem> {
        let mut problems = Vec::new();
        if self.steps.is_empty() {
            problems.push(PlanProblem::Empty);
        }
        let mut ids = BTreeSet::new();
        for step in &self.steps {
            if !ids.insert(step.id.as_str()) {
                problems.push(PlanProblem::DuplicateStep(step.id.clone()));
            }
        }
        for step in &self.steps {
            for missing in step.depends_on.iter().filter(|id| !ids.contains(id.as_str())) {
                problems
                    .push(PlanProblem::UnknownDependency { step: step.id.clone(), missing: missing.clone() });
            }
            if let Some(assignee) = step.assignee.as_ref().filter(|assignee| !is_member(assignee)) {
                problems
                    .push(PlanProblem::UnknownAssignee { step: step.id.clone(), assignee: assignee.clone() });
            }
            if step.evidence.is_empty() {
                problems.push(PlanProblem::NoEvidence { step: step.id.clone() });
            }
        }
        problems.extend(self.cycle().map(|cycle| PlanProblem::Cycle { cycle }));
        problems
    }

    /// Steps that may write while another that may write is under way: neither waits for the other.
    pub fn parallel_writers(&self) -> Vec<&str> {
        let by_id: BTreeMap<&str, &Step> = self.steps.iter().map(|step| (step.id.as_str(), step)).collect();
        let before = |step: &Step| {
            let (mut before, mut open) = (BTreeSet::new(), step.depends_on.clone());
            while let Some(id) = open.pop() {
                if let Some(known) = by_id.get(id.as_str()).filter(|_| before.insert(id.clone())) {
                    open.extend(known.depends_on.iter().cloned());
                }
            }
            before
        };
        let writers: Vec<(&str, BTreeSet<String>)> = self
            .steps
            .iter()
            .filter(|step| step.may_write())
            .map(|step| (step.id.as_str(), before(step)))
            .collect();
        let beside = |one: &(&str, BTreeSet<String>)| {
            writers
                .iter()
                .any(|other| one.0 != other.0 && !one.1.contains(other.0) && !other.1.contains(one.0))
        };
        writers.iter().filter(|writer| beside(writer)).map(|writer| writer.0).collect()
    }

    /// One cycle among the steps, if there is any, beginning and ending with the same step.
    fn cycle(&self) -> Option<Vec<String>> {
        let depends: BTreeMap<&str, &[String]> =
            self.steps.iter().map(|step| (step.id.as_str(), step.depends_on.as_slice())).collect();
        let mut open: BTreeSet<&str> = depends.keys().copied().collect();
        // Takes away what waits for nothing that is open; what stays is on a cycle or behind one.
        loop {
            let free: Vec<&str> = open
                .iter()
                .copied()
                .filter(|id| !depends[id].iter().any(|other| open.contains(other.as_str())))
                .collect();
            if free.is_empty() {
                break;
            }
            for id in free {
                open.remove(id);
            }
        }
        let mut path: Vec<&str> = vec![*open.first()?];
        loop {
            let last = *path.last()?;
            let next = depends[last].iter().map(String::as_str).find(|id| open.contains(id))?;
            if let Some(start) = path.iter().position(|id| *id == next) {
                let mut cycle: Vec<String> = path[start..].iter().map(|id| (*id).to_owned()).collect();
                cycle.push(next.to_owned());
                cycle.reverse(); // from what comes first to what waits for it
                return Some(cycle);
            }
            path.push(next);
        }
    }

    /// Minutes until the last step ends, with every step as soon as it can begin.
    pub fn critical_minutes(&self) -> u32 {
        let mut ends: BTreeMap<&str, u32> = BTreeMap::new();
        let mut open: Vec<&Step> = self.steps.iter().collect();
        while !open.is_empty() {
            let (ready, waiting): (Vec<&Step>, Vec<&Step>) =
                open.iter().partition(|step| step.depends_on.iter().all(|id| ends.contains_key(id.as_str())));
            if ready.is_empty() {
                break; // a cycle; `problems` names it
            }
            for step in ready {
                let begin = step.depends_on.iter().map(|id| ends[id.as_str()]).max().unwrap_or(0);
                ends.insert(&step.id, begin.saturating_add(step.estimate.minutes));
            }
            open = waiting;
        }
        ends.values().copied().max().unwrap_or(0)
    }

    /// Estimated cost of all steps in nano-dollars.
    pub fn cost(&self) -> i64 {
        self.steps.iter().fold(0, |sum, step| sum.saturating_add(step.estimate.cost))
    }
}

/// What differs between two versions of a plan, by step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanDifference {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub changed: Vec<String>,
    /// Something outside the steps changed: title, assumptions, folder.
    pub frame: bool,
}

pub fn compare(old: &Plan, new: &Plan) -> PlanDifference {
    let by_id = |plan: &'_ Plan| -> BTreeMap<String, Step> {
        plan.steps.iter().map(|step| (step.id.clone(), step.clone())).collect()
    };
    let (before, after) = (by_id(old), by_id(new));
    let frame = |plan: &Plan| Plan { steps: Vec::new(), gaps: Vec::new(), ..plan.clone() };
    PlanDifference {
        added: after.keys().filter(|id| !before.contains_key(*id)).cloned().collect(),
        removed: before.keys().filter(|id| !after.contains_key(*id)).cloned().collect(),
        changed: after
            .iter()
            .filter(|(id, step)| before.get(*id).is_some_and(|old| old != *step))
            .map(|(id, _)| id.clone())
            .collect(),
        frame: frame(old) != frame(new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: &str, depends_on: &[&str]) -> Step {
        Step {
            id: id.into(),
            title: id.into(),
            kind: StepKind::Standard,
            needs: vec![],
            assignee: Some("scout".into()),
            human: None,
            instructions: String::new(),
            depends_on: depends_on.iter().map(|id| (*id).to_owned()).collect(),
            estimate: Estimate { minutes: 10, low: 5, high: 20, cost: 5 },
            evidence: vec![Evidence {
                kind: EvidenceKind::FileExists,
                value: "a".into(),
                note: String::new(),
            }],
        }
    }

    fn plan(steps: Vec<Step>) -> Plan {
        Plan {
            title: "t".into(),
            summary: String::new(),
            request: "r".into(),
            department: "engineering".into(),
            complexity: 3,
            horizon: "hours".into(),
            folder: FolderUse::Read,
            workplace: None,
            attachments: vec![],
            template: None,
            planner: "templates".into(),
            assumptions: vec![],
            risks: vec![],
            steps,
            gaps: vec![],
        }
    }

    fn problems(steps: Vec<Step>) -> Vec<String> {
        plan(steps).problems(|name| name == "scout").iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_sound_plan_has_no_problems() {
        assert_eq!(problems(vec![step("a", &[]), step("b", &["a"])]), Vec::<String>::new());
    }

    #[test]
    fn problems_name_what_is_wrong() {
        assert_eq!(problems(vec![]), ["the plan has no steps"]);
        assert_eq!(problems(vec![step("a", &[]), step("a", &[])]), ["two steps have the id `a`"]);
        assert_eq!(problems(vec![step("a", &["x"])]), ["step `a` depends on `x`, which is not in the plan"]);
        assert_eq!(
            problems(vec![step("a", &["c"]), step("b", &["a"]), step("c", &["b"]), step("d", &["c"])]),
            ["the steps wait for each other: a → b → c → a"]
        );
        let stranger = Step { assignee: Some("nobody".into()), ..step("a", &[]) };
        assert_eq!(
            problems(vec![stranger]),
            ["step `a` is assigned to `nobody`, who is not in the organisation"]
        );
        let unproved = Step { evidence: vec![], ..step("a", &[]) };
        assert_eq!(problems(vec![unproved]), ["step `a` names no evidence, so it could never be done"]);
    }

    #[test]
    fn the_hash_changes_with_any_field() {
        let base = plan(vec![step("a", &[])]);
        let mut longer = base.clone();
        longer.steps[0].estimate.minutes = 11;
        assert_ne!(base.hash(), longer.hash(), "an approval is bound to every field");
        assert_eq!(base.hash(), base.clone().hash());
    }

    #[test]
    fn parallel_steps_count_once() {
        let plan = plan(vec![step("a", &[]), step("b", &[]), step("c", &["a", "b"])]);
        assert_eq!((plan.critical_minutes(), plan.cost()), (20, 15));
    }

    #[test]
    fn only_writers_that_do_not_wait_for_each_other_are_parallel() {
        let data = Evidence { kind: EvidenceKind::OutputSchema, value: "s".into(), note: String::new() };
        let looks = Step { evidence: vec![data], ..step("looks", &["a"]) };
        let judges = Step { kind: StepKind::HumanApproval, ..step("judges", &["a"]) };
        let in_a_row = plan(vec![step("a", &[]), step("b", &["a"]), step("c", &["b"]), looks, judges]);
        assert_eq!(in_a_row.parallel_writers(), Vec::<&str>::new());
        let beside = plan(vec![
            step("a", &[]),
            step("b", &["a"]),
            step("c", &["a"]),
            step("d", &["b"]),
            step("e", &["c", "d"]),
        ]);
        assert_eq!(beside.parallel_writers(), ["b", "c", "d"]);
        let cycle = plan(vec![step("a", &["b"]), step("b", &["a"])]);
        assert_eq!(cycle.parallel_writers(), Vec::<&str>::new(), "it ends whatever the plan is");
    }

    #[test]
    fn versions_are_compared_by_step_id() {
        let old = plan(vec![step("a", &[]), step("b", &[])]);
        let new = plan(vec![step("a", &["c"]), step("c", &[])]);
        let difference = compare(&old, &new);
        assert_eq!(
            difference,
            PlanDifference {
                added: vec!["c".into()],
                removed: vec!["b".into()],
                changed: vec!["a".into()],
                frame: false
            }
        );
    }
}
