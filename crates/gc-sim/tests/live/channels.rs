//! Channels and subscriptions, over REST.

use std::time::Duration;

use gc_sim::{Fault, Rule};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::socket::{CHANNELS, all_queues, busy, queue_topic, topics};
use crate::client::{Client, read};

fn states(answer: &Value) -> Vec<&str> {
    let entities = answer["entities"].as_array().unwrap();
    entities
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect()
}

async fn subscribed(client: &Client, channel: &str) -> Vec<String> {
    let path = format!("{CHANNELS}/{channel}/subscriptions");
    let (_, answer) = read(client.get(&path).send().await.unwrap()).await;
    let entities = answer["entities"].as_array().unwrap();
    entities
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn forgiving(client: &Client, method: Method, channel: &str, ids: &[String]) -> Value {
    let path = format!("{CHANNELS}/{channel}/subscriptions?ignoreErrors=true");
    let request = client.request(method, &path).json(&topics(ids));
    let (status, answer) = read(request.send().await.unwrap()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

#[tokio::test]
async fn channel_says_where_to_connect_and_how_long_it_lives() {
    let client = Client::start(busy()).await;
    let (_, channel) = read(client.bare_post(CHANNELS).send().await.unwrap()).await;
    let id = channel["id"].as_str().unwrap();
    let base = client.sim.url().replace("http:", "ws:");
    assert_eq!(channel["connectUri"], format!("{base}/channels/{id}"));
    let expires: jiff::Timestamp = channel["expires"].as_str().unwrap().parse().unwrap();
    let lives = client.sim.control().live_now().duration_until(expires);
    assert!((86_000..=86_400).contains(&lives.as_secs()), "{lives}");
    client
        .sim
        .control()
        .set_connect_base("wss://proxy.example:1/");
    let (_, again) = read(
        client
            .get(&format!("{CHANNELS}/{id}"))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        again["connectUri"],
        format!("wss://proxy.example:1/channels/{id}")
    );
}

#[tokio::test]
async fn head_tells_whether_a_channel_exists() {
    let client = Client::start(busy()).await;
    let channel = client.channel().await;
    for (id, status) in [(channel.as_str(), 200), ("no-such-channel", 404)] {
        let request = client.request(Method::HEAD, &format!("{CHANNELS}/{id}"));
        assert_eq!(request.send().await.unwrap().status().as_u16(), status);
    }
    assert_eq!(client.refused("no-such-channel").await, 404);
    let plain = client
        .get(&format!("/channels/{channel}"))
        .send()
        .await
        .unwrap();
    assert_eq!(plain.status(), StatusCode::UPGRADE_REQUIRED);
}

#[tokio::test]
async fn list_has_the_channels_of_the_token_or_of_the_client() {
    let mut client = Client::start(busy()).await;
    let first = client.channel().await;
    client.renew().await;
    let second = client.channel().await;
    let mut both = vec![first, second.clone()];
    both.sort();
    for (which, expected) in [("token", vec![second]), ("oauthclient", both)] {
        let path = format!("{CHANNELS}?includechannels={which}");
        let (_, answer) = read(client.get(&path).send().await.unwrap()).await;
        let entities = answer["entities"].as_array().unwrap();
        let ids: Vec<_> = entities
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, expected);
    }
}

#[tokio::test]
async fn post_adds_put_replaces_delete_clears() {
    let client = Client::start(busy()).await;
    let all = all_queues(&client.sim.control());
    let channel = client.channel().await;
    let (_, answer) = client.subscribe(&channel, &all[..2]).await;
    assert_eq!(states(&answer), ["Permitted", "Permitted"]);
    client.subscribe(&channel, &all[1..3]).await;
    let mut expected = all[..3].to_vec();
    expected.sort();
    assert_eq!(subscribed(&client, &channel).await, expected);
    forgiving(&client, Method::PUT, &channel, &all[5..6]).await;
    assert_eq!(subscribed(&client, &channel).await, &all[5..6]);
    let path = format!("{CHANNELS}/{channel}/subscriptions");
    assert!(
        client
            .delete(&path)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    assert!(subscribed(&client, &channel).await.is_empty());
}

#[tokio::test]
async fn one_bad_topic_fails_the_call_unless_errors_are_ignored() {
    let mut config = busy();
    config.live.forbidden_topics = vec!["v2.users.{id}.conversations".to_owned()];
    let client = Client::start(config).await;
    let (_, users) = read(client.get("/api/v2/users?pageSize=1").send().await.unwrap()).await;
    let user = users["entities"][0]["id"].as_str().unwrap();
    let good = all_queues(&client.sim.control()).remove(0);
    let cases = [
        format!("v2.users.{user}.conversations"),
        queue_topic("00000000-0000-4000-8000-000000000000"),
        "v2.routing.queues.{id}.conversations".to_owned(),
        "v2.system.socket_closing".to_owned(),
        "channel.metadata".to_owned(),
        format!("v2.users.{user}?{}", "conversations&".repeat(20)),
    ];
    let channel = client.channel().await;
    for bad in cases {
        let asked = [bad.clone(), good.clone()];
        assert_eq!(
            client.subscribe(&channel, &asked).await.0,
            StatusCode::FORBIDDEN
        );
        assert!(subscribed(&client, &channel).await.is_empty());
        let answer = forgiving(&client, Method::POST, &channel, &asked).await;
        assert_eq!(states(&answer), ["Rejected", "Permitted"]);
        assert!(answer["entities"][0]["rejectionReason"].is_string());
        let missing = answer["entities"][0]["missingPermissions"].is_array();
        assert_eq!(missing, bad == format!("v2.users.{user}.conversations"));
        forgiving(&client, Method::PUT, &channel, &[]).await;
    }
}

#[tokio::test]
async fn combined_topic_counts_as_one_and_its_events_come_under_their_own_names() {
    let mut config = busy();
    config.live.topics_max = 1;
    let client = Client::start(config).await;
    let control = client.sim.control();
    let queue = control.queues().remove(0).0;
    let combined = format!("v2.routing.queues.{queue}?conversations&users&conversations.calls");
    let (_, mut socket) = client.listen(&[combined]).await;
    control.emit(&queue_topic(&queue), &json!({ "id": 1 }));
    control.emit(
        &format!("{}.calls", queue_topic(&queue)),
        &json!({ "id": 2 }),
    );
    assert_eq!(socket.json().await["topicName"], queue_topic(&queue));
    assert_eq!(
        socket.json().await["topicName"],
        format!("{}.calls", queue_topic(&queue))
    );
}

#[tokio::test]
async fn topic_too_many_is_refused() {
    let mut config = busy();
    config.live.topics_max = 3;
    let client = Client::start(config).await;
    let all = all_queues(&client.sim.control());
    let channel = client.channel().await;
    assert_eq!(
        client.subscribe(&channel, &all[..3]).await.0,
        StatusCode::OK
    );
    assert_eq!(
        client.subscribe(&channel, &all[..3]).await.0,
        StatusCode::OK
    );
    assert_eq!(
        client.subscribe(&channel, &all[3..4]).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(subscribed(&client, &channel).await.len(), 3);
}

#[tokio::test]
async fn channel_too_many_ends_the_one_without_a_socket_used_longest_ago() {
    let mut config = busy();
    config.live.channels_max = 3;
    let client = Client::start(config).await;
    let connected = client.channel().await;
    let mut socket = client.open(&connected).await.unwrap();
    let used = client.channel().await;
    let idle = client.channel().await;
    client.subscribe(&used, &[]).await;
    let exists = async |id: &str| {
        let path = format!("{CHANNELS}/{id}");
        client.get(&path).send().await.unwrap().status() == StatusCode::OK
    };
    client.channel().await;
    assert!(!exists(&idle).await && exists(&used).await && exists(&connected).await);
    let mut sockets = Vec::new();
    for _ in 0..3 {
        let channel = client.channel().await;
        sockets.push(client.open(&channel).await.unwrap());
    }
    assert_eq!(socket.close_code().await, 1001);
    assert!(!exists(&connected).await);
}

#[tokio::test]
async fn subscribing_again_renews_a_channel_and_its_end_closes_the_socket() {
    let mut config = busy();
    config.live.channel_lifetime = Duration::from_millis(600);
    let client = Client::start(config).await;
    let (renewed, mut kept) = client.listen_to_all().await;
    let (ended, mut closed) = client.listen_to_all().await;
    let all = all_queues(&client.sim.control());
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(250)).await;
        client.subscribe(&renewed, &all[..1]).await;
    }
    assert_eq!(closed.close_code().await, 1001);
    assert_eq!(client.refused(&ended).await, 404);
    kept.say(&json!({ "message": "ping" })).await;
    assert_eq!(kept.json().await["eventBody"]["message"], "pong");
}

#[tokio::test]
async fn channel_dies_with_its_token() {
    let mut config = busy();
    config.token_lifetime = Duration::from_secs(1);
    let mut client = Client::start(config).await;
    let (channel, mut socket) = client.listen_to_all().await;
    assert_eq!(socket.close_code().await, 1001);
    client.renew().await;
    assert_eq!(
        client.subscribe(&channel, &[]).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(client.refused(&channel).await, 404);
}

#[tokio::test]
async fn second_socket_takes_the_place_of_the_first() {
    let client = Client::start(busy()).await;
    let (channel, mut first) = client.listen_to_all().await;
    let mut second = client.open(&channel).await.unwrap();
    assert_eq!(first.close_code().await, 1000);
    client.sim.control().live_step(5);
    assert!(!second.drain().await.is_empty());
}

#[tokio::test]
async fn requests_for_channels_fail_by_the_same_faults_as_others() {
    let client = Client::start(busy()).await;
    let control = client.sim.control();
    let fails = |on: &str, status| Rule::on(on).times(1).fault(Fault::ServerError { status });
    control.add_fault(fails("POST /api/v2/notifications/channels", 503));
    control.add_fault(fails(
        "* /api/v2/notifications/channels/{id}/subscriptions",
        502,
    ));
    control.add_fault(fails("GET /channels/{id}", 500));
    let refused = client.bare_post(CHANNELS).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let channel = client.channel().await;
    assert_eq!(
        client.subscribe(&channel, &[]).await.0,
        StatusCode::BAD_GATEWAY
    );
    assert_eq!(client.refused(&channel).await, 500);
    client.open(&channel).await.unwrap();
}

#[tokio::test]
async fn queue_that_is_added_is_listed_and_can_be_heard() {
    let client = Client::start(busy()).await;
    let control = client.sim.control();
    let before = all_queues(&control).len();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let added = http.post(format!("{}/_sim/queues", client.sim.url()));
    let added = added
        .json(&json!({ "name": "Night Desk" }))
        .send()
        .await
        .unwrap();
    let (status, queue) = read(added).await;
    assert_eq!(status, StatusCode::CREATED);
    let path = "/api/v2/routing/queues?pageSize=100";
    let (_, list) = read(client.get(path).send().await.unwrap()).await;
    assert_eq!(list["total"], before + 1);
    assert_eq!(list["entities"][before]["name"], "Night Desk");
    let topic = queue_topic(queue["id"].as_str().unwrap());
    let (_, mut socket) = client.listen(&[topic]).await;
    control.live_step(2_000);
    assert!(!socket.drain().await.is_empty());
}
