//! Ctrl-C: a clean stop that frees what the run holds.

use gc_sim::{Fault, Rule};
use serde_json::json;

use crate::stage::{Scene, day, operation, past_watermark};

#[test]
fn an_interrupted_run_frees_its_jobs_and_its_lease_and_touches_no_day() {
    let scene = Scene::new(past_watermark("2026-11-01", "2026-11-01", 300));
    let date = day("2026-11-01");
    scene.export(date).ended_with(0);
    let before = scene.archive.stamps();
    scene.platform.control.apply_late_changes(date);
    let slow = Rule::on(operation::RESULTS).fault(Fault::Delay { ms: 400 });
    scene.platform.control.add_fault(slow);
    for signal in ["INT", "TERM"] {
        let running = scene.start_and_await_job(date);
        running.signal(signal);
        let run = running.wait().ended_with(130);
        assert_eq!(run.report()["outcome"], "interrupted", "{run:#?}");
        assert_eq!(scene.platform.control.live_jobs(), Vec::<String>::new());
        assert_eq!(scene.archive.lease().unwrap()["released"], json!(true));
        assert!(scene.archive.leftovers().is_empty());
        assert_eq!(scene.archive.stamps(), before);
    }
    scene.platform.control.clear_faults();
    scene.export(date).ended_with(0);
    assert_eq!(scene.archive.ids(date), scene.platform.ids(date));
}
