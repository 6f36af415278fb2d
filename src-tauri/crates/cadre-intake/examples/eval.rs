//! Prints how well the embedded reader reads a labelled set: `cargo run --example eval -- requests.jsonl`.
//! With `--errors` it then lists what was read wrong.

use std::process::ExitCode;
use std::time::Instant;

use cadre_intake::evaluation::{evaluate, parse_jsonl};
use cadre_intake::{ACT_THRESHOLD, Context, EmbeddedReader};

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]
fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: eval <requests.jsonl> [--errors]");
        return ExitCode::from(2);
    };
    let requests = match std::fs::read_to_string(&path)
        .map_err(|error| error.to_string())
        .and_then(|source| parse_jsonl(&source).map_err(|error| error.to_string()))
    {
        Ok(requests) => requests,
        Err(reason) => {
            eprintln!("{path}: {reason}");
            return ExitCode::from(2);
        }
    };
    let (reader, context, start) = (EmbeddedReader::shipped(), Context::default(), Instant::now());
    let elapsed_ms = || start.elapsed().as_secs_f64() * 1000.0;
    let evaluation = evaluate(reader, &requests, &context, ACT_THRESHOLD, elapsed_ms);
    println!("{}", evaluation.to_json());
    if std::env::args().any(|argument| argument == "--errors") {
        for request in &requests {
            let reading = reader.read(&request.text, &context);
            if reading.intent != request.intent {
                let (wanted, read, sure) = (request.intent.name(), reading.intent.name(), reading.confidence);
                println!("{wanted} read as {read} ({sure:.2}): {}", request.text);
            }
        }
    }
    ExitCode::SUCCESS
}
