//! Where a provider is reached: an address that has been looked at, and a key that nobody sees.

use std::net::IpAddr;
use std::time::Duration;

use cadre_core::secret::Secret;
use url::{Host, Url};

use crate::error::{Code, ModelError};
use crate::kind::ProviderKind;

/// Where a provider is: an address that a key may be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    kind: ProviderKind,
    base: Url,
}

impl Address {
    /// Checks the address: `https`, or `http` to this very machine; nothing in it but host, port and path. Without
    /// one, the kind's own.
    ///
    /// # Errors
    /// [`Code::BadBaseUrl`] and [`Code::PlainHttpRefused`]. Neither repeats the address: people paste keys into the
    /// wrong field.
    pub fn new(kind: ProviderKind, base_url: Option<&str>) -> Result<Self, ModelError> {
        let bad = |reason: &str| {
            ModelError::new(Code::BadBaseUrl, format!("the address of {kind} cannot be used: {reason}"))
        };
        let text = base_url.or(kind.default_base_url()).ok_or_else(|| bad("it is missing"))?;
        let mut base = Url::parse(text.trim()).map_err(|error| bad(&error.to_string()))?;
        match base.scheme() {
            "https" => {}
            "http" if is_loopback(&base) => {}
            "http" => {
                let message =
                    format!("plain http to {kind} would show the key and the data on the way; use https");
                return Err(ModelError::new(Code::PlainHttpRefused, message));
            }
            _ => return Err(bad("it must begin with https://")),
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(bad("a name or password in it would end up in logs; enter the key separately"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(bad("it must end with a path, without ? or #"));
        }
        let path = base.path().trim_end_matches('/').to_owned();
        base.set_path(&path);
        Ok(Self { kind, base })
    }

    pub fn kind(&self) -> ProviderKind {
        self.kind
    }

    /// The one way to write it: two spellings of an address are the same text.
    pub fn text(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    pub fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// It is on this machine: what is sent there does not leave it.
    pub fn is_local(&self) -> bool {
        is_loopback(&self.base)
    }

    /// Nobody answers there without a key.
    pub fn needs_key(&self) -> bool {
        self.kind.needs_key() && !self.is_local()
    }
}

/// A provider's address and key. Not `Debug`, because of the key.
pub struct Endpoint {
    kind: ProviderKind,
    base: Url,
    key: Option<Secret<String>>,
    /// How long connecting may take, name resolution and TLS included.
    pub connect_limit: Duration,
}

impl Endpoint {
    /// # Errors
    /// Those of [`Address::new`] and [`Endpoint::at`].
    pub fn new(
        kind: ProviderKind,
        base_url: Option<&str>,
        key: Option<Secret<String>>,
    ) -> Result<Self, ModelError> {
        Self::at(Address::new(kind, base_url)?, key)
    }

    /// # Errors
    /// [`Code::KeyMissing`].
    pub fn at(address: Address, key: Option<Secret<String>>) -> Result<Self, ModelError> {
        let key = key.filter(|key| !key.expose().trim().is_empty());
        if address.needs_key() && key.is_none() {
            return Err(ModelError::new(Code::KeyMissing, format!("{} needs a key", address.kind)));
        }
        let Address { kind, base } = address;
        Ok(Self { kind, base, key, connect_limit: Duration::from_secs(10) })
    }

    pub fn kind(&self) -> ProviderKind {
        self.kind
    }

    /// The host, for the standing permit and the audit.
    pub fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.base)
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.base.scheme() == "http"
    }

    pub(crate) fn key(&self) -> Option<&str> {
        self.key.as_ref().map(|key| key.expose().trim())
    }

    /// The address of a resource below the base, `/chat/completions` for example.
    pub(crate) fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        let joined = format!("{}{path}", self.base.path().trim_end_matches('/'));
        url.set_path(&joined);
        url
    }

    /// The address of a resource beside the base: local servers list their models outside of `/v1`.
    pub(crate) fn url_at_root(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(path);
        url
    }
}

/// `localhost` is the only name: any other is resolved by somebody else.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: ProviderKind, url: Option<&str>, key: Option<&str>) -> String {
        let key = key.map(|key| Secret::new(key.to_owned()));
        match Endpoint::new(kind, url, key) {
            Ok(endpoint) => endpoint.url("/models").to_string(),
            Err(error) => error.code.name().to_owned(),
        }
    }

    #[test]
    fn addresses_are_looked_at_before_a_key_is_sent_there() {
        let compatible = ProviderKind::OpenAiCompatible;
        for (url, expected, reason) in [
            (
                "https://models.example/v1/",
                "https://models.example/v1/models",
                "a slash at the end is harmless",
            ),
            ("https://models.example", "https://models.example/models", "no path at all"),
            ("http://127.0.0.1:1234/v1", "http://127.0.0.1:1234/v1/models", "this machine"),
            ("http://[::1]:1234/v1", "http://[::1]:1234/v1/models", "this machine"),
            ("http://localhost:1234/v1", "http://localhost:1234/v1/models", "this machine"),
            ("http://localhost.example/v1", "plain_http_refused", "a name that only looks local"),
            ("http://192.168.1.5:11434/v1", "plain_http_refused", "the network can read it"),
            ("https://sk-1234@models.example/v1", "bad_base_url", "a key in the wrong place"),
            ("https://models.example/v1?key=1", "bad_base_url", "a query would be lost"),
            ("ftp://models.example", "bad_base_url", "another protocol"),
            ("sk-1234567890", "bad_base_url", "a key pasted into the address"),
        ] {
            assert_eq!(check(compatible, Some(url), None), expected, "{reason}: {url}");
        }
        assert_eq!(check(compatible, None, None), "bad_base_url", "nobody knows where this one is");
        assert_eq!(check(ProviderKind::OpenAi, None, None), "key_missing", "a cloud provider without a key");
        assert_eq!(check(ProviderKind::OpenAi, None, Some("  ")), "key_missing", "blanks are no key");
        assert_eq!(
            check(ProviderKind::OpenAi, None, Some("k")),
            "https://api.openai.com/v1/models",
            "the default address"
        );
    }

    #[test]
    fn two_spellings_of_an_address_are_the_same_text() {
        let text = |kind, url| Address::new(kind, url).expect("is an address").text().to_owned();
        let (anthropic, ollama) = (ProviderKind::Anthropic, ProviderKind::Ollama);
        assert_eq!(text(anthropic, None), "https://api.anthropic.com");
        assert_eq!(text(anthropic, Some(" HTTPS://API.anthropic.com:443/ ")), text(anthropic, None));
        assert_eq!(text(ollama, Some("http://127.0.0.1:11434/v1/")), text(ollama, None));
        let local = Address::new(ProviderKind::OpenAi, Some("http://localhost:9/v1")).expect("is an address");
        assert!(local.is_local() && !local.needs_key(), "a stand-in on this machine needs no key");
        let remote = Address::new(ProviderKind::OpenAi, None).expect("is an address");
        assert!(!remote.is_local() && remote.needs_key() && remote.host() == "api.openai.com");
    }

    #[test]
    fn an_error_does_not_repeat_what_was_entered() {
        let error = Endpoint::new(ProviderKind::OpenAi, Some("sk-1234567890"), None).err();
        let message = error.expect("this is no address").message;
        assert!(!message.contains("1234"), "people paste keys into the wrong field: {message}");
    }
}
