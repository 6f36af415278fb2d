//! A workflow as its user designs it: a JSON document of steps, one after another or side by side.
//!
//! ```
//! use cadre_graph::workflow::Document;
//!
//! let document: Document = serde_json::from_str(r#"{"steps": [
//!     {"id": "look", "agent": "scout", "phase": "SCOUT"},
//!     {"parallel": [
//!         [{"id": "design", "agent": "planner"}, {"id": "review", "agent": "critic"}],
//!         [{"id": "measure", "agent": "tester"}]
//!     ]},
//!     {"id": "build", "agent": "builder", "spec": {"with": "care"}}
//! ]}"#)?;
//! let tasks = document.tasks();
//! assert_eq!(tasks[3].depends_on, ["look"], "measure runs beside design");
//! assert_eq!(tasks[4].depends_on, ["review", "measure"], "build waits for both branches");
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Phase, WorkflowTask};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    pub steps: Vec<Part>,
}

/// One step, or branches that run side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Part {
    Branches(Branches),
    Step(Step),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branches {
    pub parallel: Vec<Vec<Part>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub id: String,
    pub agent: String,
    #[serde(default)]
    pub phase: Phase,
    #[serde(default)]
    pub spec: Value,
}

impl Document {
    /// The tasks in the order of the document, each with what it has to wait for.
    pub fn tasks(&self) -> Vec<WorkflowTask> {
        let mut tasks = Vec::new();
        sequence(&self.steps, Vec::new(), &mut tasks);
        tasks
    }
}

/// Adds steps that follow `after`; gives those that the next one follows.
fn sequence(parts: &[Part], after: Vec<String>, tasks: &mut Vec<WorkflowTask>) -> Vec<String> {
    parts.iter().fold(after, |after, part| match part {
        Part::Step(step) => {
            tasks.push(WorkflowTask {
                id: step.id.clone(),
                agent: step.agent.clone(),
                phase: step.phase,
                spec: step.spec.clone(),
                depends_on: after,
            });
            vec![step.id.clone()]
        }
        Part::Branches(branches) => {
            let ends = branches.parallel.iter().map(|branch| sequence(branch, after.clone(), tasks));
            let mut ends: Vec<String> = ends.collect::<Vec<_>>().concat();
            // Branches without steps end where they began.
            let mut seen = std::collections::BTreeSet::new();
            ends.retain(|end| seen.insert(end.clone()));
            if branches.parallel.is_empty() { after } else { ends }
        }
    })
}
