//! Flags, and what they mean.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use gc_cli::{ENVIRONMENT_HELP, Format, PlatformArguments, ROOT_HELP};
use gc_live::{ArchiveSettings, FillSettings, FlushLimits};
use gc_stream::{MEDIA, Selection};
use jiff::SignedDuration;

const EXIT_CODES: &str = "\
Exit codes:
  0    done; gaps that wait for history are named
  1    a defect of this program
  2    the command line is wrong
  3    you must act: credentials, permission, configuration, spool or storage refused
  4    the platform or the storage stayed unreachable; run again, the spool holds what was received
  5    done, but frames are quarantined, a gap is open or not filled
  6    another archiver has the spool or the archive
  130  interrupted, after a clean stop";

/// Keeps every conversation event as it happens, and a ledger of what could not be seen.
#[derive(Debug, Parser)]
#[command(name = "gc-live", version, after_help = format!("{ENVIRONMENT_HELP}\n\n{EXIT_CODES}"))]
pub(crate) struct Cli {
    /// Log more: -v what is done, -vv how, -vvv everything
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Archive events until stopped, and repair gaps as history passes them
    Archive(ArchiveArguments),
    /// Repair the gaps that history has passed; an archiver that runs does this by itself
    Fill(FillArguments),
    /// Print the ledger of what could not be seen
    Gaps(SpoolArguments),
    /// Print the open conversations: their state, queue and waiting time
    Status(SpoolArguments),
}

/// Which spool is meant, and how to report on it.
#[derive(Debug, Args)]
pub(crate) struct SpoolArguments {
    /// The folder on a local disk where events are kept until they are in the archive
    #[arg(long, value_name = "DIR")]
    pub(crate) spool: PathBuf,
    /// How to print the report on standard output: for people, or one JSON object
    #[arg(long, value_enum, default_value_t)]
    pub(crate) report: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ArchiveArguments {
    #[arg(long, value_name = "ROOT", help = ROOT_HELP)]
    out: String,
    #[command(flatten)]
    pub(crate) spool: SpoolArguments,
    /// Listen to these media alone, each on its own topic
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(MEDIA))]
    media: Vec<String>,
    /// Listen to this queue, by id or name; may be given again [default: all queues, new ones included]
    #[arg(long, value_name = "ID|NAME")]
    queue: Vec<String>,
    /// Listen to this user's conversations; may be given again
    #[arg(long, value_name = "ID")]
    user: Vec<String>,
    /// Write to the archive when the oldest event is so old, or by --flush-rows or --flush-bytes
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_duration)]
    flush_age: Duration,
    /// Write to the archive when so many events wait, or by --flush-age or --flush-bytes
    #[arg(long, value_name = "N", default_value_t = FlushLimits::default().rows, value_parser = clap::value_parser!(u64).range(1..))]
    flush_rows: u64,
    /// Write to the archive when events of so many bytes wait, or by --flush-age or --flush-rows
    #[arg(long, value_name = "N", default_value_t = FlushLimits::default().bytes, value_parser = clap::value_parser!(u64).range(1..))]
    flush_bytes: u64,
    /// Stop by itself after this time, such as 10m
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    duration: Option<Duration>,
    #[command(flatten)]
    history: HistoryArguments,
    /// How often to look for new queues
    #[arg(long, value_name = "TIME", default_value = "3m", value_parser = parse_duration)]
    refresh: Duration,
    /// Ask a socket for a sign of life when it was silent for so long; the platform's heartbeat comes each 30 s
    #[arg(long, value_name = "TIME", default_value = "35s", value_parser = parse_duration)]
    ping_after: Duration,
    #[command(flatten)]
    platform: PlatformArguments,
}

/// When history is trusted with a gap.
#[derive(Debug, Args)]
struct HistoryArguments {
    /// How long after its end a gap is first filled, by the query; the job follows when the watermark has passed it
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = parse_duration)]
    history_lag: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct FillArguments {
    #[arg(long, value_name = "ROOT", help = ROOT_HELP)]
    out: String,
    #[command(flatten)]
    pub(crate) spool: SpoolArguments,
    #[command(flatten)]
    history: HistoryArguments,
    #[command(flatten)]
    platform: PlatformArguments,
}

impl ArchiveArguments {
    /// Checks the arguments and the environment.
    pub(crate) fn settings(&self) -> Result<ArchiveSettings, gc_auth::Error> {
        Ok(ArchiveSettings {
            selection: Selection {
                media: self.media.clone(),
                queues: self.queue.clone(),
                users: self.user.clone(),
            },
            flush: FlushLimits {
                age: self.flush_age,
                rows: self.flush_rows,
                bytes: self.flush_bytes,
            },
            duration: self.duration,
            history_lag: self.history.history_lag,
            refresh: self.refresh,
            ping_after: self.ping_after,
            ..ArchiveSettings::new(&self.out, &self.spool.spool, self.platform.config()?)
        })
    }
}

impl FillArguments {
    /// Checks the arguments and the environment.
    pub(crate) fn settings(&self) -> Result<FillSettings, gc_auth::Error> {
        Ok(FillSettings {
            history_lag: self.history.history_lag,
            ..FillSettings::new(&self.out, &self.spool.spool, self.platform.config()?)
        })
    }
}

/// Reads `90s`, `10m`, `1h30m`.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let expected = || "expected a time such as 90s, 10m or 1h30m".to_owned();
    let duration: SignedDuration = text.parse().map_err(|_| expected())?;
    duration.try_into().map_err(|_| expected())
}
