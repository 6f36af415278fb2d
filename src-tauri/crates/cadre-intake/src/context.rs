//! What the reader knows of the organisation when it reads a request.

use crate::mentions::{NameIndex, NameKind};

/// A member of the organisation, as far as reading needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub name: String,
    pub department: String,
    /// A program; otherwise a person.
    pub is_agent: bool,
}

/// The organisation's names, and what was said before. Build it once per change of the organisation.
#[derive(Debug, Clone, Default)]
pub struct Context {
    members: Vec<Member>,
    projects: Vec<String>,
    previous_turns: Vec<String>,
    names: NameIndex,
}

impl Context {
    pub fn new(members: Vec<Member>, projects: Vec<String>) -> Context {
        let mut names = NameIndex::default();
        for (index, member) in members.iter().enumerate() {
            let kind = if member.is_agent { NameKind::Agent } else { NameKind::Person };
            names.insert(&member.name, kind, index);
        }
        for (index, project) in projects.iter().enumerate() {
            names.insert(project, NameKind::Project, index);
        }
        Context { members, projects, previous_turns: Vec::new(), names }
    }

    /// The user's earlier requests in this conversation, oldest first.
    #[must_use]
    pub fn with_previous_turns(mut self, turns: Vec<String>) -> Context {
        self.previous_turns = turns;
        self
    }

    pub fn members(&self) -> &[Member] {
        &self.members
    }

    pub fn projects(&self) -> &[String] {
        &self.projects
    }

    pub(crate) fn last_turn(&self) -> Option<&str> {
        self.previous_turns.last().map(String::as_str)
    }

    pub(crate) fn names(&self) -> &NameIndex {
        &self.names
    }
}
