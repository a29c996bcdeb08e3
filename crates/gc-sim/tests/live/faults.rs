//! What goes wrong on channels and sockets.

use std::time::{Duration, Instant};

use gc_sim::{Control, Faults, Garbage, LiveFault, LiveTarget};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::socket::{Socket, all_queues, busy};
use crate::client::Client;

async fn listening() -> (Client, Control, String, Socket) {
    let client = Client::start(busy()).await;
    let control = client.sim.control();
    let (channel, socket) = client.listen_to_all().await;
    (client, control, channel, socket)
}

#[tokio::test]
async fn cut_resets_the_connection_after_what_was_sent() {
    let (client, control, channel, mut socket) = listening().await;
    control.live_step(10);
    assert_eq!(control.live_fault(LiveTarget::All, &LiveFault::Cut), 1);
    control.live_step(10);
    let events = control.events();
    let expected: Vec<_> = events[..10]
        .iter()
        .filter_map(|event| event.frame.clone())
        .collect();
    for frame in expected {
        assert_eq!(socket.text().await, frame);
    }
    socket.is_reset().await;
    let again = client.open(&channel).await;
    assert!(again.is_ok());
    let events = control.events();
    assert!(events[..10].iter().all(|event| event.written.len() == 1));
    assert!(events[10..].iter().all(|event| event.written.is_empty()));
    assert_eq!(control.live_counts().sockets_reset, 1);
}

#[tokio::test]
async fn close_has_the_code_and_the_reason_asked_for() {
    let (_client, control, channel, mut socket) = listening().await;
    let fault = LiveFault::Close {
        code: 1013,
        reason: "later".to_owned(),
    };
    control.live_fault(channel.as_str(), &fault);
    match socket.next().await {
        Some(Ok(Message::Close(Some(frame)))) => {
            assert_eq!(
                (u16::from(frame.code), frame.reason.as_str()),
                (1013, "later")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn silent_socket_stays_open_and_says_nothing() {
    let mut config = busy();
    config.live.heartbeat = Duration::from_millis(50);
    let client = Client::start(config).await;
    let control = client.sim.control();
    let (channel, mut socket) = client.listen_to_all().await;
    control.live_fault(channel.as_str(), &LiveFault::Silence);
    control.live_step(20);
    socket.say(&json!({ "message": "ping" })).await;
    assert!(socket.drain().await.is_empty());
    assert!(control.channels()[0].connected);
    assert!(
        control
            .events()
            .iter()
            .all(|event| event.written.is_empty())
    );
    control.live_fault(channel.as_str(), &LiveFault::Cut);
    socket.is_reset().await;
}

#[tokio::test]
async fn socket_that_will_close_says_so_goes_on_and_closes() {
    let (client, control, channel, mut socket) = listening().await;
    control.live_fault(LiveTarget::All, &LiveFault::Closing { after_ms: 300 });
    let began = Instant::now();
    assert_eq!(socket.json().await["topicName"], "v2.system.socket_closing");
    control.live_step(1);
    let first = control.events()[0].frame.clone();
    assert_eq!(Some(socket.text().await), first);
    assert_eq!(socket.close_code().await, 1001);
    assert!(began.elapsed() >= Duration::from_millis(290));
    let mut again = client.open(&channel).await.unwrap();
    control.live_step(3);
    assert!(!again.drain().await.is_empty());
}

#[tokio::test]
async fn expired_channel_closes_its_socket_and_refuses_the_next() {
    let (client, control, channel, mut socket) = listening().await;
    control.live_fault(channel.as_str(), &LiveFault::Expire);
    assert_eq!(socket.close_code().await, 1001);
    assert_eq!(client.refused(&channel).await, 404);
    assert_eq!(
        client.subscribe(&channel, &[]).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn channel_no_longer_subscribed_says_so_and_hears_nothing() {
    let (client, control, channel, mut socket) = listening().await;
    control.live_fault(channel.as_str(), &LiveFault::NoLongerSubscribed);
    let told = socket.json().await;
    assert_eq!(
        told["topicName"],
        format!("v2.system.no_longer_subscribed.{channel}")
    );
    assert_eq!(told["eventBody"]["systemTopicType"], "no_longer_subscribed");
    control.live_step(10);
    assert!(socket.drain().await.is_empty());
    client.subscribe(&channel, &all_queues(&control)).await;
    control.live_step(10);
    assert!(!socket.drain().await.is_empty());
}

#[tokio::test]
async fn revoked_token_takes_its_channels_along() {
    let (mut client, control, channel, mut socket) = listening().await;
    control.live_fault(LiveTarget::All, &LiveFault::Revoke);
    let told = socket.json().await;
    assert_eq!(
        told["topicName"],
        format!("v2.system.token_revoked.{channel}")
    );
    assert_eq!(told["eventBody"]["reason"], "user_tokens_revoked");
    assert_eq!(socket.close_code().await, 1001);
    assert_eq!(
        client.subscribe(&channel, &[]).await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(client.refused(&channel).await, 404);
    client.renew().await;
    client.listen_to_all().await;
}

#[tokio::test]
async fn duplicates_are_the_same_frame_twice_and_the_log_knows() {
    let (_client, control, channel, mut socket) = listening().await;
    control.live_fault(channel.as_str(), &LiveFault::Duplicate { events: 2 });
    control.live_step(3);
    let texts = socket.drain().await;
    let events = control.events();
    assert_eq!(texts[0], texts[1]);
    assert_eq!(texts[2], texts[3]);
    assert_eq!(texts.len(), events.len() + 2);
    let written: Vec<_> = events
        .iter()
        .take(3)
        .map(|event| event.written.len())
        .collect();
    assert_eq!(written, [2, 2, 1]);
    assert_eq!(control.live_counts().duplicates, 2);
}

#[tokio::test]
async fn garbage_of_every_kind_is_what_it_says() {
    let (_client, control, channel, mut socket) = listening().await;
    let mut next = async |kind| {
        control.live_fault(channel.as_str(), &LiveFault::Garbage { kind });
        socket.next().await.unwrap().unwrap()
    };
    let parsed = |message: &Message| serde_json::from_str::<Value>(message.to_text().unwrap());
    assert!(parsed(&next(Garbage::NotJson).await).is_err());
    assert!(next(Garbage::Binary).await.is_binary());
    assert!(parsed(&next(Garbage::Truncated).await).is_err());
    assert!(
        parsed(&next(Garbage::NoTopic).await)
            .unwrap()
            .get("topicName")
            .is_none()
    );
    assert!(
        parsed(&next(Garbage::NoBody).await)
            .unwrap()
            .get("eventBody")
            .is_none()
    );
    assert!(parsed(&next(Garbage::Nested).await).is_err());
    assert!(parsed(&next(Garbage::Array).await).unwrap().is_array());
    assert_eq!(next(Garbage::Empty).await.len(), 0);
    assert_eq!(control.live_counts().garbage, 8);
    assert!(control.events().is_empty());
    let huge = next(Garbage::Huge).await;
    assert!(huge.len() > 2_000_000);
    assert_eq!(control.events()[0].frame.as_deref(), huge.to_text().ok());
}

#[tokio::test]
async fn slow_socket_waits_before_each_frame() {
    let (_client, control, channel, mut socket) = listening().await;
    control.live_fault(channel.as_str(), &LiveFault::Slow { ms: 40 });
    let began = Instant::now();
    control.live_step(4);
    for _ in 0..4 {
        socket.text().await;
    }
    assert!(began.elapsed() >= Duration::from_millis(160));
}

#[tokio::test]
async fn socket_that_is_not_read_is_reset_in_the_end() {
    let mut config = busy();
    config.live.socket_backlog = 64;
    let client = Client::start(config).await;
    let (_, mut socket) = client.listen_to_all().await;
    let control = client.sim.control();
    let topic = &all_queues(&control)[0];
    for _ in 0..400 {
        control.emit(topic, &json!({ "id": "x", "text": "y".repeat(100_000) }));
    }
    assert_eq!(control.live_counts().sockets_too_slow, 1);
    socket.is_reset().await;
}

#[tokio::test]
async fn rules_strike_on_events_and_on_requests() {
    let mut config = busy();
    config.live.rate = gc_sim::LiveRate::SnapshotsPerSecond(0.0);
    config.faults = Faults::parse(
        r#"[ {"on": "EVENT /v2/routing/queues/{id}/conversations", "skip": 2, "times": 1,
              "fault": {"live": "cut"}},
             {"on": "GET /api/v2/users", "times": 1, "fault": {"live": {"close": {"code": 4000}}}} ]"#,
    )
    .unwrap();
    let client = Client::start(config).await;
    let control = client.sim.control();
    let (channel, mut socket) = client.listen_to_all().await;
    let topic = &all_queues(&control)[0];
    for number in 0..4 {
        control.emit(topic, &json!({ "id": number }));
    }
    for number in 0..3 {
        assert_eq!(socket.json().await["eventBody"]["id"], number);
    }
    socket.is_reset().await;
    let mut socket = client.open(&channel).await.unwrap();
    let answer = client.get("/api/v2/users").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(socket.close_code().await, 4000);
}

#[tokio::test]
async fn everything_can_be_done_from_outside() {
    let (client, control, channel, mut socket) = listening().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let post = async |path: &str, body: Value| {
        let url = format!("{}/_sim/live/{path}", client.sim.url());
        let answer = http.post(url).json(&body).send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.json::<Value>().await.unwrap_or_default(),
        )
    };
    assert_eq!(post("step", json!({ "changes": 2 })).await.0, 200);
    let emitted = json!({ "topic": all_queues(&control)[0], "eventBody": { "id": "e" } });
    let (_, told) = post("emit", emitted).await;
    assert_eq!(told["sequence"], control.events().last().unwrap().sequence);
    assert_eq!(socket.drain().await.len(), control.events().len());
    let url = format!("{}/_sim/events?since=1", client.sim.url());
    let lines = http.get(url).send().await.unwrap().text().await.unwrap();
    let line: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    let event = &control.events()[1];
    assert_eq!(line["frame"].as_str(), event.frame.as_deref());
    assert_eq!(line["frameHash"], format!("{:016x}", event.frame_hash));
    assert_eq!(line["written"], json!([channel]));
    assert_eq!(post("garbage", json!({ "kind": "sand" })).await.0, 400);
    assert_eq!(post("explode", json!({})).await.0, 400);
    assert_eq!(
        post("duplicate", json!({ "events": 1 })).await.1["channels"],
        1
    );
    let (_, burst) = post("burst", json!({ "events": 30, "perSecond": 1000 })).await;
    assert_eq!(burst["sent"], 30);
    let bare = http.post(format!("{}/_sim/live/cut", client.sim.url()));
    assert_eq!(bare.send().await.unwrap().status(), StatusCode::OK);
    socket.is_reset().await;
}
