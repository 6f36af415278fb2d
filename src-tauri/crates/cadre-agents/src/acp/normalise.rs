//! From the protocol's updates to events: pieces of a message become one, tool calls show where they begin and end.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use agent_client_protocol::v1::schema::{
    ContentBlock, ContentChunk, SessionUpdate, StopReason, ToolCall, ToolCallContent, ToolCallUpdate,
    ToolCallUpdateFields, Usage,
};
use serde::Serialize;
use serde_json::Value;

use super::usage::Said;
use super::{Cost, Event, FileDiff, PlanEntry, Tokens, ToolUse};

/// A message is shown at the latest when it is this long.
const MESSAGE_LIMIT: usize = 16 * 1024;
/// Of a tool's output. The rest is the program's own affair.
const OUTPUT_LIMIT: usize = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speaker {
    Agent,
    Thought,
}

/// What has been heard of one session.
pub(super) struct Heard {
    folders: Vec<PathBuf>,
    said: Option<(Speaker, String)>,
    tools: HashMap<String, ToolUse>,
    context: u64,
    cost: Option<Cost>,
    usage: Said,
    /// It has said in the turn that is under way that it used something.
    used: bool,
}

impl Heard {
    /// `folders` are the names of the project's folder: as it was given, and without links.
    pub(super) fn new(folders: Vec<PathBuf>) -> Self {
        Heard {
            folders,
            said: None,
            tools: HashMap::new(),
            context: 0,
            cost: None,
            usage: Said::default(),
            used: false,
        }
    }

    /// `turn`: whether one is under way.
    pub(super) fn update(&mut self, update: SessionUpdate, turn: bool) -> Vec<Event> {
        match update {
            SessionUpdate::AgentMessageChunk(chunk) => self.chunk(Speaker::Agent, &chunk),
            SessionUpdate::AgentThoughtChunk(chunk) => self.chunk(Speaker::Thought, &chunk),
            SessionUpdate::ToolCall(call) => {
                let (id, fields) = fields_of(call);
                self.tool(&id, fields)
            }
            SessionUpdate::ToolCallUpdate(ToolCallUpdate { tool_call_id, fields, .. }) => {
                self.tool(&tool_call_id.0, fields)
            }
            SessionUpdate::Plan(plan) => {
                let entry = |entry: agent_client_protocol::v1::schema::PlanEntry| PlanEntry {
                    status: word(&entry.status),
                    content: entry.content,
                };
                self.after_message(Event::Plan { entries: plan.entries.into_iter().map(entry).collect() })
            }
            SessionUpdate::UsageUpdate(usage) => {
                let before = (self.context, self.cost.clone());
                let cost = usage.cost.map(|cost| Cost { amount: cost.amount, currency: cost.currency });
                self.cost = cost.or(self.cost.take());
                self.context = usage.used;
                if before == (self.context, self.cost.clone()) {
                    return Vec::new();
                }
                self.used |= turn;
                // A message goes on around it.
                vec![Event::Used { context: self.context, cost: self.cost.clone(), late: !turn }]
            }
            _ => Vec::new(), // modes, commands and titles: for a person at its own screen
        }
    }

    /// What a permission request is about, with what was heard of the tool call before.
    pub(super) fn permission(&mut self, update: ToolCallUpdate) -> (Vec<Event>, ToolUse) {
        let id = update.tool_call_id.0.to_string();
        self.apply(&id, update.fields);
        (self.end_message(), self.tools.get(&id).cloned().unwrap_or_default())
    }

    pub(super) fn turn_ended(&mut self, stop: StopReason, usage: Option<Usage>) -> Vec<Event> {
        let tokens = usage.map(|usage| Tokens {
            input: usage.input_tokens,
            output: usage.output_tokens,
            cached_read: usage.cached_read_tokens.unwrap_or_default(),
            cached_write: usage.cached_write_tokens.unwrap_or_default(),
            thought: usage.thought_tokens.unwrap_or_default(),
        });
        let worked = std::mem::take(&mut self.used) || stop != StopReason::Cancelled;
        let context = worked.then_some(self.context);
        let tokens = tokens.map(|said| self.usage.of_turn(said, context));
        self.after_message(Event::TurnEnded { stop: word(&stop), tokens, cost: self.cost.clone() })
    }

    pub(super) fn end_message(&mut self) -> Vec<Event> {
        let said = self.said.take().filter(|(_, text)| !text.trim().is_empty());
        let event = said.map(|(speaker, text)| match speaker {
            Speaker::Agent => Event::Message { text },
            Speaker::Thought => Event::Thought { text },
        });
        event.into_iter().collect()
    }

    fn chunk(&mut self, speaker: Speaker, chunk: &ContentChunk) -> Vec<Event> {
        let ended = match &self.said {
            Some((before, text)) if *before != speaker || text.len() > MESSAGE_LIMIT => self.end_message(),
            _ => Vec::new(),
        };
        let text = text_of(&chunk.content);
        self.said.get_or_insert_with(|| (speaker, String::new())).1 += &text;
        ended
    }

    /// Events at the beginning and the end of a call only; in between it is kept.
    fn tool(&mut self, id: &str, fields: ToolCallUpdateFields) -> Vec<Event> {
        let before = self.tools.get(id).map(|tool| (tool.status.clone(), tool.locations.clone()));
        self.apply(id, fields);
        let Some(tool) = self.tools.get(id).cloned() else { return Vec::new() };
        let ended_before =
            before.as_ref().is_some_and(|(status, _)| matches!(&**status, "completed" | "failed"));
        // Many programs announce a call empty and say a moment later what it is.
        let begins =
            before.as_ref().is_none_or(|(status, _)| status == "pending") && tool.status == "in_progress";
        if (tool.has_ended() && !ended_before) || begins {
            self.after_message(Event::Tool { tool })
        } else {
            Vec::new()
        }
    }

    fn apply(&mut self, id: &str, fields: ToolCallUpdateFields) {
        let folders = self.folders.clone();
        let tool = self.tools.entry(id.to_owned()).or_insert_with(|| ToolUse {
            id: id.to_owned(),
            kind: "other".into(),
            status: "pending".into(),
            ..ToolUse::default()
        });
        tool.title = fields.title.unwrap_or(std::mem::take(&mut tool.title));
        tool.name = fields.name.or(tool.name.take());
        tool.kind = fields.kind.map_or(std::mem::take(&mut tool.kind), |kind| word(&kind));
        tool.status = fields.status.map_or(std::mem::take(&mut tool.status), |status| word(&status));
        tool.input = fields.raw_input.map(|input| input.to_string()).or(tool.input.take());
        if let Some(locations) = fields.locations {
            tool.locations = locations.iter().map(|it| shown(&folders, &it.path)).collect();
        }
        let Some(content) = fields.content else { return };
        let mut output = String::new();
        tool.diffs.clear();
        for content in content {
            match content {
                ToolCallContent::Diff(diff) => tool.diffs.push(FileDiff {
                    path: shown(&folders, &diff.path),
                    before: diff.old_text.filter(|text| !text.is_empty()),
                    after: diff.new_text,
                }),
                ToolCallContent::Content(content) => output += &text_of(&content.content),
                _ => {}
            }
        }
        tool.output = Some(cut(output)).filter(|output| !output.is_empty()).or(tool.output.take());
    }

    fn after_message(&mut self, event: Event) -> Vec<Event> {
        let mut events = self.end_message();
        events.push(event);
        events
    }
}

/// A path beneath the project's folder, relative to it.
pub(super) fn beneath(folders: &[PathBuf], path: &Path) -> Option<String> {
    let inside = folders.iter().find_map(|folder| path.strip_prefix(folder).ok())?;
    inside.to_str().filter(|path| !path.is_empty()).map(str::to_owned)
}

fn shown(folders: &[PathBuf], path: &Path) -> String {
    beneath(folders, path).unwrap_or_else(|| path.to_string_lossy().into_owned())
}

fn fields_of(call: ToolCall) -> (String, ToolCallUpdateFields) {
    let ToolCall {
        tool_call_id, title, name, kind, status, content, locations, raw_input, raw_output, ..
    } = call;
    let fields = ToolCallUpdateFields::new()
        .title(title)
        .kind(kind)
        .status(status)
        .content(content)
        .locations(locations)
        .name(name)
        .raw_input(raw_input)
        .raw_output(raw_output);
    (tool_call_id.0.to_string(), fields)
}

/// The protocol's own word for a value.
fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => "other".into(),
    }
}

fn text_of(content: &ContentBlock) -> String {
    match content {
        ContentBlock::Text(text) => text.text.clone(),
        ContentBlock::ResourceLink(link) => link.uri.clone(),
        _ => "[not text]".into(),
    }
}

fn cut(text: String) -> String {
    match text.char_indices().find(|(index, _)| *index >= OUTPUT_LIMIT) {
        Some((index, _)) => format!("{}\n[{} bytes left out]", &text[..index], text.len() - index),
        None => text,
    }
}
