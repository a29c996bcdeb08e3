//! What a run will do, before it does anything.

use std::collections::BTreeMap;

use gc_analytics::Via;
use gc_core::{Day, Verdict};
use gc_sink::{Manifest, PartitionFile};
use jiff::Timestamp;
use serde::Serialize;

use crate::settings::ExportSettings;

/// Why a day is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// It was asked for.
    Requested,
    /// It is one of the days back that are read again.
    Settling,
    /// The watermark had not passed it.
    Provisional,
    /// Rows were missing or set aside.
    Short,
    /// Conversations in it had not ended.
    Open,
    /// Its file is not the one that its manifest describes.
    Unrecorded,
}

/// One day of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedDay {
    /// The day.
    pub date: Day,
    /// Why it is read.
    pub reason: Reason,
    /// By which way.
    pub source: Via,
    /// How many rows to expect, where that was asked.
    pub expected: Option<u64>,
}

/// What a run will do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Up to when jobs are complete.
    pub watermark: Timestamp,
    /// The days to read: those asked for, then those to settle, each in order.
    pub days: Vec<PlannedDay>,
}

impl Plan {
    pub(crate) fn new(
        settings: &ExportSettings,
        watermark: Timestamp,
        manifests: &BTreeMap<Day, Manifest>,
        files: &BTreeMap<Day, PartitionFile>,
    ) -> Self {
        let requested = settings
            .first
            .through(settings.last)
            .map(|day| (day, Reason::Requested));
        let known = manifests
            .keys()
            .chain(files.keys())
            .collect::<std::collections::BTreeSet<_>>();
        let settling = known
            .into_iter()
            .filter(|day| !(settings.first..=settings.last).contains(day))
            .filter_map(|day| {
                let reason = reason_to_settle(settings, *day, manifests.get(day), files.get(day))?;
                Some((*day, reason))
            });
        let planned = |(date, reason)| {
            let source = settings.route.for_day(date, watermark);
            PlannedDay {
                date,
                reason,
                source,
                expected: None,
            }
        };
        Self {
            watermark,
            days: requested.chain(settling).map(planned).collect(),
        }
    }
}

/// Returns why a day that the archive holds already has to be read again, if it has to.
fn reason_to_settle(
    settings: &ExportSettings,
    day: Day,
    manifest: Option<&Manifest>,
    file: Option<&PartitionFile>,
) -> Option<Reason> {
    let days_back = settings.settle.as_ref()?;
    let Some(manifest) = manifest else {
        return Some(Reason::Unrecorded);
    };
    if file.is_none_or(|file| file.bytes != manifest.contents.file.bytes) {
        return Some(Reason::Unrecorded);
    }
    match manifest.account.verdict {
        Verdict::Short => return Some(Reason::Short),
        Verdict::Provisional => return Some(Reason::Provisional),
        Verdict::Settled => {}
    }
    if manifest.account.open_conversations > 0 {
        return Some(Reason::Open);
    }
    let end = settings.last.next();
    days_back
        .iter()
        .any(|back| end.back(*back) == day)
        .then_some(Reason::Settling)
}
