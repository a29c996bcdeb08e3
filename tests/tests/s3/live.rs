//! Live events in a bucket: tails replaced again and again, and a `kill -9` in between.

use std::thread::sleep;
use std::time::Duration;

use crate::live::{Live, counted, floor, rows, wait_until};
use crate::stage::{Bucket, Running};

/// Starts an archiver that writes every half second, and waits until it listens.
fn archive(live: &Live, bucket: &Bucket) -> Running {
    let opened = live.control().live_counts().sockets_opened;
    let mut command = live.command("archive");
    bucket.tell(&mut command);
    command.args(["--out", &bucket.root, "--flush-age", "500ms"]);
    let mut running = Running::start(&mut command);
    wait_until("the archiver listens", || {
        assert!(!running.has_ended(), "the archiver has ended");
        live.control().live_counts().sockets_opened > opened
    });
    running
}

/// Returns how often each event is there, by its correlation.
fn seen(bucket: &Bucket) -> std::collections::BTreeMap<String, usize> {
    let (folder, _) = bucket.copy();
    counted(
        rows(folder.path())
            .into_iter()
            .filter_map(|row| row.correlation_id),
    )
}

#[test]
fn tails_in_a_bucket_hold_each_event_once_also_after_a_kill() {
    let Some(bucket) = Bucket::fresh() else {
        return;
    };
    let live = Live::new(floor(150.0));
    let archiver = archive(&live, &bucket);
    wait_until("a tail is there", || !bucket.stamps("events").is_empty());
    let first = bucket.stamps("events");
    wait_until("the tail has been replaced", || {
        bucket.stamps("events") != first
    });
    assert!(archiver.kill());
    assert!(seen(&bucket).values().all(|count| *count == 1));
    bucket.let_lease_expire("events");

    let mut archiver = archive(&live, &bucket);
    let before = live.control().live_counts().written;
    while live.control().live_counts().written <= before + 100 {
        assert!(!archiver.has_ended(), "{:#?}", archiver.wait());
        sleep(Duration::from_millis(10));
    }
    live.control().live_pause();
    sleep(Duration::from_millis(500));
    let run = live.stop(archiver);
    assert_eq!(run.report()["waiting"], 0, "{run:#?}");
    let seen = seen(&bucket);
    assert!(seen.len() > 100 && seen.values().all(|count| *count == 1));
    let gaps = live.gaps();
    for event in live.sent().0 {
        let is_there = seen.contains_key(&event.correlation_id.to_string());
        let is_known = || {
            gaps.iter()
                .any(|gap| gap.holds(&event.topic, event.sent_at))
        };
        assert!(
            is_there || is_known(),
            "{} is nowhere: {gaps:#?}",
            event.sent_at
        );
    }
    assert_eq!(bucket.uploads(), Vec::<String>::new());
}
