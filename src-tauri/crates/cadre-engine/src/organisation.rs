//! The organisation as it is now: the shipped pack becomes agent files, agent files become members.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::{fs, io};

use cadre_core::org::{AgentDefinition, ChartProblem, Member, MemberRole, chart_problems};
use cadre_store::aggregates::member::{MemberRow, MemberSaved, member_is_new};
use cadre_store::{Batch, ReadError, Store, WriteError, value_part};
use serde_json::json;

use crate::agent_file::{self, AgentFileError};
use crate::pack;

/// The name of the person at the top until they give another.
pub const OWNER: &str = "owner";

#[derive(Debug, thiserror::Error)]
pub enum OrganisationError {
    #[error("{path}: {source}")]
    Folder { path: String, source: io::Error },
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// An agent file that was refused; the version before it stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Relative to the agents folder.
    pub path: String,
    pub reason: RefusedReason,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefusedReason {
    #[error(transparent)]
    File(#[from] AgentFileError),
    #[error(transparent)]
    Chart(#[from] ChartProblem),
    #[error("the file could not be read: {0}")]
    Unreadable(String),
    #[error("a person has denied this version; change the file, or put the version before back")]
    Denied,
}

/// Puts the company pack's files into a workspace that has none, and its members into the store.
///
/// # Errors
/// The folder or the store failed.
pub async fn install_pack(store: &Store, folder: &Path) -> Result<(), OrganisationError> {
    let agents = folder.join("agents");
    for (path, text) in pack::agent_files() {
        let file = agents.join(path);
        let failed = |source| OrganisationError::Folder { path: file.display().to_string(), source };
        if file.exists() {
            continue;
        }
        fs::create_dir_all(file.parent().unwrap_or(&agents)).map_err(failed)?;
        let mut copy = tempfile::NamedTempFile::new_in(file.parent().unwrap_or(&agents)).map_err(failed)?;
        io::Write::write_all(&mut copy, text.as_bytes()).map_err(failed)?;
        copy.persist(&file).map_err(|error| failed(error.error))?;
    }
    let mut batch = Batch::new();
    batch.add(&owner());
    for agent in pack::agents() {
        batch.add(&MemberSaved::of_agent(&agent));
    }
    store.write(batch).await?;
    Ok(())
}

/// A person who is added to the organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// Unique among all members.
    pub name: String,
    /// What they do, in their own words.
    pub role: String,
    pub department: String,
    pub reports_to: String,
    /// For example `Mon-Fri 09:00-17:00`.
    pub working_hours: Option<String>,
    /// Who answers for them while they are away.
    pub deputy: Option<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum AddPersonError {
    #[error("a name has 1 to 64 letters, digits, spaces, dots and hyphens")]
    Name,
    #[error("`{0}` is in the organisation already")]
    Taken(String),
    #[error("`{0}` is not in the organisation")]
    Unknown(String),
    #[error("there is no department `{0}`")]
    Department(String),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// Adds a person to the chart.
///
/// # Errors
/// The name is taken or odd, or the department, manager or deputy does not exist.
pub async fn add_person(store: &Store, person: NewPerson) -> Result<(), AddPersonError> {
    let name = person.name.trim().to_owned();
    let plain = |letter: char| letter.is_alphanumeric() || " .-".contains(letter);
    if name.is_empty() || name.chars().count() > 64 || !name.chars().all(plain) {
        return Err(AddPersonError::Name);
    }
    let members = store.members().await?;
    let known = |wanted: &str| members.iter().any(|member| member.name == wanted);
    if known(&name) {
        return Err(AddPersonError::Taken(name));
    }
    if !members.iter().any(|member| member.department == person.department) {
        return Err(AddPersonError::Department(person.department));
    }
    if let Some(unknown) =
        [Some(&person.reports_to), person.deputy.as_ref()].into_iter().flatten().find(|it| !known(it))
    {
        return Err(AddPersonError::Unknown(unknown.clone()));
    }
    let mut batch = Batch::new();
    batch.guard(member_is_new(&name)).add(&MemberSaved {
        kind: "person".into(),
        role: person.role.clone(),
        department: person.department.clone(),
        reports_to: Some(person.reports_to.clone()),
        lifecycle: "active".into(),
        version: String::new(),
        definition: value_part(json!({
            "name": name, "role": person.role, "working_hours": person.working_hours, "deputy": person.deputy,
        })),
        name: name.clone(),
    });
    match store.write(batch).await {
        Ok(_) => Ok(()),
        Err(WriteError::Refused { .. }) => Err(AddPersonError::Taken(name)),
        Err(error) => Err(error.into()),
    }
}

fn owner() -> MemberSaved {
    MemberSaved {
        name: OWNER.into(),
        kind: "person".into(),
        role: "owner".into(),
        department: "orchestrator".into(),
        reports_to: None,
        lifecycle: "active".into(),
        version: String::new(),
        definition: value_part(json!({ "name": OWNER })),
    }
}

/// Reads every agent file of a workspace. A broken file is refused and named; the others count. `members` are those
/// that there are: people, and agents whose files are gone, can be reported to all the same.
pub(crate) fn read_agent_files(folder: &Path, members: &[MemberRow]) -> (Vec<AgentDefinition>, Vec<Refused>) {
    let root = folder.join("agents");
    let (mut agents, mut refused) = (Vec::new(), Vec::new());
    for (path, department) in markdown_files(&root) {
        let relative = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        let read = fs::read_to_string(&path).map_err(|error| RefusedReason::Unreadable(error.to_string()));
        let parsed = read.and_then(|text| Ok(agent_file::parse(&text, &department)?));
        match parsed {
            Ok(agent) => agents.push(agent),
            Err(reason) => refused.push(Refused { path: relative, reason }),
        }
    }
    let filed: BTreeSet<&str> = agents.iter().map(|agent| agent.name.as_str()).collect();
    let others = members.iter().filter(|row| !filed.contains(row.name.as_str())).map(without_definition);
    let members: Vec<Member> = agents.iter().map(member_of).chain(others).collect();
    for problem in chart_problems(&members) {
        let path = match &problem {
            ChartProblem::DuplicateName(name) => name.clone(),
            ChartProblem::UnknownManager { member, .. } => member.clone(),
            ChartProblem::Circle { circle } => {
                circle.iter().find(|name| filed.contains(name.as_str())).cloned().unwrap_or_default()
            }
        };
        if !filed.contains(path.as_str()) {
            continue; // no file could mend it
        }
        refused.push(Refused { path, reason: problem.into() });
    }
    (agents, refused)
}

/// `(file, department)` of `agents/<department>/<name>.md`, sorted.
fn markdown_files(root: &Path) -> Vec<(std::path::PathBuf, String)> {
    let mut files = Vec::new();
    for department in fs::read_dir(root).into_iter().flatten().flatten() {
        let name = department.file_name().to_string_lossy().into_owned();
        for file in fs::read_dir(department.path()).into_iter().flatten().flatten() {
            if file.path().extension().is_some_and(|extension| extension == "md") {
                files.push((file.path(), name.clone()));
            }
        }
    }
    files.sort();
    files
}

pub(crate) fn member_of(agent: &AgentDefinition) -> Member {
    Member {
        name: agent.name.clone(),
        person: false,
        role: agent.role,
        department: agent.department.clone(),
        reports_to: agent.reports_to.clone(),
        capabilities: agent.capabilities.clone(),
    }
}

/// The chart as the planner sees it.
///
/// # Errors
/// The store failed.
pub(crate) async fn chart(store: &Store) -> Result<Vec<Member>, ReadError> {
    Ok(store.members_with_definitions().await?.iter().map(member).collect())
}

fn member((row, definition): &(MemberRow, Option<Arc<AgentDefinition>>)) -> Member {
    match definition {
        Some(definition) => member_of(definition),
        None => without_definition(row),
    }
}

/// A person; or an agent where only its place in the chart counts.
fn without_definition(row: &MemberRow) -> Member {
    Member {
        name: row.name.clone(),
        person: row.kind == "person",
        role: MemberRole::Specialist,
        department: row.department.clone(),
        reports_to: row.reports_to.clone(),
        capabilities: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_file_is_refused_and_the_others_count() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let department = folder.path().join("agents/engineering");
        fs::create_dir_all(&department).expect("is made");
        let write = |name: &str, text: &str| fs::write(department.join(name), text).expect("is written");
        write("good.md", "---\nname: good\ndescription: works\n---\n");
        write("broken.md", "---\nname: broken\n---\n");
        write("lost.md", "---\nname: lost\ndescription: x\nreports_to: nobody\n---\n");
        let (agents, refused) = read_agent_files(folder.path(), &[]);
        assert_eq!(agents.iter().map(|agent| agent.name.as_str()).collect::<Vec<_>>(), ["good", "lost"]);
        let reasons: Vec<String> = refused.iter().map(|it| format!("{}: {}", it.path, it.reason)).collect();
        assert!(reasons[0].starts_with("engineering/broken.md: line "), "{reasons:?}");
        assert_eq!(reasons[1], "lost: `lost` reports to `nobody`, who is not in the organisation");
    }
}
