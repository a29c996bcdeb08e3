//! The verdicts that the manifests hold. The platform is not asked.

use gc_core::Clock;
use gc_sink::Manifest;

use crate::archive::{CONVERSATIONS, open_existing};
use crate::error::Error;
use crate::report::{Outcome, PartitionReport, Report};

/// Reports what the manifests say of every day in the archive.
///
/// # Errors
///
/// When there is no archive, or it cannot be read.
pub async fn status(root: &str, clock: &dyn Clock) -> Result<Report, Error> {
    let (archive, _scope) = open_existing(root).await?;
    let mut report = Report::begun("status", root, clock.now());
    let manifests = Manifest::list(&archive, CONVERSATIONS.name).await?;
    report.partitions = manifests
        .values()
        .map(|manifest| PartitionReport::new(manifest, None, false))
        .collect();
    Ok(report.end(Outcome::Complete, clock.now(), 0))
}
