//! What is said in a run, as it is recorded.

use cadre_graph::{Context, NodeError};
use cadre_store::aggregates::conversation::RunMessage;
use cadre_store::{Record as _, value_part};
use serde_json::{Value, json};

use super::RunInput;

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// What the agent was given to do.
    Task,
    Agent,
    Tool,
    /// Cadre itself: a limit, a failure, another attempt.
    System,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::Task => "task",
            Role::Agent => "agent",
            Role::Tool => "tool",
            Role::System => "system",
        }
    }
}

/// A run's conversation: counts its messages, so that each is recorded once whatever is replayed.
pub(crate) struct Conversation<'a> {
    context: &'a Context,
    input: &'a RunInput,
    place: u32,
}

impl<'a> Conversation<'a> {
    pub(crate) fn new(context: &'a Context, input: &'a RunInput) -> Self {
        Conversation { context, input, place: 0 }
    }

    /// Records a message. `name` is who says it; `data` belongs to it beside its text.
    pub(crate) async fn say(
        &mut self,
        role: Role,
        name: &str,
        text: &str,
        data: Option<Value>,
    ) -> Result<(), NodeError> {
        let place = self.place;
        self.place += 1;
        self.context.record(
            RunMessage {
                run: self.input.run.clone(),
                place,
                project: self.input.project.clone(),
                step: self.input.step.clone(),
                role: role.name().into(),
                name: name.to_owned(),
                text: value_part(json!(text)),
                data: data.map(value_part),
            }
            .to_host(),
        );
        // The recorded call commits the message in one transaction with itself, so that a replay knows of it.
        self.context.step("said", &place, || async { Ok(()) }).await
    }
}
