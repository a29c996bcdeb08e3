//! From the selection to the frames, and to the end.

use std::collections::BTreeSet;
use std::time::Duration;

use gc_core::{Class, Classify};
use gc_stream::{Cause, Error, Notice, Selection};
use serde_json::json;

use crate::ear::{count, downs, ear, frames, heard, platform, ups};

fn remedy(error: &Error) -> String {
    match error.class() {
        Class::Operator { remedy } => remedy,
        other => panic!("{other:?}: {error}"),
    }
}

#[tokio::test]
async fn every_frame_of_every_queue_is_heard() {
    let mut ear = ear(platform(|_| {}).await, |_| {});
    ear.until_all_up().await;
    assert!(ear.control.live_step(300) > 0);
    ear.until_complete().await;
    let first_event = ear
        .log
        .iter()
        .position(|notice| matches!(notice, Notice::Event(_)));
    assert!(ups(&ear.log)[0].position < first_event.unwrap());
    let event = ear.log.iter().find_map(|notice| match notice {
        Notice::Event(event) => Some(event),
        _ => None,
    });
    let event = event.unwrap();
    let envelope: serde_json::Value = serde_json::from_str(event.text()).unwrap();
    let body: serde_json::Value = serde_json::from_str(event.body()).unwrap();
    assert_eq!(envelope["topicName"], event.topic.as_str());
    assert_eq!(envelope["eventBody"], body);
    assert_eq!(event.body_bytes(), event.body().as_bytes());
    assert_eq!(
        envelope["metadata"]["CorrelationId"].as_str(),
        event.correlation_id.as_deref()
    );
}

#[tokio::test]
async fn topics_are_spread_over_channels() {
    let mut ear = ear(platform(|_| {}).await, |settings| {
        settings.topics_per_channel = 5;
    });
    ear.until_all_up().await;
    let topics = ear.queue_topics();
    let channels = ear.control.channels();
    assert_eq!(channels.len(), topics.len().div_ceil(5));
    assert!(channels.iter().all(|channel| channel.topics.len() <= 5));
    assert_eq!(heard(&ear.log), topics);
    ear.control.live_step(300);
    ear.until_complete().await;
}

#[tokio::test]
async fn more_topics_than_fit_are_refused_with_their_number() {
    let ear = ear(platform(|_| {}).await, |settings| {
        (settings.topics_per_channel, settings.max_channels) = (2, 3);
    });
    let error = ear.fail().await;
    assert!(
        matches!(error, Error::TooManyTopics { room: 4, .. }),
        "{error}"
    );
    assert!(remedy(&error).contains("at most 4"));
}

#[tokio::test]
async fn rejected_topic_is_told_once_and_the_rest_is_heard() {
    let sim = platform(|_| {}).await;
    let refused = format!(
        "v2.routing.queues.{}.conversations",
        sim.control().queues()[0].0
    );
    sim.control().forbid_topic(&refused);
    let mut ear = ear(sim, |_| {});
    let mut wanted = ear.queue_topics();
    wanted.remove(&refused);
    ear.until("up", |log| (heard(log) == wanted).then_some(()))
        .await;
    let rejected =
        |notice: &Notice| matches!(notice, Notice::Rejected { topic, .. } if *topic == refused);
    assert_eq!(count(&ear.log, rejected), 1);
    assert_eq!(count(&ear.log, |n| matches!(n, Notice::Rejected { .. })), 1);
    ear.strike(&gc_sim::LiveFault::Expire);
    ear.until_up(2).await;
    assert_eq!(count(&ear.log, rejected), 1);
}

#[tokio::test]
async fn all_topics_rejected_names_the_permission() {
    let sim = platform(|config| config.live.forbidden_topics = vec!["v2.routing.**".to_owned()]);
    let error = ear(sim.await, |_| {}).fail().await;
    assert!(matches!(error, Error::AllRejected { .. }), "{error}");
    let remedy = remedy(&error);
    assert!(
        remedy.split(' ').any(|word| word.matches(':').count() == 2),
        "{remedy}"
    );
}

#[tokio::test]
async fn wrong_secret_ends_the_run() {
    let sim = platform(|config| config.denied = vec!["routing:queue:view".to_owned()]).await;
    let error = ear(sim, |_| {}).fail().await;
    assert!(remedy(&error).contains("routing:queue:view"), "{error}");
}

#[tokio::test]
async fn queue_is_found_by_its_name() {
    let sim = platform(|_| {}).await;
    let id = sim.control().add_queue("Night Shift");
    let mut ear = ear(sim, |settings| {
        settings.selection = Selection {
            queues: vec!["night shift".to_owned()],
            ..Selection::default()
        };
    });
    let ups = ear.until_up(1).await;
    assert_eq!(
        ups[0].topics,
        [format!("v2.routing.queues.{id}.conversations")]
    );
}

#[tokio::test]
async fn media_share_a_subscription_and_events_carry_their_own_topic() {
    let sim = platform(|_| {}).await;
    let id = sim.control().add_queue("Night Shift");
    let mut ear = ear(sim, |settings| {
        settings.selection = Selection {
            media: vec!["voice".to_owned(), "message".to_owned()],
            queues: vec![id.clone()],
            users: Vec::new(),
        };
    });
    let ups = ear.until_up(1).await;
    let topics =
        ["calls", "messages"].map(|part| format!("v2.routing.queues.{id}.conversations.{part}"));
    assert_eq!(ups[0].topics, topics);
    ear.control.emit(&topics[1], &json!({"id": "c"}));
    let topic = ear
        .until("the event", |log| {
            log.iter().find_map(|notice| match notice {
                Notice::Event(event) => Some(event.topic.clone()),
                _ => None,
            })
        })
        .await;
    assert_eq!(topic, topics[1]);
}

#[tokio::test]
async fn new_queue_is_heard_without_a_restart() {
    let mut ear = ear(platform(|_| {}).await, |settings| {
        settings.refresh = Duration::from_millis(200);
    });
    ear.until_all_up().await;
    let id = ear.control.add_queue("Opened Today");
    let topic = format!("v2.routing.queues.{id}.conversations");
    ear.until_all_up().await;
    assert!(heard(&ear.log).contains(&topic));
    assert_eq!(ear.control.channels().len(), 1);
    ear.control.emit(&topic, &json!({"id": "c"}));
    ear.until("the event", |log| (frames(log).len() == 1).then_some(()))
        .await;
    assert!(downs(&ear.log).is_empty());
}

#[tokio::test]
async fn new_queue_that_does_not_fit_gets_a_channel_of_its_own() {
    let mut ear = ear(platform(|_| {}).await, |settings| {
        settings.refresh = Duration::from_millis(200);
        settings.topics_per_channel = 4;
    });
    ear.until_all_up().await;
    let before: BTreeSet<String> = heard(&ear.log);
    let room = ear.control.channels().len() * 4 - before.len();
    for i in 0..=room {
        ear.control.add_queue(&format!("New {i}"));
    }
    ear.until_all_up().await;
    let channels = ear.control.channels();
    assert!(channels.iter().all(|channel| channel.topics.len() <= 4));
    assert_eq!(channels.len(), (before.len() + room + 1).div_ceil(4));
}

#[tokio::test]
async fn stop_takes_the_topics_from_the_channels() {
    let mut ear = ear(platform(|_| {}).await, |settings| {
        settings.topics_per_channel = 5;
    });
    ear.until_all_up().await;
    let links: BTreeSet<_> = ups(&ear.log).iter().map(|up| up.link).collect();
    let (log, control) = ear.stop().await;
    let downs = downs(&log);
    assert_eq!(
        downs.iter().map(|down| down.link).collect::<BTreeSet<_>>(),
        links
    );
    assert!(downs.iter().all(|down| down.cause == Cause::Stopped));
    let channels = control.channels();
    assert!(
        channels
            .iter()
            .all(|channel| channel.topics.is_empty() && !channel.connected)
    );
}

#[tokio::test]
async fn run_that_nobody_listens_to_ends() {
    let mut ear = ear(platform(|_| {}).await, |_| {});
    ear.until_all_up().await;
    drop(ear.notices);
    let ended = tokio::time::timeout(Duration::from_secs(20), ear.task).await;
    ended.unwrap().unwrap().unwrap();
}
