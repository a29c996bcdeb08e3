//! A store that says no, or nothing: who must do what about it, said before the platform is asked.

use std::collections::BTreeMap;
use std::env;

use super::kills::Rewriting;
use super::place::{DATE, Place, endpoint, over};
use crate::live::{Live, floor};
use crate::stage::{Run, Running, Trouble, Wire, day};

/// Asserts that a run ended with this code and said this, and that the platform heard nothing of it.
#[track_caller]
fn refused(place: &Place, run: Run, code: i32, words: &[&str]) {
    let run = run.ended_with(code);
    for word in words.iter().chain(&["hint: "]) {
        assert!(run.stderr.contains(word), "{word:?} is not in {run:#?}");
    }
    let secret = env::var("AWS_SECRET_ACCESS_KEY").unwrap();
    assert!(!run.stderr.contains(&secret), "{run:#?}");
    let counts = place.platform().control.request_counts();
    assert_eq!(counts, BTreeMap::new());
}

#[test]
fn a_store_that_refuses_is_3_before_the_platform_is_asked_and_the_remedy_is_named() {
    let Some(place) = Place::small() else { return };
    let reader = env::var("GC_TEST_S3_READER").unwrap();
    let (key, secret) = reader.split_once(':').unwrap();
    type Variables<'a> = &'a [(&'a str, &'a str)];
    let cases: [(Variables<'_>, &[&str]); 8] = [
        (
            &[("AWS_SECRET_ACCESS_KEY", "wrong")],
            &["SignatureDoesNotMatch", "check AWS_ACCESS_KEY_ID"],
        ),
        (
            &[("AWS_ACCESS_KEY_ID", "nobody")],
            &["InvalidAccessKeyId", "check AWS_ACCESS_KEY_ID"],
        ),
        (
            &[
                ("AWS_ACCESS_KEY_ID", key),
                ("AWS_SECRET_ACCESS_KEY", secret),
            ],
            &["AccessDenied", "read, write and delete"],
        ),
        (
            &[("AWS_ENDPOINT_URL", "http://store.example:9000")],
            &["AWS_ALLOW_HTTP", "https://"],
        ),
        (
            &[("AWS_ENDPOINT_URL", "store.example")],
            &["AWS_ENDPOINT_URL"],
        ),
        (
            &[("AWS_SERVER_SIDE_ENCRYPTION", "rot13")],
            &["rot13", "AWS_"],
        ),
        (
            &[("AWS_STORAGE_CLASS", "DEEP_ARCHIVE")],
            &["AWS_STORAGE_CLASS", "cannot be read"],
        ),
        (&[("AWS_TIMEOUT", "soon")], &["AWS_"]),
    ];
    for (variables, words) in cases {
        let mut export = place.exporting();
        let run = Run::of(export.envs(variables.iter().copied()));
        refused(&place, run, 3, words);
    }
    let mut export = place.scene.command();
    place.bucket.tell(&mut export);
    export.args([
        "export",
        "--date",
        "2026-11-01",
        "--out",
        "s3://no-such-bucket/x",
    ]);
    refused(
        &place,
        Run::of(&mut export),
        3,
        &["no such bucket", "create"],
    );
    assert!(place.bucket.stamps("").is_empty());
}

#[test]
fn an_archiver_of_live_events_is_refused_by_the_store_before_it_listens() {
    let Some(place) = Place::small() else { return };
    let live = Live::new(floor(1.0));
    let reader = env::var("GC_TEST_S3_READER").unwrap();
    let (key, secret) = reader.split_once(':').unwrap();
    let mut archive = live.command("archive");
    place.bucket.tell(&mut archive);
    archive.env("AWS_ACCESS_KEY_ID", key);
    archive.env("AWS_SECRET_ACCESS_KEY", secret);
    let run = Run::of(archive.args(["--out", &place.bucket.root])).ended_with(3);
    assert!(run.stderr.contains("AccessDenied"), "{run:#?}");
    assert_eq!(live.control().request_counts(), BTreeMap::new());
}

#[test]
fn whoever_may_only_read_may_look() {
    let Some(place) = Place::small() else { return };
    place.export().ended_with(0);
    let reader = env::var("GC_TEST_S3_READER").unwrap();
    let (key, secret) = reader.split_once(':').unwrap();
    let date = day(DATE);
    let mut looks = [
        place.command("verify", date, date),
        place.command("export", date, date),
        place.status(),
    ];
    looks[1].arg("--dry-run");
    for look in &mut looks {
        look.env("AWS_ACCESS_KEY_ID", key);
        look.env("AWS_SECRET_ACCESS_KEY", secret);
        Run::of(look).ended_with(0);
    }
}

#[test]
fn a_store_that_does_not_list_its_uploads_is_no_obstacle_but_named() {
    let Some(place) = Place::small() else { return };
    let answers = [
        ("403 Forbidden", "AccessDenied", "it refused (AccessDenied)"),
        (
            "501 Not Implemented",
            "NotImplemented",
            "does not keep a list",
        ),
    ];
    for (status, code, words) in answers {
        let what = ("get ", "?uploads=");
        let wire = Wire::to(&endpoint(), Trouble::Refused { what, status, code });
        let run = Run::of(over(&wire, &mut place.exporting())).ended_with(0);
        assert!(run.stderr.contains(words), "{words}: {run:#?}");
    }
}

#[test]
fn a_store_without_room_is_3_and_says_what_to_make_room_for() {
    let Some(place) = Place::small() else { return };
    let answers = [
        ("403 Forbidden", "QuotaExceeded"),
        ("400 Bad Request", "XMinioAdminBucketQuotaExceeded"),
    ];
    for (status, code) in answers {
        let what = ("put ", "/conversations/date=");
        let wire = Wire::to(&endpoint(), Trouble::Refused { what, status, code });
        let run = Run::of(over(&wire, &mut place.exporting())).ended_with(3);
        for word in [code, "quota", "hint: "] {
            assert!(run.stderr.contains(word), "{word}: {run:#?}");
        }
        assert!(place.bucket.stamps("conversations").is_empty());
        assert!(place.bucket.stamps("_gc/manifests").is_empty());
    }
    place.export().ended_with(0);
}

/// Waits for real, as long as the program's patience lasts; all of them at the same time.
#[test]
fn a_store_that_stays_away_or_silent_is_4() {
    let Some(place) = Place::small() else { return };
    let Some(rewriting) = Rewriting::begin() else {
        return;
    };
    rewriting.export(1);
    let silent = Wire::to(&endpoint(), Trouble::Silent);
    let leaves = Wire::to(&endpoint(), Trouble::GoneAfter(4 << 20));
    let closed = "http://127.0.0.1:9";
    let mut away = place.exporting();
    let mut keyless = place.exporting();
    keyless.env_remove("AWS_ACCESS_KEY_ID");
    keyless.env_remove("AWS_SECRET_ACCESS_KEY");
    let begun = [
        Running::start(away.env("AWS_ENDPOINT_URL", closed)),
        Running::start(over(&silent, &mut place.exporting())),
        Running::start(keyless.env("AWS_METADATA_ENDPOINT", closed)),
        Running::start(over(&leaves, &mut rewriting.exporting(0))),
    ];
    let [away, silent, keyless, left] = begun.map(Running::wait);
    refused(&place, away, 4, &["127.0.0.1:9"]);
    refused(
        &place,
        silent,
        4,
        &["timed out", "run the same command again"],
    );
    refused(&place, keyless, 3, &["credentials", "AWS_ACCESS_KEY_ID"]);
    left.ended_with(4);
    rewriting.assert_whole();
    rewriting.place.bucket.let_lease_expire("conversations");
    rewriting.export(0);
}
