//! `kill -9` at any moment of a re-export: readers never notice, and the next run finishes the work.
//!
//! Two platforms serve the same days, one as they were and one after the platform's late changes. The
//! archive is exported from one and from the other in turns, so that each re-export replaces every
//! file, and is killed on the way.

mod moment;
mod readers;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use gc_core::Day;
use serde_json::Value;

use crate::stage::{Platform, Run, Running, Scene, day, footer, past_watermark};
use moment::Moment;
use readers::{DuckDb, GlobReader};

const FIRST: &str = "2026-11-01";
const LAST: &str = "2026-11-03";
/// Fixed, so that a failure can be repeated.
const SEED: u64 = 20_261_101;

/// The archive that is exported from two platforms in turns.
struct Rewriting {
    scene: Scene,
    changed: Platform,
    days: Vec<Day>,
}

/// What was seen of one kill.
struct Kill {
    moment: Moment,
    was_running: bool,
    /// Jobs that the platform had made but whose names had not reached the lease.
    untold_jobs: BTreeSet<String>,
}

impl Rewriting {
    fn begin() -> Self {
        let config = || past_watermark(FIRST, LAST, 150);
        let (scene, changed) = (Scene::new(config()), Platform::start(config()));
        let days: Vec<Day> = day(FIRST).through(day(LAST)).collect();
        for date in &days {
            changed.control.apply_late_changes(*date);
        }
        Self {
            scene,
            changed,
            days,
        }
    }

    fn platform(&self, turn: usize) -> &Platform {
        match turn % 2 {
            0 => &self.scene.platform,
            _ => &self.changed,
        }
    }

    fn command(&self, turn: usize) -> std::process::Command {
        let mut command = self
            .scene
            .exporting_from(self.platform(turn), day(FIRST), day(LAST));
        command.args(["--page-size", "40", "--tables", "conversations,metrics"]);
        command
    }

    /// Exports undisturbed; returns the content hashes and how long it took.
    fn export(&self, turn: usize) -> (Vec<Value>, Duration) {
        let since = Instant::now();
        Run::of(&mut self.command(turn)).ended_with(0);
        (self.hashes(), since.elapsed())
    }

    fn hashes(&self) -> Vec<Value> {
        let manifests = self
            .days
            .iter()
            .map(|date| self.scene.archive.manifest(*date));
        manifests
            .map(|manifest| manifest["contentHash"].clone())
            .collect()
    }

    /// Returns the sets of ids that a day's file may hold.
    fn states(&self) -> BTreeMap<Day, [Vec<String>; 2]> {
        let states = |date| [self.platform(0).ids(date), self.platform(1).ids(date)];
        self.days
            .iter()
            .map(|date| (*date, states(*date)))
            .collect()
    }

    fn kill_at(&self, turn: usize, moment: Moment) -> Kill {
        let watch = moment.watch(&self.scene.archive, &self.days);
        let mut running = Running::start(&mut self.command(turn));
        while !watch.has_come() && !running.has_ended() {
            std::hint::spin_loop();
        }
        let was_running = running.kill();
        let carried: BTreeSet<_> = self.scene.archive.carried_jobs().into_iter().collect();
        let live = self.platform(turn).control.live_jobs().into_iter();
        let untold_jobs = live.filter(|job| !carried.contains(job)).collect();
        Kill {
            moment,
            was_running,
            untold_jobs,
        }
    }

    /// Runs once more and asserts that nothing is left of the run that was killed.
    fn recover(&self, turn: usize, hashes: &[Value], lost: &BTreeSet<String>) {
        let since = Instant::now();
        let run = Run::of(&mut self.command(turn)).ended_with(0);
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "the dead run's lease blocks"
        );
        assert_eq!(
            run.report()["totals"]["settled"],
            self.days.len(),
            "{run:#?}"
        );
        assert_eq!(self.hashes(), hashes);
        for date in &self.days {
            self.assert_of_one_make(*date);
            assert_eq!(
                self.scene.archive.ids(*date),
                self.platform(turn).ids(*date)
            );
        }
        let left = self.scene.archive.leftovers();
        assert!(left.is_empty(), "{left:?}");
        let live = self.platform(turn).control.live_jobs();
        let left: Vec<_> = live.iter().filter(|job| !lost.contains(*job)).collect();
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(self.scene.archive.lease().unwrap()["released"], true);
    }
}

impl Rewriting {
    /// Asserts that the flat table beside a day was made from what the day holds.
    fn assert_of_one_make(&self, date: Day) {
        let name = format!("metrics/date={date}/part-0.parquet");
        let footer = footer(&self.scene.archive.0.join(name));
        let manifest = self.scene.archive.manifest(date);
        assert_eq!(manifest["contentHash"], footer["gc.contentHash"].as_str());
    }
}

/// The moments at which a run that takes so long is killed.
fn moments(usual: Duration) -> Vec<Moment> {
    let aimed = [
        Moment::JobWritten,
        Moment::FileBegun,
        Moment::FileReplaced(1),
        Moment::FileReplaced(2),
        Moment::FileReplaced(3),
        Moment::ManifestWritten(1),
        Moment::ManifestWritten(2),
        Moment::ManifestWritten(3),
    ];
    let mut dice = fastrand::Rng::with_seed(SEED);
    // One in each stretch of the run, so that they are spread over all of it.
    let stretches = 16;
    let spread = (0..stretches).map(|stretch| {
        let share = (f64::from(stretch) + dice.f64()) / f64::from(stretches);
        Moment::After(usual.mul_f64(share))
    });
    aimed.into_iter().chain(spread).collect()
}

#[test]
fn a_run_killed_at_any_moment_harms_no_reader_and_the_next_finishes() {
    let rewriting = Rewriting::begin();
    let (before, _) = rewriting.export(0);
    let (after, usual) = rewriting.export(1);
    let states = rewriting.states();
    let glob = GlobReader::start(&rewriting.scene.archive, states);
    let duckdb = DuckDb::start(&rewriting.scene.archive);
    let mut kills = Vec::new();
    let mut lost = BTreeSet::new();
    for (turn, moment) in moments(usual).into_iter().enumerate() {
        let mut kill = rewriting.kill_at(turn, moment);
        kill.untold_jobs.retain(|job| !lost.contains(job));
        lost.extend(kill.untold_jobs.iter().cloned());
        let hashes = if turn % 2 == 0 { &before } else { &after };
        rewriting.recover(turn, hashes, &lost);
        kills.push(kill);
    }
    println!("glob: {} looks, DuckDB: {}", glob.finish(), duckdb.finish());
    report(&kills);
}

/// Says what the kills hit, and asserts that they hit enough.
fn report(kills: &[Kill]) {
    for kill in kills {
        let Kill {
            moment,
            was_running,
            untold_jobs,
        } = kill;
        let fate = if *was_running { "killed" } else { "had ended" };
        println!("{moment:?}: {fate}, {} jobs untold", untold_jobs.len());
    }
    let hit = kills.iter().filter(|kill| kill.was_running).count();
    assert!(
        hit >= 20,
        "only {hit} runs were still running when they were killed"
    );
    // Between the platform's making of a job and our writing down of its name lies one answer: a kill
    // in it leaves a job that nobody knows of, at most one for each day in hand. That must stay rare.
    let struck = kills.iter().filter(|kill| !kill.untold_jobs.is_empty());
    assert!(struck.count() <= kills.len() / 4);
    assert!(kills.iter().all(|kill| kill.untold_jobs.len() <= 3));
}
