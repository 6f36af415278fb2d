//! The files of the log: which one is written to, and which go.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cadre_core::redact::without_keys;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use tracing_subscriber::fmt::MakeWriter;

/// A file that is larger is followed by the next of its day.
const LARGEST: u64 = 8 * 1024 * 1024;
/// Files of one day. Something that fails without end must not fill the disk.
const MOST_A_DAY: u32 = 8;
const KEPT_DAYS: i32 = 30;

/// Writes lines to the file of the day. Several programs may do so at once: each line is one append.
#[derive(Clone)]
pub(super) struct LogFiles {
    folder: Arc<PathBuf>,
    now: fn() -> Timestamp,
    largest: u64,
    open: Arc<Mutex<Option<Open>>>,
}

struct Open {
    day: Date,
    number: u32,
    /// `None` once the day has as many files as it may.
    file: Option<File>,
}

impl LogFiles {
    pub(super) fn new(folder: &Path) -> LogFiles {
        LogFiles::with(folder, Timestamp::now, LARGEST)
    }

    fn with(folder: &Path, now: fn() -> Timestamp, largest: u64) -> LogFiles {
        LogFiles { folder: Arc::new(folder.to_owned()), now, largest, open: Arc::default() }
    }

    fn append(&self, line: &[u8]) -> io::Result<()> {
        let line = without_keys(&String::from_utf8_lossy(line));
        let day = (self.now)().to_zoned(TimeZone::UTC).date();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.as_ref().is_none_or(|open| open.day != day) {
            self.begin_day(day)?;
            *open = Some(Open { day, number: 0, file: Some(self.open_file(day, 0)?) });
        }
        let Some(current) = &mut *open else { return Ok(()) };
        while let Some(file) = &mut current.file {
            // Others write into it, too, so its length is asked.
            if file.metadata()?.len() < self.largest {
                return file.write_all(line.as_bytes());
            }
            current.number += 1;
            current.file = match current.number < MOST_A_DAY {
                true => Some(self.open_file(day, current.number)?),
                false => None,
            };
        }
        Ok(())
    }

    /// Makes the folder, and removes what is older than a month.
    fn begin_day(&self, day: Date) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&*self.folder)?;
        let oldest = day.saturating_sub(KEPT_DAYS.days());
        for (name, of) in files(&self.folder)? {
            if of.0 < oldest {
                fs::remove_file(self.folder.join(name))?;
            }
        }
        Ok(())
    }

    fn open_file(&self, day: Date, number: u32) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.folder.join(name_of(day, number)))
    }
}

fn name_of(day: Date, number: u32) -> String {
    match number {
        0 => format!("cadre-{day}.jsonl"),
        number => format!("cadre-{day}.{number}.jsonl"),
    }
}

/// The files of a log in the order in which they were written, with day and number.
pub(super) fn files(folder: &Path) -> io::Result<Vec<(String, (Date, u32))>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        if let Some(of) = parse(&name) {
            files.push((name, of));
        }
    }
    files.sort_by_key(|(_, of)| *of);
    Ok(files)
}

fn parse(name: &str) -> Option<(Date, u32)> {
    let rest = name.strip_prefix("cadre-")?.strip_suffix(".jsonl")?;
    let (day, number) = rest.split_once('.').unwrap_or((rest, "0"));
    Some((day.parse().ok()?, number.parse().ok()?))
}

impl<'a> MakeWriter<'a> for LogFiles {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

/// One line on its way. A log that cannot be written never stops what it is about.
pub(super) struct Line<'a>(&'a LogFiles);

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.append(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_the_21st() -> Timestamp {
        "2026-11-21T23:59:59Z".parse().expect("a time")
    }

    fn names(folder: &Path) -> Vec<String> {
        files(folder).expect("reads").into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_large_day_has_several_files_and_an_endless_one_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = LogFiles::with(folder.path(), on_the_21st, 100);
        for number in 0..100 {
            log.append(format!("{{\"line\":{number:040}}}\n").as_bytes()).expect("is written");
        }
        let names = names(folder.path());
        assert_eq!(names.len(), 8, "{names:?}");
        assert_eq!(
            (names[0].as_str(), names[1].as_str()),
            ("cadre-2026-11-21.jsonl", "cadre-2026-11-21.1.jsonl")
        );
        let bytes: u64 =
            names.iter().map(|name| fs::metadata(folder.path().join(name)).expect("is there").len()).sum();
        assert!(bytes < 8 * 200, "a program that fails without end does not fill the disk: {bytes}");
    }

    #[test]
    fn a_month_is_kept_and_nothing_else_is_touched() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in
            ["cadre-2026-10-21.jsonl", "cadre-2026-10-22.jsonl", "cadre-2026-10-20.3.jsonl", "notes.txt"]
        {
            fs::write(folder.path().join(name), "").expect("is written");
        }
        LogFiles::with(folder.path(), on_the_21st, 100).append(b"{}\n").expect("is written");
        assert_eq!(names(folder.path()), ["cadre-2026-10-22.jsonl", "cadre-2026-11-21.jsonl"]);
        assert!(folder.path().join("notes.txt").exists(), "it is somebody's");
    }

    #[test]
    fn no_key_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let log = LogFiles::with(folder.path(), on_the_21st, 10_000);
        log.append(b"{\"fields\":{\"message\":\"refused: sk-marked-0123456789\"}}\n").expect("is written");
        let text = fs::read_to_string(folder.path().join("cadre-2026-11-21.jsonl")).expect("is there");
        assert!(!text.contains("marked") && text.contains("[redacted]"), "{text}");
    }

    #[test]
    fn a_folder_that_cannot_be_made_stops_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("is written");
        let log = LogFiles::with(&file.join("logs"), on_the_21st, 100);
        let written = log.make_writer().write(b"{}\n");
        assert_eq!(written.expect("whoever logs does not fail"), 3);
    }
}
