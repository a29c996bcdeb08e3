//! Combined topics, which a platform may not know.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use gc_core::SystemClock;
use gc_stream::{Notice, Selection, StreamSettings, listen};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::ear::heard;
use crate::stand_in::{Combined, StandIn};

const QUEUES: usize = 5;

fn id(queue: usize) -> String {
    format!("00000000-0000-0000-0000-{queue:012}")
}

fn topics() -> BTreeSet<String> {
    let topic = |queue, part| format!("v2.routing.queues.{}.conversations.{part}", id(queue));
    let both = |queue| [topic(queue, "calls"), topic(queue, "emails")];
    (0..QUEUES).flat_map(both).collect()
}

/// Listens to two media of each queue until all topics are heard; returns how many channels it
/// took.
async fn hear(platform: &StandIn, per_channel: usize) -> usize {
    let selection = Selection {
        media: vec!["voice".to_owned(), "email".to_owned()],
        queues: (0..QUEUES).map(id).collect(),
        users: Vec::new(),
    };
    let mut settings = StreamSettings::new(platform.client(), selection, Arc::new(SystemClock));
    settings.topics_per_channel = per_channel;
    let cancel = CancellationToken::new();
    let (mut notices, task) = listen(settings, cancel.clone());
    let mut log = Vec::new();
    let all = async {
        while heard(&log) != topics() {
            log.push(notices.recv().await.unwrap());
        }
    };
    timeout(Duration::from_secs(20), all).await.unwrap();
    cancel.cancel();
    while let Some(notice) = notices.recv().await {
        log.push(notice);
    }
    task.await.unwrap().unwrap();
    let opened = |notice: &&Notice| matches!(notice, Notice::ChannelOpened);
    log.iter().filter(opened).count()
}

#[tokio::test]
async fn combined_topics_save_room() {
    let platform = StandIn::start(Combined::Taken).await;
    assert_eq!(hear(&platform, QUEUES).await, 1);
    assert_eq!(platform.subscribed().len(), QUEUES);
}

#[tokio::test]
async fn rejected_combined_topics_are_subscribed_one_by_one() {
    let platform = StandIn::start(Combined::Rejected).await;
    assert_eq!(hear(&platform, 2 * QUEUES).await, 1);
    assert_eq!(platform.subscribed(), topics());
}

#[tokio::test]
async fn refused_list_of_combined_topics_is_subscribed_one_by_one() {
    let platform = StandIn::start(Combined::Refused).await;
    assert_eq!(hear(&platform, 2 * QUEUES).await, 1);
    assert_eq!(platform.subscribed(), topics());
}

#[tokio::test]
async fn topics_that_no_longer_fit_get_another_channel() {
    let platform = StandIn::start(Combined::Rejected).await;
    assert_eq!(hear(&platform, QUEUES).await, 2);
    assert_eq!(platform.subscribed(), topics());
    let lists = platform.lists.lock().unwrap();
    for channel in ["c1", "c2"] {
        let on = lists.iter().filter(|(id, _)| id == channel);
        assert!(on.map(|(_, ids)| ids.len()).sum::<usize>() <= QUEUES);
    }
}
