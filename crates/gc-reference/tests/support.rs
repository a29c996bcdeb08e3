//! A client of a platform, and rows as JSON.

use std::time::Duration;

use arrow::array::{AsArray, RecordBatch};
use gc_auth::{Client, Config, Credentials, Endpoints, RetryPolicy};
use gc_reference::{EntityDecoder, Error, Listed, Lister, Table, merge};
use gc_sim::{Sim, SimConfig, WorldConfig};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

pub(crate) fn then() -> Timestamp {
    "2026-11-22T03:00:00.123Z".parse().unwrap()
}

pub(crate) fn table(name: &str) -> &'static Table {
    Table::of(name).unwrap()
}

pub(crate) async fn platform() -> Sim {
    let day = "2026-11-20".parse().unwrap();
    let mut world = WorldConfig::new(day, day);
    world.conversations_per_day = 10;
    let mut config = SimConfig::new(world);
    config.rate_limit = 0;
    Sim::start(config).await.unwrap()
}

/// A lister that repeats at once, and not often.
pub(crate) fn lister(url: &str, cancel: &CancellationToken) -> Lister {
    let credentials = Credentials {
        client_id: gc_sim::CLIENT_ID.to_owned(),
        secret: gc_sim::CLIENT_SECRET.to_owned().into(),
    };
    let retry = RetryPolicy {
        count: 1,
        total: Duration::from_secs(5),
        base_delay: Duration::from_millis(1),
        max_delay: Duration::from_millis(2),
        rate_limit_delay: Duration::from_millis(1),
    };
    let config = Config::new(Endpoints::at(url, url).unwrap(), credentials);
    let client = Client::new(config.with_retry(retry)).unwrap();
    Lister::new(client, cancel.clone())
}

pub(crate) async fn read(lister: &Lister, table: &Table) -> Result<Listed, Error> {
    let mut decoder = EntityDecoder::new(table, then());
    let mut pages = lister.pages(table);
    while let Some(page) = pages.next().await? {
        decoder.push(&page);
    }
    Ok(decoder.finish())
}

/// Returns the ids of the rows that a reading leaves in an archive where nothing was.
pub(crate) fn ids(table: &Table, listed: &Listed) -> Vec<String> {
    let merged = merge(table, &listed.batches, &[]).unwrap();
    texts(&merged.rows, "id")
}

pub(crate) fn texts(rows: &RecordBatch, column: &str) -> Vec<String> {
    let column = rows.column_by_name(column).unwrap().as_string::<i32>();
    column
        .iter()
        .map(|text| text.unwrap_or("-").to_owned())
        .collect()
}
