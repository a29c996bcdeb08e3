//! A lane: one share of the topics, and the channel and socket that hear it now.
//!
//! - A socket that is lost is opened again on the same channel, whose topics survive; a channel
//!   that is gone is replaced.
//! - A channel that comes of age, or is closed for maintenance, is replaced before it ends: the
//!   new one is up before the old one is let go.
//! - What fails is tried for ever, unless nothing has ever worked and a person has to act.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use crate::channel::Channel;
use crate::error::Error;
use crate::link::Link;
use crate::notice::{Cause, Notice};
use crate::roster::Roster;
use crate::shared::Shared;
use crate::topic::Entry;
use crate::upkeep::due;

/// As how many failures links count at most that came up and were lost soon after.
const MOST_FLAPS: u32 = 3;

/// The least wait before a renewal, or a subscription, that failed is tried again.
const RENEWAL_PAUSE: Duration = Duration::from_secs(1);

/// A channel with its topics.
#[derive(Debug)]
pub(crate) struct Subscribed {
    pub(crate) channel: Channel,
    pub(crate) heard: Vec<Entry>,
}

/// A channel with its topics and a link that is up.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) subscribed: Subscribed,
    pub(crate) link: Link,
    pub(crate) since: Instant,
}

/// What became of a link.
enum End {
    /// The program stops.
    Stopped,
    /// It was lost; the channel may still be there.
    Lost(Option<Subscribed>),
}

/// One share of the topics.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) number: usize,
    pub(crate) shared: Arc<Shared>,
    pub(crate) roster: Roster,
    orders: mpsc::Receiver<Vec<Entry>>,
    /// Channels whose topics are still to be taken from them.
    pub(crate) owned: HashSet<String>,
    pub(crate) farewells: JoinSet<()>,
    /// Failures and losses in a row.
    pub(crate) failures: u32,
    /// The last thing that was logged, so that it is logged once.
    pub(crate) complaint: String,
    pub(crate) has_reported: bool,
    pub(crate) was_up: bool,
}

impl Lane {
    pub(crate) fn new(
        number: usize,
        shared: Arc<Shared>,
        wanted: Vec<Entry>,
        orders: mpsc::Receiver<Vec<Entry>>,
    ) -> Self {
        Self {
            number,
            shared,
            roster: Roster::new(number, wanted),
            orders,
            owned: HashSet::new(),
            farewells: JoinSet::new(),
            failures: 0,
            complaint: String::new(),
            has_reported: false,
            was_up: false,
        }
    }

    /// Listens until the program stops.
    ///
    /// # Errors
    ///
    /// What only a person can mend, if nothing has ever worked.
    pub(crate) async fn run(mut self) -> Result<(), Error> {
        let ended = self.listen().await;
        self.farewell().await;
        ended
    }

    async fn listen(&mut self) -> Result<(), Error> {
        let stop = self.shared.stop.clone();
        let mut known = None;
        loop {
            let live = tokio::select! {
                live = Box::pin(self.connect(known)) => live?,
                () = stop.cancelled() => return Ok(()),
            };
            match Box::pin(self.tend(live)).await {
                End::Stopped => return Ok(()),
                End::Lost(subscribed) => known = subscribed,
            }
            let pause = self.shared.settings.backoff.wait(self.failures);
            tokio::select! {
                () = sleep(pause) => {}
                () = stop.cancelled() => return Ok(()),
            }
        }
    }

    /// Looks after a link, and after those that take its place by plan, until one is lost.
    async fn tend(&mut self, mut live: Live) -> End {
        let stop = self.shared.stop.clone();
        let spare = Arc::clone(&self.shared.spare);
        let mut renew_after = Instant::now();
        let mut mend_at = Some(Instant::now());
        loop {
            let due = due(
                &spare,
                live.link.closing.clone(),
                live.subscribed.channel.renew_at,
                renew_after,
            );
            tokio::select! {
                cause = live.link.ended() => return self.lost(live, cause).await,
                Some(entries) = self.orders.recv() => {
                    self.roster.add(entries);
                    mend_at = Some(Instant::now());
                }
                () = at(mend_at) => tokio::select! {
                    again = Box::pin(self.mend(&mut live)) => mend_at = again,
                    // The link is told to stop, too, and is waited for.
                    () = stop.cancelled() => mend_at = None,
                },
                (cause, permit) = due => tokio::select! {
                    renewed = Box::pin(self.renew(&live)) => match renewed {
                        Some(new) => {
                            self.relieve(std::mem::replace(&mut live, new), cause, permit);
                            mend_at = Some(Instant::now());
                        }
                        None => renew_after = Instant::now() + self.pause(),
                    },
                    () = stop.cancelled() => renew_after = far_away(),
                },
            }
        }
    }

    /// Takes note that a link was lost.
    async fn lost(&mut self, live: Live, cause: Cause) -> End {
        let Live {
            subscribed,
            link,
            since,
        } = live;
        if cause == Cause::Stopped {
            return End::Stopped;
        }
        tracing::warn!(lane = self.number, link = %link.id, %cause, "link lost");
        let has_settled = since.elapsed() >= self.shared.settings.settled_after;
        // A link that was up shows that the platform is there: every second of waiting would be a gap.
        let flaps = (self.failures + 1).min(MOST_FLAPS);
        self.failures = if has_settled { 1 } else { flaps };
        match cause {
            Cause::TokenRevoked => {
                self.shared
                    .channels
                    .discard_token(&subscribed.channel)
                    .await;
                self.abandon(&subscribed.channel);
                End::Lost(None)
            }
            Cause::ChannelGone => {
                self.abandon(&subscribed.channel);
                End::Lost(None)
            }
            _ => End::Lost(Some(subscribed)),
        }
    }

    pub(crate) fn pause(&self) -> Duration {
        RENEWAL_PAUSE + self.shared.settings.backoff.wait(self.failures)
    }

    /// Gives a channel up that may still be there.
    pub(crate) fn abandon(&mut self, channel: &Channel) {
        let (shared, id) = (Arc::clone(&self.shared), channel.id.clone());
        self.owned.remove(&id);
        while self.farewells.try_join_next().is_some() {}
        self.farewells
            .spawn(async move { leave(&shared, &id).await });
    }

    /// Takes the topics from every channel, for as long as the settings allow.
    async fn farewell(&mut self) {
        for id in std::mem::take(&mut self.owned) {
            let shared = Arc::clone(&self.shared);
            self.farewells
                .spawn(async move { leave(&shared, &id).await });
        }
        let all = async { while self.farewells.join_next().await.is_some() {} };
        if timeout(self.shared.settings.farewell, all).await.is_err() {
            tracing::warn!(
                lane = self.number,
                "topics left on a channel, which dies of age"
            );
        }
    }
}

/// Takes the topics from a channel. That it fails is no harm: the channel dies of age.
pub(crate) async fn leave(shared: &Shared, id: &str) {
    if let Err(error) = shared.channels.leave(id).await {
        tracing::debug!(
            error = gc_core::describe(&error),
            "topics left on a channel"
        );
    }
}

/// Waits until a moment, or for ever.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Returns a moment that no run lives to see.
fn far_away() -> Instant {
    Instant::now() + Duration::from_secs(365 * 24 * 60 * 60)
}

/// Returns whether the platform does not know the channel.
pub(crate) fn is_gone(error: &Error) -> bool {
    match error {
        Error::Channel { source, .. } | Error::Handshake { source } => {
            matches!(**source, gc_auth::Error::NotFound { .. })
        }
        _ => false,
    }
}

/// Tells that a link stands in for one that was lost.
pub(crate) async fn tell_reconnected(shared: &Shared, live: &Live) {
    let link = live.link.id;
    shared.tell(Notice::Reconnected { link }).await;
}
