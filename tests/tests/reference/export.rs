//! Names on the way of an export, which they never cost anything but time.

use std::thread::sleep;
use std::time::Duration;

use gc_sim::{Fault, Rule};

use super::{DATE, QUEUES, SKILLS, TABLES, file, reference, run, scene, served, table};
use crate::stage::{Run, Running, day};

#[test]
fn an_export_refreshes_the_names_first_unless_told_not_to() {
    let scene = scene();
    let report = scene
        .export_with(day(DATE), &["--no-reference"])
        .ended_with(0)
        .report();
    assert!(report.get("reference").is_none(), "{report:#}");
    assert!(!scene.archive.0.join("reference").is_dir());
    assert_eq!(scene.platform.count(QUEUES), 0);

    Run::of(scene.exporting(day(DATE), day(DATE)).arg("--dry-run")).ended_with(0);
    assert_eq!(scene.platform.count(QUEUES), 0);

    let report = scene.export(day(DATE)).ended_with(0).report();
    for name in TABLES {
        let one = table(&report, "reference", name);
        assert_eq!(one["rows"], served(&scene.platform, name).len());
        assert!(file(&scene, name).is_file());
    }
    let requests = scene.platform.control.requests();
    let asked = |path: &str| requests.iter().rposition(|one| one.path.contains(path));
    assert!(asked("/routing/queues") < asked("/details/jobs/"));
}

#[test]
fn trouble_with_names_never_changes_what_an_export_ends_with() {
    let scene = scene();
    scene.platform.control.deny("routing:queue:view");
    let gone = Rule::on(SKILLS).fault(Fault::ApiError {
        status: 404,
        code: "not.found".to_owned(),
        message: "no such thing".to_owned(),
    });
    scene.platform.control.add_fault(gone);
    let report = scene.export(day(DATE)).ended_with(0);
    assert!(report.stderr.contains("queues"), "{report:#?}");
    let report = report.report();
    assert_eq!(report["totals"]["settled"], 1);
    for name in ["queues", "skills"] {
        assert!(table(&report, "reference", name)["problem"]["error"].is_string());
    }
    assert!(
        table(&report, "reference", "users")
            .get("problem")
            .is_none()
    );
}

#[test]
fn names_that_another_run_refreshes_are_left_to_it() {
    let scene = scene();
    let slow = Rule::on(QUEUES).times(1).fault(Fault::Delay { ms: 4_000 });
    scene.platform.control.add_fault(slow);
    let first = Running::start(&mut reference(&scene, &scene.platform.url));
    while scene.platform.count(QUEUES) == 0 {
        sleep(Duration::from_millis(5));
    }
    let second = run(&scene).ended_with(6);
    assert_eq!(second.stdout, "");
    let export = scene.export(day(DATE)).ended_with(0).report();
    assert!(export.get("reference").is_none());
    assert!(
        export["referenceNote"]
            .as_str()
            .unwrap()
            .contains("reference")
    );
    first.wait().ended_with(0);
    run(&scene).ended_with(0);
}
