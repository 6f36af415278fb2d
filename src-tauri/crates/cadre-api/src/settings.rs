//! What a person has set for this machine: `desktop.json` in the platform's config folder.
//!
//! ```json
//! { "notifications": true, "quiet_hours": { "from": "22:00", "to": "07:00" }, "close_to_tray": true }
//! ```
//!
//! It is read anew whenever it matters, so an edit counts at once. A file that cannot be read counts as none: then
//! notifications are shown, because something that waits unseen is worse than one notification too many.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use specta::Type;

const FILE: &str = "desktop.json";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whether what waits is also shown as a notification of the system.
    pub notifications: bool,
    /// When none is shown all the same.
    pub quiet_hours: Option<QuietHours>,
    /// Whether the window's close button leaves Cadre in the tray, where there is one.
    pub close_to_tray: bool,
}

/// Each day from one time up to the other, over midnight too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// Such as 22:00.
    pub from: String,
    pub to: String,
}

#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("`{0}` is no time like 22:00")]
    NoTime(String),
    #[error("quiet hours that begin and end at {0} cover nothing; switch notifications off instead")]
    Empty(String),
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl Default for Settings {
    fn default() -> Self {
        Settings { notifications: true, quiet_hours: None, close_to_tray: true }
    }
}

impl Settings {
    /// What is set in a folder. What is not understood counts as not set.
    pub fn read(folder: Option<&Path>) -> Settings {
        let (settings, problem) = Settings::look(folder);
        if let Some(problem) = problem {
            tracing::warn!(problem, "settings are not understood; the defaults count");
        }
        settings
    }

    /// What is set, and why the file counts as none if it does.
    pub(crate) fn look(folder: Option<&Path>) -> (Settings, Option<String>) {
        let Some(path) = folder.map(|folder| folder.join(FILE)) else { return (Settings::default(), None) };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (Settings::default(), None),
            Err(error) => return (Settings::default(), Some(format!("{}: {error}", path.display()))),
        };
        let settings = serde_json::from_str::<Settings>(&text).map_err(|error| error.to_string());
        let checked = settings.and_then(|settings| match settings.check() {
            Ok(()) => Ok(settings),
            Err(error) => Err(error.to_string()),
        });
        match checked {
            Ok(settings) => (settings, None),
            Err(error) => (Settings::default(), Some(format!("{}: {error}", path.display()))),
        }
    }

    /// Writes all of them, in one step.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), SettingsError> {
        self.check()?;
        let path = folder.join(FILE);
        let write = || {
            std::fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|source| SettingsError::Io { path: path.clone(), source })
    }

    fn check(&self) -> Result<(), SettingsError> {
        let Some(quiet) = &self.quiet_hours else { return Ok(()) };
        let (from, to) = (time(&quiet.from)?, time(&quiet.to)?);
        if from == to { Err(SettingsError::Empty(quiet.from.clone())) } else { Ok(()) }
    }

    /// Whether a notification may be shown at this time of the day.
    pub fn may_notify(&self, now: Time) -> bool {
        self.notifications && !self.quiet_hours.as_ref().is_some_and(|quiet| quiet.cover(now))
    }
}

impl QuietHours {
    fn cover(&self, now: Time) -> bool {
        let (Ok(from), Ok(to)) = (time(&self.from), time(&self.to)) else { return false };
        if from <= to { from <= now && now < to } else { from <= now || now < to }
    }
}

fn time(text: &str) -> Result<Time, SettingsError> {
    text.parse().map_err(|_| SettingsError::NoTime(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Settings {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(FILE), text).expect("is written");
        Settings::read(Some(folder.path()))
    }

    fn at(text: &str) -> Time {
        text.parse().expect("a time")
    }

    fn quiet(from: &str, to: &str) -> Settings {
        let quiet_hours = Some(QuietHours { from: from.into(), to: to.into() });
        Settings { quiet_hours, ..Settings::default() }
    }

    #[test]
    fn quiet_hours_cover_the_night_up_to_their_end() {
        let night = read(r#"{"quiet_hours": {"from": "22:00", "to": "07:00"}}"#);
        let noon = read(r#"{"quiet_hours": {"from": "12:00", "to": "13:30"}}"#);
        for (settings, now, shown) in [
            (&night, "21:59", true),
            (&night, "22:00", false),
            (&night, "00:00", false),
            (&night, "06:59:59", false),
            (&night, "07:00", true),
            (&noon, "11:59", true),
            (&noon, "12:00", false),
            (&noon, "13:30", true),
        ] {
            assert_eq!(settings.may_notify(at(now)), shown, "{settings:?} at {now}");
        }
    }

    #[test]
    fn notifications_can_be_off_all_day() {
        assert!(!read(r#"{"notifications": false}"#).may_notify(at("12:00")));
    }

    #[test]
    fn what_is_not_understood_hides_nothing_and_is_said() {
        for text in
            ["", "garbage", "7", r#"{"quiet_hours": {"from": "25:00", "to": "7"}}"#, r#"{"quiet": 1}"#]
        {
            assert_eq!(read(text), Settings::default(), "{text}");
            let folder = tempfile::tempdir().expect("a folder");
            std::fs::write(folder.path().join(FILE), text).expect("is written");
            assert!(Settings::look(Some(folder.path())).1.is_some(), "{text}: whoever wrote it hears of it");
        }
        let nowhere = tempfile::tempdir().expect("a folder");
        assert_eq!(Settings::read(Some(&nowhere.path().join("none"))), Settings::default());
        assert_eq!(Settings::read(None), Settings::default());
    }

    #[test]
    fn what_is_set_is_read_back_and_what_makes_no_sense_changes_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("config");
        let set = Settings { close_to_tray: false, ..quiet("22:00", "07:00") };
        set.write(&folder).expect("is written");
        assert_eq!(Settings::look(Some(&folder)), (set.clone(), None));
        for (from, to) in [("22", "7:00"), ("25:00", "07:00"), ("12:00", "12:00"), ("", "")] {
            assert!(quiet(from, to).write(&folder).is_err(), "{from} to {to}");
        }
        assert_eq!(Settings::read(Some(&folder)), set, "it is as it was");
        let file = folder.join("file");
        std::fs::write(&file, "").expect("is written");
        assert!(matches!(set.write(&file), Err(SettingsError::Io { .. })));
    }
}
