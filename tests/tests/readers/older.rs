//! Files of earlier schemas, which stay here forever, read together with what is written today.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::engines;
use crate::stage::{Run, Scene, day, past_watermark, python};

/// The day of the fixture, before those that are exported beside it.
const OLDER: &str = "2026-10-20";
/// What the fixture lacks: columns, and fields deep within them.
const LACKS: [&str; 9] = [
    "selfServed",
    "abandoned",
    "_extra",
    "resolutions.",
    "participants.list.item.sessions.list.item.usedRouting",
    "participants.list.item.sessions.list.item.requestedRoutings.",
    "participants.list.item.sessions.list.item.flow.",
    "participants.list.item.sessions.list.item.segments.list.item.conference",
    "participants.list.item.sessions.list.item.segments.list.item.wrapUpNote",
];

/// The archive that an earlier program wrote.
fn fixture() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.join(format!(
        "fixtures/before-0.1/conversations/date={OLDER}/part-0.parquet"
    ))
}

#[test]
fn files_of_an_earlier_schema_read_together_with_new_ones() {
    let scene = Scene::new(past_watermark("2026-11-01", "2026-11-02", 60));
    let mut export = scene.exporting(day("2026-11-01"), day("2026-11-02"));
    Run::of(export.args(["--settle", "none"])).ended_with(0);
    let older = scene.archive.data_file(day(OLDER));
    fs::create_dir_all(older.parent().unwrap()).unwrap();
    fs::copy(fixture(), older).unwrap();
    let mut script = python("older_files.py");
    script.arg(engines()).arg(&scene.archive.0).arg(OLDER);
    println!("{}", Run::of(&mut script).ended_with(0).stdout);
}

/// Writes the fixture: a day of today's schema without some columns. It was run once, with
/// `cargo nextest run --workspace --run-ignored only fixture`, and is not to be run again: what it wrote stands
/// for files that exist.
#[test]
#[ignore = "writes the fixture anew"]
fn the_fixture_is_written() {
    let scene = Scene::new(past_watermark(OLDER, OLDER, 40));
    scene.export(day(OLDER)).ended_with(0);
    let file = File::open(scene.archive.data_file(day(OLDER))).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let columns = builder.parquet_schema().columns().iter().enumerate();
    let kept = columns.filter(|(_, column)| {
        let path = column.path().string();
        !LACKS
            .iter()
            .any(|lack| path == *lack || lack.ends_with('.') && path.starts_with(lack))
    });
    let kept: Vec<usize> = kept.map(|(place, _)| place).collect();
    let mask = ProjectionMask::leaves(builder.parquet_schema(), kept);
    let batches = builder.with_projection(mask).build().unwrap();
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder().set_compression(zstd).build();
    let options = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true);
    fs::create_dir_all(fixture().parent().unwrap()).unwrap();
    let mut batches = batches.map(Result::unwrap).peekable();
    let schema = batches.peek().unwrap().schema();
    let target = File::create(fixture()).unwrap();
    let mut writer = ArrowWriter::try_new_with_options(target, schema, options).unwrap();
    for batch in batches {
        writer.write(&batch).unwrap();
    }
    writer.close().unwrap();
}
