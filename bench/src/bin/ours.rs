//! Pages of JSON to the Parquet file of a day, by the product's own path: decoder, derived columns,
//! content hash, index of ids, row groups, the one file.
//!
//! The clock stops when the file is written and before it is synced, as for the other contenders.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use bytes::Bytes;
use gc_analytics::{Page, RowDecoder, Via, conversation_schema};
use gc_bench::{Failure, arguments, files, report};
use gc_core::Day;
use gc_history::CONVERSATIONS;
use gc_sink::{Archive, EncodedRowGroup, PartitionWriter, RowGroups, WriteOptions};
use tokio::runtime::Runtime;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How many row groups wait to be written, as in gc-history.
const WAITING_GROUPS: usize = 2;

fn main() -> Result<(), Failure> {
    let [folder, day, root, threads] = arguments("ours PAGES-FOLDER DATE ROOT THREADS")?;
    let text = |argument: OsString| argument.into_string().map_err(|_| "no Unicode");
    let (day, root): (Day, _) = (text(day)?.parse()?, text(root)?);
    let threads: NonZero<usize> = text(threads)?.parse()?;
    let work = Work {
        pages: files(&folder)?,
        taken: AtomicUsize::new(0),
        day,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let start = Instant::now();
    let writer = runtime.block_on(begin(&root, day))?;
    let writer = work.write(writer, threads.get(), &runtime)?;
    let finished = runtime.block_on(writer.finish(None))?;
    let took = start.elapsed();
    let rows = finished.contents().rows;
    runtime.block_on(commit(&root, finished))?;
    report(rows, took)
}

async fn begin(root: &str, day: Day) -> Result<PartitionWriter, Failure> {
    let archive = Archive::open(root).await?;
    let options = WriteOptions::default();
    let schema = conversation_schema();
    let writer = PartitionWriter::begin(&archive, CONVERSATIONS, day, schema, options, "gc-bench");
    Ok(writer.await?)
}

async fn commit(root: &str, finished: gc_sink::Finished) -> Result<(), Failure> {
    let archive = Archive::open(root).await?;
    let clock = std::sync::Arc::new(gc_core::SystemClock);
    let lease = gc_sink::Lease::acquire(&archive, CONVERSATIONS.name, clock, "gc-bench").await?;
    drop(finished.commit(&lease).await?);
    Ok(lease.release().await?)
}

/// The pages, and how many of them were taken.
struct Work {
    pages: Vec<PathBuf>,
    taken: AtomicUsize,
    day: Day,
}

impl Work {
    fn write(
        &self,
        mut writer: PartitionWriter,
        threads: usize,
        runtime: &Runtime,
    ) -> Result<PartitionWriter, Failure> {
        let groups = writer.row_groups();
        let mut append =
            |group| -> Result<(), Failure> { Ok(runtime.block_on(writer.append(group))?) };
        if threads == 1 {
            self.run(&groups, append)?;
            return Ok(writer);
        }
        thread::scope(|scope| {
            let (sender, encoded) = mpsc::sync_channel(WAITING_GROUPS);
            let workers: Vec<_> = (0..threads)
                .map(|_| {
                    let (sender, groups) = (sender.clone(), groups.clone());
                    let hand_on =
                        move |group| sender.send(group).map_err(|_| "nobody writes".into());
                    scope.spawn(move || self.run(&groups, hand_on))
                })
                .collect();
            drop(sender);
            for group in encoded {
                append(group)?;
            }
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().map_err(|_| "a worker panicked")?)
        })?;
        Ok(writer)
    }

    /// What each thread does.
    fn run(
        &self,
        groups: &RowGroups,
        mut hand_on: impl FnMut(EncodedRowGroup) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let interval = self.day.interval();
        let mut decoder = RowDecoder::new(interval, Via::Job, interval.end);
        let mut group = groups.begin();
        while let Some(file) = self.pages.get(self.taken.fetch_add(1, Ordering::Relaxed)) {
            let page = Page::parse(Bytes::from(std::fs::read(file)?))?;
            let rows = decoder.decode(&page)?;
            drop(page);
            if !rows.set_aside.is_empty() || rows.outside > 0 {
                return Err("a record did not become a row".into());
            }
            group.push(rows.batch)?;
            if group.is_full() {
                hand_on(std::mem::replace(&mut group, groups.begin()).encode()?)?;
            }
        }
        hand_on(group.encode()?)
    }
}
