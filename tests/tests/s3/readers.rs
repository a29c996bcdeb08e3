//! An archive in a bucket, read there by DuckDB itself with the SQL that ships.

use std::env;

use super::place::Place;
use crate::stage::{Run, day, past_watermark, python};

#[test]
fn duckdb_reads_in_the_bucket_what_it_reads_on_disk() {
    let Some(duckdb) = env::var_os("GC_DUCKDB_FOR_BUCKETS") else {
        println!("skipped: GC_DUCKDB_FOR_BUCKETS is not set; scripts/test.sh sets it");
        return;
    };
    let (first, last) = ("2026-11-01", "2026-11-02");
    let Some(place) = Place::new(past_watermark(first, last, 150)) else {
        return;
    };
    Run::of(&mut place.command("export", day(first), day(last))).ended_with(0);
    let (_folder, copy) = place.bucket.copy();
    let mut ask = python("in_bucket.py");
    place.bucket.tell(&mut ask).env("PYTHONPATH", duckdb);
    ask.arg(&place.bucket.root).arg(&copy.0).args([first, last]);
    let answers = Run::of(&mut ask).ended_with(0).stdout;
    assert!(answers.contains("days: 2 rows"), "{answers}");
}
