//! Corrected when the platform corrects itself.

use serde_json::json;

use crate::stage::{Run, Scene, day, past_watermark, world};

#[test]
fn a_straddling_day_is_provisional_and_settles_once_the_watermark_has_passed() {
    let scene = Scene::new(world("2026-11-01", "2026-11-03", 200));
    let straddling = day("2026-11-02");
    let watermark = "2026-11-02T12:00:00Z".parse().unwrap();
    scene.platform.control.set_watermark(watermark);
    let run = scene.export(straddling).ended_with(0);
    let partition = run.partition(straddling);
    assert_eq!(
        (&partition["verdict"], &partition["source"]),
        (&"provisional".into(), &"query".into())
    );
    assert_eq!(
        scene.archive.ids(straddling),
        scene.platform.ids(straddling)
    );

    scene
        .platform
        .control
        .set_watermark(day("2026-11-05").start());
    let run = scene.export_with(day("2026-11-03"), &[]).ended_with(0);
    let partition = run.partition(straddling);
    assert_eq!(
        (&partition["verdict"], &partition["source"]),
        (&"settled".into(), &"job".into())
    );
    assert_eq!(partition["reason"], "provisional");
    assert_eq!(scene.archive.manifest(straddling)["verdict"], "settled");
    assert_eq!(
        scene.archive.ids(straddling),
        scene.platform.ids(straddling)
    );
}

#[test]
fn late_changes_are_settled_by_default_and_counted_row_by_row() {
    let mut config = past_watermark("2026-11-01", "2026-11-02", 400);
    config.world.vanishing = true;
    let scene = Scene::new(config);
    let (changing, last) = (day("2026-11-01"), day("2026-11-02"));
    scene.export(changing).ended_with(0);
    let before = scene.platform.conversations(changing);
    scene.platform.control.apply_late_changes(changing);
    let after = scene.platform.conversations(changing);
    let added = after.keys().filter(|id| !before.contains_key(*id)).count();
    let removed = before.keys().filter(|id| !after.contains_key(*id)).count();
    let differs = |id: &&String| after.get(*id).is_some_and(|now| *now != before[*id]);
    let changed = before.keys().filter(differs).count();
    assert!(added > 0 && removed > 0 && changed > 0);

    let run = Run::of(&mut scene.exporting(last, last)).ended_with(0);
    let counts = json!({ "added": added, "changed": changed, "removed": removed });
    assert_eq!(run.partition(changing)["changed"], counts);
    assert_eq!(scene.archive.manifest(changing)["change"], counts);
    assert_eq!(scene.archive.ids(changing), scene.platform.ids(changing));
}

#[test]
fn settle_none_leaves_other_days_alone() {
    let scene = Scene::new(past_watermark("2026-11-01", "2026-11-02", 60));
    scene.export(day("2026-11-01")).ended_with(0);
    scene.platform.control.apply_late_changes(day("2026-11-01"));
    let run = scene.export(day("2026-11-02")).ended_with(0);
    assert_eq!(run.report()["partitions"].as_array().unwrap().len(), 1);
}
