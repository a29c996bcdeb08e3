//! What an archive was made for.

use std::collections::BTreeSet;

use gc_core::{Class, Classify as _};
use gc_sink::{Error, Scope, layout};

use crate::support::memory;

fn of(media: &[&str]) -> Scope {
    let media: BTreeSet<_> = media.iter().map(ToString::to_string).collect();
    Scope::of_table("conversations", (!media.is_empty()).then_some(media))
}

#[tokio::test]
async fn archive_of_everything_refuses_voice_alone_and_says_what_to_do() {
    let archive = memory();
    Scope::claim(&archive, &of(&[])).await.unwrap();
    Scope::claim(&archive, &of(&[])).await.unwrap();
    let error = Scope::claim(&archive, &of(&["voice", "chat"]))
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("all media") && text.contains("chat, voice"),
        "{text}"
    );
    assert!(matches!(error.class(), Class::Operator { remedy } if remedy.contains("--out")));
}

#[tokio::test]
async fn scope_is_plain_json() {
    let archive = memory();
    Scope::claim(&archive, &of(&["voice", "chat"]))
        .await
        .unwrap();
    let json = archive
        .read(&layout::scope_file())
        .await
        .unwrap()
        .unwrap()
        .bytes;
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let expected = serde_json::json!({
        "formatVersion": 1, "media": ["chat", "voice"], "filesPerDay": 1, "tables": ["conversations"]
    });
    assert_eq!(json, expected);
}

#[tokio::test]
async fn scope_of_a_newer_program_is_refused() {
    let archive = memory();
    let newer = r#"{"formatVersion": 9, "shape": "unknown"}"#;
    archive
        .compare_and_swap(&layout::scope_file(), None, newer.into())
        .await
        .unwrap();
    let error = Scope::claim(&archive, &of(&[])).await.unwrap_err();
    assert!(
        matches!(error, Error::NewerFormat { found: 9, .. }),
        "{error}"
    );
}
