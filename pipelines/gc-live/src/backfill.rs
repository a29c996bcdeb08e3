//! The rows of gaps, on their way from pages of history to files: a page is looked at once for all the gaps it
//! may belong to, and what it has for each goes into that gap's file. Of a record no more stays than the hash by
//! which it is known.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use gc_analytics::{Glance, Page};
use gc_core::{Day, Interval};
use gc_sink::spool::Gap;
use gc_sink::{Archive, FileEncoder, Path, Replacement, layout};
use gc_stream::{Audience, ChangeKind, Event, EventBatch, Origin, event_id};
use jiff::Timestamp;
use serde_json::value::RawValue;
use tokio::task::spawn_blocking;

use crate::error::Error;
use crate::flusher::begin_file;
use crate::storage::EVENTS;

/// What the rows of a backfill have for a topic kind: where they were fetched.
const TOPIC_KIND: &str = "v2.analytics.conversations.details";

/// The conversations that are open by what was heard, each with the keys of its snapshots.
pub(crate) type Open = BTreeMap<String, Vec<String>>;

/// The backfill of one gap: its rows so far.
struct Backfill {
    gap: Gap,
    wanted: Wanted,
    interval: Interval,
    received_at: Timestamp,
    /// The event ids of the rows so far: pages repeat conversations.
    known: HashSet<u128>,
    batch: EventBatch,
    encoder: FileEncoder,
    file: File,
    /// The snapshots of conversations that have ended by now.
    ended: Vec<(String, Timestamp)>,
}

/// What was stored for a gap.
pub(crate) struct Stored {
    pub(crate) gap: i64,
    pub(crate) rows: u64,
    pub(crate) ended: Vec<(String, Timestamp)>,
}

impl Backfill {
    /// Looks at a record; one that was active in the gap and belongs to its topics becomes a row.
    fn take(&mut self, glance: &Glance, record: &Bytes, open: &Open) {
        let was_active = glance.start.is_none_or(|start| start < self.interval.end)
            && glance.end.is_none_or(|end| end >= self.interval.start);
        let Some(conversation_id) = glance.conversation_id.as_deref() else {
            return;
        };
        if !was_active || !self.wanted.has(glance) {
            return;
        }
        let id = event_id(TOPIC_KIND, Some(&self.gap.id.to_string()), conversation_id);
        if self.known.contains(&id) {
            return;
        }
        // A record that is no JSON cannot stand in a page.
        let Ok(payload) = RawValue::from_string(String::from_utf8_lossy(record).into_owned())
        else {
            return;
        };
        self.known.insert(id);
        self.batch.push(&Event {
            event_id: format!("{id:032x}"),
            received_at: self.received_at,
            topic: None,
            topic_kind: TOPIC_KIND.to_owned(),
            conversation_id: Some(conversation_id.to_owned()),
            queue_id: glance.queue_ids.last().cloned(),
            media_types: glance.media_types.clone(),
            correlation_id: None,
            payload,
            origin: Origin::Backfill,
            change_kind: if glance.end.is_some() {
                ChangeKind::Ended
            } else {
                ChangeKind::Updated
            },
            changes: Vec::new(),
        });
        if let Some(end) = glance.end {
            let keys = open.get(conversation_id).into_iter().flatten();
            self.ended.extend(keys.map(|key| (key.clone(), end)));
        }
    }

    /// Encodes the rows that have come since the last time.
    fn encode(&mut self) -> Result<(), Error> {
        Ok(self.encoder.push(self.batch.finish())?)
    }

    /// Appends what is encoded to the file. A file is begun with its first row.
    async fn write(&mut self, archive: &Archive) -> Result<(), Error> {
        if self.known.is_empty() {
            return Ok(());
        }
        let encoded = self.encoder.take();
        if encoded.is_empty() {
            return Ok(());
        }
        self.file.append(archive, encoded).await
    }

    /// Ends the file and puts it in the place of one that was written before.
    async fn end(self, archive: &Archive) -> Result<Stored, Error> {
        let Self {
            gap,
            known,
            encoder,
            mut file,
            ended,
            ..
        } = self;
        let rows = known.len() as u64;
        // A file that was written before is replaced even by one without rows.
        if rows > 0 || gap.rows.is_some_and(|rows| rows > 0) {
            let rest = spawn_blocking(move || encoder.finish()).await;
            let (rest, _) = rest.map_err(|_| Error::Stopped { part: "encoder" })??;
            file.append(archive, rest).await?;
            file.commit().await?;
        }
        let gap = gap.id;
        Ok(Stored { gap, rows, ended })
    }
}

/// The file of a gap, that nobody sees before it is whole.
struct File {
    path: Path,
    /// None before there is something to write.
    begun: Option<Replacement>,
}

impl File {
    async fn append(&mut self, archive: &Archive, bytes: Bytes) -> Result<(), Error> {
        let file = match &mut self.begun {
            Some(file) => file,
            none => none.insert(archive.replace(EVENTS.name, self.path.clone()).await?),
        };
        Ok(file.write(bytes).await?)
    }

    async fn commit(self) -> Result<(), Error> {
        if let Some(file) = self.begun {
            file.commit().await?;
        }
        Ok(())
    }
}

/// The backfills of gaps that share their pages.
pub(crate) struct Backfills {
    archive: Archive,
    writer: String,
    all: Vec<Backfill>,
    open: Arc<Open>,
    /// Conversations of `open` that were in the pages so far.
    met: BTreeSet<String>,
}

impl Backfills {
    pub(crate) fn new(archive: Archive, writer: String, open: Open) -> Self {
        Self {
            archive,
            writer,
            all: Vec::new(),
            open: Arc::new(open),
            met: BTreeSet::new(),
        }
    }

    /// Adds a gap whose backfill is received at `received_at`.
    pub(crate) fn add(
        &mut self,
        gap: &Gap,
        interval: Interval,
        listens_to_all: bool,
        received_at: Timestamp,
    ) -> Result<(), Error> {
        let writer = format!("backfill-{}", self.writer);
        let number = gap.id.cast_unsigned();
        self.all.push(Backfill {
            wanted: Wanted::of(gap, listens_to_all),
            gap: gap.clone(),
            interval,
            received_at,
            known: HashSet::new(),
            batch: EventBatch::default(),
            encoder: begin_file()?,
            file: File {
                path: layout::event_file(EVENTS.name, received_at, &writer, number),
                begun: None,
            },
            ended: Vec::new(),
        });
        Ok(())
    }

    /// Returns the open conversations that no page has told of.
    pub(crate) fn unmet(&self) -> Vec<String> {
        let unmet = self.open.keys().filter(|id| !self.met.contains(*id));
        unmet.cloned().collect()
    }

    /// Gives each gap what a page of `day` has for it.
    pub(crate) async fn take(&mut self, day: Day, page: Page) -> Result<(), Error> {
        let (mut all, mut met) = (mem::take(&mut self.all), mem::take(&mut self.met));
        let open = Arc::clone(&self.open);
        let look = move || {
            let looked = look(&page, day, &mut all, &open, &mut met);
            (all, met, looked)
        };
        let looked = spawn_blocking(look).await;
        let (all, met, looked) = looked.map_err(|_| Error::Stopped { part: "encoder" })?;
        (self.all, self.met) = (all, met);
        looked?;
        for backfill in &mut self.all {
            backfill.write(&self.archive).await?;
        }
        Ok(())
    }

    /// Makes the files visible.
    pub(crate) async fn end(self) -> Result<Vec<Stored>, Error> {
        let mut stored = Vec::new();
        for backfill in self.all {
            stored.push(backfill.end(&self.archive).await?);
        }
        Ok(stored)
    }
}

fn look(
    page: &Page,
    day: Day,
    all: &mut [Backfill],
    open: &Open,
    met: &mut BTreeSet<String>,
) -> Result<(), Error> {
    let broken = |source| gc_analytics::Error::Page { day, source };
    for record in page.records().map_err(broken)? {
        let glance = Glance::of(&String::from_utf8_lossy(&record));
        if let Some(id) = &glance.conversation_id
            && open.contains_key(id)
        {
            met.insert(id.clone());
        }
        for backfill in &mut *all {
            backfill.take(&glance, &record, open);
        }
    }
    all.iter_mut().try_for_each(Backfill::encode)
}

/// Which conversations the topics of a gap would have told of.
enum Wanted {
    All,
    Of(BTreeSet<Audience>),
}

impl Wanted {
    fn of(gap: &Gap, listens_to_all: bool) -> Self {
        if gap.is_total && listens_to_all {
            return Self::All;
        }
        let topics = gap.topics.iter();
        Self::Of(topics.filter_map(|topic| Audience::of(topic)).collect())
    }

    fn has(&self, glance: &Glance) -> bool {
        let Glance {
            queue_ids,
            user_ids,
            media_types,
            ..
        } = glance;
        match self {
            Self::All => true,
            Self::Of(audiences) => audiences
                .iter()
                .any(|one| one.hears(queue_ids, user_ids, media_types)),
        }
    }
}
