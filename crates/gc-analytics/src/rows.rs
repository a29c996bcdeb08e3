//! Pages into rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, StringArray,
    TimestampMillisecondArray,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimestampMillisecondType};
use bytes::Bytes;
use gc_arrow::{BatchBuilder, EXTRA_COLUMN, utc_milliseconds};
use gc_core::Interval;
use jiff::Timestamp;

use crate::derived;
use crate::page::Page;
use crate::schema::CONVERSATION;
use crate::source::Via;

/// The column that says by which way a row came: `job` or `query`.
pub const SOURCE_COLUMN: &str = "_source";
/// The column that says when the run that fetched a row began.
pub const EXPORTED_AT_COLUMN: &str = "_exportedAt";

/// Returns the columns of `conversations`: the platform's, the derived ones, provenance.
pub fn conversation_schema() -> SchemaRef {
    let platform = gc_arrow::schema(CONVERSATION);
    let derived = derived::fields().into_iter().map(Arc::new);
    let provenance = [
        Field::new(SOURCE_COLUMN, DataType::Utf8, true),
        Field::new(EXPORTED_AT_COLUMN, utc_milliseconds(), true),
        Field::new(EXTRA_COLUMN, DataType::Utf8, true),
    ];
    let fields = platform
        .iter()
        .cloned()
        .chain(derived)
        .chain(provenance.map(Arc::new));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A record that could not become a row.
#[derive(Clone, Debug)]
pub struct SetAside {
    /// The record as received.
    pub record: Bytes,
    /// Why, with the place and never the value.
    pub reason: String,
}

/// What a page became.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The conversations that started within the interval.
    pub batch: RecordBatch,
    /// The records that could not become rows.
    pub set_aside: Vec<SetAside>,
    /// How many conversations started outside the interval and were left out.
    pub outside: u64,
    /// How often each unknown field occurred, by path.
    pub unknown: BTreeMap<String, u64>,
}

/// Turns pages into rows: one for each conversation that started within an interval.
#[derive(Debug)]
pub struct RowDecoder {
    builder: BatchBuilder,
    schema: SchemaRef,
    interval: Interval,
    via: Via,
    exported_at: Timestamp,
}

impl RowDecoder {
    /// Makes a decoder for conversations that started within `interval`.
    pub fn new(interval: Interval, via: Via, exported_at: Timestamp) -> Self {
        let builder = BatchBuilder::new(CONVERSATION);
        Self {
            builder,
            schema: conversation_schema(),
            interval,
            via,
            exported_at,
        }
    }

    /// Turns one page into rows.
    pub fn decode(&mut self, page: &Page) -> Rows {
        let mut set_aside = Vec::new();
        let mut refuse = |record: usize, reason: String| {
            set_aside.push(SetAside {
                record: page.raw(record),
                reason,
            });
        };
        let mut accepted = Vec::with_capacity(page.len());
        for record in 0..page.len() {
            let Some(text) = page.text(record) else {
                refuse(record, "the record is not UTF-8".to_owned());
                continue;
            };
            match self.builder.push(text) {
                Ok(()) => accepted.push(record),
                Err(misfit) => refuse(record, misfit.to_string()),
            }
        }
        let built = self.builder.finish();
        let mut outside = 0;
        let keep = self
            .placements(&built.batch)
            .enumerate()
            .map(|(row, placement)| {
                match placement {
                    Placement::Inside => return true,
                    Placement::Outside => outside += 1,
                    Placement::Unknown(reason) => refuse(accepted[row], reason.to_owned()),
                }
                false
            });
        let keep = BooleanArray::from(keep.collect::<Vec<_>>());
        let batch = self.complete(&only(&built.batch, &keep));
        Rows {
            batch,
            set_aside,
            outside,
            unknown: built.unknown,
        }
    }

    /// Says of each row whether it belongs to the interval.
    fn placements(&self, batch: &RecordBatch) -> impl Iterator<Item = Placement> {
        let ids = column(batch, "conversationId").as_string::<i32>();
        let starts = column(batch, "conversationStart").as_primitive::<TimestampMillisecondType>();
        let interval = self.interval.start.as_millisecond()..self.interval.end.as_millisecond();
        ids.iter().zip(starts).map(move |row| match row {
            (None | Some(""), _) => Placement::Unknown("the record has no `conversationId`"),
            (_, None) => Placement::Unknown("the record has no `conversationStart`"),
            (_, Some(start)) if interval.contains(&start) => Placement::Inside,
            _ => Placement::Outside,
        })
    }

    /// Adds the derived columns and the provenance.
    fn complete(&self, batch: &RecordBatch) -> RecordBatch {
        let rows = batch.num_rows();
        let exported_at = self.exported_at.as_millisecond();
        let exported_at = TimestampMillisecondArray::from_value(exported_at, rows);
        let source = StringArray::from_iter_values(std::iter::repeat_n(self.via.as_str(), rows));
        let (extra, platform) = batch
            .columns()
            .split_last()
            .expect("the last column is ours");
        let mut columns: Vec<ArrayRef> = platform.to_vec();
        columns.extend(derived::columns(batch));
        columns.push(Arc::new(source));
        columns.push(Arc::new(exported_at.with_timezone("UTC")));
        columns.push(Arc::clone(extra));
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
            .expect("the schema was made from the same tables")
    }
}

/// Where a row belongs.
enum Placement {
    Inside,
    Outside,
    Unknown(&'static str),
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> &'a ArrayRef {
    batch
        .column_by_name(name)
        .expect("the table has this field")
}

/// Filters a batch, with no work when every row stays.
fn only(batch: &RecordBatch, keep: &BooleanArray) -> RecordBatch {
    if keep.true_count() == batch.num_rows() {
        return batch.clone();
    }
    filter_record_batch(batch, keep).expect("the filter has as many rows as the batch")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(body: &'static [u8]) -> Rows {
        let interval = "2026-11-21".parse::<gc_core::Day>().unwrap().interval();
        let page = Page::parse(Bytes::from_static(body)).unwrap();
        RowDecoder::new(interval, Via::Job, interval.end).decode(&page)
    }

    #[test]
    fn only_the_day_of_the_start_owns_a_conversation() {
        let rows = decode(
            br#"{"conversations":[
                {"conversationId":"before","conversationStart":"2026-11-20T23:59:59.999Z"},
                {"conversationId":"first","conversationStart":"2026-11-21T00:00:00.000Z"},
                {"conversationId":"last","conversationStart":"2026-11-21T23:59:59.999Z"},
                {"conversationId":"after","conversationStart":"2026-11-22T00:00:00.000Z"}]}"#,
        );
        assert_eq!((rows.batch.num_rows(), rows.outside), (2, 2));
    }

    #[test]
    fn a_record_that_does_not_fit_leaves_its_page_whole() {
        let rows = decode(
            b"{\"conversations\":[
                {\"conversationId\":\"a\",\"conversationStart\":\"2026-11-21T01:00:00Z\"},
                {\"conversationId\":\"b\",\"conversationStart\":\"2026-11-2T01:00:00Z\"},
                {\"conversationId\":7,\"conversationStart\":\"2026-11-21T01:00:00Z\"},
                {\"conversationStart\":\"2026-11-21T01:00:00Z\"},
                {\"conversationId\":\"c\"}, null, 5, \"text\", [],
                {\"conversationId\":\"\\ud800\",\"conversationStart\":\"2026-11-21T01:00:00Z\"},
                {\"conversationId\":\"\xff\",\"conversationStart\":\"2026-11-21T01:00:00Z\"},
                {\"conversationId\":\"z\",\"conversationStart\":\"2026-11-21T02:00:00Z\"}],
              \"cursor\":\"next\"}",
        );
        assert_eq!((rows.batch.num_rows(), rows.outside), (2, 0));
        let reasons: Vec<_> = rows
            .set_aside
            .iter()
            .map(|one| one.reason.as_str())
            .collect();
        assert_eq!(reasons.len(), 10, "{reasons:#?}");
        assert!(rows.set_aside.iter().any(|one| one.record.contains(&0xff)));
    }

    #[test]
    fn an_answer_without_records_has_no_rows() {
        for body in [
            &b"{}"[..],
            br#"{"conversations":[]}"#,
            br#"{"conversations":null}"#,
        ] {
            assert_eq!(decode(body).batch.num_rows(), 0);
        }
    }

    #[test]
    fn a_page_cut_short_is_broken() {
        let whole = br#"{"conversations":[{"conversationId":"a"},{"conversationId":"b"}]}"#;
        for end in 0..whole.len() {
            assert!(
                Page::parse(Bytes::copy_from_slice(&whole[..end])).is_err(),
                "{end}"
            );
        }
        assert!(Page::parse(Bytes::from_static(br#"{"conversations":{}}"#)).is_err());
        assert!(Page::parse(Bytes::from_static(br#"{"conversations":[{"a":1,}]}"#)).is_err());
    }
}
