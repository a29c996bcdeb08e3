//! Whatever the platform does on the way, the day comes out whole, each conversation once.

use gc_sim::{Fault, Rule, When};
use serde_json::Value;

use crate::stage::{Run, Scene, day, operation, past_watermark};

const DATE: &str = "2026-11-01";

/// A day of 300 conversations that takes six pages by job.
fn scene(faults: impl IntoIterator<Item = Rule>) -> Scene {
    let scene = Scene::new(past_watermark(DATE, DATE, 300));
    for fault in faults {
        scene.platform.control.add_fault(fault);
    }
    scene
}

/// Exports the day by `way` and asserts that nothing is missing, doubled or left behind.
#[track_caller]
fn whole(scene: &Scene, way: &str) -> Value {
    let flags = ["--settle", "none", "--page-size", "50", "--via", way];
    let run = scene.export_with(day(DATE), &flags).ended_with(0);
    let partition = run.partition(day(DATE));
    assert_eq!(partition["verdict"], "settled", "{run:#?}");
    assert_eq!(scene.archive.ids(day(DATE)), scene.platform.ids(day(DATE)));
    assert_eq!(scene.platform.control.live_jobs(), Vec::<String>::new());
    assert!(scene.archive.leftovers().is_empty());
    partition
}

#[track_caller]
fn survives(on: &str, skip: u64, fault: Fault) -> Value {
    whole(
        &scene([Rule::on(on).skip(skip).times(1).fault(fault)]),
        "job",
    )
}

#[track_caller]
fn query_survives(skip: u64, fault: Fault) -> Value {
    let rule = Rule::on(operation::QUERY).skip(skip).times(1).fault(fault);
    whole(&scene([rule]), "query")
}

#[test]
fn too_many_requests_are_waited_out() {
    let fault = || Fault::TooManyRequests {
        retry_after_seconds: 1,
    };
    whole(
        &scene([
            Rule::on(operation::RESULTS).skip(2).times(1).fault(fault()),
            Rule::on(operation::SUBMIT).times(1).fault(fault()),
            Rule::on(operation::QUERY).times(1).fault(fault()),
        ]),
        "job",
    );
}

#[test]
fn a_gateways_page_of_html_is_tried_again() {
    for on in [
        operation::TOKEN,
        operation::AVAILABILITY,
        operation::RESULTS,
    ] {
        survives(on, 0, Fault::ServerError { status: 503 });
    }
}

#[test]
fn a_connection_reset_before_or_after_the_work_is_tried_again() {
    for when in [When::Before, When::After] {
        survives(operation::RESULTS, 3, Fault::Reset { when });
        survives(operation::STATUS, 1, Fault::Reset { when });
        query_survives(2, Fault::Reset { when });
    }
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_again() {
    survives(operation::RESULTS, 2, Fault::CutBody);
    query_survives(3, Fault::CutBody);
}

#[test]
fn half_a_json_is_asked_for_again() {
    survives(operation::RESULTS, 2, Fault::TruncatedJson);
    query_survives(3, Fault::TruncatedJson);
}

#[test]
fn a_platform_that_falls_silent_is_asked_again() {
    survives(operation::RESULTS, 2, Fault::Hang { ms: 1_200 });
}

#[test]
fn a_token_revoked_in_mid_run_is_replaced() {
    let scene = scene([Rule::on(operation::RESULTS)
        .skip(2)
        .times(1)
        .fault(Fault::TokenRevoked)]);
    whole(&scene, "job");
    assert_eq!(scene.platform.count(operation::TOKEN), 2);
}

#[test]
fn a_job_that_expires_while_it_is_read_is_submitted_again() {
    let scene = scene([Rule::on(operation::RESULTS)
        .skip(3)
        .times(1)
        .fault(Fault::JobExpires)]);
    whole(&scene, "job");
    assert_eq!(scene.platform.count(operation::SUBMIT), 2);
}

#[test]
fn a_job_that_fails_is_submitted_again() {
    let fails = Rule::on(operation::STATUS).skip(1).times(1);
    let scene = scene([fails.fault(Fault::JobFails)]);
    whole(&scene, "job");
    assert_eq!(scene.platform.count(operation::SUBMIT), 2);
}

#[test]
fn rows_repeated_across_pages_are_merged_and_counted() {
    let repeated = survives(operation::RESULTS, 2, Fault::RepeatRows { rows: 17 });
    assert_eq!(repeated["repeatedRows"], 17);
}

#[test]
fn a_cursor_that_comes_twice_neither_loops_nor_loses_pages() {
    survives(operation::RESULTS, 2, Fault::RepeatCursor);
}

#[test]
fn pages_out_of_order_are_as_good_as_any() {
    let rules = [operation::RESULTS, operation::QUERY];
    let rules = rules.map(|on| Rule::on(on).fault(Fault::UnorderedPage));
    let scene = scene(rules);
    whole(&scene, "job");
    whole(&scene, "query");
}

#[test]
fn a_total_that_shifts_is_asked_for_again() {
    survives(operation::QUERY, 0, Fault::ShiftTotal { by: 3 });
    query_survives(5, Fault::ShiftTotal { by: 3 });
}

/// The platform made a job but the answer never came: nobody knows its name, so nobody can delete
/// it; and submitting again at once might make a second. The day fails, the next run heals it.
#[test]
fn a_job_whose_name_was_never_told_fails_the_day_and_not_the_next_run() {
    let reset = Fault::Reset { when: When::After };
    let scene = scene([Rule::on(operation::SUBMIT).times(1).fault(reset)]);
    let run = scene.export(day(DATE));
    assert!(matches!(run.code, Some(0 | 4)), "{run:#?}");
    scene.export(day(DATE)).ended_with(0);
    assert_eq!(scene.archive.ids(day(DATE)), scene.platform.ids(day(DATE)));
    assert!(scene.platform.control.live_jobs().len() <= 1);
}

#[test]
fn many_faults_at_once_delay_a_run_of_several_days_and_no_more() {
    let (first, last) = (day(DATE), day("2026-11-03"));
    let scene = Scene::new(past_watermark(DATE, "2026-11-03", 120));
    let rules = [
        Rule::on(operation::TOKEN)
            .times(1)
            .fault(Fault::ServerError { status: 502 }),
        Rule::on(operation::SUBMIT)
            .times(1)
            .fault(Fault::TooManyRequests {
                retry_after_seconds: 1,
            }),
        Rule::on(operation::STATUS)
            .skip(1)
            .times(1)
            .fault(Fault::JobFails),
        Rule::on(operation::RESULTS)
            .skip(1)
            .times(1)
            .fault(Fault::CutBody),
        Rule::on(operation::RESULTS)
            .skip(3)
            .times(1)
            .fault(Fault::TokenRevoked),
        Rule::on(operation::RESULTS)
            .skip(6)
            .times(1)
            .fault(Fault::RepeatRows { rows: 5 }),
        Rule::on(operation::QUERY)
            .skip(1)
            .times(1)
            .fault(Fault::Reset { when: When::Before }),
    ];
    for rule in rules {
        scene.platform.control.add_fault(rule);
    }
    let mut export = scene.exporting(first, last);
    let run = Run::of(export.args(["--page-size", "40"])).ended_with(0);
    assert_eq!(run.report()["totals"]["settled"], 3, "{run:#?}");
    for date in first.through(last) {
        assert_eq!(scene.archive.ids(date), scene.platform.ids(date), "{date}");
    }
    assert_eq!(scene.platform.control.live_jobs(), Vec::<String>::new());
}
