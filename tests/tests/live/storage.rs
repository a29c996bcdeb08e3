//! Storage that is away, and a spool that cannot grow.

use std::env;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::thread::sleep;
use std::time::{Duration, Instant};

use gc_sim::Burst;

use super::stage::{Live, counted, floor, wait_until};
use crate::stage::{Run, Running};

#[test]
fn an_archive_that_comes_back_gets_everything_that_was_received_meanwhile() {
    let live = Live::new(floor(100.0));
    let archiver = live.archive(&["--flush-age", "200ms"]);
    wait_until("a file is there", || !live.rows().is_empty());
    let events = live.lake().join("events");
    let aside = live.lake().join("events-aside");
    // A file where the folder was: what is written there is refused, whoever asks.
    fs::rename(&events, &aside).unwrap();
    fs::write(&events, "in the way").unwrap();
    let before = live.control().live_counts().written;
    wait_until("much has been received", || {
        live.control().live_counts().written > before + 300
    });
    fs::remove_file(&events).unwrap();
    fs::rename(&aside, &events).unwrap();
    live.control().live_pause();
    sleep(Duration::from_millis(500));
    let report = live.stop(archiver).report();
    assert_eq!(
        (report["waiting"].as_u64(), report["failure"].as_str()),
        (Some(0), None),
        "{report:#}"
    );
    let archived = counted(live.rows().into_iter().filter_map(|row| row.correlation_id));
    for event in live.sent().0 {
        assert_eq!(archived.get(&event.correlation_id.to_string()), Some(&1));
    }
}

/// Events a second while storage is away, of 4 KB each.
const LOAD: u32 = 1_200;
/// For how long the archiver works before, so that its memory is what it is going to be.
const BEFORE: Duration = Duration::from_secs(15);
/// For how long storage is away; `GC_OUTAGE_SECONDS` sets another time.
const OUTAGE: Duration = Duration::from_secs(20);
/// How much more memory it may take: a small part of the 100 MB that come meanwhile.
const SPARE: u64 = 32 * 1024 * 1024;

#[test]
fn storage_refused_under_load_costs_nothing_but_the_spools_disk() {
    let outage = env::var("GC_OUTAGE_SECONDS").map_or(OUTAGE, |seconds| {
        Duration::from_secs(seconds.parse().unwrap())
    });
    let events = u64::from(LOAD) * (BEFORE + outage).as_secs();
    let live = Live::new(floor(0.0));
    let mut archiver = live.archive(&["--flush-age", "500ms"]);
    let mut burst = Burst::new(events);
    burst.per_second = Some(LOAD.into());
    live.platform.burst(burst);
    let mut peak_of = |span: Duration| {
        let until = Instant::now() + span;
        let mut peak = 0;
        while Instant::now() < until {
            assert!(!archiver.has_ended(), "the archiver has ended");
            peak = archiver.memory().max(peak);
            sleep(Duration::from_millis(50));
        }
        peak
    };
    let before = peak_of(BEFORE);
    let folder = live.lake().join("events");
    let aside = live.lake().join("events-aside");
    fs::rename(&folder, &aside).unwrap();
    fs::write(&folder, "in the way").unwrap();
    let meanwhile = peak_of(outage);
    fs::remove_file(&folder).unwrap();
    fs::rename(&aside, &folder).unwrap();
    println!("peak before {before}, while storage was away {meanwhile} bytes");
    assert!(
        meanwhile <= before + SPARE,
        "{meanwhile} bytes, {before} before"
    );
    wait_until("all is sent", || {
        live.control().live_counts().written >= events
    });
    sleep(Duration::from_millis(500));
    let report = live.stop(archiver).report();
    assert_eq!(
        (report["events"].as_u64(), report["waiting"].as_u64()),
        (Some(events), Some(0)),
        "{report:#}"
    );
    let archived = counted(live.rows().into_iter().filter_map(|row| row.correlation_id));
    assert_eq!(archived.len() as u64, events);
    assert!(archived.values().all(|count| *count == 1), "stored twice");
}

#[test]
fn an_archive_that_stays_away_ends_the_run_with_3_and_the_next_one_brings_it_all() {
    let live = Live::new(floor(100.0));
    let archiver = live.archive(&["--flush-age", "10m"]);
    wait_until("events come", || live.control().live_counts().written > 100);
    fs::create_dir_all(live.lake()).unwrap();
    fs::write(live.lake().join("events"), "in the way").unwrap();
    live.control().live_pause();
    sleep(Duration::from_millis(500));
    archiver.signal("INT");
    let run = archiver.wait().ended_with(3);
    let report = run.report();
    assert!(report["waiting"].as_u64().unwrap() >= 100, "{report:#}");
    assert!(report["failure"]["remedy"].is_string(), "{report:#}");
    fs::remove_file(live.lake().join("events")).unwrap();
    live.stop(live.archive(&[]));
    let archived = counted(live.rows().into_iter().filter_map(|row| row.correlation_id));
    for event in live.sent().0 {
        assert_eq!(archived.get(&event.correlation_id.to_string()), Some(&1));
    }
}

#[test]
fn a_spool_that_cannot_grow_ends_the_run_with_3_and_keeps_what_was_received() {
    let live = Live::new(floor(300.0));
    // The shell's limit on the size of files stands in for a disk that is full.
    let mut limited = std::process::Command::new("bash");
    let archive = live.command("archive");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$@\"", "bash"]);
    limited.arg(archive.get_program()).args(archive.get_args());
    limited.args(["--out", "lake", "--flush-age", "10m"]);
    limited.current_dir(archive.get_current_dir().unwrap());
    limited.envs(
        archive
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let run = Running::start(&mut limited).wait();
    assert_eq!(run.code, Some(3), "{run:#?}");
    assert!(run.stderr.contains("hint: "), "{}", run.stderr);
    live.control().live_pause();
    let run = live.stop(live.archive(&[]));
    assert_eq!(run.report()["waiting"], 0);
    let archived = counted(live.rows().into_iter().filter_map(|row| row.correlation_id));
    assert!(
        archived.len() > 50 && archived.values().all(|count| *count == 1),
        "{}",
        archived.len()
    );
    let gaps = live.gaps();
    for event in live.sent().0 {
        let is_there = archived.contains_key(&event.correlation_id.to_string());
        let is_known = gaps
            .iter()
            .any(|gap| gap.holds(&event.topic, event.sent_at));
        assert!(
            is_there || is_known,
            "{} is nowhere: {gaps:#?}",
            event.sent_at
        );
    }
}

#[test]
fn a_second_archiver_is_refused_with_6_and_a_folder_without_rights_with_3() {
    let live = Live::new(floor(5.0));
    let archiver = live.archive(&[]);
    let mut again = live.command("archive");
    let run = Run::of(again.args(["--out", "lake", "--duration", "1s"])).ended_with(6);
    assert!(
        run.stderr.contains("another process has it"),
        "{}",
        run.stderr
    );
    let mut other = live.command("archive");
    let flags = ["--out", "lake", "--spool", "other", "--duration", "1s"];
    let run = Run::of(other.args(&flags[2..]).args(&flags[..2]));
    assert_ne!(run.code, Some(0), "{run:#?}");
    live.stop(archiver);
    let locked = live.lake().with_file_name("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        println!("skipped: this user may write anywhere");
        return;
    }
    let mut archive = live.command("archive");
    Run::of(archive.args(["--out", "locked", "--duration", "1s"])).ended_with(3);
}
