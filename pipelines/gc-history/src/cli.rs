//! Flags, and what they mean.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use gc_analytics::Via;
use gc_cli::{ENVIRONMENT_HELP, Format, PlatformArguments, ROOT_HELP};
use gc_core::{Clock, Day, SystemClock};
use gc_history::{
    CONVERSATIONS, Error, ExportSettings, Interruption, Names, ReferenceSettings, Route,
    VerifySettings, reference_names, table_names,
};

const EXIT_CODES: &str = "\
Exit codes:
  0    done; provisional days are named
  1    a defect of this program
  2    the command line is wrong
  3    you must act: credentials, permission, configuration, storage refused
  4    the platform or the storage stayed unreachable; run again
  5    done, but days are short, records are quarantined or a list of names is refused
  6    another run holds the archive
  130  interrupted, after a clean stop";

/// Keeps every conversation of a day as Parquet, proven complete.
#[derive(Debug, Parser)]
#[command(name = "gc-history", version, after_help = format!("{ENVIRONMENT_HELP}\n\n{EXIT_CODES}"))]
pub(crate) struct Cli {
    /// Log more: -v what is done, -vv how, -vvv everything
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Export days, one file each, and settle what the archive holds already
    Export(ExportArguments),
    /// Keep the names of queues, users, wrap-up codes and others, one small table each
    Reference(ReferenceArguments),
    /// Ask the platform again and print each day's verdict; writes nothing
    Verify(VerifyArguments),
    /// Print each day's verdict from the manifests alone
    Status(StatusArguments),
}

impl Command {
    pub(crate) fn format(&self) -> Format {
        match self {
            Self::Export(arguments) => arguments.archive.report,
            Self::Reference(arguments) => arguments.archive.report,
            Self::Verify(arguments) => arguments.archive.report,
            Self::Status(arguments) => arguments.archive.report,
        }
    }
}

/// Which days are meant.
#[derive(Debug, Args)]
struct DayArguments {
    /// The UTC day, as YYYY-MM-DD, or `yesterday`
    #[arg(long, value_parser = parse_day, required_unless_present = "from", conflicts_with_all = ["from", "to"])]
    date: Option<Day>,
    /// The first UTC day of a stretch
    #[arg(long, value_parser = parse_day, requires = "to")]
    from: Option<Day>,
    /// The last UTC day of a stretch, included
    #[arg(long, value_parser = parse_day, requires = "from")]
    to: Option<Day>,
}

/// Which archive is meant, and how to report on it.
#[derive(Debug, Args)]
pub(crate) struct ArchiveArguments {
    #[arg(long, value_name = "ROOT", help = ROOT_HELP)]
    pub(crate) out: String,
    /// How to print the report on standard output: a table, or one JSON object
    #[arg(long, value_enum, default_value_t)]
    report: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArguments {
    #[command(flatten)]
    days: DayArguments,
    #[command(flatten)]
    pub(crate) archive: ArchiveArguments,
    /// Which way to fetch: the job for days past the watermark and the query for the rest (auto), or always one
    #[arg(long, value_name = "WAY", default_value = "auto", value_parser = route_parser())]
    via: Route,
    /// Keep only conversations that used one of these media; an archive keeps the choice it began with
    #[arg(long, value_delimiter = ',', value_parser = media_parser())]
    media: Vec<String>,
    /// Keep these tables, each conversation taken apart once more in each; an archive keeps the choice it began
    /// with [default: conversations]
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(table_names()))]
    tables: Option<Vec<String>>,
    /// Days back, counted from the day after the last one, to read again where the archive holds them; or `none`
    #[arg(long, value_name = "DAYS", default_value = "1,2,3,7,30", value_parser = parse_settle)]
    settle: Settle,
    /// Rows in a page of a job's results (pages of the query hold at most 100)
    #[arg(long, value_name = "N", default_value_t = ExportSettings::DEFAULT_PAGE_SIZE,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(ExportSettings::MAX_PAGE_SIZE)))]
    page_size: u32,
    /// Leave the names of queues, users and others as they are; otherwise they are asked for first
    #[arg(long)]
    no_reference: bool,
    /// Show what would be read and how many rows to expect; write nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    platform: PlatformArguments,
    /// Show no progress bars, not even on a terminal
    #[arg(long)]
    pub(crate) no_progress: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ReferenceArguments {
    #[command(flatten)]
    pub(crate) archive: ArchiveArguments,
    /// Replace these tables alone [default: all]
    #[arg(long, value_delimiter = ',', value_parser = PossibleValuesParser::new(reference_names()))]
    tables: Option<Vec<String>>,
    #[command(flatten)]
    platform: PlatformArguments,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    #[command(flatten)]
    days: DayArguments,
    #[command(flatten)]
    pub(crate) archive: ArchiveArguments,
    #[command(flatten)]
    platform: PlatformArguments,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    pub(crate) archive: ArchiveArguments,
}

/// The days back to settle; none to settle nothing.
#[derive(Clone, Debug)]
pub(crate) struct Settle(Option<BTreeSet<u32>>);

/// What kept a command from its work.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The command line.
    Usage(clap::Error),
    /// The environment, the platform or the archive.
    Run(Error),
}

impl From<gc_auth::Error> for Refusal {
    fn from(error: gc_auth::Error) -> Self {
        Self::Run(Error::Client(error))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Run(error)
    }
}

impl ExportArguments {
    /// Checks the arguments and the environment.
    pub(crate) fn settings(&self, clock: &dyn Clock) -> Result<ExportSettings, Refusal> {
        let (first, last) = self.days.bounds(clock)?;
        let client = self.platform.config()?;
        Ok(ExportSettings {
            route: self.via,
            media: self.media.iter().cloned().collect(),
            tables: self.tables()?,
            settle: self.settle.0.clone(),
            page_size: self.page_size,
            names: if self.no_reference {
                Names::Left
            } else {
                Names::Refreshed
            },
            dry_run: self.dry_run,
            ..ExportSettings::new(&self.archive.out, client, first, last)
        })
    }
}

impl ExportArguments {
    /// Returns the tables that were asked for. The others are made from conversations, so these have to be
    /// among them.
    fn tables(&self) -> Result<Option<BTreeSet<String>>, Refusal> {
        let Some(tables) = &self.tables else {
            return Ok(None);
        };
        let tables: BTreeSet<String> = tables.iter().cloned().collect();
        if tables.contains(CONVERSATIONS.name) {
            return Ok(Some(tables));
        }
        let problem = format!("--tables needs `{}` among them", CONVERSATIONS.name);
        let error = Cli::command().error(ErrorKind::ValueValidation, problem);
        Err(Refusal::Usage(error))
    }
}

impl ReferenceArguments {
    /// Checks the arguments and the environment.
    pub(crate) fn settings(&self) -> Result<ReferenceSettings, Refusal> {
        Ok(ReferenceSettings {
            root: self.archive.out.clone(),
            client: self.platform.config()?,
            tables: self
                .tables
                .as_ref()
                .map(|tables| tables.iter().cloned().collect()),
            clock: Arc::new(SystemClock),
            interruption: Interruption::new(),
        })
    }
}

impl VerifyArguments {
    /// Checks the arguments and the environment.
    pub(crate) fn settings(&self, clock: &dyn Clock) -> Result<VerifySettings, Refusal> {
        let (first, last) = self.days.bounds(clock)?;
        Ok(VerifySettings {
            root: self.archive.out.clone(),
            client: self.platform.config()?,
            first,
            last,
            clock: Arc::new(SystemClock),
            interruption: Interruption::new(),
        })
    }
}

impl DayArguments {
    /// Returns the first and the last day; clap has made sure that there are some.
    fn bounds(&self, clock: &dyn Clock) -> Result<(Day, Day), Refusal> {
        let first = self
            .date
            .or(self.from)
            .unwrap_or_else(|| clock.today().back(1));
        let last = self.date.or(self.to).unwrap_or(first);
        if last < first {
            let problem = format!("--to {last} is earlier than --from {first}");
            let error = Cli::command().error(ErrorKind::ValueValidation, problem);
            return Err(Refusal::Usage(error));
        }
        Ok((first, last))
    }
}

fn parse_day(text: &str) -> Result<Day, String> {
    match text {
        "yesterday" => Ok(SystemClock.today().back(1)),
        text => text
            .parse()
            .map_err(|error: gc_core::ParseDayError| error.to_string()),
    }
}

fn route_parser() -> impl TypedValueParser<Value = Route> {
    PossibleValuesParser::new(["auto", "job", "query"]).map(|way| match way.as_str() {
        "job" => Route::Always(Via::Job),
        "query" => Route::Always(Via::Query),
        _ => Route::Auto,
    })
}

/// Media as the platform names them in `sessions[].mediaType`.
fn media_parser() -> impl TypedValueParser<Value = String> {
    PossibleValuesParser::new([
        "callback",
        "chat",
        "cobrowse",
        "email",
        "internalmessage",
        "message",
        "screenmonitoring",
        "screenshare",
        "video",
        "voice",
    ])
}

fn parse_settle(text: &str) -> Result<Settle, String> {
    if text == "none" {
        return Ok(Settle(None));
    }
    let days = text.split(',').map(|day| day.trim().parse::<u32>());
    match days.collect::<Result<BTreeSet<_>, _>>() {
        Ok(days) => Ok(Settle(Some(days))),
        Err(_) => {
            Err("expected days back separated by commas, such as 1,2,3, or `none`".to_owned())
        }
    }
}
