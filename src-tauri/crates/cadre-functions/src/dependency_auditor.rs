use std::path::Path;
use cadre_core::function_contract::{FunctionInput, FunctionResult};
use crate::{Log, failure::Failure};
pub(crate) fn run(_: &FunctionInput, _: &Path, _: Log<'_>) -> Result<FunctionResult, Failure> { Err(Failure::NothingToReport{found:String::new()}) }
