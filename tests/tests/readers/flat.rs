//! Flat tables beside the conversations: what is written, when it is left alone, what an archive remembers.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use super::ALL_TABLES;
use crate::stage::{Run, Scene, day, footer, past_watermark};

const DATE: &str = "2026-11-01";
const FLAT: [&str; 4] = ["participants", "sessions", "segments", "metrics"];

fn scene() -> Scene {
    Scene::new(past_watermark(DATE, DATE, 80))
}

fn export(scene: &Scene, flags: &[&str]) -> Run {
    let flags = [&["--settle", "none"], flags].concat();
    scene.export_with(day(DATE), &flags)
}

fn file(scene: &Scene, table: &str) -> PathBuf {
    let name = format!("{table}/date={DATE}/part-0.parquet");
    scene.archive.0.join(name)
}

/// When each data file was last written.
fn written(scene: &Scene) -> BTreeMap<&'static str, SystemTime> {
    let names = ["conversations"].into_iter().chain(FLAT);
    let time = |name| fs::metadata(file(scene, name)).unwrap().modified().unwrap();
    names.map(|name| (name, time(name))).collect()
}

/// Asserts that every file is made from the conversations that are there, and that the manifest knows it.
fn assert_of_one_make(scene: &Scene) {
    let manifest = scene.archive.manifest(day(DATE));
    for table in FLAT {
        let path = file(scene, table);
        let known = &manifest["tables"][table];
        let footer = footer(&path);
        assert_eq!(footer["gc.contentHash"], manifest["contentHash"], "{table}");
        assert_eq!(footer["gc.dataset"], table);
        assert_eq!(footer["gc.rows"], known["rows"].to_string(), "{table}");
        assert_eq!(known["file"]["bytes"], fs::metadata(path).unwrap().len());
    }
}

#[test]
fn conversations_alone_are_written_unless_told_otherwise() {
    let scene = scene();
    export(&scene, &[]).ended_with(0);
    assert!(FLAT.iter().all(|table| !file(&scene, table).is_file()));
    assert!(scene.archive.manifest(day(DATE)).get("tables").is_none());
}

#[test]
fn each_file_says_from_which_conversations_it_was_made() {
    let scene = scene();
    let run = export(&scene, &["--tables", ALL_TABLES]).ended_with(0);
    assert_of_one_make(&scene);
    let partition = run.partition(day(DATE));
    assert!(partition["tables"]["metrics"].as_u64().unwrap() > partition["rows"].as_u64().unwrap());
    scene.platform.control.apply_late_changes(day(DATE));
    let before = written(&scene);
    export(&scene, &[]).ended_with(0);
    assert_of_one_make(&scene);
    let after = written(&scene);
    assert!(before.iter().all(|(table, time)| after[table] > *time));
}

#[test]
fn a_rerun_leaves_unchanged_tables_alone_and_makes_lost_ones_anew() {
    let scene = scene();
    export(&scene, &["--tables", ALL_TABLES]).ended_with(0);
    let before = written(&scene);
    let run = export(&scene, &[]).ended_with(0);
    assert_eq!(run.partition(day(DATE))["replaced"], false);
    assert_eq!(written(&scene), before);

    fs::remove_file(file(&scene, "sessions")).unwrap();
    fs::write(file(&scene, "metrics"), "no Parquet").unwrap();
    export(&scene, &[]).ended_with(0);
    assert_of_one_make(&scene);
    let after = written(&scene);
    let changed = before
        .iter()
        .filter(|(table, time)| after[*table] != **time);
    let changed: Vec<_> = changed.map(|(table, _)| *table).collect();
    assert_eq!(changed, ["metrics", "sessions"]);
}

#[test]
fn a_day_whose_table_is_lost_is_settled_by_the_next_run() {
    let scene = Scene::new(past_watermark("2026-11-01", "2026-11-20", 10));
    let (lost, last) = (day("2026-11-01"), day("2026-11-20"));
    let mut first = scene.exporting(lost, lost);
    Run::of(first.args(["--settle", "none", "--tables", "conversations,metrics"])).ended_with(0);
    fs::remove_file(file(&scene, "metrics")).unwrap();
    let mut second = scene.exporting(last, last);
    let run = Run::of(second.args(["--settle", "1"])).ended_with(0);
    assert_eq!(run.partition(lost)["reason"], "unrecorded");
    assert!(file(&scene, "metrics").is_file());
}

#[test]
fn an_archive_remembers_its_tables() {
    let scene = scene();
    export(&scene, &["--tables", "conversations,metrics"]).ended_with(0);
    let other = export(&scene, &["--tables", "conversations"]).ended_with(3);
    assert!(other.stderr.contains("--out"), "{other:#?}");
    let other = export(&scene, &["--tables", ALL_TABLES]).ended_with(3);
    assert!(other.stderr.contains("metrics"), "{other:#?}");
    let none = export(&scene, &["--tables", "metrics"]).ended_with(2);
    assert!(none.stderr.contains("conversations"), "{none:#?}");
    export(&scene, &["--tables", "conversations,tables"]).ended_with(2);
}
