//! What a run will do, before it does anything.

use std::collections::{BTreeMap, BTreeSet};

use gc_analytics::Via;
use gc_core::{Day, Verdict};
use gc_sink::{Manifest, PartitionFile};
use jiff::Timestamp;
use serde::Serialize;

use crate::archive::CONVERSATIONS;
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

/// What an archive holds before a run.
#[derive(Debug, Default)]
pub(crate) struct Held {
    pub(crate) manifests: BTreeMap<Day, Manifest>,
    /// The files of each table, conversations included.
    pub(crate) tables: BTreeMap<String, BTreeMap<Day, PartitionFile>>,
}

impl Held {
    /// The days of which there is a manifest or a file of conversations.
    fn days(&self) -> BTreeSet<Day> {
        let files = self.tables.get(CONVERSATIONS.name);
        let files = files.into_iter().flat_map(BTreeMap::keys);
        self.manifests.keys().chain(files).copied().collect()
    }

    /// Whether the file of each table is the one that the manifest describes.
    fn is_recorded(&self, manifest: &Manifest) -> bool {
        let contents = &manifest.contents;
        self.tables.iter().all(|(name, files)| {
            let recorded = match name.as_str() {
                name if name == CONVERSATIONS.name => Some(contents.file.bytes),
                name => contents.tables.get(name).map(|table| table.file.bytes),
            };
            let found = files.get(&manifest.date).map(|file| file.bytes);
            found.is_some() && found == recorded
        })
    }
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
    pub(crate) fn new(settings: &ExportSettings, watermark: Timestamp, held: &Held) -> Self {
        let requested = settings
            .first
            .through(settings.last)
            .map(|day| (day, Reason::Requested));
        let settling = held
            .days()
            .into_iter()
            .filter(|day| !(settings.first..=settings.last).contains(day))
            .filter_map(|day| Some((day, reason_to_settle(settings, day, held)?)));
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
fn reason_to_settle(settings: &ExportSettings, day: Day, held: &Held) -> Option<Reason> {
    let days_back = settings.settle.as_ref()?;
    let recorded = |manifest: &&Manifest| held.is_recorded(manifest);
    let Some(manifest) = held.manifests.get(&day).filter(recorded) else {
        return Some(Reason::Unrecorded);
    };
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
