//! How a lane gets its link: channel, topics, socket, first frame.

use std::sync::Arc;
use std::time::Duration;

use gc_core::{Class, Classify, describe};
use tokio::time::{Instant, sleep};

use crate::channel::Subscribe;
use crate::error::Error;
use crate::lane::{Lane, Live, Subscribed, is_gone, tell_reconnected};
use crate::link::Link;
use crate::notice::{Cause, Notice};
use crate::shared::Report;
use crate::socket;

/// How often what only a person can mend is tried again, once there has been a link.
const LONG_PAUSE: Duration = Duration::from_secs(60);

/// How often a socket is refused at the start before it counts: a channel may be lost at once.
const FIRST_TRIES: u32 = 3;

/// Why there is no link, and the channel if it can still be used.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    keep: Option<Subscribed>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, keep: None }
    }
}

impl Lane {
    /// Tries for a link until there is one, on a channel that is known at first.
    ///
    /// # Errors
    ///
    /// What only a person can mend, if nothing has ever worked.
    pub(crate) async fn connect(&mut self, mut known: Option<Subscribed>) -> Result<Live, Error> {
        loop {
            match Box::pin(self.attempt(known.take())).await {
                Ok(live) => {
                    if self.was_up {
                        tracing::info!(lane = self.number, link = %live.link.id, "link is back");
                        tell_reconnected(&self.shared, &live).await;
                    }
                    self.was_up = true;
                    self.complaint.clear();
                    return Ok(live);
                }
                Err(Failure { error, keep }) => {
                    self.failures += 1;
                    if self.is_fatal(&error) {
                        return Err(error);
                    }
                    known = keep;
                    sleep(self.complain(&error)).await;
                }
            }
        }
    }

    /// Tries for a link once.
    pub(crate) async fn attempt(&mut self, known: Option<Subscribed>) -> Result<Live, Failure> {
        let subscribed = match known {
            Some(known) => known,
            None => self.subscribe().await?,
        };
        let settings = &self.shared.settings;
        let (client, limit) = (&settings.client, settings.max_frame_bytes);
        let socket = match socket::open(client, &subscribed.channel.address, limit).await {
            Ok(socket) => socket,
            Err(error) => return Err(self.refused(subscribed, error).await),
        };
        let topics = subscribed
            .heard
            .iter()
            .flat_map(|entry| entry.topics.clone());
        let (mut link, is_up) = Link::start(
            self.shared.next_link(),
            subscribed.channel.id.clone(),
            topics.collect(),
            socket,
            self.shared.surroundings(),
        );
        if is_up.await.is_err() {
            let cause = link.ended().await;
            return Err(self.unheard(&subscribed, cause).await);
        }
        self.shared.start();
        Ok(Live {
            subscribed,
            link,
            since: Instant::now(),
        })
    }

    /// Makes a channel with all topics of the lane.
    async fn subscribe(&mut self) -> Result<Subscribed, Error> {
        let shared = Arc::clone(&self.shared);
        let channel = shared.channels.create().await?;
        self.owned.insert(channel.id.clone());
        shared.tell(Notice::ChannelOpened).await;
        let wanted = self.roster.all();
        let how = Subscribe::Replacing;
        let enlisted = self.roster.enlist(&shared, &channel, wanted, how).await;
        let heard = match enlisted {
            Ok(heard) => heard,
            Err(error) => {
                self.abandon(&channel);
                return Err(error);
            }
        };
        if !self.has_reported {
            self.has_reported = true;
            let (heard, refusal) = (heard.len(), self.roster.refusal.clone());
            shared
                .report(self.number, Report::Started { heard, refusal })
                .await;
        }
        Ok(Subscribed { channel, heard })
    }

    /// Takes note that the socket was not opened: a channel that is refused is not tried again.
    async fn refused(&mut self, subscribed: Subscribed, error: Error) -> Failure {
        if matches!(error.class(), Class::Transient { .. }) {
            let keep = Some(subscribed);
            return Failure { error, keep };
        }
        if is_about_token(&error) {
            self.shared
                .channels
                .discard_token(&subscribed.channel)
                .await;
        }
        self.abandon(&subscribed.channel);
        error.into()
    }

    /// Takes note that the socket ended without a frame: it may be the channel's fault.
    async fn unheard(&mut self, subscribed: &Subscribed, cause: Cause) -> Failure {
        if cause == Cause::TokenRevoked {
            self.shared
                .channels
                .discard_token(&subscribed.channel)
                .await;
        }
        self.abandon(&subscribed.channel);
        let limit = self.shared.settings.pong_within;
        Error::NoFrame { limit, cause }.into()
    }

    /// Returns whether a failure ends the run.
    fn is_fatal(&self, error: &Error) -> bool {
        let may_pass =
            is_gone(error) || matches!(error, Error::Handshake { .. } | Error::NoSocket { .. });
        let is_transient = matches!(error.class(), Class::Transient { .. });
        let may_yet_pass = may_pass && self.failures < FIRST_TRIES;
        !(self.shared.has_started() || is_transient || may_yet_pass)
    }

    /// Logs a failure unless it is the one before; returns how long to wait.
    pub(crate) fn complain(&mut self, error: &Error) -> Duration {
        let (text, lane) = (describe(error), self.number);
        let is_new = self.complaint != text;
        let wait = self.shared.settings.backoff.wait(self.failures);
        let pause = match error.class() {
            Class::Transient { after } => {
                if is_new {
                    tracing::warn!(lane, error = text, "no link, will be tried again");
                }
                wait.max(after.unwrap_or_default())
            }
            _ if is_gone(error) => {
                tracing::info!(lane, "channel gone, another is made");
                wait
            }
            _ => {
                if is_new {
                    tracing::error!(lane, error = text, "no link, a person has to act");
                }
                if self.shared.has_started() {
                    LONG_PAUSE
                } else {
                    wait
                }
            }
        };
        self.complaint = text;
        pause
    }
}

/// Returns whether a refusal may be mended by another token.
fn is_about_token(error: &Error) -> bool {
    match error {
        Error::Handshake { source } => matches!(
            **source,
            gc_auth::Error::TokenRefused { .. } | gc_auth::Error::Forbidden { .. }
        ),
        _ => false,
    }
}
