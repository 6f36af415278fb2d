//! Asking a model for an answer of a given shape, outside of any run: for intake and for planning.

use std::time::Duration;

use cadre_models::catalogue::Tier;
use cadre_models::chat::{Message, OutputSchema};
use cadre_models::routing::choose;
use cadre_models::{ChatRequest, ChatResponse};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::gate::GateError;
use crate::gateway::{self, Call, Called, Purpose};
use crate::shared::Shared;

/// What is asked.
pub(crate) struct Question {
    pub(crate) purpose: Purpose,
    pub(crate) tier: Tier,
    pub(crate) system: String,
    pub(crate) text: String,
    pub(crate) shape: OutputSchema,
    pub(crate) max_output_tokens: u32,
    pub(crate) within: Duration,
}

/// An answer of the shape that was asked for.
pub(crate) struct Answered {
    pub(crate) value: Value,
    /// The model, as records name who answered: `model:<name>`.
    pub(crate) by: String,
}

/// Why there is no answer. The work goes on without the model, and says so.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    #[error("no model is enabled")]
    NoModel,
    #[error("the limit on money has no room for it")]
    NoRoom,
    #[error("{0}")]
    Failed(String),
    #[error(transparent)]
    Gate(#[from] GateError),
    #[error(transparent)]
    Read(#[from] cadre_store::ReadError),
}

/// A conversation about one answer, so that it can be told what was wrong with it.
pub(crate) struct Asking<'a> {
    shared: &'a Shared,
    cancelled: &'a CancellationToken,
    question: Question,
    request: ChatRequest,
    choice: cadre_models::routing::Choice,
}

impl<'a> Asking<'a> {
    pub(crate) async fn new(
        shared: &'a Shared,
        cancelled: &'a CancellationToken,
        question: Question,
    ) -> Result<Asking<'a>, NoAnswer> {
        let candidates = shared.candidates(question.purpose.project.as_deref()).await?;
        let choice = choose(&candidates, question.tier).ok_or(NoAnswer::NoModel)?;
        let mut request = ChatRequest::new(&choice.candidate.model, &question.text);
        request.system = Some(question.system.clone());
        request.output_schema = Some(question.shape.clone());
        request.max_output_tokens = question.max_output_tokens;
        request.limits.total = question.within;
        Ok(Asking { shared, cancelled, question, request, choice })
    }

    /// The answer; one of another shape is told once what is wrong with it.
    pub(crate) async fn answer(&mut self) -> Result<Answered, NoAnswer> {
        let (message, repair) = match self.call().await? {
            Ok(answered) => return Ok(answered),
            Err(failed) => failed,
        };
        let Some((answer, hint)) = repair else { return Err(NoAnswer::Failed(message)) };
        self.object(answer, hint);
        self.call().await?.map_err(|(message, _)| NoAnswer::Failed(message))
    }

    /// Tells the model what is wrong with its answer.
    pub(crate) fn object(&mut self, answer: String, hint: String) {
        let said = cadre_models::chat::AssistantMessage { text: answer, ..Default::default() };
        self.request.messages.push(Message::Assistant(said));
        self.request.messages.push(Message::User { text: hint });
    }

    async fn call(&self) -> Result<Result<Answered, (String, Option<(String, String)>)>, NoAnswer> {
        let key = format!("{}/{}", self.question.purpose.name, self.shared.host.id());
        let call =
            Call { key: &key, purpose: &self.question.purpose, choice: &self.choice, request: &self.request };
        Ok(match gateway::call(self.shared, call, self.cancelled).await? {
            Called::Answered { response } => Ok(self.answered(*response)),
            Called::NoRoom { .. } => return Err(NoAnswer::NoRoom),
            Called::Failed { message, repair, .. } => {
                Err((message, repair.map(|repair| (repair.answer, repair.hint))))
            }
        })
    }

    fn answered(&self, response: ChatResponse) -> Answered {
        let by = format!("model:{}", self.choice.candidate.model);
        Answered { value: response.structured.unwrap_or(Value::Null), by }
    }
}
