//! The spool: what is durable, what leaves, what is known of what was not heard.

use std::path::Path;

use gc_core::{Class, Classify};
use gc_sink::spool::{Gap, GapState, NOT_RUNNING, Spool, SpoolReader, Stream, TailLimits};
use jiff::{SignedDuration, Timestamp};

fn at(milliseconds: i64) -> Timestamp {
    let base: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
    base + SignedDuration::from_millis(milliseconds)
}

fn topics(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Adds events `ids` received one second apart from `from` on, in one group.
fn receive(spool: &mut Spool, from: i64, ids: std::ops::Range<u128>) -> usize {
    let mut group = spool.begin().unwrap();
    let mut new = 0;
    for (nth, id) in ids.enumerate() {
        let received_at = at(from + i64::try_from(nth).unwrap() * 1_000);
        let record = format!("record {id}");
        new += usize::from(
            group
                .append(received_at, id, record.as_bytes())
                .unwrap()
                .is_some(),
        );
    }
    group.commit().unwrap();
    new
}

fn hear(spool: &mut Spool, work: impl FnOnce(&mut gc_sink::spool::Group<'_>)) {
    let mut group = spool.begin().unwrap();
    work(&mut group);
    group.commit().unwrap();
}

fn brief(gaps: &[Gap]) -> Vec<(Timestamp, Option<Timestamp>, &str, Vec<&str>)> {
    gaps.iter()
        .map(|gap| {
            let topics = gap.topics.iter().map(String::as_str).collect();
            (gap.start, gap.end, gap.cause.as_str(), topics)
        })
        .collect()
}

const SMALL: TailLimits = TailLimits {
    bytes: u64::MAX,
    rows: 5,
};

#[test]
fn a_tail_grows_under_one_name_until_it_is_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path()).unwrap();
    receive(&mut spool, 0, 1..4);
    let first = spool
        .plan_tail(Stream::Events, SMALL, at(9_000), false)
        .unwrap()
        .unwrap();
    assert_eq!((first.first, first.last, first.seals), (1, 3, false));
    spool.tail_stored(&first).unwrap();
    assert_eq!(
        spool
            .plan_tail(Stream::Events, SMALL, at(9_000), false)
            .unwrap(),
        None
    );
    receive(&mut spool, 3_000, 4..6);
    receive(&mut spool, 5_000, 6..10);
    let second = spool
        .plan_tail(Stream::Events, SMALL, at(9_000), false)
        .unwrap()
        .unwrap();
    assert_eq!((second.sequence, second.hour), (first.sequence, first.hour));
    assert_eq!((second.first, second.last, second.seals), (1, 5, true));
    spool.tail_stored(&second).unwrap();
    let third = spool
        .plan_tail(Stream::Events, SMALL, at(9_000), false)
        .unwrap()
        .unwrap();
    assert_eq!(
        (third.sequence, third.first, third.last),
        (second.sequence + 1, 6, 9)
    );
    assert_eq!(
        spool.reader().unwrap().waiting(Stream::Events).unwrap().0,
        4
    );
}

#[test]
fn an_hour_that_is_over_seals_its_tail() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path()).unwrap();
    receive(&mut spool, 3_598_000, 1..5);
    let ten = spool.plan_tail(Stream::Events, TailLimits::default(), at(3_601_000), false);
    let ten = ten.unwrap().unwrap();
    assert_eq!(
        (ten.hour, ten.first, ten.last, ten.seals),
        (at(0), 1, 2, true)
    );
    spool.tail_stored(&ten).unwrap();
    let eleven = spool.plan_tail(Stream::Events, TailLimits::default(), at(3_601_000), false);
    let eleven = eleven.unwrap().unwrap();
    assert_eq!((eleven.hour, eleven.seals), (at(3_600_000), false));
}

#[test]
fn a_flush_cut_short_is_planned_again_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path()).unwrap();
    receive(&mut spool, 0, 1..8);
    let before = spool
        .plan_tail(Stream::Events, SMALL, at(9_000), false)
        .unwrap();
    drop(spool);
    let mut spool = Spool::open(folder.path()).unwrap();
    receive(&mut spool, 8_000, 8..9);
    assert_eq!(
        spool
            .plan_tail(Stream::Events, SMALL, at(9_000), true)
            .unwrap(),
        before
    );
}

#[test]
fn positions_go_on_after_everything_has_left() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path()).unwrap();
    receive(&mut spool, 0, 1..4);
    let plan = spool
        .plan_tail(Stream::Events, SMALL, at(9_000), true)
        .unwrap()
        .unwrap();
    spool.tail_stored(&plan).unwrap();
    let writer = spool.writer().to_owned();
    drop(spool);
    let mut spool = Spool::open(folder.path()).unwrap();
    assert_eq!(spool.writer(), writer);
    receive(&mut spool, 5_000, 10..11);
    let next = spool
        .plan_tail(Stream::Events, SMALL, at(9_000), false)
        .unwrap()
        .unwrap();
    assert_eq!((next.sequence, next.first), (plan.sequence + 1, 4));
}

#[test]
fn duplicates_are_known_after_their_file_is_sealed_and_the_process_is_new() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path()).unwrap();
    assert_eq!(receive(&mut spool, 0, 1..4), 3);
    assert_eq!(receive(&mut spool, 4_000, 2..5), 1);
    let plan = spool
        .plan_tail(Stream::Events, SMALL, at(9_000), true)
        .unwrap()
        .unwrap();
    spool.tail_stored(&plan).unwrap();
    drop(spool);
    let mut spool = Spool::open(folder.path()).unwrap();
    assert_eq!(receive(&mut spool, 9_000, 1..6), 1);
}

#[test]
fn what_is_not_committed_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path()).unwrap();
    receive(&mut spool, 0, 1..3);
    let mut group = spool.begin().unwrap();
    group.append(at(5_000), 7, b"lost").unwrap();
    drop(group);
    drop(spool);
    let mut spool = Spool::open(folder.path()).unwrap();
    assert_eq!(receive(&mut spool, 6_000, 7..8), 1);
    let records = spool
        .reader()
        .unwrap()
        .records(Stream::Events, 0, 99, usize::MAX)
        .unwrap();
    assert_eq!(
        records.iter().map(|record| record.id).collect::<Vec<_>>(),
        [1, 2, 7]
    );
}

#[test]
fn a_gap_lies_between_the_last_frame_and_the_first_after() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path()).unwrap();
    hear(&mut spool, |group| {
        group.up(1, &topics(&["a", "b"]), at(0)).unwrap();
    });
    hear(&mut spool, |group| {
        group.down(1, at(500), "connection lost").unwrap();
    });
    hear(&mut spool, |group| {
        group.up(2, &topics(&["a"]), at(900)).unwrap();
    });
    let gaps = spool.gaps().unwrap();
    assert_eq!(
        brief(&gaps),
        [
            (at(500), None, "connection lost", vec!["b"]),
            (at(500), Some(at(900)), "connection lost", vec!["a"]),
        ]
    );
    hear(&mut spool, |group| {
        group.up(2, &topics(&["a", "b"]), at(1_000)).unwrap();
    });
    let gaps = spool.gaps().unwrap();
    assert!(
        gaps.iter()
            .all(|gap| gap.state == GapState::Closed && gap.is_total),
        "{gaps:?}"
    );
}

#[test]
fn a_link_that_was_there_in_time_leaves_no_gap_and_a_late_one_a_closed_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path()).unwrap();
    hear(&mut spool, |group| {
        group.up(1, &topics(&["a"]), at(0)).unwrap();
        group.up(2, &topics(&["a"]), at(400)).unwrap();
        group.down(1, at(450), "renewed").unwrap();
    });
    assert_eq!(spool.gaps().unwrap(), []);
    hear(&mut spool, |group| {
        group.up(3, &topics(&["a"]), at(900)).unwrap();
        group.down(2, at(700), "renewed").unwrap();
    });
    let gaps = spool.gaps().unwrap();
    assert_eq!(
        brief(&gaps),
        [(at(700), Some(at(901)), "renewed", vec!["a"])]
    );
}

#[test]
fn the_time_without_a_process_is_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path()).unwrap();
    hear(&mut spool, |group| {
        group.up(1, &topics(&["a"]), at(0)).unwrap();
        group.up(2, &topics(&["b"]), at(0)).unwrap();
    });
    hear(&mut spool, |group| group.alive(1, at(3_000)));
    drop(spool);
    let mut spool = Spool::open(folder.path()).unwrap();
    let gaps = spool.gaps().unwrap();
    assert_eq!(
        brief(&gaps),
        [
            (at(-5_000), None, NOT_RUNNING, vec!["b"]),
            (at(-2_000), None, NOT_RUNNING, vec!["a"])
        ]
    );
    hear(&mut spool, |group| {
        group.up(1, &topics(&["a", "b"]), at(60_000)).unwrap();
    });
    assert!(
        spool
            .gaps()
            .unwrap()
            .iter()
            .all(|gap| gap.end == Some(at(60_000)))
    );
}

#[test]
fn a_gap_is_filled_at_the_time_that_was_planned_first() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path()).unwrap();
    hear(&mut spool, |group| {
        group.up(1, &topics(&["a"]), at(0)).unwrap();
        group.down(1, at(1), "stopped").unwrap();
        group.up(2, &topics(&["a"]), at(2)).unwrap();
    });
    let gap = spool.gaps().unwrap()[0].id;
    hear(&mut spool, |group| {
        assert_eq!(group.plan_fill(gap, at(10_000)).unwrap(), at(10_000));
        assert_eq!(group.plan_fill(gap, at(20_000)).unwrap(), at(10_000));
    });
    assert_eq!(spool.gaps().unwrap()[0].state, GapState::Closed);
    hear(&mut spool, |group| group.filled(gap, 3, "job").unwrap());
    let filled = &spool.gaps().unwrap()[0];
    assert_eq!((filled.state, filled.rows), (GapState::Filled, Some(3)));
    assert_eq!(filled.filled_at, Some(at(10_000)));
}

#[test]
fn a_second_writer_is_refused_and_a_reader_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path()).unwrap();
    receive(&mut spool, 0, 1..3);
    let error = Spool::open(folder.path()).unwrap_err();
    assert_eq!(error.class(), Class::Held);
    assert_eq!(
        SpoolReader::open(folder.path())
            .unwrap()
            .waiting(Stream::Events)
            .unwrap()
            .0,
        2
    );
}

fn operator(folder: &Path) -> String {
    let error = Spool::open(folder).unwrap_err();
    assert!(matches!(error.class(), Class::Operator { .. }), "{error:?}");
    gc_core::describe(&error)
}

#[test]
fn damage_and_other_versions_are_told_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("spool.sqlite");
    drop(Spool::open(folder.path()).unwrap());
    let connection = rusqlite::Connection::open(&database).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    assert!(operator(folder.path()).contains("version 99"));
    let whole = std::fs::read(&database).unwrap();
    std::fs::write(&database, &whole[..whole.len() / 2]).unwrap();
    assert!(operator(folder.path()).contains("damaged"), "cut in half");
    std::fs::write(
        &database,
        b"this is no database, and long enough to be looked at as one",
    )
    .unwrap();
    assert!(operator(folder.path()).contains("damaged"));
    assert!(
        std::fs::read(&database)
            .unwrap()
            .starts_with(b"this is no database")
    );
    let empty = tempfile::tempdir().unwrap();
    assert!(SpoolReader::open(empty.path()).is_err());
    assert!(
        std::fs::read_dir(empty.path()).unwrap().next().is_none(),
        "a reader makes nothing"
    );
}

#[test]
fn records_and_snapshots_that_are_garbled_are_damage_and_no_defect_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path()).unwrap();
    receive(&mut spool, 0, 1..4);
    let snapshot = gc_sink::spool::Snapshot {
        key: "a".to_owned(),
        updated_at: at(0),
        ended: false,
        record: "{}".repeat(1_000),
    };
    hear(&mut spool, |group| group.keep_snapshot(&snapshot).unwrap());
    let reader = spool.reader().unwrap();
    assert_eq!(reader.open_snapshots().unwrap(), [snapshot]);
    assert_eq!(reader.open_snapshot_keys().unwrap(), ["a"]);
    let database = rusqlite::Connection::open(folder.path().join("spool.sqlite")).unwrap();
    let garble = "UPDATE events SET records = x'28b52ffd00'; UPDATE snapshots SET record = x'00';";
    database.execute_batch(garble).unwrap();
    let records = reader.records(Stream::Events, 1, 3, usize::MAX).map(drop);
    for result in [records, reader.open_snapshots().map(drop)] {
        let error = result.unwrap_err();
        assert!(matches!(error.class(), Class::Operator { .. }), "{error:?}");
        assert!(gc_core::describe(&error).contains("damaged"), "{error:?}");
    }
}

#[test]
fn snapshots_are_forgotten_by_age_and_by_number() {
    let folder = tempfile::tempdir().unwrap();
    let mut spool = Spool::open(folder.path()).unwrap();
    hear(&mut spool, |group| {
        for (key, age, ended) in [
            ("old", 0, false),
            ("ended", 50, true),
            ("new", 100, false),
            ("more", 90, false),
        ] {
            let snapshot = gc_sink::spool::Snapshot {
                key: key.to_owned(),
                updated_at: at(age),
                ended,
                record: "{}".to_owned(),
            };
            group.keep_snapshot(&snapshot).unwrap();
        }
        group.forget_snapshots(at(60), at(10), 1).unwrap();
        assert!(group.snapshot("ended").unwrap().is_none());
    });
    let left = spool.reader().unwrap().open_snapshots().unwrap();
    assert_eq!(
        left.iter()
            .map(|snapshot| snapshot.key.as_str())
            .collect::<Vec<_>>(),
        ["new"]
    );
}
