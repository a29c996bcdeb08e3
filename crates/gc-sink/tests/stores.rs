//! The contract over each place for an archive.

use gc_core::{Class, Classify as _};
use gc_sink::{Swept, layout};

use crate::support::CALLS;
use crate::{suite, support};

#[tokio::test(flavor = "multi_thread")]
async fn contract_holds_in_memory() {
    suite::holds(&support::memory()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contract_holds_on_disk() {
    let (_folder, archive) = support::disk().await;
    suite::holds(&archive).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contract_holds_in_a_bucket() {
    if let Some(archive) = support::bucket().await {
        suite::holds(&archive).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn replacement_given_up_is_forgotten_before_its_lease_is_released() {
    let Some(archive) = support::bucket().await else {
        return;
    };
    let held = support::lease(&archive).await;
    let path = layout::data_file(CALLS.name, support::day());
    for way_out in ["drop", "abort"] {
        let mut given_up = archive.replace(CALLS.name, path.clone()).await.unwrap();
        given_up.write(vec![7; 9 << 20].into()).await.unwrap();
        match way_out {
            "drop" => drop(given_up),
            _ => given_up.abort().await.unwrap(),
        }
    }
    held.release().await.unwrap();
    let next = support::lease(&archive).await;
    assert_eq!(archive.sweep(&next).await.unwrap(), Swept::default());
    assert!(archive.read(&path).await.unwrap().is_none());
}

/// A holder that was thought dead, and whose upload was swept, must not bring it to its end.
#[tokio::test(flavor = "multi_thread")]
async fn upload_swept_by_the_next_holder_is_refused_to_the_last() {
    let Some(archive) = support::bucket().await else {
        return;
    };
    let path = layout::data_file(CALLS.name, support::day());
    let mut late = archive.replace(CALLS.name, path.clone()).await.unwrap();
    late.write(vec![7; 9 << 20].into()).await.unwrap();
    let next = support::lease(&archive).await;
    assert_eq!(archive.sweep(&next).await.unwrap().uploads, 1);
    let error = late.commit().await.unwrap_err();
    assert_eq!(error.class(), Class::TRANSIENT, "{error:?}");
    assert!(archive.read(&path).await.unwrap().is_none());
}
