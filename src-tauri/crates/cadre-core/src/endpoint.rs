//! The terms under which a service may be asked for models: what a person agrees to when they enable it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document;

/// A standing permit for calls of models: who is called, for what, with whose data, at which cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointTerms {
    /// The same for the same service and project, so that enabling twice is enabling once.
    pub endpoint: String,
    /// The service's kind, by its name: it decides the wire format.
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// Where it is: a base URL, or the path of a script.
    pub address: String,
    /// Name of its key in the vault; the key itself is nowhere but there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The models that may be called.
    pub models: Vec<String>,
    /// For a tier (`weak`, `base`, `strong`) the model to take, where a person chose one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tiers: BTreeMap<String, String>,
    /// The one project whose data may go there; without it, any of the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The most that its calls may cost in a day (in UTC), in nano-dollars.
    #[serde(default, with = "optional_text", skip_serializing_if = "Option::is_none")]
    pub daily_limit: Option<i64>,
}

/// As a 64-bit integer has to be in a document.
mod optional_text {
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(value: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.serialize_some(&value.to_string()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(de::Error::custom)).transpose()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermsProblem {
    #[error("it needs a name of at most {NAME_LIMIT} characters, without line breaks")]
    Name,
    #[error("no model is chosen")]
    NoModel,
    #[error("at most {MODEL_LIMIT} models can be chosen")]
    TooManyModels,
    #[error("`{0}` cannot be the name of a model")]
    Model(String),
    #[error("`{0}` is no tier; there are weak, base and strong")]
    Tier(String),
    #[error("`{model}` is to be the {tier} model and is not among those that are chosen")]
    TierModel { tier: String, model: String },
    #[error("a limit cannot be below zero")]
    Limit,
}

const NAME_LIMIT: usize = 100;
const MODEL_LIMIT: usize = 500;
const MODEL_NAME_LIMIT: usize = 200;
const TIERS: [&str; 3] = ["weak", "base", "strong"];

impl EndpointTerms {
    pub fn hash(&self) -> String {
        document::hash(document::ENDPOINT, self)
    }

    /// Everything that is wrong with them; empty when they can be agreed to.
    pub fn problems(&self) -> Vec<TermsProblem> {
        let mut problems = Vec::new();
        let odd = |text: &str, limit: usize| {
            text.trim().is_empty() || text.chars().count() > limit || text.chars().any(char::is_control)
        };
        if odd(&self.name, NAME_LIMIT) {
            problems.push(TermsProblem::Name);
        }
        if self.models.is_empty() {
            problems.push(TermsProblem::NoModel);
        }
        if self.models.len() > MODEL_LIMIT {
            problems.push(TermsProblem::TooManyModels);
        }
        let named_oddly = self.models.iter().find(|model| odd(model, MODEL_NAME_LIMIT));
        problems.extend(named_oddly.map(|model| TermsProblem::Model(model.escape_debug().to_string())));
        for (tier, model) in &self.tiers {
            if !TIERS.contains(&tier.as_str()) {
                problems.push(TermsProblem::Tier(tier.clone()));
            } else if !self.models.contains(model) {
                problems.push(TermsProblem::TierModel { tier: tier.clone(), model: model.clone() });
            }
        }
        if self.daily_limit.is_some_and(|limit| limit < 0) {
            problems.push(TermsProblem::Limit);
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms() -> EndpointTerms {
        EndpointTerms {
            endpoint: "ollama".into(),
            kind: "ollama".into(),
            name: "Ollama".into(),
            address: "http://127.0.0.1:11434/v1".into(),
            key: None,
            models: vec!["phi3.5:3.8b".into()],
            tiers: BTreeMap::from([("weak".into(), "phi3.5:3.8b".into())]),
            project: None,
            daily_limit: Some(5_000_000_000),
        }
    }

    #[test]
    fn what_can_be_agreed_to() {
        type Change = fn(&mut EndpointTerms);
        let cases: [(Change, &[TermsProblem]); 9] = [
            (|_| {}, &[]),
            (|terms| terms.name = " ".into(), &[TermsProblem::Name]),
            (|terms| terms.name = "Olla\u{1b}[31mma".into(), &[TermsProblem::Name]),
            (|terms| terms.tiers.clear(), &[]),
            (
                |terms| {
                    terms.tiers.clear();
                    terms.models.clear();
                },
                &[TermsProblem::NoModel],
            ),
            (|terms| terms.models.push("a\nb".into()), &[TermsProblem::Model("a\\nb".into())]),
            (
                |terms| drop(terms.tiers.insert("huge".into(), "phi3.5:3.8b".into())),
                &[TermsProblem::Tier("huge".into())],
            ),
            (
                |terms| drop(terms.tiers.insert("weak".into(), "other".into())),
                &[TermsProblem::TierModel { tier: "weak".into(), model: "other".into() }],
            ),
            (|terms| terms.daily_limit = Some(-1), &[TermsProblem::Limit]),
        ];
        for (change, expected) in cases {
            let mut changed = terms();
            change(&mut changed);
            assert_eq!(changed.problems(), expected, "{changed:?}");
        }
    }

    #[test]
    fn terms_come_back_from_their_bytes_and_each_part_counts() {
        let bytes = document::canonical(&terms());
        let read: EndpointTerms = serde_json::from_slice(&bytes).expect("reads what it wrote");
        assert_eq!(read, terms());
        let dearer = EndpointTerms { daily_limit: Some(5_000_000_001), ..terms() };
        let elsewhere = EndpointTerms { address: "https://models.example/v1".into(), ..terms() };
        for other in [dearer, elsewhere] {
            assert_ne!(other.hash(), terms().hash(), "other terms are agreed to anew");
        }
    }
}
