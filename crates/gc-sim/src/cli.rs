//! The command line.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use gc_core::{Clock as _, Day, SystemClock};
use gc_sim::{Error, Faults, SimConfig, WorldConfig};
use jiff::Timestamp;

/// What a file of faults looks like.
const FAULTS_HELP: &str = r#"A file of faults is a JSON list; the first rule that matches a request wins:

  [ {"on": "POST /oauth/token", "times": 1, "fault": {"serverError": {"status": 503}}},
    {"on": "GET /api/v2/analytics/conversations/details/jobs/{jobId}/results",
     "skip": 1, "times": 1, "fault": "tokenRevoked"},
    {"on": "* /api/v2/**", "fault": {"delay": {"ms": 200}}} ]

"on" is a method and a path; {name} or * stands for one segment, ** for the rest, and the method
may be *. "skip" lets that many requests pass first; "times" ends the rule after that many faults.
Faults:
  {"tooManyRequests": {"retryAfterSeconds": 3}}    {"serverError": {"status": 503}}
  {"apiError": {"status": 400, "code": "bad.request", "message": "…"}}
  {"reset": {"when": "before"}}  (or "after")      "cutBody"    "truncatedJson"
  {"hang": {"ms": 5000}}    {"delay": {"ms": 200}}    "tokenRevoked"    "jobExpires"    "jobFails"
  {"repeatRows": {"rows": 2}}    "repeatCursor"    {"shiftTotal": {"by": 5}}    "unorderedPage"
  {"dropRows": {"rows": 80, "date": "2026-11-20"}}  (on the job's submission, its results, or the query)
  {"inject": {"records": [{"any": "JSON"}], "file": "odd.ndjson"}}

While it runs:
  GET  /_sim/state                  watermark, days, live jobs, request counts
  POST /_sim/watermark              {"dataAvailabilityDate": "2026-11-21T12:00:00Z"}
  POST /_sim/late-changes           {"date": "2026-11-20"}
  POST /_sim/revoke-tokens
  GET  /_sim/conversations?date=…   what a complete export of the day holds, one record a line"#;

/// A simulated Genesys Cloud platform on this machine: invented conversations, real sockets.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serves the platform until Ctrl-C.
    Serve(Box<Serve>),
}

/// How `gc-sim serve` serves.
#[derive(Debug, Args)]
#[command(after_long_help = FAULTS_HELP)]
pub(crate) struct Serve {
    /// Port to listen on; 0 for any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// What all chance comes from: the same seed, the same conversations
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of days, up to and including the last
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// The last day with conversations [default: today, as far as it is old]
    #[arg(long, value_name = "DATE")]
    last_day: Option<Day>,
    /// Conversations of one day
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    conversations_per_day: u32,
    /// About how many bytes of JSON each conversation has
    #[arg(long, value_name = "N", default_value_t = 4_800)]
    bytes_per_conversation: u32,
    /// Up to when jobs have the data [default: noon UTC of the day before the last]
    #[arg(long, value_name = "TIMESTAMP")]
    watermark: Option<Timestamp>,
    /// Records that replace the days on which they start: a JSON list, or one a line
    #[arg(long, value_name = "FILE")]
    records: Option<PathBuf>,
    /// What goes wrong, and when; see below (with --help)
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Requests each token may make in a minute; 0 for no limit
    #[arg(long, value_name = "N", default_value_t = 300)]
    rate_limit: u32,
    /// How many seconds a token lives
    #[arg(long, value_name = "N", default_value_t = 86_400)]
    token_seconds: u64,
    /// Compress answers for clients that accept it
    #[arg(long)]
    gzip: bool,
    /// Render all days before listening
    #[arg(long)]
    pub(crate) warm: bool,
}

impl Serve {
    /// Returns what the flags ask for.
    pub(crate) fn config(self) -> Result<SimConfig, Error> {
        let last_day = self.last_day.unwrap_or_else(|| SystemClock.today());
        let mut world = WorldConfig::new(last_day.back(self.days - 1), last_day);
        world.seed = self.seed;
        world.conversations_per_day = self.conversations_per_day;
        world.bytes_per_conversation = self.bytes_per_conversation;
        let mut config = SimConfig::new(world);
        config.host = self.host;
        config.port = self.port;
        config.watermark = self.watermark;
        config.records = self.records;
        config.faults = self
            .faults
            .as_deref()
            .map(Faults::load)
            .transpose()?
            .unwrap_or_default();
        config.rate_limit = self.rate_limit;
        config.token_lifetime = Duration::from_secs(self.token_seconds);
        config.gzip = self.gzip;
        Ok(config)
    }
}
