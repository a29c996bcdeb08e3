//! Manifests of every version stay readable.

use gc_core::Verdict;
use gc_sink::{Error, Manifest, layout};

use crate::support::{CALLS, calls, day, export, memory};

const VERSION_1: &str = include_str!("fixtures/manifest-v1.json");

async fn put_and_read(json: String) -> Result<Manifest, Error> {
    let archive = memory();
    let path = layout::manifest_file(CALLS.name, day());
    archive.compare_and_swap(&path, None, json.into()).await?;
    Manifest::read(&archive, CALLS.name, day())
        .await
        .map(Option::unwrap)
}

#[tokio::test]
async fn version_1_is_readable_and_written_as_it_was() {
    let manifest = put_and_read(VERSION_1.to_owned()).await.unwrap();
    assert_eq!((manifest.date, manifest.contents.rows), (day(), 3));
    assert_eq!(manifest.account.verdict, Verdict::Settled);
    assert_eq!(manifest.account.unknown_fields["participants.newField"], 2);
    let again: serde_json::Value = serde_json::to_value(&manifest).unwrap();
    assert_eq!(
        again,
        serde_json::from_str::<serde_json::Value>(VERSION_1).unwrap()
    );
}

#[tokio::test]
async fn fields_of_a_later_program_are_passed_over() {
    let json = VERSION_1.replacen('{', r#"{"laterField": {"x": 1},"#, 1);
    assert_eq!(put_and_read(json).await.unwrap().contents.rows, 3);
}

#[tokio::test]
async fn newer_version_is_refused_and_damage_names_the_file() {
    let newer = VERSION_1.replace("\"formatVersion\": 1", "\"formatVersion\": 2");
    assert!(matches!(
        put_and_read(newer).await,
        Err(Error::NewerFormat {
            found: 2,
            known: 1,
            ..
        })
    ));
    let error = put_and_read(VERSION_1[..100].to_owned()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("_gc/manifests/calls/date=2026-11-21.json"),
        "{error}"
    );
}

#[tokio::test]
async fn manifest_of_an_export_reads_back_equal() {
    let archive = memory();
    let written = export(&archive, &calls(0..3)).await;
    assert_eq!(
        Manifest::read(&archive, CALLS.name, day()).await.unwrap(),
        Some(written)
    );
}
