//! A disk that refuses. Root may do everything, so a file in place of a folder stands for a refusal.

use gc_core::{Class, Classify as _};
use gc_sink::{Archive, Error};

use crate::support::{CALLS, day, disk};

fn is_for_the_operator(error: &Error) -> bool {
    matches!(error.class(), Class::Operator { .. })
}

#[tokio::test]
async fn root_that_is_a_file_is_refused_and_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = Archive::open(file.path().to_str().unwrap())
        .await
        .unwrap_err();
    assert!(is_for_the_operator(&error), "{error:?}");
    assert!(
        error.to_string().contains(file.path().to_str().unwrap()),
        "{error}"
    );
}

#[tokio::test]
async fn file_in_place_of_a_folder_stops_begin_commit_and_lease() {
    let (folder, archive) = disk().await;
    let path = gc_sink::layout::data_file(CALLS.name, day());
    let mut replacement = archive.replace(CALLS.name, path.clone()).await.unwrap();
    replacement.write("rows".into()).await.unwrap();
    std::fs::write(folder.path().join(CALLS.name), "in the way").unwrap();
    let error = replacement.commit().await.unwrap_err();
    assert!(is_for_the_operator(&error), "{error:?}");
    assert_eq!(
        std::fs::read_dir(folder.path().join("_gc/tmp/calls"))
            .unwrap()
            .count(),
        0
    );

    std::fs::remove_dir_all(folder.path().join("_gc")).unwrap();
    std::fs::write(folder.path().join("_gc"), "in the way").unwrap();
    let error = archive.replace(CALLS.name, path).await.unwrap_err();
    assert!(is_for_the_operator(&error), "{error:?}");
    let clock = std::sync::Arc::new(gc_core::SystemClock);
    let error = gc_sink::Lease::acquire(&archive, CALLS.name, clock, "1.0")
        .await
        .unwrap_err();
    assert!(is_for_the_operator(&error), "{error:?}");
}

#[tokio::test]
async fn names_of_no_use_are_refused_without_secrets() {
    for root in ["gs://bucket/x", "s3://key:topsecret@bucket/x", ""] {
        let error = Archive::open(root).await.unwrap_err();
        assert!(is_for_the_operator(&error), "{error:?}");
        assert!(!gc_core::describe(&error).contains("topsecret"), "{error}");
    }
}
