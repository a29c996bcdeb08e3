//! `gc-history`: the command line.

mod bars;
mod cli;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use gc_cli::{Format, fail, print};
use gc_core::{Progress, Silent, SystemClock};
use gc_history::{
    Error, ExportSettings, Interruption, ReferenceSettings, VerifySettings, export, reference,
    status, verify,
};

use crate::bars::Bars;
use crate::cli::{Cli, Command, ReferenceArguments, Refusal};

/// Pages of many megabytes come and go on several threads; the allocator of the C library keeps
/// hold of what they leave.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    gc_cli::begin(cli.verbose);
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => fail(&error, None, 1),
    }
}

async fn run(cli: Cli) -> ExitCode {
    let interruption = gc_cli::interruption();
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
        Command::Reference(arguments) => {
            return run_reference(&arguments, interruption, format).await;
        }
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
        Ok(report) => print_report(
            report.to_text(),
            report.to_json(),
            report.exit_code(),
            format,
        ),
        Err(error) => fail(&error, error.remedy(), error.exit_code()),
    }
}

async fn run_reference(
    arguments: &ReferenceArguments,
    interruption: Interruption,
    format: Format,
) -> ExitCode {
    let settings = match arguments.settings() {
        Ok(settings) => settings,
        Err(error) => return refuse(error),
    };
    let settings = ReferenceSettings {
        interruption,
        ..settings
    };
    match reference(settings).await {
        Ok(report) => print_report(
            report.to_text(),
            report.to_json(),
            report.exit_code(),
            format,
        ),
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
fn print_report(text: String, json: Result<String, Error>, code: u8, format: Format) -> ExitCode {
    let text = match format {
        Format::Text => text,
        Format::Json => match json {
            Ok(json) => json + "\n",
            Err(error) => return fail(&error, None, error.exit_code()),
        },
    };
    print(&text);
    ExitCode::from(code)
}
