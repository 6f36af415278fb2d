//! What an agent found that somebody should act on. The auditor puts findings into its data; the report
//! writer adds those that follow from the other agents' figures.

use serde::{Deserialize, Serialize};

/// How much it matters, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Breaks or endangers something now.
    High,
    /// Will cost time or trust soon.
    Medium,
    /// Worth tidying.
    Low,
    /// Good to know; nothing needs to be done.
    Note,
}

impl Severity {
    pub fn word(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Note => "note",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    pub severity: Severity,
    /// Stable name of the kind of finding, for example `lock_file_malformed`.
    pub code: String,
    /// Relative to the folder, with `/`.
    pub file: Option<String>,
    /// Counted from 1.
    pub line: Option<u64>,
    /// What is the case, as one sentence without a full stop.
    pub title: String,
    /// Facts behind the title; may be empty.
    pub detail: String,
    /// What to do about it.
    pub remedy: String,
}

impl Finding {
    pub(crate) fn new(severity: Severity, code: &str, title: impl Into<String>) -> Self {
        Self {
            severity,
            code: code.to_owned(),
            file: None,
            line: None,
            title: title.into(),
            detail: String::new(),
            remedy: String::new(),
        }
    }

    pub(crate) fn at(mut self, file: &str, line: Option<u64>) -> Self {
        self.file = Some(file.to_owned());
        self.line = line;
        self
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }
}
