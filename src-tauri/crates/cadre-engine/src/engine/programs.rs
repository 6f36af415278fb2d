//! Agent programs on this machine: which are installed, and adding one to the organisation.

use std::io::Write as _;
use std::path::Path;

use cadre_agents::acp::{KNOWN, KnownProgram, search_places};
use cadre_core::org::{AgentKind, ChartProblem};
use cadre_store::aggregates::decision::DecisionMade;
use cadre_store::aggregates::member::{MemberSaved, member_is_new};
use cadre_store::{Batch, ReadError, WriteError};

use super::Engine;
use crate::agent_file;

/// The department that added programs belong to until their file says otherwise.
const DEPARTMENT: &str = "engineering";
const MANAGER: &str = "engineering-manager-orchestrator";

/// A program that Cadre knows how to talk to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramView {
    pub id: String,
    pub title: String,
    /// Where it is; `None` when it is not installed.
    pub path: Option<String>,
    /// The member that it is, if it was added.
    pub member: Option<String>,
    /// The command by which a person signs in.
    pub sign_in: String,
}

#[derive(Debug, thiserror::Error)]
pub enum AddProgramError {
    #[error("there is no agent program `{0}` that Cadre knows")]
    Unknown(String),
    #[error("`{0}` was not found on the PATH of Cadre")]
    NotInstalled(String),
    #[error("there is a member or a file called `{0}` already")]
    Taken(String),
    #[error(transparent)]
    Chart(#[from] ChartProblem),
    #[error("its agent file could not be written: {0}")]
    File(std::io::Error),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Engine {
    /// The programs that Cadre knows, installed or not.
    ///
    /// # Errors
    /// The store failed.
    pub async fn agent_programs(&self) -> Result<Vec<ProgramView>, ReadError> {
        let mut members = Vec::new();
        for row in self.store().members().await?.iter().filter(|row| row.kind == "acp") {
            let definition = self.store().agent_definition(row).await?;
            members.push((definition.program.unwrap_or_default(), row.name.clone()));
        }
        let places = search_places();
        let view = |known: &'static KnownProgram| ProgramView {
            id: known.id.into(),
            title: known.title.into(),
            path: known.find(&places).map(|found| found.display().to_string()),
            member: members
                .iter()
                .find(|(program, _)| KnownProgram::of(program) == Some(known))
                .map(|(_, name)| name.clone()),
            sign_in: known.sign_in.into(),
        };
        Ok(KNOWN.iter().map(view).collect())
    }

    /// Makes an installed program a member: its file, its first version, and the decision that it is wanted.
    ///
    /// # Errors
    /// It is not known, not installed or a member already, or the file or the store failed.
    pub async fn add_agent_program(
        &self,
        id: &str,
        by: &str,
        channel: &str,
    ) -> Result<String, AddProgramError> {
        let known = KNOWN.iter().find(|known| known.id == id);
        let known = known.ok_or_else(|| AddProgramError::Unknown(id.to_owned()))?;
        let found = known.find(&search_places());
        let found = found.ok_or_else(|| AddProgramError::NotInstalled(known.commands.join("` or `")))?;
        let command = found.file_name().and_then(|name| name.to_str()).unwrap_or(known.commands[0]);
        let text = agent_text(known, command);
        let agent =
            agent_file::parse(&text, DEPARTMENT).expect("a test reads the file of each known program");
        debug_assert_eq!(agent.kind, AgentKind::Acp);
        if let Some(problem) = self.chart_problem_with(&agent).await? {
            return Err(problem.into());
        }
        let file = self.workspace().join("agents").join(DEPARTMENT).join(format!("{id}.md"));
        let mut batch = Batch::new();
        batch.guard(member_is_new(id)).add(&MemberSaved::of_agent(&agent));
        batch.add(&DecisionMade {
            id: self.inner.shared.host.id(),
            subject: "agent_program".into(),
            project: None,
            answers: None,
            decision: "add".into(),
            reason: None,
            action_hash: Some(agent.hash()),
            by: by.to_owned(),
            channel: channel.to_owned(),
        });
        if file.exists() {
            return Err(AddProgramError::Taken(id.to_owned()));
        }
        match self.store().write(batch).await {
            Ok(_) => {}
            Err(WriteError::Refused { .. }) => return Err(AddProgramError::Taken(id.to_owned())),
            Err(error) => return Err(error.into()),
        }
        // After its version is on record, so that whoever watches the folder finds nothing new in it.
        write_new(&file, &text).map_err(AddProgramError::File)?;
        Ok(agent.name)
    }
}

fn write_new(file: &Path, text: &str) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(file);
    std::fs::create_dir_all(folder)?;
    let mut copy = tempfile::NamedTempFile::new_in(folder)?;
    copy.write_all(text.as_bytes())?;
    copy.as_file().sync_all()?;
    copy.persist_noclobber(file)?;
    Ok(())
}

fn agent_text(known: &KnownProgram, command: &str) -> String {
    let KnownProgram { id, title, args, .. } = known;
    let args: Vec<String> = args.iter().map(|arg| format!("\"{arg}\"")).collect();
    format!(
        "---
name: {id}
description: Carries out coding work with {title}, a program of its own maker on this machine
kind: acp
role: specialist
department: {DEPARTMENT}
reports_to: {MANAGER}
capabilities: [code_implementation, bug_diagnosis, test_writing]
program: {command}
args: [{}]
limits: {{ wall_minutes: 60, output_mib: 64, tokens: 2000000 }}
---

You carry out one step of a larger plan, alone, in the project's folder. Nobody reads along while you work, and each
thing that you want to change is put before a person, so change only what the task needs.

- Read what is there before you change it. Keep to the style that you find.
- Write the files that the task names, where it names them.
- Run what shows that it works, if the task has such a command. If something fails, say so; do not hide it.
- At the end say in a few sentences what you did, what you did not do, and what a person should look at.
",
        args.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_known_programs_file_can_be_read() {
        for known in KNOWN {
            for command in known.commands {
                let agent =
                    agent_file::parse(&agent_text(known, command), DEPARTMENT).expect("it is an agent file");
                assert_eq!((agent.name.as_str(), agent.kind), (known.id, AgentKind::Acp));
                assert_eq!(agent.program.as_deref(), Some(*command));
                assert_eq!(agent.args, known.args);
                assert!(agent.tools.is_empty(), "it gets no sign-in that nobody granted");
            }
        }
    }
}
