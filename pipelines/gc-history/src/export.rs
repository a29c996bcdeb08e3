//! An export: the plan, the days at once, the report.
//!
//! Everything that an operator can have got wrong is found before the platform is asked for a
//! day's data: the archive is opened, its lease and scope are taken, and thereby written to.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;

use futures::StreamExt;
use futures::stream;
use gc_analytics::Platform;
use gc_auth::Client;
use gc_core::{Class, Classify, Day};
use gc_sink::{Archive, Lease, Manifest, Scope};

use crate::archive::{CONVERSATIONS, PROGRAM_VERSION, companions, table_names, take_lease};
use crate::day::{Run, concerns_one_day, export_day};
use crate::error::Error;
use crate::names;
use crate::observe::{RunObserver, Tally};
use crate::plan::{Held, Plan, PlannedDay};
use crate::registry::free_inherited;
use crate::report::{Failure, Outcome, PartitionReport, Report};
use crate::settings::ExportSettings;

/// The most days in hand at once: while one waits for its job, others are read. More would take
/// job slots from the organisation's other programs.
const DAYS_AT_ONCE: usize = 3;
/// The most worker threads in all: each holds a row group and a page in memory.
const MAX_WORKERS: usize = 8;
/// After so many days that failed, the rest is not tried: the trouble is not with a day.
const MAX_FAILURES: usize = 3;

/// Exports the days of the settings, and settles what the archive holds already.
///
/// # Errors
///
/// What keeps the whole run from its work. What keeps it from a day is in the report.
pub async fn export(settings: ExportSettings) -> Result<Report, Error> {
    let client = Client::new(settings.client.clone()).map_err(Error::Client)?;
    let tally = Arc::new(Tally::default());
    let platform = Platform::new(
        client.observed_by(Arc::new(RunObserver(Arc::clone(&tally)))),
        Arc::clone(&settings.progress),
        settings.interruption.clone(),
    );
    let mut report = Report::begun("export", &settings.root, settings.clock.now());
    if settings.dry_run {
        let plan = look_ahead(&settings, &platform).await?;
        report.watermark = Some(plan.watermark);
        report.plan = Some(plan);
        return Ok(report.end(Outcome::Planned, settings.clock.now(), tally.count()));
    }
    let archive = Archive::open(&settings.root).await?;
    let (lease, scope) = take(&settings, &archive).await?;
    let held = (&archive, &scope, &lease);
    let report = report_on(&settings, held, client, &platform, report).await;
    let report = match report {
        Ok((outcome, report)) => {
            let report = report.end(outcome, settings.clock.now(), tally.count());
            keep(&archive, &lease, &report).await.map(|()| report)
        }
        Err(error) => Err(error),
    };
    // A run that was asked to stop, or failed, gives the lease back all the same.
    if let Ok(lease) = Arc::try_unwrap(lease) {
        lease.release().await?;
    }
    report
}

/// Takes the lease and the scope.
async fn take(settings: &ExportSettings, archive: &Archive) -> Result<(Arc<Lease>, Scope), Error> {
    let (dataset, clock) = (CONVERSATIONS.name, &settings.clock);
    let lease = take_lease(archive, dataset, clock, PROGRAM_VERSION).await?;
    let taken = async {
        let scope = scope(settings, archive).await?;
        Scope::claim(archive, &scope).await?;
        Ok(scope)
    };
    match taken.await {
        Ok(scope) => Ok((Arc::new(lease), scope)),
        Err(error) => {
            lease.release().await?;
            Err(error)
        }
    }
}

/// Returns what the archive is wanted for.
async fn scope(settings: &ExportSettings, archive: &Archive) -> Result<Scope, Error> {
    let media = (!settings.media.is_empty()).then(|| settings.media.clone());
    let tables = match &settings.tables {
        Some(tables) => tables.clone(),
        None => tables_of(archive).await?,
    };
    Ok(Scope::of_tables(tables, media))
}

/// Returns the tables that the archive was made for, as far as this program can write them.
async fn tables_of(archive: &Archive) -> Result<BTreeSet<String>, Error> {
    let Some(found) = Scope::read(archive).await? else {
        return Ok(BTreeSet::from([CONVERSATIONS.name.to_owned()]));
    };
    let known = table_names();
    let mut tables = found.tables;
    tables.retain(|table| known.contains(&table.as_str()));
    Ok(tables)
}

async fn plan(
    settings: &ExportSettings,
    archive: Option<&Archive>,
    platform: &Platform,
) -> Result<(Plan, Held), Error> {
    let watermark = platform.watermark().await?;
    let held = match archive {
        Some(archive) => held(archive, settings).await?,
        None => Held::default(),
    };
    Ok((Plan::new(settings, watermark, &held), held))
}

/// Lists what the archive holds.
async fn held(archive: &Archive, settings: &ExportSettings) -> Result<Held, Error> {
    let scope = scope(settings, archive).await?;
    let mut tables = BTreeMap::new();
    for table in scope.tables {
        let files = archive.partition_files(&table).await?;
        tables.insert(table, files);
    }
    Ok(Held {
        manifests: Manifest::list(archive, CONVERSATIONS.name).await?,
        tables,
    })
}

/// Returns the plan with the number of rows to expect, for a dry run. Nothing is written.
async fn look_ahead(settings: &ExportSettings, platform: &Platform) -> Result<Plan, Error> {
    let archive = Archive::find(&settings.root).await?;
    let (mut plan, _) = plan(settings, archive.as_ref(), platform).await?;
    let filter = settings.filter();
    for day in &mut plan.days {
        day.expected = platform.count(day.date, &filter).await?;
    }
    Ok(plan)
}

/// Does the work, and returns the report on it.
async fn report_on(
    settings: &ExportSettings,
    (archive, scope, lease): (&Archive, &Scope, &Arc<Lease>),
    client: Client,
    platform: &Platform,
    mut report: Report,
) -> Result<(Outcome, Report), Error> {
    free_inherited(lease, platform, settings.clock.today()).await?;
    let (plan, held) = plan(settings, Some(archive), platform).await?;
    let run_id = uuid::Uuid::new_v4().to_string();
    report.run_id = Some(run_id.clone());
    report.watermark = Some(plan.watermark);
    keep(archive, lease, &report).await?;
    names::refresh(settings, archive, client.clone(), &mut report).await;
    let days_at_once = plan.days.len().clamp(1, DAYS_AT_ONCE);
    let run = Run {
        id: run_id,
        archive: archive.clone(),
        lease: Arc::clone(lease),
        client,
        platform: platform.clone(),
        filter: settings.filter(),
        companions: companions(&scope.tables),
        page_size: settings.page_size,
        watermark: plan.watermark,
        workers: workers(days_at_once),
        clock: Arc::clone(&settings.clock),
        progress: Arc::clone(&settings.progress),
    };
    let outcome = export_days(&run, settings, &plan.days, &held, &mut report).await?;
    Ok((outcome, report))
}

/// Returns how many worker threads each day has.
fn workers(days_at_once: usize) -> usize {
    let threads = available_parallelism()
        .map_or(1, NonZero::get)
        .min(MAX_WORKERS);
    threads.div_ceil(days_at_once)
}

/// Exports several days at once, in order; stops after what concerns more than one day.
async fn export_days(
    run: &Run,
    settings: &ExportSettings,
    days: &[PlannedDay],
    held: &Held,
    report: &mut Report,
) -> Result<Outcome, Error> {
    let stop = settings.interruption.child_token();
    let mut done = stream::iter(days)
        .take_while(|_| std::future::ready(!stop.is_cancelled()))
        .map(|day| async move { (day.date, run_day(run, day, held).await) })
        .buffer_unordered(DAYS_AT_ONCE);
    let mut fatal = None;
    while let Some((date, result)) = done.next().await {
        match result {
            Ok(partition) => report.partitions.push(partition),
            Err(error) if matches!(error.class(), Class::Interrupted) => {}
            Err(error) => {
                report.failures.push(Failure::new(date, &error));
                let hopeless = !concerns_one_day(&error) || report.failures.len() >= MAX_FAILURES;
                if hopeless {
                    stop.cancel();
                    fatal.get_or_insert(error);
                }
            }
        }
    }
    drop(done);
    // Nothing at all came of the run: say why as an error, not as a report without days.
    if let Some(error) = fatal
        && report.partitions.is_empty()
    {
        return Err(error);
    }
    Ok(outcome(settings, days, report))
}

async fn run_day(run: &Run, day: &PlannedDay, held: &Held) -> Result<PartitionReport, Error> {
    let lost = run.lease.lost();
    tokio::select! {
        result = export_day(run, *day, held.manifests.get(&day.date)) => result,
        () = lost.cancelled() => match run.lease.ensure_held().await {
            Ok(()) => Err(Error::Interrupted),
            Err(error) => Err(error.into()),
        },
    }
}

fn outcome(settings: &ExportSettings, days: &[PlannedDay], report: &Report) -> Outcome {
    let dealt_with: BTreeSet<Day> = report.partitions.iter().map(|one| one.date).collect();
    let whole = days.iter().all(|day| dealt_with.contains(&day.date));
    match (whole, settings.interruption.is_cancelled()) {
        (true, _) => Outcome::Complete,
        (false, true) => Outcome::Interrupted,
        (false, false) => Outcome::Failed,
    }
}

async fn keep(archive: &Archive, lease: &Lease, report: &Report) -> Result<(), Error> {
    let run_id = report.run_id.as_deref().unwrap_or_default();
    let json = report.to_json()?;
    Ok(archive.write_run_report(lease, run_id, json.into()).await?)
}
