//! `gc-live`: the command line.

mod cli;

use std::process::ExitCode;

use clap::Parser;
use gc_cli::{fail, show};
use gc_core::SystemClock;
use gc_live::{ArchiveSettings, Error, FillSettings, archive, fill, gaps, status};

use crate::cli::{Cli, Command};

/// Events come and go on several threads; the allocator of the C library keeps hold of what they leave.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    gc_cli::run(cli.verbose, async {
        match dispatch(cli.command).await {
            Ok(code) => ExitCode::from(code),
            Err(error) => fail(&error, error.remedy(), error.exit_code()),
        }
    })
}

async fn dispatch(command: Command) -> Result<u8, Error> {
    match command {
        Command::Archive(arguments) => {
            let report = archive(ArchiveSettings {
                interruption: gc_cli::interruption(),
                ..arguments.settings()?
            })
            .await?;
            show(arguments.spool.report, &report, || report.to_text());
            Ok(report.exit_code())
        }
        Command::Fill(arguments) => {
            let report = fill(FillSettings {
                interruption: gc_cli::interruption(),
                ..arguments.settings()?
            })
            .await?;
            show(arguments.spool.report, &report, || report.to_text());
            Ok(report.exit_code())
        }
        Command::Gaps(arguments) => {
            let report = gaps(&arguments.spool)?;
            show(arguments.report, &report, || report.to_text());
            Ok(0)
        }
        Command::Status(arguments) => {
            let report = status(&arguments.spool, &SystemClock)?;
            show(arguments.report, &report, || report.to_text());
            Ok(0)
        }
    }
}
