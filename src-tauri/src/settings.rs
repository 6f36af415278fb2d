//! What a person has set for this machine's window: `desktop.json` in the platform's config folder.
//!
//! ```json
//! { "notifications": true, "quiet_hours": { "from": "22:00", "to": "07:00" } }
//! ```
//!
//! It is read anew whenever it matters, so an edit counts at once. A file that cannot be read counts as none: then
//! notifications are shown, because something that waits unseen is worse than one notification too many.

use std::io;
use std::path::Path;

use jiff::civil::Time;
use serde::{Deserialize, Deserializer};

const FILE: &str = "desktop.json";

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    notifications: bool,
    quiet_hours: Option<QuietHours>,
}

/// Each day from one time up to the other, over midnight too.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct QuietHours {
    #[serde(deserialize_with = "time")]
    from: Time,
    #[serde(deserialize_with = "time")]
    to: Time,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { notifications: true, quiet_hours: None }
    }
}

impl Settings {
    pub(crate) fn read(folder: Option<&Path>) -> Settings {
        let Some(path) = folder.map(|folder| folder.join(FILE)) else { return Settings::default() };
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Settings::default(),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "settings cannot be read; the defaults count");
                return Settings::default();
            }
        };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(path = %path.display(), %error, "settings are not understood; the defaults count");
            Settings::default()
        })
    }

    /// Whether a notification may be shown at this time of the day.
    pub(crate) fn may_notify(&self, now: Time) -> bool {
        self.notifications && !self.quiet_hours.as_ref().is_some_and(|quiet| quiet.cover(now))
    }
}

impl QuietHours {
    fn cover(&self, now: Time) -> bool {
        if self.from <= self.to {
            self.from <= now && now < self.to
        } else {
            self.from <= now || now < self.to
        }
    }
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|error| serde::de::Error::custom(format!("`{text}` is no time like 22:00: {error}")))
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
    fn what_is_not_understood_hides_nothing() {
        for text in
            ["", "garbage", "[]", r#"{"quiet_hours": {"from": "25:00", "to": "7"}}"#, r#"{"quiet": 1}"#]
        {
            assert_eq!(read(text), Settings::default(), "{text}");
        }
        let nowhere = tempfile::tempdir().expect("a folder");
        assert_eq!(Settings::read(Some(&nowhere.path().join("none"))), Settings::default());
        assert_eq!(Settings::read(None), Settings::default());
    }
}
