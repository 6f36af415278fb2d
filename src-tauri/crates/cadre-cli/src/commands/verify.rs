//! `cadre verify`

use cadre_api::operations::{ledger, system::Nothing};
use cadre_api::{ApiError, VerificationDto};

use crate::exit;
use crate::output::{self, plain};
use crate::session::Session;

pub(super) async fn run(session: &Session) -> Result<u8, ApiError> {
    let report = session.call::<ledger::Verify>(Nothing {}).await?;
    match session.json {
        true => output::json(&report),
        false => show(&report),
    }
    Ok(if report.verified { exit::DONE } else { exit::FINDING })
}

pub(super) fn show(report: &VerificationDto) {
    for finding in &report.findings {
        match finding.entry {
            Some(entry) => eprintln!("entry {entry} {}", plain(&finding.message)),
            None => eprintln!("{}", plain(&finding.message)),
        }
    }
    if report.more_findings > 0 {
        eprintln!("and {} more", report.more_findings);
    }
    let anchored = match report.anchored_to {
        Some(entry) => format!("anchored outside the file up to entry {entry}"),
        None => "unanchored: no head is kept outside the file".to_owned(),
    };
    let verdict = if report.verified { "holds" } else { "does not hold" };
    eprintln!("The record of {} entries {verdict}; {anchored}.", report.entries);
}
