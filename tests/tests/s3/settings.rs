//! What the environment asks of the store reaches it.

use super::kills::Rewriting;
use super::place::{Place, endpoint, over};
use crate::stage::{Run, Trouble, Wire};

/// Returns the heads of the requests that make an object below a folder.
fn writes(wire: &Wire, folder: &str) -> Vec<String> {
    let mut heads = wire.heads();
    heads.retain(|head| {
        let line = head.lines().next().unwrap_or_default();
        let makes = line.starts_with("put ") || line.contains("?uploads");
        makes && !line.contains("partnumber=") && line.contains(folder)
    });
    heads
}

#[test]
fn encryption_is_asked_for_every_object_and_a_storage_class_for_data_alone() {
    let (Some(place), Some(rewriting)) = (Place::small(), Rewriting::begin()) else {
        return;
    };
    for mut export in [place.exporting(), rewriting.exporting(0)] {
        let wire = Wire::to(&endpoint(), Trouble::None);
        export.env("AWS_SERVER_SIDE_ENCRYPTION", "AES256");
        export.env("AWS_STORAGE_CLASS", "STANDARD_IA");
        Run::of(over(&wire, &mut export)).ended_with(0);
        let (data, own) = (
            writes(&wire, "/conversations/date="),
            writes(&wire, "/_gc/"),
        );
        let data: Vec<_> = data.iter().filter(|head| !own.contains(head)).collect();
        assert_eq!(data.len(), 1, "{data:#?}");
        assert!(own.len() >= 4, "{own:#?}");
        let class = "x-amz-storage-class: standard_ia";
        assert!(data[0].contains(class), "{data:#?}");
        for head in &own {
            assert!(!head.contains("x-amz-storage-class"), "{head}");
        }
        for head in own.iter().chain(data) {
            assert!(
                head.contains("x-amz-server-side-encryption: aes256"),
                "{head}"
            );
        }
    }
}

/// The store of the tests has no keys to encrypt with: it is enough that it is asked.
#[test]
fn a_key_of_the_store_is_named_in_what_is_asked() {
    let Some(place) = Place::small() else { return };
    let refused = Trouble::Refused {
        what: ("put ", "/_gc/leases/"),
        status: "403 Forbidden",
        code: "AccessDenied",
    };
    let wire = Wire::to(&endpoint(), refused);
    let mut export = place.exporting();
    export.env("AWS_SERVER_SIDE_ENCRYPTION", "aws:kms");
    export.env("AWS_SSE_KMS_KEY_ID", "key-1");
    let run = Run::of(over(&wire, &mut export)).ended_with(3);
    assert!(run.stderr.contains("encryption"), "{run:#?}");
    let lease = writes(&wire, "/_gc/leases/");
    for word in ["encryption: aws:kms", "aws-kms-key-id: key-1"] {
        assert!(lease[0].contains(word), "{lease:#?}");
    }
}

#[test]
fn buckets_stand_in_the_path_or_in_the_name_of_the_host_as_asked() {
    let Some(place) = Place::small() else { return };
    let path = |virtual_hosted: bool| {
        let wire = Wire::to(&endpoint(), Trouble::None);
        let mut export = place.exporting();
        export.env(
            "AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
            virtual_hosted.to_string(),
        );
        let run = Run::of(over(&wire, &mut export));
        let head = wire.heads().swap_remove(0);
        (run.code, head.split(' ').nth(1).unwrap().to_owned())
    };
    let (code, in_path) = path(false);
    assert_eq!(code, Some(0));
    assert!(in_path.starts_with("/records/tests/"), "{in_path}");
    // Here the endpoint has to name the bucket; the store of the tests has no such name.
    let (_, in_host) = path(true);
    assert!(in_host.starts_with("/tests/"), "{in_host}");
}
