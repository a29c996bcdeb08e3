//! Lines of JSON to Parquet by arrow-json and the Arrow writer, on one thread: what one would write
//! with those two libraries and an explicit schema. No unknown fields, hash or derived columns.

use std::fs::File;
use std::io::BufReader;
use std::sync::Arc;
use std::time::Instant;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema};
use arrow_json::ReaderBuilder;
use gc_analytics::schema::CONVERSATION;
use gc_bench::{Failure, arguments, report};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Measured to be quicker than 1,000.
const ROWS_AT_ONCE: usize = 100;
const ROW_GROUP_ROWS: usize = 10_000;

fn main() -> Result<(), Failure> {
    let [input, output] = arguments("arrow_json LINES OUTPUT")?;
    let schema = Arc::new(Schema::new(in_offsets(&gc_arrow::schema(CONVERSATION))));
    let start = Instant::now();
    let lines = BufReader::with_capacity(1 << 20, File::open(input)?);
    let batches = ReaderBuilder::new(Arc::clone(&schema))
        .with_batch_size(ROWS_AT_ONCE)
        .build(lines)?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build();
    let mut writer = ArrowWriter::try_new(File::create(output)?, schema, Some(properties))?;
    let mut rows = 0;
    for batch in batches {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        writer.write(&batch)?;
    }
    writer.close()?;
    report(rows, start.elapsed())
}

/// The same fields with the time zone `UTC` written `+00:00`, which arrow-json reads without a table
/// of time zones.
fn in_offsets(fields: &Fields) -> Fields {
    fields.iter().map(in_offset).collect()
}

fn in_offset(field: &FieldRef) -> FieldRef {
    let kind = match field.data_type() {
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some("+00:00".into())),
        DataType::Struct(fields) => DataType::Struct(in_offsets(fields)),
        DataType::List(item) => DataType::List(in_offset(item)),
        other => other.clone(),
    };
    Arc::new(Field::new(field.name(), kind, field.is_nullable()))
}
