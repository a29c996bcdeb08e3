//! One day being replaced: admission, order, change, and what must not happen.

use std::os::unix::fs::MetadataExt as _;

use arrow::array::{AsArray as _, RecordBatch};
use arrow::datatypes::TimestampMillisecondType;
use gc_core::{Class, Classify as _};
use gc_sink::{Archive, Change, Error, Manifest, Path, WriteOptions, layout};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::ParquetMetaData;

use crate::support::{
    CALLS, Call, account, batch, call, calls, day, disk, encode, export, lease, memory, writer,
};

async fn open(archive: &Archive) -> ParquetRecordBatchReaderBuilder<bytes::Bytes> {
    let stored = archive
        .read(&layout::data_file(CALLS.name, day()))
        .await
        .unwrap()
        .unwrap();
    ParquetRecordBatchReaderBuilder::try_new(stored.bytes).unwrap()
}

async fn starts_of_groups(archive: &Archive) -> Vec<Vec<i64>> {
    let groups = open(archive).await.metadata().num_row_groups();
    let mut all = Vec::new();
    for group in 0..groups {
        let reader: ParquetRecordBatchReader = open(archive)
            .await
            .with_row_groups(vec![group])
            .build()
            .unwrap();
        let starts = |batch: RecordBatch| {
            batch
                .column(1)
                .as_primitive::<TimestampMillisecondType>()
                .values()
                .to_vec()
        };
        all.push(reader.flat_map(|batch| starts(batch.unwrap())).collect());
    }
    all
}

#[tokio::test]
async fn rows_are_sorted_within_each_row_group() {
    let archive = memory();
    let held = lease(&archive).await;
    let mut writer = writer(&archive).await;
    for starts in [[5, 3, 4], [1, 2, 9]] {
        let mut group = writer.row_group();
        for start in starts {
            group
                .push(batch(&[call(format!("call {start}"), start)]))
                .unwrap();
        }
        writer.append(group.encode().unwrap()).await.unwrap();
    }
    let mut group = writer.row_group();
    group.push(batch(&[call("x", 7), call("y", 6)])).unwrap();
    group.push(batch(&[call("z", 6), call("w", 5)])).unwrap();
    writer.append(group.encode().unwrap()).await.unwrap();
    writer
        .finish(None)
        .await
        .unwrap()
        .commit(&held)
        .await
        .unwrap()
        .record(account())
        .await
        .unwrap();
    let groups = starts_of_groups(&archive).await;
    assert_eq!(groups, [vec![3, 4, 5], vec![1, 2, 9], vec![5, 6, 6, 7]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_admitted_once_across_threads() {
    let archive = memory();
    let held = lease(&archive).await;
    let mut writer = writer(&archive).await;
    let work = (0..4).map(|thread: i64| {
        let groups = writer.row_groups();
        tokio::task::spawn_blocking(move || {
            let mut group = groups.begin();
            for page in 0..10 {
                // Each thread reads the same keys; row 0 has another content on each.
                let mut rows = calls(page * 100..page * 100 + 100);
                rows[0].turns = Some(i32::try_from(thread).unwrap());
                group.push(batch(&rows)).unwrap();
            }
            group.encode().unwrap()
        })
    });
    for group in work.collect::<Vec<_>>() {
        writer.append(group.await.unwrap()).await.unwrap();
    }
    let finished = writer.finish(None).await.unwrap();
    let contents = finished.contents();
    assert_eq!(
        (
            contents.rows,
            contents.repeated_rows,
            contents.conflicting_rows
        ),
        (1_000, 3_000, 30)
    );
    finished
        .commit(&held)
        .await
        .unwrap()
        .record(account())
        .await
        .unwrap();
    assert_eq!(
        open(&archive).await.metadata().file_metadata().num_rows(),
        1_000
    );
}

#[tokio::test]
async fn unchanged_rows_leave_the_file_alone() {
    let (folder, archive) = disk().await;
    let first = export(&archive, &calls(0..100)).await;
    let file = folder.path().join(&first.contents.file.path);
    let before = (
        std::fs::metadata(&file).unwrap().ino(),
        std::fs::metadata(&file).unwrap().mtime_nsec(),
    );
    let mut rows = calls(0..100);
    rows.reverse();
    for row in &mut rows {
        row.source = "query".into();
    }
    let second = export(&archive, &rows).await;
    let after = (
        std::fs::metadata(&file).unwrap().ino(),
        std::fs::metadata(&file).unwrap().mtime_nsec(),
    );
    assert_eq!(before, after);
    assert_eq!(
        second.contents,
        gc_sink::Contents {
            change: Change::default(),
            ..first.contents
        }
    );
}

#[tokio::test]
async fn file_without_its_manifest_is_replaced_and_compared() {
    let archive = memory();
    let held = lease(&archive).await;
    for expected in [
        Change {
            added: 2,
            ..Change::default()
        },
        Change::default(),
    ] {
        let mut writer = writer(&archive).await;
        let group = encode(&writer, &calls(0..2));
        writer.append(group).await.unwrap();
        let finished = writer.finish(None).await.unwrap();
        assert!(!finished.is_unchanged());
        assert_eq!(finished.contents().change, expected);
        // A crash here: the receipt is lost, the manifest is not written.
        drop(finished.commit(&held).await.unwrap());
    }
    assert!(
        Manifest::list(&archive, CALLS.name)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn damaged_file_counts_as_absent_and_is_replaced() {
    let (folder, archive) = disk().await;
    let first = export(&archive, &calls(0..10)).await;
    let file = folder.path().join(&first.contents.file.path);
    let whole = std::fs::read(&file).unwrap();
    let mut garbled = whole.clone();
    garbled[4..whole.len() / 2].fill(0xff);
    for damage in [
        &b""[..],
        b"PAR1",
        b"not Parquet at all",
        &whole[..whole.len() - 9],
        &garbled,
    ] {
        std::fs::write(&file, damage).unwrap();
        let held = lease(&archive).await;
        let mut writer = writer(&archive).await;
        let group = encode(&writer, &calls(0..10));
        writer.append(group).await.unwrap();
        let finished = writer.finish(Some(&first)).await.unwrap();
        assert!(finished.damaged().is_some());
        assert_eq!(finished.contents().change.added, 10);
        finished
            .commit(&held)
            .await
            .unwrap()
            .record(account())
            .await
            .unwrap();
        held.release().await.unwrap();
        let recount = archive
            .recount(&CALLS, &Path::from(first.contents.file.path.as_str()))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(recount.content_hash, first.contents.content_hash);
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_writer_that_does_not_commit() {
    let (folder, archive) = disk().await;
    let first = export(&archive, &calls(0..10)).await;
    for abort in [true, false] {
        let mut writer = writer(&archive).await;
        writer.set_aside(b"x", "y").await.unwrap();
        let group = encode(&writer, &calls(0..20));
        writer.append(group).await.unwrap();
        if abort {
            writer.abort().await.unwrap();
        } else {
            drop(writer.finish(Some(&first)).await.unwrap());
        }
    }
    assert_eq!(
        std::fs::read_dir(folder.path().join("_gc/tmp/calls"))
            .unwrap()
            .count(),
        0
    );
    assert!(
        archive
            .read(&layout::quarantine_file(CALLS.name, day()))
            .await
            .unwrap()
            .is_none()
    );
    let recount = archive
        .recount(&CALLS, &Path::from(first.contents.file.path.as_str()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(recount.content_hash, first.contents.content_hash);
}

#[tokio::test]
async fn lost_lease_stops_the_commit() {
    let archive = memory();
    let clock = crate::support::Hand::new();
    let acquire = || {
        gc_sink::Lease::acquire(
            &archive,
            CALLS.name,
            std::sync::Arc::new(clock.clone()),
            "1.0",
        )
    };
    let held = acquire().await.unwrap();
    let mut writer = writer(&archive).await;
    let group = encode(&writer, &calls(0..2));
    writer.append(group).await.unwrap();
    let finished = writer.finish(None).await.unwrap();
    clock.forward(31);
    let _thief = acquire().await.unwrap();
    assert!(matches!(
        finished.commit(&held).await,
        Err(Error::LeaseLost { .. })
    ));
    assert!(
        archive
            .partition_files(CALLS.name)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn forgotten_row_group_is_a_defect_not_a_hole() {
    let archive = memory();
    let writer = writer(&archive).await;
    drop(encode(&writer, &calls(0..2)));
    let error = writer.finish(None).await.unwrap_err();
    assert!(matches!(
        error,
        Error::Forgotten {
            admitted: 2,
            appended: 0,
            ..
        }
    ));
    assert_eq!(error.class(), Class::Bug);
}

#[tokio::test]
async fn row_group_is_full_by_rows_or_by_bytes() {
    let archive = memory();
    let by_rows = WriteOptions {
        row_group_rows: 10,
        ..WriteOptions::default()
    };
    let by_bytes = WriteOptions {
        row_group_bytes: 10,
        ..WriteOptions::default()
    };
    for (options, rows) in [(by_rows, 10), (by_bytes, 1)] {
        let schema = crate::support::schema();
        let writer =
            gc_sink::PartitionWriter::begin(&archive, CALLS, day(), schema, options, "1.0")
                .await
                .unwrap();
        let mut group = writer.row_group();
        while !group.is_full() {
            let start = i64::try_from(group.rows()).unwrap();
            group
                .push(batch(&[call(start.to_string(), start)]))
                .unwrap();
        }
        assert_eq!(group.rows(), rows);
    }
}

#[tokio::test]
async fn footer_says_what_is_in_the_file_and_how_it_is_ordered() {
    let archive = memory();
    let manifest = export(&archive, &calls(0..100)).await;
    let reader = open(&archive).await;
    let metadata: &ParquetMetaData = reader.metadata();
    let pairs = metadata.file_metadata().key_value_metadata().unwrap();
    let value = |key: &str| {
        pairs
            .iter()
            .find(|pair| pair.key == key)
            .unwrap()
            .value
            .clone()
            .unwrap()
    };
    assert_eq!(
        value("gc.contentHash"),
        manifest.contents.content_hash.to_string()
    );
    assert_eq!(
        (value("gc.partition"), value("gc.rows")),
        ("date=2026-11-21".into(), "100".into())
    );
    let group = metadata.row_group(0);
    let sorting = &group.sorting_columns().unwrap()[0];
    assert_eq!(
        group
            .column(usize::try_from(sorting.column_idx).unwrap())
            .column_path()
            .string(),
        "start"
    );
    let filters = |column: usize| group.column(column).bloom_filter_offset().is_some();
    assert!(filters(0) && !filters(2));
    assert!(group.column(1).statistics().is_some());
}

#[tokio::test]
async fn null_key_and_other_columns_are_refused() {
    let archive = memory();
    let writer = writer(&archive).await;
    let narrow = batch(&[Call::default()]).project(&[0, 1]).unwrap();
    let error = writer.row_group().push(narrow).unwrap_err();
    assert!(matches!(error, Error::Rows { .. }), "{error}");
}
