//! `kill -9` at any moment, with the same spool: nothing that was received is lost or doubled.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use super::stage::{Live, counted, floor, rows, wait_until};

const KILLS: usize = 22;
/// Fixed, so that a failure can be repeated.
const SEED: u64 = 20_261_122;

/// Looks at the archive all the while; returns how often, once told to stop.
fn watch(live: &Live) -> impl FnOnce() -> u64 {
    let (stop, looks) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let (told, counted_looks, lake) = (Arc::clone(&stop), Arc::clone(&looks), live.lake());
    let watcher = thread::spawn(move || {
        while !told.load(Ordering::Relaxed) {
            let seen = counted(rows(&lake).into_iter().map(|row| row.event_id));
            assert!(
                seen.values().all(|count| *count == 1),
                "an event is there twice"
            );
            counted_looks.fetch_add(1, Ordering::Relaxed);
        }
    });
    move || {
        stop.store(true, Ordering::Relaxed);
        watcher.join().unwrap();
        looks.load(Ordering::Relaxed)
    }
}

#[test]
fn what_was_in_the_spool_reaches_parquet_once_whenever_the_archiver_is_killed() {
    let live = Live::new(floor(300.0));
    let mut chance = fastrand::Rng::with_seed(SEED);
    let end_watch = watch(&live);
    for _ in 0..KILLS {
        let archiver = live.archive(&["--flush-age", "300ms", "--flush-rows", "60"]);
        thread::sleep(Duration::from_millis(chance.u64(50..1_500)));
        assert!(archiver.kill());
        thread::sleep(Duration::from_millis(chance.u64(0..60)));
    }
    let archiver = live.archive(&[]);
    wait_until("events come", || live.control().live_counts().written > 50);
    live.control().live_pause();
    thread::sleep(Duration::from_millis(500));
    let report = live.stop(archiver).report();
    assert_eq!(report["waiting"], 0);
    let looks = end_watch();
    assert!(looks > 20, "looked {looks} times");

    // The last hundred milliseconds before a kill had not become durable; they lie in the gap that the next
    // start closes.
    let gaps = live.gaps();
    let closed = gaps
        .iter()
        .filter(|gap| gap.cause == "archiver not running" && gap.end.is_some());
    // A kill before the first frame leaves the gap before it open: two down-times are one gap then.
    assert!(closed.count() >= KILLS / 3, "{gaps:#?}");
    let archived: BTreeSet<_> = live
        .rows()
        .into_iter()
        .filter_map(|row| row.correlation_id)
        .collect();
    let (written, _) = live.sent();
    for event in &written {
        let is_there = archived.contains(&event.correlation_id.to_string());
        let is_known = gaps
            .iter()
            .any(|gap| gap.holds(&event.topic, event.sent_at));
        assert!(
            is_there || is_known,
            "{} at {} is nowhere",
            event.correlation_id,
            event.sent_at
        );
    }
    assert!(
        archived.len() * 2 > written.len(),
        "{} of {}",
        archived.len(),
        written.len()
    );
}
