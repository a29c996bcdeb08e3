//! A verification: the platform is asked again, every file is read whole, nothing is written.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream;
use gc_analytics::{Evidence, Filter, Platform, has_passed};
use gc_auth::Client;
use gc_core::{Day, Silent};
use gc_sink::{Archive, Manifest, layout};
use jiff::Timestamp;

use crate::archive::{CONVERSATIONS, open_existing};
use crate::error::Error;
use crate::observe::{RunObserver, Tally};
use crate::report::{Failure, Outcome, PartitionReport, Report};
use crate::settings::VerifySettings;

/// How many days are verified at once.
const DAYS_AT_ONCE: usize = 4;

/// Judges each day anew: the rows of its file against the platform's count of this moment.
///
/// # Errors
///
/// What keeps the whole run from its work. What keeps it from a day is in the report.
pub async fn verify(settings: VerifySettings) -> Result<Report, Error> {
    let client = Client::new(settings.client.clone()).map_err(Error::Client)?;
    let (archive, scope) = open_existing(&settings.root).await?;
    let tally = Arc::new(Tally::default());
    let client = client.observed_by(Arc::new(RunObserver(Arc::clone(&tally))));
    let platform = Platform::new(client, Arc::new(Silent), settings.interruption.clone());
    let mut report = Report::begun("verify", &settings.root, settings.clock.now());
    let watermark = platform.watermark().await?;
    report.watermark = Some(watermark);
    let media = scope.media.unwrap_or_default();
    let look = Look {
        archive,
        platform,
        filter: Filter::for_media(media),
        watermark,
    };
    let mut days = stream::iter(settings.first.through(settings.last))
        .map(|day| (day, &look))
        .map(|(day, look)| async move { (day, look.verify_day(day).await) })
        .buffer_unordered(DAYS_AT_ONCE);
    while let Some((day, result)) = days.next().await {
        match result {
            Ok(partition) => report.partitions.push(partition),
            Err(error) => report.failures.push(Failure::new(day, &error)),
        }
    }
    let outcome = match (
        settings.interruption.is_cancelled(),
        report.failures.is_empty(),
    ) {
        (true, _) => Outcome::Interrupted,
        (false, true) => Outcome::Complete,
        (false, false) => Outcome::Failed,
    };
    Ok(report.end(outcome, settings.clock.now(), tally.count()))
}

/// What is needed to look at a day.
struct Look {
    archive: Archive,
    platform: Platform,
    filter: Filter,
    watermark: Timestamp,
}

impl Look {
    /// Counts the rows of a day's file, and asks how many there should be.
    async fn verify_day(&self, day: Day) -> Result<PartitionReport, Error> {
        let expected = self.platform.count(day, &self.filter).await?;
        let amiss = |rows, note| Ok(PartitionReport::unknown(day, rows, expected, note));
        let path = layout::data_file(CONVERSATIONS.name, day);
        let file = match self.archive.recount(&CONVERSATIONS, &path).await {
            Ok(Some(file)) => file,
            Ok(None) => return amiss(0, "the archive does not hold this day: export it"),
            Err(error) if error.is_damage() => {
                return amiss(0, "the file is damaged: export the day");
            }
            Err(error) => return Err(error.into()),
        };
        let Some(manifest) = Manifest::read(&self.archive, CONVERSATIONS.name, day).await? else {
            return amiss(file.rows, "the file has no manifest: export the day");
        };
        if file.content_hash != manifest.contents.content_hash {
            return amiss(
                file.rows,
                "the file is not what its manifest describes: export the day",
            );
        }
        let evidence = Evidence {
            rows: file.rows,
            expected,
            quarantined: manifest.contents.quarantined,
            conflicting: manifest.contents.conflicting_rows,
            past_watermark: has_passed(self.watermark, day),
        };
        Ok(PartitionReport::verified(&manifest, evidence))
    }
}
