//! A running simulator: the listener and its connections.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use crate::control::Control;
use crate::http::{Abort, Opens, router};
use crate::line::{Line, Resetter};
use crate::live::{Ticket, run_socket};
use crate::platform::Platform;
use crate::{Error, LiveConfig, SimConfig};

/// A running simulator. It stops when dropped.
///
/// ```
/// # tokio::runtime::Runtime::new().unwrap().block_on(async {
/// use gc_sim::{Sim, SimConfig, WorldConfig};
///
/// let day = "2026-11-20".parse()?;
/// let mut world = WorldConfig::new(day, day);
/// world.conversations_per_day = 10;
/// let sim = Sim::start(SimConfig::new(world)).await?;
/// assert!(sim.url().starts_with("http://127.0.0.1:"));
/// assert_eq!(sim.control().conversations(day).len(), 8);
/// sim.control().apply_late_changes(day);
/// assert_eq!(sim.control().conversations(day).len(), 10);
/// sim.stop().await;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Sim {
    url: String,
    platform: Arc<Platform>,
    /// The listener, which owns all connections.
    tasks: JoinSet<()>,
}

impl Sim {
    /// Starts a simulator.
    ///
    /// # Errors
    ///
    /// When the address cannot be listened on, or the file of records is not usable.
    pub async fn start(config: SimConfig) -> Result<Self, Error> {
        let address = SocketAddr::new(config.host, config.port);
        let platform = Arc::new(Platform::new(config)?);
        let failed = |source| Error::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let url = format!("http://{}", listener.local_addr().map_err(failed)?);
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&platform)));
        tasks.spawn(Arc::clone(&platform).live());
        Ok(Self {
            url,
            platform,
            tasks,
        })
    }

    /// Returns the base URL of the API and of the login alike.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the id of the client it knows.
    pub fn client_id(&self) -> &str {
        &self.platform.config.client_id
    }

    /// Returns the secret of the client it knows.
    pub fn client_secret(&self) -> &str {
        &self.platform.config.client_secret
    }

    /// Returns how its live half is set up.
    pub fn live(&self) -> &LiveConfig {
        &self.platform.live.config
    }

    /// Returns the strings behind it.
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.platform))
    }

    /// Stops at once: connections are dropped in mid-answer.
    pub async fn stop(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Takes connections for as long as it is not aborted.
async fn accept(listener: TcpListener, platform: Arc<Platform>) {
    let router = router(Arc::clone(&platform));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            // Both arms are cancel-safe: accept and join_next lose nothing when dropped.
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(serve(stream, router.clone(), Arc::clone(&platform)));
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// What a connection becomes after its last answer, if it becomes a socket.
type Next = Arc<Mutex<Option<(OnUpgrade, Ticket)>>>;

/// Serves one connection until it ends or a fault resets it, first as HTTP, then as a socket.
async fn serve(stream: TcpStream, router: Router, platform: Arc<Platform>) {
    // Without it small answers wait for the other side's acknowledgement; slower, not wrong.
    let _slower = stream.set_nodelay(true);
    let (line, resetter) = Line::new(stream);
    let (next, socket_resetter) = (Next::default(), resetter.clone());
    let promised = Arc::clone(&next);
    let service = service_fn(move |request: http::Request<Incoming>| {
        answer(
            router.clone(),
            request.map(axum::body::Body::new),
            resetter.clone(),
            Arc::clone(&promised),
        )
    });
    let connection = hyper::server::conn::http1::Builder::new();
    // A client that leaves early is no error of the simulator.
    let _left = connection
        .serve_connection(TokioIo::new(line), service)
        .with_upgrades()
        .await;
    let next = next.lock().ok().and_then(|mut next| next.take());
    if let Some((upgrade, ticket)) = next {
        open(platform, upgrade, ticket, socket_resetter).await;
    }
}

async fn open(platform: Arc<Platform>, upgrade: OnUpgrade, ticket: Ticket, resetter: Resetter) {
    if let Ok(upgraded) = upgrade.await {
        run_socket(platform, ticket, upgraded, resetter).await;
    }
}

async fn answer(
    router: Router,
    mut request: Request,
    resetter: Resetter,
    next: Next,
) -> Result<Response, std::io::Error> {
    let upgrade = hyper::upgrade::on(&mut request);
    let response = router
        .oneshot(request)
        .await
        .unwrap_or_else(|never| match never {});
    if response.extensions().get::<Abort>().is_some() {
        resetter.reset();
        return Err(std::io::ErrorKind::ConnectionReset.into());
    }
    let ticket = response.extensions().get::<Opens>().and_then(Opens::take);
    if let (Some(ticket), Ok(mut next)) = (ticket, next.lock()) {
        *next = Some((upgrade, ticket));
    }
    Ok(response)
}
