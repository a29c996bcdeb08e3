//! The command line.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use gc_core::{Clock as _, Day, SystemClock};
use gc_sim::{Error, EventLog, Faults, LiveConfig, LiveRate, Running, SimConfig, WorldConfig};
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
On channels and sockets: all of them when "on" is a request; where it is an event, such as
"EVENT /v2/routing/queues/{id}/conversations" or "EVENT /**", those that had it:
  {"live": "cut"}    {"live": {"close": {"code": 1001}}}    {"live": "silence"}    {"live": "expire"}
  {"live": {"closing": {"afterMs": 2000}}}    {"live": "noLongerSubscribed"}    {"live": "revoke"}
  {"live": "replace"}    {"live": {"duplicate": {"events": 3}}}    {"live": {"slow": {"ms": 50}}}
  {"live": {"garbage": {"kind": "notJson"}}}  (or binary, truncated, noTopic, noBody, nested, array,
                                               empty, huge)

While it runs:
  GET  /_sim/state                  watermark, days, live jobs, request counts
  POST /_sim/watermark              {"dataAvailabilityDate": "2026-11-21T12:00:00Z"}
  POST /_sim/late-changes           {"date": "2026-11-20"}
  POST /_sim/revoke-tokens
  GET  /_sim/conversations?date=…   what a complete export of the day holds, one record a line
  GET  /_sim/entities?list=…        all that a list can show (queues, users, …), one entity a line
  GET  /_sim/events?since=…         every event, and to which sockets it was written, one a line
  GET  /_sim/live/conversations     what analytics will hold of the live conversations
  POST /_sim/live/cut               any of the faults above by its name, with its fields and
                                    {"channel": "…"}, or without for all channels
  POST /_sim/live/emit              {"topic": "…", "eventBody": {…}}
  POST /_sim/live/burst             {"events": 100000, "bytes": 4096, "perSecond": 5000}
  POST /_sim/live/pause, …/resume, …/finish, …/advance {"ms": 60000}, …/step {"changes": 10}
  POST /_sim/queues                 {"name": "…"}"#;

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
    #[command(flatten)]
    live: Live,
}

/// How the live floor goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Live events")]
struct Live {
    /// About how many snapshots of live conversations there are in a second; 0 for none
    #[arg(long, value_name = "N", default_value_t = 2.0, value_parser = not_negative)]
    live_rate: f64,
    /// By how much waits, talks and wrap-ups are shorter than those of people; times stay true
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = positive)]
    pace: f64,
    /// Seconds of the world for each real one; the times in events leave the wall clock
    #[arg(long, value_name = "N", default_value_t = 1.0, value_parser = positive)]
    speed: f64,
    /// How many seconds lie between two heartbeats of a socket
    #[arg(long, value_name = "N", default_value_t = 30.0, value_parser = positive)]
    heartbeat_seconds: f64,
    /// How many seconds a channel lives without being subscribed again
    #[arg(long, value_name = "N", default_value_t = 86_400)]
    channel_seconds: u64,
    /// After how many seconds the query knows of a change
    #[arg(long, value_name = "N", default_value_t = 0)]
    query_delay_seconds: u64,
    /// How many seconds the watermark lags behind the present [default: it stands still]
    #[arg(long, value_name = "N")]
    watermark_lag_seconds: Option<u64>,
    /// Topics that are refused, such as `v2.users.{id}.conversations` (* for one part, ** for the rest)
    #[arg(long, value_name = "PATTERN")]
    forbid_topic: Vec<String>,
    /// What the log of events keeps
    #[arg(long, value_enum, default_value_t = Keeps::Frames)]
    event_log: Keeps,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Keeps {
    /// Everything, the text of each frame included
    Frames,
    /// Everything but the text
    Hashes,
    /// Nothing
    Off,
}

impl Live {
    fn config(self) -> LiveConfig {
        let mut config = LiveConfig::default();
        config.running = Running::ByItself;
        config.rate = LiveRate::SnapshotsPerSecond(self.live_rate);
        config.pace = self.pace;
        config.speed = self.speed;
        config.heartbeat = Duration::from_secs_f64(self.heartbeat_seconds);
        config.channel_lifetime = Duration::from_secs(self.channel_seconds);
        config.query_delay = Duration::from_secs(self.query_delay_seconds);
        config.watermark_lag = self.watermark_lag_seconds.map(Duration::from_secs);
        config.forbidden_topics = self.forbid_topic;
        config.event_log = match self.event_log {
            Keeps::Frames => EventLog::Frames,
            Keeps::Hashes => EventLog::Hashes,
            Keeps::Off => EventLog::Off,
        };
        config
    }
}

/// The largest number that flags of the live floor take: what is larger is no longer a duration.
const LARGEST: f64 = 1e9;

fn not_negative(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=LARGEST).contains(&number) {
        return Ok(number);
    }
    Err("must lie between 0 and a billion".to_owned())
}

fn positive(text: &str) -> Result<f64, String> {
    not_negative(text).and_then(|number| {
        if number >= 1.0 / LARGEST {
            return Ok(number);
        }
        Err("must be more than 0".to_owned())
    })
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
        config.live = self.live.config();
        Ok(config)
    }
}
