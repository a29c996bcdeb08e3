//! `gc-sim`: the simulated platform for people.

mod cli;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use gc_sim::{Error, LiveRate, Sim};
use tokio::signal::unix::{SignalKind, signal};

use cli::{Cli, Command};

/// The exit code of a run that an operator has to set right.
const OPERATOR: u8 = 3;

#[tokio::main]
async fn main() -> ExitCode {
    let Cli {
        command: Command::Serve(serve),
    } = Cli::parse();
    match run(*serve).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&*error);
            ExitCode::from(OPERATOR)
        }
    }
}

/// Serves until it is interrupted or terminated.
async fn run(serve: cli::Serve) -> Result<(), Box<dyn std::error::Error>> {
    let warm = serve.warm;
    let sim = Sim::start(serve.config()?).await?;
    if warm {
        let control = sim.control();
        let days = control.days();
        let render = move || {
            days.into_iter()
                .map(|day| control.conversations(day).len())
                .sum()
        };
        let _rows: usize = tokio::task::spawn_blocking(render).await?;
    }
    // Listened for before anybody is told that there is something to stop.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    announce(&sim)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}

/// Prints where it listens, then what a shell needs to use it.
fn announce(sim: &Sim) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "listening on {}", sim.url())?;
    writeln!(out, "export GENESYS_CLOUD_API_URL={}", sim.url())?;
    writeln!(out, "export GENESYS_CLOUD_LOGIN_URL={}", sim.url())?;
    writeln!(out, "export GENESYS_CLOUD_CLIENT_ID={}", sim.client_id())?;
    writeln!(
        out,
        "export GENESYS_CLOUD_CLIENT_SECRET={}",
        sim.client_secret()
    )?;
    writeln!(out, "# {}", live_in_words(sim))?;
    out.flush()
}

fn live_in_words(sim: &Sim) -> String {
    let (config, queues) = (sim.live(), sim.control().queues().len());
    let rate = match config.rate {
        LiveRate::SnapshotsPerSecond(rate) if rate > 0.0 => rate,
        _ => return "live: nobody comes; POST /_sim/live/emit sends events".to_owned(),
    };
    format!(
        "live: about {rate} snapshots a second on {queues} queues; GET {}/_sim/events says what was sent",
        sim.url()
    )
}

fn complain(error: &(dyn std::error::Error + 'static)) {
    let hint = match error.downcast_ref::<Error>() {
        Some(Error::Listen { .. }) => "\nhint: choose another --port, or 0 for any that is free",
        Some(Error::Faults(_) | Error::Pattern { .. }) => {
            "\nhint: gc-sim serve --help shows a list of faults"
        }
        _ => "",
    };
    let mut err = std::io::stderr().lock();
    // There is nobody left to tell.
    let _lost = writeln!(err, "error: failed to {}{hint}", gc_core::describe(error));
}
