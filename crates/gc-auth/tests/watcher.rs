//! An observer that remembers, and a client for a test.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use gc_auth::{Client, Config, Credentials, Endpoints, Observer, Request, RetryPolicy};

use crate::server::Server;

pub(crate) const SECRET: &str = "s3cr3t-never-to-be-seen";

/// Remembers what it is told.
#[derive(Debug, Default)]
pub(crate) struct Watcher {
    sent: Mutex<Vec<&'static str>>,
    waits: Mutex<Vec<(String, Duration)>>,
    mended: Mutex<Vec<String>>,
}

impl Watcher {
    pub(crate) fn sent(&self) -> usize {
        self.sent.lock().unwrap().len()
    }

    pub(crate) fn waits(&self) -> Vec<(String, Duration)> {
        self.waits.lock().unwrap().clone()
    }

    pub(crate) fn mended(&self) -> Vec<String> {
        self.mended.lock().unwrap().clone()
    }
}

impl Observer for Watcher {
    fn sent(&self, operation: &'static str) {
        self.sent.lock().unwrap().push(operation);
    }

    fn waiting(&self, reason: &str, duration: Duration) {
        self.waits
            .lock()
            .unwrap()
            .push((reason.to_owned(), duration));
    }

    fn recovered(&self, what: &str) {
        self.mended.lock().unwrap().push(what.to_owned());
    }
}

/// A policy for impatient tests.
pub(crate) fn hasty() -> RetryPolicy {
    let short = Duration::from_millis(5);
    RetryPolicy {
        base_delay: short,
        max_delay: short,
        rate_limit_delay: short,
        ..RetryPolicy::default()
    }
}

pub(crate) fn config_at(api: &str, login: &str) -> Config {
    let credentials = Credentials {
        client_id: "client-1".to_owned(),
        secret: SECRET.into(),
    };
    Config::new(Endpoints::at(api, login).unwrap(), credentials).with_retry(hasty())
}

pub(crate) fn config(server: &Server) -> Config {
    config_at(&server.url, &server.url)
}

pub(crate) fn client(server: &Server) -> Client {
    Client::new(config(server)).unwrap()
}

pub(crate) fn watched(server: &Server) -> (Client, Arc<Watcher>) {
    let watcher = Arc::new(Watcher::default());
    let observer: Arc<dyn Observer> = Arc::<Watcher>::clone(&watcher);
    (client(server).observed_by(observer), watcher)
}

pub(crate) fn get() -> Request {
    Request::get("GET /things/{id}", "/things/1")
}

pub(crate) fn create() -> Request {
    Request::create("POST /things", "/things", &"body").unwrap()
}
