//! Who asks, and for which topics.

use std::convert::Infallible;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::header;
use http::request::Parts;
use serde::Deserialize;

use super::details::read_body;
use super::gate::bearer;

/// Who asks: with which token, and at which host.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) token: String,
    pub(super) host: String,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let host = parts.headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        Ok(Self {
            token: bearer(&parts.headers).unwrap_or_default().to_owned(),
            host: host.unwrap_or("127.0.0.1").to_owned(),
        })
    }
}

/// The topics of a request.
#[derive(Clone, Debug)]
pub(super) struct Topics(pub(super) Vec<String>);

#[derive(Debug, Deserialize)]
struct Wanted {
    id: String,
}

impl<S: Send + Sync> FromRequest<S> for Topics {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let headers = request.headers().clone();
        let body = String::from_request(request, state).await;
        let body = body.map_err(IntoResponse::into_response)?;
        let wanted = read_body::<Vec<Wanted>>(&headers, &body);
        let wanted = wanted.map_err(IntoResponse::into_response)?;
        Ok(Self(wanted.into_iter().map(|topic| topic.id).collect()))
    }
}
