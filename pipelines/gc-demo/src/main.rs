//! `gc-demo`: everything once, against the simulated platform, with no account.
//!
//! The platform runs in this process and is reached over a real socket; what is shown is what the
//! same calls do for a real organisation.

mod life;
mod live;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use gc_auth::{Credentials, Endpoints};
use gc_core::{Clock, Day, SystemClock, describe};
use gc_history::{ExportSettings, Report, export, status};
use gc_sim::{LiveRate, Running, Sim, SimConfig, WorldConfig};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Shows the whole of it on one machine, with no account.
#[derive(Debug, Parser)]
#[command(name = "gc-demo", version)]
struct Cli {
    /// Where to put the archive; the spool of live events goes beside it
    #[arg(long, value_name = "FOLDER", default_value = "./lake")]
    out: PathBuf,
    /// How many seconds to archive live events
    #[arg(long, default_value_t = 20)]
    seconds: u64,
}

/// What can go wrong in a demonstration.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("start the simulated platform")]
    Sim(#[from] gc_sim::Error),
    #[error("reach the simulated platform")]
    Client(#[from] gc_auth::Error),
    #[error(transparent)]
    History(#[from] gc_history::Error),
    #[error(transparent)]
    Live(#[from] gc_live::Error),
    #[error("show what was archived")]
    Output(#[from] io::Error),
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match Demo::begin(&cli.out).await {
        Ok(demo) => finish(demo.show(cli.seconds).await),
        Err(error) => finish(Err(error)),
    }
}

fn finish(result: Result<(), Error>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    let code = match &error {
        Error::History(error) => error.exit_code(),
        Error::Live(error) => error.exit_code(),
        _ => 1,
    };
    drop(writeln!(
        io::stderr(),
        "error: failed to {}",
        describe(&error)
    ));
    ExitCode::from(code)
}

/// The simulated platform, and the archive that is kept of it.
struct Demo {
    sim: Sim,
    out: String,
    today: Day,
}

impl Demo {
    async fn begin(out: &Path) -> Result<Self, Error> {
        let today = SystemClock.today();
        let mut config = SimConfig::new(WorldConfig::new(today.back(4), today));
        config.live.running = Running::ByItself;
        config.live.rate = LiveRate::SnapshotsPerSecond(60.0);
        config.live.pace = 60.0;
        let sim = Sim::start(config).await?;
        sim.control().live_pause();
        Ok(Self {
            sim,
            out: out.display().to_string(),
            today,
        })
    }

    async fn show(&self, seconds: u64) -> Result<(), Error> {
        self.first_export().await?;
        self.next_night().await?;
        self.nothing_new().await?;
        self.look_around().await?;
        self.show_live(seconds).await
    }

    async fn first_export(&self) -> Result<(), Error> {
        let (first, yesterday) = (self.today.back(4), self.today.back(1));
        say(&format!(
            "A simulated contact centre answers at {}.\n\n\
             1. Export {first} to {yesterday}. Jobs are complete only up to {}, in the middle of\n   \
             yesterday: that day comes by query and stays provisional.\n",
            self.sim.url(),
            self.sim.control().watermark(),
        ))?;
        say(&self.export(first, yesterday).await?.to_text())
    }

    async fn next_night(&self) -> Result<(), Error> {
        let yesterday = self.today.back(1);
        let control = self.sim.control();
        for day in [self.today.back(3), self.today.back(2)] {
            control.apply_late_changes(day);
        }
        control.set_watermark(self.today.start());
        say(&format!(
            "2. Time passes. The platform corrects itself: wrap-ups and surveys come in late, open\n   \
             conversations end, two conversations turn up. The nightly run asks for {yesterday} and\n   \
             reads again what may have changed; files whose content is the same stay untouched.\n"
        ))?;
        say(&self.export(yesterday, yesterday).await?.to_text())
    }

    async fn nothing_new(&self) -> Result<(), Error> {
        let yesterday = self.today.back(1);
        say("3. The same run once more. Nothing changed, so not a byte of the days is written.\n")?;
        let report = self.export(yesterday, yesterday).await?;
        let replaced = report.partitions.iter().filter(|day| day.replaced).count();
        say(&format!(
            "{} days read, {replaced} replaced\n",
            report.partitions.len()
        ))
    }

    async fn look_around(&self) -> Result<(), Error> {
        say("4. What is known of the archive, from its manifests alone (gc-history status):\n")?;
        let report = status(&self.out, &SystemClock).await?;
        say(&report.to_text())?;
        say("Files, besides the names of queues, users and others in reference/:")?;
        for file in report.partitions.iter().filter_map(|day| day.file.as_ref()) {
            say(&format!("  {}/{file}", self.out))?;
        }
        say(&format!(
            "\nAsk it something:\n\n  duckdb -c \"SELECT date, count(*) AS conversations, \
             count(*) FILTER (abandoned) AS abandoned, \
             round(avg(handleMs) / 1000) AS handle_seconds \
             FROM read_parquet('{0}/conversations/date=*/*.parquet') GROUP BY date ORDER BY date\"\n\n  \
             duckdb -c \"SELECT name, count(*) AS conversations \
             FROM (SELECT unnest(queueIds) AS id FROM read_parquet('{0}/conversations/date=*/*.parquet')) \
             JOIN '{0}/reference/queues.parquet' USING (id) GROUP BY name ORDER BY 2 DESC LIMIT 5\"\n",
            self.out
        ))
    }

    async fn export(&self, first: Day, last: Day) -> Result<Report, Error> {
        let client = self.client()?;
        Ok(export(ExportSettings::new(&self.out, client, first, last)).await?)
    }

    /// Returns the way to the simulated platform.
    fn client(&self) -> Result<gc_auth::Config, Error> {
        let credentials = Credentials {
            client_id: self.sim.client_id().to_owned(),
            secret: self.sim.client_secret().into(),
        };
        let endpoints = Endpoints::at(self.sim.url(), self.sim.url())?;
        Ok(gc_auth::Config::new(endpoints, credentials))
    }
}

fn say(text: &str) -> Result<(), Error> {
    writeln!(io::stdout(), "{text}")?;
    Ok(())
}
