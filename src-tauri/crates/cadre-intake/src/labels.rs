//! The departments that the model knows, in the order of its columns. An organisation maps them to its own.

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
