//! Names for ids: every list is kept whole, trouble with one costs no other, and nothing loses its name.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::TimestampMillisecondType;
use gc_sim::{Fault, Rule};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use crate::stage::{Platform, Run, Running, Scene, day, past_watermark, python};

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
fn a_refused_list_is_reported_with_its_permission_and_stops_no_other() {
    let scene = scene();
    scene.platform.control.deny("groups:team:view");
    let first = run(&scene).ended_with(5);
    let report = first.report();
    assert_eq!(report["totals"]["failed"], 1);
    let teams = table(&report, "tables", "teams");
    assert!(
        teams["problem"]["remedy"]
            .as_str()
            .unwrap()
            .contains("groups:team:view")
    );
    assert_eq!(teams["problem"]["permissions"], json!(["groups:team:view"]));
    assert_eq!(
        names(&file(&scene, "teams")).len(),
        0,
        "an empty table, for the SQL"
    );
    assert_eq!(
        called(&names(&file(&scene, "users"))),
        served(&scene.platform, "users")
    );

    scene.platform.control.allow("groups:team:view");
    run(&scene).ended_with(0);
    let before = std::fs::read(file(&scene, "teams")).unwrap();
    scene.platform.control.deny("groups:team:view");
    let report = run(&scene).ended_with(5).report();
    assert_eq!(table(&report, "tables", "teams")["rows"], 5);
    assert_eq!(std::fs::read(file(&scene, "teams")).unwrap(), before);
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

#[test]
fn records_without_an_id_or_of_another_form_are_set_aside_as_received() {
    let scene = scene();
    let odd = [
        json!({"name": "nobody"}),
        json!({"id": 7, "name": "seven"}),
        json!("text"),
        json!({"id": "odd-but-right", "name": "Odd", "state": null, "new": [1]}),
    ];
    let rule = Rule::on(SKILLS).fault(Fault::inject(odd.clone()));
    scene.platform.control.add_fault(rule);
    let report = run(&scene).ended_with(5).report();
    let skills = table(&report, "tables", "skills");
    assert_eq!(
        (&skills["quarantined"], &skills["rows"]),
        (&json!(3), &json!(9))
    );
    let aside = scene
        .archive
        .0
        .join(skills["quarantineFile"].as_str().unwrap());
    let lines = zstd::decode_all(File::open(&aside).unwrap()).unwrap();
    let lines = serde_json::Deserializer::from_slice(&lines).into_iter::<Value>();
    let kept: Vec<Value> = lines
        .map(|line| serde_json::from_str(line.unwrap()["record"].as_str().unwrap()).unwrap())
        .collect();
    assert_eq!(kept.len(), 3);
    assert!(odd[..3].iter().all(|one| kept.contains(one)), "{kept:?}");
    assert_eq!(names(&file(&scene, "skills"))["odd-but-right"].0, "Odd");
    scene.platform.control.clear_faults();
    run(&scene).ended_with(0);
    assert!(
        !aside.is_file(),
        "what fits now leaves no quarantine behind"
    );
}

#[test]
fn a_damaged_table_is_told_of_and_made_anew() {
    let scene = scene();
    run(&scene).ended_with(0);
    let damaged = file(&scene, "users");
    std::fs::write(&damaged, b"PAR1 no more").unwrap();
    let report = run(&scene).ended_with(0).report();
    let users = table(&report, "tables", "users");
    assert!(
        users["note"].as_str().unwrap().contains("damaged"),
        "{users:#}"
    );
    assert_eq!(called(&names(&damaged)), served(&scene.platform, "users"));
}

#[test]
fn an_export_refreshes_the_names_first_unless_told_not_to() {
    let scene = scene();
    let report = scene
        .export_with(day(DATE), &["--no-reference"])
        .ended_with(0)
        .report();
    assert!(report.get("reference").is_none(), "{report:#}");
    assert!(!scene.archive.0.join("reference").is_dir());
    assert_eq!(scene.platform.count(QUEUES), 0);

    Run::of(scene.exporting(day(DATE), day(DATE)).arg("--dry-run")).ended_with(0);
    assert_eq!(scene.platform.count(QUEUES), 0);

    let report = scene.export(day(DATE)).ended_with(0).report();
    for name in TABLES {
        let one = table(&report, "reference", name);
        assert_eq!(one["rows"], served(&scene.platform, name).len());
        assert!(file(&scene, name).is_file());
    }
    let requests = scene.platform.control.requests();
    let asked = |path: &str| requests.iter().rposition(|one| one.path.contains(path));
    assert!(asked("/routing/queues") < asked("/details/jobs/"));
}

#[test]
fn trouble_with_names_never_changes_what_an_export_ends_with() {
    let scene = scene();
    scene.platform.control.deny("routing:queue:view");
    let gone = Rule::on(SKILLS).fault(Fault::ApiError {
        status: 404,
        code: "not.found".to_owned(),
        message: "no such thing".to_owned(),
    });
    scene.platform.control.add_fault(gone);
    let report = scene.export(day(DATE)).ended_with(0);
    assert!(report.stderr.contains("queues"), "{report:#?}");
    let report = report.report();
    assert_eq!(report["totals"]["settled"], 1);
    for name in ["queues", "skills"] {
        assert!(table(&report, "reference", name)["problem"]["error"].is_string());
    }
    assert!(
        table(&report, "reference", "users")
            .get("problem")
            .is_none()
    );
}

#[test]
fn names_that_another_run_refreshes_are_left_to_it() {
    let scene = scene();
    let slow = Rule::on(QUEUES).times(1).fault(Fault::Delay { ms: 4_000 });
    scene.platform.control.add_fault(slow);
    let first = Running::start(&mut reference(&scene, &scene.platform.url));
    while scene.platform.count(QUEUES) == 0 {
        sleep(Duration::from_millis(5));
    }
    let second = run(&scene).ended_with(6);
    assert_eq!(second.stdout, "");
    let export = scene.export(day(DATE)).ended_with(0).report();
    assert!(export.get("reference").is_none());
    assert!(
        export["referenceNote"]
            .as_str()
            .unwrap()
            .contains("reference")
    );
    first.wait().ended_with(0);
    run(&scene).ended_with(0);
}

#[test]
fn a_run_killed_at_any_moment_leaves_old_tables_or_new_ones() {
    let (scene, other) = (scene(), another());
    run(&scene).ended_with(0);
    let [old, new] = [&scene.platform, &other].map(|platform| served(platform, "users"));
    let whole: BTreeMap<_, _> = old.clone().into_iter().chain(new).collect();
    let mut dice = fastrand::Rng::with_seed(20_261_101);
    let mut killed = 0;
    for _ in 0..12 {
        let running = Running::start(&mut reference(&scene, &other.url));
        sleep(Duration::from_millis(dice.u64(5..180)));
        killed += u32::from(running.kill());
        let found = called(&names(&file(&scene, "users")));
        assert!(found == old || found == whole, "half a table");
        for name in TABLES {
            assert!(!names(&file(&scene, name)).is_empty());
        }
    }
    assert!(killed > 0, "every run was too quick to be killed");
    let mut again = reference(&scene, &other.url);
    Run::of(&mut again).ended_with(0);
    assert_eq!(called(&names(&file(&scene, "users"))), whole);
    assert!(scene.archive.leftovers().is_empty());
}

#[test]
fn exit_codes_tell_what_kept_the_names_from_being_kept() {
    let scene = scene();
    let only_teams =
        |scene: &Scene| Run::of(reference(scene, &scene.platform.url).args(["--tables", "teams"]));
    scene.platform.control.deny("groups:team:view");
    let refused = only_teams(&scene).ended_with(3).report();
    assert_eq!(refused["outcome"], "failed");
    for name in TABLES {
        assert!(
            file(&scene, name).is_file(),
            "{name} is there for the SQL, if empty"
        );
    }
    scene.platform.control.allow("groups:team:view");
    only_teams(&scene).ended_with(0);

    let mut wrong = reference(&scene, &scene.platform.url);
    wrong.env("GENESYS_CLOUD_CLIENT_SECRET", "not-the-secret");
    let wrong = Run::of(&mut wrong).ended_with(3);
    assert_eq!(wrong.stdout, "");
    assert!(wrong.stderr.contains("hint: ") && !wrong.stderr.contains("not-the-secret"));

    let unknown = Run::of(reference(&scene, &scene.platform.url).args(["--tables", "cats"]));
    unknown.ended_with(2);

    let slow = Rule::on(QUEUES).fault(Fault::Delay { ms: 20_000 });
    scene.platform.control.add_fault(slow);
    scene.platform.control.clear_requests();
    let running = Running::start(&mut reference(&scene, &scene.platform.url));
    while scene.platform.count(QUEUES) == 0 {
        sleep(Duration::from_millis(5));
    }
    running.signal("INT");
    running.wait().ended_with(130);
    assert!(scene.archive.leftovers().is_empty());
    scene.platform.control.clear_faults();
    run(&scene).ended_with(0);
}

/// Waits for real, until the program gives up trying one list.
#[test]
fn a_list_that_is_not_to_be_had_is_4_and_the_others_are_kept() {
    let scene = scene();
    let broken = Rule::on(SKILLS).fault(Fault::TruncatedJson);
    scene.platform.control.add_fault(broken);
    let report = run(&scene).ended_with(4).report();
    assert_eq!(report["totals"]["failed"], 1);
    assert_eq!(
        scene.platform.count(SKILLS),
        3,
        "a broken page is asked for again"
    );
    assert_eq!(
        called(&names(&file(&scene, "campaigns"))),
        served(&scene.platform, "campaigns")
    );
}
