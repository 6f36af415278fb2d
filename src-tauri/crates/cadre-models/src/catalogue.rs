//! What models cost and hold: a table that anybody can edit, and the arithmetic of its prices.
//!
//! Prices are nano-dollars for a million tokens, in integers throughout; a cost is rounded once, half up. A model that
//! is not in the table has no price, which is not the same as costing nothing.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::chat::Usage;
use crate::kind::ProviderKind;

/// Shipped prices; a user's table stands over it.
const EMBEDDED: &str = include_str!("catalogue.toml");

const TOKENS_OF_A_PRICE: i128 = 1_000_000;

/// Any model of a provider that has no row of its own.
const ANY: &str = "*";

/// An amount of money: 10⁻⁹ US dollars.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NanoUsd(pub i64);

impl NanoUsd {
    pub const DOLLAR: NanoUsd = NanoUsd(1_000_000_000);
}

/// Dollars with all digits that are not zero, two of them at least.
impl fmt::Display for NanoUsd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut amount = Decimal::new(self.0, 9).normalize();
        if amount.scale() < 2 {
            amount.rescale(2);
        }
        write!(formatter, "${amount}")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    Weak,
    Base,
    Strong,
}

impl Tier {
    pub fn name(self) -> &'static str {
        match self {
            Tier::Weak => "weak",
            Tier::Base => "base",
            Tier::Strong => "strong",
        }
    }

    pub fn from_name(name: &str) -> Option<Tier> {
        [Tier::Weak, Tier::Base, Tier::Strong].into_iter().find(|tier| tier.name() == name)
    }
}

/// Nano-dollars for a million tokens of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    pub input: NanoUsd,
    pub cached_input: NanoUsd,
    pub cache_write: NanoUsd,
    pub output: NanoUsd,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub provider: ProviderKind,
    pub model: String,
    pub tier: Option<Tier>,
    /// Tokens of context.
    pub window: Option<u64>,
    pub max_output: Option<u64>,
    pub price: Option<Price>,
}

#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("the catalogue cannot be read: {source}")]
    Syntax { source: Box<toml::de::Error> },
    #[error("the catalogue names the provider `{name}`, which does not exist")]
    UnknownProvider { name: String },
    #[error("{model}: `{text}` is no price; write dollars for a million tokens, such as \"0.25\"")]
    BadPrice { model: String, text: String },
    #[error("{model}: a price needs both `input` and `output`")]
    HalfAPrice { model: String },
}

/// Models with their tiers, windows and prices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    #[serde(default)]
    model: Vec<RowForm>,
}

/// Prices are text: a decimal number in TOML would be binary.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowForm {
    provider: String,
    id: String,
    tier: Option<Tier>,
    window: Option<u64>,
    max_output: Option<u64>,
    input: Option<String>,
    cached_input: Option<String>,
    cache_write: Option<String>,
    output: Option<String>,
}

impl Catalogue {
    /// The table that is shipped.
    pub fn embedded() -> Self {
        EMBEDDED.parse().expect("a test reads the embedded catalogue")
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Puts a user's rows over these: a row of the same provider and model replaces ours whole.
    #[must_use]
    pub fn with(mut self, other: Catalogue) -> Self {
        for entry in other.entries {
            self.entries.retain(|ours| !(ours.provider == entry.provider && ours.model == entry.model));
            self.entries.push(entry);
        }
        self
    }

    /// The row of a model: its own name, its name without a version's date, or the provider's row for all.
    pub fn find(&self, provider: ProviderKind, model: &str) -> Option<&Entry> {
        let named =
            |name: &str| self.entries.iter().find(|entry| entry.provider == provider && entry.model == name);
        named(model).or_else(|| named(without_date(model))).or_else(|| {
            // Ollama passes models of this name on to its cloud, which is not free like this machine.
            if model.ends_with("-cloud") { None } else { named(ANY) }
        })
    }

    /// What the tokens cost; `None` when the model has no price.
    pub fn cost(&self, provider: ProviderKind, model: &str, usage: &Usage) -> Option<NanoUsd> {
        Some(cost(usage, &self.find(provider, model)?.price?))
    }
}

/// What tokens cost, rounded once, half up; at most what the type holds.
pub fn cost(usage: &Usage, price: &Price) -> NanoUsd {
    let part = |tokens: u64, price: NanoUsd| i128::from(tokens) * i128::from(price.0);
    let sum = part(usage.input, price.input)
        + part(usage.cached_input, price.cached_input)
        + part(usage.cache_write, price.cache_write)
        + part(usage.output, price.output);
    let rounded = (sum + TOKENS_OF_A_PRICE / 2).div_euclid(TOKENS_OF_A_PRICE);
    NanoUsd(i64::try_from(rounded).unwrap_or(i64::MAX))
}

impl FromStr for Catalogue {
    type Err = CatalogueError;

    fn from_str(text: &str) -> Result<Self, CatalogueError> {
        let file: FileForm =
            toml::from_str(text).map_err(|error| CatalogueError::Syntax { source: Box::new(error) })?;
        let entries = file.model.into_iter().map(entry).collect::<Result<_, _>>()?;
        Ok(Self { entries })
    }
}

fn entry(row: RowForm) -> Result<Entry, CatalogueError> {
    let provider = ProviderKind::from_name(&row.provider)
        .ok_or_else(|| CatalogueError::UnknownProvider { name: row.provider.clone() })?;
    let price = price_of(&row)?;
    Ok(Entry {
        provider,
        model: row.id,
        tier: row.tier,
        window: row.window,
        max_output: row.max_output,
        price,
    })
}

/// Tokens of the cache cost what other input costs, unless the row says otherwise.
fn price_of(row: &RowForm) -> Result<Option<Price>, CatalogueError> {
    let read = |text: &Option<String>| text.as_ref().map(|text| price(&row.id, text)).transpose();
    let (input, output) = match (read(&row.input)?, read(&row.output)?) {
        (Some(input), Some(output)) => (input, output),
        (None, None) if row.cached_input.is_none() && row.cache_write.is_none() => return Ok(None),
        _ => return Err(CatalogueError::HalfAPrice { model: row.id.clone() }),
    };
    Ok(Some(Price {
        input,
        cached_input: read(&row.cached_input)?.unwrap_or(input),
        cache_write: read(&row.cache_write)?.unwrap_or(input),
        output,
    }))
}

/// Exact, or refused: a tenth of a nano-dollar is not rounded away in silence.
fn price(model: &str, text: &str) -> Result<NanoUsd, CatalogueError> {
    let nano = Decimal::from_str_exact(text.trim())
        .ok()
        .and_then(|dollars| dollars.checked_mul(Decimal::from(NanoUsd::DOLLAR.0)))
        .filter(|nano| nano.fract().is_zero() && *nano >= Decimal::ZERO)
        .and_then(|nano| nano.to_i64());
    nano.map(NanoUsd)
        .ok_or_else(|| CatalogueError::BadPrice { model: model.to_owned(), text: text.to_owned() })
}

/// `claude-sonnet-4-5-20250929` and `gpt-4o-2024-08-06` are versions of what is in the table.
fn without_date(model: &str) -> &str {
    let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((name, last)) = model.rsplit_once('-') else { return model };
    if digits(last, 8) {
        return name;
    }
    let dashed = || {
        let (name, month) = name.rsplit_once('-')?;
        let (name, year) = name.rsplit_once('-')?;
        (digits(last, 2) && digits(month, 2) && digits(year, 4)).then_some(name)
    };
    dashed().unwrap_or(model)
}

#[cfg(test)]
mod tests;
