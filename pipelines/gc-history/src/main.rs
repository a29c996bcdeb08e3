//! `gc-history`: the command line.

mod bars;
mod cli;

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use gc_cli::{Format, fail, interruption, show};
use gc_core::{Progress, Silent, SystemClock};
use gc_history::{
    ExportSettings, ReferenceSettings, Report, VerifySettings, export, reference, status, verify,
};

use crate::bars::Bars;
use crate::cli::{Cli, Command, Refusal};

/// Pages of many megabytes come and go on several threads; the allocator of the C library keeps
/// hold of what they leave.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    gc_cli::run(cli.verbose, async {
        match dispatch(cli.command).await {
            Ok(code) => ExitCode::from(code),
            Err(Refusal::Usage(error)) => error.exit(),
            Err(Refusal::Run(error)) => fail(&error, error.remedy(), error.exit_code()),
        }
    })
}

async fn dispatch(command: Command) -> Result<u8, Refusal> {
    let format = command.format();
    match command {
        Command::Export(arguments) => {
            let has_bars = std::io::stderr().is_terminal() && !arguments.no_progress;
            let settings = ExportSettings {
                progress: progress(has_bars),
                interruption: interruption(),
                ..arguments.settings(&SystemClock)?
            };
            Ok(tell(format, &export(settings).await?))
        }
        Command::Reference(arguments) => {
            let settings = ReferenceSettings {
                interruption: interruption(),
                ..arguments.settings()?
            };
            let report = reference(settings).await?;
            show(format, &report, || report.to_text());
            Ok(report.exit_code())
        }
        Command::Verify(arguments) => {
            let settings = VerifySettings {
                interruption: interruption(),
                ..arguments.settings(&SystemClock)?
            };
            Ok(tell(format, &verify(settings).await?))
        }
        Command::Status(arguments) => {
            let report = status(&arguments.archive.out, &SystemClock).await?;
            Ok(tell(format, &report))
        }
    }
}

fn progress(has_bars: bool) -> Arc<dyn Progress> {
    if has_bars {
        Arc::new(Bars::default())
    } else {
        Arc::new(Silent)
    }
}

fn tell(format: Format, report: &Report) -> u8 {
    show(format, report, || report.to_text());
    report.exit_code()
}
