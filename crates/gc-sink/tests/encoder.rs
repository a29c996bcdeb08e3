//! A file that leaves in pieces.

use bytes::Bytes;
use gc_sink::{FileEncoder, WriteOptions};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::support::{CALLS, batch, calls, schema};

#[test]
fn pieces_one_after_the_other_are_the_file() {
    let options = WriteOptions {
        row_group_rows: 2_000,
        ..WriteOptions::default()
    };
    let begin = || FileEncoder::begin(&CALLS, &schema(), options, "tests").unwrap();
    let (mut whole, mut piecewise) = (begin(), begin());
    let mut pieces: Vec<Bytes> = Vec::new();
    for first in (0..20_000).step_by(1_000) {
        let rows = batch(&calls(first..first + 1_000));
        whole.push(rows.clone()).unwrap();
        piecewise.push(rows).unwrap();
        pieces.push(piecewise.take());
    }
    let written = pieces.iter().filter(|piece| !piece.is_empty()).count();
    assert!(written > 2, "{written} pieces: the rows are held back");
    let (rest, rows) = piecewise.finish().unwrap();
    pieces.push(rest);
    assert_eq!(rows, 20_000);
    let joined = Bytes::from(pieces.concat());
    assert_eq!(joined, whole.finish().unwrap().0);
    let reader = ParquetRecordBatchReaderBuilder::try_new(joined).unwrap();
    let read = reader
        .build()
        .unwrap()
        .map(|batch| batch.unwrap().num_rows());
    assert_eq!(read.sum::<usize>(), 20_000);
}
