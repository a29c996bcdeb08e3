//! Lists that are refused, odd or not to be had, tables that are damaged, runs that are stopped.

use std::collections::BTreeMap;
use std::fs::File;
use std::thread::sleep;
use std::time::Duration;

use gc_sim::{Fault, Rule};
use serde_json::{Value, json};

use super::{
    QUEUES, SKILLS, TABLES, another, called, file, names, reference, run, scene, served, table,
};
use crate::stage::{Run, Running, Scene};

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
