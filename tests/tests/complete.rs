//! Complete or said so: verdicts, and what an outsider finds.

use std::process::Command;

use gc_sim::{Fault, Rule};

use crate::stage::{Run, Scene, built, day, operation, past_watermark, python};

#[test]
fn the_platforms_own_client_gets_a_token_a_query_a_job_and_all_its_pages() {
    let scene = Scene::new(past_watermark("2026-11-01", "2026-11-02", 350));
    let mut client = python("platform_client.py");
    client.args([scene.platform.url.as_str(), "2026-11-01"]);
    client.env("GENESYS_CLOUD_CLIENT_ID", gc_sim::CLIENT_ID);
    client.env("GENESYS_CLOUD_CLIENT_SECRET", gc_sim::CLIENT_SECRET);
    let run = Run::of(&mut client).ended_with(0);
    assert!(run.stdout.contains("the job returns the day in order"));
    assert!(run.stdout.contains("ok: a ping is answered"));
    assert!(run.stdout.contains("ok: all events come"));
}

#[test]
fn rows_that_the_platform_drops_in_silence_are_counted_and_named() {
    // Before its late changes a day holds two conversations less.
    let scene = Scene::new(past_watermark("2026-11-01", "2026-11-01", 671));
    let date = day("2026-11-01");
    assert_eq!(scene.platform.ids(date).len(), 669);
    let drop = Fault::DropRows {
        rows: 80,
        date: None,
    };
    let rule = Rule::on(operation::SUBMIT).fault(drop);
    scene.platform.control.add_fault(rule);
    let run = scene.export(date).ended_with(5);
    let partition = run.partition(date);
    assert_eq!(partition["verdict"], "short");
    assert_eq!(
        (&partition["rows"], &partition["expected"]),
        (&589.into(), &669.into())
    );
    assert_eq!(run.report()["totals"]["missing"], 80);
    let mut in_words = scene.exporting_for_people(&scene.platform, date, date);
    let text = Run::of(&mut in_words).ended_with(5);
    assert!(text.stdout.contains("short by 80"), "{text:#?}");

    // The day knows that it is short, so the next run heals it without being told.
    scene.platform.control.clear_faults();
    let run = scene.export_with(day("2026-11-02"), &[]).ended_with(0);
    let healed = run.partition(date);
    assert_eq!(
        (&healed["verdict"], &healed["reason"]),
        (&"settled".into(), &"short".into())
    );
    assert_eq!(healed["changed"]["added"], 80);
    assert_eq!(scene.archive.ids(date), scene.platform.ids(date));
}

#[test]
fn verify_finds_what_was_lost_since_and_writes_nothing() {
    let scene = Scene::new(past_watermark("2026-11-01", "2026-11-02", 60));
    let (first, last) = (day("2026-11-01"), day("2026-11-02"));
    Run::of(&mut scene.exporting(first, last)).ended_with(0);
    scene.platform.control.apply_late_changes(first);
    let before = scene.archive.stamps();
    let mut verify = scene.command();
    verify.args(["verify", "--from", "2026-11-01", "--to", "2026-11-02"]);
    verify.args(["--out", "lake", "--report", "json"]);
    let run = Run::of(&mut verify).ended_with(5);
    assert_eq!(run.partition(first)["verdict"], "short");
    assert_eq!(run.partition(last)["verdict"], "settled");
    assert_eq!(scene.archive.stamps(), before);
}

#[test]
fn the_simulator_and_the_exporter_work_together_as_programs() {
    let scene = Scene::new(past_watermark("2026-11-01", "2026-11-01", 40));
    let mut simulator = Command::new(built("gc-sim"));
    simulator.args([
        "serve",
        "--port",
        "0",
        "--days",
        "2",
        "--last-day",
        "2026-11-10",
    ]);
    simulator.args([
        "--conversations-per-day",
        "40",
        "--watermark",
        "2026-11-12T00:00:00Z",
    ]);
    let mut simulator = Served::start(&mut simulator);
    let mut export = scene.command_at(&simulator.url());
    export.args([
        "export",
        "--from",
        "2026-11-09",
        "--to",
        "2026-11-10",
        "--out",
        "lake",
    ]);
    let run = Run::of(&mut export).ended_with(0);
    assert!(
        run.stdout.contains("2 settled, 0 provisional, 0 short"),
        "{run:#?}"
    );
}

/// `gc-sim serve` as a program, ended with the test.
struct Served(std::process::Child);

impl Served {
    fn start(command: &mut Command) -> Self {
        Self(
            command
                .stdout(std::process::Stdio::piped())
                .spawn()
                .unwrap(),
        )
    }

    fn url(&mut self) -> String {
        use std::io::{BufRead, BufReader};
        let mut line = String::new();
        let stdout = self.0.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        line.trim()
            .strip_prefix("listening on ")
            .unwrap()
            .to_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
