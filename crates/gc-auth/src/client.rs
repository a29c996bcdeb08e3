//! The one authorised client.

use std::fmt;
use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Method, StatusCode};
use reqwest::RequestBuilder;
use secrecy::ExposeSecret;
use tokio::time::Instant;
use url::Url;

use crate::budget::{Budget, Permit};
use crate::headers::{self, RateLimit};
use crate::observer::Unobserved;
use crate::token::{Token, TokenInUse, Tokens};
use crate::transport::Transport;
use crate::upgrade::{self, Upgraded};
use crate::{Config, Error, Observer, Request, Response, RetryPolicy, judge, retry};

/// The one authorised client of a program.
///
/// Clones share the token, the connections and the rate budget. A loopback host is reached
/// directly; for every other one the system's proxy variables (`HTTPS_PROXY`, `NO_PROXY`) count.
/// Answers are asked for compressed (gzip) and handed on decompressed.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
    observer: Arc<dyn Observer>,
}

struct Shared {
    api: Transport,
    tokens: Tokens,
    budget: Budget,
    retry: RetryPolicy,
    /// What a connection that is made later has to keep to.
    config: Config,
}

impl Client {
    /// Creates a client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// When the file of certificates cannot be used, or when the system has none.
    pub fn new(config: Config) -> Result<Self, Error> {
        let api = Transport::new(config.endpoints.api(), &config)?;
        let login = Transport::new(config.endpoints.login(), &config)?;
        let shared = Shared {
            api,
            tokens: Tokens::new(login, config.credentials.clone()),
            budget: Budget::default(),
            retry: config.retry.clone(),
            config,
        };
        Ok(Self {
            shared: Arc::new(shared),
            observer: Arc::new(Unobserved),
        })
    }

    /// Returns a client that shares everything with this one and reports to `observer`.
    #[must_use]
    pub fn observed_by(&self, observer: Arc<dyn Observer>) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            observer,
        }
    }

    /// Sends a request, again and again as far as the retry policy and the request allow.
    ///
    /// # Errors
    ///
    /// The last failure, when the policy is used up or the failure is not one to repeat. A wait
    /// beyond 180 s is reported as [`Error::RateLimited`] or [`Error::Server`], not sat through.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future may leave a request that was already acted on; nothing of this client
    /// is harmed by it.
    pub async fn send(&self, request: Request) -> Result<Response, Error> {
        let attempt = || self.attempt(&request);
        retry::run(&self.shared.retry, request.repeat, &*self.observer, attempt).await
    }

    /// Throws away the token that a request was sent with, unless that has happened already: the
    /// next request asks for a fresh one.
    pub async fn discard_token(&self, token: &TokenInUse) {
        self.shared.tokens.discard(&token.0).await;
    }

    /// Opens a connection that leaves HTTP, such as a WebSocket, by a GET of `url` with `headers`.
    ///
    /// Sent once, without a token: the URL has to say who asks, so it stands in no error and no
    /// log. Plain `http` is for loopback alone. A proxy is asked for a tunnel.
    ///
    /// # Errors
    ///
    /// When the other side does not answer 101 within 15 s, by what it answers in its place.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the connection.
    pub async fn upgrade(
        &self,
        operation: &'static str,
        url: &Url,
        headers: HeaderMap,
    ) -> Result<Upgraded, Error> {
        upgrade::open(&self.shared.config, operation, url, headers).await
    }

    /// Sends a request until a token is accepted. It ends: each token is thrown away when it is
    /// refused, and a refused one that was asked for after the start is the last.
    async fn attempt(&self, request: &Request) -> Result<Response, Error> {
        let start = Instant::now();
        let mut is_renewed = false;
        loop {
            let (permit, token) = self.admit(request.operation).await?;
            let answer = self.exchange(request, Arc::clone(&token), permit).await;
            if !matches!(answer, Err(Error::TokenRefused { .. })) {
                if is_renewed && answer.is_ok() {
                    let what = format!("{}: access token refused and renewed", request.operation);
                    self.observer.recovered(&what);
                }
                return answer;
            }
            self.shared.tokens.discard(&token).await;
            if is_renewed && token.issued >= start {
                return answer;
            }
            is_renewed = true;
        }
    }

    /// Waits for room in the rate budget and a token that lives.
    async fn admit(&self, operation: &'static str) -> Result<(Permit<'_>, Arc<Token>), Error> {
        let Shared { tokens, budget, .. } = &*self.shared;
        // Ahead of the budget, so that all who lack a token wait for it together.
        tokens.current(&*self.observer).await?;
        let permit = budget.admit(operation, &*self.observer).await?;
        // Again, since the wait may have outlived the first.
        Ok((permit, tokens.current(&*self.observer).await?))
    }

    /// Sends a request once.
    async fn exchange(
        &self,
        request: &Request,
        token: Arc<Token>,
        mut permit: Permit<'_>,
    ) -> Result<Response, Error> {
        let Shared { api, retry, .. } = &*self.shared;
        let operation = request.operation;
        permit.send();
        let wire = on_wire(api, request, &token);
        let response = api.send(operation, wire, &*self.observer).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let closed = (status == StatusCode::TOO_MANY_REQUESTS)
            .then(|| headers::retry_after(&headers).unwrap_or(retry.rate_limit_delay));
        permit.settle(RateLimit::of(&headers), closed);
        let body = api.body(operation, response).await?;
        if !status.is_success() {
            return Err(judge::answer(operation, status, &headers, &body));
        }
        Ok(Response {
            status,
            body,
            correlation_id: headers::correlation_id(&headers),
            token: TokenInUse(token),
            operation,
        })
    }
}

/// Returns the request as it goes on the wire. The HTTP library marks the token as sensitive, so
/// that no layer below prints it.
fn on_wire(api: &Transport, request: &Request, token: &Token) -> RequestBuilder {
    let mut wire = api
        .request(request.method.clone(), &request.path)
        .bearer_auth(token.secret.expose_secret())
        .header(ACCEPT, "application/json");
    if !request.query.is_empty() {
        wire = wire.query(&request.query);
    }
    match &request.body {
        Some(body) => wire
            .header(CONTENT_TYPE, "application/json")
            .body(body.clone()),
        // Some gateways refuse a POST that does not say how long it is.
        None if request.method == Method::POST => wire.header(CONTENT_LENGTH, "0"),
        None => wire,
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("host", &self.shared.api.host())
            .finish_non_exhaustive()
    }
}
