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
    let anchored = match (report.anchored_to, report.signed_to) {
        (_, Some(entry)) => {
            let device = plain(report.signed_by.as_deref().unwrap_or_default()).to_string();
            let whose = match report.signature.as_str() {
                "own" => "this device",
                _ => "a key that was not compared with this device's",
            };
            format!("anchored up to entry {entry} by a head that {device} signed ({whose})")
        }
        (Some(entry), None) => {
            format!("anchored outside the file up to entry {entry}, unsigned: this device has no key at hand")
        }
        (None, None) => "unanchored: no head is kept outside the file".to_owned(),
    };
    for device in &report.countersigned {
        eprintln!("{} ({}) has signed entries 1 to {}.", plain(&device.device), device.key, device.to);
    }
    if let Some(repair) = &report.repair {
        eprintln!("{}", plain(repair));
    }
    let verdict = if report.verified { "holds" } else { "does not hold" };
    eprintln!("The record of {} entries {verdict}; {anchored}.", report.entries);
}
