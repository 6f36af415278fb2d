//! `cadre model`

use std::collections::BTreeMap;

use cadre_api::ApiError;
use cadre_api::operations::key::{self, EnteredKey, KeyInput, KeyName};
use cadre_api::operations::model::{self, EnableInput, EndpointId, ModelDto};
use cadre_api::operations::system::Nothing;

use crate::output::{self, plain};
use crate::session::Session;
use crate::{exit, terminal, vault};

#[derive(clap::Subcommand)]
pub(super) enum Model {
    /// Show what is enabled, the keys that are kept, and where.
    List,
    /// Look for servers on this machine and for keys in the environment. Nothing is taken.
    Find,
    /// Enter a key: from standard input, or typed unseen. It is tested, then kept.
    Key(Key),
    /// Agree to use a service: a standing permit that you can end at any time.
    Enable(Enable),
    /// End the permit of an endpoint.
    Disable { endpoint: String },
    /// Stop using a key, disable what used it, and remove it.
    Revoke { key: String },
}

#[derive(clap::Args)]
pub(super) struct Key {
    /// anthropic, openai, xai, openrouter, openai-compatible, …
    kind: String,
    /// The only address that it is ever sent to. Default: where this kind usually is.
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// Take the key that the environment has for this kind, such as `ANTHROPIC_API_KEY`.
    #[arg(long)]
    from_environment: bool,
}

#[derive(clap::Args)]
pub(super) struct Enable {
    /// anthropic, openai, ollama, lm-studio, openai-compatible, …
    kind: String,
    /// Default: where this kind usually is.
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// What you call it.
    #[arg(long)]
    name: Option<String>,
    /// A model that may be called; several times for several.
    #[arg(long = "model", value_name = "MODEL", required = true)]
    models: Vec<String>,
    /// The model for a tier, such as `base=qwen3:8b`.
    #[arg(long = "tier", value_name = "TIER=MODEL", value_parser = tier)]
    tiers: Vec<(String, String)>,
    /// Only the data of this project may go there.
    #[arg(long)]
    project: Option<String>,
    /// What its calls may cost in a day, in whole cents.
    #[arg(long, value_name = "CENTS")]
    daily_limit_cents: Option<i64>,
    /// Agree without being asked.
    #[arg(long)]
    yes: bool,
}

fn tier(text: &str) -> Result<(String, String), String> {
    let (tier, model) = text.split_once('=').ok_or("write it as TIER=MODEL")?;
    Ok((tier.to_owned(), model.to_owned()))
}

impl Model {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        match self {
            Model::List => list(session).await?,
            Model::Find => find(session).await?,
            Model::Key(key) => key.run(session).await?,
            Model::Enable(enable) => return enable.run(session).await,
            Model::Disable { endpoint } => {
                session.call::<model::Disable>(EndpointId { endpoint: endpoint.clone() }).await?;
                done(session, "disabled", &endpoint);
            }
            Model::Revoke { key } => {
                session.call::<key::Revoke>(KeyName { key: key.clone() }).await?;
                done(session, "revoked", &key);
            }
        }
        Ok(exit::DONE)
    }
}

fn done(session: &Session, what: &str, which: &str) {
    match session.json {
        true => output::json(&serde_json::json!({ what: which })),
        false => eprintln!("{which}: {what}"),
    }
}

async fn list(session: &Session) -> Result<(), ApiError> {
    let models = session.call::<model::Endpoints>(Nothing {}).await?;
    if session.json {
        output::json(&models);
        return Ok(());
    }
    for endpoint in &models.endpoints {
        let state = if endpoint.enabled { "enabled" } else { "disabled" };
        let (name, title) = (plain(&endpoint.name), &endpoint.kind.title);
        println!("{state:<9} {:<24} {name} ({title}) at {}", endpoint.id, plain(&endpoint.address));
        println!("{:9} {:<24} {}", "", "", plain(&endpoint.models.join(", ")));
    }
    for key in &models.keys {
        println!("key {:<5} {:<24} in {} for {}", key.state, key.name, key.vault, plain(&key.address));
    }
    if models.endpoints.is_empty() && models.keys.is_empty() {
        eprintln!("No model is enabled. Cadre works without one; `cadre model find` looks for one.");
    }
    Ok(())
}

async fn find(session: &Session) -> Result<(), ApiError> {
    let found = session.call::<model::Discover>(Nothing {}).await?;
    if session.json {
        output::json(&found);
        return Ok(());
    }
    for service in &found.services {
        println!("{} at {}", service.kind.title, plain(&service.address));
        show(&service.models);
    }
    for offered in &found.environment {
        let (title, kind) = (&offered.kind.title, &offered.kind.kind);
        println!(
            "{title}: {} is set; `cadre model key {kind} --from-environment` takes it",
            offered.variable
        );
    }
    if found.services.is_empty() && found.environment.is_empty() {
        eprintln!("Nobody listens at the usual places of this machine, and no key is in the environment.");
    }
    Ok(())
}

fn show(models: &[ModelDto]) {
    for model in models {
        let price = model.price.as_ref();
        let price = price
            .map_or("no known price".to_owned(), |it| format!("{} in, {} out", it.input_usd, it.output_usd));
        println!("  {:<40} {:<7} {price}", plain(&model.id), model.tier.as_deref().unwrap_or(""));
    }
}

impl Key {
    async fn run(self, session: &Session) -> Result<(), ApiError> {
        let Key { kind, address, from_environment } = self;
        let key = match from_environment {
            true => None,
            false => Some(EnteredKey::new(vault::entered_key(&format!("Key of {kind} (not shown):"))?)),
        };
        let added = session.call::<key::Add>(KeyInput { kind, address, key }).await?;
        if session.json {
            output::json(&added);
            return Ok(());
        }
        eprintln!("The key works and is kept in {}. It gives these models:", added.vault);
        show(&added.models);
        let kind = added.kind;
        eprintln!("Nothing uses it yet. Next: cadre model enable {kind} --model MODEL");
        Ok(())
    }
}

impl Enable {
    async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let kinds = session.call::<model::Endpoints>(Nothing {}).await?.kinds;
        let known = kinds.into_iter().find(|known| known.kind == self.kind);
        let title = known.as_ref().map_or(self.kind.clone(), |known| known.title.clone());
        let address = self.address.clone().or(known.and_then(|known| known.address)).unwrap_or_default();
        let whose = self.project.as_ref().map_or("any project".to_owned(), |it| format!("the project {it}"));
        eprintln!("{title} at {} would be sent what agents read and write for {whose}", plain(&address));
        eprintln!("  models: {}", plain(&self.models.join(", ")));
        match self.daily_limit_cents {
            Some(cents) => eprintln!("  at most ${}.{:02} a day", cents / 100, (cents % 100).abs()),
            None => eprintln!("  no limit of its own; the workspace's and the project's hold"),
        }
        if !self.yes && terminal::ask("Agree?", &["yes", "no"]) != Some("yes") {
            return Ok(super::cannot_ask("agreeing to a model"));
        }
        let input = EnableInput {
            name: self.name.unwrap_or(title),
            kind: self.kind,
            address: self.address,
            models: self.models,
            tiers: BTreeMap::from_iter(self.tiers),
            project: self.project,
            daily_limit_cents: self.daily_limit_cents,
        };
        let enabled = session.call::<model::Enable>(input).await?;
        match session.json {
            true => output::json(&enabled),
            false => {
                eprintln!("{} is enabled. End it with: cadre model disable {}", enabled.name, enabled.id)
            }
        }
        Ok(exit::DONE)
    }
}
