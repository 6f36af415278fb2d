//! Talking to a person in the terminal: showing what waits, and asking.

use std::io::{IsTerminal as _, Write as _};

use cadre_api::{ActionDto, InboxItemDto, PlaceDto, PlanDto, Secret};

use crate::output::plain;

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
    eprintln!("\nPlan {} of {}", plan.version, plain(&plan.title));
    eprintln!("{}\n", plain(&plan.summary));
    for step in &plan.steps {
        let who = step.assignee.as_deref().unwrap_or("a person");
        let after = match step.depends_on.is_empty() {
            true => String::new(),
            false => format!(", after {}", step.depends_on.join(", ")),
        };
        eprintln!(
            "  {:<14} {} ({who}, {} min, {}{after})",
            step.id,
            plain(&step.title),
            step.minutes,
            step.cost_usd
        );
        for evidence in &step.evidence {
            eprintln!(
                "  {:<14}   done when: {} {}",
                "",
                evidence.kind.replace('_', " "),
                plain(&evidence.value)
            );
        }
    }
    show_place(&plan.place);
    for problem in &plan.problems {
        eprintln!("  cannot be approved: {}", plain(problem));
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

pub(crate) fn show_item(item: &InboxItemDto) {
    eprintln!("\n{}", plain(&item.message));
    if let Some(why) = &item.why {
        eprintln!("  asked because: {}", plain(why));
    }
    if let Some(member) = &item.member {
        eprintln!("  by: {}", plain(member));
    }
    match &item.action {
        Some(ActionDto::WriteFile { folder, path, before, content, .. }) => {
            eprintln!("  file: {}/{}", plain(folder), plain(path));
            eprintln!("  before: {}", before.as_deref().unwrap_or("nothing is there"));
            show_content(content);
        }
        Some(ActionDto::DeleteFile { folder, path, .. }) => {
            eprintln!("  file: {}/{}", plain(folder), plain(path))
        }
        Some(ActionDto::RunProgram { program, args, folder, network, .. }) => {
            eprintln!("  program: {} {}", plain(program), plain(&args.join(" ")));
            eprintln!("  in: {}, network: {}", plain(folder), if *network { "yes" } else { "no" });
        }
        Some(ActionDto::CallModel { provider, model, at_most_usd, .. }) => {
            eprintln!("  model: {} ({}), at most ${}", plain(model), plain(provider), plain(at_most_usd));
        }
        Some(ActionDto::AgentTool { program, what, tool, folder, diffs, input, .. }) => {
            eprintln!("  program: {}\n  in: {}", plain(program), plain(folder));
            eprintln!("  {}: {}\n  given: {}", plain(tool), plain(what), plain(input));
            for diff in diffs {
                eprintln!("  file: {}", plain(&diff.path));
                show_content(&diff.after);
            }
        }
        Some(ActionDto::Git { repository, branch, does, .. }) => {
            eprintln!("  {} ({} in {})", plain(does), plain(branch), plain(repository));
        }
        None => {
            if let Some(folder) = &item.folder {
                eprintln!("  files: {}", plain(folder));
            }
            if let Some(instructions) = &item.instructions {
                eprintln!("  {}", plain(instructions).replace('\n', "\n  "));
            }
        }
    }
    if let Some(hash) = &item.action_hash {
        eprintln!("  hash: {hash}");
    }
}

/// A decision is on all of it, so all of it is shown, or it says how much is not.
fn show_content(content: &str) {
    const LINES: usize = 60;
    let lines = content.lines().count();
    for line in content.lines().take(LINES) {
        eprintln!("  + {}", plain(line));
    }
    if lines > LINES {
        eprintln!("  … {} more lines; answer `show` to see them", lines - LINES);
    }
}

pub(crate) fn show_whole_content(item: &InboxItemDto) {
    let contents: Vec<&str> = match &item.action {
        Some(ActionDto::WriteFile { content, .. }) => vec![content],
        Some(ActionDto::AgentTool { diffs, .. }) => diffs.iter().map(|diff| diff.after.as_str()).collect(),
        _ => Vec::new(),
    };
    for line in contents.iter().flat_map(|content| content.lines()) {
        eprintln!("  + {}", plain(line));
    }
}
