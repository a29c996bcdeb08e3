//! The derived columns against a slow reading of the same JSON.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int64Type, TimestampMillisecondType};
use arrow::record_batch::RecordBatch;
use gc_analytics::{EXPORTED_AT_COLUMN, SOURCE_COLUMN, Via};
use serde_json::{Value, json};

use crate::support::{World, body, config, day, decode, decoder};

const DERIVED: [&str; 11] = [
    "mediaTypes",
    "queueIds",
    "userIds",
    "wrapUpCodes",
    "durationMs",
    "queueWaitMs",
    "talkMs",
    "holdMs",
    "wrapUpMs",
    "handleMs",
    "abandoned",
];

/// Reads the derived columns of a row.
fn derived(batch: &RecordBatch, row: usize) -> Value {
    let fields = DERIVED.map(|name| {
        let column = batch.column_by_name(name).unwrap();
        let value = match name {
            _ if column.is_null(row) => Value::Null,
            "abandoned" => json!(column.as_boolean().value(row)),
            _ if name.ends_with("Ms") => json!(column.as_primitive::<Int64Type>().value(row)),
            _ => {
                let list = column.as_list::<i32>().value(row);
                json!(list.as_string::<i32>().iter().flatten().collect::<Vec<_>>())
            }
        };
        (name.to_owned(), value)
    });
    Value::Object(fields.into_iter().collect())
}

fn all<'a>(values: &[&'a Value], key: &str) -> Vec<&'a Value> {
    values
        .iter()
        .filter_map(|value| value[key].as_array())
        .flatten()
        .collect()
}

fn distinct(values: &[&Value], key: &str) -> Value {
    let mut seen = Vec::new();
    for text in values.iter().filter_map(|value| value[key].as_str()) {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    json!(seen)
}

fn milliseconds(value: &Value) -> Option<i64> {
    let instant: jiff::Timestamp = value.as_str()?.parse().ok()?;
    Some(instant.as_millisecond())
}

/// Works the derived columns out from the record itself.
fn expected(record: &Value) -> Value {
    let participants = all(&[record], "participants");
    let sessions = all(&participants, "sessions");
    let segments = all(&sessions, "segments");
    let metrics = all(&sessions, "metrics");
    let sum = |name: &str| -> Option<i64> {
        let values = metrics.iter().filter(|metric| metric["name"] == name);
        let values: Vec<_> = values
            .filter_map(|metric| metric["value"].as_i64())
            .collect();
        (!values.is_empty()).then(|| values.into_iter().fold(0, i64::saturating_add))
    };
    let (start, end) = (
        milliseconds(&record["conversationStart"]),
        milliseconds(&record["conversationEnd"]),
    );
    json!({
        "mediaTypes": distinct(&sessions, "mediaType"),
        "queueIds": distinct(&segments, "queueId"),
        "userIds": distinct(&participants, "userId"),
        "wrapUpCodes": distinct(&segments, "wrapUpCode"),
        "durationMs": end.zip(start).map(|(end, start)| end - start),
        "queueWaitMs": sum("tAcd"),
        "talkMs": sum("tTalkComplete"),
        "holdMs": sum("tHeldComplete"),
        "wrapUpMs": sum("tAcw"),
        "handleMs": sum("tHandle"),
        "abandoned": metrics.iter().any(|metric| metric["name"] == "tAbandon"),
    })
}

#[tokio::test]
async fn derived_columns_are_what_the_nested_ones_say() {
    let world = World::start(config(1_500)).await;
    let truth = world.sim.control().conversations(day());
    let records: Vec<_> = truth
        .iter()
        .map(|record| std::str::from_utf8(record).unwrap().to_owned())
        .collect();
    let rows = decode(body(&records));
    assert_eq!(rows.batch.num_rows(), records.len());
    let (mut abandoned, mut held) = (0, 0);
    for (row, record) in records.iter().enumerate() {
        let record: Value = serde_json::from_str(record).unwrap();
        let found = derived(&rows.batch, row);
        assert_eq!(found, expected(&record), "{}", record["conversationId"]);
        abandoned += usize::from(found["abandoned"] == true);
        held += usize::from(!found["holdMs"].is_null());
    }
    assert!(abandoned > 0 && abandoned < records.len());
    assert!(held > 0 && held < records.len());
}

#[test]
fn derived_columns_bear_what_is_missing_or_odd() {
    let start = format!("{}T01:00:00Z", day());
    for record in [
        json!({}),
        json!({"participants": null}),
        json!({"participants": []}),
        json!({"participants": [null, {}, {"sessions": null}, {"sessions": [null, {}]}]}),
        json!({"participants": [{"userId": "u", "sessions": [{"segments": [null], "metrics": [null, {}]}]}]}),
        json!({"participants": [{"userId": null}, {"userId": "u"}, {"userId": "u"}, {"userId": ""}]}),
        json!({"participants": [{"sessions": [{"metrics": [
            {"name": "tAcd"}, {"name": "tAbandon"}, {"value": 5}, {"name": "tTalkComplete", "value": 0},
            {"name": "tHandle", "value": i64::MAX}, {"name": "tHandle", "value": 1},
            {"name": "tHeldComplete", "value": 2}, {"name": "tHeldComplete", "value": null},
            {"name": "tAcw", "value": 5_184_000_000_i64}]}]}]}),
        json!({"conversationEnd": format!("{}T00:59:59.5Z", day())}),
        json!({"conversationEnd": "2027-01-20T00:00:00.000Z"}),
    ] {
        let mut record = record;
        record["conversationId"] = json!("a");
        record["conversationStart"] = json!(start);
        let rows = decode(body(&[record.to_string()]));
        assert_eq!(rows.batch.num_rows(), 1, "{record}: {:?}", rows.set_aside);
        assert_eq!(derived(&rows.batch, 0), expected(&record), "{record}");
    }
}

#[test]
fn provenance_says_by_which_way_and_when() {
    let record = format!(
        r#"{{"conversationId":"a","conversationStart":"{}T00:00:00Z"}}"#,
        day()
    );
    for via in [Via::Job, Via::Query] {
        let page = gc_analytics::Page::parse(body(&[&record]).into()).unwrap();
        let rows = decoder(via).decode(&page).unwrap();
        let source = rows
            .batch
            .column_by_name(SOURCE_COLUMN)
            .unwrap()
            .as_string::<i32>();
        assert_eq!(source.value(0), via.as_str());
        let exported = rows.batch.column_by_name(EXPORTED_AT_COLUMN).unwrap();
        let exported = exported.as_primitive::<TimestampMillisecondType>();
        assert_eq!(exported.value(0), day().next().start().as_millisecond());
        assert_eq!(rows.batch.schema(), gc_analytics::conversation_schema());
    }
}
