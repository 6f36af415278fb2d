//! The hard limits on a program's work: looked at before it starts and before each prompt, and inside a turn whenever it
//! says what it used. At a limit its turn is ended, then a person is asked. While this run waits for a person, its program
//! is looked after by `agent_programs`.

use cadre_core::budget::{DOLLAR, Room};
use cadre_graph::NodeError;

use super::{RunOutcome, Work};
use crate::agent_programs::LeftAlone;
use crate::gateway::want_of_room;
use crate::run_graph::conversation::Role;
use crate::run_graph::limits;

/// What a turn costs is known afterwards. Where less than a cent is left, there is no room for one.
const A_CENT: i64 = DOLLAR / 100;

impl Work<'_> {
    /// Asks a person where a limit leaves no room for a turn. Gives the outcome when the run ends here.
    pub(super) async fn room_for_a_turn(&mut self) -> Result<Option<RunOutcome>, NodeError> {
        if let Some(stopped) = limits::within(self.context, &self.doer, &mut self.limits).await? {
            return Ok(Some(stopped));
        }
        let needed = self.costliest.max(A_CENT);
        while let Some(room) = self.want_of(needed).await? {
            if let Some(stopped) = limits::no_room(self.context, &self.doer, room, needed, "").await? {
                return Ok(Some(stopped));
            }
        }
        Ok(None)
    }

    /// Whether the turn that is under way has reached a limit.
    pub(super) async fn is_over_a_limit(&self) -> Result<bool, NodeError> {
        Ok(self.limits.reached(self.worked).is_some() || self.want_of(1).await?.is_some())
    }

    async fn want_of(&self, needed: i64) -> Result<Option<Room>, NodeError> {
        self.context
            .step("acp_room", &needed.to_string(), || async {
                let shared = self.shared;
                let room = want_of_room(&shared.store, &self.purpose, needed, shared.host.now()).await;
                room.map_err(|error| NodeError::Store(error.to_string()))
            })
            .await
    }

    /// What the program has left while this run waits for a person.
    pub(super) fn left_alone(&self) -> Option<LeftAlone> {
        let left = self.limits.work_left(self.worked).as_micros();
        self.in_a_turn.then(|| LeftAlone {
            since: self.shared.host.now(),
            work_left: left.try_into().unwrap_or(i64::MAX),
            heard: self.limits.alone(),
            most_tokens: self.limits.most_tokens(),
        })
    }

    /// Tells the program to end its turn; what it says until then is still heard.
    pub(super) async fn end_turn(&mut self) -> Result<(), NodeError> {
        self.ending = true;
        let run = self.input.run.as_str();
        self.context
            .effect("acp_cancel", &self.turns, |_| async {
                if let Some(session) = self.shared.programs.session(run) {
                    session.cancel();
                }
                Ok(())
            })
            .await?;
        self.conversation.say(Role::System, "cadre", "A limit is reached; its turn is ended.", None).await
    }
}
