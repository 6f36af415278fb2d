//! Which commands are a person's to give.

use std::collections::BTreeSet;

use cadre_api::OperationKind;
use cadre_api::operations::DECLARATIONS;

/// Commands that any program of the user may give: they spend nothing, permit nothing and lift no stop.
const NOT_DECISIONS: &[&str] = &[
    "system.stop_everything",
    "system.report_error", // a line in the log, which is bounded
    "request.file",
    "request.attach", // a copy that nobody reads until a request names it
    "request.correct",
    "plan.make",
    "plan.refine",
    "agent.read",
    "rule.end",      // less is allowed afterwards
    "model.disable", // the same
    "key.revoke",    // the same: a key that is gone was asked for by nobody who wants to use it
];

#[test]
fn every_command_was_judged() {
    let open: BTreeSet<_> = DECLARATIONS
        .iter()
        .filter(|declaration| declaration.kind == OperationKind::Command && !declaration.decides)
        .map(|declaration| declaration.name)
        .collect();
    assert_eq!(
        open,
        NOT_DECISIONS.iter().copied().collect(),
        "a command that an agent must not give needs DECIDES; one that it may give is listed here with care"
    );
}

#[test]
fn a_query_decides_nothing() {
    let deciding = DECLARATIONS.iter().find(|it| it.kind == OperationKind::Query && it.decides);
    assert!(deciding.is_none(), "a query changes nothing: {deciding:?}");
}
