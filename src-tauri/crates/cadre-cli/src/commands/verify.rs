//! `cadre verify`

use std::io::BufReader;
use std::path::{Path, PathBuf};

use cadre_api::operations::{ledger, system::Nothing};
use cadre_api::{ApiError, BundleReport, SignedHead, VerificationDto, check_bundle};
use serde_json::json;

use crate::exit;
use crate::output::{self, plain};
use crate::session::Session;

/// Checks every byte of the record. Exit code 0 only if all of it holds, 1 on a finding, 2 if it could not look.
#[derive(clap::Args)]
pub(super) struct Verify {
    /// Check an evidence bundle instead, with nothing but this file: no workspace is opened and no keychain asked.
    #[arg(long, value_name = "FILE")]
    pub(super) bundle: Option<PathBuf>,
    /// A signed head, as `cadre head` printed it, that the bundle must be of.
    #[arg(long, value_name = "FILE", requires = "bundle")]
    pub(super) head: Option<PathBuf>,
}

/// Checks a bundle. What is no bundle could not be looked at.
pub(super) fn bundle(file: &Path, head: Option<&Path>, json: bool) -> Result<u8, ApiError> {
    let cannot = |error: &dyn std::fmt::Display| {
        eprintln!("cadre: {}: {}", file.display(), plain(&error.to_string()));
        exit::INTERNAL
    };
    let known: Option<SignedHead> = match head.map(super::evidence::read_head).transpose()? {
        Some(text) => match serde_json::from_str(&text) {
            Ok(head) => Some(head),
            Err(error) => return Ok(cannot(&format!("the head given is none: {error}"))),
        },
        None => None,
    };
    let opened = match std::fs::File::open(file) {
        Ok(opened) => opened,
        Err(error) => return Ok(cannot(&error)),
    };
    let report = match check_bundle(BufReader::new(opened), known.as_ref()) {
        Ok(report) => report,
        Err(error) => return Ok(cannot(&error)),
    };
    match json {
        true => output::json(&as_json(&report)),
        false => show_bundle(&report, known.is_some()),
    }
    Ok(if report.holds() { exit::DONE } else { exit::FINDING })
}

fn as_json(report: &BundleReport) -> serde_json::Value {
    let signers = report
        .signers
        .iter()
        .map(|it| json!({ "device": it.device, "key": it.key, "to": it.to, "at": it.at.to_string() }));
    json!({
        "verified": report.holds(),
        "workspace": report.workspace,
        "scope": report.scope,
        "size": report.size,
        "root": report.root,
        "entries": report.entries,
        "values": report.values,
        "redacted": report.redacted,
        "signed": signers.collect::<Vec<_>>(),
        "findings": report.findings,
        "more_findings": report.more,
    })
}

fn show_bundle(report: &BundleReport, against_head: bool) {
    for finding in &report.findings {
        eprintln!("{}", plain(finding));
    }
    if report.more > 0 {
        eprintln!("and {} more", report.more);
    }
    for it in &report.signers {
        eprintln!("Signed for entries 1 to {} by {}, key {}.", it.to, plain(&it.device), it.key);
    }
    let verdict = if report.holds() { "hold" } else { "do not hold" };
    let anchored = match (against_head, report.signers.is_empty()) {
        (true, _) => "against the head that was given",
        (false, true) => "unanchored: no device has signed the record that they are of",
        (false, false) => "by the signatures named; whose keys they are, this file cannot say",
    };
    eprintln!("{} entries of a record of {} {verdict}, {anchored}.", report.entries, report.size);
}

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
