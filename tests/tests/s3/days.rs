//! Days exported, exported again, corrected, set aside; two runs at once.

use std::thread;
use std::time::Duration;

use gc_sim::{Fault, Rule};
use serde_json::json;

use super::place::{DATE, Place};
use crate::stage::{Platform, Run, Running, day, operation, past_watermark};

#[test]
fn an_unchanged_day_in_a_bucket_changes_no_object_and_a_changed_one_is_replaced() {
    let (first, last) = (day("2026-11-01"), day("2026-11-02"));
    let Some(place) = Place::new(past_watermark("2026-11-01", "2026-11-02", 120)) else {
        return;
    };
    let bucket = &place.bucket;
    let export = || Run::of(&mut place.command("export", first, last)).ended_with(0);
    assert_eq!(export().report()["totals"]["settled"], 2);
    let before = bucket.kept();
    assert_eq!(before.len(), 4, "a file and a manifest for each day");
    // Stores tell the time of a change to the second.
    thread::sleep(Duration::from_millis(1_100));
    assert_eq!(export().partition(first)["replaced"], false);
    assert_eq!(bucket.kept(), before);

    place.platform().control.apply_late_changes(first);
    let run = export();
    let changed = &run.partition(first)["changed"];
    assert_ne!(*changed, json!({"added": 0, "changed": 0, "removed": 0}));
    assert_eq!(bucket.manifest(first)["change"], *changed);
    let after = bucket.kept();
    for (name, stamp) in &before {
        let is_kept = name.contains("2026-11-02");
        assert_eq!(after[name] == *stamp, is_kept, "{name}");
    }
    for date in [first, last] {
        assert_eq!(bucket.ids(date), place.platform().ids(date));
    }

    let run = Run::of(&mut place.command("verify", first, last)).ended_with(0);
    assert_eq!(run.report()["totals"]["settled"], 2, "{run:#?}");
    let run = Run::of(&mut place.status()).ended_with(0);
    assert_eq!(run.report()["totals"]["settled"], 2, "{run:#?}");
    assert_eq!(bucket.lease()["released"], true);
    assert_eq!(bucket.uploads(), Vec::<String>::new());
}

#[test]
fn a_record_that_fits_nowhere_is_kept_in_the_bucket_until_an_export_without_one() {
    let Some(place) = Place::small() else { return };
    let start = format!("{DATE}T01:02:03Z");
    let misfit =
        json!({"conversationId": "misfit", "conversationStart": start, "participants": "none"});
    let inject = Fault::inject([misfit.clone()]);
    let rule = Rule::on(operation::RESULTS).times(1).fault(inject);
    place.platform().control.add_fault(rule);
    let run = place.export().ended_with(5);
    assert_eq!(run.partition(day(DATE))["quarantined"], 1, "{run:#?}");
    let (_folder, copy) = place.bucket.copy();
    let aside = copy.quarantine(day(DATE));
    let record = aside[0]["record"].as_str().unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(record).unwrap(),
        misfit
    );
    place.export().ended_with(0);
    assert!(place.bucket.stamps("_gc/quarantine").is_empty());
    assert_eq!(place.bucket.ids(day(DATE)), place.platform().ids(day(DATE)));
}

#[test]
fn of_two_exports_that_race_for_a_bucket_one_ends_with_6() {
    let Some(place) = Place::small() else { return };
    let slow = Rule::on(operation::RESULTS).fault(Fault::Delay { ms: 1_500 });
    place.platform().control.add_fault(slow);
    let racers = [(); 2].map(|()| Running::start(&mut place.exporting()));
    let mut runs = racers.map(Running::wait);
    runs.sort_by_key(|run| run.code);
    let codes = [runs[0].code, runs[1].code];
    assert_eq!(codes, [Some(0), Some(6)], "{runs:#?}");
    assert!(runs[1].stderr.contains("held by"), "{runs:#?}");
    let run = place.export().ended_with(0);
    assert_eq!(run.partition(day(DATE))["replaced"], false);
}

#[test]
fn a_bucket_is_reached_without_telling_its_secret() {
    let Some(place) = Place::small() else { return };
    let mut export = place.exporting();
    export.arg("-vvv").env("RUST_LOG", "trace");
    let run = Run::of(&mut export).ended_with(0);
    assert!(run.stderr.contains("TRACE"));
    let secret = std::env::var("AWS_SECRET_ACCESS_KEY").unwrap();
    for word in [secret.as_str(), "X-Amz-Signature="] {
        let place = run.stderr.find(word);
        let around = place.map(|place| &run.stderr[place.saturating_sub(300)..place]);
        assert_eq!(around, None, "{word}");
    }
}

#[test]
fn what_a_lease_carries_stays_listed_until_somebody_knows_how_to_free_it() {
    let Some(place) = Place::small() else { return };
    place.export().ended_with(0);
    let carried = json!(["elsewhere:1", "job:no-such-job"]);
    place
        .bucket
        .change_lease("conversations", |lease| lease["resources"] = carried);
    place.export().ended_with(0);
    assert_eq!(place.bucket.lease()["resources"], json!(["elsewhere:1"]));
}

#[test]
fn names_lie_in_a_bucket_as_on_a_disk_and_what_is_gone_keeps_its_own() {
    let Some(place) = Place::small() else { return };
    let mut config = past_watermark(DATE, DATE, 60);
    config.world.seed = 2;
    let other = Platform::start(config);
    let names = |platform: &Platform| -> usize {
        let lists = ["queues", "users", "flows"];
        let counts = lists.map(|list| platform.control.entities(list).len());
        counts.iter().sum()
    };
    place.export().ended_with(0);
    let before = place.bucket.stamps("reference");
    assert_eq!(before.len(), 10, "{before:#?}");
    let mut reference = place.scene.command_at(&other.url);
    place.bucket.tell(&mut reference);
    reference.args(["reference", "--out", &place.bucket.root, "--report", "json"]);
    reference.args(["--tables", "queues,users,flows"]);
    let report = Run::of(&mut reference).ended_with(0).report();
    assert_eq!(
        report["totals"]["rows"],
        names(place.platform()) + names(&other)
    );
    let after = place.bucket.stamps("reference");
    for (name, stamp) in &before {
        let is_asked_for = ["queues", "users", "flows"]
            .iter()
            .any(|table| name.contains(table));
        assert_eq!(after[name] != *stamp, is_asked_for, "{name}");
    }
    let (_folder, copy) = place.bucket.copy();
    assert!(copy.0.join("_gc/runs/reference").is_dir());
    assert_eq!(place.bucket.uploads(), Vec::<String>::new());
}
