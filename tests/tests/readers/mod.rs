//! Readers that are not ours, and the SQL that ships for them: DuckDB and Spark.

mod flat;
mod live;
mod older;
mod pruning;
mod reports;

use std::process::{Command, Stdio};

/// Returns the engines to ask. Spark is among them where there is Java to run it.
fn engines() -> &'static str {
    let mut java = Command::new("java");
    java.arg("-version")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if java.status().is_ok_and(|status| status.success()) {
        return "duckdb,spark";
    }
    println!("skipped for Spark: there is no Java here");
    "duckdb"
}

/// What `--tables` is given for everything.
const ALL_TABLES: &str = "conversations,participants,sessions,segments,metrics";
