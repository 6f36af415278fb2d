//! Anthropic's Messages API: `protocol` has its types, `client` the calls, `normalise` makes answers neutral.

mod client;
mod normalise;
mod protocol;

pub(crate) use client::AnthropicProvider;
