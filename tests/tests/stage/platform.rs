//! The simulated platform, in this process but over real sockets.

use std::collections::BTreeMap;
use std::sync::Arc;

use gc_core::{Day, FixedClock};
use gc_sim::{Burst, Control, Sim, SimConfig, WorldConfig};
use serde_json::Value;
use tokio::runtime::Runtime;

/// A running simulator. Tests are plain functions that wait for programs, so it has threads of its
/// own.
pub(crate) struct Platform {
    pub(crate) control: Control,
    pub(crate) url: String,
    _sim: Sim,
    runtime: Runtime,
}

impl Platform {
    pub(crate) fn start(config: SimConfig) -> Self {
        let runtime = Runtime::new().unwrap();
        let sim = runtime.block_on(Sim::start(config)).unwrap();
        Self {
            control: sim.control(),
            url: sim.url().to_owned(),
            _sim: sim,
            runtime,
        }
    }

    /// Returns the conversations that started on `date`, by id, as the platform has them now.
    pub(crate) fn conversations(&self, date: Day) -> BTreeMap<String, Value> {
        let served = self.control.conversations(date);
        let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap();
        let records = served.iter().map(parse);
        let named = records.map(|record| {
            (
                record["conversationId"].as_str().unwrap().to_owned(),
                record,
            )
        });
        named.collect()
    }

    /// Returns the ids of the conversations that started on `date`, in order.
    pub(crate) fn ids(&self, date: Day) -> Vec<String> {
        let mut ids = self.control.conversations(date).ids();
        ids.sort();
        ids
    }

    /// Begins to send many events, and does not wait for it.
    pub(crate) fn burst(&self, burst: Burst) {
        let control = self.control.clone();
        self.runtime
            .spawn(async move { control.burst(burst).await });
    }

    /// Returns how many requests of this kind have arrived.
    pub(crate) fn count(&self, operation: &str) -> u64 {
        let counts = self.control.request_counts();
        counts.get(operation).copied().unwrap_or_default()
    }
}

/// Returns the day that `text` names.
pub(crate) fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// A platform with these days of `conversations` each, all of them past the watermark, without a
/// rate limit and quick with its jobs.
pub(crate) fn past_watermark(first: &str, last: &str, conversations: u32) -> SimConfig {
    let mut config = world(first, last, conversations);
    config.watermark = Some(day(last).next().next().start());
    config
}

/// The same, with the watermark where the simulator puts it.
pub(crate) fn world(first: &str, last: &str, conversations: u32) -> SimConfig {
    let mut world = WorldConfig::new(day(first), day(last));
    world.conversations_per_day = conversations;
    let mut config = SimConfig::new(world);
    // The world must not depend on the day on which the tests run.
    config.clock = Arc::new(FixedClock("2026-11-15T12:00:00Z".parse().unwrap()));
    config.rate_limit = 0;
    config.job_pending_polls = 0;
    config
}
