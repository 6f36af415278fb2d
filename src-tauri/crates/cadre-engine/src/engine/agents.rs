//! Agent files and the members they make: what changed in the folder becomes a version, or waits, or is refused.

use std::collections::HashMap;

use cadre_core::org::{AgentDefinition, ChartProblem};
use cadre_graph::{CheckpointError, RunError, StartOptions};
use cadre_store::aggregates::member::MemberSaved;
use cadre_store::{Batch, ReadError, WriteError};

use super::Engine;
use crate::agent_change;
use crate::organisation::{OWNER, Refused, RefusedReason, read_agent_files};

/// What a look at the agents folder came to, by agent name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AgentsRead {
    /// Live now.
    pub saved: Vec<String>,
    /// Wait for a person, because they would widen what an agent may do.
    pub waiting: Vec<String>,
    /// Refused; the version before stays.
    pub refused: Vec<Refused>,
}

#[derive(Debug, thiserror::Error)]
pub enum AgentsError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Start(#[from] RunError),
}

impl Engine {
    /// Reads the agents folder and takes over what changed.
    ///
    /// # Errors
    /// The store failed. A broken file is not an error: it is refused and named.
    pub async fn read_agents(&self) -> Result<AgentsRead, AgentsError> {
        let members = self.store().members().await?;
        let versions: HashMap<&str, &str> =
            members.iter().map(|row| (row.name.as_str(), row.version.as_str())).collect();
        let (agents, refused) = read_agent_files(self.workspace(), &members);
        let mut read = AgentsRead { refused, ..AgentsRead::default() };
        let broken = |read: &AgentsRead, name: &str| {
            read.refused.iter().any(|it| it.path == name && matches!(it.reason, RefusedReason::Chart(_)))
        };
        for agent in agents {
            let unchanged = versions.get(agent.name.as_str()) == Some(&agent.hash().as_str());
            if unchanged || broken(&read, &agent.name) {
                continue;
            }
            self.take_over(&agent, &mut read).await?;
        }
        Ok(read)
    }

    async fn take_over(&self, agent: &AgentDefinition, read: &mut AgentsRead) -> Result<(), AgentsError> {
        let row = self.store().member(&agent.name).await?;
        if row.as_ref().is_some_and(|row| row.version == agent.hash()) {
            return Ok(());
        }
        let before = match &row {
            Some(row) if row.kind == "person" => {
                let reason = ChartProblem::DuplicateName(agent.name.clone()).into();
                read.refused.push(Refused { path: agent.name.clone(), reason });
                return Ok(());
            }
            Some(row) => Some(self.store().agent_definition(row).await?),
            None => None,
        };
        if let Some(problem) = self.chart_problem_with(agent).await? {
            read.refused.push(Refused { path: agent.name.clone(), reason: problem.into() });
            return Ok(());
        }
        let widens = agent_change::widens(before.as_ref(), agent);
        if widens.is_empty() {
            let mut batch = Batch::new();
            batch.add(&MemberSaved::of_agent(agent));
            self.store().write(batch).await?;
            read.saved.push(agent.name.clone());
            return Ok(());
        }
        let thread = agent_change::thread(agent, row.as_ref());
        let input = agent_change::input(agent, &widens);
        let options = StartOptions { actor: OWNER.into(), ..StartOptions::default() };
        match self.inner.runner.start(&self.inner.agent_graph, &thread, input, options).await {
            // It waits already, or was denied: the same change is not asked about twice.
            Ok(()) | Err(RunError::Checkpoint(CheckpointError::ThreadExists { .. })) => {}
            Err(error) => return Err(error.into()),
        }
        if self.store().thread_is_open(&thread).await? {
            self.raise_change(&thread).await?;
            read.waiting.push(agent.name.clone());
        } else {
            let reason = RefusedReason::Denied;
            read.refused.push(Refused { path: agent.name.clone(), reason });
        }
        Ok(())
    }

    /// Has the change wait in the Inbox. A host that only records does this too: nothing is carried out by it.
    async fn raise_change(&self, thread: &str) -> Result<(), AgentsError> {
        if self.carries() {
            self.wake(thread);
        } else {
            self.inner.runner.advance(&self.inner.agent_graph, thread).await?;
        }
        Ok(())
    }

    /// What would be wrong with the chart if this agent were in it as its file says.
    pub(super) async fn chart_problem_with(
        &self,
        agent: &AgentDefinition,
    ) -> Result<Option<ChartProblem>, ReadError> {
        // Only upwards: what an agent adds to the chart is one edge, and the chart may have thousands.
        let mut way = vec![agent.name.clone()];
        let mut above = agent.reports_to.clone();
        while let Some(manager) = above {
            if manager == agent.name {
                way.push(manager);
                return Ok(Some(ChartProblem::Circle { circle: way }));
            }
            let row = self.store().member(&manager).await?;
            if row.is_none() && way.len() == 1 {
                return Ok(Some(ChartProblem::UnknownManager {
                    member: agent.name.clone(),
                    missing: manager,
                }));
            }
            if way.contains(&manager) {
                break; // a circle of others
            }
            way.push(manager);
            above = row.and_then(|row| row.reports_to);
        }
        Ok(None)
    }
}
