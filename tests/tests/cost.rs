//! A good citizen: the fewest requests that do the job.

use crate::stage::{Run, Scene, day, operation, past_watermark};

#[test]
fn a_settled_day_costs_the_least_number_of_requests_plus_its_polls() {
    let mut config = past_watermark("2026-11-01", "2026-11-01", 1_250);
    config.job_pending_polls = 2;
    let scene = Scene::new(config);
    let date = day("2026-11-01");
    let run = scene.export_with(date, &["--settle", "none", "--page-size", "500"]);
    let partition = run.ended_with(0).partition(date);
    let polls = scene.platform.count(operation::STATUS);
    let (spent, least) = (&partition["requests"], &partition["leastRequests"]);
    let (spent, least) = (spent.as_u64().unwrap(), least.as_u64().unwrap());
    assert_eq!(
        least,
        3 + 4,
        "three pages; submit, see the end, delete, count"
    );
    assert!(spent <= least + polls, "{spent} requests, {polls} polls");
    assert_eq!(scene.platform.count(operation::RESULTS), 3);
}

#[test]
fn the_report_counts_every_request_that_arrives() {
    let scene = Scene::new(past_watermark("2026-11-01", "2026-11-03", 60));
    let mut export = scene.exporting(day("2026-11-01"), day("2026-11-03"));
    let report = Run::of(&mut export).ended_with(0).report();
    let names = report["reference"].as_array().unwrap().iter();
    let names: u64 = names.map(|one| one["requests"].as_u64().unwrap()).sum();
    let arrived = scene.platform.control.requests().len() as u64;
    assert_eq!(report["totals"]["requests"], arrived - names);
    assert!(names >= 10, "a request for each list of names, at least");
}
