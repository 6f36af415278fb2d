//! Where the report is to be written: `health-report`, or what the instructions name.

const DEFAULT: &str = "health-report";
const LONGEST: usize = 120;

/// Words after which a name is one to write to, and not one that is only mentioned.
const CUES: [&str; 12] =
    ["to", "as", "into", "named", "called", "name", "name:", "named:", "file:", "files:", "is", "in"];

/// Files that a report must not replace.
const KEPT: [&str; 8] =
    ["readme", "license", "licence", "changelog", "contributing", "security", "architecture", "agents"];

/// The path of both files without their endings.
pub(crate) fn base_name(instructions: &str) -> String {
    let words: Vec<&str> = instructions.split_whitespace().collect();
    let after_cue = words.windows(2).filter(|pair| CUES.contains(&pair[0].to_lowercase().as_str()));
    let named = after_cue.filter_map(|pair| with_ending(trimmed(pair[1])));
    let said = words.windows(3).filter_map(|three| {
        let is_base_name = trimmed(three[0]).eq_ignore_ascii_case("base")
            && trimmed(three[1]).trim_end_matches(':').eq_ignore_ascii_case("name");
        is_base_name.then(|| trimmed(three[2]))
    });
    named.chain(said).find(|name| is_allowed(name)).unwrap_or(DEFAULT).to_owned()
}

fn trimmed(word: &str) -> &str {
    let is_quote = |edge: char| matches!(edge, '"' | '\'' | '`' | '(' | ')' | '“' | '”');
    word.trim_start_matches(is_quote)
        .trim_end_matches(|edge: char| is_quote(edge) || matches!(edge, ',' | ';' | '.'))
}

fn with_ending(word: &str) -> Option<&str> {
    word.strip_suffix(".md").or_else(|| word.strip_suffix(".html"))
}

/// Only plain relative paths: nothing hidden, nothing above the folder, nothing that stands there for a reason.
fn is_allowed(name: &str) -> bool {
    let is_plain = |part: &str| {
        !part.is_empty()
            && part.starts_with(|first: char| first.is_ascii_alphanumeric())
            && part.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.'))
    };
    let last = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    name.len() <= LONGEST && name.split('/').all(is_plain) && !KEPT.contains(&last.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_name_that_is_meant_replaces_the_default() {
        for (instructions, expected) in [
            ("", "health-report"),
            ("Write the report to docs/audit.md.", "docs/audit"),
            ("Save it as `state.html`", "state"),
            ("Use the base name weekly", "weekly"),
            ("Base name: \"weekly\", please", "weekly"),
            ("Mention what README.md says", "health-report"),
            ("Write to README.md", "health-report"),
            ("Write to ../outside.md", "health-report"),
            ("Write to /etc/motd.md", "health-report"),
            ("Write to .github/state.md", "health-report"),
            ("Write to <b>.md", "health-report"),
        ] {
            assert_eq!(base_name(instructions), expected, "{instructions:?}");
        }
    }
}
