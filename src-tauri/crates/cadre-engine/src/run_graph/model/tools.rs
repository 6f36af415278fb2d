//! The tools of model agents. Looking is free; what changes something goes through the gate like any other effect.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use cadre_agents::folder::{
    EntryKind, FileHash, Folder, LeaveOut, SearchLimits, SearchPattern, SearchQuery, WalkOptions,
};
use cadre_agents::private_places::PrivatePlaces;
use cadre_core::effect::{Action, Recovery};
use cadre_core::failure::Category;
use cadre_core::org::AgentDefinition;
use cadre_graph::{Context, NodeError};
use cadre_models::chat::{Tool, ToolCall};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::files::write_file;
use super::super::perform::{Asked, Doer, perform};
use super::super::{Artifact, RunInput, failure};
use crate::shared::Shared;

/// How much of a file, of a listing and of a program's output one call shows.
const READ_BYTES: u64 = 64 * 1024;
const LISTED: usize = 500;
const FOUND: usize = 100;
const OUTPUT_BYTES: usize = 16 * 1024;
/// What a model may write in one file.
const WRITE_BYTES: usize = 1024 * 1024;
const COMMAND_SECONDS: u32 = 10 * 60;

/// The call by which a model says that it is done.
pub(super) const FINISH: &str = "finish";

/// What a call gave: for the model, and what it wrote if it wrote something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Given {
    pub(super) text: String,
    pub(super) is_error: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) artifact: Option<Artifact>,
}

impl Given {
    fn text(text: impl Into<String>) -> Given {
        Given { text: text.into(), is_error: false, artifact: None }
    }

    pub(super) fn error(text: impl Into<String>) -> Given {
        Given { text: text.into(), is_error: true, artifact: None }
    }
}

/// The tools that the agent's file grants, and `finish`.
pub(super) fn offered(definition: &AgentDefinition) -> Vec<Tool> {
    let mut tools: Vec<Tool> =
        all().into_iter().filter(|tool| definition.tools.contains(&tool.name)).collect();
    tools.push(tool(
        FINISH,
        "Ends the step. Call it once, when the step is done or when you are sure that you cannot do it.",
        &json!({
            "summary": { "type": "string", "description": "What was done, in a few sentences." },
            "done": { "type": "boolean", "description": "false if the step could not be done; say why in the summary." },
        }),
        &["summary", "done"],
    ));
    tools
}

fn all() -> Vec<Tool> {
    let place = json!({
        "type": "string", "enum": ["project", "source", "attachment"],
        "description": "`project` is where you write; `source` is the folder that the request is about, if there is \
                        one; `attachment` is a file that was given with the request: its name is the path.",
    });
    let path = |what: &str| json!({ "type": "string", "description": what });
    vec![
        tool(
            "list_files",
            "Lists files and folders, with sizes. Ignored files are left out.",
            &json!({ "place": place, "path": path("Where to begin; \"\" for all of it."), "depth": { "type": "integer" } }),
            &["place", "path"],
        ),
        tool(
            "read_file",
            "Reads text from a file, at most 64 KiB at once.",
            &json!({ "place": place, "path": path("The file."), "offset": { "type": "integer", "description": "Bytes to skip." } }),
            &["place", "path"],
        ),
        tool(
            "search_files",
            "Searches the text of files. Gives path, line and text of each match.",
            &json!({
                "place": place, "path": path("Where to search; \"\" for all of it."),
                "pattern": { "type": "string", "description": "A literal text, or a regular expression." },
                "regex": { "type": "boolean" }, "ignore_case": { "type": "boolean" },
            }),
            &["place", "path", "pattern"],
        ),
        tool(
            "write_file",
            "Writes a whole file of the project, replacing what is there.",
            &json!({ "path": path("The file, relative to the project's folder."), "content": { "type": "string" } }),
            &["path", "content"],
        ),
        tool(
            "run_command",
            "Runs one program in the project's folder, without a shell, without network. A person is asked first \
             unless a rule allows it. Gives the exit code and the end of what it printed.",
            &json!({
                "program": { "type": "string" },
                "args": { "type": "array", "items": { "type": "string" } },
            }),
            &["program", "args"],
        ),
    ]
}

fn tool(name: &str, description: &str, properties: &Value, required: &[&str]) -> Tool {
    let parameters = json!({
        "type": "object", "properties": properties, "required": required, "additionalProperties": false,
    });
    Tool { name: name.into(), description: description.into(), parameters }
}

/// Carries one call out. Whatever goes wrong with it is told to the model; only what ends the run is an error.
pub(super) async fn call(
    shared: &Shared,
    context: &Context,
    doer: &Doer,
    input: &RunInput,
    definition: &AgentDefinition,
    call: &ToolCall,
) -> Result<Given, NodeError> {
    if !definition.tools.contains(&call.name) {
        return Ok(Given::error(format!("there is no tool `{}`", call.name)));
    }
    let acted = match call.name.as_str() {
        "write_file" => write(shared, context, doer, input, &call.arguments).await,
        "run_command" => run(shared, context, doer, input, &call.arguments).await,
        _ => look(shared, context, input, call).await,
    };
    match acted {
        Ok(given) => Ok(given),
        Err(NodeError::Failed { message, .. }) => Ok(Given::error(message)),
        Err(other) => Err(other),
    }
}

fn text<'a>(arguments: &'a Map<String, Value>, name: &str) -> Result<&'a str, NodeError> {
    let value = arguments.get(name).and_then(Value::as_str);
    value.ok_or_else(|| failure(Category::ValidationError, format!("`{name}` has to be a text")))
}

async fn look(
    shared: &Shared,
    context: &Context,
    input: &RunInput,
    call: &ToolCall,
) -> Result<Given, NodeError> {
    let arguments = &call.arguments;
    let root = match arguments.get("place").and_then(Value::as_str) {
        Some("attachment") => match attachment(input, arguments) {
            Some(folder) => folder,
            None => return Ok(Given::error("there is no attachment of this name")),
        },
        Some("source") => match &input.source {
            Some(source) => source.clone(),
            None => return Ok(Given::error("this step has no `source`; use `project`")),
        },
        _ => input.folder.clone(),
    };
    let (name, arguments) = (call.name.clone(), arguments.clone());
    let asked = (root.clone(), &call.arguments);
    context
        .step(&call.name, &asked, || async {
            // Folders can be large and disks slow: other work goes on meanwhile.
            let private = shared.private.clone();
            let look = move || look_at(&name, Path::new(&root), &arguments, &private);
            let looked = tokio::task::spawn_blocking(look).await;
            looked.unwrap_or_else(|error| Err(failure(Category::Unknown, error.to_string())))
        })
        .await
}

/// The folder of its own in which the named attachment lies.
fn attachment(input: &RunInput, arguments: &Map<String, Value>) -> Option<String> {
    let name = arguments.get("path").and_then(Value::as_str)?;
    let given = input.attachments.iter().find(|given| given.name == name)?;
    Path::new(&given.path).parent()?.to_str().map(str::to_owned)
}

fn look_at(
    name: &str,
    root: &Path,
    arguments: &Map<String, Value>,
    private: &PrivatePlaces,
) -> Result<Given, NodeError> {
    let refused = |error: &dyn std::error::Error| failure(Category::ValidationError, error.to_string());
    let folder = Folder::open(root).map_err(|error| refused(&error))?;
    let path = text(arguments, "path")?;
    // A folder that a person gives can have such a place in it: their whole home, for one.
    let real = root.canonicalize().map_err(|error| refused(&error))?;
    if real.join(path).canonicalize().is_ok_and(|real| private.hold(&real)) {
        return Ok(Given::error(format!(
            "{path} lies where keys or data of Cadre are kept; it is not shown"
        )));
    }
    let private = private.clone();
    let leave_out = LeaveOut::where_true(move |path| private.hold(&real.join(path)));
    match name {
        "list_files" => {
            let depth = arguments.get("depth").and_then(Value::as_u64);
            let depth = depth.and_then(|depth| usize::try_from(depth).ok()).unwrap_or(3).clamp(1, 16);
            list(&folder, path, depth, leave_out).map_err(|error| refused(&error))
        }
        "read_file" => {
            let offset = arguments.get("offset").and_then(Value::as_u64).unwrap_or(0);
            let whole = folder.metadata(path).map_err(|error| refused(&error))?.len;
            let bytes = folder.read_range(path, offset, READ_BYTES).map_err(|error| refused(&error))?;
            Ok(Given::text(shown(&bytes, offset, whole)))
        }
        "search_files" => search(&folder, path, arguments, leave_out),
        other => Err(failure(Category::ValidationError, format!("there is no tool `{other}`"))),
    }
}

/// What was read, with a word about the rest.
fn shown(bytes: &[u8], offset: u64, whole: u64) -> String {
    if bytes.iter().take(8 * 1024).any(|byte| *byte == 0) {
        return format!("(not text; {whole} bytes)");
    }
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    let end = offset.saturating_add(bytes.len() as u64);
    if end < whole {
        text += &format!("\n(bytes {offset} to {end} of {whole}; read on with offset {end})");
    }
    text
}

fn list(
    folder: &Folder,
    path: &str,
    depth: usize,
    leave_out: LeaveOut,
) -> Result<Given, cadre_agents::folder::FolderError> {
    let options = WalkOptions { start: path.into(), max_depth: depth, leave_out, ..WalkOptions::default() };
    let mut lines = Vec::new();
    let mut more = false;
    let summary = folder.walk(&options, |entry| {
        if lines.len() == LISTED {
            more = true;
            return ControlFlow::Break(());
        }
        let name = entry.path.display();
        lines.push(match entry.kind {
            EntryKind::Directory => format!("{name}/"),
            EntryKind::File => {
                let bytes = folder.metadata(&entry.path).map(|metadata| metadata.len).unwrap_or(0);
                format!("{name} ({bytes} bytes)")
            }
            kind => format!("{name} ({kind})"),
        });
        ControlFlow::Continue(())
    })?;
    if more || summary.cut {
        lines.push("(more; list a folder further down, or with less depth)".into());
    }
    let listed = if lines.is_empty() { "(empty)".to_owned() } else { lines.join("\n") };
    Ok(Given::text(listed))
}

fn search(
    folder: &Folder,
    path: &str,
    arguments: &Map<String, Value>,
    leave_out: LeaveOut,
) -> Result<Given, NodeError> {
    let pattern = text(arguments, "pattern")?.to_owned();
    let says = |name: &str| arguments.get(name).and_then(Value::as_bool).unwrap_or(false);
    let query = SearchQuery {
        pattern: if says("regex") { SearchPattern::Regex(pattern) } else { SearchPattern::Literal(pattern) },
        ignore_case: says("ignore_case"),
        within: WalkOptions { start: path.into(), leave_out, ..WalkOptions::default() },
    };
    let limits = SearchLimits { matches: FOUND, time: Duration::from_secs(20), ..SearchLimits::default() };
    let found = folder.search(&query, &limits);
    let found = found.map_err(|error| failure(Category::ValidationError, error.to_string()))?;
    let mut lines: Vec<String> = found
        .matches
        .iter()
        .map(|it| format!("{}:{}: {}", it.path.display(), it.line, it.text.trim_end()))
        .collect();
    if lines.is_empty() {
        lines.push(format!("(no match in {} files)", found.files_searched));
    }
    if found.cut {
        lines.push("(more; search for something rarer, or further down)".into());
    }
    Ok(Given::text(lines.join("\n")))
}

async fn write(
    shared: &Shared,
    context: &Context,
    doer: &Doer,
    input: &RunInput,
    arguments: &Map<String, Value>,
) -> Result<Given, NodeError> {
    let (path, content) = (text(arguments, "path")?, text(arguments, "content")?);
    if content.len() > WRITE_BYTES {
        let message = format!("the content has {} bytes; a file has at most {WRITE_BYTES}", content.len());
        return Ok(Given::error(message));
    }
    let artifact = write_file(shared, context, doer, &input.folder, path, content, None).await?;
    let text = format!("written: {path} ({} bytes)", content.len());
    Ok(Given { text, is_error: false, artifact: Some(artifact) })
}

async fn run(
    shared: &Shared,
    context: &Context,
    doer: &Doer,
    input: &RunInput,
    arguments: &Map<String, Value>,
) -> Result<Given, NodeError> {
    let name = text(arguments, "program")?.to_owned();
    let args = arguments.get("args").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let args: Option<Vec<String>> = args.iter().map(|arg| arg.as_str().map(str::to_owned)).collect();
    let args = args.ok_or_else(|| failure(Category::ValidationError, "`args` has to be a list of texts"))?;
    let (program, program_sha256): (String, Option<String>) = context
        .step("resolve", &name, || async {
            let found = shared.resolve_program(&name, &input.folder);
            let (found, _) =
                found.map_err(|error| failure(Category::ConfigurationError, error.to_string()))?;
            Ok((found.path.to_string_lossy().into_owned(), found.sha256.map(|hash| hash.to_string())))
        })
        .await?;
    let action = Action::RunProgram {
        program,
        program_sha256,
        args,
        folder: input.folder.clone(),
        env_names: Vec::new(),
        stdin: String::new(),
        stdin_sha256: FileHash::of_bytes(b"").to_string(),
        network: false,
        writable: true,
        reads: input.reads.clone(),
        writes: Vec::new(),
        seconds: COMMAND_SECONDS,
        output_mib: 8,
        recovery: Recovery::Ask,
        host: shared.host_name.clone(),
    };
    let ran = perform(shared, context, doer, Asked { action, allowed: None }).await?;
    let stream = |name: &str| end_of(ran[name].as_str().unwrap_or_default());
    let mut text = format!("exit code {}", ran["code"]);
    for name in ["stdout", "stderr"] {
        let said = stream(name);
        if !said.is_empty() {
            text += &format!("\n--- {name}\n{said}");
        }
    }
    Ok(Given { is_error: ran["code"].as_i64() != Some(0), text, artifact: None })
}

/// Programs say last what matters.
fn end_of(text: &str) -> String {
    if text.len() <= OUTPUT_BYTES {
        return text.to_owned();
    }
    let start = text.len() - OUTPUT_BYTES;
    let start = (start..text.len()).find(|start| text.is_char_boundary(*start)).unwrap_or(text.len());
    format!("({start} bytes left out)\n{}", &text[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_look_leads_to_keys_wherever_it_begins() {
        let home = tempfile::tempdir().expect("a temporary folder");
        let link = home.path().join("link");
        std::os::unix::fs::symlink(home.path(), &link).expect("is made");
        for (path, text) in [(".config/gh/hosts.yml", "token: secret"), (".config/app/notes", "no secret")] {
            let path = home.path().join(path);
            std::fs::create_dir_all(path.parent().expect("it has one")).expect("is made");
            std::fs::write(path, text).expect("is written");
        }
        let look = |name: &str, root: &Path, arguments: Value| {
            let Value::Object(arguments) = arguments else { panic!("arguments have names") };
            look_at(name, root, &arguments, &PrivatePlaces::default()).expect("it can look").text
        };
        for root in [home.path(), &link] {
            let found = look("search_files", root, json!({ "path": ".config", "pattern": "secret" }));
            assert_eq!(found, ".config/app/notes:1: no secret");
            let listed = look("list_files", root, json!({ "path": ".config", "depth": 9 }));
            assert_eq!(listed, ".config/app/\n.config/app/notes (9 bytes)");
            for path in [".config/gh", ".config/gh/hosts.yml"] {
                let refused = look("search_files", root, json!({ "path": path, "pattern": "secret" }));
                assert!(refused.contains("is not shown"), "{path}: {refused}");
            }
        }
    }
}
