//! The organisation: members, what an agent file says, and the chart that `reports_to` makes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::document;
use crate::effect::{EffectClass, Recovery};

/// An agent's definition: one version of its file, as a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentDefinition {
    pub name: String,
    pub description: String,
    pub kind: AgentKind,
    pub role: MemberRole,
    pub department: String,
    pub reports_to: Option<String>,
    pub capabilities: Vec<String>,
    pub tools: Vec<String>,
    /// `weak`, `base` or `strong`, for model agents.
    pub tier: Option<String>,
    /// For function and ACP agents.
    pub program: Option<String>,
    pub args: Vec<String>,
    pub limits: Limits,
    /// Nano-dollars a project.
    #[serde(with = "document::i64_text")]
    pub budget: i64,
    /// Classes that are asked about even where the policy would allow them.
    pub approvals: Vec<EffectClass>,
    pub evidence: Vec<String>,
    pub recovery: Recovery,
    /// The agent's context: Markdown.
    pub context: String,
    /// Front matter that other programs put there; kept, not read.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentKind {
    Model,
    Function,
    Acp,
    A2a,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// CEO and C-suite.
    Orchestrator,
    /// Head of a department.
    Manager,
    Specialist,
}

/// Hard limits of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub turns: u32,
    pub wall_minutes: u32,
    pub tokens: u32,
    pub output_mib: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { turns: 50, wall_minutes: 30, tokens: 200_000, output_mib: 8 }
    }
}

impl AgentDefinition {
    pub fn hash(&self) -> String {
        document::hash(document::AGENT, self)
    }
}

/// A member as the chart sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    pub name: String,
    pub person: bool,
    pub role: MemberRole,
    pub department: String,
    pub reports_to: Option<String>,
    pub capabilities: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChartProblem {
    #[error("two members are called `{0}`")]
    DuplicateName(String),
    #[error("`{member}` reports to `{missing}`, who is not in the organisation")]
    UnknownManager { member: String, missing: String },
    #[error("members report to each other in a circle: {}", circle.join(" → "))]
    Circle { circle: Vec<String> },
}

/// Everything that is wrong with the chart; empty when it is a forest.
pub fn chart_problems(members: &[Member]) -> Vec<ChartProblem> {
    let mut problems = Vec::new();
    let mut managers: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for member in members {
        if managers.insert(&member.name, member.reports_to.as_deref()).is_some() {
            problems.push(ChartProblem::DuplicateName(member.name.clone()));
        }
    }
    for member in members {
        if let Some(missing) = member.reports_to.as_deref().filter(|manager| !managers.contains_key(manager))
        {
            problems.push(ChartProblem::UnknownManager {
                member: member.name.clone(),
                missing: missing.to_owned(),
            });
        }
    }
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    for start in managers.keys().copied() {
        let mut path: Vec<&str> = Vec::new();
        let mut at = Some(start);
        while let Some(name) = at.filter(|name| !settled.contains(name)) {
            if let Some(begin) = path.iter().position(|seen| *seen == name) {
                let mut circle: Vec<String> = path[begin..].iter().map(|name| (*name).to_owned()).collect();
                circle.push(name.to_owned());
                problems.push(ChartProblem::Circle { circle });
                break;
            }
            path.push(name);
            at = managers.get(name).copied().flatten();
        }
        settled.extend(path);
    }
    problems
}

/// The member best suited for a set of capabilities: most of them covered, then specialists before managers, then by
/// name. `None` when nobody has any.
pub fn best_match<'a>(members: &'a [Member], needs: &[String]) -> Option<&'a Member> {
    let covered = |member: &Member| needs.iter().filter(|need| member.capabilities.contains(need)).count();
    members.iter().filter(|member| covered(member) > 0).max_by_key(|member| {
        (covered(member), member.role == MemberRole::Specialist, std::cmp::Reverse(member.name.clone()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, reports_to: Option<&str>) -> Member {
        Member {
            name: name.into(),
            person: false,
            role: MemberRole::Specialist,
            department: "engineering".into(),
            reports_to: reports_to.map(Into::into),
            capabilities: vec![name.to_owned()],
        }
    }

    fn check(members: &[Member], expected: &[&str]) {
        let problems: Vec<String> = chart_problems(members).iter().map(ToString::to_string).collect();
        assert_eq!(problems, expected);
    }

    #[test]
    fn a_broken_chart_is_explained() {
        check(&[member("a", None), member("b", Some("a"))], &[]);
        check(&[member("a", Some("x"))], &["`a` reports to `x`, who is not in the organisation"]);
        check(
            &[member("a", Some("b")), member("b", Some("c")), member("c", Some("a")), member("d", Some("a"))],
            &["members report to each other in a circle: a → b → c → a"],
        );
        check(&[member("a", Some("a"))], &["members report to each other in a circle: a → a"]);
        check(&[member("a", None), member("a", None)], &["two members are called `a`"]);
    }

    #[test]
    fn the_best_match_covers_most() {
        let mut both = member("b", None);
        both.capabilities = vec!["x".into(), "y".into()];
        let mut one = member("a", None);
        one.capabilities = vec!["x".into()];
        let members = [one, both];
        let best = |needs: &[&str]| {
            let needs: Vec<String> = needs.iter().map(|need| (*need).to_owned()).collect();
            best_match(&members, &needs).map(|member| member.name.clone())
        };
        assert_eq!(best(&["x", "y"]).as_deref(), Some("b"));
        assert_eq!(best(&["x"]).as_deref(), Some("a"), "equal cover goes by name, so that it is stable");
        assert_eq!(best(&["z"]), None, "a capability that nobody has is a gap, not a guess");
    }
}
