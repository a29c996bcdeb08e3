//! How the simulated platform is set up.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gc_core::{Clock, SystemClock};
use jiff::Timestamp;

use crate::{Faults, LiveConfig, WorldConfig};

/// The client id the simulator knows unless told otherwise.
pub const CLIENT_ID: &str = "5a1a1a7e-0000-4000-8000-c11e47000001";
/// The secret that goes with [`CLIENT_ID`].
pub const CLIENT_SECRET: &str = "simulated-secret-of-no-value";

/// How the simulated platform is set up.
///
/// ```
/// use gc_sim::{SimConfig, WorldConfig};
///
/// let day = "2026-11-20".parse()?;
/// let mut config = SimConfig::new(WorldConfig::new(day, day));
/// config.rate_limit = 20;
/// # Ok::<(), gc_core::ParseDayError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SimConfig {
    /// The world it serves.
    pub world: WorldConfig,
    /// The address it listens on. Default: 127.0.0.1.
    pub host: IpAddr,
    /// The port it listens on; 0 is any that is free. Default: 0.
    pub port: u16,
    /// The id of the one client it knows. Default: [`CLIENT_ID`].
    pub client_id: String,
    /// Its secret. Default: [`CLIENT_SECRET`].
    pub client_secret: String,
    /// How long tokens live. Default: a day.
    ///
    /// Source: `PyPI` `purecloudplatformclientv2` 269.0.0, `OAuthClient.access_token_validity_seconds`.
    pub token_lifetime: Duration,
    /// Requests each token may make in [`Self::rate_interval`]; 0 sets no limit. Default: 300.
    ///
    /// Source: MyPureCloud/developer-center-blog, post of 2021-02-03.
    pub rate_limit: u32,
    /// Over which stretch requests are counted. Default: a minute.
    pub rate_interval: Duration,
    /// Up to when jobs have the data. Default: noon UTC of the day before the last one.
    pub watermark: Option<Timestamp>,
    /// How many polls a new job answers with `QUEUED`. Default: 0.
    pub job_queued_polls: u32,
    /// How many polls a job then answers with `PENDING`. Default: 1.
    pub job_pending_polls: u32,
    /// How many jobs run at a time; a job holds its slot until it is deleted, fails or expires.
    /// Default: 10.
    pub concurrent_jobs: usize,
    /// The largest page of job results. Default: 10,000.
    pub job_page_max: u32,
    /// How many results the query can page through. Default: 100,000.
    ///
    /// Source: `splunk/genesys_cloud_ta`, changelog of 0.2.2.
    pub query_wall: u64,
    /// Permissions the client lacks, such as `analytics:conversationDetail:view`. Default: none.
    pub denied: Vec<String>,
    /// Whether answers are compressed for who accepts it. Default: no, it costs time.
    pub gzip: bool,
    /// What goes wrong. Default: nothing.
    pub faults: Faults,
    /// A file of records that replace the days on which they start: a JSON array, an object with
    /// `conversations`, or one record a line.
    pub records: Option<PathBuf>,
    /// The live half. Default: a floor that moves only when it is told to.
    pub live: LiveConfig,
    /// Asked at the start for the present of the world, and for the time of each event and answer.
    pub clock: Arc<dyn Clock>,
}

impl SimConfig {
    /// Returns the default platform with this world.
    pub fn new(world: WorldConfig) -> Self {
        Self {
            world,
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            client_id: CLIENT_ID.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            token_lifetime: Duration::from_hours(24),
            rate_limit: 300,
            rate_interval: Duration::from_mins(1),
            watermark: None,
            job_queued_polls: 0,
            job_pending_polls: 1,
            concurrent_jobs: 10,
            job_page_max: 10_000,
            query_wall: 100_000,
            denied: Vec::new(),
            gzip: false,
            faults: Faults::default(),
            records: None,
            live: LiveConfig::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

impl Default for SimConfig {
    fn default() -> Self {
        Self::new(WorldConfig::default())
    }
}
