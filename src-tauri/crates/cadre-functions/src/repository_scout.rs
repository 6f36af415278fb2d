//! The repository scout: what is in a folder. It follows the folder's ignore rules and no symbolic link, and
//! reads every file in constant memory. It judges nothing; the report writer does.

use std::path::Path;

use cadre_core::function_contract::{FunctionInput, FunctionResult};

use crate::display::{self, count, counted};
use crate::failure::Failure;
use crate::folder::{self, Skipped};
use crate::{Log, contract};

mod data;
mod file_reading;
mod landmarks;
mod language;
mod lines;
mod markers;
mod survey;
mod syntax;
mod test_code;

pub use data::{
    DirectoryFigures, FileFigures, KIND, LanguageFigures, MarkerCount, Markers, ScoutData, SetAside,
    TestFigures, Tests, Totals,
};
pub use landmarks::Landmark;
pub use language::LanguageKind;
pub use markers::Marker;
use survey::Survey;

const PROGRESS_EVERY: u64 = 10_000;

pub(crate) fn run(_: &FunctionInput, folder: &Path, log: Log<'_>) -> Result<FunctionResult, Failure> {
    let data = look_at(folder, log);
    contract::result(summary(&data), &data)
}

fn look_at(folder: &Path, log: Log<'_>) -> ScoutData {
    let mut survey = Survey::new();
    for entry in folder::walk(folder) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                survey.skip(folder::skipped(folder, &error));
                continue;
            }
        };
        if let Some(error) = entry.error() {
            survey.skip(folder::skipped(folder, error));
        }
        if entry.depth() == 0 {
            continue;
        }
        add_entry(&mut survey, folder, &entry);
        if survey.files() > 0 && survey.files().is_multiple_of(PROGRESS_EVERY) && entry.path().is_file() {
            // Progress is a courtesy: a closed standard error does not stop the work.
            let _ = writeln!(log, "{} files looked at", count(survey.files()));
        }
    }
    survey.finish(folder::name(folder))
}

fn add_entry(survey: &mut Survey, folder: &Path, entry: &ignore::DirEntry) {
    let path = folder::relative(folder, entry.path());
    match entry.file_type() {
        Some(kind) if kind.is_dir() => survey.add_directory(),
        Some(kind) if kind.is_symlink() => survey.add_symbolic_link(),
        Some(kind) if kind.is_file() => match file_reading::read(entry.path(), &path) {
            Ok(reading) => survey.add_file(&path, &reading),
            Err(error) => survey.skip(Skipped { path, reason: folder::reason_of(&error).to_owned() }),
        },
        _ => survey.skip(Skipped { path, reason: "not a regular file".to_owned() }),
    }
}

fn summary(data: &ScoutData) -> String {
    let totals = &data.totals;
    if totals.files == 0 {
        return "The folder holds no files that its ignore rules leave.".to_owned();
    }
    let leading: Vec<String> = data
        .languages
        .items
        .iter()
        .filter(|figures| figures.kind == LanguageKind::Code && figures.code > 0)
        .take(3)
        .map(|figures| format!("{} {}", figures.language, display::percent(figures.code, totals.code)))
        .collect();
    let code = if leading.is_empty() {
        "no code".to_owned()
    } else {
        format!("{} of code ({})", counted(totals.code, "line", "lines"), leading.join(", "))
    };
    let tests = match data.tests.cases {
        0 => "no test cases".to_owned(),
        cases => format!("about {}", counted(cases, "test case", "test cases")),
    };
    let skipped = match data.skipped.total() {
        0 => String::new(),
        number => format!(" {} could not be read.", counted(number, "entry", "entries")),
    };
    format!(
        "{}, {}, {code}. It has {tests} and {}.{skipped}",
        counted(totals.files, "file", "files"),
        display::bytes(totals.bytes),
        counted(data.markers.total, "marker left in the text", "markers left in the text"),
    )
}
