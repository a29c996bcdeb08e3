//! The live half, as a client of notifications meets it.

mod analytics;
mod channels;
mod delivery;
mod faults;
mod floor;
pub(crate) mod socket;
