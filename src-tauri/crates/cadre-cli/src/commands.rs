//! The command line: one file a command.

mod agents;
mod approve;
mod backup;
mod bench;
mod control;
mod demo;
mod doctor;
mod evidence;
mod member;
mod model;
mod plan;
mod project;
mod request;
mod restore;
mod rules;
mod run;
mod serve;
mod status;
mod undo;
mod verify;

use std::path::PathBuf;

use cadre_api::{ApiError, VaultPlace, places};
use clap::{Parser, Subcommand};

use crate::session::Session;
use crate::{terminal, vault};

/// A workforce of agents and people, as one organisation.
///
/// Say what you want; see the plan with its cost, time and risks; approve it; hold a result whose history verifies.
/// Nothing acts before you approved it.
#[derive(Parser)]
#[command(
    name = "cadre",
    version,
    arg_required_else_help = true,
    after_help = "First steps:\n  cadre demo --yes                    review this folder and write a report\n  cadre request \"Fix the login bug\"   file a request and see how it is read\n  cadre verify                        check the whole history"
)]
pub(crate) struct Cli {
    /// Print one line of JSON on standard output; everything else goes to standard error.
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// The workspace's folder. Default: the platform's data folder; for `demo` a fresh one.
    #[arg(long, global = true, value_name = "DIR")]
    workspace: Option<PathBuf>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Review a folder and write a health report, from request to verified result.
    Demo(demo::Demo),
    /// Serve the interface to a browser on this machine, until you stop it.
    Serve(serve::Serve),
    /// File a request and show how it was read.
    Request(request::Request),
    /// Plan a request and show the plan.
    Plan(plan::PlanCommand),
    /// Decide on what waits: a plan, or an item of the Inbox.
    Approve(approve::Approve),
    /// Carry on what was approved, until it is done or waits for you.
    Run(run::Run),
    /// Show projects and what waits for you.
    Status(status::Status),
    /// Hold a project: what runs ends, nothing new begins, and all of it can go on later.
    Hold(control::OfProject),
    /// Let a project go on that is held or stopped on an error.
    Continue(control::OfProject),
    /// End a project for good. What was done stays and can be undone.
    Abort(control::AbortCommand),
    /// Stop everything: running programs end, every project is held, state stays.
    Stop,
    /// Show what of a project can be taken back, and take it back.
    Undo(undo::Undo),
    /// Show what is always allowed, and end a rule.
    Rules(rules::Rules),
    /// Show the organisation, and add people to it.
    #[command(subcommand)]
    Member(member::Member),
    /// Take over what changed in the agents folder: live, waiting for you, or refused with the reason.
    Agents,
    /// Find services that answer with models, enter their keys, agree to use them.
    #[command(subcommand)]
    Model(model::Model),
    /// Check every byte of the record, or a bundle of evidence.
    Verify(verify::Verify),
    /// Write evidence of the record, or of a project, that anybody can check.
    Export(evidence::Export),
    /// Prove that one entry is in the record.
    Prove(evidence::Prove),
    /// Print the newest signed head of the record.
    Head,
    /// Take what an entry says away for good.
    Redact(evidence::Redact),
    /// Write a backup of the workspace while work goes on, and check it.
    Backup(backup::Backup),
    /// Put a backup in the place of the workspace; what lies there now is kept.
    Restore(restore::RestoreCommand),
    /// Measure the engine, beside others that do the same.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Look at everything that Cadre needs, and say what to do where something is missing.
    Doctor,
    /// Print the version.
    Version,
}

pub(crate) async fn run(cli: Cli) -> Result<u8, ApiError> {
    let Cli { json, workspace, command } = cli;
    if let Command::Version = command {
        let version = env!("CARGO_PKG_VERSION");
        match json {
            true => crate::output::json(&serde_json::json!({ "version": version })),
            false => println!("cadre {version}"),
        }
        return Ok(crate::exit::DONE);
    }
    if let Command::Bench(bench) = command {
        return bench.run(json).await; // it has workspaces of its own
    }
    if let Command::Verify(verify::Verify { bundle: Some(bundle), head }) = &command {
        return verify::bundle(bundle, head.as_deref(), json); // with nothing but the file
    }
    let workspace = match (&command, workspace) {
        (_, Some(workspace)) => workspace,
        (Command::Demo(_), None) => demo::fresh_workspace()?,
        (_, None) => places::default_workspace(),
    };
    if let Command::Restore(restore) = command {
        // Before anything is opened: the record that is there may be what cannot be opened.
        return restore.run(workspace, json).await;
    }
    let session = Session::open(workspace, json, vault_for(&command)?).await?;
    let outcome = match command {
        Command::Demo(demo) => demo.run(&session).await,
        Command::Serve(serve) => serve.run(&session).await,
        Command::Request(request) => request.run(&session).await,
        Command::Plan(plan) => plan.run(&session).await,
        Command::Approve(approve) => approve.run(&session).await,
        Command::Run(run) => run.run(&session).await,
        Command::Status(status) => status.run(&session).await,
        Command::Hold(of) => of.hold(&session, true).await,
        Command::Continue(of) => of.hold(&session, false).await,
        Command::Abort(abort) => abort.run(&session).await,
        Command::Stop => control::stop(&session).await,
        Command::Undo(undo) => undo.run(&session).await,
        Command::Rules(rules) => rules.run(&session).await,
        Command::Member(member) => member.run(&session).await,
        Command::Agents => agents::run(&session).await,
        Command::Model(model) => model.run(&session).await,
        Command::Verify(_) => verify::run(&session).await,
        Command::Export(export) => export.run(&session).await,
        Command::Prove(prove) => prove.run(&session).await,
        Command::Head => evidence::head(&session).await,
        Command::Redact(redact) => redact.run(&session).await,
        Command::Doctor => doctor::run(&session).await,
        Command::Backup(backup) => backup.run(&session).await,
        Command::Bench(_) | Command::Restore(_) | Command::Version => Ok(crate::exit::DONE),
    };
    session.close().await;
    outcome
}

/// Where keys lie; what asks no model needs none, and asks for no passphrase.
fn vault_for(command: &Command) -> Result<VaultPlace, ApiError> {
    match command {
        Command::Demo(_)
        | Command::Serve(_)
        | Command::Request(_)
        | Command::Plan(_)
        | Command::Run(_)
        | Command::Model(_)
        | Command::Doctor => vault::chosen(),
        // With the device's key what is decided is signed, and what is verified compared; nobody is asked for it.
        Command::Approve(_)
        | Command::Verify(_)
        | Command::Export(_)
        | Command::Prove(_)
        | Command::Head
        | Command::Redact(_) => Ok(vault::without_asking()),
        _ => Ok(VaultPlace::Memory),
    }
}

/// Says why nothing can be asked here.
pub(crate) fn cannot_ask(what: &str) -> u8 {
    if !terminal::is_interactive() {
        eprintln!(
            "cadre: {what} waits for an answer and nobody can give one here; use --yes, or `cadre approve`"
        );
    }
    crate::exit::FINDING
}
