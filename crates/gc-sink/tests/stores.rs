//! The contract over each place for an archive.

use gc_sink::Archive;
use uuid::Uuid;

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

/// Needs `GC_TEST_S3_ROOT=s3://bucket/prefix` and the usual `AWS_*` variables.
#[tokio::test(flavor = "multi_thread")]
async fn contract_holds_in_a_bucket() {
    let Ok(root) = std::env::var("GC_TEST_S3_ROOT") else {
        println!("skipped: GC_TEST_S3_ROOT is not set");
        return;
    };
    let archive = Archive::open(&format!("{root}/{}", Uuid::new_v4()))
        .await
        .unwrap();
    suite::holds(&archive).await;
}
