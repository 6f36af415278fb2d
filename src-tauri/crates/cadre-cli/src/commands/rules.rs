//! `cadre rules`

use cadre_api::ApiError;
use cadre_api::operations::{rule, system::Nothing};

use crate::exit;
use crate::output::{self, plain};
use crate::session::Session;

/// Lists what is always allowed, newest first: each rule was made by answering `always`, for one project, for 30 days.
#[derive(clap::Args)]
pub(super) struct Rules {
    /// End this rule: from now on it is asked again.
    #[arg(long, value_name = "ID")]
    end: Option<String>,
}

impl Rules {
    pub(super) async fn run(self, session: &Session) -> Result<u8, ApiError> {
        if let Some(rule) = self.end {
            session.call::<rule::End>(rule::RuleId { rule: rule.clone() }).await?;
            match session.json {
                true => output::json(&serde_json::json!({ "ended": rule })),
                false => eprintln!("Ended. What it allowed is asked about again."),
            }
            return Ok(exit::DONE);
        }
        let rules = session.call::<rule::List>(Nothing {}).await?;
        if session.json {
            output::json(&serde_json::json!({ "rules": rules }));
            return Ok(exit::DONE);
        }
        for rule in &rules {
            let stands = if rule.holds { "holds" } else { "is over" };
            eprintln!("  {}  {stands:<8} {}  (project {})", rule.id, plain(&rule.allows), rule.project);
        }
        if rules.is_empty() {
            eprintln!("No rules. An approval that can become one offers the decision `always`.");
        }
        Ok(exit::DONE)
    }
}
