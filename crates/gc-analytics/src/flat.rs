//! Flat tables: one row for each participant, session, segment, metric, made from the nested columns of
//! conversations that are there already. No JSON is read a second time.
//!
//! - A row has the key of its conversation, the place of each list item on the way to it, counted from 0, and
//!   some columns of the items that it passed, so that most questions need no join.
//! - Then come all fields of its model but those that have a table of their own.
//! - Rows come in the order of their conversations, and within one in the order of the lists.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, ListArray, RecordBatch, StringBuilder, StructArray,
    UInt64Array,
};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef};
use arrow::error::ArrowError;
use gc_arrow::Field;

use crate::schema::{CONVERSATION, METRIC, PARTICIPANT, SEGMENT, SESSION};

/// The columns of its conversation that each row begins with.
const OF_THE_CONVERSATION: [&str; 2] = ["conversationId", "conversationStart"];
/// The lists whose items have a table of their own.
const TABLES: [&str; 3] = ["sessions", "segments", "metrics"];
/// A session's queue: that of its first segment that has one. Not a field of the platform's.
const QUEUE: &str = "queueId";

/// A flat table.
#[derive(Clone, Copy, Debug)]
pub struct FlatTable {
    /// Its name.
    pub name: &'static str,
    /// The way from a conversation to a row.
    steps: &'static [Step],
    /// The model of a row.
    fields: &'static [Field],
}

/// One list on the way to a row.
#[derive(Clone, Copy, Debug)]
struct Step {
    list: &'static str,
    /// The column that says at which place of the list.
    ordinal: &'static str,
    /// What each row below keeps of the item.
    kept: &'static [&'static str],
    model: &'static [Field],
}

const PARTICIPANTS: Step = Step {
    list: "participants",
    ordinal: "participantOrdinal",
    kept: &[],
    model: PARTICIPANT,
};
const OF_A_PARTICIPANT: Step = Step {
    kept: &["participantId", "purpose", "userId"],
    ..PARTICIPANTS
};
const SESSIONS: Step = Step {
    list: "sessions",
    ordinal: "sessionOrdinal",
    kept: &[QUEUE],
    model: SESSION,
};
const OF_A_SESSION: Step = Step {
    kept: &["sessionId", "mediaType"],
    ..SESSIONS
};
const OF_A_SESSION_IN_A_QUEUE: Step = Step {
    kept: &["sessionId", "mediaType", QUEUE],
    ..SESSIONS
};
const SEGMENTS: Step = Step {
    list: "segments",
    ordinal: "segmentOrdinal",
    kept: &[],
    model: SEGMENT,
};
const METRICS: Step = Step {
    list: "metrics",
    ordinal: "metricOrdinal",
    kept: &[],
    model: METRIC,
};

/// Every flat table. The next one is a line.
pub const FLAT_TABLES: &[FlatTable] = &[
    table("participants", &[PARTICIPANTS], PARTICIPANT),
    table("sessions", &[OF_A_PARTICIPANT, SESSIONS], SESSION),
    table(
        "segments",
        &[OF_A_PARTICIPANT, OF_A_SESSION, SEGMENTS],
        SEGMENT,
    ),
    table(
        "metrics",
        &[OF_A_PARTICIPANT, OF_A_SESSION_IN_A_QUEUE, METRICS],
        METRIC,
    ),
];

const fn table(name: &'static str, steps: &'static [Step], fields: &'static [Field]) -> FlatTable {
    FlatTable {
        name,
        steps,
        fields,
    }
}

impl FlatTable {
    /// Returns its columns.
    pub fn schema(&self) -> SchemaRef {
        let mut fields: Vec<_> = OF_THE_CONVERSATION
            .iter()
            .map(|name| column_of(CONVERSATION, name))
            .collect();
        for step in self.steps {
            fields.push(ArrowField::new(step.ordinal, DataType::Int64, true));
            fields.extend(step.kept.iter().map(|name| column_of(step.model, name)));
        }
        fields.extend(self.own().map(|field| column_of(self.fields, field.name)));
        Arc::new(Schema::new(fields))
    }

    /// The fields of its model that are columns.
    fn own(&self) -> impl Iterator<Item = &'static Field> {
        self.fields
            .iter()
            .filter(|field| !TABLES.contains(&field.name))
    }

    /// Returns its rows for a batch of conversations.
    ///
    /// # Errors
    ///
    /// When the batch lacks the platform's columns, or its rows have more items than 64 bits count.
    pub fn rows(&self, conversations: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = OF_THE_CONVERSATION
            .iter()
            .map(|name| present(conversations.column_by_name(name), name))
            .collect::<Result<_, _>>()?;
        let mut items = StructArray::from(conversations.clone());
        for step in self.steps {
            let list = present(items.column_by_name(step.list), step.list)?;
            let spread = Spread::of(list.as_list());
            for column in &mut columns {
                *column = take(column, &spread.parents, None)?;
            }
            items = spread.items;
            columns.push(Arc::new(spread.ordinals));
            for name in step.kept {
                columns.push(kept(&items, name)?);
            }
        }
        for field in self.own() {
            columns.push(present(items.column_by_name(field.name), field.name)?);
        }
        RecordBatch::try_new(self.schema(), columns)
    }
}

/// Returns the column of a model's field, or of a session's queue.
fn column_of(model: &[Field], name: &str) -> ArrowField {
    let field = model.iter().find(|field| field.name == name);
    let kind = field.map_or(DataType::Utf8, |field| field.kind.data_type());
    ArrowField::new(name, kind, true)
}

fn present(column: Option<&ArrayRef>, name: &str) -> Result<ArrayRef, ArrowError> {
    let absent = || ArrowError::SchemaError(format!("there is no `{name}`"));
    column.cloned().ok_or_else(absent)
}

/// Returns what rows keep of an item they passed.
fn kept(items: &StructArray, name: &str) -> Result<ArrayRef, ArrowError> {
    match items.column_by_name(name) {
        Some(column) => Ok(Arc::clone(column)),
        None => session_queues(items),
    }
}

/// Returns the queue of each session.
fn session_queues(sessions: &StructArray) -> Result<ArrayRef, ArrowError> {
    let segments = present(sessions.column_by_name("segments"), "segments")?;
    let segments: &ListArray = segments.as_list();
    let items: &StructArray = segments.values().as_struct();
    let queues = present(items.column_by_name(QUEUE), QUEUE)?;
    let queues = queues.as_string::<i32>();
    let mut found = StringBuilder::new();
    for slot in 0..segments.len() {
        let first = items_of(segments, slot).find(|item| queues.is_valid(*item));
        found.append_option(first.map(|item| queues.value(item)));
    }
    Ok(Arc::new(found.finish()))
}

/// The items of the list in `slot`. A list that is null has none.
fn items_of(list: &ListArray, slot: usize) -> std::ops::Range<usize> {
    if list.is_null(slot) {
        return 0..0;
    }
    let at = |slot: usize| {
        let offset = list.value_offsets()[slot];
        usize::try_from(offset).expect("offsets are never negative")
    };
    at(slot)..at(slot + 1)
}

/// The items of all lists of a column, one after the other.
struct Spread {
    /// In which row each one was.
    parents: UInt64Array,
    /// At which place of its list.
    ordinals: Int64Array,
    items: StructArray,
}

impl Spread {
    fn of(list: &ListArray) -> Self {
        let (mut parents, mut ordinals) = (Vec::new(), Vec::new());
        for slot in 0..list.len() {
            let count = items_of(list, slot).len();
            parents.extend(std::iter::repeat_n(slot as u64, count));
            ordinals.extend((0_i64..).take(count));
        }
        Self {
            items: items(list, parents.len()),
            parents: parents.into(),
            ordinals: ordinals.into(),
        }
    }
}

/// Returns the items of all lists: a slice, unless a list that is null hides some.
fn items(list: &ListArray, count: usize) -> StructArray {
    let offsets = list.value_offsets();
    let at = |slot: usize| usize::try_from(offsets[slot]).expect("offsets are never negative");
    let (first, end) = (at(0), at(list.len()));
    let values: &StructArray = list.values().as_struct();
    if end - first == count {
        return values.slice(first, count);
    }
    let shown = (0..list.len()).flat_map(|slot| items_of(list, slot));
    let shown: UInt64Array = shown.map(|item| item as u64).collect::<Vec<_>>().into();
    let taken = take(values, &shown, None).expect("every place is within the list");
    taken.as_struct().clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Page, RowDecoder, Via};
    use bytes::Bytes;

    const BODY: &str = r#"{"conversations":[
        {"conversationId":"a","conversationStart":"2026-11-21T01:00:00Z"},
        {"conversationId":"b","conversationStart":"2026-11-21T02:00:00Z","participants":[
            {"participantId":"p0","sessions":[]},
            {"participantId":"p1","purpose":"agent","userId":"u","attributes":{"k":"v"},"sessions":[
                {"sessionId":"s0","mediaType":"voice","metrics":[{"name":"tAcd","value":7}]},
                {"sessionId":"s1","segments":[{"segmentType":"alert"},{"queueId":"q"}],
                 "metrics":[{"name":"tHandle","value":1},{"name":"tAcw"}]}]}]},
        {"conversationId":"c","conversationStart":"2026-11-21T03:00:00Z","participants":[
            {"participantId":"p2","sessions":[{"metrics":[{"name":"nOffered","value":1}]}]}]}]}"#;

    fn conversations() -> RecordBatch {
        let interval = "2026-11-21".parse::<gc_core::Day>().unwrap().interval();
        let page = Page::parse(Bytes::from_static(BODY.as_bytes())).unwrap();
        let mut decoder = RowDecoder::new(interval, Via::Job, interval.end);
        decoder.decode(&page).unwrap().batch
    }

    fn rows(name: &str, conversations: &RecordBatch) -> RecordBatch {
        let table = FLAT_TABLES.iter().find(|table| table.name == name);
        table.unwrap().rows(conversations).unwrap()
    }

    /// The values of some columns of each row, as text.
    fn told(batch: &RecordBatch, columns: &[&str]) -> Vec<String> {
        let cell = |name: &&str, row| {
            let column = batch.column_by_name(name).unwrap();
            arrow::util::display::array_value_to_string(column, row).unwrap()
        };
        let line = |row| {
            columns
                .iter()
                .map(|name| cell(name, row))
                .collect::<Vec<_>>()
        };
        (0..batch.num_rows())
            .map(|row| line(row).join(" "))
            .collect()
    }

    #[test]
    fn each_metric_knows_its_session_and_its_queue() {
        let found = told(
            &rows("metrics", &conversations()),
            &[
                "conversationId",
                "participantOrdinal",
                "userId",
                "sessionOrdinal",
                "sessionId",
                "queueId",
                "metricOrdinal",
                "name",
                "value",
            ],
        );
        let expected = [
            "b 1 u 0 s0  0 tAcd 7",
            "b 1 u 1 s1 q 0 tHandle 1",
            "b 1 u 1 s1 q 1 tAcw ",
            "c 0  0   0 nOffered 1",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_slice_of_conversations_has_the_rows_of_these_alone() {
        let slice = conversations().slice(2, 1);
        let found = told(
            &rows("sessions", &slice),
            &["conversationId", "sessionOrdinal"],
        );
        assert_eq!(found, ["c 0"]);
        let none = rows("segments", &slice);
        assert_eq!(none.num_rows(), 0);
    }

    #[test]
    fn items_behind_a_null_do_not_show() {
        let batch = conversations();
        let (schema, mut columns, _) = batch.into_parts();
        let place = schema.index_of("participants").unwrap();
        let list: &ListArray = columns[place].as_list();
        let (field, offsets, values, _) = list.clone().into_parts();
        let nulls = Some(vec![true, false, true].into());
        columns[place] = Arc::new(ListArray::new(field, offsets, values, nulls));
        let batch = RecordBatch::try_new(schema, columns).unwrap();
        let found = told(
            &rows("participants", &batch),
            &["conversationId", "participantId"],
        );
        assert_eq!(found, ["c p2"]);
    }

    #[test]
    fn no_two_columns_of_a_table_share_a_name() {
        for table in FLAT_TABLES {
            let schema = table.schema();
            let mut names: Vec<_> = schema.fields().iter().map(|one| one.name()).collect();
            names.sort();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count, "{}", table.name);
        }
    }
}
