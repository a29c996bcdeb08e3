//! What the notices claim to have heard, under everything that can go wrong.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use gc_sim::LiveFault;
use gc_stream::LinkId;
use jiff::Timestamp;

use crate::ear::{Ear, downs, ear, frames, platform, ups};

/// Every stretch in which a topic was heard, by topic.
fn coverage(ear: &Ear) -> HashMap<String, Vec<(Timestamp, Timestamp)>> {
    let ends: HashMap<LinkId, Timestamp> = downs(&ear.log)
        .into_iter()
        .map(|down| (down.link, down.heard_until))
        .collect();
    let mut covered: HashMap<String, Vec<_>> = HashMap::new();
    for up in ups(&ear.log) {
        if let Some(end) = ends.get(&up.link) {
            for topic in up.topics {
                covered.entry(topic).or_default().push((up.at, *end));
            }
        }
    }
    covered
}

/// Moves the floor for a while.
async fn play(ear: &mut Ear, duration: Duration) {
    let start = Instant::now();
    while start.elapsed() < duration {
        ear.control.live_step(4);
        ear.listen_for(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn nothing_is_lost_while_a_topic_is_said_to_be_heard() {
    let sim = platform(|config| config.live.channel_lifetime = Duration::from_secs(5)).await;
    let mut ear = ear(sim, |settings| {
        settings.topics_per_channel = 5;
        settings.ping_after = Duration::from_millis(300);
        settings.pong_within = Duration::from_millis(500);
    });
    ear.until_all_up().await;
    let reason = String::new();
    for fault in [
        LiveFault::Cut,
        LiveFault::Closing { after_ms: 200 },
        LiveFault::Silence,
        LiveFault::Revoke,
        LiveFault::Close { code: 1001, reason },
        LiveFault::Expire,
        LiveFault::Replace,
        LiveFault::NoLongerSubscribed,
        LiveFault::Duplicate { events: 20 },
    ] {
        play(&mut ear, Duration::from_millis(500)).await;
        ear.strike(&fault);
        play(&mut ear, Duration::from_millis(500)).await;
    }
    ear.listen_for(Duration::from_secs(1)).await;
    ear.cancel.cancel();
    while let Some(notice) = ear.notices.recv().await {
        ear.log.push(notice);
    }
    let (covered, received) = (coverage(&ear), frames(&ear.log));
    let received: BTreeSet<String> = received.into_iter().collect();
    let (mut heard, mut outside) = (0, 0);
    for event in ear.control.events() {
        let Some(stretches) = covered.get(&event.topic) else {
            continue;
        };
        let is_covered = |(start, end): &(Timestamp, Timestamp)| {
            *start <= event.sent_at && event.sent_at <= *end
        };
        let is_received = received.contains(&event.frame.clone().unwrap());
        assert!(
            is_received || !stretches.iter().any(is_covered),
            "{} at {} is lost within {stretches:#?}",
            event.topic,
            event.sent_at
        );
        assert!(is_received || event.written.is_empty(), "written and lost");
        *(if is_received {
            &mut heard
        } else {
            &mut outside
        }) += 1;
    }
    assert!(heard > 1000 && outside > 0, "{heard} heard, {outside} not");
}
