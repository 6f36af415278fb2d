//! Reading the log from its end, a page at a time, without reading more of a file than the page needs.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use jiff::Timestamp;
use serde_json::Value;

use super::file::files;

/// How much is read at once, and at most for one page: a filter that fits nothing must not read a month.
const CHUNK: u64 = 64 * 1024;
const MOST: u64 = 4 * 1024 * 1024;
const LEVELS: [&str; 5] = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogQuery {
    /// Where the page before ended.
    pub after: Option<String>,
    pub limit: usize,
    /// The least grave level that is wanted: `error`, `warn` or `info`.
    pub level: Option<String>,
    /// In what happened, where, or its details; in capitals or not.
    pub text: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Unix time in microseconds; `None` for a line that is not one of ours.
    pub at: Option<i64>,
    /// `error`, `warn`, `info`, `debug`, `trace`, or `unknown`.
    pub level: String,
    /// The part of the program.
    pub target: String,
    pub message: String,
    /// The rest, as `name=value`.
    pub details: String,
}

/// Newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogPage {
    pub lines: Vec<LogLine>,
    /// Where the next page begins; `None` at the beginning of the log.
    pub next: Option<String>,
}

/// # Errors
/// The log cannot be read.
pub fn read(folder: &Path, query: &LogQuery) -> io::Result<LogPage> {
    let mut page = LogPage::default();
    let mut budget = MOST;
    let after = query.after.as_deref().and_then(|after| after.rsplit_once(':'));
    let after = after.and_then(|(name, end)| Some((name, end.parse::<u64>().ok()?)));
    let names: Vec<String> = files(folder)?.into_iter().map(|(name, _)| name).collect();
    // A file that was removed since is older than all that is left.
    let from = match after {
        Some((name, _)) => names.iter().position(|known| known == name).map_or(0, |at| at + 1),
        None => names.len(),
    };
    for name in names[..from].iter().rev() {
        let mut file = match File::open(folder.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        let length = file.metadata()?.len();
        let mut end = match after {
            Some((known, end)) if known == name => end.min(length),
            _ => length,
        };
        let mut rest = Vec::new();
        while end > 0 {
            if page.lines.len() >= query.limit || budget == 0 {
                page.next = Some(format!("{name}:{}", end + rest.len() as u64));
                return Ok(page);
            }
            let begin = end.saturating_sub(CHUNK);
            budget = budget.saturating_sub(end - begin);
            let mut chunk = vec![0; usize::try_from(end - begin).unwrap_or_default()];
            file.seek(SeekFrom::Start(begin))?;
            file.read_exact(&mut chunk)?;
            chunk.append(&mut rest);
            end = begin;
            if let Some(cut) = take_lines(chunk, begin, query, &mut page, &mut rest) {
                page.next = (cut > 0 || name != &names[0]).then(|| format!("{name}:{cut}"));
                return Ok(page);
            }
        }
    }
    Ok(page)
}

/// Takes the lines of a part of a file that begins at `begin`, newest first. What may be the end of a line that begins
/// before it stays in `rest`. Gives the place at which the page is full.
fn take_lines(
    mut part: Vec<u8>,
    begin: u64,
    query: &LogQuery,
    page: &mut LogPage,
    rest: &mut Vec<u8>,
) -> Option<u64> {
    loop {
        let body = part.strip_suffix(b"\n").unwrap_or(&part);
        let line_at = match body.iter().rposition(|byte| *byte == b'\n') {
            Some(before) => before + 1,
            None if begin == 0 => 0,
            None => {
                *rest = part;
                return None;
            }
        };
        if let Some(line) = parse(&body[line_at..]).filter(|line| fits(line, query)) {
            page.lines.push(line);
        }
        part.truncate(line_at);
        if page.lines.len() >= query.limit {
            return Some(begin + line_at as u64);
        }
        if part.is_empty() {
            return None;
        }
    }
}

fn parse(line: &[u8]) -> Option<LogLine> {
    if line.is_empty() {
        return None;
    }
    let Ok(Value::Object(mut line)) = serde_json::from_slice(line) else {
        let message = String::from_utf8_lossy(line).into_owned();
        let (at, level) = (None, "unknown".to_owned());
        return Some(LogLine { at, level, target: String::new(), message, details: String::new() });
    };
    let mut text = |name: &str| line.remove(name).as_ref().and_then(Value::as_str).map(str::to_owned);
    let at = text("timestamp").and_then(|at| at.parse::<Timestamp>().ok());
    let level = text("level").filter(|level| LEVELS.contains(&level.as_str()));
    let target = text("target").unwrap_or_default();
    let Some(Value::Object(mut fields)) = line.remove("fields") else { return None };
    let message = fields.remove("message").map(words).unwrap_or_default();
    let details = fields.into_iter().map(|(name, value)| format!("{name}={}", words(value)));
    Some(LogLine {
        at: at.map(Timestamp::as_microsecond),
        level: level.map_or_else(|| "unknown".into(), |level| level.to_lowercase()),
        target,
        message,
        details: details.collect::<Vec<_>>().join(" "),
    })
}

fn words(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn fits(line: &LogLine, query: &LogQuery) -> bool {
    let rank = |level: &str| LEVELS.iter().position(|known| known.eq_ignore_ascii_case(level));
    // What is not understood is hidden by no filter of levels.
    let grave = match (query.level.as_deref().and_then(rank), rank(&line.level)) {
        (Some(wanted), Some(found)) => found <= wanted,
        _ => true,
    };
    grave
        && query.text.as_deref().map(str::to_lowercase).is_none_or(|text| {
            [&line.message, &line.target, &line.details]
                .iter()
                .any(|part| part.to_lowercase().contains(&text))
        })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn line(number: usize, level: &str) -> String {
        format!(
            "{{\"timestamp\":\"2026-11-21T10:00:00.{number:06}Z\",\"level\":\"{level}\",\"fields\":{{\"message\":\"line {number}\",\"count\":{number}}},\"target\":\"cadre_store\"}}\n"
        )
    }

    /// Two days, 3,000 lines each; every tenth is an error.
    fn log() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (day, from) in [(20, 0), (21, 3000)] {
            let level = |number: usize| if number.is_multiple_of(10) { "ERROR" } else { "INFO" };
            let text: String = (from..from + 3000).map(|number| line(number, level(number))).collect();
            fs::write(folder.path().join(format!("cadre-2026-11-{day}.jsonl")), text).expect("is written");
        }
        folder
    }

    fn numbers(page: &LogPage) -> Vec<usize> {
        let number = |line: &LogLine| line.message.rsplit(' ').next().and_then(|it| it.parse().ok());
        page.lines.iter().filter_map(number).collect()
    }

    #[test]
    fn pages_go_back_over_files_without_a_gap_or_a_double() {
        let folder = log();
        for limit in [1, 7, 200, 6000, 10_000] {
            let (mut seen, mut after) = (Vec::new(), None);
            let most = if limit < 7 { 50 } else { usize::MAX };
            while seen.len() < most {
                let query = LogQuery { after, limit, ..LogQuery::default() };
                let page = read(folder.path(), &query).expect("reads");
                seen.extend(numbers(&page));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            let wanted: Vec<usize> = (0..6000).rev().take(seen.len()).collect();
            assert!(seen == wanted, "limit {limit}: each line once, newest first");
            assert!(most < usize::MAX || seen.len() == 6000, "limit {limit}: to the beginning");
        }
    }

    #[test]
    fn filters_choose_by_level_and_text() {
        let folder = log();
        let all = |level: Option<&str>, text: Option<&str>| {
            let query = LogQuery {
                limit: 10_000,
                level: level.map(str::to_owned),
                text: text.map(str::to_owned),
                after: None,
            };
            read(folder.path(), &query).expect("reads").lines.len()
        };
        assert_eq!(all(Some("error"), None), 600);
        assert_eq!(all(Some("info"), None), 6000);
        assert_eq!(all(None, Some("LINE 599")), 11, "599 and 5990 to 5999");
        assert_eq!(all(None, Some("nothing like it")), 0);
    }

    #[test]
    fn a_line_that_is_not_ours_or_was_cut_is_shown_as_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = format!("no json\n{}{{\"timestamp\":", line(1, "WARN"));
        fs::write(folder.path().join("cadre-2026-11-21.jsonl"), text).expect("is written");
        let page = read(folder.path(), &LogQuery { limit: 10, ..LogQuery::default() }).expect("reads");
        let levels: Vec<_> = page.lines.iter().map(|line| line.level.as_str()).collect();
        assert_eq!(levels, ["unknown", "warn", "unknown"]);
        assert_eq!(page.lines[1].details, "count=1");
        assert_eq!(page.lines[1].at, Some(1_795_255_200_000_001));
        let nowhere = read(&folder.path().join("none"), &LogQuery { limit: 10, ..LogQuery::default() });
        assert_eq!(nowhere.expect("there is no log yet"), LogPage::default());
    }
}
