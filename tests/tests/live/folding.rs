//! The events of a conversation, folded, agree with what history says of it.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use super::stage::{Live, Row, floor, wait_until};
use crate::stage::Run;

const LEGS: [&str; 5] = ["calls", "callbacks", "chats", "emails", "messages"];

fn texts<'a>(values: impl Iterator<Item = &'a Value>) -> BTreeSet<String> {
    values
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

#[test]
fn the_last_state_of_each_conversation_agrees_with_its_record_in_history() {
    let live = Live::new(floor(100.0));
    let archiver = live.archive(&[]);
    wait_until("events come", || live.control().live_counts().written > 300);
    live.control().live_finish();
    sleep(Duration::from_secs(1));
    live.stop(archiver);

    let mut folded: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in live.rows() {
        folded
            .entry(row.conversation_id.clone().unwrap())
            .or_default()
            .push(row);
    }
    let mut compared = 0;
    for rows in folded.values_mut() {
        rows.sort_by_key(|row| row.received_at);
        let kinds: Vec<&str> = rows.iter().map(|row| row.change_kind.as_str()).collect();
        assert!(kinds.contains(&"ended"), "{kinds:?}");
        let last: Value = serde_json::from_str(&rows.last().unwrap().payload).unwrap();
        let id = last["id"].as_str().unwrap();
        let record = live.control().live_record(id).unwrap();
        let record: Value = serde_json::from_str(&record).unwrap();
        assert_agrees(&last, &record);
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
    let status = Run::of(&mut live.command("status")).ended_with(0).report();
    assert_eq!(
        status["conversations"].as_array().unwrap().len(),
        0,
        "{status:#}"
    );
}

fn assert_agrees(snapshot: &Value, record: &Value) {
    let id = &snapshot["id"];
    assert_eq!(id, &record["conversationId"]);
    let ids = |value: &Value, name: &str| texts(list(value, "participants").map(|one| &one[name]));
    assert_eq!(ids(snapshot, "id"), ids(record, "participantId"), "{id}");
    assert_eq!(ids(snapshot, "userId"), ids(record, "userId"), "{id}");
    let sessions = list(record, "participants").flat_map(|one| list(one, "sessions"));
    let segments = sessions.flat_map(|session| list(session, "segments"));
    let queues = texts(segments.map(|segment| &segment["queueId"]));
    assert!(ids(snapshot, "queueId").is_subset(&queues), "{id}");
    let legs = list(snapshot, "participants")
        .flat_map(|one| LEGS.map(|leg| list(one, leg)).into_iter().flatten());
    let ends: Vec<&str> = legs
        .map(|leg| leg["disconnectedTime"].as_str().unwrap())
        .collect();
    let end: jiff::Timestamp = ends.iter().map(|end| end.parse().unwrap()).max().unwrap();
    let recorded: jiff::Timestamp = record["conversationEnd"].as_str().unwrap().parse().unwrap();
    assert_eq!(end, recorded, "{id}");
}

#[test]
fn snapshots_live_on_over_a_restart() {
    let live = Live::new(floor(60.0));
    let archiver = live.archive(&[]);
    wait_until("events come", || live.control().live_counts().written > 100);
    live.stop(archiver);
    let archiver = live.archive(&[]);
    let before = live.control().live_counts().written;
    wait_until("more events come", || {
        live.control().live_counts().written > before + 150
    });
    live.control().live_pause();
    sleep(Duration::from_millis(500));
    let rows = live.rows();
    live.stop(archiver);
    let mut created: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.change_kind == "created") {
        *created
            .entry(row.conversation_id.clone().unwrap())
            .or_default() += 1;
    }
    assert!(
        created.values().all(|count| *count == 1),
        "created once each: {created:?}"
    );
    let status = Run::of(&mut live.command("status")).ended_with(0).report();
    let open = status["conversations"].as_array().unwrap();
    assert!(!open.is_empty());
    for conversation in open {
        for field in [
            "conversationId",
            "queueId",
            "mediaTypes",
            "state",
            "startedAt",
            "waitingSeconds",
        ] {
            assert!(conversation.get(field).is_some(), "{field}: {conversation}");
        }
    }
}
