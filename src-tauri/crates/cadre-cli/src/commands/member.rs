//! `cadre member`

use cadre_api::ApiError;
use cadre_api::operations::{member, system::Nothing};
use clap::Subcommand;

use crate::exit;
use crate::output::{self, plain};
use crate::session::Session;

#[derive(Subcommand)]
pub(super) enum Member {
    /// Show everybody in the organisation, agents and people.
    List,
    /// Add a person. Agents are files: put one into agents/<department>/ and run `cadre agents`.
    Add(Add),
}

#[derive(clap::Args)]
pub(super) struct Add {
    /// As it is shown everywhere; unique in the organisation.
    name: String,
    /// For example "Controller".
    #[arg(long)]
    role: String,
    /// One of those that the organisation has.
    #[arg(long)]
    department: String,
    /// The manager's name. Default: you.
    #[arg(long, value_name = "NAME", default_value = "owner")]
    reports_to: String,
    /// For example "Mon-Fri 09:00-17:00".
    #[arg(long, value_name = "TIMES")]
    hours: Option<String>,
    /// Who answers for them while they are away.
    #[arg(long, value_name = "NAME")]
    deputy: Option<String>,
}

impl Member {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        match self {
            Member::List => list(session).await,
            Member::Add(add) => add.run(session).await,
        }
    }
}

impl Add {
    async fn run(self, session: &Session) -> Result<u8, ApiError> {
        let input = member::AddPersonInput {
            name: self.name.clone(),
            role: self.role,
            department: self.department,
            reports_to: self.reports_to,
            working_hours: self.hours,
            deputy: self.deputy,
        };
        session.call::<member::AddPerson>(input).await?;
        match session.json {
            true => output::json(&serde_json::json!({ "added": self.name })),
            false => eprintln!("{} is a member now and can be given steps.", plain(&self.name)),
        }
        Ok(exit::DONE)
    }
}

async fn list(session: &Session) -> Result<u8, ApiError> {
    let members = session.call::<member::List>(Nothing {}).await?;
    if session.json {
        output::json(&serde_json::json!({ "members": members }));
        return Ok(exit::DONE);
    }
    for member in &members {
        let to = member.reports_to.as_deref().unwrap_or("nobody");
        eprintln!(
            "  {:<36} {:<9} {:<14} reports to {}",
            plain(&member.name),
            member.kind,
            member.department,
            plain(to)
        );
    }
    Ok(exit::DONE)
}
