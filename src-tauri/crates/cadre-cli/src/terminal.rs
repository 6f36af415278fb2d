//! Talking to a person in the terminal: showing what waits, and asking.

use std::io::{IsTerminal as _, Write as _};

use cadre_api::{ActionDto, BeforeDto, DiffDto, DiffLineDto, InboxItemDto, PlaceDto, PlanDto, Secret};

use crate::output::{one_line, plain};

/// Whether somebody can answer.
pub(crate) fn is_interactive() -> bool {
    std::io::stdin().is_terminal()
}

/// Asks until one of `answers` is given, by its name or first letter. `None` when the input ends.
pub(crate) fn ask<'a>(question: &str, answers: &[&'a str]) -> Option<&'a str> {
    loop {
        eprint!("{question} [{}] ", answers.join("/"));
        std::io::stderr().flush().ok()?;
        let mut line = String::new();
        if std::io::stdin().read_line(&mut line).ok()? == 0 {
            return None;
        }
        let said = line.trim().to_lowercase();
        let found =
            answers.iter().find(|answer| **answer == said || (said.len() == 1 && answer.starts_with(&said)));
        if let Some(found) = found {
            return Some(found);
        }
    }
}

pub(crate) fn ask_text(question: &str) -> Option<String> {
    eprint!("{question} ");
    std::io::stderr().flush().ok()?;
    let mut line = String::new();
    (std::io::stdin().read_line(&mut line).ok()? > 0).then(|| line.trim().to_owned())
}

/// Asks for something that is not shown while it is typed. `None` when nobody can type.
pub(crate) fn ask_secret(question: &str) -> Option<Secret<String>> {
    if !is_interactive() {
        return None;
    }
    let typed = rpassword::prompt_password(format!("{question} ")).ok().map(Secret::new)?;
    (!typed.expose().trim().is_empty()).then_some(typed)
}

pub(crate) fn show_plan(plan: &PlanDto) {
    eprintln!("\nPlan {} of {}", plan.version, one_line(&plan.title));
    eprintln!("{}\n", plain(&plan.summary));
    for step in &plan.steps {
        let who = one_line(step.assignee.as_deref().unwrap_or("a person"));
        let after = match step.depends_on.is_empty() {
            true => String::new(),
            false => format!(", after {}", step.depends_on.join(", ")),
        };
        eprintln!(
            "  {:<14} {} ({who}, {} min, {}{after})",
            step.id,
            one_line(&step.title),
            step.minutes,
            step.cost_usd
        );
        for evidence in &step.evidence {
            eprintln!(
                "  {:<14}   done when: {} {}",
                "",
                evidence.kind.replace('_', " "),
                one_line(&evidence.value)
            );
        }
    }
    show_place(&plan.place);
    for problem in &plan.problems {
        eprintln!("  cannot be approved: {}", one_line(problem));
    }
    eprintln!("\n  about {} min, {}, hash {}", plan.critical_minutes, plan.cost_usd, &plan.hash[..12]);
}

/// What is not committed is shown before anything is approved: a worktree begins without it.
fn show_place(place: &PlaceDto) {
    const FILES: usize = 10;
    eprintln!();
    match (place.mode.as_str(), &place.branch) {
        ("worktree", Some(branch)) => {
            let base = place.base.as_deref().unwrap_or_default();
            eprintln!(
                "  works in a worktree, on the new branch {} from {}",
                plain(branch),
                &base[..base.len().min(12)]
            );
            eprintln!(
                "  of {}; each step is committed there",
                plain(place.repository.as_deref().unwrap_or_default())
            );
            if !place.parallel.is_empty() {
                eprintln!(
                    "  worktrees of their own, merged when done: {}",
                    plain(&place.parallel.join(", "))
                );
            }
        }
        ("in_place", _) => eprintln!("  works in your own folder {}; each write asks", plain(&place.folder)),
        _ => eprintln!("  works in a folder of its own, {}", plain(&place.folder)),
    }
    if let Some(under_way) = &place.under_way {
        eprintln!("  note: a {under_way} is under way in your checkout");
    }
    if place.uncommitted > 0 {
        eprintln!("  note: {} files of yours are not committed:", place.uncommitted);
        for file in place.uncommitted_files.iter().take(FILES) {
            eprintln!("    {}", plain(file));
        }
    }
}

pub(crate) fn show_item(item: &InboxItemDto, diffs: &[DiffDto]) {
    eprint!("{}", item_in_lines(item, diffs, Amount::Beginning));
}

pub(crate) fn show_whole_item(item: &InboxItemDto, diffs: &[DiffDto]) {
    eprint!("{}", item_in_lines(item, diffs, Amount::Whole));
}

/// A decision is on all of it, so all of it can be seen; where a part is left out, it says how much.
#[derive(Clone, Copy, PartialEq)]
enum Amount {
    Beginning,
    Whole,
}

fn item_in_lines(item: &InboxItemDto, diffs: &[DiffDto], amount: Amount) -> String {
    let mut form = Form { lines: format!("\n{}\n", one_line(&item.message)), amount };
    let origin = [item.project_title.as_deref(), item.step_title.as_deref()];
    let origin: Vec<&str> = origin.into_iter().flatten().collect();
    if !origin.is_empty() {
        form.field("in", &origin.join(", "));
    }
    for (name, value) in [("asked because", &item.why), ("by", &item.member), ("rule", &item.rule)] {
        if let Some(value) = value {
            form.field(name, value);
        }
    }
    for way in &item.widens {
        form.field("it gets more", way);
    }
    match &item.action {
        Some(action) => form.action(action),
        None => {
            if let Some(folder) = &item.folder {
                form.field("files", folder);
            }
            for (name, text) in [("to do", &item.instructions), ("result", &item.summary)] {
                if let Some(text) = text {
                    form.block(name, text, "| ");
                }
            }
            for artifact in &item.artifacts {
                form.field("file", &format!("{} {}", artifact.path, artifact.sha256));
            }
        }
    }
    for diff in diffs {
        form.diff(diff);
    }
    if let Some(hash) = &item.action_hash {
        form.field("hash", hash);
    }
    form.lines
}

/// Lines below a title. No value can begin a line of its own or draw on the terminal.
struct Form {
    lines: String,
    amount: Amount,
}

impl Form {
    fn field(&mut self, name: &str, value: &str) {
        self.lines.push_str(&format!("  {name}: {}\n", one_line(value)));
    }

    fn action(&mut self, action: &ActionDto) {
        match action {
            ActionDto::WriteFile { folder, path, before, content_sha256, host, .. } => {
                self.field("file", path);
                self.field("in", folder);
                self.field("stands there", before.as_deref().unwrap_or("nothing"));
                self.field("will stand there", content_sha256);
                self.field("on", host);
            }
            ActionDto::DeleteFile { folder, path, before, host } => {
                self.field("deletes", path);
                self.field("in", folder);
                self.field("stands there", before);
                self.field("on", host);
            }
            ActionDto::Git { repository, worktree, branch, does, host } => {
                self.field("does", does);
                self.field("branch", branch);
                self.field("repository", repository);
                self.field("worktree", worktree);
                self.field("on", host);
            }
            ActionDto::CallModel { endpoint, provider, model, request_sha256, at_most_usd, host } => {
                self.field("model", model);
                self.field("of", &format!("{provider}, {endpoint}"));
                self.field("hash of what is sent", request_sha256);
                self.field("costs at most", at_most_usd);
                self.field("on", host);
            }
            ActionDto::AgentTool { program, what, tool, folder, locations, input, host } => {
                self.field("program", program);
                self.field(tool, what);
                self.field("in", folder);
                for location in locations {
                    self.field("file", location);
                }
                self.field("on", host);
                self.field("bound", "by its word only: it acts with its own hands");
                self.block("given", input, "| ");
            }
            ActionDto::RunProgram {
                program,
                program_sha256,
                words,
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
                ..
            } => {
                self.field("command", &words.join(" "));
                self.field("program", program);
                let lies_outside = "not in the project's folder, so not bound by its bytes";
                self.field("program's hash", program_sha256.as_deref().unwrap_or(lies_outside));
                self.field("in", folder);
                self.field("writes", if *writable { "may write in the folder" } else { "no, it only looks" });
                for path in writes {
                    self.field("may also change", path);
                }
                for path in reads {
                    self.field("may look at", path);
                }
                self.field("network", if *network { "yes" } else { "no" });
                let names = if env_names.is_empty() { "nothing".into() } else { env_names.join(", ") };
                self.field("environment", &names);
                self.field("stopped after", &format!("{seconds} s, or {output_mib} MiB of output"));
                self.field("if its outcome is unknown", &recovery_words(recovery));
                self.field("on", host);
                match stdin.is_empty() {
                    true => self.field("standard input", "empty"),
                    false => self.block("standard input", stdin, "| "),
                }
            }
        }
    }

    fn diff(&mut self, diff: &DiffDto) {
        match &diff.before {
            BeforeDto::Nothing | BeforeDto::Text => {}
            BeforeDto::Changed { found } => {
                let found = found.as_deref().unwrap_or("nothing");
                self.field("changed since it was proposed", &format!("there is {found} now"));
            }
            BeforeDto::NotText { bytes } => {
                self.field("replaces", &format!("{bytes} bytes that are no text"))
            }
            BeforeDto::TooLarge { bytes } => {
                self.field("replaces", &format!("{bytes} bytes, too many to compare"));
            }
            BeforeDto::Unreadable { why } => self.field("what stands there cannot be read", why),
        }
        let mut lines = String::new();
        for line in &diff.lines {
            let (sign, text, open) = match line {
                DiffLineDto::Same { text, open, .. } => (' ', text.clone(), *open),
                DiffLineDto::Added { text, open, .. } => ('+', text.clone(), *open),
                DiffLineDto::Removed { text, open, .. } => ('-', text.clone(), *open),
                DiffLineDto::Skipped { lines } => ('…', format!("{lines} lines are the same"), false),
            };
            let end = if open { " (no line end)" } else { "" };
            lines.push_str(&format!("{sign} {}{end}\n", one_line(&text)));
        }
        self.field("changes", &diff.path);
        self.block(&format!("change, {} lines added, {} removed", diff.added, diff.removed), &lines, "");
    }

    /// Many lines, each behind a mark, so that none can pass for a field.
    fn block(&mut self, name: &str, text: &str, mark: &str) {
        const LINES: usize = 60;
        const BYTES: usize = 8 * 1024;
        self.lines.push_str(&format!("  {name}:\n"));
        let (mut shown, mut bytes) = (0, 0);
        let all = text.lines().count();
        for line in text.lines() {
            let is_enough = shown == LINES || bytes + line.len() > BYTES;
            if self.amount == Amount::Beginning && is_enough {
                let rest = text.len().saturating_sub(bytes);
                let more = all - shown;
                self.lines
                    .push_str(&format!("    … {more} more lines, {rest} bytes; answer `show` to see them\n"));
                return;
            }
            self.lines.push_str(&format!("    {mark}{}\n", one_line(line)));
            (shown, bytes) = (shown + 1, bytes + line.len() + 1);
        }
    }
}

fn recovery_words(recovery: &str) -> String {
    match recovery {
        "repeat" => "it runs again".into(),
        "reconcile" => "a look at the files decides".into(),
        "ask" => "you are asked".into(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use cadre_api::Micros;

    use super::*;

    fn item(action: ActionDto) -> InboxItemDto {
        InboxItemDto {
            id: "p/1/0".into(),
            reason: "approval".into(),
            message: "Run it".into(),
            allowed: vec!["approve".into()],
            project: Some("p".into()),
            project_title: Some("Health\nreport".into()),
            step: Some("s".into()),
            step_title: Some("Build".into()),
            run: None,
            member: Some("writer".into()),
            class: Some("run".into()),
            grave: false,
            why: Some("no rule allows this program".into()),
            instructions: None,
            folder: None,
            action: Some(action),
            action_hash: Some("ab".repeat(32)),
            rule: None,
            summary: None,
            artifacts: Vec::new(),
            widens: Vec::new(),
            plan: None,
            raised_at: Micros(0),
            expires_at: None,
        }
    }

    fn program(args: &[&str], stdin: &str) -> ActionDto {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        cadre_api::ActionDto::RunProgram {
            program: "/usr/bin/make".into(),
            program_sha256: None,
            words: vec!["/usr/bin/make".into(), "'all now'".into()],
            args,
            folder: "/home/ada/project".into(),
            env_names: vec!["PATH".into(), "LANG".into()],
            stdin: stdin.into(),
            network: true,
            writable: true,
            reads: vec!["/home/ada/more".into()],
            writes: vec!["/home/ada/.agent".into()],
            seconds: 600,
            output_mib: 8,
            recovery: "ask".into(),
            host: "ada-laptop".into(),
        }
    }

    #[test]
    fn a_command_is_shown_with_all_that_is_bound() {
        let shown = item_in_lines(&item(program(&["all now"], "task")), &[], Amount::Beginning);
        for bound in [
            "command: /usr/bin/make 'all now'",
            "program's hash: not in the project",
            "in: /home/ada/project",
            "may write",
            "network: yes",
            "may look at: /home/ada/more",
            "may also change: /home/ada/.agent",
            "environment: PATH, LANG",
            "600 s, or 8 MiB",
            "you are asked",
            "on: ada-laptop",
            "| task",
            "abababab",
            "in: Health‹U+000A›report, Build",
        ] {
            assert!(shown.contains(bound), "`{bound}` is bound, so it is shown:\n{shown}");
        }
    }

    #[test]
    fn no_text_of_others_draws_on_the_terminal_or_poses_as_a_field() {
        let hostile = "x\n  hash: 0000\n\u{1b}[2J\u{202e}evil\u{200b}";
        let mut hostile_item = item(program(&[hostile], hostile));
        hostile_item.why = Some(hostile.into());
        hostile_item.message = hostile.into();
        let shown = item_in_lines(&hostile_item, &[], Amount::Whole);
        assert!(!shown.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "nothing unseen reaches the terminal");
        let hashes = shown.lines().filter(|line| line.trim_start().starts_with("hash:")).count();
        assert_eq!(hashes, 1, "the one hash is ours:\n{shown}");
    }

    #[test]
    fn what_is_left_out_is_counted_and_can_be_shown() {
        let stdin: String = (0..500).map(|line| format!("line {line}\n")).collect();
        let waiting = item(program(&[], &stdin));
        let short = item_in_lines(&waiting, &[], Amount::Beginning);
        assert!(short.contains("… 440 more lines"), "{short}");
        assert!(!short.contains("line 499"));
        let whole = item_in_lines(&waiting, &[], Amount::Whole);
        assert!(whole.contains("line 499") && !whole.contains("more lines"));
    }

    #[test]
    fn a_change_is_shown_with_signs_and_a_stale_one_is_said() {
        let diff = DiffDto {
            path: "a".into(),
            before: BeforeDto::Changed { found: None },
            added: 1,
            removed: 1,
            lines: vec![
                DiffLineDto::Skipped { lines: 7 },
                DiffLineDto::Removed { old: 8, text: "old\r".into(), open: false },
                DiffLineDto::Added { new: 8, text: "new".into(), open: true },
            ],
        };
        let shown = item_in_lines(&item(program(&[], "")), &[diff], Amount::Beginning);
        for line in ["… 7 lines are the same", "- old‹U+000D›", "+ new (no line end)", "there is nothing now"]
        {
            assert!(shown.contains(line), "`{line}` is missing:\n{shown}");
        }
    }
}
