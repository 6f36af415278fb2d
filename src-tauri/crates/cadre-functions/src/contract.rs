//! Reading the input document and printing the output document. The types are `cadre_core::function_contract`.

use std::io::{Read, Write};

use cadre_core::function_contract::{
    CONTRACT_VERSION, FunctionError, FunctionInput, FunctionOutput, FunctionResult,
};
use serde::Serialize;
use serde_json::Value;

use crate::failure::Failure;

/// The inputs of a step are the capped data of at most a few other steps; more than this is a mistake.
const INPUT_LIMIT: u64 = 16 * 1024 * 1024;

pub(crate) fn read(input: impl Read) -> Result<FunctionInput, Failure> {
    let mut bytes = Vec::new();
    input.take(INPUT_LIMIT + 1).read_to_end(&mut bytes).map_err(Failure::InputUnreadable)?;
    if bytes.len() as u64 > INPUT_LIMIT {
        return Err(Failure::InputTooLarge { limit: INPUT_LIMIT });
    }
    let document: Value = serde_json::from_slice(&bytes).map_err(Failure::InputNotJson)?;
    // The version is looked at before the shape: a newer contract may have another shape.
    let version = document.get("contract").cloned().unwrap_or(Value::Null);
    if version != CONTRACT_VERSION {
        return Err(Failure::ContractVersion { found: version.to_string(), supported: CONTRACT_VERSION });
    }
    serde_json::from_value(document).map_err(Failure::InputShape)
}

pub(crate) fn print(
    outcome: Result<FunctionResult, Failure>,
    output: &mut impl Write,
) -> std::io::Result<()> {
    let document = match outcome {
        Ok(result) => FunctionOutput::Done(result),
        Err(failure) => FunctionOutput::Failed {
            contract: CONTRACT_VERSION,
            error: FunctionError {
                category: failure.category().to_owned(),
                message: failure.to_string(),
                hint: failure.hint(),
            },
        },
    };
    serde_json::to_writer(&mut *output, &document)?;
    output.write_all(b"\n")?;
    output.flush()
}

/// A result without files. Serialising our own data types cannot fail: they have string keys only.
pub(crate) fn result(summary: String, data: &impl Serialize) -> Result<FunctionResult, Failure> {
    let data = serde_json::to_value(data).map_err(Failure::DataNotJson)?;
    Ok(FunctionResult { contract: CONTRACT_VERSION, summary, data, files: Vec::new() })
}
