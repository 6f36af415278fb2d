//! Answering what threads ask.

use serde_json::Value;

use super::{RunError, Runner};
use crate::checkpoint::{HostRecord, Park, Wake};
use crate::interrupt::{AnswerRefused, Interrupt, Question};

impl Runner {
    /// What a thread asks, oldest first.
    ///
    /// # Errors
    /// The store failed.
    pub async fn questions(&self, thread: &str) -> Result<Vec<Question>, RunError> {
        let parked = self.checkpointer.parked(thread).await?;
        let open = parked.into_iter().filter(|parked| parked.answer.is_none());
        let asked = open.filter_map(|parked| match &parked.park {
            Park::Interrupt(interrupt) => {
                Some(Question { id: parked.wake_of(thread), interrupt: Interrupt::clone(interrupt) })
            }
            _ => None,
        });
        Ok(asked.collect())
    }

    /// Answers a question, once; questions are answered in any order. The same answer again changes nothing.
    ///
    /// # Errors
    /// The question is not asked (any more), has expired, had another answer, or does not take this one.
    pub async fn answer(
        &self,
        question: &Wake,
        answer: Value,
        records: Vec<HostRecord>,
    ) -> Result<(), RunError> {
        let parked = self.checkpointer.parked(&question.thread).await?;
        let here = parked.iter().find(|it| it.task == question.task && it.position == question.position);
        let asked = here.ok_or(AnswerRefused::NotAsked)?;
        let Park::Interrupt(interrupt) = &asked.park else { return Err(AnswerRefused::NotAsked.into()) };
        // What was answered in time stays answered: only the store knows whether it was with the same.
        if asked.answer.is_none() {
            interrupt.takes(&answer, self.clock.now())?;
        }
        Ok(self.checkpointer.wake(question, answer, records).await?)
    }
}
