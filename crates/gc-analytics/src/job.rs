//! The asynchronous job as a source of pages.
//!
//! - A job is written down before it is used and struck out after it is deleted, so that a run
//!   that dies leaves a note for the next one.
//! - A job that fails, expires or runs in a circle is deleted and submitted again, from the first
//!   page: whoever reads the pages has to expect rows that came before.

use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use gc_core::{Class, Day, Interval, Step};
use jiff::Timestamp;

use crate::error::{Error, RegistryError};
use crate::filter::Filter;
use crate::page::Page;
use crate::platform::{Platform, is_transient};
use crate::question::Job;

/// How many jobs are submitted for one day before it counts as failed.
const TRIES: u32 = 3;
/// How long to wait before the first look at a job; each wait is twice the one before.
const FIRST_POLL: Duration = Duration::from_millis(100);
/// The longest wait between two looks.
///
/// Source: field reports, jobs take 5 to 15 s when small and minutes when large.
const LONGEST_POLL: Duration = Duration::from_secs(5);
/// How long a job may take. One that waits this long stands behind too many others.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// Whoever keeps account of the jobs that exist on the platform.
#[async_trait]
pub trait JobRegistry: Debug + Send + Sync {
    /// Writes down, durably, that the job exists.
    async fn opened(&self, job: &str) -> Result<(), RegistryError>;
    /// Strikes out a job that was deleted.
    async fn closed(&self, job: &str) -> Result<(), RegistryError>;
    /// Returns what an error of this registry asks for.
    fn class(&self, error: &RegistryError) -> Class;
}

/// The pages of one day, by job.
#[derive(Debug)]
pub struct JobSource {
    platform: Platform,
    registry: Arc<dyn JobRegistry>,
    day: Day,
    question: Job,
    page_size: u32,
    state: State,
    tries: u32,
    watermark: Option<Timestamp>,
}

#[derive(Debug)]
enum State {
    ToSubmit,
    Reading {
        job: String,
        next: Next,
        seen: HashSet<String>,
        page: u32,
    },
    Done,
}

/// Which page of a job's results comes next.
#[derive(Debug)]
enum Next {
    First,
    At(String),
    None,
}

impl JobSource {
    /// Makes a source of the conversations that started on `day`, in pages of `page_size` rows.
    pub fn new(
        platform: Platform,
        registry: Arc<dyn JobRegistry>,
        day: Day,
        filter: &Filter,
        page_size: u32,
    ) -> Self {
        Self::asking(platform, registry, day, Job::of(day, filter), page_size)
    }

    /// Makes a source of every conversation that was active within `interval`, whenever it started.
    pub fn active_in(
        platform: Platform,
        registry: Arc<dyn JobRegistry>,
        interval: Interval,
        page_size: u32,
    ) -> Self {
        let day = Day::of(interval.start);
        Self::asking(platform, registry, day, Job::active_in(interval), page_size)
    }

    /// `day` is what errors and progress speak of.
    fn asking(
        platform: Platform,
        registry: Arc<dyn JobRegistry>,
        day: Day,
        question: Job,
        page_size: u32,
    ) -> Self {
        Self {
            platform,
            registry,
            day,
            question,
            page_size,
            state: State::ToSubmit,
            tries: 0,
            watermark: None,
        }
    }

    /// Returns up to when the platform vouched for the pages, the earliest if it said several.
    pub fn watermark(&self) -> Option<Timestamp> {
        self.watermark
    }

    /// Returns the next page, or nothing after the last.
    ///
    /// # Errors
    ///
    /// The errors of the platform; [`Error::JobsFailed`] when no job came to an end;
    /// [`Error::Interrupted`] when the run is asked to stop. Call [`Self::close`] in any case.
    pub async fn next_page(&mut self) -> Result<Option<Page>, Error> {
        loop {
            match &self.state {
                State::Done
                | State::Reading {
                    next: Next::None, ..
                } => return Ok(None),
                State::ToSubmit => self.begin().await?,
                State::Reading { .. } => {
                    if let Some(page) = self.read().await? {
                        return Ok(Some(page));
                    }
                }
            }
        }
    }

    /// Deletes the job, if there is one. To be called when the pages are read or given up.
    ///
    /// # Errors
    ///
    /// The errors of the platform and of the registry; the job is then still written down.
    pub async fn close(&mut self) -> Result<(), Error> {
        let State::Reading { job, .. } = std::mem::replace(&mut self.state, State::Done) else {
            return Ok(());
        };
        self.platform.delete_job(self.day, &job).await?;
        self.registry
            .closed(&job)
            .await
            .map_err(|source| self.registry_error(source))
    }

    /// Submits a job and waits until it has ended.
    async fn begin(&mut self) -> Result<(), Error> {
        let turn = self.platform.turn().await;
        if self.platform.is_cancelled() {
            return Err(Error::Interrupted { day: self.day });
        }
        self.tries += 1;
        let job = match self.platform.submit(self.day, &self.question).await {
            Ok(job) => job,
            Err(error) if is_transient(&error) && self.tries < TRIES => {
                self.note("a job that could not be submitted");
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let opened = self.registry.opened(&job).await;
        drop(turn);
        let (next, seen, page) = (Next::First, HashSet::new(), 1);
        self.state = State::Reading {
            job: job.clone(),
            next,
            seen,
            page,
        };
        opened.map_err(|source| self.registry_error(source))?;
        self.wait_for(&job).await
    }

    async fn wait_for(&mut self, job: &str) -> Result<(), Error> {
        let (mut pause, mut waited) = (FIRST_POLL, Duration::ZERO);
        loop {
            self.platform.wait(self.day, pause).await?;
            waited += pause;
            pause = (pause * 2).min(LONGEST_POLL);
            let state = match self.platform.poll(self.day, job).await? {
                None => return self.begin_again("is unknown to the platform").await,
                Some(status) => status.state,
            };
            match state.as_str() {
                "FULFILLED" => return Ok(()),
                "QUEUED" | "PENDING" if waited < PATIENCE => {
                    self.platform.step(self.day, Step::Preparing { state });
                }
                "QUEUED" | "PENDING" => {
                    return Err(Error::JobStuck {
                        day: self.day,
                        state,
                        waited,
                    });
                }
                "FAILED" => return self.begin_again("failed").await,
                "EXPIRED" => return self.begin_again("expired").await,
                "CANCELLED" => return self.begin_again("was cancelled").await,
                _ => return self.begin_again("ended in a state that is not known").await,
            }
        }
    }

    /// Fetches the next page; nothing when the job has to begin again.
    async fn read(&mut self) -> Result<Option<Page>, Error> {
        let State::Reading {
            job, next, page, ..
        } = &self.state
        else {
            return Ok(None);
        };
        let cursor = if let Next::At(cursor) = next {
            Some(cursor.as_str())
        } else {
            None
        };
        let results = self
            .platform
            .results(self.day, job, cursor, self.page_size, *page);
        let Some(page) = results.await? else {
            self.begin_again("is unknown to the platform").await?;
            return Ok(None);
        };
        let watermarks = [self.watermark, page.watermark()];
        self.watermark = watermarks.into_iter().flatten().min();
        if self.advance(page.envelope().cursor.clone()) {
            Ok(Some(page))
        } else {
            self.begin_again("gave the same cursor twice").await?;
            Ok(None)
        }
    }

    /// Goes on to the next page; returns false when its cursor came before.
    fn advance(&mut self, cursor: Option<String>) -> bool {
        let State::Reading {
            next, seen, page, ..
        } = &mut self.state
        else {
            return true;
        };
        *page += 1;
        let fresh = cursor
            .as_ref()
            .is_none_or(|cursor| seen.insert(cursor.clone()));
        *next = cursor.map_or(Next::None, Next::At);
        fresh
    }

    async fn begin_again(&mut self, reason: &str) -> Result<(), Error> {
        self.close().await?;
        if self.tries == TRIES {
            let (day, tries) = (self.day, self.tries);
            return Err(Error::JobsFailed {
                day,
                tries,
                reason: reason.to_owned(),
            });
        }
        self.note(&format!("a job that {reason}"));
        self.state = State::ToSubmit;
        Ok(())
    }

    fn note(&self, what: &str) {
        self.platform.step(
            self.day,
            Step::Recovered {
                what: what.to_owned(),
            },
        );
    }

    fn registry_error(&self, source: RegistryError) -> Error {
        Error::Registry {
            day: self.day,
            class: self.registry.class(&source),
            source,
        }
    }
}
