//! Exported again without harm.

use std::thread;
use std::time::Duration;

use crate::stage::{Run, Scene, day, past_watermark, world};

#[test]
fn an_unchanged_day_changes_no_byte_by_job_or_by_query() {
    let scene = Scene::new(world("2026-11-01", "2026-11-04", 150));
    let (first, last) = (day("2026-11-01"), day("2026-11-04"));
    Run::of(&mut scene.exporting(first, last)).ended_with(0);
    let before = scene.archive.stamps();
    assert_eq!(before.len(), 8, "a file and a manifest for each day");
    // Coarse clocks of file systems must get a chance to show a change.
    thread::sleep(Duration::from_millis(50));
    for page_size in ["1000", "70"] {
        let mut export = scene.exporting(first, last);
        let run = Run::of(export.args(["--page-size", page_size])).ended_with(0);
        assert_eq!(run.partition(first)["replaced"], false);
        assert_eq!(scene.archive.stamps(), before);
    }
}

#[test]
fn only_the_day_that_changed_is_replaced() {
    let scene = Scene::new(past_watermark("2026-11-01", "2026-11-02", 150));
    let (first, last) = (day("2026-11-01"), day("2026-11-02"));
    Run::of(&mut scene.exporting(first, last)).ended_with(0);
    let before = scene.archive.stamps();
    scene.platform.control.apply_late_changes(first);
    Run::of(&mut scene.exporting(first, last)).ended_with(0);
    let after = scene.archive.stamps();
    let is_kept = |path| before[&path] == after[&path];
    assert!(!is_kept(scene.archive.data_file(first)));
    assert!(!is_kept(scene.archive.manifest_file(first)));
    assert!(is_kept(scene.archive.data_file(last)));
    assert!(is_kept(scene.archive.manifest_file(last)));
}
