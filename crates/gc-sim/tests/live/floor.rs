//! The floor and what its snapshots say.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use gc_sim::{Control, LiveConfig, LiveRate, Running};
use serde_json::Value;

use super::socket::{all_queues, busy, queue_topic};
use crate::client::Client;

fn frames(control: &Control) -> Vec<Value> {
    let frames = control.events().into_iter().filter_map(|event| event.frame);
    frames
        .map(|frame| serde_json::from_str(&frame).unwrap())
        .collect()
}

/// The snapshots of each conversation, in their order.
fn by_conversation(frames: &[Value]) -> BTreeMap<String, Vec<&Value>> {
    let mut all: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for frame in frames {
        let id = frame["eventBody"]["id"].as_str().unwrap();
        all.entry(id.to_owned()).or_default().push(frame);
    }
    all
}

fn legs(snapshot: &Value) -> impl Iterator<Item = &Value> {
    let media = ["calls", "callbacks", "chats", "emails", "messages"];
    let parties = snapshot["eventBody"]["participants"]
        .as_array()
        .unwrap()
        .iter();
    parties.flat_map(move |party| {
        media
            .into_iter()
            .filter_map(|media| party[media].as_array())
            .flatten()
    })
}

#[tokio::test]
async fn floor_has_all_that_happens_on_a_real_one() {
    let client = Client::start(busy()).await;
    let control = client.sim.control();
    control.live_step(8_000);
    control.live_finish();
    let frames = frames(&control);
    let mut seen = BTreeSet::new();
    for leg in frames.iter().flat_map(legs) {
        seen.insert(leg["state"].as_str().unwrap().to_owned());
        seen.extend(leg["disconnectType"].as_str().map(str::to_owned));
        if leg["held"] == true {
            seen.insert("held".to_owned());
        }
    }
    for event in [
        "alerting",
        "connected",
        "disconnected",
        "terminated",
        "dialing",
        "parked",
        "held",
        "transfer",
        "transfer.noanswer",
        "transfer.consult",
        "peer",
        "client",
    ] {
        assert!(seen.contains(event), "{event} of {seen:?}");
    }
    let media: BTreeSet<_> = control
        .live_conversations()
        .iter()
        .map(|one| one.media_type)
        .collect();
    assert_eq!(
        media,
        ["callback", "chat", "email", "message", "voice"].into()
    );
}

#[tokio::test]
async fn snapshots_are_as_many_and_as_large_as_they_should_be() {
    let client = Client::start(busy()).await;
    let control = client.sim.control();
    control.live_step(5_000);
    control.live_finish();
    let events = control.events();
    let instants: BTreeSet<_> = events
        .iter()
        .map(|one| (&one.conversation_id, one.at))
        .collect();
    let conversations = control.live_conversations().len();
    let each = instants.len() * 10 / conversations;
    assert!(
        (75..=105).contains(&each),
        "{each} tenths of a snapshot in each conversation"
    );
    let mut sizes: Vec<usize> = events.iter().map(|event| event.frame_bytes).collect();
    sizes.sort_unstable();
    let middle = sizes[sizes.len() / 2];
    assert!((3_500..=5_500).contains(&middle), "{middle} bytes");
}

#[tokio::test]
async fn conversation_that_is_transferred_shows_on_both_queues() {
    let client = Client::start(busy()).await;
    let control = client.sim.control();
    control.live_step(3_000);
    control.live_finish();
    let frames = frames(&control);
    let mut transferred = 0;
    for one in control.live_conversations() {
        let snapshots = by_conversation(&frames).remove(&one.id).unwrap_or_default();
        let topics: BTreeSet<_> = snapshots
            .iter()
            .map(|frame| frame["topicName"].as_str().unwrap())
            .collect();
        let queues: Vec<String> = one.queue_ids.iter().map(|id| queue_topic(id)).collect();
        assert_eq!(topics, queues.iter().map(String::as_str).collect());
        if queues.len() > 1 {
            let last: Vec<_> = snapshots[snapshots.len() - queues.len()..].to_vec();
            assert!(
                last.windows(2)
                    .all(|pair| pair[0]["eventBody"] == pair[1]["eventBody"])
            );
            transferred += 1;
        }
        if transferred == 5 {
            return;
        }
    }
    panic!("only {transferred} were transferred");
}

#[tokio::test]
async fn media_and_user_topics_show_the_same_conversations_in_their_shapes() {
    let client = Client::start(busy()).await;
    let control = client.sim.control();
    let mut wanted = all_queues(&control);
    wanted.extend(
        all_queues(&control)
            .into_iter()
            .map(|topic| format!("{topic}.calls")),
    );
    let answer = client
        .get("/api/v2/users?pageSize=100")
        .send()
        .await
        .unwrap();
    let users = answer.json::<Value>().await.unwrap();
    for user in users["entities"].as_array().unwrap() {
        let id = user["id"].as_str().unwrap();
        wanted.push(format!("v2.users.{id}?conversations&conversations.calls"));
    }
    let (_, mut socket) = client.listen(&wanted).await;
    control.live_step(400);
    let texts = socket.drain().await;
    let frames: Vec<Value> = texts
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    assert_eq!(frames.len(), control.events().len());
    let topic = |frame: &Value| frame["topicName"].as_str().unwrap().to_owned();
    let flat = frames
        .iter()
        .find(|frame| topic(frame).ends_with(".calls"))
        .unwrap();
    assert!(flat["eventBody"]["participants"][0]["state"].is_string());
    let user = frames
        .iter()
        .find(|frame| topic(frame).starts_with("v2.users."))
        .unwrap();
    let id = topic(user).split('.').nth(2).unwrap().to_owned();
    let parties = user["eventBody"]["participants"].as_array().unwrap();
    assert!(
        parties
            .iter()
            .any(|one| one["userId"] == id || one["user"]["id"] == id)
    );
}

#[tokio::test]
async fn same_seed_and_steps_make_the_same_conversations() {
    let mut records = Vec::new();
    for _ in 0..2 {
        let mut config = busy();
        config.clock =
            std::sync::Arc::new(gc_core::FixedClock("2026-12-01T09:00:00Z".parse().unwrap()));
        let client = Client::start(config).await;
        client.sim.control().live_step(500);
        records.push(client.sim.control().live_records());
    }
    assert_eq!(records[0], records[1]);
}

fn moving(change: impl Fn(&mut LiveConfig)) -> gc_sim::SimConfig {
    let mut config = busy();
    config.live.running = Running::ByItself;
    config.live.rate = LiveRate::SnapshotsPerSecond(200.0);
    change(&mut config.live);
    config
}

#[tokio::test]
async fn floor_that_moves_by_itself_keeps_its_rate_whatever_its_pace() {
    let client = Client::start(moving(|live| live.pace = 1_000.0)).await;
    let control = client.sim.control();
    let (began, base) = (Instant::now(), control.live_now());
    tokio::time::sleep(Duration::from_secs(3)).await;
    let real = began.elapsed().as_millis();
    let world = base
        .duration_until(control.live_now())
        .as_millis()
        .unsigned_abs();
    assert!(
        world.abs_diff(real) < 100,
        "{world} ms of the world in {real}"
    );
    let instants: BTreeSet<_> = control
        .events()
        .into_iter()
        .map(|one| (one.conversation_id, one.at))
        .collect();
    assert!(
        (350..=900).contains(&instants.len()),
        "{} snapshots",
        instants.len()
    );
}

#[tokio::test]
async fn speed_lets_the_world_go_faster_and_pause_stops_it() {
    let client = Client::start(moving(|live| live.speed = 600.0)).await;
    let control = client.sim.control();
    let base = control.live_now();
    tokio::time::sleep(Duration::from_millis(500)).await;
    control.live_pause();
    let (stopped, events) = (control.live_now(), control.live_counts().generated);
    let world = base.duration_until(stopped).as_secs();
    assert!(
        (295..=400).contains(&world),
        "{world} s of the world in half a second"
    );
    assert!(events > 0);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(control.live_now(), stopped);
    control.live_resume();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(control.live_counts().generated > events);
}

#[tokio::test]
async fn log_keeps_as_much_as_it_is_told_to() {
    let mut config = busy();
    config.live.event_log_max = 10;
    config.live.event_log = gc_sim::EventLog::Hashes;
    let client = Client::start(config).await;
    let control = client.sim.control();
    control.live_step(50);
    let events = control.events();
    assert_eq!(events.len(), 10);
    assert!(
        events
            .iter()
            .all(|event| event.frame.is_none() && event.frame_bytes > 0)
    );
    assert_eq!(events[9].sequence, control.live_counts().generated);
    control.clear_events();
    assert!(control.events().is_empty());
}
