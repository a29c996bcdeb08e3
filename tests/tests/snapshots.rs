//! What people and programs have come to rely on, word for word.

use std::fs::File;
use std::process::Command;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::printer::print_schema;

use crate::stage::{Run, Scene, built, day, past_watermark};

const DATE: &str = "2026-11-01";

fn scene() -> Scene {
    Scene::new(past_watermark(DATE, DATE, 60))
}

fn help(arguments: &[&str]) -> String {
    Run::of(scene().command().args(arguments))
        .ended_with(0)
        .stdout
}

#[test]
fn help_is_what_it_was() {
    insta::assert_snapshot!("help", help(&["--help"]));
    insta::assert_snapshot!("help_export", help(&["export", "--help"]));
    insta::assert_snapshot!("help_reference", help(&["reference", "--help"]));
    insta::assert_snapshot!("help_verify", help(&["verify", "--help"]));
    insta::assert_snapshot!("help_status", help(&["status", "--help"]));
}

#[test]
fn help_of_live_is_what_it_was() {
    for command in ["archive", "fill", "gaps", "status"] {
        let mut help = Command::new(built("gc-live"));
        let help = Run::of(help.args([command, "--help"])).ended_with(0).stdout;
        insta::assert_snapshot!(format!("help_live_{command}"), help);
    }
    let help = Run::of(Command::new(built("gc-live")).arg("--help")).ended_with(0);
    insta::assert_snapshot!("help_live", help.stdout);
}

#[test]
fn the_schema_of_the_files_is_what_it_was() {
    let scene = scene();
    scene.export(day(DATE)).ended_with(0);
    let file = File::open(scene.archive.data_file(day(DATE))).unwrap();
    let reader = SerializedFileReader::new(file).unwrap();
    let mut schema = Vec::new();
    print_schema(&mut schema, reader.metadata().file_metadata().schema());
    insta::assert_snapshot!("parquet_schema", String::from_utf8(schema).unwrap());
}

#[test]
fn the_manifest_is_what_it_was() {
    let scene = scene();
    scene.export(day(DATE)).ended_with(0);
    let mut manifest = scene.archive.manifest(day(DATE));
    for changing in ["startedAt", "finishedAt", "runId"] {
        assert!(manifest[changing].is_string());
        manifest[changing] = format!("[{changing}]").into();
    }
    // It depends on the versions of the encoders.
    manifest["file"]["bytes"] = "[bytes]".into();
    insta::assert_snapshot!("manifest", format!("{manifest:#}"));
}
