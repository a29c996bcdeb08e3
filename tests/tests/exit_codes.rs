//! The exit codes that people script against, each with the words that go with it.

use std::fs;

use gc_sim::{Fault, Rule};

use crate::stage::{Run, Running, Scene, day, operation, past_watermark};

const DATE: &str = "2026-11-01";

fn scene() -> Scene {
    Scene::new(past_watermark(DATE, DATE, 60))
}

/// Asserts that a run ended with this code, printed nothing on standard output, and said this.
#[track_caller]
fn refused(run: Run, code: i32, words: &[&str]) {
    let run = run.ended_with(code);
    assert_eq!(run.stdout, "", "{run:#?}");
    for word in words {
        assert!(run.stderr.contains(word), "{word:?} is not in {run:#?}");
    }
}

#[test]
fn a_wrong_command_line_is_2() {
    let scene = scene();
    let wrong: [&[&str]; 8] = [
        &["export", "--out", "lake"],
        &["export", "--date", "2026-02-30", "--out", "lake"],
        &["export", "--date", DATE],
        &["export", "--from", DATE, "--out", "lake"],
        &[
            "export", "--date", DATE, "--from", DATE, "--to", DATE, "--out", "lake",
        ],
        &["export", "--date", DATE, "--out", "lake", "--via", "pigeon"],
        &[
            "export", "--date", DATE, "--out", "lake", "--media", "smoke",
        ],
        &[
            "export",
            "--from",
            "2026-11-02",
            "--to",
            DATE,
            "--out",
            "lake",
        ],
    ];
    for arguments in wrong {
        let run = Run::of(scene.command().args(arguments));
        assert_eq!(run.code, Some(2), "{arguments:?}: {run:#?}");
    }
    assert!(scene.archive.files().is_empty());
}

#[test]
fn a_missing_variable_is_3_and_named() {
    let scene = scene();
    let mut export = scene.exporting(day(DATE), day(DATE));
    export.env_remove("GENESYS_CLOUD_CLIENT_SECRET");
    refused(
        Run::of(&mut export),
        3,
        &["GENESYS_CLOUD_CLIENT_SECRET", "hint: "],
    );
}

#[test]
fn a_wrong_secret_is_3() {
    let scene = scene();
    let mut export = scene.exporting(day(DATE), day(DATE));
    export.env("GENESYS_CLOUD_CLIENT_SECRET", "not-the-secret");
    let run = Run::of(&mut export);
    assert!(!run.stderr.contains("not-the-secret"), "{run:#?}");
    refused(run, 3, &["GENESYS_CLOUD_CLIENT_SECRET", "hint: "]);
}

#[test]
fn a_missing_permission_is_3_and_named() {
    let scene = scene();
    let permission = "analytics:conversationDetail:view";
    scene.platform.control.deny(permission);
    refused(scene.export(day(DATE)), 3, &[permission, "hint: "]);
}

#[test]
fn an_archive_made_for_something_else_is_3_and_stays_as_it_is() {
    let scene = scene();
    scene.export(day(DATE)).ended_with(0);
    let before = scene.archive.stamps();
    let run = scene.export_with(day(DATE), &["--media", "voice"]);
    refused(run, 3, &["voice", "hint: "]);
    assert_eq!(scene.archive.stamps(), before);
}

#[test]
fn a_root_that_is_a_file_is_3() {
    let scene = scene();
    fs::write(&scene.archive.0, "not a folder").unwrap();
    refused(scene.export(day(DATE)), 3, &["lake", "hint: "]);
    assert_eq!(fs::read(&scene.archive.0).unwrap(), b"not a folder");
}

/// The one test that waits for real: up to a minute, until the program gives up trying.
#[test]
fn a_platform_that_cannot_be_reached_is_4() {
    let scene = scene();
    let mut export = scene.command_at("http://127.0.0.1:9");
    export.args(["export", "--date", DATE, "--out", "lake"]);
    refused(Run::of(&mut export), 4, &["127.0.0.1", "refused", "hint: "]);
    assert!(scene.archive.leftovers().is_empty());
}

#[test]
fn a_second_run_on_the_same_archive_is_6_and_says_who_is_there() {
    let scene = scene();
    let slow = Rule::on(operation::RESULTS).fault(Fault::Delay { ms: 1_500 });
    scene.platform.control.add_fault(slow);
    let first: Running = scene.start_and_await_job(day(DATE));
    let holder = scene.archive.lease().unwrap()["pid"].to_string();
    refused(scene.export(day(DATE)), 6, &[&holder]);
    let first = first.wait().ended_with(0);
    assert_eq!(first.partition(day(DATE))["verdict"], "settled");
}
