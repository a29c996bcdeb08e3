//! Connections that leave HTTP: the same certificates, proxies and errors as every request.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use url::Url;

use crate::{Config, Error, endpoints, judge, transport};

/// How long it may take from the first packet to the answer that leaves HTTP.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a connection may be silent before the system asks whether the other side still lives.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// A connection that has left HTTP.
pub struct Upgraded {
    headers: HeaderMap,
    stream: reqwest::Upgraded,
}

impl Upgraded {
    /// Returns the headers of the answer that left HTTP.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

/// Opens a connection; see [`crate::Client::upgrade`].
pub(crate) async fn open(
    config: &Config,
    operation: &'static str,
    url: &Url,
    headers: HeaderMap,
) -> Result<Upgraded, Error> {
    is_safe(operation, url)?;
    let builder = transport::builder(url, config)?
        .http1_only()
        .tcp_nodelay(true)
        .tcp_keepalive(KEEP_ALIVE);
    let client = transport::build(builder, config)?;
    let limit = HANDSHAKE_TIMEOUT.min(config.idle_timeout);
    let shake = Box::pin(shake(client, operation, url, headers, limit));
    tokio::time::timeout(limit, shake)
        .await
        .unwrap_or(Err(Error::Timeout { operation, limit }))
}

async fn shake(
    client: reqwest::Client,
    operation: &'static str,
    url: &Url,
    headers: HeaderMap,
    limit: Duration,
) -> Result<Upgraded, Error> {
    let failure = |error| judge::failure(operation, url.authority(), limit, error);
    let request = client.get(url.clone()).headers(headers);
    let response = request.send().await.map_err(failure)?;
    let (status, headers) = (response.status(), response.headers().clone());
    if status != StatusCode::SWITCHING_PROTOCOLS {
        // What the body says may repeat the URL.
        return Err(judge::answer(operation, status, &headers, &Bytes::new()));
    }
    let stream = response.upgrade().await.map_err(failure)?;
    Ok(Upgraded { headers, stream })
}

/// Refuses a URL that would show itself to the network.
fn is_safe(operation: &'static str, url: &Url) -> Result<(), Error> {
    match url.scheme() {
        "https" => Ok(()),
        "http" if endpoints::is_loopback(url) => Ok(()),
        "http" => Err(Error::PlainHttp {
            name: operation,
            host: url.host_str().unwrap_or_default().to_owned(),
        }),
        _ => Err(Error::Url {
            name: operation,
            reason: "it must begin with https://",
        }),
    }
}

impl AsyncRead for Upgraded {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Upgraded {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, buffer)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

impl fmt::Debug for Upgraded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upgraded").finish_non_exhaustive()
    }
}
