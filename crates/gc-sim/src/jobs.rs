//! The asynchronous jobs and the states they go through.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use uuid::Uuid;

use crate::select::Selection;

/// A job's state.
///
/// Source: `PyPI` `purecloudplatformclientv2` 269.0.0, `AsyncQueryStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JobState {
    Queued,
    Pending,
    Fulfilled,
    Failed,
    Expired,
}

impl JobState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Pending => "PENDING",
            Self::Fulfilled => "FULFILLED",
            Self::Failed => "FAILED",
            Self::Expired => "EXPIRED",
        }
    }

    /// Returns whether the job still takes up one of the client's slots.
    fn holds_slot(self) -> bool {
        matches!(self, Self::Queued | Self::Pending | Self::Fulfilled)
    }
}

/// A job as it stands.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) state: JobState,
    pub(crate) selection: Arc<Selection>,
    pub(crate) submitted: Timestamp,
    /// The watermark when the job was made, which its results quote.
    pub(crate) watermark: Timestamp,
    number: u64,
    polls: u32,
}

/// How many status polls a job answers before it is done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    pub(crate) queued_polls: u32,
    pub(crate) pending_polls: u32,
    /// How many jobs can hold a slot; later ones stay queued.
    pub(crate) slots: usize,
}

/// The jobs that have not been deleted.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<BTreeMap<String, Job>>);

impl Jobs {
    /// Takes a job on and returns its id.
    pub(crate) fn submit(
        &self,
        selection: Selection,
        submitted: Timestamp,
        watermark: Timestamp,
    ) -> String {
        let id = Uuid::new_v4().to_string();
        let mut jobs = self.lock();
        let number = jobs.values().map(|job| job.number + 1).max().unwrap_or(0);
        let selection = Arc::new(selection);
        let state = JobState::Queued;
        let job = Job {
            state,
            selection,
            submitted,
            watermark,
            number,
            polls: 0,
        };
        jobs.insert(id.clone(), job);
        id
    }

    /// Answers a poll, which moves the job on if it has a slot.
    pub(crate) fn poll(&self, id: &str, pace: Pace) -> Option<Job> {
        let mut jobs = self.lock();
        let number = jobs.get(id)?.number;
        let before = jobs
            .values()
            .filter(|job| job.number < number && job.state.holds_slot());
        let has_slot = before.count() < pace.slots;
        let job = jobs.get_mut(id)?;
        if has_slot && matches!(job.state, JobState::Queued | JobState::Pending) {
            job.polls += 1;
            job.state = if job.polls <= pace.queued_polls {
                JobState::Queued
            } else if job.polls - pace.queued_polls <= pace.pending_polls {
                JobState::Pending
            } else {
                JobState::Fulfilled
            };
        }
        Some(job.clone())
    }

    pub(crate) fn get(&self, id: &str) -> Option<Job> {
        self.lock().get(id).cloned()
    }

    /// Ends a job in a state of its own.
    pub(crate) fn end(&self, id: &str, state: JobState) {
        if let Some(job) = self.lock().get_mut(id) {
            job.state = state;
        }
    }

    /// Deletes a job; returns whether there was one.
    pub(crate) fn delete(&self, id: &str) -> bool {
        self.lock().remove(id).is_some()
    }

    /// Returns the jobs that still hold a slot.
    pub(crate) fn live(&self) -> Vec<String> {
        let jobs = self.lock();
        let live = jobs.iter().filter(|(_, job)| job.state.holds_slot());
        live.map(|(id, _)| id.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Job>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
