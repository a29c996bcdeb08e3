//! The socket: the HTTP client's connection, speaking WebSocket.

use gc_auth::{Client, Upgraded};
use http::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use url::Url;

use crate::error::Error;

/// The name of the handshake in errors; the address is a credential.
const OPERATION: &str = "GET wss://streaming.{domain}/channels/{channelId}";

/// A socket that stands.
pub(crate) type Socket = WebSocketStream<Upgraded>;

/// Opens the socket at `address`, which is credential enough.
///
/// # Cancel safety
///
/// Dropping the future drops the connection.
pub(crate) async fn open(client: &Client, address: &Url, limit: usize) -> Result<Socket, Error> {
    let key = generate_key();
    let asked = client.upgrade(OPERATION, address, headers(&key)?).await;
    let stream = asked
        .map_err(Box::new)
        .map_err(|source| Error::Handshake { source })?;
    check(stream.headers(), &key)?;
    let config = WebSocketConfig::default()
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    Ok(WebSocketStream::from_raw_socket(stream, Role::Client, Some(config)).await)
}

/// Returns the headers that ask for a WebSocket.
///
/// Source: RFC 6455, section 4.1.
fn headers(key: &str) -> Result<HeaderMap, Error> {
    let reason = "the key does not fit a header";
    let key = HeaderValue::from_str(key).map_err(|_| Error::NoSocket { reason })?;
    Ok(HeaderMap::from_iter([
        (CONNECTION, HeaderValue::from_static("Upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
        (SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
        (SEC_WEBSOCKET_KEY, key),
    ]))
}

/// Checks that it is a WebSocket that answered, and that it answered this request.
fn check(headers: &HeaderMap, key: &str) -> Result<(), Error> {
    let value = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if !value(UPGRADE).is_some_and(|name| name.eq_ignore_ascii_case("websocket")) {
        let reason = "the answer leaves HTTP for something else";
        return Err(Error::NoSocket { reason });
    }
    if value(SEC_WEBSOCKET_ACCEPT) != Some(derive_accept_key(key.as_bytes()).as_str()) {
        let reason = "the answer is not to this request";
        return Err(Error::NoSocket { reason });
    }
    Ok(())
}
