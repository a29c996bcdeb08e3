//! The query as a source: pages, the wall, the count.

use std::collections::BTreeSet;
use std::io::Write as _;

use gc_analytics::{Error, Filter, QuerySource, Via};
use gc_core::{Class, Classify};
use gc_sim::{Fault, Rule};

use crate::support::{World, config, day, decoder, ids};

async fn read(source: &mut QuerySource) -> Vec<String> {
    let mut decoder = decoder(Via::Query);
    let mut all = Vec::new();
    while let Some(page) = source.next_page().await.unwrap() {
        let rows = decoder.decode(&page).unwrap();
        assert_eq!(rows.set_aside.len(), 0);
        all.extend(ids(&rows.batch));
    }
    all
}

fn set(ids: &[String]) -> BTreeSet<String> {
    ids.iter().cloned().collect()
}

#[tokio::test]
async fn the_query_gives_every_conversation_of_its_day_once() {
    for (conversations, page_size, pages) in
        [(230, 100, 3), (202, 100, 2), (30, 7, 4), (12, 1_000, 1)]
    {
        let world = World::start(config(conversations)).await;
        let mut query = world.query(page_size, gc_analytics::WALL);
        let before = world.sim.control().requests().len();
        let found = read(&mut query).await;
        assert_eq!(set(&found), world.truth());
        assert_eq!(found.len(), world.truth().len());
        assert_eq!(query.total(), Some(found.len() as u64));
        assert_eq!(query.unreachable(), 0);
        // One of them for the token.
        assert_eq!(world.sim.control().requests().len() - before, pages + 1);
        query.restart();
        assert_eq!(set(&read(&mut query).await), world.truth());
    }
}

#[tokio::test]
async fn a_day_without_conversations_has_no_pages_to_read() {
    let world = World::start(config(20)).await;
    let far = day().back(300);
    let count = world.platform.count(far, &Filter::default()).await.unwrap();
    assert_eq!(count, Some(0));
    let platform = world.platform.clone();
    let mut query = QuerySource::new(platform, far, Filter::default(), 100, 1_000);
    assert!(read(&mut query).await.is_empty());
    assert_eq!(query.total(), Some(0));
}

/// Reads the day in parts; returns how many rows came and how many no part shows.
async fn read_in_parts(wall: u64, page_size: u32) -> (u64, u64) {
    let mut config = config(600);
    config.query_wall = wall;
    let world = World::start(config).await;
    let truth = world.truth();
    let mut query = world.query(page_size, wall);
    let found = read(&mut query).await;
    assert_eq!(query.total(), Some(truth.len() as u64));
    assert_eq!(found.len(), set(&found).len(), "parts overlap");
    assert!(set(&found).is_subset(&truth));
    let (found, unreachable) = (found.len() as u64, query.unreachable());
    assert_eq!(found + unreachable, truth.len() as u64);
    (found, unreachable)
}

#[tokio::test]
async fn a_day_beyond_the_wall_is_read_in_parts_that_are_the_whole() {
    for page_size in [50, 7] {
        assert_eq!(read_in_parts(250, page_size).await, (598, 0), "{page_size}");
    }
}

#[tokio::test]
async fn a_part_beyond_the_wall_is_read_up_to_it_and_the_rest_is_counted() {
    let (found, unreachable) = read_in_parts(100, 50).await;
    assert!(found > 100 && unreachable > 0, "{found} and {unreachable}");
}

#[tokio::test]
async fn a_page_size_that_does_not_divide_the_wall_never_reaches_past_it() {
    let file = alike(118, "inbound");
    let mut config = config(20);
    config.query_wall = 100;
    config.records = Some(file.path().to_owned());
    let world = World::start(config).await;
    let mut query = world.query(30, 100);
    let found = read(&mut query).await;
    assert_eq!(found.len(), 90);
    assert_eq!(query.unreachable(), 28);
}

/// Conversations that no filter tells apart, one of which began in a way of its own.
fn alike(count: usize, initiator: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    for at in 0..count {
        let (hour, minute) = (at / 60, at % 60);
        writeln!(
            file,
            r#"{{"conversationId":"c{at:04}","conversationStart":"{}T{hour:02}:{minute:02}:00.000Z","conversationInitiator":"{initiator}"}}"#,
            day()
        )
        .unwrap();
    }
    file
}

#[tokio::test]
async fn what_no_filter_splits_is_counted_as_unreachable() {
    let file = alike(70, "inbound");
    let mut config = config(20);
    config.query_wall = 50;
    config.records = Some(file.path().to_owned());
    let world = World::start(config).await;
    let mut query = world.query(50, 50);
    let found = read(&mut query).await;
    assert_eq!(
        (found.len(), query.total(), query.unreachable()),
        (50, Some(70), 20)
    );
}

#[tokio::test]
async fn rows_with_an_enum_value_that_is_not_known_are_read_up_to_the_wall() {
    let file = alike(70, "martian");
    let mut config = config(20);
    config.query_wall = 50;
    config.records = Some(file.path().to_owned());
    let world = World::start(config).await;
    let mut query = world.query(50, 50);
    let found = read(&mut query).await;
    // The first rows of the whole are read all the same; which of them the filters missed nobody knows.
    assert_eq!((found.len(), query.unreachable()), (50, 70));
}

#[tokio::test]
async fn the_count_is_that_of_the_day_and_the_media() {
    let world = World::start(config(200)).await;
    let all = world
        .platform
        .count(day(), &Filter::default())
        .await
        .unwrap();
    assert_eq!(all, Some(world.truth().len() as u64));
    let voice = Filter::for_media(["voice".to_owned()]);
    let voice = world.platform.count(day(), &voice).await.unwrap().unwrap();
    assert!((1..all.unwrap()).contains(&voice), "{voice}");
    let both = Filter::for_media(["voice".to_owned(), "chat".to_owned(), "email".to_owned()]);
    let both = world.platform.count(day(), &both).await.unwrap().unwrap();
    assert!(voice < both && both <= all.unwrap());
}

#[tokio::test]
async fn a_media_filter_gives_the_same_conversations_by_both_ways() {
    let world = World::start(config(200)).await;
    let filter = Filter::for_media(["voice".to_owned(), "message".to_owned()]);
    let platform = world.platform.clone();
    let mut query = QuerySource::new(platform.clone(), day(), filter.clone(), 100, 10_000);
    let by_query = set(&read(&mut query).await);
    let registry = std::sync::Arc::<crate::support::Registry>::default();
    let mut job = gc_analytics::JobSource::new(platform, registry, day(), &filter, 1_000);
    let mut by_job = BTreeSet::new();
    while let Some(page) = job.next_page().await.unwrap() {
        by_job.extend(ids(&decoder(Via::Job).decode(&page).unwrap().batch));
    }
    job.close().await.unwrap();
    assert_eq!(by_job, by_query);
    assert!(!by_job.is_empty() && by_job.len() < world.truth().len());
}

#[tokio::test]
async fn the_watermark_is_the_platforms_own() {
    let world = World::start(config(20)).await;
    assert_eq!(
        world.platform.watermark().await.unwrap(),
        day().next().start()
    );
}

#[tokio::test]
async fn a_query_that_is_stopped_says_so() {
    let world = World::start(config(230)).await;
    let mut query = world.query(100, 10_000);
    assert!(query.next_page().await.unwrap().is_some());
    world.cancel.cancel();
    let error = query.next_page().await.unwrap_err();
    assert!(matches!(error, Error::Interrupted { .. }), "{error}");
    assert_eq!(error.class(), Class::Interrupted);
}

#[tokio::test]
async fn a_total_that_moves_ends_no_reading_too_soon() {
    let world = World::start(config(230)).await;
    world.sim.control().add_fault(
        Rule::on("POST /api/v2/analytics/conversations/details/query")
            .fault(Fault::ShiftTotal { by: 3 }),
    );
    let mut query = world.query(100, 10_000);
    assert_eq!(set(&read(&mut query).await), world.truth());
}
