//! The providers there are, as a table: where each listens, and what its key is called.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Which service answers. It decides the wire format, the default address and the name of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ProviderKind {
    Anthropic,
    OpenAi,
    Xai,
    OpenRouter,
    Ollama,
    LmStudio,
    LlamaServer,
    Vllm,
    /// Anything else that speaks OpenAI's chat format.
    OpenAiCompatible,
    /// Answers from a script; no model is involved, and it says so wherever it answers.
    Scripted,
}

struct Row {
    name: &'static str,
    title: &'static str,
    base_url: Option<&'static str>,
    key_variable: Option<&'static str>,
}

impl ProviderKind {
    pub const ALL: [ProviderKind; 10] = [
        ProviderKind::Anthropic,
        ProviderKind::OpenAi,
        ProviderKind::Xai,
        ProviderKind::OpenRouter,
        ProviderKind::Ollama,
        ProviderKind::LmStudio,
        ProviderKind::LlamaServer,
        ProviderKind::Vllm,
        ProviderKind::OpenAiCompatible,
        ProviderKind::Scripted,
    ];

    fn row(self) -> Row {
        let row = |name, title, base_url, key_variable| Row { name, title, base_url, key_variable };
        match self {
            ProviderKind::Anthropic => {
                row("anthropic", "Anthropic", Some("https://api.anthropic.com"), Some("ANTHROPIC_API_KEY"))
            }
            ProviderKind::OpenAi => {
                row("openai", "OpenAI", Some("https://api.openai.com/v1"), Some("OPENAI_API_KEY"))
            }
            ProviderKind::Xai => row("xai", "xAI", Some("https://api.x.ai/v1"), Some("XAI_API_KEY")),
            ProviderKind::OpenRouter => row(
                "openrouter",
                "OpenRouter",
                Some("https://openrouter.ai/api/v1"),
                Some("OPENROUTER_API_KEY"),
            ),
            ProviderKind::Ollama => row("ollama", "Ollama", Some("http://127.0.0.1:11434/v1"), None),
            ProviderKind::LmStudio => row("lm-studio", "LM Studio", Some("http://127.0.0.1:1234/v1"), None),
            ProviderKind::LlamaServer => {
                row("llama-server", "llama-server", Some("http://127.0.0.1:8080/v1"), None)
            }
            ProviderKind::Vllm => row("vllm", "vLLM", Some("http://127.0.0.1:8000/v1"), None),
            ProviderKind::OpenAiCompatible => row("openai-compatible", "OpenAI-compatible", None, None),
            ProviderKind::Scripted => row("scripted", "Scripted (no model)", None, None),
        }
    }

    /// The name in files and records.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    pub fn from_name(name: &str) -> Option<ProviderKind> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The name that a person reads.
    pub fn title(self) -> &'static str {
        self.row().title
    }

    pub fn default_base_url(self) -> Option<&'static str> {
        self.row().base_url
    }

    /// The environment variable that usually holds its key.
    pub fn key_variable(self) -> Option<&'static str> {
        self.row().key_variable
    }

    /// Whether every call needs a key.
    pub fn needs_key(self) -> bool {
        self.row().key_variable.is_some()
    }

    /// Whether a model answers at all.
    pub fn is_model(self) -> bool {
        self != ProviderKind::Scripted
    }
}

/// By its name, as in files and records.
impl Serialize for ProviderKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for ProviderKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        ProviderKind::from_name(&name)
            .ok_or_else(|| de::Error::custom(format_args!("`{name}` is no kind of provider")))
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.title())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_kinds() {
        for kind in ProviderKind::ALL {
            assert_eq!(
                ProviderKind::from_name(kind.name()),
                Some(kind),
                "a record names its provider: {kind}"
            );
        }
        assert_eq!(ProviderKind::from_name("nobody"), None, "an unknown name is not guessed at");
    }
}
