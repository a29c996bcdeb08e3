//! The archive and its lease, opened when they are needed and again after they were lost.

use std::sync::Arc;

use gc_core::{Class, Classify, Clock};
use gc_history::take_lease;
use gc_sink::{Archive, Dataset, Lease};
use tokio::sync::Mutex;

use crate::error::Error;

/// The version that leases and files name.
pub(crate) const PROGRAM_VERSION: &str = concat!("gc-live ", env!("CARGO_PKG_VERSION"));

/// The table of events.
pub const EVENTS: Dataset = Dataset {
    name: "events",
    key: "eventId",
    sort: "receivedAt",
    provenance: &[],
    bloom: &["conversationId"],
    plain: &["eventId", "receivedAt", "correlationId", "payload"],
};

/// The archive, as far as it can be reached.
#[derive(Debug)]
pub(crate) struct Storage {
    root: String,
    clock: Arc<dyn Clock>,
    held: Mutex<Option<(Archive, Arc<Lease>)>>,
}

impl Storage {
    /// Opens the archive. One that cannot be reached now is opened later; anything else that is wrong with
    /// it is an error now.
    pub(crate) async fn begin(root: &str, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let storage = Self {
            root: root.to_owned(),
            clock,
            held: Mutex::new(None),
        };
        match storage.get().await {
            Ok(_) => Ok(storage),
            Err(error) if matches!(error.class(), Class::Transient { .. }) => {
                tracing::warn!(
                    error = gc_core::describe(&error),
                    "the archive is away: receiving into the spool"
                );
                Ok(storage)
            }
            Err(error) => Err(error),
        }
    }

    /// Returns the archive and the lease of its events.
    pub(crate) async fn get(&self) -> Result<(Archive, Arc<Lease>), Error> {
        let mut held = self.held.lock().await;
        if let Some((archive, lease)) = held
            .as_ref()
            .filter(|(_, lease)| !lease.lost().is_cancelled())
        {
            return Ok((archive.clone(), Arc::clone(lease)));
        }
        // The old lease goes first, and with it the lock that would keep out the new one.
        *held = None;
        let archive = Archive::open(&self.root).await?;
        let (dataset, clock) = (EVENTS.name, &self.clock);
        let lease = take_lease(&archive, dataset, clock, PROGRAM_VERSION).await?;
        let lease = Arc::new(lease);
        *held = Some((archive.clone(), Arc::clone(&lease)));
        Ok((archive, lease))
    }

    /// Gives the lease back.
    pub(crate) async fn end(self) -> Result<(), Error> {
        if let Some((_, lease)) = self.held.into_inner()
            && let Ok(lease) = Arc::try_unwrap(lease)
        {
            lease.release().await?;
        }
        Ok(())
    }
}
