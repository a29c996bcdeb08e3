//! Nothing is dropped: every value that the platform served is in the archive, and no other.

use std::fs;
use std::path::{Path, PathBuf};

use gc_core::Day;
use gc_sim::SimConfig;
use serde_json::{Value, json};

use crate::stage::{Run, Scene, day, past_watermark, python, world};

/// Compares days of the archive with the platform, value by value; returns what the script says.
fn compare(scene: &Scene, dates: &[Day]) -> String {
    let mut script = python("deep_equal.py");
    script.arg(&scene.platform.url).arg(&scene.archive.0);
    script.args(dates.iter().map(ToString::to_string));
    Run::of(&mut script).ended_with(0).stdout
}

#[test]
fn every_field_of_every_conversation_is_kept_by_job_and_by_query() {
    let scene = Scene::new(world("2026-11-01", "2026-11-04", 700));
    let (first, last) = (day("2026-11-01"), day("2026-11-04"));
    let run = Run::of(&mut scene.exporting(first, last)).ended_with(0);
    assert_eq!(run.partition(first)["source"], "job");
    assert_eq!(run.partition(last)["source"], "query");
    let dates: Vec<Day> = first.through(last).collect();
    compare(&scene, &dates);
}

#[test]
fn late_changes_are_kept_with_every_field() {
    let scene = Scene::new(past_watermark("2026-11-01", "2026-11-01", 500));
    let date = day("2026-11-01");
    scene.export(date).ended_with(0);
    scene.platform.control.apply_late_changes(date);
    scene.export(date).ended_with(0);
    compare(&scene, &[date]);
}

#[test]
fn duckdb_reads_the_days_as_partitions_of_one_table() {
    let scene = Scene::new(past_watermark("2026-11-01", "2026-11-03", 50));
    let dates: Vec<Day> = day("2026-11-01").through(day("2026-11-03")).collect();
    Run::of(&mut scene.exporting(dates[0], dates[2])).ended_with(0);
    let mut duckdb = python("count_days.py");
    let counts = Run::of(duckdb.arg(&scene.archive.0)).ended_with(0).stdout;
    let expected = dates.iter().map(|date| {
        let rows = scene.platform.ids(*date).len();
        format!("{date} {rows}\n")
    });
    assert_eq!(counts, expected.collect::<String>());
}

/// The folder of public sample payloads, which is not part of the repository.
fn samples() -> Option<PathBuf> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = workspace.join("../shared/samples/details");
    let present = folder.is_dir();
    if !present {
        println!(
            "skipped: there are no sample payloads at {}",
            folder.display()
        );
    }
    present.then_some(folder)
}

/// A platform that serves the records of a file, however old they are.
fn serving(records: &[Value], folder: &Path) -> SimConfig {
    let file = folder.join("records.json");
    fs::write(&file, json!({ "conversations": records }).to_string()).unwrap();
    let mut config = past_watermark("2026-11-01", "2026-11-01", 10);
    config.records = Some(file);
    config
}

fn conversations_of(file: &Path) -> Vec<Value> {
    let text = fs::read(file).unwrap();
    let sample: Value = serde_json::from_slice(&text).unwrap();
    match sample["conversations"].as_array() {
        Some(conversations) => conversations.clone(),
        None => vec![sample],
    }
}

fn start_day(record: &Value) -> Day {
    day(&record["conversationStart"].as_str().unwrap()[..10])
}

#[test]
fn public_sample_payloads_go_through_with_every_field() {
    let Some(samples) = samples() else { return };
    let names = [
        "blueprint_sql_conversation1.json",
        "developer_tools_2016_query_25conv.json",
        "viadot_report2_details.json",
    ];
    let records = names
        .map(|name| conversations_of(&samples.join(name)))
        .concat();
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::new(serving(&records, folder.path()));
    let mut dates: Vec<Day> = records.iter().map(start_day).collect();
    dates.sort();
    dates.dedup();
    for date in &dates {
        let run = scene.export(*date).ended_with(0);
        assert_eq!(run.partition(*date)["quarantined"], 0, "{run:#?}");
    }
    let compared = compare(&scene, &dates);
    assert_eq!(compared.lines().count(), dates.len());
}

#[test]
fn a_sample_with_a_date_that_is_none_is_set_aside_whole() {
    let Some(samples) = samples() else { return };
    let records = conversations_of(&samples.join("blueprint_sql_conversation2.json"));
    let folder = tempfile::tempdir().unwrap();
    let scene = Scene::new(serving(&records, folder.path()));
    let date = start_day(&records[0]);
    let run = scene.export(date).ended_with(5);
    let partition = run.partition(date);
    assert_eq!(
        (&partition["verdict"], &partition["rows"]),
        (&"short".into(), &0.into())
    );
    assert_eq!(partition["quarantined"], 1);
    let aside = scene.archive.quarantine(date);
    let kept = aside[0]["record"].as_str().unwrap();
    assert_eq!(kept, records[0].to_string(), "the record as received");
    assert!(!aside[0]["reason"].as_str().unwrap().is_empty());
}
