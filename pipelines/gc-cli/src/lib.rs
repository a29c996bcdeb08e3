//! What every program of the workspace does the same way: flags, logs, signals, endings.
//!
//! - Standard output has the report and nothing else; all else goes to standard error.
//! - The first signal asks for a clean stop, the second ends the program at once.
//! - An error that ends a program is one line, with a hint where a person can do something.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use gc_core::{Class, Classify, describe};
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// What `--help` says of the environment.
pub const ENVIRONMENT_HELP: &str = "\
Environment (a file .env in the working folder is read too):
  GENESYS_CLOUD_REGION         AWS region (eu-central-1) or domain (mypurecloud.de)
  GENESYS_CLOUD_CLIENT_ID      OAuth client with the client-credentials grant
  GENESYS_CLOUD_CLIENT_SECRET  its secret
  GENESYS_CLOUD_API_URL        base URL of the API, for a gateway or the simulator
  GENESYS_CLOUD_LOGIN_URL      base URL of the login host, likewise
  AWS_…                        the usual names, for s3:// roots, AWS_ENDPOINT_URL included
  HTTPS_PROXY, NO_PROXY        the usual names
  RUST_LOG                     what to log, for instance gc_auth=debug";

/// What `--help` says of `--out`.
pub const ROOT_HELP: &str = "Where the archive is: a folder, file:///… or s3://bucket/prefix";

/// The exit code of a program that was told to leave at once.
const INTERRUPTED: i32 = 130;

/// Libraries that tell what they receive, or where from, at levels below these. It may not be told at any.
const QUIET: [&str; 2] = ["tungstenite=info", "tokio_tungstenite=info"];

/// How to print the report on standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// How to reach the platform.
#[derive(Clone, Debug, Args)]
pub struct PlatformArguments {
    /// Trust this certificate authority as well (a PEM file)
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl PlatformArguments {
    /// Returns the way to the platform, by flags and environment.
    ///
    /// # Errors
    ///
    /// When the environment lacks something or has it wrong.
    pub fn config(&self) -> Result<gc_auth::Config, gc_auth::Error> {
        let config = gc_auth::Config::from_env(|name| std::env::var(name).ok())?;
        Ok(config.with_ca_file(self.ca_file.clone()))
    }
}

/// Runs a program to its end, and returns its exit code. Before that it reads `.env`, and sends logs to
/// standard error: warnings by default, more with `-v`, anything with `RUST_LOG`.
pub fn run(verbose: u8, program: impl Future<Output = ExitCode>) -> ExitCode {
    begin(verbose);
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(program),
        Err(error) => fail(&error, None, 1),
    }
}

/// To be called before there are threads: it changes the environment.
fn begin(verbose: u8) {
    let dotenv = dotenvy::dotenv();
    let default = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let wanted = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let filter = QUIET.iter().filter_map(|quiet| quiet.parse().ok());
    let filter = filter.fold(wanted, EnvFilter::add_directive);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    // A `.env` that is not there is the usual case; one that cannot be read says so.
    if let Err(error) = dotenv
        && !error.not_found()
    {
        tracing::warn!("the file .env is not used: it is not in the form NAME=value");
    }
}

/// Prints a report, and nothing else, on standard output.
pub fn show(format: Format, report: &impl Serialize, text: impl FnOnce() -> String) {
    let text = match format {
        Format::Text => text(),
        // Reports are made of texts and numbers, which JSON has.
        Format::Json => serde_json::to_string(report).unwrap_or_default() + "\n",
    };
    // Whoever closed standard output does not want the report; the run itself is done.
    drop(std::io::stdout().write_all(text.as_bytes()));
}

/// Says on standard error what went wrong, and returns the exit code.
pub fn fail(error: &dyn Error, remedy: Option<String>, code: u8) -> ExitCode {
    let mut text = format!("error: failed to {}\n", describe(error));
    if let Some(remedy) = remedy {
        text.push_str(&format!("hint: {remedy}\n"));
    }
    drop(std::io::stderr().write_all(text.as_bytes()));
    ExitCode::from(code)
}

/// Returns what a person can do about an error: what its class says, else what the client that met it says.
pub fn remedy<E: Classify + 'static>(error: &E) -> Option<String> {
    if let Class::Operator { remedy } = error.class() {
        return Some(remedy);
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<gc_auth::Error>() {
            return error.remedy();
        }
        cause = error.source();
    }
    None
}

/// Returns a token that the first signal cancels; the second ends the program at once. Call it within a
/// Tokio runtime.
pub fn interruption() -> CancellationToken {
    let interruption = CancellationToken::new();
    tokio::spawn(watch_signals(interruption.clone()));
    interruption
}

async fn watch_signals(interruption: CancellationToken) {
    signal().await;
    tracing::info!("stopping; once more to leave at once");
    interruption.cancel();
    signal().await;
    #[expect(
        clippy::exit,
        reason = "asked twice: whatever is half done is invisible"
    )]
    std::process::exit(INTERRUPTED);
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn signal() {
    drop(tokio::signal::ctrl_c().await);
}
