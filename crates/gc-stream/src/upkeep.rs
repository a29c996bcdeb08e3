//! How a lane keeps its link: renewed before it ends, and with all topics that are wanted.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::channel::Subscribe;
use crate::lane::{Lane, Live, is_gone, leave};
use crate::notice::Cause;

/// How long a renewal may take before the old link is looked after again.
const RENEWAL_LIMIT: Duration = Duration::from_secs(45);

/// How long a link that is relieved may go on hearing events and no answer to its ping.
const RELIEF_LIMIT: Duration = Duration::from_secs(60);

impl Lane {
    /// Makes another channel and link ready to take the place of one.
    pub(crate) async fn renew(&mut self, old: &Live) -> Option<Live> {
        let channel = &old.subscribed.channel;
        if channel.is_bound_by_token {
            self.shared.channels.discard_token(channel).await;
        }
        match timeout(RENEWAL_LIMIT, Box::pin(self.attempt(None))).await {
            Ok(Ok(new)) => {
                tracing::info!(lane = self.number, old = %old.link.id, new = %new.link.id, "link renewed");
                (self.failures, self.complaint) = (0, String::new());
                Some(new)
            }
            Ok(Err(failure)) => {
                self.failures += 1;
                self.complain(&failure.error);
                None
            }
            Err(_) => {
                tracing::warn!(
                    lane = self.number,
                    "link not renewed in time, will be tried again"
                );
                None
            }
        }
    }

    /// Lets a link go that another has taken over from.
    pub(crate) fn relieve(&mut self, old: Live, cause: Cause, permit: OwnedSemaphorePermit) {
        let shared = Arc::clone(&self.shared);
        let id = old.subscribed.channel.id;
        self.owned.remove(&id);
        while self.farewells.try_join_next().is_some() {}
        self.farewells.spawn(async move {
            let mut link = old.link;
            link.relieve(cause).await;
            if timeout(RELIEF_LIMIT, link.ended()).await.is_err() {
                // Without topics it falls silent, once all that was under way has been passed on.
                leave(&shared, &id).await;
                link.ended().await;
            }
            leave(&shared, &id).await;
            drop(permit);
        });
    }

    /// Subscribes to what is wanted and not heard; returns when to try again.
    pub(crate) async fn mend(&mut self, live: &mut Live) -> Option<Instant> {
        let missing = self.roster.missing(&live.subscribed.heard);
        if missing.is_empty() {
            return None;
        }
        let (shared, subscribed) = (Arc::clone(&self.shared), &mut live.subscribed);
        let how = Subscribe::Adding;
        let enlisted = self
            .roster
            .enlist(&shared, &subscribed.channel, missing, how)
            .await;
        match enlisted {
            Ok(heard) => {
                let topics = heard
                    .iter()
                    .flat_map(|entry| entry.topics.clone())
                    .collect();
                live.link.cover(topics).await;
                subscribed.heard.extend(heard);
                None
            }
            Err(error) => {
                self.complain(&error);
                self.failures += 1;
                // A channel that is not there cannot be added to.
                if is_gone(&error) {
                    subscribed.channel.renew_at = Instant::now();
                }
                Some(Instant::now() + self.pause())
            }
        }
    }
}

/// Waits until a link has to be renewed and a channel may be made; returns why.
///
/// # Cancel safety
///
/// Dropping the future loses nothing but the place in the queue for a channel.
pub(crate) async fn due(
    spare: &Arc<Semaphore>,
    closing: CancellationToken,
    renew_at: Instant,
    not_before: Instant,
) -> (Cause, OwnedSemaphorePermit) {
    sleep_until(not_before).await;
    let cause = tokio::select! {
        () = closing.cancelled() => Cause::Maintenance,
        () = sleep_until(renew_at) => Cause::Renewed,
    };
    match Arc::clone(spare).acquire_owned().await {
        Ok(permit) => (cause, permit),
        // It is never closed.
        Err(_) => std::future::pending().await,
    }
}
