//! What the program asks for: leave to act, files to be written. Both go the way of every effect.

use cadre_agents::acp::ToolUse;
use cadre_agents::folder::FileHash;
use cadre_core::effect::{Action, EffectClass, TextDiff};
use cadre_core::failure::Category;
use cadre_graph::NodeError;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Given, Work};
use crate::gate::reconcile::hash_now;
use crate::gate::{Begun, EffectOutcome};
use crate::run_graph::conversation::Role;
use crate::run_graph::perform::{Asked, NotDone, Permitted, attempt, permitted, settle_unknown};

/// A yes that was given, with the effect's key.
#[derive(Serialize, Deserialize)]
struct Yes {
    key: String,
    /// Whether the program was still there to hear it.
    heard: bool,
}

impl Work<'_> {
    /// Asks the policy and a person, then tells the program. That it acts is recorded before it hears so.
    pub(super) async fn permission(&mut self, request: u64, tool: ToolUse) -> Result<(), NodeError> {
        let asked = Asked { action: self.tool_action(&tool), allowed: None };
        let (action, permission) = match permitted(self.shared, self.context, &self.doer, asked).await? {
            Permitted::Go(action, permission) => (action, permission),
            Permitted::No(why) => {
                self.answer_no(request, &tool, why).await?;
                return Ok(());
            }
        };
        let (shared, run, place) = (self.shared, self.input.run.as_str(), self.place());
        let yes: Yes = self
            .context
            .effect("effect", &action.hash(), |key| async {
                let (key, cancelled) = (key.0, self.context.cancelled());
                let now = shared.host.now();
                let begun = shared.gate.begin(&key, permission, &action, &place, now, cancelled).await?;
                if begun != Begun::Now {
                    return Ok(Yes { key, heard: true }); // what came of it is found out when the program is missed
                }
                let heard = shared.programs.session(run).is_some_and(|session| session.permit(request, true));
                if !heard {
                    let gone = EffectOutcome::failed(
                        Category::AgentUnavailable,
                        "the agent's program had ended, or its turn",
                    );
                    shared.gate.end(&key, &gone).await?;
                }
                Ok(Yes { key, heard })
            })
            .await?;
        if yes.heard {
            // Leave to look is no leave to change.
            if action.class() != EffectClass::Read {
                self.agreed.extend(tool.locations.iter().cloned());
                self.agreed.extend(tool.diffs.iter().map(|diff| diff.path.clone()));
            }
            self.given.entry(tool.id).or_default().push(Given { key: yes.key, action: *action });
        }
        Ok(())
    }

    /// Writes a file for the program, exactly as it was given.
    pub(super) async fn write(
        &mut self,
        request: u64,
        path: String,
        content: String,
    ) -> Result<(), NodeError> {
        let folder = self.input.folder.as_str();
        let before: Result<Option<String>, String> = self
            .context
            .step("before", &path, || async {
                Ok(hash_now(folder.as_ref(), &path).map_err(|error| error.to_string()))
            })
            .await?;
        let before = match before {
            Ok(before) => before,
            // The program waits for an answer: a path that leads out is refused, not left open.
            Err(why) => return self.answer_write(request, &path, Err(why)).await,
        };
        let content_sha256 = FileHash::of_bytes(content.as_bytes()).to_string();
        // Some programs write a file themselves and only then say so; then there is nothing left to do.
        let stands_there = before.as_ref() == Some(&content_sha256);
        let outcome = if stands_there {
            Ok(None)
        } else {
            let action = Action::WriteFile {
                folder: folder.to_owned(),
                path: path.clone(),
                before,
                content_sha256: content_sha256.clone(),
                content,
                host: self.shared.host_name.clone(),
            };
            let asked = Asked { action, allowed: None };
            attempt(self.shared, self.context, &self.doer, asked).await?.map(Some)
        };
        if let Ok(Some(written)) = &outcome {
            // What stands there now: a person may have put other words in the place of the proposed ones.
            let sha256 = written["sha256"].as_str().unwrap_or_default().to_owned();
            self.written.insert(path.clone(), sha256);
        }
        self.answer_write(request, &path, outcome.map(drop).map_err(|why| in_words(&why))).await
    }

    pub(super) async fn answer_write(
        &self,
        request: u64,
        path: &str,
        said: Result<(), String>,
    ) -> Result<(), NodeError> {
        let run = self.input.run.as_str();
        self.context
            .effect("acp_written", path, |_| async {
                if let Some(session) = self.shared.programs.session(run) {
                    session.written(request, said);
                }
                Ok(())
            })
            .await
    }

    /// Records what came of a tool call that was permitted.
    pub(super) async fn settle(&mut self, tool: &ToolUse) -> Result<(), NodeError> {
        if !tool.has_ended() {
            return Ok(());
        }
        let output = tool.output.clone().unwrap_or_default();
        let outcome = match tool.status.as_str() {
            "completed" => {
                EffectOutcome::Done { result: json!({ "said_by_program": true, "output": output }) }
            }
            _ => EffectOutcome::failed(Category::DependencyFailure, output),
        };
        for given in self.given.remove(&tool.id).unwrap_or_default() {
            self.context
                .effect("acp_settle", &given.key, |_| async {
                    Ok(self.shared.gate.end(&given.key, &outcome).await?)
                })
                .await?;
        }
        Ok(())
    }

    /// What was permitted and never reported is unknown, and a person says what came of it.
    pub(super) async fn lost(&mut self, why: &str) -> Result<(), NodeError> {
        for given in std::mem::take(&mut self.given).into_values().flatten() {
            let unknown = EffectOutcome::Unknown { why: why.to_owned() };
            self.context
                .effect("acp_lost", &given.key, |_| async {
                    Ok(self.shared.gate.end(&given.key, &unknown).await?)
                })
                .await?;
            settle_unknown(self.shared, self.context, &self.doer, &given.action, why.to_owned()).await?;
        }
        Ok(())
    }

    pub(super) async fn answer_no(
        &mut self,
        request: u64,
        tool: &ToolUse,
        why: NotDone,
    ) -> Result<(), NodeError> {
        let run = self.input.run.as_str();
        self.context
            .effect("acp_no", &request, |_| async {
                if let Some(session) = self.shared.programs.session(run) {
                    session.permit(request, false);
                }
                Ok(())
            })
            .await?;
        // The protocol has no place for a reason, so it is told with the next turn.
        if let NotDone::Refused { text: Some(text), .. } = &why {
            self.remarks.push(format!("{} was refused: {text}", tool.title));
        }
        let words = in_words(&why);
        let data = Some(json!({ "refused": tool.title }));
        self.conversation.say(Role::System, "cadre", &words, data).await
    }

    fn tool_action(&self, tool: &ToolUse) -> Action {
        let diff = |it: &cadre_agents::acp::FileDiff| TextDiff {
            path: it.path.clone(),
            before: it.before.clone(),
            after: it.after.clone(),
        };
        let input = tool.input.clone().unwrap_or_default();
        Action::AgentTool {
            program: self.program.clone(),
            what: tool.title.clone(),
            tool: tool.kind.clone(),
            folder: self.input.folder.clone(),
            locations: tool.locations.clone(),
            diffs: tool.diffs.iter().map(diff).collect(),
            input,
            host: self.shared.host_name.clone(),
        }
    }
}

fn in_words(why: &NotDone) -> String {
    match why {
        NotDone::Denied { why } => why.clone(),
        NotDone::Refused { title, decision, text } => {
            let reason = text.as_ref().map(|text| format!(": {text}")).unwrap_or_default();
            format!("{title} was answered with {decision}{reason}")
        }
        NotDone::Failed { message, .. } => message.clone(),
    }
}
