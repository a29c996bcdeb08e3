//! Sockets and channels that end without being asked.

use std::time::Duration;

use gc_sim::{Garbage, LiveFault};
use gc_stream::{Cause, Notice};

use crate::ear::{Ear, count, ear, frames, heard, platform};

async fn listening() -> Ear {
    let mut ear = ear(platform(|_| {}).await, |settings| {
        settings.ping_after = Duration::from_millis(300);
        settings.pong_within = Duration::from_millis(1500);
    });
    ear.until_all_up().await;
    ear
}

/// Strikes, and waits for another link that hears everything. Returns the cause.
async fn lose(ear: &mut Ear, fault: &LiveFault) -> Cause {
    let topics = ear.queue_topics();
    ear.strike(fault);
    let downs = ear.until_down(1).await;
    let ups = ear.until_up(2).await;
    assert_eq!(downs[0].link, ups[0].link);
    assert!(downs[0].position < ups[1].position);
    assert_ne!(ups[0].link, ups[1].link);
    assert!(
        ups[1].topics.iter().cloned().eq(topics),
        "{:?}",
        ups[1].topics
    );
    assert!(downs[0].heard_until <= downs[0].last_frame_at);
    assert!(downs[0].last_frame_at <= ups[1].at);
    ear.until("reconnected", |log| {
        let again = |notice: &Notice| matches!(notice, Notice::Reconnected { link } if *link == ups[1].link);
        (count(log, again) == 1).then_some(())
    })
    .await;
    ear.log.retain(|notice| !matches!(notice, Notice::Event(_)));
    ear.control.clear_events();
    ear.control.live_step(50);
    ear.until_complete().await;
    downs[0].cause
}

fn channels_opened(ear: &Ear) -> usize {
    count(&ear.log, |notice| matches!(notice, Notice::ChannelOpened))
}

#[tokio::test]
async fn cut_socket_is_opened_again_on_its_channel() {
    let mut ear = listening().await;
    assert_eq!(lose(&mut ear, &LiveFault::Cut).await, Cause::ConnectionLost);
    assert_eq!(channels_opened(&ear), 1);
    assert_eq!(ear.control.channels().len(), 1);
}

#[tokio::test]
async fn closed_socket_is_opened_again_on_its_channel() {
    let mut ear = listening().await;
    let reason = "idle".to_owned();
    let cause = lose(&mut ear, &LiveFault::Close { code: 1001, reason }).await;
    assert_eq!(cause, Cause::ClosedByPlatform);
    assert_eq!(channels_opened(&ear), 1);
}

#[tokio::test]
async fn silent_socket_is_given_up() {
    let mut ear = listening().await;
    assert_eq!(
        lose(&mut ear, &LiveFault::Silence).await,
        Cause::NoHeartbeat
    );
    assert_eq!(channels_opened(&ear), 1);
}

#[tokio::test]
async fn channel_that_expired_is_replaced() {
    let mut ear = listening().await;
    lose(&mut ear, &LiveFault::Expire).await;
    assert_eq!(channels_opened(&ear), 2);
}

#[tokio::test]
async fn channel_without_topics_is_replaced() {
    let mut ear = listening().await;
    let cause = lose(&mut ear, &LiveFault::NoLongerSubscribed).await;
    assert_eq!(cause, Cause::ChannelGone);
    assert_eq!(channels_opened(&ear), 2);
}

#[tokio::test]
async fn revoked_token_is_replaced_with_its_channel() {
    let mut ear = listening().await;
    let cause = lose(&mut ear, &LiveFault::Revoke).await;
    assert_eq!(cause, Cause::TokenRevoked);
    assert_eq!(channels_opened(&ear), 2);
    assert_eq!(ear.control.request_counts()["POST /oauth/token"], 2);
}

#[tokio::test]
async fn platform_that_is_away_is_tried_until_it_is_back() {
    let mut ear = listening().await;
    let away = gc_sim::Rule::on("GET /channels/{id}").times(5);
    ear.control
        .add_fault(away.fault(gc_sim::Fault::ServerError { status: 503 }));
    assert_eq!(lose(&mut ear, &LiveFault::Cut).await, Cause::ConnectionLost);
    assert_eq!(channels_opened(&ear), 1);
}

#[tokio::test]
async fn garbage_is_kept_and_harms_nobody() {
    let mut ear = listening().await;
    let kinds = [
        (Garbage::NotJson, "not a json object"),
        (Garbage::Binary, "binary frame"),
        (Garbage::Truncated, "not a json object"),
        (Garbage::NoTopic, "no topic"),
        (Garbage::NoBody, "no event body"),
        (Garbage::Nested, "nested too deep"),
        (Garbage::Array, "not a json object"),
        (Garbage::Empty, "not a json object"),
    ];
    for (i, (kind, expected)) in kinds.into_iter().enumerate() {
        ear.strike(&LiveFault::Garbage { kind });
        let junk = |log: &[Notice]| {
            let reason = |notice: &Notice| match notice {
                Notice::Junk(junk) => Some(junk.reason),
                _ => None,
            };
            log.iter().filter_map(reason).nth(i)
        };
        assert_eq!(ear.until(expected, junk).await, expected);
    }
    ear.strike(&LiveFault::Garbage {
        kind: Garbage::Huge,
    });
    ear.until("the huge event", |log| {
        frames(log)
            .iter()
            .any(|frame| frame.len() > 1_000_000)
            .then_some(())
    })
    .await;
    let (log, _) = ear.stop().await;
    assert_eq!(
        count(&log, |notice| matches!(notice, Notice::Down { .. })),
        1
    );
}

#[tokio::test]
async fn frame_that_is_too_large_costs_its_socket_alone() {
    let mut ear = ear(platform(|_| {}).await, |settings| {
        settings.max_frame_bytes = 1 << 20;
    });
    ear.until_all_up().await;
    let cause = lose(
        &mut ear,
        &LiveFault::Garbage {
            kind: Garbage::Huge,
        },
    )
    .await;
    assert_eq!(cause, Cause::FrameTooLarge);
    assert!(heard(&ear.log).is_superset(&ear.queue_topics()));
}
