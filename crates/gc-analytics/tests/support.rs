//! A simulated platform with a client, and a registry that remembers.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::{AsArray, RecordBatch};
use async_trait::async_trait;
use bytes::Bytes;
use gc_analytics::{
    Filter, JobRegistry, JobSource, Page, Platform, QuerySource, RegistryError, RowDecoder, Rows,
    Via,
};
use gc_auth::{Client, Config, Credentials, Endpoints, RetryPolicy};
use gc_core::{Class, Day, FixedClock, Silent};
use gc_sim::{Sim, SimConfig, WorldConfig};
use tokio_util::sync::CancellationToken;

pub(crate) const JOB: &str = "GET /api/v2/analytics/conversations/details/jobs/{jobId}";
pub(crate) const JOBS: &str = "POST /api/v2/analytics/conversations/details/jobs";
pub(crate) const RESULTS: &str = "GET /api/v2/analytics/conversations/details/jobs/{jobId}/results";
pub(crate) const DELETE: &str = "DELETE /api/v2/analytics/conversations/details/jobs/{jobId}";

pub(crate) fn day() -> Day {
    "2026-11-20".parse().unwrap()
}

/// Returns a platform with three days, of which the watermark has passed all but the last.
pub(crate) fn config(conversations_per_day: u32) -> SimConfig {
    let mut world = WorldConfig::new(day().back(1), day().next());
    world.conversations_per_day = conversations_per_day;
    let mut config = SimConfig::new(world);
    config.clock = Arc::new(FixedClock(day().next().next().start()));
    config.watermark = Some(day().next().start());
    config.rate_limit = 0;
    config.job_pending_polls = 0;
    config
}

/// A platform reached by a client that repeats at once, and not often.
pub(crate) fn platform(url: &str, secret: &str, cancel: &CancellationToken) -> Platform {
    let credentials = Credentials {
        client_id: gc_sim::CLIENT_ID.to_owned(),
        secret: secret.to_owned().into(),
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
    Platform::new(client, Arc::new(Silent), cancel.clone())
}

/// A running simulator and what a run needs to reach it.
pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) cancel: CancellationToken,
    pub(crate) platform: Platform,
    pub(crate) registry: Arc<Registry>,
}

impl World {
    pub(crate) async fn start(config: SimConfig) -> Self {
        let sim = Sim::start(config).await.unwrap();
        let cancel = CancellationToken::new();
        let platform = platform(sim.url(), sim.client_secret(), &cancel);
        Self {
            sim,
            cancel,
            platform,
            registry: Arc::default(),
        }
    }

    pub(crate) fn job(&self, page_size: u32) -> JobSource {
        let registry = Arc::clone(&self.registry);
        JobSource::new(
            self.platform.clone(),
            registry,
            day(),
            &Filter::default(),
            page_size,
        )
    }

    pub(crate) fn query(&self, page_size: u32, wall: u64) -> QuerySource {
        QuerySource::new(
            self.platform.clone(),
            day(),
            Filter::default(),
            page_size,
            wall,
        )
    }

    /// Returns the ids of the day as the simulator knows them.
    pub(crate) fn truth(&self) -> BTreeSet<String> {
        self.sim
            .control()
            .conversations(day())
            .ids()
            .into_iter()
            .collect()
    }

    pub(crate) fn count_of(&self, operation: &str) -> u64 {
        let counts = self.sim.control().request_counts();
        counts.get(operation).copied().unwrap_or(0)
    }

    /// Checks that every job that was opened is closed, in order, and that none lives.
    pub(crate) fn assert_nothing_left(&self, jobs: usize) {
        assert_eq!(self.sim.control().live_jobs(), Vec::<String>::new());
        let told = self.registry.told();
        assert_eq!(told.len(), 2 * jobs, "{told:?}");
        for pair in told.chunks(2) {
            assert_eq!((pair[0].0, pair[1].0), ("opened", "closed"), "{told:?}");
            assert_eq!(pair[0].1, pair[1].1);
        }
    }
}

/// Remembers what it was told, and fails on request.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    told: Mutex<Vec<(&'static str, String)>>,
    pub(crate) refuse: Mutex<bool>,
}

impl Registry {
    pub(crate) fn told(&self) -> Vec<(&'static str, String)> {
        self.told.lock().unwrap().clone()
    }

    fn note(&self, what: &'static str, job: &str) -> Result<(), RegistryError> {
        self.told.lock().unwrap().push((what, job.to_owned()));
        if *self.refuse.lock().unwrap() && what == "opened" {
            return Err("no room".into());
        }
        Ok(())
    }
}

#[async_trait]
impl JobRegistry for Registry {
    async fn opened(&self, job: &str) -> Result<(), RegistryError> {
        self.note("opened", job)
    }

    async fn closed(&self, job: &str) -> Result<(), RegistryError> {
        self.note("closed", job)
    }

    fn class(&self, _error: &RegistryError) -> Class {
        Class::operator("make room")
    }
}

pub(crate) fn decoder(via: Via) -> RowDecoder {
    RowDecoder::new(day().interval(), via, day().next().start())
}

/// Decodes one body.
pub(crate) fn decode(body: impl Into<Bytes>) -> Rows {
    let page = Page::parse(body.into()).unwrap();
    decoder(Via::Job).decode(&page).unwrap()
}

/// Writes a page with these records.
pub(crate) fn body<T: AsRef<str>>(records: &[T]) -> String {
    let records: Vec<_> = records.iter().map(AsRef::as_ref).collect();
    format!(
        r#"{{"conversations":[{}],"totalHits":7}}"#,
        records.join(",")
    )
}

pub(crate) fn ids(batch: &RecordBatch) -> Vec<String> {
    let ids = batch
        .column_by_name("conversationId")
        .unwrap()
        .as_string::<i32>();
    ids.iter().flatten().map(str::to_owned).collect()
}
