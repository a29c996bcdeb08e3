//! `kill -9` and Ctrl-C in the middle of uploads: readers never notice, and no upload stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use gc_sim::{Fault, Rule};

use super::place::{DATE, Place, heavy};
use crate::stage::{Bucket, Platform, Run, Running, day, operation};

/// Fixed, so that a failure can be repeated.
const SEED: u64 = 20_261_104;
/// Runs that are killed while they run, and how many are begun at most: some end before their moment.
const KILLS: u32 = 12;
const TRIES: usize = 30;
/// A file of two parts.
const CONVERSATIONS: u64 = 34;
const BYTES: usize = 270_000;
const NOTHING: [String; 0] = [];

/// When to kill.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So long after it was started.
    After(Duration),
    /// The store knows of an upload.
    UploadBegun,
}

/// A bucket that is exported from two platforms in turns, each time with a file of its own.
pub(super) struct Rewriting {
    pub(super) place: Place,
    pub(super) platforms: [Platform; 2],
}

impl Rewriting {
    pub(super) fn begin() -> Option<Self> {
        let place = Place::small()?;
        let later = 5..CONVERSATIONS + 5;
        Some(Self {
            place,
            platforms: [heavy(0..CONVERSATIONS, BYTES), heavy(later, BYTES)],
        })
    }

    pub(super) fn exporting(&self, turn: usize) -> std::process::Command {
        let date = day(DATE);
        let platform = &self.platforms[turn % 2];
        self.place.command_from(platform, "export", date, date)
    }

    /// Exports undisturbed; returns how long it took.
    pub(super) fn export(&self, turn: usize) -> Duration {
        let since = Instant::now();
        Run::of(&mut self.exporting(turn)).ended_with(0);
        assert_eq!(self.place.bucket.uploads(), NOTHING);
        assert_eq!(self.place.bucket.ids(day(DATE)), self.ids()[turn % 2]);
        since.elapsed()
    }

    /// Returns the ids that the day's file may hold.
    pub(super) fn ids(&self) -> [Vec<String>; 2] {
        [0, 1].map(|turn: usize| self.platforms[turn].ids(day(DATE)))
    }

    /// Asserts that the day's file holds one of its two states whole.
    pub(super) fn assert_whole(&self) {
        let ids = self.place.bucket.ids(day(DATE));
        assert!(self.ids().contains(&ids), "{} ids of neither", ids.len());
    }
}

/// Reads all data files that there are, again and again; returns how often, when told to stop.
fn watch(rewriting: &Rewriting) -> (Arc<AtomicBool>, JoinHandle<u64>) {
    let bucket = rewriting.place.bucket.clone();
    let (states, stop) = (rewriting.ids(), Arc::new(AtomicBool::new(false)));
    let stopped = Arc::clone(&stop);
    let look = move |bucket: &Bucket| {
        let files: Vec<_> = bucket.stamps("conversations").into_keys().collect();
        assert_eq!(files.len(), 1, "{files:?}");
        let ids = bucket.ids(day(DATE));
        assert!(states.contains(&ids), "{} ids of neither state", ids.len());
    };
    let watcher = thread::spawn(move || {
        let mut looks = 0;
        while !stopped.load(Ordering::Relaxed) {
            look(&bucket);
            looks += 1;
            thread::sleep(Duration::from_millis(20));
        }
        looks
    });
    (stop, watcher)
}

#[test]
fn a_run_killed_while_it_uploads_leaves_the_old_day_and_the_next_run_no_upload() {
    let Some(rewriting) = Rewriting::begin() else {
        return;
    };
    let bucket = &rewriting.place.bucket;
    rewriting.export(0);
    let mut usual = rewriting.export(1);
    let (stop, watcher) = watch(&rewriting);
    let mut dice = fastrand::Rng::with_seed(SEED);
    let (mut killed, mut left) = (0, 0);
    for turn in 0..TRIES {
        let moment = match turn {
            ..4 => Moment::UploadBegun,
            _ => Moment::After(usual.mul_f64(dice.f64() * 0.9)),
        };
        let since = Instant::now();
        let mut running = Running::start(&mut rewriting.exporting(turn));
        let has_come = || match moment {
            Moment::After(duration) => since.elapsed() >= duration,
            Moment::UploadBegun => !bucket.uploads().is_empty(),
        };
        while !has_come() && !running.has_ended() {
            thread::sleep(Duration::from_millis(1));
        }
        killed += u32::from(running.kill());
        left += bucket.uploads().len();
        bucket.let_lease_expire("conversations");
        usual = rewriting.export(turn);
        if killed >= KILLS {
            break;
        }
    }
    stop.store(true, Ordering::Relaxed);
    let looks = watcher.join().unwrap();
    println!("{killed} killed, {left} uploads left to the next run, {looks} looks");
    assert!(killed >= KILLS && left >= 2 && looks >= 20);
}

#[test]
fn a_run_interrupted_while_it_uploads_takes_its_upload_back() {
    let Some(place) = Place::small() else { return };
    // Row groups of 24 MiB are uploaded as soon as they are full: the first before the last page.
    let platform = heavy(0..100, 600_000);
    let slow = Rule::on(operation::RESULTS).skip(12);
    platform
        .control
        .add_fault(slow.fault(Fault::Delay { ms: 1_000 }));
    let date = day(DATE);
    for signal in ["INT", "TERM"] {
        let mut export = place.command_from(&platform, "export", date, date);
        let mut running = Running::start(export.args(["--page-size", "6"]));
        while place.bucket.uploads().is_empty() {
            assert!(!running.has_ended(), "{:#?}", running.wait());
            thread::sleep(Duration::from_millis(5));
        }
        running.signal(signal);
        running.wait().ended_with(130);
        assert_eq!(place.bucket.uploads(), NOTHING);
        assert_eq!(place.bucket.lease()["released"], true);
        assert!(place.bucket.stamps("conversations").is_empty());
        assert_eq!(platform.control.live_jobs(), NOTHING);
    }
}
