//! `gc-history`: the command line.

mod bars;
mod cli;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use gc_core::{Progress, Silent, SystemClock, describe};
use gc_history::{
    Error, ExportSettings, Interruption, Report, VerifySettings, export, status, verify,
};
use tracing_subscriber::EnvFilter;

use crate::bars::Bars;
use crate::cli::{Cli, Command, Format, Refusal};

/// Pages of many megabytes come and go on several threads; the allocator of the C library keeps
/// hold of what they leave.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Interrupted for the second time: leave at once.
const INTERRUPTED: i32 = 130;

fn main() -> ExitCode {
    // A `.env` that is not there is the usual case; one that cannot be read says so.
    let dotenv = dotenvy::dotenv();
    let cli = Cli::parse();
    log_to_stderr(cli.verbose);
    if let Err(error) = dotenv
        && !error.not_found()
    {
        tracing::warn!("the file .env is not used: it is not in the form NAME=value");
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error, None, 1),
    };
    runtime.block_on(run(cli))
}

async fn run(cli: Cli) -> ExitCode {
    let interruption = Interruption::new();
    tokio::spawn(watch_signals(interruption.clone()));
    let format = cli.command.format();
    let report = match cli.command {
        Command::Export(arguments) => match arguments.settings(&SystemClock) {
            Ok(settings) => {
                let bars = std::io::stderr().is_terminal() && !arguments.no_progress;
                let progress: Arc<dyn Progress> = if bars {
                    Arc::new(Bars::default())
                } else {
                    Arc::new(Silent)
                };
                export(ExportSettings {
                    progress,
                    interruption,
                    ..settings
                })
                .await
            }
            Err(error) => return refuse(error),
        },
        Command::Verify(arguments) => match arguments.settings(&SystemClock) {
            Ok(settings) => {
                verify(VerifySettings {
                    interruption,
                    ..settings
                })
                .await
            }
            Err(error) => return refuse(error),
        },
        Command::Status(arguments) => status(&arguments.archive.out, &SystemClock).await,
    };
    match report {
        Ok(report) => show(&report, format),
        Err(error) => fail(&error, error.remedy(), error.exit_code()),
    }
}

/// Says what is wrong with the command line or the environment.
fn refuse(refusal: Refusal) -> ExitCode {
    match refusal {
        Refusal::Usage(error) => error.exit(),
        Refusal::Settings(error) => {
            let error = Error::Client(error);
            fail(&error, error.remedy(), error.exit_code())
        }
    }
}

/// Prints the report, and nothing else, on standard output.
fn show(report: &Report, format: Format) -> ExitCode {
    let text = match format {
        Format::Text => report.to_text(),
        Format::Json => match report.to_json() {
            Ok(json) => json + "\n",
            Err(error) => return fail(&error, None, error.exit_code()),
        },
    };
    // Whoever closed standard output does not want the report; the run itself is done.
    drop(std::io::stdout().write_all(text.as_bytes()));
    ExitCode::from(report.exit_code())
}

fn fail(error: &dyn std::error::Error, remedy: Option<String>, code: u8) -> ExitCode {
    let mut text = format!("error: failed to {}\n", describe(error));
    if let Some(remedy) = remedy {
        text.push_str(&format!("hint: {remedy}\n"));
    }
    drop(std::io::stderr().write_all(text.as_bytes()));
    ExitCode::from(code)
}

/// Logs to standard error: warnings by default, more with `-v`, anything with `RUST_LOG`.
fn log_to_stderr(verbose: u8) {
    let default = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}

/// The first signal asks the run to stop and tidy up; the second ends it at once.
async fn watch_signals(interruption: Interruption) {
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
