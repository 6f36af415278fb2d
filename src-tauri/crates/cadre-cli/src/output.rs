//! What the program prints: for people, or one line of JSON for programs.

use cadre_api::ApiError;
use serde::Serialize;

/// One line of JSON on standard output.
pub(crate) fn json<T: Serialize>(value: &T) {
    match serde_json::to_string(value) {
        Ok(line) => println!("{line}"),
        Err(error) => eprintln!("cadre: the result could not be printed: {error}"),
    }
}

pub(crate) fn error(error: &ApiError, as_json: bool) {
    if as_json {
        json(&serde_json::json!({ "error": error }));
        return;
    }
    eprintln!("cadre: {}", plain(&error.message));
    for detail in &error.details {
        eprintln!("  {}", plain(detail));
    }
    eprintln!("  {} ({})", error.hint, error.code);
}

// Text from elsewhere, without the characters by which it could draw on the terminal or hide: `plain` keeps its lines,
// `one_line` is for fields, which no text of others may end.
pub(crate) use cadre_api::visible::{one_line, visible as plain};
