//! The names that the heads of the model choose from, in the order of their columns.

/// Intents in the order of `cadre_core::intent::Intent::ALL`; the library's tests hold the two together.
pub(crate) const INTENTS: [&str; 6] =
    ["DELEGATE", "CREATE_PROJECT", "BUILD_AGENT", "IMPROVE_AGENT", "CLARIFY", "DIRECT_RESPONSE"];
pub(crate) const CLARIFY: usize = 4;
pub(crate) const HORIZONS: [&str; 4] = ["minutes", "hours", "days", "weeks"];
pub(crate) const DEPARTMENTS: [&str; 10] = [
    "general",
    "marketing",
    "engineering",
    "finance",
    "operations",
    "sales",
    "support",
    "legal",
    "hr",
    "research",
];
