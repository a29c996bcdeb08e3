//! The way to a Genesys Cloud organisation: regions, credentials, the token's life, and the one
//! authorised HTTP client.
//!
//! - A request is built by what it means ([`Request::get`], [`Request::read`],
//!   [`Request::create`], [`Request::replace`], [`Request::delete`], ...); that decides whether it
//!   may be repeated.
//! - [`Client::send`] gets and renews the token, stays inside the rate limits that the platform
//!   tells, and repeats what failed for a while.
//! - [`Client::upgrade`] opens a connection that leaves HTTP, with the same certificates, proxies
//!   and errors.
//! - Every [`Error`] says what it asks for ([`gc_core::Classify`]) and what a person can do
//!   ([`Error::remedy`]).
//! - No secret, token, query or payload stands in an error, a log or a `Debug` text.
//!
//! This crate knows no endpoint of any product API. Not guaranteed: that a request that creates
//! something was not acted on when it fails; only its caller can find out.
//!
//! ```no_run
//! use gc_auth::{Client, Config, Request};
//!
//! # async fn run() -> Result<(), gc_auth::Error> {
//! let client = Client::new(Config::from_env(|name| std::env::var(name).ok())?)?;
//! let queues = Request::get("GET /api/v2/routing/queues", "/api/v2/routing/queues");
//! let answer = client.send(queues).await?;
//! println!("{} bytes", answer.body.len());
//! # Ok(())
//! # }
//! ```

mod body;
mod budget;
mod client;
mod config;
mod endpoints;
mod error;
mod headers;
mod judge;
mod observer;
mod refusal;
mod region;
mod remedy;
mod request;
mod response;
mod retry;
mod text;
mod token;
mod transport;
mod upgrade;
mod window;

pub use client::Client;
pub use config::{Config, Credentials};
pub use endpoints::Endpoints;
pub use error::Error;
pub use observer::Observer;
pub use refusal::Refusal;
pub use region::Region;
pub use request::Request;
pub use response::Response;
pub use retry::RetryPolicy;
pub use token::TokenInUse;
pub use upgrade::Upgraded;
