//! One conversation's events, read back from Parquet.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use arrow::array::{Array as _, AsArray, RecordBatch, StructArray};
use arrow::datatypes::TimestampMillisecondType;
use jiff::Timestamp;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// How many events of the conversation are shown, and how many changes of each.
const EVENTS: usize = 12;
const CHANGES: usize = 3;
/// How much of a changed value is shown.
const WIDTH: usize = 40;

struct Event {
    received_at: Timestamp,
    kind: String,
    changes: Vec<String>,
}

/// Writes the life of the conversation that has an end and the most events.
pub(crate) fn longest_life(events: &Path) -> io::Result<String> {
    let mut lives: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for file in parquet_files(events)? {
        let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(file)?)?.build()?;
        for batch in reader {
            read(&batch.map_err(io::Error::other)?, &mut lives);
        }
    }
    let has_ended = |life: &[Event]| life.iter().any(|event| event.kind == "ended");
    let longest = lives
        .into_iter()
        .max_by_key(|(_, life)| (has_ended(life), life.len()));
    let Some((id, mut life)) = longest else {
        return Ok("no conversation was seen".to_owned());
    };
    life.sort_by_key(|event| event.received_at);
    Ok(write(&id, &life))
}

fn write(id: &str, life: &[Event]) -> String {
    let mut text = format!("  conversation {id}, {} events\n", life.len());
    for event in life.iter().take(EVENTS) {
        let (time, kind) = (event.received_at.strftime("%H:%M:%S%.3f"), &event.kind);
        // Writing to a `String` cannot fail.
        let _infallible = writeln!(text, "  {time}  {kind}");
        for change in event.changes.iter().take(CHANGES) {
            let _infallible = writeln!(text, "                  {change}");
        }
        if event.changes.len() > CHANGES {
            let more = event.changes.len() - CHANGES;
            let _infallible = writeln!(text, "                  and {more} more");
        }
    }
    text
}

fn read(batch: &RecordBatch, lives: &mut BTreeMap<String, Vec<Event>>) {
    let column = |name: &str| batch.column_by_name(name);
    let (Some(ids), Some(origins), Some(kinds), Some(times), Some(changes)) = (
        column("conversationId"),
        column("origin"),
        column("changeKind"),
        column("receivedAt"),
        column("changes"),
    ) else {
        return;
    };
    let (ids, origins, kinds) = (
        ids.as_string::<i32>(),
        origins.as_string::<i32>(),
        kinds.as_string::<i32>(),
    );
    let (times, changes) = (
        times.as_primitive::<TimestampMillisecondType>(),
        changes.as_list::<i32>(),
    );
    for row in
        (0..batch.num_rows()).filter(|row| ids.is_valid(*row) && origins.value(*row) == "live")
    {
        lives
            .entry(ids.value(row).to_owned())
            .or_default()
            .push(Event {
                received_at: Timestamp::from_millisecond(times.value(row)).unwrap_or_default(),
                kind: kinds.value(row).to_owned(),
                changes: texts(changes.value(row).as_struct()),
            });
    }
}

fn texts(changes: &StructArray) -> Vec<String> {
    let columns: Vec<_> = changes
        .columns()
        .iter()
        .map(AsArray::as_string::<i32>)
        .collect();
    let [paths, before, after] = columns.as_slice() else {
        return Vec::new();
    };
    let value = |column: &arrow::array::StringArray, row| match column.is_valid(row) {
        true => shortened(column.value(row)),
        false => "nothing".to_owned(),
    };
    let text = |row| {
        format!(
            "{}: {} -> {}",
            paths.value(row),
            value(before, row),
            value(after, row)
        )
    };
    (0..changes.len()).map(text).collect()
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

fn parquet_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(parquet_files(&path)?);
        } else if path.extension().is_some_and(|name| name == "parquet") {
            found.push(path);
        }
    }
    Ok(found)
}
