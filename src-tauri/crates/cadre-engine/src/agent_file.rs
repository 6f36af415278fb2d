//! Agent files: Markdown with YAML front matter, read into definitions.
//!
//! The format is a superset of the sub-agent files that coding agents read: `name`, `description`, `tools` and
//! `model` mean the same, everything else has a default, and unknown fields are kept.

use std::collections::BTreeMap;

use cadre_core::effect::{EffectClass, Recovery};
use cadre_core::org::{AgentDefinition, AgentKind, Limits, MemberRole};
use serde::Deserialize;
use serde_json::Value;

/// More is not a context but a mistake.
const SIZE_LIMIT: usize = 256 * 1024;

/// Why an agent file was refused; the version before it stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct AgentFileError {
    /// 1 for the first.
    pub line: usize,
    pub reason: String,
}

fn refuse<T>(line: usize, reason: impl Into<String>) -> Result<T, AgentFileError> {
    Err(AgentFileError { line, reason: reason.into() })
}

#[derive(Deserialize)]
struct FrontMatter {
    name: String,
    description: String,
    #[serde(default)]
    kind: Option<AgentKind>,
    #[serde(default)]
    role: Option<MemberRole>,
    #[serde(default)]
    department: Option<String>,
    #[serde(default)]
    reports_to: Option<String>,
    #[serde(default)]
    capabilities: Vec<String>,
    #[serde(default)]
    tools: Option<Tools>,
    #[serde(default)]
    tier: Option<String>,
    #[serde(default)]
    program: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    limits: StatedLimits,
    #[serde(default)]
    budget_usd: Option<f64>,
    #[serde(default)]
    approvals: Vec<EffectClass>,
    #[serde(default)]
    evidence: Vec<String>,
    #[serde(default)]
    recovery: Recovery,
    #[serde(flatten)]
    unknown: BTreeMap<String, Value>,
}

/// A list, or a text with commas as coding agents write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Tools {
    List(Vec<String>),
    Text(String),
}

#[derive(Default, Deserialize)]
struct StatedLimits {
    turns: Option<u32>,
    wall_minutes: Option<u32>,
    tokens: Option<u32>,
    output_mib: Option<u32>,
}

/// Reads an agent file. `folder` is the department's folder name, the default for `department`.
///
/// # Errors
/// What is wrong, with its line.
pub(crate) fn parse(text: &str, folder: &str) -> Result<AgentDefinition, AgentFileError> {
    if text.len() > SIZE_LIMIT {
        return refuse(
            1,
            format!("the file has {} bytes; an agent file has at most {SIZE_LIMIT}", text.len()),
        );
    }
    let (yaml, context) = split(text)?;
    let front: FrontMatter = serde_saphyr::from_str(yaml).map_err(|error| {
        // The front matter begins in the second line of the file.
        let line = error.location().map_or(1, |location| usize::try_from(location.line()).unwrap_or(1)) + 1;
        AgentFileError { line, reason: first_line(&error.to_string()) }
    })?;
    check(yaml, &front)?;
    let stated = &front.limits;
    let default = Limits::default();
    Ok(AgentDefinition {
        name: front.name,
        description: front.description,
        kind: front.kind.unwrap_or(AgentKind::Model),
        role: front.role.unwrap_or(MemberRole::Specialist),
        department: front.department.unwrap_or_else(|| folder.to_owned()),
        reports_to: front.reports_to,
        capabilities: front.capabilities,
        tools: match front.tools {
            Some(Tools::List(tools)) => tools,
            Some(Tools::Text(text)) => text.split(',').map(|tool| tool.trim().to_owned()).collect(),
            None => Vec::new(),
        },
        tier: front.tier,
        program: front.program,
        args: front.args,
        limits: Limits {
            turns: stated.turns.unwrap_or(default.turns),
            wall_minutes: stated.wall_minutes.unwrap_or(default.wall_minutes),
            tokens: stated.tokens.unwrap_or(default.tokens),
            output_mib: stated.output_mib.unwrap_or(default.output_mib),
        },
        budget: nano_usd(front.budget_usd.unwrap_or(2.0)),
        approvals: front.approvals,
        evidence: front.evidence,
        recovery: front.recovery,
        context: context.trim().to_owned(),
        unknown: front.unknown,
    })
}

/// Dollars as people write them into a file; from here on money is an integer.
pub(crate) fn nano_usd(dollars: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "a cast saturates, and no budget is near the limit")]
    let nano = (dollars * 1e9).round() as i64;
    nano
}

fn split(text: &str) -> Result<(&str, &str), AgentFileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(rest) = text.strip_prefix("---\n").or_else(|| text.strip_prefix("---\r\n")) else {
        return refuse(1, "an agent file begins with `---` and its front matter");
    };
    let mut length = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return Ok((&rest[..length], &rest[length + line.len()..]));
        }
        length += line.len();
    }
    refuse(1, "the front matter has no closing `---`")
}

fn check(yaml: &str, front: &FrontMatter) -> Result<(), AgentFileError> {
    let line_of = |field: &str| {
        yaml.lines().position(|line| line.starts_with(&format!("{field}:"))).map_or(1, |index| index + 2)
    };
    let plain = |name: &str| {
        !name.is_empty()
            && name.len() <= 64
            && name
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
    };
    if !plain(&front.name) {
        return refuse(line_of("name"), "a name has 1 to 64 lower-case letters, digits and hyphens");
    }
    if front.description.trim().is_empty() {
        return refuse(line_of("description"), "the description is empty");
    }
    if front.kind == Some(AgentKind::Function) && front.program.is_none() {
        return refuse(line_of("kind"), "a function agent names its `program`");
    }
    if front.kind == Some(AgentKind::Acp) && front.program.is_none() {
        return refuse(line_of("kind"), "an agent of kind acp names its `program`");
    }
    if let Some(tier) =
        front.tier.as_ref().filter(|tier| !["weak", "base", "strong"].contains(&tier.as_str()))
    {
        return refuse(line_of("tier"), format!("`{tier}` is not a tier: weak, base or strong"));
    }
    if front.budget_usd.is_some_and(|budget| !budget.is_finite() || !(0.0..1e6).contains(&budget)) {
        return refuse(line_of("budget_usd"), "a budget is between 0 and 1,000,000 dollars");
    }
    Ok(())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        parse(text, "engineering").expect_err("the file is broken").to_string()
    }

    #[test]
    fn a_sub_agent_file_of_a_coding_agent_imports_unchanged() {
        let text = "---\nname: reviewer\ndescription: Reviews code\ntools: Read, Grep\nmodel: inherit\ncolor: blue\n---\n\nYou review.\n";
        let agent = parse(text, "engineering").expect("it is a plain sub-agent file");
        assert_eq!(agent.tools, ["Read", "Grep"]);
        assert_eq!((agent.department.as_str(), agent.context.as_str()), ("engineering", "You review."));
        assert_eq!(agent.unknown["model"], "inherit", "unknown fields are kept");
        assert_eq!(agent.unknown["color"], "blue", "unknown fields are kept");
    }

    #[test]
    fn a_broken_file_is_refused_with_its_line() {
        assert_eq!(
            refused("# no front matter"),
            "line 1: an agent file begins with `---` and its front matter"
        );
        assert_eq!(refused("---\nname: a\n"), "line 1: the front matter has no closing `---`");
        assert_eq!(
            refused("---\ndescription: x\nname: Not Plain\n---\n"),
            "line 3: a name has 1 to 64 lower-case letters, digits and hyphens"
        );
        assert_eq!(
            refused("---\nname: a\ndescription: x\nkind: function\n---\n"),
            "line 4: a function agent names its `program`"
        );
        assert_eq!(
            refused("---\nname: a\ndescription: x\ntier: best\n---\n"),
            "line 4: `best` is not a tier: weak, base or strong"
        );
        let unclosed = refused("---\nname: a\ndescription: [x\n---\n");
        assert!(unclosed.starts_with("line "), "a YAML error names its line: {unclosed}");
    }
}
