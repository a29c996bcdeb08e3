//! A busy hour, compressed: sockets are cut, channels expire, a token is revoked, the platform is
//! maintained, frames come twice or are garbage.

use std::collections::BTreeSet;
use std::thread::sleep;
use std::time::Duration;

use gc_sim::{Garbage, LiveFault, LiveTarget};
use jiff::Timestamp;

use super::stage::{Gap, Live, counted, floor, wait_until};

const GARBAGE: [Garbage; 7] = [
    Garbage::NotJson,
    Garbage::Binary,
    Garbage::Truncated,
    Garbage::NoTopic,
    Garbage::NoBody,
    Garbage::Array,
    Garbage::Empty,
];

/// Does something to all sockets, and waits until others have taken their place.
fn strike(live: &Live, fault: &LiveFault) {
    let before = live.control().live_counts().sockets_opened;
    live.control().live_fault(LiveTarget::All, fault);
    wait_until(&format!("another socket is open after {fault:?}"), || {
        live.control().live_counts().sockets_opened > before
    });
    sleep(Duration::from_millis(700));
}

/// Asserts that what was written to a socket is there once, and what was not lies in a gap.
fn assert_accounted(live: &Live, since: Timestamp, until: Timestamp) {
    let (written, unheard) = live.sent();
    let rows = live.rows();
    let archived = counted(rows.iter().filter_map(|row| row.correlation_id.clone()));
    let wanted: BTreeSet<String> = written
        .iter()
        .map(|event| event.correlation_id.to_string())
        .collect();
    let missing: Vec<_> = wanted
        .iter()
        .filter(|id| !archived.contains_key(*id))
        .collect();
    assert!(
        missing.is_empty(),
        "{} of {} are missing",
        missing.len(),
        wanted.len()
    );
    let twice: Vec<_> = archived.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    assert!(archived.len() >= wanted.len() && !wanted.is_empty());
    let gaps = live.gaps();
    let within = unheard
        .iter()
        .filter(|event| since <= event.sent_at && event.sent_at <= until);
    for event in within {
        let known = gaps
            .iter()
            .any(|gap| gap.holds(&event.topic, event.sent_at));
        assert!(
            known,
            "{} at {} lies in no gap of {gaps:#?}",
            event.topic, event.sent_at
        );
    }
}

#[test]
fn every_event_of_a_bad_hour_is_archived_once_or_lies_in_a_gap() {
    let live = Live::new(floor(150.0));
    let archiver = live.archive(&["--duration", "5m"]);
    wait_until("events come", || live.control().live_counts().written > 50);
    let since = live.control().live_now();
    for _ in 0..5 {
        strike(&live, &LiveFault::Cut);
    }
    for _ in 0..3 {
        strike(&live, &LiveFault::Expire);
    }
    strike(&live, &LiveFault::Revoke);
    strike(&live, &LiveFault::Closing { after_ms: 2_000 });
    sleep(Duration::from_millis(2_000));
    live.control()
        .live_fault(LiveTarget::All, &LiveFault::Duplicate { events: 40 });
    for kind in GARBAGE {
        live.control()
            .live_fault(LiveTarget::All, &LiveFault::Garbage { kind });
    }
    sleep(Duration::from_secs(1));
    live.control().live_pause();
    sleep(Duration::from_millis(500));
    let until = live.control().live_now();
    let report = live.stop(archiver).report();
    assert_accounted(&live, since, until);

    assert_eq!(report["quarantined"], GARBAGE.len(), "{report:#}");
    assert!(report["duplicates"].as_u64().unwrap() >= 40);
    assert!(report["reconnects"].as_u64().unwrap() >= 9);
    assert_eq!(report["waiting"], 0);
    let gaps = live.gaps();
    let of_cause = |cause: &str| gaps.iter().filter(|gap| gap.cause == cause).count();
    assert!(of_cause("connection lost") >= 5, "{gaps:#?}");
    assert_eq!(
        of_cause("maintenance"),
        0,
        "make before break leaves no gap"
    );
    assert_repaired(&live);
}

/// Asserts that each conversation that was active in a gap has its row, and that filling twice changes
/// nothing.
fn assert_repaired(live: &Live) {
    let run = live.fill();
    assert_eq!(run.code, Some(0), "{run:#?}");
    let gaps: Vec<Gap> = live
        .gaps()
        .into_iter()
        .filter(|gap| gap.end.is_some())
        .collect();
    assert!(gaps.iter().all(|gap| gap.state == "filled"), "{gaps:#?}");
    let rows = live.rows();
    let backfilled: BTreeSet<_> = rows
        .iter()
        .filter(|row| row.origin == "backfill")
        .filter_map(|row| row.conversation_id.as_deref())
        .collect();
    for conversation in live.control().live_conversations() {
        let was_active = |gap: &Gap| {
            conversation.start <= gap.end.unwrap()
                && conversation.end.is_none_or(|end| end >= gap.start)
        };
        if gaps.iter().any(was_active) {
            assert!(
                backfilled.contains(conversation.id.as_str()),
                "{conversation:?}"
            );
        }
    }
    live.fill();
    let mut again = live.rows();
    let mut before = rows;
    again.sort_by(|one, two| one.event_id.cmp(&two.event_id));
    before.sort_by(|one, two| one.event_id.cmp(&two.event_id));
    assert_eq!(again, before);
}

#[test]
fn planned_renewals_lose_nothing_and_open_no_gap() {
    let mut config = floor(150.0);
    config.live.channel_lifetime = Duration::from_secs(8);
    let live = Live::new(config);
    let archiver = live.archive(&["--duration", "5m"]);
    wait_until("events come", || live.control().live_counts().written > 10);
    let since = live.control().live_now();
    wait_until("two channels have been renewed", || {
        live.control().live_counts().channels_created >= 3
    });
    live.control().live_pause();
    sleep(Duration::from_millis(500));
    let until = live.control().live_now();
    let report = live.stop(archiver).report();
    assert_accounted(&live, since, until);
    assert_eq!(report["gaps"].as_array().unwrap().len(), 0, "{report:#}");
    assert_eq!(report["reconnects"], 0);
}

#[test]
fn a_socket_gone_silent_is_found_out_and_its_gap_begins_with_its_last_frame() {
    let live = Live::new(floor(50.0));
    let archiver = live.archive(&["--duration", "5m", "--ping-after", "2s"]);
    wait_until("events come", || live.control().live_counts().written > 10);
    let since = live.control().live_now();
    live.control()
        .live_fault(LiveTarget::All, &LiveFault::Silence);
    let before = live.control().live_counts().sockets_opened;
    wait_until("another socket is open", || {
        live.control().live_counts().sockets_opened > before
    });
    sleep(Duration::from_millis(500));
    live.control().live_pause();
    sleep(Duration::from_millis(500));
    let until = live.control().live_now();
    live.stop(archiver);
    let gaps = live.gaps();
    assert!(
        gaps.iter()
            .any(|gap| gap.cause == "no heartbeat" && gap.state == "closed"),
        "{gaps:#?}"
    );
    assert_accounted(&live, since, until);
}
