//! What happens to an answer after the work is done.

use std::future::ready;
use std::io::Write as _;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::{StreamExt as _, stream};
use http::{HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;

use crate::fault::{Fault, When};

/// Below this size answers are not worth compressing, in bytes.
const COMPRESS_FROM: usize = 1_024;

/// How long the first half of a cut answer has to leave.
const BREAK_AFTER: Duration = Duration::from_millis(30);

/// In a response's extensions: reset the connection instead of answering.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Abort;

/// Returns the answer that is none.
pub(super) fn abort() -> Response {
    let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
    response.extensions_mut().insert(Abort);
    response
}

/// Does what a fault does after the work.
pub(super) async fn spoil(fault: Option<&Fault>, response: Response) -> Response {
    match fault {
        Some(Fault::Reset { when: When::After }) => abort(),
        Some(Fault::CutBody) => cut(response).await,
        Some(Fault::TruncatedJson) => truncate(response).await,
        _ => response,
    }
}

/// Declares the whole length, sends half, and breaks off.
async fn cut(response: Response) -> Response {
    let (mut parts, bytes) = whole(response).await;
    parts
        .headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = bytes.slice(..bytes.len() / 2);
    let broken = async {
        // What was written before has to leave first: an error takes unsent bytes with it.
        tokio::time::sleep(BREAK_AFTER).await;
        Err(std::io::Error::other("cut by a fault"))
    };
    let halves = stream::once(ready(Ok(half))).chain(stream::once(broken));
    Response::from_parts(parts, Body::from_stream(halves))
}

async fn truncate(response: Response) -> Response {
    let (mut parts, bytes) = whole(response).await;
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes.slice(..bytes.len() / 2)))
}

/// Compresses an answer that is large enough.
pub(super) async fn compress(response: Response) -> Response {
    if response.extensions().get::<Abort>().is_some() || !response.status().is_success() {
        return response;
    }
    let (mut parts, bytes) = whole(response).await;
    if bytes.len() < COMPRESS_FROM {
        return Response::from_parts(parts, Body::from(bytes));
    }
    let Ok(small) = gzip(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts
        .headers
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Response::from_parts(parts, Body::from(small))
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes)?;
    encoder.finish()
}

async fn whole(response: Response) -> (http::response::Parts, Bytes) {
    let (parts, body) = response.into_parts();
    let bytes = body
        .collect()
        .await
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
    (parts, bytes)
}
