//! Who may come in, before anything is done.
//!
//! The host's name is checked on every request, because a foreign name that resolves to this machine (DNS rebinding)
//! would make a foreign page "same origin" with us. The origin is checked on every call, because a browser sends
//! requests for any page that asks it to.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName, Uri, header};
use cadre_api::{ApiError, Authentication};

use crate::sessions::{Sessions, Visitor};

/// The subprotocol that both sides speak, and the one that carries the bearer: a browser cannot set a header on a
/// WebSocket, and what stands in a URL ends up in logs.
pub(crate) const EVENTS_PROTOCOL: &str = "cadre.v1";
const BEARER_PROTOCOL: &str = "bearer.";

pub(crate) struct Admission {
    /// The names by which we may be called, each with the port.
    hosts: Vec<String>,
    pub(crate) sessions: Sessions,
}

impl Admission {
    pub(crate) fn new(address: SocketAddr, sessions: Sessions) -> Self {
        let port = address.port();
        let numeric = match address.ip() {
            IpAddr::V4(ip) => format!("{ip}:{port}"),
            IpAddr::V6(ip) => format!("[{ip}]:{port}"),
        };
        Admission { hosts: vec![numeric, format!("localhost:{port}")], sessions }
    }

    /// # Errors
    /// The request was not meant for us.
    pub(crate) fn check_host(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), ApiError> {
        let host = only(headers, &header::HOST)?.unwrap_or_default();
        let target = uri.authority().map_or(host, |authority| authority.as_str());
        if host != target || !self.hosts.iter().any(|known| known == host) {
            return Err(refused("the request names another host"));
        }
        Ok(())
    }

    /// Who calls, by the bearer in the `Authorization` header.
    ///
    /// # Errors
    /// Nobody we know, or a page of another site.
    pub(crate) fn caller(&self, headers: &HeaderMap) -> Result<Visitor, ApiError> {
        let bearer = only(headers, &header::AUTHORIZATION)?.and_then(|value| value.strip_prefix("Bearer "));
        self.known(bearer, headers)
    }

    /// Who subscribes, by the bearer among the subprotocols.
    ///
    /// # Errors
    /// As for [`caller`](Self::caller).
    pub(crate) fn subscriber(&self, headers: &HeaderMap) -> Result<Visitor, ApiError> {
        let offered = only(headers, &header::SEC_WEBSOCKET_PROTOCOL)?.unwrap_or_default();
        let bearer = offered.split(',').find_map(|protocol| protocol.trim().strip_prefix(BEARER_PROTOCOL));
        self.known(bearer, headers)
    }

    /// # Errors
    /// The request does not come from our own page.
    pub(crate) fn check_own_page(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        match self.is_own_page(headers)? {
            true => Ok(()),
            false => Err(refused("only a page of this server may ask for this")),
        }
    }

    fn known(&self, bearer: Option<&str>, headers: &HeaderMap) -> Result<Visitor, ApiError> {
        let own_page = self.is_own_page(headers)?;
        match bearer.and_then(|bearer| self.sessions.who(bearer)) {
            // A browser always says where a call comes from; what does not is no browser of ours.
            Some(Visitor { authentication: Authentication::Session, .. }) if !own_page => {
                Err(refused("a browser names its page"))
            }
            Some(visitor) => Ok(visitor),
            None => Err(ApiError::new("not_signed_in", "this session is unknown here, or has ended")),
        }
    }

    /// `false` when nothing is said, as programs do.
    fn is_own_page(&self, headers: &HeaderMap) -> Result<bool, ApiError> {
        let Some(origin) = only(headers, &header::ORIGIN)? else { return Ok(false) };
        let host = only(headers, &header::HOST)?.unwrap_or_default();
        match origin.strip_prefix("http://") == Some(host) {
            true => Ok(true),
            false => Err(refused("the request comes from a page of another site")),
        }
    }
}

/// A header's value; twice the same header is a trick on whoever reads only one of them.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, ApiError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    match (value.to_str(), values.next()) {
        (Ok(value), None) => Ok(Some(value)),
        _ => Err(refused(&format!("the header `{name}` cannot be read"))),
    }
}

fn refused(why: &str) -> ApiError {
    ApiError::new("origin_refused", why)
}
