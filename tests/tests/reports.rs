//! What programs read: one JSON object on standard output, all else elsewhere.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::stage::{Run, Scene, day, past_watermark};

const DATE: &str = "2026-11-01";

fn scene() -> Scene {
    Scene::new(past_watermark(DATE, "2026-11-02", 60))
}

fn keys(object: &Value) -> BTreeSet<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

#[test]
fn the_json_report_has_the_documented_keys_and_stands_alone_on_stdout() {
    let scene = scene();
    let mut export = scene.exporting(day(DATE), day("2026-11-02"));
    let run = Run::of(export.arg("-vv")).ended_with(0);
    assert_eq!(run.stdout.lines().count(), 1);
    assert!(!run.stderr.is_empty(), "the log goes to standard error");
    let partition = run.partition(day(DATE));
    let documented = [
        "date",
        "verdict",
        "rows",
        "expected",
        "source",
        "changed",
        "quarantined",
        "unknownFields",
        "requests",
        "file",
    ];
    for key in documented {
        assert!(
            keys(&partition).contains(key),
            "{key} is not in {partition:#}"
        );
    }
    assert_eq!(
        keys(&partition["changed"]),
        BTreeSet::from(["added", "changed", "removed"])
    );
    assert_eq!(
        partition["file"],
        "conversations/date=2026-11-01/part-0.parquet"
    );
    let report = run.report();
    assert_eq!(
        report["totals"]["rows"],
        2 * partition["rows"].as_u64().unwrap()
    );
}

#[test]
fn status_tells_the_verdicts_without_the_platform() {
    let scene = scene();
    let exported = Run::of(&mut scene.exporting(day(DATE), day("2026-11-02"))).ended_with(0);
    scene.platform.control.clear_requests();
    let mut status = scene.command();
    status.env_clear();
    let status = Run::of(status.args(["status", "--out", "lake", "--report", "json"]));
    let status = status.ended_with(0);
    for date in day(DATE).through(day("2026-11-02")) {
        let (then, now) = (exported.partition(date), status.partition(date));
        for key in [
            "date",
            "verdict",
            "rows",
            "expected",
            "source",
            "file",
            "unknownFields",
        ] {
            assert_eq!(now[key], then[key], "{key}");
        }
    }
    assert!(scene.platform.control.requests().is_empty());
}

#[test]
fn a_dry_run_says_what_to_expect_and_writes_nothing() {
    let scene = scene();
    let run = scene.export_with(day(DATE), &["--dry-run"]).ended_with(0);
    let report = run.report();
    assert_eq!(report["outcome"], "planned");
    assert_eq!(
        report["plan"]["days"][0]["expected"],
        scene.platform.ids(day(DATE)).len()
    );
    assert!(!scene.archive.0.is_dir(), "{:?}", scene.archive.files());
    let jobs = scene.platform.count(crate::stage::operation::SUBMIT);
    assert_eq!(jobs, 0);

    scene.export(day(DATE)).ended_with(0);
    let (files, stamps) = (scene.archive.files(), scene.archive.stamps());
    scene.platform.control.apply_late_changes(day(DATE));
    scene.export_with(day(DATE), &["--dry-run"]).ended_with(0);
    assert_eq!(
        (scene.archive.files(), scene.archive.stamps()),
        (files, stamps)
    );
}

#[test]
fn a_failure_leaves_stdout_to_the_report() {
    let scene = scene();
    scene
        .platform
        .control
        .deny("analytics:conversationDetail:view");
    let run = scene.export(day(DATE)).ended_with(3);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.contains("error: failed to "), "{run:#?}");
}
