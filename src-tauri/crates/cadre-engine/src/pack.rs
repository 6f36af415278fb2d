//! The company pack that ships: agent files, plan templates, the vocabulary of capabilities.

use cadre_core::org::AgentDefinition;

use crate::agent_file;
use crate::templates::Template;

/// `(path in the pack, content)`.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/company_pack.rs"));

/// The agent files, as `(path below agents/, content)`.
pub(crate) fn agent_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES.iter().filter_map(|(path, text)| Some((path.strip_prefix("agents/")?, *text)))
}

/// The definitions in the pack. They are checked by a test, so reading them does not fail.
pub(crate) fn agents() -> Vec<AgentDefinition> {
    agent_files()
        .map(|(path, text)| {
            let folder = path.split('/').next().unwrap_or_default();
            agent_file::parse(text, folder).expect("a test reads every file of the pack")
        })
        .collect()
}

pub(crate) fn templates() -> Vec<Template> {
    FILES
        .iter()
        .filter(|(path, _)| path.starts_with("plans/"))
        .map(|(_, text)| Template::parse(text).expect("a test reads every template of the pack"))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use cadre_core::org::{Member, MemberRole, chart_problems};

    use super::*;

    #[test]
    fn every_file_of_the_pack_reads_and_the_chart_holds() {
        for (path, text) in agent_files() {
            let (folder, file) = path.split_once('/').expect("agents/<department>/<name>.md");
            let agent = agent_file::parse(text, folder).unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(format!("{}.md", agent.name), file, "a file is called as its agent");
            assert_eq!(agent.department, folder, "{path} lies in its department");
            assert!(
                agent.unknown.is_empty(),
                "{path} has fields that Cadre does not know: {:?}",
                agent.unknown
            );
        }
        let members: Vec<Member> = agents()
            .into_iter()
            .map(|agent| Member {
                name: agent.name,
                person: false,
                role: agent.role,
                department: agent.department,
                reports_to: agent.reports_to,
                capabilities: agent.capabilities,
            })
            .collect();
        assert_eq!(chart_problems(&members), [], "the shipped chart is a tree");
        let roots: Vec<&str> = members
            .iter()
            .filter(|member| member.reports_to.is_none())
            .map(|member| member.name.as_str())
            .collect();
        assert_eq!(roots, ["ceo-orchestrator"], "one agent at the top, below the person");
    }

    #[test]
    fn each_department_has_a_manager_and_specialists() {
        let mut specialists: BTreeMap<String, u32> = BTreeMap::new();
        let mut managers = BTreeSet::new();
        for agent in agents() {
            match agent.role {
                MemberRole::Specialist => *specialists.entry(agent.department).or_default() += 1,
                MemberRole::Manager => drop(managers.insert(agent.department)),
                MemberRole::Orchestrator => {}
            }
        }
        for department in ["marketing", "engineering", "operations", "finance", "hr"] {
            assert!(managers.contains(department), "{department} has a manager");
            assert!(specialists[department] >= 2, "{department} has at least two individual agents");
        }
    }

    #[test]
    fn every_template_reads_and_names_members_that_exist() {
        let names: BTreeSet<String> = agents().into_iter().map(|agent| agent.name).collect();
        for (path, text) in FILES.iter().filter(|(path, _)| path.starts_with("plans/")) {
            let template = Template::parse(text).unwrap_or_else(|error| panic!("{path}: {error}"));
            let plan = template.plan("the request", |_| None);
            assert_eq!(
                plan.problems(|name| names.contains(name)),
                [],
                "{path} makes a plan that can be approved"
            );
        }
        assert!(templates().len() >= 10, "there are templates enough to choose from");
    }
}
