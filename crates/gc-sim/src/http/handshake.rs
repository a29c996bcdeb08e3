//! `GET /channels/{channelId}`: from HTTP to a socket. The address is the credential.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::{FromRequestParts, Path, State};
use axum::response::Response;
use http::request::Parts;
use http::{StatusCode, header};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::refusal::Refusal;
use crate::live::Ticket;
use crate::platform::Platform;

/// In a response's extensions: what the connection becomes after it.
#[derive(Clone, Debug)]
pub(crate) struct Opens(Arc<Mutex<Option<Ticket>>>);

impl Opens {
    fn new(ticket: Ticket) -> Self {
        Self(Arc::new(Mutex::new(Some(ticket))))
    }

    /// Returns the ticket, once.
    pub(crate) fn take(&self) -> Option<Ticket> {
        self.0.lock().ok()?.take()
    }
}

/// Opens a socket on a channel, or answers 404 when it is gone.
pub(super) fn connect(
    State(platform): State<Arc<Platform>>,
    Path(id): Path<String>,
    Key(key): Key,
) -> Ready<Result<Response, Refusal>> {
    ready(open(&platform, &id, key.as_deref()))
}

/// The key of a handshake; none where the request is no handshake.
#[derive(Clone, Debug)]
pub(super) struct Key(Option<Vec<u8>>);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let upgrade = parts.headers.get(header::UPGRADE);
        let upgrades = upgrade.is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"));
        let key = parts.headers.get(header::SEC_WEBSOCKET_KEY);
        let key = key.filter(|_| upgrades);
        Ok(Self(key.map(|key| key.as_bytes().to_vec())))
    }
}

fn open(platform: &Platform, id: &str, key: Option<&[u8]>) -> Result<Response, Refusal> {
    let key = key.ok_or_else(|| {
        let status = StatusCode::UPGRADE_REQUIRED;
        Refusal::new(status, "bad.request", "This address is for sockets")
    })?;
    platform.live.hub.sweep(&platform.tokens);
    let ticket = platform.live.hub.connect(id);
    let ticket =
        ticket.ok_or_else(|| Refusal::not_found(format!("The channel {id} does not exist")))?;
    let response = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(header::CONNECTION, "upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_ACCEPT, derive_accept_key(key))
        .extension(Opens::new(ticket))
        .body(Body::empty());
    response.map_err(|_never| Refusal::bad_request("The handshake has no valid key"))
}
