//! Failures: twelve categories, four severities, five retry strategies (facts.md F1).
//!
//! Typed errors name their category themselves; [`Category::of_foreign_text`] is only for text of other programs.

use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Category {
    Timeout,
    DatabaseError,
    LlmServiceError,
    AgentUnavailable,
    ValidationError,
    NetworkError,
    AuthorizationError,
    ResourceExhausted,
    DependencyFailure,
    UserCancelled,
    ConfigurationError,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    Immediate,
    ExponentialBackoff,
    LinearBackoff,
    NoRetry,
    RollbackAndRetry,
}

/// How a category is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    pub strategy: Strategy,
    /// Attempts in all, the first included.
    pub attempts: u32,
    unit: Duration,
    cap: Duration,
}

impl Category {
    pub const ALL: [Category; 12] = [
        Category::Timeout,
        Category::DatabaseError,
        Category::LlmServiceError,
        Category::AgentUnavailable,
        Category::ValidationError,
        Category::NetworkError,
        Category::AuthorizationError,
        Category::ResourceExhausted,
        Category::DependencyFailure,
        Category::UserCancelled,
        Category::ConfigurationError,
        Category::Unknown,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Category::Timeout => "timeout",
            Category::DatabaseError => "database_error",
            Category::LlmServiceError => "llm_service_error",
            Category::AgentUnavailable => "agent_unavailable",
            Category::ValidationError => "validation_error",
            Category::NetworkError => "network_error",
            Category::AuthorizationError => "authorization_error",
            Category::ResourceExhausted => "resource_exhausted",
            Category::DependencyFailure => "dependency_failure",
            Category::UserCancelled => "user_cancelled",
            Category::ConfigurationError => "configuration_error",
            Category::Unknown => "unknown",
        }
    }

    /// A name that nobody defined is `Unknown`: foreign programs send what they like.
    pub fn from_name(name: &str) -> Category {
        Self::ALL.into_iter().find(|category| category.name() == name).unwrap_or(Category::Unknown)
    }

    pub fn severity(self) -> Severity {
        match self {
            Category::UserCancelled => Severity::Low,
            Category::Timeout
            | Category::ValidationError
            | Category::NetworkError
            | Category::ResourceExhausted
            | Category::Unknown => Severity::Medium,
            Category::DatabaseError
            | Category::LlmServiceError
            | Category::AgentUnavailable
            | Category::AuthorizationError
            | Category::DependencyFailure
            | Category::ConfigurationError => Severity::High,
        }
    }

    pub fn retry(self) -> Retry {
        let retry = |strategy, attempts, unit: u64, cap: u64| Retry {
            strategy,
            attempts,
            unit: Duration::from_secs(unit),
            cap: Duration::from_secs(cap),
        };
        match self {
            Category::Timeout | Category::NetworkError => retry(Strategy::ExponentialBackoff, 5, 1, 30),
            Category::ResourceExhausted => retry(Strategy::ExponentialBackoff, 4, 5, 120),
            Category::DatabaseError | Category::LlmServiceError => retry(Strategy::LinearBackoff, 3, 2, 60),
            Category::Unknown => retry(Strategy::LinearBackoff, 2, 3, 60),
            Category::DependencyFailure => retry(Strategy::RollbackAndRetry, 2, 1, 1),
            Category::AgentUnavailable
            | Category::ValidationError
            | Category::AuthorizationError
            | Category::UserCancelled
            | Category::ConfigurationError => retry(Strategy::NoRetry, 1, 0, 0),
        }
    }

    /// Reads the category out of another program's message, most specific words first.
    pub fn of_foreign_text(message: &str) -> Category {
        let message = message.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if has(&["rate limit", "quota", "no space left", "out of memory"]) {
            Category::ResourceExhausted
        } else if has(&["timeout", "timed out"]) {
            Category::Timeout
        } else if has(&["unauthorized", "forbidden", "permission denied", "not logged in"]) {
            Category::AuthorizationError
        } else if has(&["cancelled", "canceled", "aborted"]) {
            Category::UserCancelled
        } else if has(&["network", "connection", "could not resolve"]) {
            Category::NetworkError
        } else if has(&["database", "sqlite", "postgres"]) {
            Category::DatabaseError
        } else if has(&["anthropic", "openai", "llm"]) {
            Category::LlmServiceError
        } else if has(&["dependency", "prerequisite"]) {
            Category::DependencyFailure
        } else if has(&["config", "setup"]) {
            Category::ConfigurationError
        } else if has(&["validation", "invalid"]) {
            Category::ValidationError
        } else {
            Category::Unknown
        }
    }
}

impl Retry {
    /// How long to wait after `failed` failed attempts (1 after the first); `None` when there is no further attempt.
    pub fn delay_after(&self, failed: u32) -> Option<Duration> {
        if failed >= self.attempts {
            return None;
        }
        let delay = match self.strategy {
            Strategy::NoRetry => return None,
            Strategy::Immediate => Duration::ZERO,
            Strategy::ExponentialBackoff => self.unit * 2_u32.saturating_pow(failed - 1),
            Strategy::LinearBackoff | Strategy::RollbackAndRetry => self.unit * failed,
        };
        Some(delay.min(self.cap))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_category_has_its_delays() {
        let mut table = String::new();
        for category in Category::ALL {
            let delays: Vec<u64> = (1..10)
                .map_while(|failed| category.retry().delay_after(failed))
                .map(|delay| delay.as_secs())
                .collect();
            table += &format!("{} {:?} {delays:?}\n", category.name(), category.severity());
        }
        insta::assert_snapshot!(table, @r"
        timeout Medium [1, 2, 4, 8]
        database_error High [2, 4]
        llm_service_error High [2, 4]
        agent_unavailable High []
        validation_error Medium []
        network_error Medium [1, 2, 4, 8]
        authorization_error High []
        resource_exhausted Medium [5, 10, 20]
        dependency_failure High [1]
        user_cancelled Low []
        configuration_error High []
        unknown Medium [3]
        ");
    }

    #[test]
    fn foreign_text_goes_to_its_most_specific_category() {
        for (text, expected) in [
            ("Anthropic rate limit reached", Category::ResourceExhausted),
            ("connection timed out", Category::Timeout),
            ("403 Forbidden", Category::AuthorizationError),
            ("connection refused", Category::NetworkError),
            ("something odd", Category::Unknown),
        ] {
            assert_eq!(Category::of_foreign_text(text), expected, "{text}");
        }
    }
}
