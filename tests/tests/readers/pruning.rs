//! Readers read no more than they have to: partitions and row groups that cannot matter are passed over.

use std::fs;
use std::path::Path;

use super::{ALL_TABLES, engines};
use crate::live::stage::{Live, floor, wait_until};
use crate::stage::{Run, Scene, day, past_watermark, python};

const FIRST: &str = "2026-11-01";
const LAST: &str = "2026-11-03";

/// A world whose days are large enough for several row groups each.
fn scene() -> Scene {
    let mut config = past_watermark(FIRST, LAST, 1_000);
    config.world.bytes_per_conversation = 60_000;
    Scene::new(config)
}

/// Puts the events of a short run into the lake, and again under an hour of another day.
fn add_events(lake: &Path) {
    let live = Live::new(floor(100.0));
    let archiver = live.archive(&[]);
    wait_until("events come", || live.control().live_counts().written > 100);
    live.stop(archiver);
    for target in ["", "date=2026-11-01/hour=07"] {
        for date in fs::read_dir(live.lake().join("events")).unwrap() {
            let date = date.unwrap();
            for hour in fs::read_dir(date.path()).unwrap() {
                let hour = hour.unwrap();
                let own = Path::new(&date.file_name()).join(hour.file_name());
                let target = if target.is_empty() {
                    own
                } else {
                    target.into()
                };
                let folder = lake.join("events").join(target);
                fs::create_dir_all(&folder).unwrap();
                for file in fs::read_dir(hour.path()).unwrap() {
                    let file = file.unwrap();
                    fs::copy(file.path(), folder.join(file.file_name())).unwrap();
                }
            }
        }
    }
}

#[test]
fn partitions_and_row_groups_that_cannot_matter_are_passed_over() {
    let scene = scene();
    let mut export = scene.exporting(day(FIRST), day(LAST));
    export.args(["--settle", "none", "--tables", ALL_TABLES]);
    Run::of(export.args(["--page-size", "50"])).ended_with(0);
    add_events(&scene.archive.0);
    let mut script = python("pruning.py");
    script.arg(engines()).arg(&scene.archive.0).arg(LAST);
    println!("{}", Run::of(&mut script).ended_with(0).stdout);
}
