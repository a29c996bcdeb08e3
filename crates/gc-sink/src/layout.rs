//! Where everything lies in an archive: each path comes from one function here.
//!
//! Readers skip names that begin with `_`, so everything that is not data lies under `_gc/`.

use gc_core::Day;
use jiff::Timestamp;
use jiff::tz::Offset;
use object_store::path::Path;

/// Returns the folder of a dataset's partitions: `conversations`.
pub fn dataset_folder(dataset: &str) -> Path {
    Path::from(dataset)
}

/// Returns the one data file of a day: `conversations/date=2026-11-21/part-0.parquet`.
pub fn data_file(dataset: &str, day: Day) -> Path {
    Path::from(format!("{dataset}/date={day}/part-0.parquet"))
}

/// Returns the day of a data file, the reverse of [`data_file`]; none for any other path.
pub fn day_of_data_file(dataset: &str, path: &Path) -> Option<Day> {
    let rest = path.as_ref().strip_prefix(dataset)?;
    let date = rest
        .strip_prefix("/date=")?
        .strip_suffix("/part-0.parquet")?;
    date.parse().ok()
}

/// Returns a file of events, by the hour in which they were received:
/// `events/date=2026-11-22/hour=13/4f2a9c1e-000017.parquet`.
pub fn event_file(dataset: &str, hour: Timestamp, writer: &str, sequence: u64) -> Path {
    let hour = hour_folder(hour);
    Path::from(format!("{dataset}/{hour}/{writer}-{sequence:06}.parquet"))
}

/// Returns the frames of an hour that were no events:
/// `_gc/quarantine/events/date=2026-11-22/hour=13/4f2a9c1e-000002.ndjson.zst`.
pub fn quarantine_tail(dataset: &str, hour: Timestamp, writer: &str, sequence: u64) -> Path {
    let hour = hour_folder(hour);
    Path::from(format!(
        "_gc/quarantine/{dataset}/{hour}/{writer}-{sequence:06}.ndjson.zst"
    ))
}

fn hour_folder(hour: Timestamp) -> String {
    let hour = Offset::UTC.to_datetime(hour);
    format!("date={}/hour={:02}", hour.date(), hour.hour())
}

/// Returns what the archive was made for: `_gc/archive.json`.
pub fn scope_file() -> Path {
    Path::from("_gc/archive.json")
}

/// Returns the lease of a dataset: `_gc/leases/conversations.json`.
pub fn lease_file(dataset: &str) -> Path {
    Path::from(format!("_gc/leases/{dataset}.json"))
}

/// Returns the file that the holder of the lease keeps locked, on disk only: `_gc/leases/conversations.lock`.
pub fn lease_lock(dataset: &str) -> Path {
    Path::from(format!("_gc/leases/{dataset}.lock"))
}

/// Returns the folder of a dataset's manifests: `_gc/manifests/conversations`.
pub fn manifest_folder(dataset: &str) -> Path {
    Path::from(format!("_gc/manifests/{dataset}"))
}

/// Returns the manifest of a day: `_gc/manifests/conversations/date=2026-11-21.json`.
pub fn manifest_file(dataset: &str, day: Day) -> Path {
    Path::from(format!("_gc/manifests/{dataset}/date={day}.json"))
}

/// Returns the records of a day that were set aside:
/// `_gc/quarantine/conversations/date=2026-11-21/part-0.ndjson.zst`.
pub fn quarantine_file(dataset: &str, day: Day) -> Path {
    Path::from(format!(
        "_gc/quarantine/{dataset}/date={day}/part-0.ndjson.zst"
    ))
}

/// Returns the one file of a small table: `reference/queues.parquet`.
pub fn table_file(dataset: &str, table: &str) -> Path {
    Path::from(format!("{dataset}/{table}.parquet"))
}

/// Returns the records of a small table that were set aside: `_gc/quarantine/reference/queues.ndjson.zst`.
pub fn table_quarantine_file(dataset: &str, table: &str) -> Path {
    Path::from(format!("_gc/quarantine/{dataset}/{table}.ndjson.zst"))
}

/// Returns the report of a run: `_gc/runs/conversations/7f3a….json`.
pub fn run_report_file(dataset: &str, run_id: &str) -> Path {
    Path::from(format!("_gc/runs/{dataset}/{run_id}.json"))
}

/// Returns every folder in which a dataset has objects that are replaced whole.
pub fn folders(dataset: &str) -> [Path; 4] {
    [
        dataset_folder(dataset),
        manifest_folder(dataset),
        Path::from(format!("_gc/quarantine/{dataset}")),
        Path::from(format!("_gc/runs/{dataset}")),
    ]
}

/// Returns the folder of a dataset's unfinished files, on disk only: `_gc/tmp/conversations`.
pub fn temporary_folder(dataset: &str) -> Path {
    Path::from(format!("_gc/tmp/{dataset}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_have_two_digits() {
        let hour = "2026-11-22T07:59:59Z".parse().unwrap();
        assert_eq!(
            event_file("events", hour, "4f2a9c1e", 17).as_ref(),
            "events/date=2026-11-22/hour=07/4f2a9c1e-000017.parquet"
        );
    }

    #[test]
    fn data_file_names_its_day_and_nothing_else_does() {
        let day: Day = "2026-11-21".parse().unwrap();
        let path = data_file("conversations", day);
        assert_eq!(
            path.as_ref(),
            "conversations/date=2026-11-21/part-0.parquet"
        );
        assert_eq!(day_of_data_file("conversations", &path), Some(day));
        for other in [
            "conversations/date=2026-11-21/part-0.parquet#1",
            "conversations/date=x/part-0.parquet",
            "events",
        ] {
            assert_eq!(
                day_of_data_file("conversations", &Path::from(other)),
                None,
                "{other}"
            );
        }
    }
}
