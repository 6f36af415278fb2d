//! Standing rules: "always allow exactly this in this project", as a recorded decision that expires.
//!
//! A rule is a pattern without a free program, argument or path. What it leaves open is said: the program's standard
//! input, for a function agent gets its task there. It holds only where the command is contained and has no network.

use serde::{Deserialize, Serialize};

use crate::effect::Action;
use crate::visible::{command_line, one_line};

/// How long a rule holds unless a person says otherwise: 30 days, in microseconds.
pub const HOLDS_FOR: i64 = 30 * 24 * 60 * 60 * 1_000_000;

/// What a rule allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulePattern {
    pub program: String,
    /// Set when the program lies in the project, where it can change.
    pub program_sha256: Option<String>,
    pub args: Vec<String>,
    pub folder: String,
    pub writable: bool,
    /// Beside the folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<String>,
    /// Beside the folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<String>,
}

/// A rule as the policy sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub id: String,
    pub pattern: RulePattern,
    /// Unix time in microseconds.
    pub expires_at: i64,
}

impl RulePattern {
    /// The pattern that would allow just this again; `None` for what no rule may allow.
    pub fn of(action: &Action) -> Option<RulePattern> {
        match action {
            Action::RunProgram {
                program,
                program_sha256,
                args,
                folder,
                network: false,
                writable,
                reads,
                writes,
                ..
            } => Some(RulePattern {
                program: program.clone(),
                program_sha256: program_sha256.clone(),
                args: args.clone(),
                folder: folder.clone(),
                writable: *writable,
                reads: reads.clone(),
                writes: writes.clone(),
            }),
            _ => None,
        }
    }

    /// One line for the person who decides.
    pub fn describe(&self) -> String {
        let words = std::iter::once(self.program.as_str()).chain(self.args.iter().map(String::as_str));
        let writes = if self.writable { "may write there" } else { "only looks" };
        let also = |does: &str, paths: &[String]| {
            paths.iter().map(|path| format!(", {does} {}", one_line(path))).collect::<String>()
        };
        let (reads, more) = (also("reads", &self.reads), also("may write", &self.writes));
        format!(
            "{} in {} ({writes}{more}{reads}, any standard input, no network, contained)",
            command_line(words),
            one_line(&self.folder)
        )
    }
}

impl Rule {
    /// Whether the rule allows this action at this time.
    pub fn allows(&self, action: &Action, now: i64) -> bool {
        now < self.expires_at && RulePattern::of(action).as_ref() == Some(&self.pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::Recovery;

    fn action(program: &str, args: &[&str], network: bool) -> Action {
        Action::RunProgram {
            program: program.into(),
            program_sha256: None,
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            folder: "/project".into(),
            env_names: vec![],
            stdin: "anything".into(),
            stdin_sha256: String::new(),
            network,
            writable: false,
            reads: vec![],
            writes: vec![],
            seconds: 60,
            output_mib: 1,
            recovery: Recovery::Ask,
            host: "h".into(),
        }
    }

    #[test]
    fn a_rule_allows_just_what_it_was_made_for() {
        let made_for = action("/usr/bin/cargo", &["test"], false);
        let pattern = RulePattern::of(&made_for).expect("a contained command can have a rule");
        let rule = Rule { id: "r".into(), pattern, expires_at: 100 };
        let cases = [
            (made_for.clone(), 99, true, "the same again"),
            (made_for, 100, false, "after it has expired"),
            (action("/usr/bin/cargo", &["test", "--release"], false), 1, false, "another argument"),
            (action("/tmp/cargo", &["test"], false), 1, false, "another program of the same name"),
            (action("/usr/bin/cargo", &["test"], true), 1, false, "the same with the network"),
        ];
        for (asked, now, expected, what) in cases {
            assert_eq!(rule.allows(&asked, now), expected, "{what}");
        }
        assert_eq!(
            RulePattern::of(&action("/bin/x", &[], true)),
            None,
            "no rule for what leaves the machine"
        );
    }
}
