//! Who holds a lease, and how it changes hands.

use std::sync::Arc;
use std::time::Duration;

use gc_core::{Class, Classify as _, Clock as _, FixedClock};
use gc_sink::{Archive, Error, Lease, Path};
use serde_json::json;

use crate::support::{CALLS, Hand, disk, memory};

async fn acquire(archive: &Archive, clock: &Hand) -> Result<Lease, Error> {
    Lease::acquire(archive, CALLS.name, Arc::new(clock.clone()), "1.0").await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_acquirers_wins() {
    let (_folder, on_disk) = disk().await;
    for archive in [memory(), on_disk] {
        let clock = Hand::new();
        let tries: Vec<_> = (0..12)
            .map(|_| {
                let (archive, clock) = (archive.clone(), clock.clone());
                tokio::spawn(async move { acquire(&archive, &clock).await })
            })
            .collect();
        let mut winners = Vec::new();
        for outcome in tries {
            match outcome.await.unwrap() {
                Ok(lease) => winners.push(lease),
                Err(error) => assert_eq!(error.class(), Class::Held, "{error}"),
            }
        }
        assert_eq!(winners.len(), 1);
    }
}

#[tokio::test]
async fn refusal_names_the_holder_and_the_expiry() {
    let (archive, clock) = (memory(), Hand::new());
    let _held = acquire(&archive, &clock).await.unwrap();
    let text = acquire(&archive, &clock).await.unwrap_err().to_string();
    let pid = std::process::id().to_string();
    for part in [
        pid.as_str(),
        &format!("{:.0}", clock.now()),
        "unless renewed",
    ] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn expired_lease_is_taken_over_with_what_it_carried() {
    let (archive, clock) = (memory(), Hand::new());
    let dead = acquire(&archive, &clock).await.unwrap();
    dead.carry("job 7").await.unwrap();
    clock.forward(29);
    acquire(&archive, &clock).await.unwrap_err();
    clock.forward(2);
    let heir = acquire(&archive, &clock).await.unwrap();
    assert_eq!(heir.inherited(), ["job 7"]);
    assert!(matches!(
        dead.ensure_held().await,
        Err(Error::LeaseLost { .. })
    ));
    assert!(dead.lost().is_cancelled());
    heir.ensure_held().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn renewal_keeps_the_lease_and_notices_its_loss() {
    let (archive, clock) = (memory(), Hand::new());
    let first = acquire(&archive, &clock).await.unwrap();
    for _ in 0..6 {
        clock.forward(10);
        tokio::time::sleep(Duration::from_millis(10_001)).await;
        acquire(&archive, &clock).await.unwrap_err();
    }
    clock.forward(31);
    let second = acquire(&archive, &clock).await.unwrap();
    tokio::time::timeout(Duration::from_secs(60), first.lost().cancelled())
        .await
        .unwrap();
    assert!(!second.lost().is_cancelled());
}

#[tokio::test]
async fn killed_holder_on_this_machine_blocks_nobody() {
    let (_folder, archive) = disk().await;
    let clock = Hand::new();
    let killed = acquire(&archive, &clock).await.unwrap();
    killed.carry("job 1").await.unwrap();
    acquire(&archive, &clock).await.unwrap_err();
    // What the operating system does when a process dies: the lock goes, the JSON stays.
    drop(killed);
    let heir = acquire(&archive, &clock).await.unwrap();
    assert_eq!(heir.inherited(), ["job 1"]);
}

#[tokio::test]
async fn living_holder_elsewhere_is_respected_on_a_shared_disk() {
    let (_folder, archive) = disk().await;
    let clock = Hand::new();
    let record = json!({
        "formatVersion": 1, "holder": uuid::Uuid::new_v4(), "host": "another machine", "pid": 1, "programVersion": "1",
        "acquiredAt": clock.now(), "expiresAt": clock.now() + jiff::SignedDuration::from_secs(30), "resources": [],
    });
    let path = Path::from("_gc/leases/calls.json");
    archive
        .compare_and_swap(&path, None, serde_json::to_vec(&record).unwrap().into())
        .await
        .unwrap();
    let error = acquire(&archive, &clock).await.unwrap_err();
    assert!(error.to_string().contains("another machine"), "{error}");
    clock.forward(30);
    acquire(&archive, &clock).await.unwrap();
}

#[tokio::test]
async fn lease_of_a_newer_program_is_not_touched() {
    let archive = memory();
    let path = Path::from("_gc/leases/calls.json");
    archive
        .compare_and_swap(&path, None, r#"{"formatVersion": 2}"#.into())
        .await
        .unwrap();
    let clock = FixedClock(Hand::new().now());
    let error = Lease::acquire(&archive, CALLS.name, Arc::new(clock), "1.0")
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::NewerFormat {
                found: 2,
                known: 1,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn sweep_removes_leftovers_of_its_own_dataset_only() {
    let (folder, archive) = disk().await;
    let clock = Hand::new();
    let lease = acquire(&archive, &clock).await.unwrap();
    for dataset in ["calls", "events"] {
        let tmp = folder.path().join("_gc/tmp").join(dataset);
        std::fs::create_dir_all(&tmp).unwrap();
        std::fs::write(tmp.join("left"), "over").unwrap();
    }
    assert_eq!(archive.sweep(&lease).await.unwrap().files, 1);
    assert!(
        folder
            .path()
            .join("_gc/tmp/events/left")
            .try_exists()
            .unwrap()
    );
}
