//! Every list of the simulated platform, read to its end.

use gc_core::{Class, Classify};
use gc_reference::{Error, TABLES};
use tokio_util::sync::CancellationToken;

use crate::support::{ids, lister, platform, read, table};

#[tokio::test]
async fn every_list_is_read_to_its_end_whatever_the_size_of_its_pages() {
    let sim = platform().await;
    for page_size in [1, 2, 7, 500] {
        let lister = lister(sim.url(), &CancellationToken::new()).with_page_size(page_size);
        for table in TABLES {
            let listed = read(&lister, table).await.unwrap();
            let entities = sim.control().entities(table.name).into_iter();
            let mut wanted: Vec<_> = entities
                .map(|one| one["id"].as_str().unwrap().to_owned())
                .collect();
            wanted.sort();
            assert_eq!(ids(table, &listed), wanted, "{} by {page_size}", table.name);
            assert!(listed.set_aside.is_empty());
        }
    }
}

#[tokio::test]
async fn fields_without_a_column_are_kept_and_counted() {
    let sim = platform().await;
    let lister = lister(sim.url(), &CancellationToken::new());
    let listed = read(&lister, table("queues")).await.unwrap();
    assert_eq!(listed.unknown["simOverflowRules"], 12);
    let extra = crate::support::texts(&listed.batches[0], "_extra");
    assert!(extra.iter().all(|one| one.contains("\"mediaSettings\":{")));
}

#[tokio::test]
async fn a_list_that_is_refused_concerns_no_other_and_a_login_that_is_refused_concerns_all() {
    let sim = platform().await;
    sim.control().deny("architect:flow:view");
    let lister = lister(sim.url(), &CancellationToken::new());
    let error = read(&lister, table("flows")).await.unwrap_err();
    assert!(!error.concerns_every_list());
    match error.class() {
        Class::Operator { remedy } => assert!(remedy.contains("architect:flow:view"), "{remedy}"),
        other => panic!("{other:?}"),
    }
    drop(sim);
    let nowhere = crate::support::lister("http://127.0.0.1:9", &CancellationToken::new());
    let error = read(&nowhere, table("flows")).await.unwrap_err();
    assert!(error.concerns_every_list(), "{error:?}");
}

#[tokio::test]
async fn a_list_is_given_up_when_the_run_is_asked_to_stop() {
    let sim = platform().await;
    let cancel = CancellationToken::new();
    cancel.cancel();
    let lister = lister(sim.url(), &cancel);
    let error = read(&lister, table("users")).await;
    assert!(error.is_ok() || matches!(error, Err(Error::Interrupted { .. })));
}
