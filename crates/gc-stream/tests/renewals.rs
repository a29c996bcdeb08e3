//! Make before break: links that take over from others by plan.

use std::collections::BTreeSet;
use std::time::Duration;

use gc_sim::LiveFault;
use gc_stream::{Cause, Notice};

use crate::ear::{Ear, count, downs, ear, frames, platform};

/// Steps the floor until `count` links have been relieved, and checks that nothing was lost.
async fn relieve(mut ear: Ear, count_of_links: usize, cause: Cause) -> Ear {
    while downs(&ear.log).len() < count_of_links {
        ear.control.live_step(3);
        ear.listen_for(Duration::from_millis(5)).await;
    }
    ear.listen_for(Duration::from_millis(100)).await;
    let (downs, ups) = (downs(&ear.log), crate::ear::ups(&ear.log));
    for (down, next) in downs.iter().zip(ups.iter().skip(1)).take(count_of_links) {
        assert_eq!(down.cause, cause);
        assert!(next.position < down.position, "the new link is up first");
        assert!(next.at <= down.heard_until, "the old link was heard since");
        assert_eq!(next.topics.len(), ups[0].topics.len());
    }
    let reconnects = count(&ear.log, |notice| {
        matches!(notice, Notice::Reconnected { .. })
    });
    assert_eq!(reconnects, 0);
    let published: BTreeSet<String> = ear
        .control
        .events()
        .into_iter()
        .filter(|event| ups[0].topics.contains(&event.topic))
        .map(|event| event.frame.unwrap())
        .collect();
    let received = ear
        .until("every event", |log| {
            let received: BTreeSet<String> = frames(log).into_iter().collect();
            (received.len() >= published.len()).then_some(received)
        })
        .await;
    assert!(received == published);
    assert!(!published.is_empty());
    ear
}

async fn listening(life: Duration, token_life: Duration) -> Ear {
    let sim = platform(|config| {
        config.live.channel_lifetime = life;
        config.token_lifetime = token_life;
    });
    let mut ear = ear(sim.await, |_| {});
    ear.until_all_up().await;
    ear
}

const LONG: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn maintenance_loses_nothing() {
    let ear = listening(LONG, LONG).await;
    ear.strike(&LiveFault::Closing { after_ms: 20_000 });
    let ear = relieve(ear, 1, Cause::Maintenance).await;
    assert_eq!(
        ear.control
            .channels()
            .iter()
            .filter(|c| c.connected)
            .count(),
        1
    );
}

#[tokio::test]
async fn channel_is_renewed_before_it_expires() {
    let ear = listening(Duration::from_secs(4), LONG).await;
    relieve(ear, 2, Cause::Renewed).await;
}

#[tokio::test]
async fn channel_is_renewed_before_its_token_ends() {
    let ear = listening(LONG, Duration::from_secs(4)).await;
    let ear = relieve(ear, 2, Cause::Renewed).await;
    assert!(ear.control.request_counts()["POST /oauth/token"] >= 3);
}

#[tokio::test]
async fn relieved_channel_is_left_without_topics() {
    let ear = listening(LONG, LONG).await;
    ear.strike(&LiveFault::Closing { after_ms: 20_000 });
    let mut ear = relieve(ear, 1, Cause::Maintenance).await;
    ear.listen_for(Duration::from_millis(500)).await;
    let channels = ear.control.channels();
    let left = channels.iter().filter(|channel| !channel.connected);
    assert!(left.into_iter().all(|channel| channel.topics.is_empty()));
}
