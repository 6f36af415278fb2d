//! The `cadre` program: a host of the application in a terminal.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal talks to it")]

mod commands;
mod exit;
mod output;
mod places;
mod session;
mod terminal;
mod vault;

use std::process::ExitCode;

use clap::Parser as _;

use commands::Cli;

/// What a task makes and the store's writer frees costs the system's allocator a lock.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cadre_api::logs::begin(cadre_api::places::logs().as_deref(), "error");
    let cli = Cli::parse();
    let json = cli.json;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("cadre: the program could not start its threads: {error}");
            return ExitCode::from(exit::INTERNAL);
        }
    };
    match runtime.block_on(commands::run(cli)) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            output::error(&error, json);
            ExitCode::from(exit::of(&error))
        }
    }
}
