//! The life of the access token.
//!
//! - One request for a token at a time: whoever needs one meanwhile waits for the same answer,
//!   good or bad.
//! - It is renewed before it ends; while that fails, it is used to its end.
//! - It lives in memory alone.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gc_core::{Class, Classify, describe};
use http::{HeaderMap, Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::transport::Transport;
use crate::{Credentials, Error, Observer, judge, text};

/// The name of the token request in errors and counts.
const OPERATION: &str = "POST /oauth/token";

/// How long a token lives whose answer does not say: the shortest life there is.
///
/// Source: official Python SDK 269.0.0, `OAuthClient.accessTokenValiditySeconds` (300 to 172800).
const SHORTEST_LIFE: Duration = Duration::from_secs(300);

/// The longest life that is believed: a day more than there is.
const LONGEST_LIFE: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// The longest time before its end at which a token is renewed.
const RENEWAL_LEAD: Duration = Duration::from_secs(5 * 60);

/// How long a token that could not be renewed is used before the next try.
const RENEWAL_PAUSE: Duration = Duration::from_secs(30);

/// An access token.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) secret: SecretString,
    /// When it was asked for.
    pub(crate) issued: Instant,
    end: Instant,
}

/// The access token that a request was sent with: when it ends, and nothing of the token itself.
#[derive(Clone)]
pub struct TokenInUse(pub(crate) Arc<Token>);

impl TokenInUse {
    /// Returns when the token ends, unless it is revoked before.
    pub fn end(&self) -> Instant {
        self.0.end
    }
}

impl fmt::Debug for TokenInUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenInUse").finish_non_exhaustive()
    }
}

/// The holder of the access token.
#[derive(Debug)]
pub(crate) struct Tokens {
    login: Transport,
    credentials: Credentials,
    /// Held over the request for a token on purpose: that is what makes it a single one. Dropping
    /// a waiting future gives the lock, and the work, to the next.
    slot: Mutex<Slot>,
}

#[derive(Debug, Default)]
struct Slot {
    token: Option<Arc<Token>>,
    renew_at: Option<Instant>,
    failure: Option<(Instant, Arc<Error>)>,
}

impl Tokens {
    pub(crate) fn new(login: Transport, credentials: Credentials) -> Self {
        Self {
            login,
            credentials,
            slot: Mutex::default(),
        }
    }

    /// Returns a token that lives, asking for one when needed.
    pub(crate) async fn current(&self, observer: &dyn Observer) -> Result<Arc<Token>, Error> {
        let asked = Instant::now();
        let mut slot = self.slot.lock().await;
        if let Some(token) = slot.young() {
            return Ok(token);
        }
        if let Some((at, error)) = &slot.failure
            && *at > asked
        {
            return Err(Error::Token {
                source: Arc::clone(error),
            });
        }
        match self.ask(observer).await {
            Ok(token) => Ok(slot.fill(token)),
            Err(error) => slot.fail(error),
        }
    }

    /// Throws `token` away if it is still the one in use.
    pub(crate) async fn discard(&self, token: &Arc<Token>) {
        let mut slot = self.slot.lock().await;
        if slot
            .token
            .as_ref()
            .is_some_and(|current| Arc::ptr_eq(current, token))
        {
            slot.token = None;
        }
    }

    /// Asks the login host for a token.
    ///
    /// Source: official Python SDK 269.0.0, `get_client_credentials_token`.
    async fn ask(&self, observer: &dyn Observer) -> Result<Token, Error> {
        let issued = Instant::now();
        let request = self
            .login
            .request(Method::POST, "/oauth/token")
            .basic_auth(
                &self.credentials.client_id,
                Some(self.credentials.secret.expose_secret()),
            )
            .form(&[("grant_type", "client_credentials")]);
        let response = self.login.send(OPERATION, request, observer).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self.login.body(OPERATION, response).await?;
        let token = if status.is_success() {
            read(&body, issued)
        } else {
            None
        };
        token.ok_or_else(|| self.refused(status, &headers, &body))
    }

    /// Returns the error that an answer without a token means.
    fn refused(&self, status: StatusCode, headers: &HeaderMap, body: &Bytes) -> Error {
        let host = self.login.host().to_owned();
        let error = judge::answer(OPERATION, status, headers, body);
        match (status, error.class()) {
            (StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED, _) => Error::Credentials {
                host,
                cause: cause(status, body),
            },
            (_, Class::Transient { .. }) => error,
            _ => Error::NoToken {
                host,
                status: status.as_u16(),
            },
        }
    }
}

impl Slot {
    /// Returns the token unless it is time to renew it.
    fn young(&self) -> Option<Arc<Token>> {
        let is_young = self.renew_at.is_some_and(|at| Instant::now() < at);
        self.token.as_ref().filter(|_| is_young).map(Arc::clone)
    }

    fn fill(&mut self, token: Token) -> Arc<Token> {
        let life = token.end - token.issued;
        self.renew_at = Some(token.end - RENEWAL_LEAD.min(life / 10));
        self.failure = None;
        Arc::clone(self.token.insert(Arc::new(token)))
    }

    /// Returns the token that could not be renewed if it still lives, else the error.
    fn fail(&mut self, error: Error) -> Result<Arc<Token>, Error> {
        let now = Instant::now();
        if let Some(token) = self.token.as_ref().filter(|token| now < token.end) {
            tracing::warn!(
                error = describe(&error),
                "access token not renewed, the old one lives"
            );
            self.renew_at = Some((now + RENEWAL_PAUSE).min(token.end));
            return Ok(Arc::clone(token));
        }
        let source = Arc::new(error);
        self.failure = Some((now, Arc::clone(&source)));
        Err(Error::Token { source })
    }
}

/// Names why the login host refused the client, in its own words.
fn cause(status: StatusCode, body: &Bytes) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    ["description", "error_description", "error"]
        .iter()
        .find_map(|name| body.get(name)?.as_str().map(text::bounded))
        .unwrap_or_else(|| status.to_string())
}

/// Reads the login host's answer.
fn read(body: &Bytes, issued: Instant) -> Option<Token> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let secret = body
        .get("access_token")?
        .as_str()
        .filter(|token| is_header(token))?;
    let life = body
        .get("expires_in")
        .and_then(Value::as_u64)
        .map(Duration::from_secs);
    let end = issued + life.unwrap_or(SHORTEST_LIFE).min(LONGEST_LIFE);
    Some(Token {
        secret: secret.into(),
        issued,
        end,
    })
}

/// Returns whether a token can stand in a header.
fn is_header(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic())
}
