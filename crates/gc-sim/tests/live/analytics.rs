//! Live conversations, as analytics has them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use gc_core::{Day, FixedClock};
use gc_sim::{Control, SimConfig};
use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::socket::busy;
use crate::client::{Client, body, day, ids, job_body, read};

const EVENING: &str = "2026-12-05T23:40:00Z";

/// A floor that opens twenty minutes before midnight, and a watermark that is past everything.
fn evening() -> SimConfig {
    let mut config = busy();
    config.clock = Arc::new(FixedClock(EVENING.parse().unwrap()));
    config.live.rate = gc_sim::LiveRate::ConversationsPerHour(300.0);
    config.watermark = Some(day("2026-12-20").start());
    config
}

fn days() -> (Day, Day) {
    (day("2026-12-05"), day("2026-12-06"))
}

async fn hours(control: &Control, count: u64) {
    let (control, by) = (control.clone(), Duration::from_hours(count));
    tokio::task::spawn_blocking(move || control.live_advance(by))
        .await
        .unwrap();
}

/// The ids of live conversations for which something holds.
fn those(control: &Control, holds: impl Fn(Day, Day) -> bool) -> BTreeSet<String> {
    let all = control.live_conversations().into_iter();
    let ended = all.filter(|one| holds(Day::of(one.start), Day::of(one.over.unwrap_or(one.start))));
    ended.map(|one| one.id).collect()
}

fn set(ids: Vec<String>) -> BTreeSet<String> {
    ids.into_iter().collect()
}

#[tokio::test]
async fn query_goes_by_the_day_of_the_start_and_the_job_by_activity() {
    let client = Client::start(evening()).await;
    let control = client.sim.control();
    hours(&control, 1).await;
    control.live_finish();
    let (first, second) = days();
    let across = those(&control, |start, over| start == first && over == second);
    assert!(!across.is_empty());
    for day in [first, second] {
        let started = those(&control, |start, _| start == day);
        assert_eq!(set(client.query_all(body(day), 50).await), started);
        assert_eq!(set(client.job_all(&job_body(day), 50).await), started);
        assert_eq!(set(control.conversations(day).ids()), started);
    }
    let active = those(&control, |_, over| over == second);
    assert!(active.is_superset(&across));
    assert_eq!(set(client.job_all(&body(second), 50).await), active);
}

#[tokio::test]
async fn job_knows_what_happened_by_the_watermark_and_the_query_everything() {
    let mut config = evening();
    let watermark: Timestamp = "2026-12-05T23:50:00Z".parse().unwrap();
    config.watermark = Some(watermark);
    let client = Client::start(config).await;
    let control = client.sim.control();
    hours(&control, 2).await;
    let (first, _) = days();
    let begun = control
        .live_conversations()
        .into_iter()
        .filter(|one| one.start <= watermark);
    let begun: BTreeSet<String> = begun.map(|one| one.id).collect();
    let pages = client.job_pages(&job_body(first), 1000).await;
    assert_eq!(set(ids(&pages[0])), begun);
    let rows = pages[0]["conversations"].as_array().unwrap();
    let open = rows
        .iter()
        .filter(|row| row.get("conversationEnd").is_none());
    assert!(open.count() > 0);
    let latest = rows
        .iter()
        .filter_map(|row| row["conversationEnd"].as_str())
        .max()
        .unwrap();
    assert!(latest.parse::<Timestamp>().unwrap() <= watermark);
    assert!(client.query_all(body(first), 100).await.len() > begun.len());
}

#[tokio::test]
async fn query_learns_of_changes_after_its_delay() {
    let mut config = evening();
    config.live.query_delay = Duration::from_mins(5);
    let client = Client::start(config).await;
    let control = client.sim.control();
    let (first, _) = days();
    control.live_advance(Duration::from_mins(5));
    assert!(client.query_all(body(first), 50).await.is_empty());
    control.live_advance(Duration::from_mins(5));
    let known = client.query_all(body(first), 50).await;
    let all = control.live_conversations();
    let half = control.live_now() - jiff::SignedDuration::from_mins(5);
    let begun = all.iter().filter(|one| one.start <= half);
    assert_eq!(known, begun.map(|one| one.id.clone()).collect::<Vec<_>>());
    let unknown = &all.last().unwrap().id;
    let path = |id: &str| format!("/api/v2/analytics/conversations/{id}/details");
    let answer = client.get(&path(unknown)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let (_, one) = read(client.get(&path(&known[0])).send().await.unwrap()).await;
    assert_eq!(one["conversationId"], known[0]);
    assert!(one["participants"][0].get("attributes").is_none());
}

#[tokio::test]
async fn filters_find_live_conversations() {
    let client = Client::start(evening()).await;
    let control = client.sim.control();
    control.live_advance(Duration::from_mins(10));
    let (first, _) = days();
    let mut ask = body(first);
    let predicate = json!({ "dimension": "mediaType", "value": "email" });
    ask["segmentFilters"] = json!([{ "type": "and", "predicates": [predicate] }]);
    let mails = control
        .live_conversations()
        .into_iter()
        .filter(|one| one.media_type == "email");
    assert_eq!(
        set(client.query_all(ask, 50).await),
        mails.map(|one| one.id).collect()
    );
}

/// What is left of a conversation when its last snapshot and its record are boiled down: every
/// party with its leg, user, queue and end.
fn parties(
    value: &Value,
    id: &str,
    read: impl Fn(&Value) -> [Value; 5],
) -> (Value, Vec<[Value; 5]>) {
    let participants = value["participants"].as_array().unwrap();
    (value[id].clone(), participants.iter().map(read).collect())
}

fn seen(party: &Value) -> [Value; 5] {
    let legs = ["calls", "callbacks", "chats", "emails", "messages"];
    let leg = legs
        .iter()
        .find_map(|media| party[*media].as_array()?.first())
        .unwrap();
    let ended = ["disconnected", "terminated"].contains(&leg["state"].as_str().unwrap());
    assert!(ended, "{leg}");
    let queue = party["queueId"].clone();
    let [id, user] = ["id", "userId"].map(|key| party[key].clone());
    [id, leg["id"].clone(), user, queue, party["endTime"].clone()]
}

fn recorded(party: &Value) -> [Value; 5] {
    let session = &party["sessions"][0];
    let segments = session["segments"].as_array().unwrap();
    let mut worked = segments
        .iter()
        .filter(|segment| segment["segmentType"] != "wrapup");
    let last = worked.next_back().unwrap();
    let [id, user] = ["participantId", "userId"].map(|key| party[key].clone());
    [
        id,
        session["sessionId"].clone(),
        user,
        last["queueId"].clone(),
        last["segmentEnd"].clone(),
    ]
}

#[tokio::test]
async fn last_snapshot_of_every_conversation_agrees_with_its_record() {
    let client = Client::start(evening()).await;
    let control = client.sim.control();
    hours(&control, 1).await;
    control.live_finish();
    let events = control.events();
    let mut checked = 0;
    for conversation in control.live_conversations() {
        let id = Some(conversation.id.as_str());
        let last = events
            .iter()
            .rev()
            .find(|event| event.conversation_id.as_deref() == id);
        let Some(last) = last else { continue };
        let frame: Value = serde_json::from_str(last.frame.as_ref().unwrap()).unwrap();
        let record = control.live_record(&conversation.id).unwrap();
        let record: Value = serde_json::from_str(&record).unwrap();
        let end = conversation.end.unwrap();
        assert_eq!(record["conversationEnd"], format!("{end:.3}"));
        assert_eq!(
            frame["eventBody"]["participants"][0]["endTime"],
            record["conversationEnd"]
        );
        let left = parties(&frame["eventBody"], "id", seen);
        assert_eq!(left, parties(&record, "conversationId", recorded));
        checked += 1;
    }
    assert!(checked > 200, "{checked}");
}

#[tokio::test]
async fn watermark_that_follows_the_clock_and_one_that_is_set_are_told() {
    let mut config = evening();
    config.watermark = None;
    config.live.watermark_lag = Some(Duration::from_mins(30));
    let client = Client::start(config).await;
    let control = client.sim.control();
    control.live_advance(Duration::from_mins(10));
    let expected: Timestamp = "2026-12-05T23:20:00Z".parse().unwrap();
    assert_eq!(control.watermark(), expected);
    let topic = "v2.analytics.conversations.details.jobs.availability".to_owned();
    let (_, mut socket) = client.listen(&[topic]).await;
    control.set_watermark("2026-12-05T23:55:00Z".parse().unwrap());
    let told = socket.json().await;
    assert_eq!(
        told["eventBody"]["dataAvailabilityDate"],
        "2026-12-05T23:55:00Z"
    );
}
