//! The job as a source: pages, failures, and nothing left behind.

use std::collections::BTreeSet;
use std::time::Duration;

use gc_analytics::{Error, JobSource, Via};
use gc_core::{Class, Classify, describe};
use gc_sim::{Fault, Rule};

use crate::support::{DELETE, JOB, JOBS, RESULTS, World, config, day, decoder, ids};

/// Reads all pages; returns the ids, repeated ones as often as they came.
async fn read(source: &mut JobSource) -> Result<Vec<String>, Error> {
    let mut decoder = decoder(Via::Job);
    let mut all = Vec::new();
    while let Some(page) = source.next_page().await? {
        let rows = decoder.decode(&page).unwrap();
        assert_eq!(rows.set_aside.len(), 0);
        all.extend(ids(&rows.batch));
    }
    Ok(all)
}

fn set(ids: Vec<String>) -> BTreeSet<String> {
    ids.into_iter().collect()
}

#[tokio::test]
async fn a_job_gives_every_conversation_of_its_day_once() {
    let world = World::start(config(230)).await;
    let mut job = world.job(50);
    let found = read(&mut job).await.unwrap();
    assert_eq!(found.len(), world.truth().len());
    assert_eq!(set(found), world.truth());
    assert_eq!(job.watermark(), Some(day().next().start()));
    assert_eq!(world.sim.control().live_jobs().len(), 1);
    assert_eq!(world.count_of(RESULTS), 5);
    assert!(job.next_page().await.unwrap().is_none());
    job.close().await.unwrap();
    job.close().await.unwrap();
    assert_eq!(world.count_of(DELETE), 1);
    world.assert_nothing_left(1);
}

#[tokio::test]
async fn a_job_that_comes_to_nothing_is_submitted_again() {
    let gone = || Fault::ApiError {
        status: 404,
        code: "not.found".to_owned(),
        message: "gone".to_owned(),
    };
    let rules: [fn(Fault) -> Rule; 2] = [
        |fault| Rule::on(JOB).times(1).fault(fault),
        |fault| Rule::on(RESULTS).skip(1).times(1).fault(fault),
    ];
    for rule in rules {
        for fault in [Fault::JobExpires, gone()] {
            check_again(rule(fault)).await;
        }
    }
    check_again(Rule::on(JOB).times(1).fault(Fault::JobFails)).await;
    check_again(
        Rule::on(RESULTS)
            .skip(1)
            .times(1)
            .fault(Fault::RepeatCursor),
    )
    .await;
}

async fn check_again(rule: Rule) {
    let what = format!("{rule:?}");
    let world = World::start(config(120)).await;
    world.sim.control().add_fault(rule);
    let mut job = world.job(50);
    let found = read(&mut job)
        .await
        .unwrap_or_else(|error| panic!("{what}: {}", describe(&error)));
    assert_eq!(set(found), world.truth(), "{what}");
    job.close().await.unwrap();
    assert_eq!(world.count_of(JOBS), 2, "{what}");
    world.assert_nothing_left(2);
}

#[tokio::test]
async fn after_three_jobs_the_day_is_given_up_and_nothing_is_left() {
    for (on, fault) in [
        (JOB, Fault::JobFails),
        (JOB, Fault::JobExpires),
        (RESULTS, Fault::JobExpires),
    ] {
        let world = World::start(config(20)).await;
        world.sim.control().add_fault(Rule::on(on).fault(fault));
        let mut job = world.job(50);
        let error = read(&mut job).await.unwrap_err();
        assert!(
            matches!(error, Error::JobsFailed { tries: 3, .. }),
            "{error}"
        );
        assert_eq!(error.class(), Class::TRANSIENT);
        job.close().await.unwrap();
        assert_eq!(world.count_of(JOBS), 3);
        world.assert_nothing_left(3);
    }
}

#[tokio::test]
async fn a_job_that_cannot_be_submitted_is_tried_three_times() {
    let world = World::start(config(20)).await;
    world
        .sim
        .control()
        .add_fault(Rule::on(JOBS).fault(Fault::ServerError { status: 503 }));
    let mut job = world.job(50);
    let error = read(&mut job).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Job {
                attempt: "submit",
                ..
            }
        ),
        "{error}"
    );
    assert!(matches!(error.class(), Class::Transient { .. }));
    assert_eq!(world.count_of(JOBS), 3);
    job.close().await.unwrap();
    world.assert_nothing_left(0);
}

#[tokio::test]
async fn a_job_that_cannot_be_written_down_is_not_used_and_deleted() {
    let world = World::start(config(20)).await;
    *world.registry.refuse.lock().unwrap() = true;
    let mut job = world.job(50);
    let error = job.next_page().await.unwrap_err();
    assert!(matches!(error, Error::Registry { .. }), "{error}");
    assert_eq!(error.class(), Class::operator("make room"));
    assert_eq!(world.count_of(JOB), 0);
    job.close().await.unwrap();
    world.assert_nothing_left(1);
}

#[tokio::test]
async fn a_job_that_cannot_be_deleted_stays_written_down() {
    let world = World::start(config(20)).await;
    world
        .sim
        .control()
        .add_fault(Rule::on(DELETE).fault(Fault::ServerError { status: 500 }));
    let mut job = world.job(50);
    read(&mut job).await.unwrap();
    let error = job.close().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Job {
                attempt: "delete",
                ..
            }
        ),
        "{error}"
    );
    let told = world.registry.told();
    assert_eq!(told.len(), 1, "{told:?}");
    // A later run frees it, however often it tries.
    world.sim.control().clear_faults();
    for _ in 0..2 {
        world.platform.delete_job(day(), &told[0].1).await.unwrap();
    }
    assert!(world.sim.control().live_jobs().is_empty());
}

#[tokio::test]
async fn a_page_that_is_cut_or_broken_is_fetched_again() {
    for fault in [
        Fault::TruncatedJson,
        Fault::CutBody,
        Fault::ServerError { status: 502 },
    ] {
        let world = World::start(config(120)).await;
        world
            .sim
            .control()
            .add_fault(Rule::on(RESULTS).skip(1).times(1).fault(fault));
        let mut job = world.job(50);
        let found = read(&mut job).await.unwrap();
        assert_eq!(found.len(), world.truth().len());
        assert_eq!(world.count_of(RESULTS), 4);
        job.close().await.unwrap();
        world.assert_nothing_left(1);
    }
}

/// Cancels after `delay`, while a request or a wait is under way.
async fn cancel_during(world: &World, delay: Duration) -> Error {
    let mut job = world.job(50);
    let cancel = world.cancel.clone();
    let later = async {
        tokio::time::sleep(delay).await;
        cancel.cancel();
    };
    let (read, ()) = tokio::join!(read(&mut job), later);
    job.close().await.unwrap();
    read.unwrap_err()
}

#[tokio::test]
async fn a_run_that_is_stopped_leaves_no_job_whatever_it_was_doing() {
    let delay = || Fault::Delay { ms: 400 };
    for rule in [
        Rule::on(JOBS).fault(delay()),
        Rule::on(JOB).fault(delay()),
        Rule::on(RESULTS).fault(delay()),
        Rule::on(RESULTS).skip(1).fault(delay()),
    ] {
        let what = format!("{rule:?}");
        let world = World::start(config(120)).await;
        world.platform.watermark().await.unwrap();
        world.truth();
        world.sim.control().add_fault(rule);
        let error = cancel_during(&world, Duration::from_millis(250)).await;
        assert!(
            matches!(error, Error::Interrupted { .. }),
            "{what}: {error}"
        );
        assert_eq!(error.class(), Class::Interrupted);
        world.assert_nothing_left(1);
    }
}

#[tokio::test]
async fn a_run_that_is_stopped_while_it_waits_leaves_no_job() {
    let mut config = config(20);
    config.job_queued_polls = 2;
    config.job_pending_polls = 1_000;
    let world = World::start(config).await;
    let error = cancel_during(&world, Duration::from_millis(300)).await;
    assert!(matches!(error, Error::Interrupted { .. }), "{error}");
    world.assert_nothing_left(1);
}

#[tokio::test]
async fn a_run_that_is_stopped_before_it_begins_submits_nothing() {
    let world = World::start(config(20)).await;
    world.cancel.cancel();
    let mut job = world.job(50);
    let error = job.next_page().await.unwrap_err();
    assert!(matches!(error, Error::Interrupted { .. }), "{error}");
    job.close().await.unwrap();
    assert_eq!(world.count_of(JOBS), 0);
    world.assert_nothing_left(0);
}
