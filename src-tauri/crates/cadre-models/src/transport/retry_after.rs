//! How long a provider asks to be left alone.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// A provider that asks for more is not waited for; its answer must not become an overflow either.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// `retry-after-ms`, or `Retry-After` in seconds or as a date (RFC 9110, 10.2.3).
///
/// A date is compared with the answer's own `Date`: both come from the same clock, so ours does not matter.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(milliseconds) = text("retry-after-ms").and_then(|text| text.parse::<f64>().ok()) {
        return duration(milliseconds / 1000.0);
    }
    let value = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = value.parse::<f64>() {
        return duration(seconds);
    }
    let until = date(value)?;
    let now = date(text(DATE.as_str())?)?;
    let seconds = until.as_second().saturating_sub(now.as_second());
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).min(LONGEST))
}

fn duration(seconds: f64) -> Option<Duration> {
    if seconds.is_nan() || seconds < 0.0 {
        return None;
    }
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST).min(LONGEST))
}

fn date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    const DATE_SENT: &str = "Sat, 21 Nov 2026 07:28:00 GMT";

    type Case = (&'static [(&'static str, &'static str)], Option<f64>, &'static str);

    #[test]
    fn every_way_to_say_it_is_understood() {
        let cases: [Case; 10] = [
            (&[("retry-after", "7")], Some(7.0), "seconds"),
            (&[("retry-after", "0.5")], Some(0.5), "a fraction, which some send"),
            (&[("retry-after-ms", "250"), ("retry-after", "1")], Some(0.25), "the more precise one"),
            (&[("retry-after", "Sat, 21 Nov 2026 07:28:30 GMT"), ("date", DATE_SENT)], Some(30.0), "a date"),
            (
                &[("retry-after", "Sat, 21 Nov 2026 07:27:00 GMT"), ("date", DATE_SENT)],
                Some(0.0),
                "a date in the past",
            ),
            (
                &[("retry-after", "Sat, 21 Nov 2026 07:28:30 GMT")],
                None,
                "a date without a clock to read it by",
            ),
            (&[("retry-after", "soon")], None, "a word"),
            (&[("retry-after", "-3")], None, "a negative number"),
            (&[("retry-after", "1e300")], Some(86400.0), "for ever is at most a day"),
            (&[], None, "nothing"),
        ];
        for (headers, expected, reason) in cases {
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
                .collect();
            let found = retry_after(&headers).map(|duration| duration.as_secs_f64());
            assert_eq!(found, expected, "{reason}");
        }
    }
}
