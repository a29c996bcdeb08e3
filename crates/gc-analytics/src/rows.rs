//! Pages into rows.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions, StringArray,
    TimestampMillisecondArray,
};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimestampMillisecondType};
use bytes::Bytes;
use gc_arrow::{BatchBuilder, Built, EXTRA_COLUMN, RecordSeed, utc_milliseconds};
use gc_core::Interval;
use jiff::Timestamp;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::derived;
use crate::envelope::{self, BrokenPage, Envelope, RECORDS};
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
    ///
    /// The page is read in one go. Only when that fails are its records taken apart first, so that
    /// the one that does not fit can be set aside.
    ///
    /// # Errors
    ///
    /// [`BrokenPage`] when the page is no complete JSON object.
    pub fn decode(&mut self, page: &Page) -> Result<Rows, BrokenPage> {
        if let Some(rows) = self.decode_whole(page) {
            return Ok(rows);
        }
        self.builder.discard();
        self.decode_apart(page)
    }

    fn decode_whole(&mut self, page: &Page) -> Option<Rows> {
        if !page.is_utf8() {
            return None;
        }
        let mut parser = sonic_rs::Deserializer::from_str(page.text());
        let body = Body {
            builder: &mut self.builder,
            text: page.text(),
        };
        let envelope = body.deserialize(&mut parser).ok()?;
        parser.end().ok()?;
        let same = (&envelope.cursor, &envelope.total_hits)
            == (&page.envelope().cursor, &page.envelope().total_hits);
        if !same {
            return None;
        }
        let built = self.builder.finish();
        let mut unplaced = 0;
        let rows = self.place(built, |_row, _reason| unplaced += 1);
        (unplaced == 0).then_some(rows)
    }

    fn decode_apart(&mut self, page: &Page) -> Result<Rows, BrokenPage> {
        let shallow = envelope::shallow(page.text());
        let text = &*shallow;
        if Envelope::walk(text)? != *page.envelope() {
            return Err(BrokenPage);
        }
        let mut set_aside = Vec::new();
        let mut accepted = Vec::new();
        for entry in envelope::entries(text)? {
            let (key, value) = entry?;
            if key != RECORDS {
                continue;
            }
            for record in envelope::records(value)? {
                let raw = page.received(text, record.as_raw_str());
                let pushed = match std::str::from_utf8(&raw) {
                    Ok(record) => self
                        .builder
                        .push(record)
                        .map_err(|misfit| misfit.to_string()),
                    Err(_) => Err("the record is not UTF-8".to_owned()),
                };
                match pushed {
                    Ok(()) => accepted.push(raw),
                    Err(reason) => set_aside.push(SetAside {
                        record: raw,
                        reason,
                    }),
                }
            }
        }
        let built = self.builder.finish();
        let mut rows = self.place(built, |row, reason| {
            let (record, reason) = (accepted[row].clone(), reason.to_owned());
            set_aside.push(SetAside { record, reason });
        });
        rows.set_aside = set_aside;
        Ok(rows)
    }

    /// Keeps the rows that belong to the interval; reports those of which nobody can say.
    fn place(&self, built: Built, mut report: impl FnMut(usize, &'static str)) -> Rows {
        let mut outside = 0;
        let keep = self
            .placements(&built.batch)
            .enumerate()
            .map(|(row, placement)| {
                match placement {
                    Placement::Inside => return true,
                    Placement::Outside => outside += 1,
                    Placement::Unknown(reason) => report(row, reason),
                }
                false
            });
        let keep = BooleanArray::from(keep.collect::<Vec<_>>());
        let batch = self.complete(&only(&built.batch, &keep));
        Rows {
            batch,
            set_aside: Vec::new(),
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

/// A body on its way into a batch.
struct Body<'a> {
    builder: &'a mut BatchBuilder,
    text: &'a str,
}

impl<'de> DeserializeSeed<'de> for Body<'_> {
    type Value = Envelope;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Envelope, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Body<'_> {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an answer of the platform")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope, A::Error> {
        let mut envelope = Envelope::default();
        while let Some(key) = map.next_key::<String>()? {
            if key == RECORDS {
                map.next_value_seed(Records {
                    builder: self.builder,
                    text: self.text,
                })?;
            } else {
                envelope.read(&key, &mut map, self.text)?;
            }
        }
        Ok(envelope)
    }
}

/// A list of records on its way into a batch.
struct Records<'a> {
    builder: &'a mut BatchBuilder,
    text: &'a str,
}

impl<'de> DeserializeSeed<'de> for Records<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // Told what to expect, the parser would follow something else to its end, however deep.
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Records<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut records: A) -> Result<(), A::Error> {
        let bytes = self.text.len();
        self.builder.reserve(bytes).map_err(A::Error::custom)?;
        while records
            .next_element_seed(RecordSeed::new(self.builder, self.text))?
            .is_some()
        {}
        Ok(())
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    fn decode(body: &'static [u8]) -> Rows {
        let interval = "2026-11-21".parse::<gc_core::Day>().unwrap().interval();
        let page = Page::parse(Bytes::from_static(body)).unwrap();
        RowDecoder::new(interval, Via::Job, interval.end)
            .decode(&page)
            .unwrap()
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
