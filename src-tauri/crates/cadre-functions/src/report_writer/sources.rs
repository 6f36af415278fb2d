//! The inputs of a report, recognised by the `kind` of their data and not by the names of steps.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::dependency_auditor::{self, AuditData};
use crate::display;
use crate::git_historian::{self, HistoryData};
use crate::repository_scout::{self, ScoutData};

#[derive(Default)]
pub(crate) struct Sources {
    pub(crate) scout: Option<ScoutData>,
    pub(crate) audit: Option<AuditData>,
    pub(crate) history: Option<HistoryData>,
    /// Inputs that are not part of the report, in words.
    pub(crate) unread: Vec<String>,
}

impl Sources {
    /// The first of a kind counts, in the order of step ids.
    pub(crate) fn read(inputs: &BTreeMap<String, Value>) -> Self {
        let mut sources = Self::default();
        for (step, data) in inputs {
            let kind = data.get("kind").and_then(Value::as_str).unwrap_or_default();
            let outcome = match kind {
                repository_scout::KIND => take(&mut sources.scout, data),
                dependency_auditor::KIND => take(&mut sources.audit, data),
                git_historian::KIND => take(&mut sources.history, data),
                "" => Err("its data has no kind".to_owned()),
                other => {
                    Err(format!("its kind {:?} is not known to this report writer", display::clip(other, 60)))
                }
            };
            if let Err(reason) = outcome {
                let step = display::shown_text(&display::clip(step, 80));
                sources.unread.push(format!("The result of step {step}: {reason}."));
            }
        }
        sources
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.scout.is_none() && self.audit.is_none() && self.history.is_none()
    }

    pub(crate) fn folder(&self) -> Option<&str> {
        let scout = self.scout.as_ref().map(|data| data.folder.as_str());
        scout
            .or_else(|| self.audit.as_ref().map(|data| data.folder.as_str()))
            .or_else(|| self.history.as_ref().map(|data| data.folder.as_str()))
    }
}

/// Far above anything an agent writes, and low enough that sums over a list cannot overflow.
const GREATEST_NUMBER: u64 = 1 << 50;
const LONGEST_LIST: usize = 2_000;

fn is_plausible(value: &Value) -> bool {
    match value {
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(number), _) => number <= GREATEST_NUMBER,
            (None, Some(number)) => number.unsigned_abs() <= GREATEST_NUMBER,
            (None, None) => false,
        },
        Value::Array(list) => list.len() <= LONGEST_LIST && list.iter().all(is_plausible),
        Value::Object(object) => object.values().all(is_plausible),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

fn take<T: DeserializeOwned>(place: &mut Option<T>, data: &Value) -> Result<(), String> {
    if place.is_some() {
        return Err("an earlier step gave data of the same kind".to_owned());
    }
    if !is_plausible(data) {
        return Err("it has a number or a list that is too large to be true".to_owned());
    }
    let read = T::deserialize(data).map_err(|error| {
        format!("its data does not have the shape of its kind ({})", display::clip(&error.to_string(), 120))
    })?;
    *place = Some(read);
    Ok(())
}
