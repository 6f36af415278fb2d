//! Text that people read: paths, counts, sizes. Names of files and people come from the folder and may be
//! anything, so what could disturb a terminal or a line-based format is made visible here.

use std::path::Path;

/// Longest path or name in a result, in bytes. Longer ones are cut in the middle: both ends identify a file.
pub(crate) const NAME_LIMIT: usize = 240;

/// A path as shown in results: relative, with `/`, lossy for invalid UTF-8.
pub(crate) fn shown_path(path: &Path) -> String {
    let mut shown = String::new();
    for component in path.components() {
        if !shown.is_empty() {
            shown.push('/');
        }
        shown.push_str(&component.as_os_str().to_string_lossy());
    }
    clip_middle(&shown_text(&shown), NAME_LIMIT)
}

/// Makes control characters and bidirectional overrides visible; they can reorder or hide the text around them.
pub(crate) fn shown_text(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let disturbs = character.is_control()
            || matches!(character, '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
        match character {
            '\t' => shown.push(' '),
            _ if disturbs => shown.extend(character.escape_unicode()),
            _ => shown.push(character),
        }
    }
    shown
}

/// Limits are in bytes, so that the size of a result has a bound in every script.
pub(crate) fn clip(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(limit.saturating_sub('…'.len_utf8()));
    format!("{}…", &text[..end])
}

pub(crate) fn clip_middle(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let space = limit.saturating_sub('…'.len_utf8());
    let head = text.floor_char_boundary(space / 2);
    let tail = text.ceil_char_boundary(text.len() - (space - space / 2));
    format!("{}…{}", &text[..head], &text[tail..])
}

/// `1,284`
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 file`, `1,284 files`
pub(crate) fn counted(number: u64, singular: &str, plural: &str) -> String {
    format!("{} {}", count(number), if number == 1 { singular } else { plural })
}

/// `312 B`, `4.0 KiB`, `1.2 GiB`
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if number < 1024 {
        return format!("{number} B");
    }
    let mut value = number as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// A whole percentage; `<1` and `>99` keep a small share from reading as nothing and a large one as all.
pub(crate) fn percent(part: u64, whole: u64) -> String {
    if whole == 0 || part == 0 {
        return "0 %".to_owned();
    }
    let share = part as f64 * 100.0 / whole as f64;
    match share {
        _ if part >= whole => "100 %".to_owned(),
        share if share < 1.0 => "<1 %".to_owned(),
        share if share > 99.0 => ">99 %".to_owned(),
        share => format!("{share:.0} %"),
    }
}

/// `today`, `1 day`, `45 days`, `14 months`, `3 years`
pub(crate) fn days(days: i64) -> String {
    match days {
        ..=0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        2..=89 => format!("{days} days"),
        90..=729 => format!("{} months", days / 30),
        _ => format!("{:.1} years", days as f64 / 365.25),
    }
}

/// `a`, `a and b`, `a, b and c`
pub(crate) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0, 1023, 1024, 1_572_864].map(bytes), ["0 B", "1023 B", "1.0 KiB", "1.5 MiB"]);
        let shares = [(0, 10), (1, 1000), (1, 2), (999, 1000), (3, 3), (1, 0)];
        assert_eq!(
            shares.map(|(part, whole)| percent(part, whole)),
            ["0 %", "<1 %", "50 %", ">99 %", "100 %", "0 %"],
            "a small share must not read as nothing, nor a large one as all"
        );
    }

    #[test]
    fn names_cannot_disturb_the_text_around_them() {
        let shown = shown_path(Path::new("a\nb/c\u{202E}gpj.exe"));
        assert_eq!(shown, "a\\u{a}b/c\\u{202e}gpj.exe", "line breaks and overrides are made visible");
        assert_eq!(clip("ääää", 6), "ä…", "a cut never falls into a character");
        assert_eq!(clip_middle("ääääää", 8), "ä…ä", "a cut never falls into a character");
        assert_eq!(clip_middle("abcdefghij", 7), "ab…ij", "both ends of a path identify it");
    }
}
