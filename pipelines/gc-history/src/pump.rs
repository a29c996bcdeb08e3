//! Pages in, row groups out: the part of a day's work that takes the time.
//!
//! One task fetches pages, worker threads decode them and encode row groups, one task appends the
//! row groups to the file. Both channels are bounded, so memory does not grow with the day.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use gc_analytics::{BrokenPage, Page, RowDecoder, Rows, SetAside, Source, add_counts};
use gc_core::{Day, Progress, Step};
use gc_sink::{EncodedRowGroup, PartitionWriter, RowGroupBuilder, RowGroups};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::error::Error;

/// How many pages are fetched or wait to be decoded: one, since more would only hold memory, at up
/// to 20 MB a page.
const WAITING_PAGES: usize = 1;
/// How many row groups and refused records wait to be written. Writing is far quicker than encoding.
const WAITING_RESULTS: usize = 2;

/// What came of the pages.
#[derive(Debug, Default)]
pub(crate) struct Pumped {
    /// Rows admitted.
    pub(crate) rows: u64,
    /// Of these, conversations that have not ended.
    pub(crate) open: u64,
    /// Rows of other days.
    pub(crate) outside: u64,
    /// How often each unknown field occurred.
    pub(crate) unknown: BTreeMap<String, u64>,
}

impl Pumped {
    pub(crate) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.open += other.open;
        self.outside += other.outside;
        add_counts(&mut self.unknown, other.unknown);
    }
}

/// What a worker hands on.
enum Output {
    Group(EncodedRowGroup),
    Aside(Vec<SetAside>),
}

type Pages = Arc<Mutex<mpsc::Receiver<Page>>>;

/// Reads the source to its end and writes its rows, on one worker thread for each decoder.
pub(crate) async fn pump(
    source: &mut Source,
    writer: &mut PartitionWriter,
    decoders: Vec<RowDecoder>,
    watcher: (Day, &Arc<dyn Progress>),
) -> Result<Pumped, Error> {
    let (page_sender, pages) = mpsc::channel(WAITING_PAGES);
    let (output_sender, outputs) = mpsc::channel(WAITING_RESULTS);
    let pages = Arc::new(Mutex::new(pages));
    let mut workers = JoinSet::new();
    for decoder in decoders {
        let worker = Worker {
            day: watcher.0,
            progress: Arc::clone(watcher.1),
            decoder,
            groups: writer.row_groups(),
            pages: Arc::clone(&pages),
            outputs: output_sender.clone(),
            pumped: Pumped::default(),
        };
        workers.spawn_blocking(|| worker.run());
    }
    drop((output_sender, pages));
    let moved = tokio::try_join!(fetch(source, page_sender), write(writer, outputs));
    let mut pumped = Pumped::default();
    let mut failed = None;
    while let Some(worker) = workers.join_next().await {
        match worker {
            Ok(Ok(part)) => pumped.add(part),
            Ok(Err(error)) => failed = Some(error),
            Err(_panicked) => failed = Some(Error::Worker),
        }
    }
    moved?;
    failed.map_or(Ok(pumped), Err)
}

async fn fetch(source: &mut Source, pages: mpsc::Sender<Page>) -> Result<(), Error> {
    // Room first, page then: a page that cannot be handed on would only hold memory. When there is
    // no room ever again the workers have stopped; theirs is the error that counts.
    while let Ok(room) = pages.reserve().await {
        match source.next_page().await? {
            Some(page) => room.send(page),
            None => break,
        }
    }
    Ok(())
}

async fn write(
    writer: &mut PartitionWriter,
    mut outputs: mpsc::Receiver<Output>,
) -> Result<(), Error> {
    while let Some(output) = outputs.recv().await {
        match output {
            Output::Group(group) => writer.append(group).await?,
            Output::Aside(records) => {
                for SetAside { record, reason } in records {
                    writer.set_aside(&record, &reason).await?;
                }
            }
        }
    }
    Ok(())
}

/// One thread that decodes pages and encodes row groups.
struct Worker {
    day: Day,
    progress: Arc<dyn Progress>,
    decoder: RowDecoder,
    groups: RowGroups,
    pages: Pages,
    outputs: mpsc::Sender<Output>,
    pumped: Pumped,
}

impl Worker {
    fn run(mut self) -> Result<Pumped, Error> {
        let mut group = self.groups.begin();
        while let Some(page) = self.next_page() {
            let rows = self.decode(&page)?;
            drop(page);
            self.admit(rows, &mut group)?;
            if group.is_full() {
                let full = std::mem::replace(&mut group, self.groups.begin());
                self.hand_on(Output::Group(full.encode()?));
            }
        }
        self.hand_on(Output::Group(group.encode()?));
        Ok(self.pumped)
    }

    fn next_page(&self) -> Option<Page> {
        self.pages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .blocking_recv()
    }

    fn decode(&mut self, page: &Page) -> Result<Rows, Error> {
        let day = self.day;
        let broken = |source: BrokenPage| gc_analytics::Error::Page { day, source };
        let rows = self.decoder.decode(page).map_err(broken)?;
        let (count, bytes) = (rows.batch.num_rows() as u64, page.size() as u64);
        self.progress.step(day, Step::Read { rows: count, bytes });
        Ok(rows)
    }

    fn admit(&mut self, rows: Rows, group: &mut RowGroupBuilder) -> Result<(), Error> {
        let (admitted, counts) = group.push(rows.batch)?;
        self.pumped.add(Pumped {
            rows: counts.rows,
            open: open_conversations(&admitted),
            outside: rows.outside,
            unknown: rows.unknown,
        });
        if !rows.set_aside.is_empty() {
            self.hand_on(Output::Aside(rows.set_aside));
        }
        Ok(())
    }

    /// Hands a result on. When nobody takes it any more, the writer has failed and says why.
    fn hand_on(&self, output: Output) {
        drop(self.outputs.blocking_send(output));
    }
}

/// Counts the conversations that have not ended.
fn open_conversations(batch: &arrow::array::RecordBatch) -> u64 {
    batch
        .column_by_name("conversationEnd")
        .map_or(0, |ends| ends.null_count() as u64)
}
