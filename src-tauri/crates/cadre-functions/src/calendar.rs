//! Dates of the proleptic Gregorian calendar in UTC, from Unix seconds. A calendar library would bring time
//! zones, which a deterministic report must not have.

use std::fmt;

pub(crate) const DAY: i64 = 86_400;
pub(crate) const YEAR: i64 = 365 * DAY;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
}

impl Date {
    /// Uses the days-to-civil algorithm of Howard Hinnant (chrono-compatible low-level date algorithms).
    pub(crate) fn from_unix(seconds: i64) -> Self {
        let days = seconds.div_euclid(DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let day_of_era = days.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Months counted from March, so that the leap day is the last of a year.
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        Self { year: era * 400 + year_of_era + i64::from(month <= 2), month, day }
    }

    /// Months since year 0, for counting per month.
    pub(crate) fn month_number(self) -> i64 {
        self.year * 12 + self.month - 1
    }
}

impl fmt::Display for Date {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// `2025-03` from months since year 0.
pub(crate) fn month_name(month_number: i64) -> String {
    format!("{:04}-{:02}", month_number.div_euclid(12), month_number.rem_euclid(12) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_agree_with_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400, "2000-02-29"),
            (1_709_164_800, "2024-02-29"),
            (1_735_689_599, "2024-12-31"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(Date::from_unix(seconds).to_string(), expected, "{seconds} seconds after 1970");
        }
        assert_eq!(month_name(Date::from_unix(951_782_400).month_number()), "2000-02", "months match dates");
    }
}
