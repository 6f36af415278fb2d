//! What differs between two texts, line by line. Pure.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

/// Unchanged lines that stay around a change, so that it can be placed.
const AROUND: usize = 3;

/// Beyond it the difference gets coarser, never wrong: two unlike files of a megabyte must not hold anybody up.
const EFFORT: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diff {
    pub added: u32,
    pub removed: u32,
    pub lines: Vec<DiffLine>,
}

/// Numbers count from 1. `open`: the text ends here without a line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DiffLine {
    Same {
        old: u32,
        new: u32,
        text: String,
        open: bool,
    },
    Added {
        new: u32,
        text: String,
        open: bool,
    },
    Removed {
        old: u32,
        text: String,
        open: bool,
    },
    /// So many unchanged lines are left out.
    Skipped {
        lines: u32,
    },
}

impl Diff {
    pub fn between(before: &str, after: &str) -> Diff {
        let compared = TextDiff::configure().timeout(EFFORT).diff_lines(before, after);
        let mut diff = Diff::default();
        let mut shown = 0; // lines of `before` that are accounted for
        for group in compared.grouped_ops(AROUND) {
            let begins = group.first().map_or(shown, |op| op.old_range().start);
            diff.skip(begins.saturating_sub(shown));
            for change in group.iter().flat_map(|op| compared.iter_changes(op)) {
                diff.push(change.tag(), change.old_index(), change.new_index(), change.value());
            }
            shown = group.last().map_or(shown, |op| op.old_range().end);
        }
        let all = compared.old_slices().len();
        if !diff.lines.is_empty() {
            diff.skip(all.saturating_sub(shown));
        }
        diff
    }

    fn push(&mut self, tag: ChangeTag, old: Option<usize>, new: Option<usize>, line: &str) {
        let (text, open) = match line.strip_suffix('\n') {
            Some(text) => (text.to_owned(), false),
            None => (line.to_owned(), true),
        };
        let (old, new) = (number(old), number(new));
        self.lines.push(match tag {
            ChangeTag::Equal => DiffLine::Same { old, new, text, open },
            ChangeTag::Insert => {
                self.added += 1;
                DiffLine::Added { new, text, open }
            }
            ChangeTag::Delete => {
                self.removed += 1;
                DiffLine::Removed { old, text, open }
            }
        });
    }

    fn skip(&mut self, lines: usize) {
        if lines > 0 {
            self.lines.push(DiffLine::Skipped { lines: u32::try_from(lines).unwrap_or(u32::MAX) });
        }
    }
}

fn number(index: Option<usize>) -> u32 {
    index.and_then(|index| u32::try_from(index + 1).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(before: &str, after: &str) -> String {
        let end = |open: &bool| if *open { "~" } else { "" };
        let line = |line: &DiffLine| match line {
            DiffLine::Same { old, new, text, open } => format!("{old} {new}  {text:?}{}", end(open)),
            DiffLine::Added { new, text, open } => format!("  {new} + {text:?}{}", end(open)),
            DiffLine::Removed { old, text, open } => format!("{old}   - {text:?}{}", end(open)),
            DiffLine::Skipped { lines } => format!("… {lines}"),
        };
        Diff::between(before, after).lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_change_stands_between_what_is_around_it() {
        let before: String = (1..=20).map(|number| format!("line {number}\n")).collect();
        let after = before.replace("line 10\n", "line ten\n");
        insta::assert_snapshot!(drawn(&before, &after), @r#"
        … 6
        7 7  "line 7"
        8 8  "line 8"
        9 9  "line 9"
        10   - "line 10"
          10 + "line ten"
        11 11  "line 11"
        12 12  "line 12"
        13 13  "line 13"
        … 7
        "#);
    }

    #[test]
    fn line_ends_are_part_of_what_changes() {
        insta::assert_snapshot!(drawn("a\nb\n", "a\r\nb"), @r#"
        1   - "a"
        2   - "b"
          1 + "a\r"
          2 + "b"~
        "#);
        assert_eq!(drawn("same\n", "same\n"), "", "nothing changed, so there is nothing to show");
        assert_eq!(drawn("", "new\n"), "  1 + \"new\"");
    }

    #[test]
    fn unlike_texts_of_a_megabyte_are_told_apart_in_time() {
        let text = |salt: u64| -> String {
            (0..60_000_u64)
                .map(|line| format!("{}\n", (line ^ salt).wrapping_mul(0x9E37_79B9_7F4A_7C15)))
                .collect()
        };
        let (before, after) = (text(1), text(77_777));
        let diff = Diff::between(&before, &after);
        let shown = |keep: fn(&DiffLine) -> Option<&str>| diff.lines.iter().filter_map(keep).count();
        assert_eq!(
            shown(|it| match it {
                DiffLine::Added { text, .. } => Some(text),
                _ => None,
            }),
            diff.added as usize
        );
        assert!(diff.added > 0 && diff.removed > 0, "they are not the same");
    }
}
