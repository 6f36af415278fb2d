//! The `cadre-functions` program: one subcommand per shipped function agent.

use std::process::ExitCode;

fn main() -> ExitCode {
    let agent = std::env::args().nth(1);
    cadre_functions::run(
        agent.as_deref(),
        std::io::stdin().lock(),
        std::io::stdout().lock(),
        std::io::stderr().lock(),
    )
}
