//! What goes over a socket.

use std::time::Duration;

use gc_sim::{Burst, LiveEvent};
use serde_json::json;

use super::socket::{all_queues, busy, queue_topic};
use crate::client::Client;

fn frames(events: &[LiveEvent]) -> Vec<String> {
    events
        .iter()
        .filter_map(|event| event.frame.clone())
        .collect()
}

#[tokio::test]
async fn events_go_to_open_subscribed_sockets_and_the_log_says_so() {
    let client = Client::start(busy()).await;
    let control = client.sim.control();
    assert!(control.live_step(20) > 0);
    let (channel, mut socket) = client.listen_to_all().await;
    let before = control.events();
    assert!(before.iter().all(|event| event.written.is_empty()));
    control.live_step(50);
    let texts = socket.drain().await;
    let during = control.events_since(before.last().unwrap().sequence);
    assert_eq!(texts, frames(&during));
    assert!(
        during
            .iter()
            .all(|event| event.written == [channel.clone()])
    );
    drop(socket);
    while control.channels()[0].connected {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let sequence = control.emit(&all_queues(&control)[0], &json!({ "id": "x" }));
    let last = control.events().pop().unwrap();
    assert_eq!((last.sequence, last.written.len()), (sequence, 0));
}

#[tokio::test]
async fn envelopes_carry_topic_version_body_and_a_correlation_id_of_their_own() {
    let client = Client::start(busy()).await;
    let (_, mut socket) = client.listen_to_all().await;
    let control = client.sim.control();
    control.live_step(30);
    let mut correlations = std::collections::BTreeSet::new();
    for event in control.events() {
        let frame = socket.json().await;
        assert_eq!(frame["topicName"], event.topic);
        assert_eq!(frame["version"], "2");
        assert_eq!(frame["eventBody"]["id"], event.conversation_id.unwrap());
        let correlation = frame["metadata"]["CorrelationId"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(correlation, event.correlation_id.to_string());
        assert!(correlations.insert(correlation));
    }
}

#[tokio::test]
async fn heartbeats_come_and_pings_are_answered() {
    let mut config = busy();
    config.live.heartbeat = Duration::from_millis(40);
    let client = Client::start(config).await;
    let (_, mut socket) = client.listen(&[]).await;
    let beat = socket.json().await;
    assert_eq!(beat["topicName"], "channel.metadata");
    assert_eq!(beat["eventBody"]["message"], "WebSocket Heartbeat");
    socket.say(&json!({ "message": "ping" })).await;
    while socket.json().await["eventBody"]["message"] != "pong" {}
}

#[tokio::test]
async fn topics_can_be_subscribed_over_the_socket() {
    let client = Client::start(busy()).await;
    let (_, mut socket) = client.listen(&[]).await;
    let control = client.sim.control();
    let topics = all_queues(&control);
    let ask = json!({ "message": "subscribe", "topics": topics, "correlationId": "c1" });
    socket.say(&ask).await;
    let answer = socket.json().await;
    assert_eq!(
        (&answer["result"], &answer["correlationId"]),
        (&json!("200"), &json!("c1"))
    );
    socket
        .say(&json!({ "message": "subscribe", "topics": ["v2.nonsense"] }))
        .await;
    assert_eq!(socket.json().await["result"], "400");
    control.live_step(5);
    assert!(!socket.drain().await.is_empty());
}

#[tokio::test]
async fn burst_gives_every_event_an_id_of_its_own_and_the_length_asked_for() {
    let client = Client::start(busy()).await;
    let (_, mut socket) = client.listen_to_all().await;
    let control = client.sim.control();
    let mut burst = Burst::new(2_000);
    burst.conversations = 20;
    let sending = tokio::spawn(async move { control.burst(burst).await });
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..2_000 {
        let text = socket.text().await;
        assert_eq!(text.len(), 4_096);
        let frame: serde_json::Value = serde_json::from_str(&text).unwrap();
        let correlation = &frame["metadata"]["CorrelationId"];
        assert!(ids.insert(correlation.as_str().unwrap().to_owned()));
        let queue = frame["eventBody"]["participants"].as_array().unwrap();
        let queue = queue
            .iter()
            .find_map(|one| one["queueId"].as_str())
            .unwrap();
        assert_eq!(frame["topicName"], queue_topic(queue));
    }
    assert_eq!(sending.await.unwrap().sent, 2_000);
}
