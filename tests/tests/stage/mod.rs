//! What every test stands on: a platform, an archive, the program between them, other readers.

mod archive;
mod bucket;
mod platform;
mod program;
mod python;
mod scene;
mod tap;
mod wire;

pub(crate) use archive::{Archive, footer, ids_in, read_ids};
pub(crate) use bucket::Bucket;
pub(crate) use platform::{Platform, day, past_watermark, world};
pub(crate) use program::{Run, Running, built};
pub(crate) use python::python;
pub(crate) use scene::Scene;
pub(crate) use tap::Tap;
pub(crate) use wire::{Trouble, Wire};

/// The operations of the platform, as faults and counts name them.
pub(crate) mod operation {
    pub(crate) const TOKEN: &str = "POST /oauth/token";
    pub(crate) const QUERY: &str = "POST /api/v2/analytics/conversations/details/query";
    pub(crate) const SUBMIT: &str = "POST /api/v2/analytics/conversations/details/jobs";
    pub(crate) const AVAILABILITY: &str =
        "GET /api/v2/analytics/conversations/details/jobs/availability";
    /// As a fault it also matches [`AVAILABILITY`], which each run asks for once, first of all.
    pub(crate) const STATUS: &str = "GET /api/v2/analytics/conversations/details/jobs/{jobId}";
    pub(crate) const RESULTS: &str =
        "GET /api/v2/analytics/conversations/details/jobs/{jobId}/results";
}
