//! OpenAI's chat format, as OpenAI, xAI, OpenRouter, LM Studio, llama-server, vLLM and Ollama speak it: `protocol` has
//! its types, `client` the calls, `normalise` makes answers neutral.

mod client;
mod normalise;
mod protocol;
mod tool_calls;

pub(crate) use client::OpenAiProvider;
