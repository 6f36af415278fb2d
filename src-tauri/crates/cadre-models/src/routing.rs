//! Choosing a model for a call, with the reasons: what a receipt records.
//!
//! Pure: the same candidates and the same wish give the same choice.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::catalogue::{Catalogue, NanoUsd, Price, Tier, cost};
use crate::chat::{ChatRequest, Message, Usage};
use crate::kind::ProviderKind;

/// A remote model whose price nobody knows counts as the dearest that is common, so that a limit holds all the same:
/// dollars for a million tokens, 15 read and 75 generated.
const ASSUMED: Price = Price {
    input: NanoUsd(15 * NanoUsd::DOLLAR.0),
    cached_input: NanoUsd(15 * NanoUsd::DOLLAR.0),
    cache_write: NanoUsd(15 * NanoUsd::DOLLAR.0),
    output: NanoUsd(75 * NanoUsd::DOLLAR.0),
};

const FREE: Price =
    Price { input: NanoUsd(0), cached_input: NanoUsd(0), cache_write: NanoUsd(0), output: NanoUsd(0) };

/// A turn of usual size, by which candidates are compared: models read much more than they write.
const USUAL_TURN: Usage =
    Usage { input: 6_000, cached_input: 0, cache_write: 0, output: 1_000, reasoning: 0 };

/// Bytes of text that are counted as one token before a call. Real text has three to four, so this reserves more
/// than the call will cost; what it did cost is booked from the provider's own count.
const BYTES_OF_A_TOKEN: u64 = 2;

/// A model of an endpoint that was enabled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Id of the endpoint.
    pub endpoint: String,
    pub provider: ProviderKind,
    pub model: String,
    pub tier: Option<Tier>,
    pub price: Price,
    /// Nobody knows the price; what is counted is assumed.
    pub assumed: bool,
}

impl Candidate {
    /// With what the catalogue knows. What runs on this machine (`local`) costs nothing unless the catalogue says so.
    pub fn new(
        catalogue: &Catalogue,
        endpoint: impl Into<String>,
        provider: ProviderKind,
        local: bool,
        model: impl Into<String>,
    ) -> Self {
        let (endpoint, model) = (endpoint.into(), model.into());
        let entry = catalogue.find(provider, &model);
        let known = entry.and_then(|entry| entry.price).or(local.then_some(FREE));
        Self {
            endpoint,
            provider,
            tier: entry.and_then(|entry| entry.tier),
            price: known.unwrap_or(ASSUMED),
            assumed: known.is_none(),
            model,
        }
    }

    /// The most that a call may cost: all of its text, and an answer of full length.
    pub fn most(&self, request: &ChatRequest) -> NanoUsd {
        let usage = Usage {
            input: estimated_tokens(request),
            output: request.max_output_tokens.into(),
            ..Usage::default()
        };
        let dearest_input = self.price.input.max(self.price.cache_write);
        cost(&usage, &Price { input: dearest_input, ..self.price })
    }

    fn usual(&self) -> NanoUsd {
        cost(&USUAL_TURN, &self.price)
    }
}

/// What was chosen, and why the others were not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    pub candidate: Candidate,
    pub why: String,
    /// Names and reasons.
    pub rejected: Vec<(String, String)>,
}

impl Choice {
    /// The receipt's part about the choice.
    pub fn receipt(&self) -> Value {
        let chosen = &self.candidate;
        let price = |amount: NanoUsd| amount.0.to_string();
        json!({
            "endpoint": chosen.endpoint,
            "provider": chosen.provider.name(),
            "model": chosen.model,
            "tier": chosen.tier.map(Tier::name),
            "why": self.why,
            "rejected": self.rejected.iter()
                .map(|(model, why)| json!({ "model": model, "why": why })).collect::<Vec<_>>(),
            // Nano-dollars for a million tokens.
            "price": {
                "input": price(chosen.price.input), "cached_input": price(chosen.price.cached_input),
                "cache_write": price(chosen.price.cache_write), "output": price(chosen.price.output),
                "assumed": chosen.assumed,
            },
        })
    }
}

/// The cheapest candidate of the wished tier; where there is none, of the nearest tier above it, then of one whose
/// tier nobody knows, then of the nearest below. Between equals the first one, which was enabled first.
///
/// `None` if there are no candidates.
pub fn choose(candidates: &[Candidate], wished: Tier) -> Option<Choice> {
    let chosen = candidates
        .iter()
        .enumerate()
        .min_by_key(|(index, candidate)| (distance(candidate.tier, wished), candidate.usual(), *index))?
        .1;
    let name = |candidate: &Candidate| format!("{}/{}", candidate.endpoint, candidate.model);
    let rejected = candidates
        .iter()
        .filter(|candidate| *candidate != chosen)
        .map(|other| {
            let why = if distance(other.tier, wished) == distance(chosen.tier, wished) {
                if other.usual() > chosen.usual() {
                    format!("a usual turn costs {} instead of {}", other.usual(), chosen.usual())
                } else {
                    "as good; the other was enabled first".to_owned()
                }
            } else {
                format!("its tier is {}", tier_name(other.tier))
            };
            (name(other), why)
        })
        .collect();
    let why = if chosen.tier == Some(wished) {
        format!("the cheapest of tier {}", wished.name())
    } else {
        format!("no model of tier {} is enabled; its tier is {}", wished.name(), tier_name(chosen.tier))
    };
    Some(Choice { candidate: chosen.clone(), why, rejected })
}

fn tier_name(tier: Option<Tier>) -> &'static str {
    tier.map_or("unknown", Tier::name)
}

fn distance(tier: Option<Tier>, wished: Tier) -> u8 {
    let rank = |tier: Tier| match tier {
        Tier::Weak => 0_i8,
        Tier::Base => 1,
        Tier::Strong => 2,
    };
    match tier {
        Some(tier) => match rank(tier) - rank(wished) {
            0 => 0,
            above @ 1.. => above.unsigned_abs(),
            below => 3 + below.unsigned_abs(),
        },
        None => 3,
    }
}

/// Tokens that a request may have at most, by the length of its text.
pub fn estimated_tokens(request: &ChatRequest) -> u64 {
    let text = |text: &str| text.len() as u64;
    let json = |value: &Value| value.to_string().len() as u64;
    let messages: u64 = request
        .messages
        .iter()
        .map(|message| match message {
            Message::User { text: said } => text(said),
            Message::Assistant(said) => {
                let calls = said.tool_calls.iter();
                let calls = calls.map(|call| json(&Value::Object(call.arguments.clone()))).sum::<u64>();
                text(&said.text) + calls + said.native.as_ref().map_or(0, |native| json(&native.content))
            }
            Message::ToolResults { results } => results.iter().map(|result| text(&result.content)).sum(),
        })
        .sum();
    let tools: u64 = request.tools.iter().map(|tool| text(&tool.description) + json(&tool.parameters)).sum();
    let shape = request.output_schema.as_ref().map_or(0, |output| json(&output.schema));
    let system = request.system.as_deref().map_or(0, text);
    (messages + tools + shape + system).div_ceil(BYTES_OF_A_TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(endpoint: &str, tier: Option<Tier>, input: i64) -> Candidate {
        let input = NanoUsd(input * NanoUsd::DOLLAR.0);
        let price = Price { input, cached_input: input, cache_write: input, output: input };
        let provider = ProviderKind::OpenAiCompatible;
        Candidate { endpoint: endpoint.into(), provider, model: "m".into(), tier, price, assumed: false }
    }

    #[test]
    fn the_cheapest_of_the_wished_tier_is_chosen_else_the_nearest() {
        let (weak, base, strong) = (Some(Tier::Weak), Some(Tier::Base), Some(Tier::Strong));
        let cases = [
            (vec![("dear", base, 9), ("cheap", base, 1)], Tier::Base, "cheap", "the cheapest of its tier"),
            (vec![("weak", weak, 1), ("strong", strong, 9)], Tier::Base, "strong", "rather too good"),
            (
                vec![("weak", weak, 1), ("unknown", None, 9)],
                Tier::Base,
                "unknown",
                "rather unknown than too weak",
            ),
            (vec![("weak", weak, 1)], Tier::Strong, "weak", "better than nobody"),
            (vec![("one", base, 1), ("two", base, 1)], Tier::Base, "one", "the first of equals"),
        ];
        for (candidates, wished, expected, reason) in cases {
            let candidates: Vec<Candidate> = candidates
                .into_iter()
                .map(|(endpoint, tier, input)| candidate(endpoint, tier, input))
                .collect();
            let choice = choose(&candidates, wished).expect("there are candidates");
            assert_eq!(choice.candidate.endpoint, expected, "{reason}");
            assert_eq!(
                choice.rejected.len(),
                candidates.len() - 1,
                "each other one has its reason: {reason}"
            );
        }
        assert_eq!(choose(&[], Tier::Base), None);
    }

    #[test]
    fn a_receipt_says_why() {
        let all = [
            candidate("one", Some(Tier::Base), 9),
            candidate("two", Some(Tier::Base), 1),
            candidate("three", Some(Tier::Weak), 1),
        ];
        let receipt = choose(&all, Tier::Base).expect("there are candidates").receipt();
        insta::assert_snapshot!(
            format!("{}: {}\n{}", receipt["endpoint"], receipt["why"], receipt["rejected"]),
            @r#"
        "two": "the cheapest of tier base"
        [{"model":"one/m","why":"a usual turn costs $0.063 instead of $0.007"},{"model":"three/m","why":"its tier is weak"}]
        "#
        );
    }

    #[test]
    fn an_unknown_price_is_never_nothing() {
        let catalogue = Catalogue::default();
        let made =
            |local| Candidate::new(&catalogue, "e", ProviderKind::OpenAiCompatible, local, "who-knows");
        let request = ChatRequest::new("who-knows", "x".repeat(2_000));
        assert_eq!(made(true).most(&request), NanoUsd(0), "this machine is free");
        assert!(made(false).assumed, "it says that it is assumed");
        let most = made(false).most(&request);
        assert_eq!(
            most,
            NanoUsd(15 * 1_000_000 + 4096 * 75_000),
            "1000 tokens in, 4096 out, at the assumed price"
        );
    }
}
