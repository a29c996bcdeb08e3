//! Names for ids: every list is kept whole, trouble with one costs no other, and nothing loses its name.

mod export;
mod trouble;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::TimestampMillisecondType;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use crate::stage::{Platform, Run, Scene, past_watermark, python};

const DATE: &str = "2026-11-01";
const TABLES: [&str; 10] = [
    "queues",
    "users",
    "wrapup_codes",
    "skills",
    "languages",
    "divisions",
    "teams",
    "groups",
    "flows",
    "campaigns",
];
const QUEUES: &str = "GET /api/v2/routing/queues";
const SKILLS: &str = "GET /api/v2/routing/skills";

fn scene() -> Scene {
    Scene::new(past_watermark(DATE, DATE, 60))
}

/// Another organisation: nothing in it has an id of the first.
fn another() -> Platform {
    let mut config = past_watermark(DATE, DATE, 60);
    config.world.seed = 2;
    Platform::start(config)
}

fn reference(scene: &Scene, url: &str) -> std::process::Command {
    let mut command = scene.command_at(url);
    command.args(["reference", "--out", "lake", "--report", "json"]);
    command
}

fn run(scene: &Scene) -> Run {
    Run::of(&mut reference(scene, &scene.platform.url))
}

fn file(scene: &Scene, table: &str) -> PathBuf {
    scene.archive.0.join(format!("reference/{table}.parquet"))
}

/// Returns the name of each id in a table, and when it was listed last.
fn names(path: &Path) -> BTreeMap<String, (String, i64)> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let batches: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
    let mut names = BTreeMap::new();
    for batch in &batches {
        let text = |name: &str| batch.column_by_name(name).unwrap().as_string::<i32>();
        let times = batch.column_by_name("_exportedAt").unwrap();
        let times = times.as_primitive::<TimestampMillisecondType>();
        for row in 0..batch.num_rows() {
            let value = (text("name").value(row).to_owned(), times.value(row));
            let earlier = names.insert(text("id").value(row).to_owned(), value);
            assert_eq!(earlier, None, "an id that comes twice");
        }
    }
    names
}

fn served(platform: &Platform, table: &str) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let entities = platform.control.entities(table).into_iter();
    entities
        .map(|one| (text(&one["id"]), text(&one["name"])))
        .collect()
}

fn called(names: &BTreeMap<String, (String, i64)>) -> BTreeMap<String, String> {
    let names = names.iter();
    names
        .map(|(id, (name, _))| (id.clone(), name.clone()))
        .collect()
}

fn table<'a>(report: &'a Value, key: &str, name: &str) -> &'a Value {
    let tables = report[key].as_array().unwrap();
    let found = tables.iter().find(|one| one["table"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

#[test]
fn every_table_holds_what_its_list_shows_value_by_value() {
    let scene = scene();
    for number in 0..230 {
        scene.platform.control.add_queue(&format!("Queue {number}"));
    }
    let report = run(&scene).ended_with(0).report();
    assert_eq!(report["outcome"], "complete");
    let told: Vec<_> = report["tables"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["table"])
        .collect();
    assert_eq!(told, TABLES);
    for name in TABLES {
        let (all, one) = (
            served(&scene.platform, name),
            table(&report, "tables", name),
        );
        assert_eq!(called(&names(&file(&scene, name))), all, "{name}");
        assert_eq!(one["rows"], all.len(), "{one:#}");
        assert_eq!((&one["listed"], &one["kept"]), (&one["rows"], &json!(0)));
        assert_eq!(one["file"], format!("reference/{name}.parquet"));
    }
    let queues = table(&report, "tables", "queues");
    // Three pages, and the token for all.
    assert_eq!(
        (&queues["rows"], &queues["requests"]),
        (&json!(242), &json!(4))
    );
    assert!(
        queues["unknownFields"]["simOverflowRules"].is_u64(),
        "{queues:#}"
    );
    let arrived = scene.platform.control.requests().len();
    assert_eq!(report["totals"]["requests"], arrived, "the token included");
    let mut script = python("names_equal.py");
    script.arg(&scene.platform.url).arg(&scene.archive.0);
    println!("{}", Run::of(&mut script).ended_with(0).stdout);
    assert!(scene.archive.leftovers().is_empty());
}

#[test]
fn what_is_listed_no_longer_keeps_its_name_and_its_date() {
    let (scene, other) = (scene(), another());
    run(&scene).ended_with(0);
    let before = names(&file(&scene, "queues"));
    let mut second = reference(&scene, &other.url);
    let report = Run::of(&mut second).ended_with(0).report();
    for name in TABLES {
        let one = table(&report, "tables", name);
        let (old, new) = (served(&scene.platform, name), served(&other, name));
        assert_eq!(
            (&one["listed"], &one["kept"]),
            (&json!(new.len()), &json!(old.len()))
        );
        assert_eq!(
            called(&names(&file(&scene, name))),
            old.into_iter().chain(new).collect()
        );
    }
    let after = names(&file(&scene, "queues"));
    for (id, known) in &before {
        assert_eq!(after[id], *known, "{id}");
    }
    let latest = |names: &BTreeMap<String, (String, i64)>| names.values().map(|(_, at)| *at).max();
    assert!(latest(&after) > latest(&before));
}
