//! The platform's side of history: the endpoints, each a function.

use std::sync::Arc;
use std::time::Duration;

use gc_auth::{Client, Request, Response};
use gc_core::{Class, Classify, Day, Progress, Step};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio_util::sync::CancellationToken;

use crate::error::Error;
use crate::filter::Filter;
use crate::page::Page;
use crate::question::{Job, Query};

const QUERY: &str = "POST /api/v2/analytics/conversations/details/query";
const QUERY_PATH: &str = "/api/v2/analytics/conversations/details/query";
const BY_IDS: &str = "GET /api/v2/analytics/conversations/details";
const BY_IDS_PATH: &str = "/api/v2/analytics/conversations/details";
const SUBMIT: &str = "POST /api/v2/analytics/conversations/details/jobs";
const POLL: &str = "GET /api/v2/analytics/conversations/details/jobs/{jobId}";
const RESULTS: &str = "GET /api/v2/analytics/conversations/details/jobs/{jobId}/results";
const DELETE: &str = "DELETE /api/v2/analytics/conversations/details/jobs/{jobId}";
const AVAILABILITY: &str = "GET /api/v2/analytics/conversations/details/jobs/availability";
const AVAILABILITY_PATH: &str = "/api/v2/analytics/conversations/details/jobs/availability";
const JOBS_PATH: &str = "/api/v2/analytics/conversations/details/jobs";

/// How many conversations are asked for by their ids at once.
///
/// Source: commonly given for `GET /api/v2/analytics/conversations/details`, not verified.
pub const IDS_AT_ONCE: usize = 100;

/// How often a page that is no complete JSON is fetched before it counts as broken.
const PAGE_TRIES: u32 = 3;

/// How long a run that was asked to stop waits for the platform to delete a job. One that is not
/// deleted by then stays written down, for the next run to delete.
const TO_DELETE: Duration = Duration::from_secs(10);

/// The platform, as far as the history of conversations is concerned.
#[derive(Clone, Debug)]
pub struct Platform {
    client: Client,
    progress: Arc<dyn Progress>,
    cancel: CancellationToken,
    /// Whoever submits a job has the turn until its id is written down, so that a kill leaves at
    /// most one job behind that nobody knows.
    turn: Arc<Mutex<()>>,
}

/// The state of a job.
///
/// Source: SDK model `AsyncQueryStatus`.
#[derive(Debug, Deserialize)]
pub(crate) struct JobStatus {
    pub(crate) state: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Submitted {
    job_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Availability {
    data_availability_date: Timestamp,
}

impl Platform {
    /// Makes the platform that `client` reaches. Work stops soon after `cancel`.
    pub fn new(client: Client, progress: Arc<dyn Progress>, cancel: CancellationToken) -> Self {
        let turn = Arc::default();
        Self {
            client,
            progress,
            cancel,
            turn,
        }
    }

    /// Returns the same platform, its requests sent through another client.
    #[must_use]
    pub fn with_client(&self, client: Client) -> Self {
        Self {
            client,
            ..self.clone()
        }
    }

    /// Returns the instant up to which jobs are complete.
    ///
    /// # Errors
    ///
    /// [`Error::Watermark`] when the platform does not say.
    pub async fn watermark(&self) -> Result<Timestamp, Error> {
        let answer = self
            .client
            .send(Request::get(AVAILABILITY, AVAILABILITY_PATH))
            .await;
        let available = answer.and_then(|answer| answer.json::<Availability>());
        let available = available.map_err(|source| Error::Watermark { source })?;
        Ok(available.data_availability_date)
    }

    /// Returns how many conversations started on `day`, by the query's own count, if it says.
    ///
    /// # Errors
    ///
    /// [`Error::Count`] when the platform does not say.
    pub async fn count(&self, day: Day, filter: &Filter) -> Result<Option<u64>, Error> {
        let page = self.ask(day, &Query::page(day, filter, 1, 1), 1).await;
        let page = page.map_err(|error| match error {
            Error::QueryPage { day, source, .. } => Error::Count { day, source },
            other => other,
        })?;
        Ok(page.total())
    }

    /// Returns the conversations with these ids, as far as the query's side knows them.
    ///
    /// # Errors
    ///
    /// When the platform does not answer; [`Error::Interrupted`] when the run is asked to stop.
    pub async fn by_ids(&self, day: Day, ids: &[String]) -> Result<Page, Error> {
        let request = || {
            let request = Request::get(BY_IDS, BY_IDS_PATH);
            let ids = ids.iter().take(IDS_AT_ONCE);
            Ok(ids.fold(request, |request, id| request.with_query("id", id)))
        };
        let error = |source| Error::QueryPage {
            day,
            page: 1,
            source,
        };
        self.page(day, error, request).await
    }

    /// Fetches a page of the query.
    pub(crate) async fn ask(&self, day: Day, query: &Query, page: u32) -> Result<Page, Error> {
        let error = |source| Error::QueryPage { day, page, source };
        self.page(day, error, || Request::read(QUERY, QUERY_PATH, query))
            .await
    }

    /// Submits a job and returns its id.
    ///
    /// Never interrupted: an id that nobody learns is a job that nobody deletes.
    pub(crate) async fn submit(&self, day: Day, job: &Job) -> Result<String, Error> {
        let request = Request::create(SUBMIT, JOBS_PATH, job);
        let answer = match request {
            Ok(request) => self.client.send(request).await,
            Err(error) => Err(error),
        };
        let submitted = answer.and_then(|answer| answer.json::<Submitted>());
        let attempt = "submit";
        Ok(submitted
            .map_err(|source| Error::Job {
                attempt,
                day,
                source,
            })?
            .job_id)
    }

    /// Returns the state of a job, or nothing when the platform does not know it.
    pub(crate) async fn poll(&self, day: Day, job: &str) -> Result<Option<JobStatus>, Error> {
        let request = Request::get(POLL, job_path(job));
        let status = self
            .send(day, request)
            .await?
            .and_then(|answer| answer.json());
        match status {
            Ok(status) => Ok(Some(status)),
            Err(error) if is_gone(&error) => Ok(None),
            Err(source) => Err(Error::Job {
                attempt: "poll",
                day,
                source,
            }),
        }
    }

    /// Fetches a page of a job's results; nothing when the platform does not know the job.
    pub(crate) async fn results(
        &self,
        day: Day,
        job: &str,
        cursor: Option<&str>,
        page_size: u32,
        page: u32,
    ) -> Result<Option<Page>, Error> {
        let request = || {
            let request = Request::get(RESULTS, format!("{}/results", job_path(job)))
                .with_query("pageSize", page_size.to_string());
            Ok(match cursor {
                Some(cursor) => request.with_query("cursor", cursor),
                None => request,
            })
        };
        let error = |source| Error::JobPage { day, page, source };
        match self.page(day, error, request).await {
            Ok(page) => Ok(Some(page)),
            Err(Error::JobPage { source, .. }) if is_gone(&source) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes a job; one that is gone already counts as deleted.
    ///
    /// Deleting is what a run that was asked to stop still does, for a few seconds at most.
    ///
    /// # Errors
    ///
    /// [`Error::Job`] when the platform refuses, [`Error::Interrupted`] when it does not answer.
    pub async fn delete_job(&self, day: Day, job: &str) -> Result<(), Error> {
        let interrupted = async {
            self.cancel.cancelled().await;
            tokio::time::sleep(TO_DELETE).await;
        };
        let deleted = tokio::select! {
            deleted = self.client.send(Request::delete(DELETE, job_path(job))) => deleted,
            () = interrupted => return Err(Error::Interrupted { day }),
        };
        match deleted {
            Ok(_) => Ok(()),
            Err(error) if is_gone(&error) => Ok(()),
            Err(source) => Err(Error::Job {
                attempt: "delete",
                day,
                source,
            }),
        }
    }

    /// Fetches one page, again when it is no complete JSON.
    async fn page(
        &self,
        day: Day,
        error: impl Fn(gc_auth::Error) -> Error,
        request: impl Fn() -> Result<Request, gc_auth::Error>,
    ) -> Result<Page, Error> {
        let mut tries = 1;
        loop {
            let answer = self
                .send(day, request().map_err(&error)?)
                .await?
                .map_err(&error)?;
            match Page::parse(answer.body) {
                Ok(page) => return Ok(page),
                Err(source) if tries == PAGE_TRIES => return Err(Error::Page { day, source }),
                Err(_) => self.step(
                    day,
                    Step::Recovered {
                        what: "a broken page".to_owned(),
                    },
                ),
            }
            tries += 1;
        }
    }

    /// Sends a request unless the run is asked to stop first.
    async fn send(
        &self,
        day: Day,
        request: Request,
    ) -> Result<Result<Response, gc_auth::Error>, Error> {
        tokio::select! {
            answer = self.client.send(request) => Ok(answer),
            () = self.cancel.cancelled() => Err(Error::Interrupted { day }),
        }
    }

    /// Waits, unless the run is asked to stop first.
    pub(crate) async fn wait(&self, day: Day, duration: Duration) -> Result<(), Error> {
        tokio::select! {
            () = tokio::time::sleep(duration) => Ok(()),
            () = self.cancel.cancelled() => Err(Error::Interrupted { day }),
        }
    }

    /// Waits for the turn to submit a job.
    pub(crate) async fn turn(&self) -> OwnedMutexGuard<()> {
        Arc::clone(&self.turn).lock_owned().await
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    pub(crate) fn step(&self, day: Day, step: Step) {
        self.progress.step(day, step);
    }
}

fn job_path(job: &str) -> String {
    format!("{JOBS_PATH}/{job}")
}

/// Returns whether the platform does not know what was asked for.
fn is_gone(error: &gc_auth::Error) -> bool {
    matches!(error, gc_auth::Error::NotFound { .. })
}

/// Returns whether the error may be mended by a new attempt at the whole job.
pub(crate) fn is_transient(error: &Error) -> bool {
    matches!(error.class(), Class::Transient { .. })
}
