//! The policy: for each class of effect, whether it is allowed, asked about or denied. Pure: a decision depends on
//! nothing but what is passed in.

use serde::{Deserialize, Serialize};

use crate::effect::{Action, EffectClass};
use crate::rule::Rule;

/// How long an approval of an effect waits for a person: 7 days, in microseconds. What stands around an effect changes,
/// so a question about it does not stay true for ever. Work that a person was given has no such end.
pub const APPROVAL_WAITS_FOR: i64 = 7 * 24 * 60 * 60 * 1_000_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// `by` names the rule, for the permit's record.
    Allow {
        by: String,
    },
    /// `why` is shown to the person.
    Ask {
        why: String,
    },
    Deny {
        why: String,
    },
}

/// What the decision looks at beside the action.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    /// Classes that the member's definition always asks about.
    pub member_asks: Vec<EffectClass>,
    /// Why the path is protected (`.git/`, CI files, agent files…), if it is.
    pub protected: Option<String>,
    /// Hash of an action that the approved plan showed byte for byte.
    pub shown_in_plan: Vec<String>,
    /// Rules of this project that have not ended. They count only where commands are contained.
    pub rules: Vec<Rule>,
    pub contained: bool,
    /// Unix time in microseconds.
    pub now: i64,
    /// The folder is the user's own, not a worktree or a fresh one.
    pub in_place: bool,
}

pub fn decide(action: &Action, circumstances: &Circumstances) -> Verdict {
    let class = action.class();
    if circumstances.shown_in_plan.contains(&action.hash()) {
        return Verdict::Allow { by: "plan".into() };
    }
    if let Some(reason) = &circumstances.protected {
        return Verdict::Ask { why: format!("the file is protected: {reason}") };
    }
    let holds = |rule: &&Rule| rule.allows(action, circumstances.now);
    if let Some(rule) = circumstances.rules.iter().find(holds).filter(|_| circumstances.contained) {
        return Verdict::Allow { by: format!("rule:{}", rule.id) };
    }
    if circumstances.member_asks.contains(&class) {
        return Verdict::Ask { why: format!("this member asks before each {}", class.name()) };
    }
    if let Some(why) = asks_by_itself(action) {
        return Verdict::Ask { why: why.into() };
    }
    match class {
        EffectClass::Read => Verdict::Allow { by: "policy:read".into() },
        EffectClass::Write if !circumstances.in_place => {
            Verdict::Allow { by: "policy:write-in-own-folder".into() }
        }
        EffectClass::Write => Verdict::Ask { why: "it changes a file in your own folder".into() },
        EffectClass::Run if !circumstances.contained => Verdict::Ask {
            why: "no rule allows this program, and it acts with your rights: it cannot be contained here"
                .into(),
        },
        EffectClass::Run => Verdict::Ask { why: "no rule allows this program".into() },
        EffectClass::Network => Verdict::Ask { why: "it leaves this machine".into() },
        EffectClass::Delete => Verdict::Ask { why: "it deletes something".into() },
        EffectClass::Push => Verdict::Ask { why: "it changes a remote repository".into() },
        EffectClass::Post => Verdict::Ask { why: "it sends something to others".into() },
        EffectClass::Spend => Verdict::Ask { why: "it spends money".into() },
    }
}

/// What an agent program does with its own hands cannot be held to the bytes that it shows, so also a write in the
/// project's own folder is asked about; only looking at files of the folder is not.
fn asks_by_itself(action: &Action) -> Option<&'static str> {
    let Action::AgentTool { locations, diffs, .. } = action else { return None };
    let inside = |path: &String| !path.starts_with('/') && path.split('/').all(|part| part != "..");
    match action.class() {
        EffectClass::Read if diffs.is_empty() && !locations.is_empty() && locations.iter().all(inside) => {
            None
        }
        EffectClass::Read => Some("the agent's program wants to look outside of the project's folder"),
        _ => Some("the agent's program does this itself and asks first"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::{Recovery, TextDiff};
    use crate::rule::RulePattern;

    fn write() -> Action {
        Action::WriteFile {
            folder: "/f".into(),
            path: "a".into(),
            before: None,
            content: "x".into(),
            content_sha256: "00".into(),
            host: "h".into(),
        }
    }

    fn run() -> Action {
        Action::RunProgram {
            program: "/bin/true".into(),
            program_sha256: None,
            args: vec![],
            folder: "/f".into(),
            env_names: vec![],
            stdin: String::new(),
            stdin_sha256: String::new(),
            network: false,
            writable: false,
            reads: vec![],
            writes: vec![],
            seconds: 60,
            output_mib: 1,
            recovery: Recovery::Ask,
            host: "h".into(),
        }
    }

    fn tool(kind: &str, location: &str) -> Action {
        Action::AgentTool {
            program: "/bin/agent".into(),
            what: "a.txt".into(),
            tool: kind.into(),
            folder: "/f".into(),
            locations: vec![location.into()],
            diffs: vec![],
            input: "{}".into(),
            host: "h".into(),
        }
    }

    /// It says that it reads, and shows what it would change.
    fn with_diff(mut tool: Action) -> Action {
        if let Action::AgentTool { diffs, .. } = &mut tool {
            diffs.push(TextDiff { path: "a.txt".into(), before: None, after: "x".into() });
        }
        tool
    }

    fn rule(expires_at: i64) -> Rule {
        let pattern = RulePattern::of(&run()).expect("a contained command can have a rule");
        Rule { id: "r".into(), pattern, expires_at }
    }

    #[test]
    fn the_table_of_defaults() {
        let free = Circumstances { contained: true, ..Circumstances::default() };
        let cases: Vec<(Action, Circumstances, &str)> = vec![
            (write(), free.clone(), "allow policy:write-in-own-folder"),
            (
                write(),
                Circumstances { in_place: true, ..free.clone() },
                "ask it changes a file in your own folder",
            ),
            (
                write(),
                Circumstances { protected: Some("git".into()), ..free.clone() },
                "ask the file is protected: git",
            ),
            (
                write(),
                Circumstances { member_asks: vec![EffectClass::Write], ..free.clone() },
                "ask this member asks before each write",
            ),
            (run(), free.clone(), "ask no rule allows this program"),
            (
                run(),
                Circumstances { rules: vec![rule(50)], contained: true, now: 1, ..free.clone() },
                "allow rule:r",
            ),
            (
                run(),
                Circumstances { rules: vec![rule(50)], contained: false, now: 1, ..free.clone() },
                "ask no rule allows this program, and it acts with your rights: it cannot be contained here",
            ),
            (tool("edit", "a.txt"), free.clone(), "ask the agent's program does this itself and asks first"),
            (tool("read", "a.txt"), free.clone(), "allow policy:read"),
            (
                with_diff(tool("read", "a.txt")),
                free.clone(),
                "ask the agent's program wants to look outside of the project's folder",
            ),
            (
                tool("read", "../../home/me/.ssh/id"),
                free.clone(),
                "ask the agent's program wants to look outside of the project's folder",
            ),
            (
                tool("search", "/home/me/.ssh"),
                free.clone(),
                "ask the agent's program wants to look outside of the project's folder",
            ),
            (
                tool("no such kind", "a.txt"),
                free.clone(),
                "ask the agent's program does this itself and asks first",
            ),
            (run(), Circumstances { shown_in_plan: vec![run().hash()], ..free.clone() }, "allow plan"),
            (
                run(),
                Circumstances { shown_in_plan: vec![write().hash()], ..free },
                "ask no rule allows this program",
            ),
        ];
        for (action, circumstances, expected) in cases {
            let found = match decide(&action, &circumstances) {
                Verdict::Allow { by } => format!("allow {by}"),
                Verdict::Ask { why } => format!("ask {why}"),
                Verdict::Deny { why } => format!("deny {why}"),
            };
            assert_eq!(found, expected, "{action:?}");
        }
    }

    #[test]
    fn one_changed_byte_is_another_action() {
        let Action::WriteFile { folder, path, before, content_sha256, host, .. } = write() else {
            unreachable!()
        };
        let other = Action::WriteFile { content: "y".into(), folder, path, before, content_sha256, host };
        assert_ne!(write().hash(), other.hash());
    }
}
