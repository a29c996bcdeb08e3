//! What every place for an archive has to do: the contract, run over each of them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use bytes::Bytes;
use gc_core::SystemClock;
use gc_sink::{Archive, Change, Error, Lease, Manifest, Path, SmallTable, Swap, Swept, layout};

use crate::support::{
    CALLS, Hand, account, batch, call, calls, day, encode, export, lease, writer,
};

/// Runs the whole contract over an empty archive.
pub(crate) async fn holds(archive: &Archive) {
    compare_and_swap_lets_one_win(archive).await;
    replacement_is_unseen_before_commit(archive).await;
    tail_grows_by_whole_replacement(archive).await;
    lease_is_exclusive_and_hands_over(archive).await;
    one_of_many_takes_a_free_lease(archive).await;
    crashed_holder_is_followed_after_its_expiry(archive).await;
    what_a_crash_left_is_swept_for_its_dataset_alone(archive).await;
    partition_is_replaced_whole(archive).await;
    empty_day_is_a_file_without_rows(archive).await;
    quarantine_comes_and_goes(archive).await;
    small_table_is_replaced_whole_with_its_quarantine(archive).await;
}

async fn compare_and_swap_lets_one_win(archive: &Archive) {
    let path = Path::from("_gc/contract.json");
    let tries = (0..4).map(|number| {
        let (archive, path) = (archive.clone(), path.clone());
        tokio::spawn(async move {
            let swap = archive
                .compare_and_swap(&path, None, Bytes::from(format!("{{\"n\":{number}}}")))
                .await;
            matches!(swap.unwrap(), Swap::Won(_))
        })
    });
    let mut won = 0;
    for outcome in tries.collect::<Vec<_>>() {
        won += u32::from(outcome.await.unwrap());
    }
    assert_eq!(won, 1);
    let seen = archive.read(&path).await.unwrap().unwrap();
    let second = archive
        .compare_and_swap(&path, Some(&seen.version), Bytes::from_static(b"two"))
        .await
        .unwrap();
    assert!(matches!(second, Swap::Won(_)));
    let stale = archive
        .compare_and_swap(&path, Some(&seen.version), Bytes::from_static(b"three"))
        .await
        .unwrap();
    assert_eq!(stale, Swap::Lost);
    assert_eq!(archive.read(&path).await.unwrap().unwrap().bytes, "two");
}

async fn replacement_is_unseen_before_commit(archive: &Archive) {
    let path = layout::data_file("blobs", day());
    // Three parts of a multipart upload.
    let piece = Bytes::from(vec![7; 6 << 20]);
    let mut dropped = archive.replace("blobs", path.clone()).await.unwrap();
    let mut kept = archive.replace("blobs", path.clone()).await.unwrap();
    for _ in 0..3 {
        dropped.write(piece.clone()).await.unwrap();
        kept.write(piece.clone()).await.unwrap();
        assert!(archive.partition_files("blobs").await.unwrap().is_empty());
    }
    drop(dropped);
    assert_eq!(kept.commit().await.unwrap(), 18 << 20);
    let files = archive.partition_files("blobs").await.unwrap();
    assert_eq!(
        files.values().map(|file| file.bytes).collect::<Vec<_>>(),
        [18 << 20]
    );
    let mut small = archive.replace("blobs", path.clone()).await.unwrap();
    small.write(Bytes::from_static(b"small")).await.unwrap();
    small.commit().await.unwrap();
    assert_eq!(archive.read(&path).await.unwrap().unwrap().bytes, "small");
}

/// As the archive of live events writes its newest file: again and again, each time longer.
async fn tail_grows_by_whole_replacement(archive: &Archive) {
    let hour = "2026-11-21T13:00:00Z".parse().unwrap();
    let path = layout::event_file("events", hour, "4f2a9c1e", 7);
    for length in [1, 100, 9 << 20, 10 << 20] {
        let tail = Bytes::from(vec![7; length]);
        let written = archive.write("events", path.clone(), tail.clone());
        written.await.unwrap();
        let seen = archive.read(&path).await.unwrap().unwrap();
        assert!(seen.bytes == tail, "{length} bytes");
    }
}

async fn lease_is_exclusive_and_hands_over(archive: &Archive) {
    let first = lease(archive).await;
    let second = Lease::acquire(archive, CALLS.name, Arc::new(SystemClock), "1.0").await;
    assert!(matches!(second.unwrap_err(), Error::Held { .. }));
    let other = Lease::acquire(archive, "other", Arc::new(SystemClock), "1.0")
        .await
        .unwrap();
    first.carry("job 1").await.unwrap();
    first.carry("job 2").await.unwrap();
    first.put_down("job 1").await.unwrap();
    first.release().await.unwrap();
    other.release().await.unwrap();
    let heir = lease(archive).await;
    assert_eq!(heir.inherited(), ["job 2"]);
    heir.put_down("job 2").await.unwrap();
    heir.ensure_held().await.unwrap();
    heir.release().await.unwrap();
    let last = lease(archive).await;
    assert!(last.inherited().is_empty());
    last.release().await.unwrap();
}

/// Takes the lease of `dataset` from many tasks at once; returns who won.
async fn race(archive: &Archive, dataset: &'static str, clock: &Hand) -> Vec<Lease> {
    let tries = (0..4).map(|_| {
        let (archive, clock) = (archive.clone(), Arc::new(clock.clone()));
        tokio::spawn(async move { Lease::acquire(&archive, dataset, clock, "1.0").await })
    });
    let mut winners = Vec::new();
    for outcome in tries.collect::<Vec<_>>() {
        match outcome.await.unwrap() {
            Ok(lease) => winners.push(lease),
            Err(error) => assert!(matches!(error, Error::Held { .. }), "{error}"),
        }
    }
    winners
}

async fn one_of_many_takes_a_free_lease(archive: &Archive) {
    let clock = Hand::new();
    for _ in 0..2 {
        // New, then released by the winner before.
        let mut winners = race(archive, "races", &clock).await;
        assert_eq!(winners.len(), 1);
        winners.remove(0).release().await.unwrap();
    }
}

async fn crashed_holder_is_followed_after_its_expiry(archive: &Archive) {
    let clock = Hand::new();
    let crashed = race(archive, "crashes", &clock).await.remove(0);
    crashed.carry("job 7").await.unwrap();
    assert!(race(archive, "crashes", &clock).await.is_empty());
    drop(crashed);
    clock.forward(31);
    let mut heirs = race(archive, "crashes", &clock).await;
    assert_eq!(heirs.len(), 1);
    assert_eq!(heirs[0].inherited(), ["job 7"]);
    heirs.remove(0).release().await.unwrap();
}

async fn what_a_crash_left_is_swept_for_its_dataset_alone(archive: &Archive) {
    let clock = Arc::new(SystemClock);
    for dataset in ["calls", "callsigns"] {
        let path = layout::data_file(dataset, day());
        let mut killed = archive.replace(dataset, path).await.unwrap();
        killed.write(vec![7; 9 << 20].into()).await.unwrap();
        // What a process that is killed does about it: nothing.
        std::mem::forget(killed);
    }
    for dataset in ["calls", "callsigns"] {
        let lease = Lease::acquire(archive, dataset, Arc::clone(&clock) as _, "1.0")
            .await
            .unwrap();
        let first = archive.sweep(&lease).await.unwrap();
        let left = if keeps_leftovers(archive) { 1 } else { 0 };
        assert_eq!((first.files + first.uploads, first.unlisted), (left, None));
        assert_eq!(archive.sweep(&lease).await.unwrap(), Swept::default());
        assert!(archive.partition_files(dataset).await.unwrap().is_empty());
        lease.release().await.unwrap();
    }
}

/// A store in memory dies with its process.
fn keeps_leftovers(archive: &Archive) -> bool {
    archive.root() != "InMemory"
}

async fn partition_is_replaced_whole(archive: &Archive) {
    let first = export(archive, &calls(0..500)).await;
    assert_eq!(
        first.contents.change,
        Change {
            added: 500,
            changed: 0,
            removed: 0
        }
    );
    assert_eq!(
        Manifest::list(archive, CALLS.name).await.unwrap()[&day()],
        first
    );
    let mut rows = calls(100..600);
    rows[0].agent = Some("somebody else".into());
    rows.reverse();
    let second = export(archive, &rows).await;
    assert_eq!(
        second.contents.change,
        Change {
            added: 100,
            changed: 1,
            removed: 100
        }
    );
    let path = Path::from(second.contents.file.path.as_str());
    let recount = archive.recount(&CALLS, &path).await.unwrap().unwrap();
    assert_eq!(
        (recount.rows, recount.content_hash),
        (500, second.contents.content_hash)
    );
}

async fn empty_day_is_a_file_without_rows(archive: &Archive) {
    let manifest = export(archive, &[]).await;
    assert_eq!(manifest.contents.rows, 0);
    assert_eq!(manifest.contents.change.removed, 500);
    let recount = archive
        .recount(&CALLS, &layout::data_file(CALLS.name, day()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(recount.rows, 0);
}

async fn quarantine_comes_and_goes(archive: &Archive) {
    let records: [&[u8]; 3] = [b"{\"id\": \"a\\u0000\" }", b"no \"json\"\n", b"\xff\x00"];
    let held = lease(archive).await;
    let mut writer = writer(archive).await;
    for record in records {
        writer.set_aside(record, "does not fit").await.unwrap();
    }
    let group = encode(&writer, &[call("a", 1)]);
    writer.append(group).await.unwrap();
    let finished = writer.finish(None).await.unwrap();
    let path = layout::quarantine_file(CALLS.name, day());
    assert_eq!(finished.contents().quarantined, 3);
    assert!(archive.read(&path).await.unwrap().is_none());
    let manifest = finished
        .commit(&held)
        .await
        .unwrap()
        .record(account())
        .await
        .unwrap();
    held.release().await.unwrap();
    assert_eq!(
        manifest.contents.quarantine_file.as_deref(),
        Some(path.as_ref())
    );
    assert_eq!(
        unpack(&archive.read(&path).await.unwrap().unwrap().bytes),
        records
    );
    export(archive, &[call("a", 1)]).await;
    assert!(archive.read(&path).await.unwrap().is_none());
}

fn unpack(quarantine: &[u8]) -> Vec<Vec<u8>> {
    use base64::Engine as _;
    let lines = String::from_utf8(zstd::decode_all(quarantine).unwrap()).unwrap();
    let record = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["reason"], "does not fit");
        match line["record"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => base64::engine::general_purpose::STANDARD
                .decode(line["recordBase64"].as_str().unwrap())
                .unwrap(),
        }
    };
    lines.lines().map(record).collect()
}

async fn small_table_is_replaced_whole_with_its_quarantine(archive: &Archive) {
    let clock = Arc::new(SystemClock);
    let lease = Lease::acquire(archive, "names", clock, "test 1")
        .await
        .unwrap();
    assert!(
        archive
            .read_table("names", CALLS.name)
            .await
            .unwrap()
            .is_none()
    );
    let read = async || {
        let batches = archive
            .read_table("names", CALLS.name)
            .await
            .unwrap()
            .unwrap();
        batches.iter().map(RecordBatch::num_rows).sum::<usize>()
    };
    let replace = async |count, set_aside: &[&[u8]]| {
        let table = SmallTable {
            table: CALLS,
            rows: batch(&calls(0..count)),
            set_aside: set_aside.iter().map(|line| line.to_vec()).collect(),
        };
        archive
            .replace_table(&lease, table, "test 1")
            .await
            .unwrap();
    };
    let aside = layout::table_quarantine_file("names", CALLS.name);
    replace(3, &[b"{}"]).await;
    assert_eq!(read().await, 3);
    assert!(archive.read(&aside).await.unwrap().is_some());
    replace(0, &[]).await;
    assert_eq!(read().await, 0);
    assert!(archive.read(&aside).await.unwrap().is_none());
    lease.release().await.unwrap();
}
