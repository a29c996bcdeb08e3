//! Puts the rows of a row group in order of their sort column, and does nothing when they are.

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::compute::interleave_record_batch;
use arrow::datatypes::TimestampMillisecondType;

use crate::Error;

/// Returns the rows of `batches` in ascending order of the timestamp column at `column`, nulls first,
/// rows of one time in the order given. Batches that are in order already are returned as they are.
pub(crate) fn in_order(
    mut batches: Vec<RecordBatch>,
    column: usize,
) -> Result<Vec<RecordBatch>, Error> {
    batches.retain(|batch| batch.num_rows() > 0);
    if batches
        .iter()
        .flat_map(|batch| times(batch, column))
        .is_sorted()
    {
        return Ok(batches);
    }
    if batches.iter().all(|batch| times(batch, column).is_sorted()) {
        batches.sort_by_key(|batch| times(batch, column).next());
        if batches
            .iter()
            .flat_map(|batch| times(batch, column))
            .is_sorted()
        {
            return Ok(batches);
        }
    }
    let mut places: Vec<(i64, usize, usize)> = Vec::new();
    for (number, batch) in batches.iter().enumerate() {
        places.extend(
            times(batch, column)
                .enumerate()
                .map(|(row, time)| (time, number, row)),
        );
    }
    places.sort_unstable();
    let places: Vec<_> = places
        .into_iter()
        .map(|(_, batch, row)| (batch, row))
        .collect();
    let batches: Vec<_> = batches.iter().collect();
    Ok(vec![
        interleave_record_batch(&batches, &places).map_err(Error::Arrange)?,
    ])
}

fn times(batch: &RecordBatch, column: usize) -> impl Iterator<Item = i64> + '_ {
    let times = batch
        .column(column)
        .as_primitive::<TimestampMillisecondType>();
    let nulls = times.nulls();
    let time = move |row, time| {
        if nulls.is_some_and(|nulls| nulls.is_null(row)) {
            i64::MIN
        } else {
            time
        }
    };
    times
        .values()
        .iter()
        .enumerate()
        .map(move |(row, value)| time(row, *value))
}
