//! Function agents: one program, one document in, one out. Files that it wants are proposals.

use cadre_agents::folder::FileHash;
use cadre_core::effect::Action;
use cadre_core::failure::Category;
use cadre_core::function_contract::{
    CONTRACT_VERSION, FunctionInput, FunctionOutput, FunctionResult, FunctionTask, ProposedFile,
};
use cadre_core::org::AgentDefinition;
use cadre_graph::{Context, NodeError};
use serde_json::{Value, json};

use super::files::write_file;
use super::perform::{Asked, Doer, is_said, perform, result_by_person};
use super::{Artifact, RunInput, RunOutcome, attachments, failure};
use crate::shared::{Shared, are_shipped_arguments};

pub(super) async fn carry_out(
    shared: &Shared,
    context: &Context,
    input: &RunInput,
    definition: &AgentDefinition,
) -> Result<RunOutcome, NodeError> {
    let (program, shipped) = resolve(shared, context, input, definition).await?;
    attachments::check(shared, context, input).await?;
    let stdin = document(context, input)?;
    let action = Action::RunProgram {
        program: program.path,
        program_sha256: program.sha256,
        args: definition.args.clone(),
        folder: input.source.clone().unwrap_or_else(|| input.folder.clone()),
        env_names: Vec::new(),
        stdin_sha256: FileHash::of_bytes(stdin.as_bytes()).to_string(),
        stdin,
        network: false,
        writable: false,
        reads: input.reads.clone(),
        writes: Vec::new(),
        seconds: definition.limits.wall_minutes.saturating_mul(60),
        output_mib: definition.limits.output_mib,
        recovery: definition.recovery,
        host: shared.host_name.clone(),
    };
    let doer = input.doer(definition);
    let shipped = shipped && are_shipped_arguments(&definition.args);
    let allowed = shipped.then(|| "policy:shipped-function-agent".to_owned());
    let ran = perform(shared, context, &doer, Asked { action, allowed }).await?;
    let result = match is_said(&ran) {
        true => by_word(context, &doer, &input.title).await?,
        false => parse(&ran)?,
    };
    let mut artifacts = Vec::new();
    for file in &result.files {
        artifacts.push(write(shared, context, input, &doer, file).await?);
    }
    let mut summary = result.summary;
    for artifact in artifacts.iter().filter(|artifact| artifact.not_as_approved) {
        summary +=
            &format!(" ({} is not what was approved; a person says that it was written)", artifact.path);
    }
    Ok(RunOutcome::Done { summary, data: result.data, artifacts })
}

/// What a program came to whose output is lost, in the words of the person who knows that it ran.
async fn by_word(context: &Context, doer: &Doer, title: &str) -> Result<FunctionResult, NodeError> {
    let question = format!("What came of it? {title}");
    let said = result_by_person(context, doer, &question).await?;
    let data = json!({ "by": "person", "note": said });
    Ok(FunctionResult { contract: CONTRACT_VERSION, summary: said, data, files: Vec::new() })
}

/// The program that will run, found once and then recorded.
#[derive(serde::Serialize, serde::Deserialize)]
struct Program {
    path: String,
    sha256: Option<String>,
}

async fn resolve(
    shared: &Shared,
    context: &Context,
    input: &RunInput,
    definition: &AgentDefinition,
) -> Result<(Program, bool), NodeError> {
    let name = definition.program.clone().unwrap_or_default();
    context
        .step("resolve", &name, || async {
            let found = shared.resolve_program(&name, &input.folder);
            let (resolved, shipped) =
                found.map_err(|error| failure(Category::ConfigurationError, error.to_string()))?;
            let path = resolved.path.to_string_lossy().into_owned();
            Ok((Program { path, sha256: resolved.sha256.map(|hash| hash.to_string()) }, shipped))
        })
        .await
}

fn document(context: &Context, input: &RunInput) -> Result<String, NodeError> {
    let document = FunctionInput {
        contract: CONTRACT_VERSION,
        task: FunctionTask { title: input.title.clone(), instructions: input.instructions.clone() },
        folder: input.source.clone().unwrap_or_else(|| input.folder.clone()),
        inputs: input.inputs.clone(),
        attachments: input.attachments.clone(),
        now: context.now()?,
    };
    Ok(serde_json::to_string(&document)?)
}

/// What the program printed, as the contract says, or why that is not it.
fn parse(ran: &Value) -> Result<FunctionResult, NodeError> {
    let stdout = ran["stdout"].as_str().unwrap_or_default();
    let code = ran["code"].as_i64().unwrap_or(-1);
    match serde_json::from_str::<FunctionOutput>(stdout) {
        Ok(FunctionOutput::Done(result)) if code == 0 && result.contract == CONTRACT_VERSION => Ok(result),
        Ok(FunctionOutput::Done(result)) => Err(failure(
            Category::ValidationError,
            format!(
                "the program ended with {code} and contract {}; 0 and {CONTRACT_VERSION} were agreed",
                result.contract
            ),
        )),
        Ok(FunctionOutput::Failed { error, .. }) => {
            let hint = error.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            Err(failure(Category::from_name(&error.category), format!("{}{hint}", error.message)))
        }
        Err(error) => {
            let said = ran["stderr"].as_str().unwrap_or_default().lines().last().unwrap_or_default();
            let message = format!(
                "the program ended with {code} and its output is not the agreed document: {error} {said}"
            );
            Err(failure(Category::ValidationError, message.trim_end()))
        }
    }
}

async fn write(
    shared: &Shared,
    context: &Context,
    input: &RunInput,
    doer: &Doer,
    file: &ProposedFile,
) -> Result<Artifact, NodeError> {
    write_file(shared, context, doer, &input.folder, &file.path, &file.content, None).await
}
