//! Flat columns for those who only want to chart, each worked out from the nested ones.
//!
//! | column | formula |
//! |---|---|
//! | `mediaTypes` | distinct `participants[].sessions[].mediaType`, in order of appearance |
//! | `queueIds` | distinct `participants[].sessions[].segments[].queueId` |
//! | `userIds` | distinct `participants[].userId` |
//! | `wrapUpCodes` | distinct `participants[].sessions[].segments[].wrapUpCode` |
//! | `durationMs` | `conversationEnd - conversationStart`; null while the conversation is open |
//! | `queueWaitMs`, `talkMs`, `holdMs`, `wrapUpMs`, `handleMs` | sum of the metric `tAcd`, `tTalkComplete`, `tHeldComplete`, `tAcw`, `tHandle` over all sessions; null where it does not occur |
//! | `abandoned` | whether the metric `tAbandon` occurs |

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanBuilder, Int64Builder, ListArray, ListBuilder, RecordBatch,
    StringArray, StringBuilder, StructArray,
};
use arrow::datatypes::{DataType, Field, Int64Type, TimestampMillisecondType};

/// The sums: column and metric.
const SUMS: [(&str, &str); 5] = [
    ("queueWaitMs", "tAcd"),
    ("talkMs", "tTalkComplete"),
    ("holdMs", "tHeldComplete"),
    ("wrapUpMs", "tAcw"),
    ("handleMs", "tHandle"),
];
const ABANDON: &str = "tAbandon";

/// Returns the fields of the derived columns, in order.
pub(crate) fn fields() -> Vec<Field> {
    let item = Arc::new(Field::new_list_field(DataType::Utf8, true));
    let lists = ["mediaTypes", "queueIds", "userIds", "wrapUpCodes"];
    let lists = lists.map(|name| Field::new(name, DataType::List(Arc::clone(&item)), true));
    let numbers = std::iter::once("durationMs").chain(SUMS.map(|(column, _)| column));
    let numbers = numbers.map(|name| Field::new(name, DataType::Int64, true));
    let abandoned = Field::new("abandoned", DataType::Boolean, true);
    lists
        .into_iter()
        .chain(numbers)
        .chain([abandoned])
        .collect()
}

/// Works out the derived columns of a batch of conversations.
pub(crate) fn columns(batch: &RecordBatch) -> Vec<ArrayRef> {
    let tree = Tree::of(batch);
    let mut derived = Derived::default();
    for row in 0..batch.num_rows() {
        derived.add(&tree, row);
    }
    derived.finish(durations(batch))
}

fn durations(batch: &RecordBatch) -> ArrayRef {
    let times = |name| column(batch, name).as_primitive::<TimestampMillisecondType>();
    let (starts, ends) = (times("conversationStart"), times("conversationEnd"));
    let mut durations = Int64Builder::with_capacity(batch.num_rows());
    for (start, end) in starts.iter().zip(ends) {
        durations.append_option(
            end.zip(start)
                .and_then(|(end, start)| end.checked_sub(start)),
        );
    }
    Arc::new(durations.finish())
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> &'a ArrayRef {
    batch
        .column_by_name(name)
        .expect("the table has this field")
}

fn field<'a>(list: &'a ListArray, name: &str) -> &'a ArrayRef {
    let items: &StructArray = list.values().as_struct();
    items
        .column_by_name(name)
        .expect("the table has this field")
}

/// The nested arrays that the derived columns look at.
struct Tree<'a> {
    participants: &'a ListArray,
    user_ids: &'a StringArray,
    sessions: &'a ListArray,
    media_types: &'a StringArray,
    segments: &'a ListArray,
    queue_ids: &'a StringArray,
    wrap_up_codes: &'a StringArray,
    metrics: &'a ListArray,
    metric_names: &'a StringArray,
    metric_values: &'a arrow::array::Int64Array,
}

impl<'a> Tree<'a> {
    fn of(batch: &'a RecordBatch) -> Self {
        let participants: &ListArray = column(batch, "participants").as_list();
        let sessions: &ListArray = field(participants, "sessions").as_list();
        let segments: &ListArray = field(sessions, "segments").as_list();
        let metrics: &ListArray = field(sessions, "metrics").as_list();
        Self {
            participants,
            user_ids: field(participants, "userId").as_string(),
            sessions,
            media_types: field(sessions, "mediaType").as_string(),
            segments,
            queue_ids: field(segments, "queueId").as_string(),
            wrap_up_codes: field(segments, "wrapUpCode").as_string(),
            metrics,
            metric_names: field(metrics, "name").as_string(),
            metric_values: field(metrics, "value").as_primitive::<Int64Type>(),
        }
    }
}

/// The items of the list in `slot`. A list that is null has none.
fn items(list: &ListArray, slot: usize) -> std::ops::Range<usize> {
    let offsets = list.value_offsets();
    let at = |slot: usize| usize::try_from(offsets[slot]).expect("offsets are never negative");
    if list.is_null(slot) {
        0..0
    } else {
        at(slot)..at(slot + 1)
    }
}

/// The derived columns in the making.
#[derive(Default)]
struct Derived {
    media_types: Distinct,
    queue_ids: Distinct,
    user_ids: Distinct,
    wrap_up_codes: Distinct,
    sums: [Int64Builder; SUMS.len()],
    abandoned: BooleanBuilder,
}

impl Derived {
    fn add(&mut self, tree: &Tree<'_>, row: usize) {
        let mut totals = Totals::default();
        for participant in items(tree.participants, row) {
            self.user_ids.see(tree.user_ids, participant);
            for session in items(tree.sessions, participant) {
                self.media_types.see(tree.media_types, session);
                for segment in items(tree.segments, session) {
                    self.queue_ids.see(tree.queue_ids, segment);
                    self.wrap_up_codes.see(tree.wrap_up_codes, segment);
                }
                for metric in items(tree.metrics, session) {
                    totals.see(tree, metric);
                }
            }
        }
        for distinct in self.lists() {
            distinct.end_row();
        }
        for (sum, total) in self.sums.iter_mut().zip(totals.sums) {
            sum.append_option(total);
        }
        self.abandoned.append_value(totals.abandoned);
    }

    fn lists(&mut self) -> [&mut Distinct; 4] {
        [
            &mut self.media_types,
            &mut self.queue_ids,
            &mut self.user_ids,
            &mut self.wrap_up_codes,
        ]
    }

    fn finish(mut self, durations: ArrayRef) -> Vec<ArrayRef> {
        let lists: Vec<ArrayRef> = self.lists().map(Distinct::finish).into();
        let sums = self
            .sums
            .iter_mut()
            .map(|sum| Arc::new(sum.finish()) as ArrayRef);
        let mut columns = lists;
        columns.push(durations);
        columns.extend(sums);
        columns.push(Arc::new(self.abandoned.finish()));
        columns
    }
}

/// The sums of one conversation.
#[derive(Default)]
struct Totals {
    sums: [Option<i64>; SUMS.len()],
    abandoned: bool,
}

impl Totals {
    fn see(&mut self, tree: &Tree<'_>, metric: usize) {
        if tree.metric_names.is_null(metric) {
            return;
        }
        let name = tree.metric_names.value(metric);
        self.abandoned |= name == ABANDON;
        if tree.metric_values.is_null(metric) {
            return;
        }
        if let Some(at) = SUMS.iter().position(|(_, wanted)| *wanted == name) {
            let value = tree.metric_values.value(metric);
            self.sums[at] = Some(self.sums[at].unwrap_or(0).saturating_add(value));
        }
    }
}

/// A list of the different texts of each row, in order of appearance.
#[derive(Default)]
struct Distinct {
    lists: ListBuilder<StringBuilder>,
    /// The texts of the row in hand, then strings to use again.
    row: Vec<String>,
    used: usize,
}

impl Distinct {
    fn see(&mut self, texts: &StringArray, slot: usize) {
        if texts.is_null(slot) {
            return;
        }
        let text = texts.value(slot);
        if self.row[..self.used].iter().any(|seen| seen == text) {
            return;
        }
        if self.used == self.row.len() {
            self.row.push(String::new());
        }
        // The strings of earlier rows are used again, so that a row allocates nothing.
        self.row[self.used].clear();
        self.row[self.used].push_str(text);
        self.used += 1;
    }

    fn end_row(&mut self) {
        for text in &self.row[..self.used] {
            self.lists.values().append_value(text);
        }
        self.lists.append(true);
        self.used = 0;
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(self.lists.finish())
    }
}
