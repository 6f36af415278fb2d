//! What a notification says, and whether it may be decided on there and then.
//!
//! A person approves what they see. So Approve and Deny are offered only where the whole action stands in the
//! notification as plain text that any desktop shows as it is; everything else offers a look at the Inbox.

use cadre_api::{ActionDto, InboxItemDto};

use crate::words;

/// What desktops show of a notification without cutting it: GNOME, the narrowest, unfolds six lines of about fifty.
const MOST_LINES: usize = 6;
const LINE: usize = 50;

/// What can be taken back, or harms only here. Everything else is decided in the Inbox.
const CLASSES: [&str; 2] = ["run", "write"];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) title: String,
    pub(crate) body: String,
    /// The hash of the action that `body` shows whole; an approval there and then is of that.
    pub(crate) decides: Option<String>,
}

/// `trusted`: no agent here can press a button of the notification itself.
pub(crate) fn notice(item: &InboxItemDto, trusted: bool) -> Notice {
    let what = match &item.action {
        Some(ActionDto::RunProgram { .. }) => words::RUN_A_PROGRAM,
        Some(ActionDto::WriteFile { .. }) => words::WRITE_A_FILE,
        _ => {
            return Notice { title: words::NEEDS_YOU.into(), body: first_line(&item.message), decides: None };
        }
    };
    let title = words::wants(item.member.as_deref().map(first_line).as_deref(), what);
    let whole = item.action.as_ref().and_then(whole).filter(|_| trusted && may_decide(item));
    match (whole, item.action_hash.clone()) {
        (Some(body), Some(hash)) => Notice { title, body, decides: Some(hash) },
        _ => Notice { title, body: first_line(&item.message), decides: None },
    }
}

fn may_decide(item: &InboxItemDto) -> bool {
    let offered = |decision: &str| item.allowed.iter().any(|allowed| allowed == decision);
    item.reason == "approval"
        && !item.grave
        && item.class.as_deref().is_some_and(|class| CLASSES.contains(&class))
        && offered("approve")
        && offered("deny")
}

/// Everything that an approval covers, or `None` if it does not fit or would not be shown as it is.
fn whole(action: &ActionDto) -> Option<String> {
    let mut lines = Vec::new();
    let last = match action {
        ActionDto::RunProgram {
            program,
            program_sha256,
            args,
            words: _,
            folder,
            env_names,
            stdin,
            network,
            writable,
            reads,
            writes,
            seconds,
            output_mib,
            recovery,
            host,
        } => {
            let command = std::iter::once(program).chain(args).map(String::as_str);
            lines.push(shlex::try_join(command).ok()?);
            let there = if *writable { "may write there" } else { "only looks" };
            let network = if *network { "with network" } else { "no network" };
            let ends = format!("{seconds} s, {output_mib} MiB, end unknown: {recovery}");
            lines.push(format!("In {folder} on {host}: {there}, {network}, {ends}"));
            lines.extend(program_sha256.as_ref().map(|hash| format!("Program {hash}")));
            lines.extend((!writes.is_empty()).then(|| format!("Also changes {}", writes.join(", "))));
            lines.extend((!reads.is_empty()).then(|| format!("Also reads {}", reads.join(", "))));
            let environment =
                (!env_names.is_empty()).then(|| format!("Environment: {}", env_names.join(", ")));
            lines.extend(environment);
            (!stdin.is_empty()).then(|| format!("Input, {} bytes: {stdin}", stdin.len()))
        }
        ActionDto::WriteFile { folder, path, before, content, content_sha256: _, host } => {
            lines.push(path.clone());
            lines.push(match before {
                None => format!("A new file in {folder} on {host}"),
                Some(before) => format!("In {folder} on {host}, in place of {before}"),
            });
            Some(format!("{} bytes: {content}", content.len()))
        }
        _ => return None,
    };
    // Only what stands last may have lines of its own: nothing can pose as a line of ours.
    if lines.iter().any(|line| line.contains('\n')) {
        return None;
    }
    lines.extend(last);
    let text = lines.join("\n");
    (is_plain(&text) && fits(&text)).then_some(text)
}

/// Text that no desktop draws in another way than it stands: nothing unseen, no other direction, no look-alike of
/// another script, no blanks that markup would join.
fn is_plain(text: &str) -> bool {
    let drawn = |letter: char| matches!(letter, ' '..='~' | '\n' | '\u{c0}'..='\u{17f}');
    text.chars().all(drawn) && !text.contains("  ") && !text.lines().any(|line| line.starts_with(' '))
}

fn fits(text: &str) -> bool {
    text.split('\n').map(wrapped).sum::<usize>() <= MOST_LINES
}

/// Lines that a desktop makes of one: it breaks at blanks, and inside of words that are longer than a line.
fn wrapped(line: &str) -> usize {
    let (mut lines, mut filled) = (1, 0);
    for word in line.split(' ') {
        let mut letters = word.chars().count();
        if filled > 0 && filled + 1 + letters > LINE {
            lines += 1;
            filled = 0;
        } else if filled > 0 {
            filled += 1;
        }
        while letters > LINE {
            lines += 1;
            letters -= LINE;
        }
        filled += letters;
    }
    lines
}

/// For a look only: short, and without what could draw elsewhere.
fn first_line(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let shown = |letter: char| if letter.is_control() || is_unseen(letter) { '\u{fffd}' } else { letter };
    let mut short: String = line.chars().take(MOST_LINES * LINE / 2).map(shown).collect();
    if short.len() < text.trim_end().len() && line.chars().count() > short.chars().count() {
        short.push('…');
    }
    short
}

/// Marks of direction and characters without a picture.
fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
#[path = "wording_tests.rs"]
mod tests;
