//! A platform that answers what a test tells it to, first in first out, and remembers what it was
//! asked.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use axum::routing::{any, post};
use axum::serve::Listener;
use futures::stream::{self, StreamExt};
use tokio::net::TcpListener;

type Answer = Response<Body>;

/// One answer of the script.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status, a header (or an empty name for none) and a body.
    Status(u16, (&'static str, &'static str), &'static str),
    /// Half of the announced body, then the end of the connection.
    Cut,
    /// No answer at all.
    Hang,
    /// Some of the announced body, then silence.
    Drip,
    /// An answer compressed with gzip.
    Gzip(&'static [u8]),
    /// The connection ends before there is an answer.
    Reset,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self::Status(status, ("", ""), "{}")
    }

    pub(crate) fn body(status: u16, body: &'static str) -> Self {
        Self::Status(status, ("", ""), body)
    }
}

/// One request as it came in.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) at: Instant,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// A limit that the server enforces and tells of.
#[derive(Debug)]
pub(crate) struct Limit {
    pub(crate) allowed: u64,
    pub(crate) window: Duration,
    pub(crate) count: u64,
    pub(crate) start: Option<Instant>,
    pub(crate) refused: u64,
}

#[derive(Debug, Default)]
struct Inner {
    login: Mutex<VecDeque<Reply>>,
    api: Mutex<VecDeque<Reply>>,
    logins: Mutex<Vec<Seen>>,
    calls: Mutex<Vec<Seen>>,
    limit: Mutex<Option<Limit>>,
    life: Mutex<Option<u64>>,
    delay: Mutex<Duration>,
}

pub(crate) struct Server {
    pub(crate) url: String,
    inner: Arc<Inner>,
    /// Dropped with the server, which ends it.
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(crate) async fn start(api: impl IntoIterator<Item = Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self::listen(api, listener, url)
    }

    /// Serves on a listener that is reached at `url`.
    pub(crate) fn listen<L: Listener<Addr: Debug>>(
        api: impl IntoIterator<Item = Reply>,
        listener: L,
        url: String,
    ) -> Self {
        let inner = Arc::new(Inner::default());
        inner.api.lock().unwrap().extend(api);
        let router = Router::new()
            .route("/oauth/token", post(login))
            .fallback(any(call))
            .with_state(Arc::clone(&inner));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, inner, task }
    }

    /// Answers requests for a token by a script, and then with tokens.
    pub(crate) fn script_login(&self, replies: impl IntoIterator<Item = Reply>) {
        self.inner.login.lock().unwrap().extend(replies);
    }

    /// Lets tokens live for `seconds`.
    pub(crate) fn set_life(&self, seconds: u64) {
        *self.inner.life.lock().unwrap() = Some(seconds);
    }

    /// Lets every request for a token take `delay`.
    pub(crate) fn delay_login(&self, delay: Duration) {
        *self.inner.delay.lock().unwrap() = delay;
    }

    /// Enforces a limit of `allowed` calls in each `window`.
    pub(crate) fn limit(&self, allowed: u64, window: Duration) {
        *self.inner.limit.lock().unwrap() = Some(Limit {
            allowed,
            window,
            count: 0,
            start: None,
            refused: 0,
        });
    }

    pub(crate) fn refused(&self) -> u64 {
        self.inner
            .limit
            .lock()
            .unwrap()
            .as_ref()
            .map_or(0, |limit| limit.refused)
    }

    pub(crate) fn logins(&self) -> Vec<Seen> {
        self.inner.logins.lock().unwrap().clone()
    }

    pub(crate) fn calls(&self) -> Vec<Seen> {
        self.inner.calls.lock().unwrap().clone()
    }
}

async fn see(request: Request) -> Seen {
    let at = Instant::now();
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Seen {
        target: format!("{} {}", parts.method, parts.uri),
        headers: parts.headers,
        body,
        at,
    }
}

async fn login(State(inner): State<Arc<Inner>>, request: Request) -> Answer {
    let seen = see(request).await;
    let number = {
        let mut logins = inner.logins.lock().unwrap();
        logins.push(seen);
        logins.len()
    };
    let delay = *inner.delay.lock().unwrap();
    tokio::time::sleep(delay).await;
    let scripted = inner.login.lock().unwrap().pop_front();
    if let Some(reply) = scripted {
        return play(reply).await;
    }
    let life = inner.life.lock().unwrap().unwrap_or(86_400);
    let token =
        format!(r#"{{"access_token":"t0k3n-{number}","token_type":"bearer","expires_in":{life}}}"#);
    Response::new(token.into())
}

async fn call(State(inner): State<Arc<Inner>>, request: Request) -> Answer {
    let seen = see(request).await;
    inner.calls.lock().unwrap().push(seen);
    if let Some(limit) = inner.limit.lock().unwrap().as_mut() {
        return limited(limit);
    }
    let scripted = inner.api.lock().unwrap().pop_front();
    play(scripted.unwrap_or(Reply::body(200, r#"{"value":7}"#))).await
}

fn limited(limit: &mut Limit) -> Answer {
    let now = Instant::now();
    let start = match limit.start {
        Some(start) if now < start + limit.window => start,
        _ => {
            limit.count = 0;
            now
        }
    };
    limit.start = Some(start);
    limit.count += 1;
    let is_over = limit.count > limit.allowed;
    limit.refused += u64::from(is_over);
    let rest = (start + limit.window - now).as_secs();
    Response::builder()
        .status(if is_over { 429 } else { 200 })
        .header("inin-ratelimit-count", limit.count)
        .header("inin-ratelimit-allowed", limit.allowed)
        .header("inin-ratelimit-reset", rest)
        .body(Body::from("{}"))
        .unwrap()
}

async fn play(reply: Reply) -> Answer {
    let builder = Response::builder().header("inin-correlation-id", "c0rr-1");
    match reply {
        Reply::Status(status, (name, value), body) => {
            let builder = if name.is_empty() {
                builder
            } else {
                builder.header(name, value)
            };
            builder.status(status).body(body.into()).unwrap()
        }
        Reply::Cut => announced(stream::iter([Ok(half()), Err("cut")]).boxed()),
        Reply::Drip => announced(stream::iter([Ok(half())]).chain(stream::pending()).boxed()),
        Reply::Hang => std::future::pending().await,
        Reply::Gzip(body) => builder
            .header("content-encoding", "gzip")
            .body(body.into())
            .unwrap(),
        // A panic in a handler ends its connection.
        Reply::Reset => std::panic::resume_unwind(Box::new("reset")),
    }
}

fn half() -> Bytes {
    Bytes::from_static(br#"{"value""#)
}

fn announced(body: stream::BoxStream<'static, Result<Bytes, &'static str>>) -> Answer {
    // The pause lets the first half reach the client before the connection ends.
    let slow = body.enumerate().then(|(index, piece)| async move {
        tokio::time::sleep(Duration::from_millis(if index > 0 { 20 } else { 0 })).await;
        piece
    });
    Response::builder()
        .header("content-length", 100)
        .body(Body::from_stream(slow))
        .unwrap()
}
