//! The views and reports, in both engines, against what the served JSON says without SQL.

use std::fs;
use std::path::Path;

use gc_sim::SimConfig;
use serde_json::{Value, json};

use super::{ALL_TABLES, engines};
use crate::stage::{Platform, Run, Scene, day, past_watermark, python};

/// In Sydney the clock goes forward on 2026-10-04, in Berlin back on 2026-10-25.
const SPRING: (&str, &str) = ("2026-10-02", "2026-10-04");
const AUTUMN: (&str, &str) = ("2026-10-23", "2026-10-26");

/// A platform that serves the usual days, but that few customers call again and again, that some measurements
/// lack the time at which they were made, and that some conversations were transferred out of the house.
fn with_regulars((first, last): (&str, &str), folder: &Path) -> SimConfig {
    let config = || past_watermark(first, last, 150);
    let usual = Platform::start(config());
    let days = day(first).through(day(last));
    let records = days.flat_map(|date| usual.conversations(date).into_values());
    let records: Vec<Value> = records.enumerate().map(made_odd).collect();
    let file = folder.join(format!("{first}.json"));
    fs::write(&file, json!({ "conversations": records }).to_string()).unwrap();
    let mut config = config();
    config.records = Some(file);
    config
}

fn made_odd((place, mut record): (usize, Value)) -> Value {
    let participants = record["participants"].as_array_mut().unwrap();
    if place % 11 == 3 {
        // What was waiting in a second queue is gone.
        let mut waits = 0;
        participants.retain(|one| {
            waits += usize::from(one["purpose"] == "acd");
            one["purpose"] != "acd" || waits < 2
        });
    }
    let customer = participants[0].as_object_mut().unwrap();
    customer.remove("externalContactId");
    let session = &mut customer["sessions"][0];
    session["ani"] = format!("tel:+4930{:05}", place % 40).into();
    let metric = &mut session["metrics"][0];
    if let (0, Some(metric)) = (place % 7, metric.as_object_mut()) {
        metric.remove("emitDate");
    }
    record
}

#[test]
fn every_view_and_report_says_what_the_served_json_says() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::new(with_regulars(SPRING, folder.path()));
    let autumn = Platform::start(with_regulars(AUTUMN, folder.path()));
    let mut served = Vec::new();
    for (platform, (first, last)) in [(&scene.platform, SPRING), (&autumn, AUTUMN)] {
        let mut export = scene.exporting_from(platform, day(first), day(last));
        Run::of(export.args(["--settle", "none", "--tables", ALL_TABLES])).ended_with(0);
        served.push(format!("{}={first}..{last}", platform.url));
    }
    let mut script = python("reports_agree.py");
    script.arg(engines()).arg(&scene.archive.0).args(served);
    script.args([
        "--",
        "Europe/Berlin=2026-10-25..2026-10-25/30",
        "Australia/Sydney=2026-10-04..2026-10-04/15",
        "Asia/Kolkata=2026-10-24..2026-10-25/60",
    ]);
    println!("{}", Run::of(&mut script).ended_with(0).stdout);
}

#[test]
fn reports_of_an_archive_without_names_say_all_but_the_names() {
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::new(with_regulars(AUTUMN, folder.path()));
    let mut export = scene.exporting(day(AUTUMN.0), day(AUTUMN.1));
    Run::of(export.args(["--settle", "none", "--no-reference"])).ended_with(0);
    let mut script = python("reports_agree.py");
    script.arg(engines()).arg(&scene.archive.0);
    script.arg(format!("{}={}..{}", scene.platform.url, AUTUMN.0, AUTUMN.1));
    script.args(["--", "Europe/Berlin=2026-10-25..2026-10-25/30"]);
    println!("{}", Run::of(&mut script).ended_with(0).stdout);
}
