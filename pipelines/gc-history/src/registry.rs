//! The lease as the account of the jobs that exist on the platform.

use std::sync::Arc;

use async_trait::async_trait;
use gc_analytics::{JobRegistry, Platform, RegistryError};
use gc_core::{Class, Classify, Day};
use gc_sink::Lease;

use crate::error::Error;

/// The prefix of a job among the resources that a lease carries.
const JOB: &str = "job:";

/// Writes the jobs of a run into its lease, so that whoever takes the lease over can free them.
#[derive(Debug)]
pub struct LeaseRegistry(Arc<Lease>);

impl LeaseRegistry {
    /// Makes the registry of the run that holds `lease`.
    pub fn new(lease: Arc<Lease>) -> Self {
        Self(lease)
    }
}

#[async_trait]
impl JobRegistry for LeaseRegistry {
    async fn opened(&self, job: &str) -> Result<(), RegistryError> {
        self.0
            .carry(&format!("{JOB}{job}"))
            .await
            .map_err(Into::into)
    }

    async fn closed(&self, job: &str) -> Result<(), RegistryError> {
        self.0
            .put_down(&format!("{JOB}{job}"))
            .await
            .map_err(Into::into)
    }

    fn class(&self, error: &RegistryError) -> Class {
        error
            .downcast_ref::<gc_sink::Error>()
            .map_or(Class::Bug, Classify::class)
    }
}

/// Deletes the jobs that a run which died left on the platform. What else the lease lists stays listed, for
/// whoever knows how to free it.
///
/// # Errors
///
/// When the platform refuses, or the lease cannot be written.
pub async fn free_inherited(lease: &Lease, platform: &Platform, today: Day) -> Result<(), Error> {
    for resource in lease.inherited() {
        let Some(job) = resource.strip_prefix(JOB) else {
            continue;
        };
        tracing::info!(job, "deleting a job that an earlier run left behind");
        platform.delete_job(today, job).await?;
        lease.put_down(resource).await?;
    }
    Ok(())
}
