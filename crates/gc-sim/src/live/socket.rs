//! One socket: what is queued for it goes out in order, and what comes in is answered.

use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use tokio::io::AsyncReadExt as _;
use tokio::sync::{Notify, mpsc};
use tokio::time::{
    Instant, Interval, MissedTickBehavior, interval_at, sleep, sleep_until, timeout,
};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::counts::{add, count};
use super::frame;
use crate::line::Resetter;
use crate::platform::Platform;

/// How many frames go out between two looks at what came in: enough that large writes make up for
/// the look.
const BATCH: usize = 256;
/// How long the kernel has to hand over what was written before the connection is reset.
const SETTLE: Duration = Duration::from_millis(10);
/// How long an order to end may take when nobody reads.
const GRACE: Duration = Duration::from_millis(1_500);
/// How long the answer to a close frame is waited for.
const CLOSE_WAIT: Duration = Duration::from_secs(1);

/// Something to send, or to do between two frames.
#[derive(Debug)]
pub(crate) enum Item {
    /// An event; `sequence` is 0 for one that is not in the log.
    Event {
        frame: Utf8Bytes,
        sequence: u64,
        again: bool,
    },
    Text(Utf8Bytes),
    Garbage(Message),
    Order(Order),
}

/// What a socket is told to do.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    Cut,
    Close {
        code: u16,
        reason: String,
        after: Duration,
    },
    Silence,
    Slow(Duration),
}

/// The right to open a socket on a channel.
#[derive(Debug)]
pub(crate) struct Ticket {
    pub(crate) channel: String,
    pub(super) number: u64,
    pub(super) queue: mpsc::Receiver<Item>,
    pub(super) kill: Arc<Notify>,
}

/// How a socket ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The other side left, or the close was agreed on.
    Gone,
    /// The connection is to be reset.
    Reset,
}

/// What a client can say.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    message: String,
    #[serde(default)]
    topics: Vec<String>,
    correlation_id: Option<String>,
}

/// Runs a socket until it ends.
pub(crate) async fn run(
    platform: Arc<Platform>,
    mut ticket: Ticket,
    upgraded: Upgraded,
    resetter: Resetter,
) {
    let wire = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    let mut socket = Socket {
        channel: ticket.channel.clone(),
        wire,
        closing: None,
        slow: Duration::ZERO,
        pending: Vec::with_capacity(BATCH),
        platform: Arc::clone(&platform),
    };
    let overdue = async {
        ticket.kill.notified().await;
        sleep(GRACE).await;
    };
    let end = tokio::select! {
        end = socket.drive(&mut ticket.queue) => end,
        () = overdue => End::Reset,
    };
    let hub = &platform.live.hub;
    hub.disconnect(&ticket.channel, ticket.number);
    if end == End::Reset {
        count(&hub.counters.sockets_reset);
        resetter.reset();
    }
}

/// A socket while it is open.
#[derive(Debug)]
struct Socket {
    platform: Arc<Platform>,
    channel: String,
    wire: WebSocketStream<TokioIo<Upgraded>>,
    /// When it is to be closed, and how.
    closing: Option<(Instant, CloseFrame)>,
    slow: Duration,
    /// Events of the log that were fed but not flushed yet.
    pending: Vec<u64>,
}

impl Socket {
    async fn drive(&mut self, queue: &mut mpsc::Receiver<Item>) -> End {
        let mut beat = beats(self.platform.live.config.heartbeat);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let closing = self.closing.as_ref().map(|(at, _)| *at);
            // All arms are cancel-safe: recv_many, next, tick and sleep_until lose nothing.
            let step = tokio::select! {
                taken = queue.recv_many(&mut batch, BATCH) => match taken {
                    0 => Err(End::Reset),
                    _ => self.send(&mut batch, queue).await,
                },
                incoming = self.wire.next() => match incoming {
                    Some(Ok(message)) => self.answer(message).await,
                    _ => Err(End::Gone),
                },
                _ = beat.tick() => self.beat().await,
                () = at(closing) => Err(self.close().await),
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    /// Sends what was queued, in order.
    async fn send(
        &mut self,
        batch: &mut Vec<Item>,
        queue: &mut mpsc::Receiver<Item>,
    ) -> Result<(), End> {
        for item in batch.drain(..) {
            match item {
                Item::Event {
                    frame,
                    sequence,
                    again,
                } => self.event(frame, sequence, again).await?,
                Item::Text(text) => self.feed(Message::Text(text)).await?,
                Item::Garbage(message) => self.feed(message).await?,
                Item::Order(Order::Silence) => {
                    self.flush().await?;
                    return Err(self.keep_silent(queue).await);
                }
                Item::Order(order) => self.obey(order).await?,
            }
        }
        self.flush().await
    }

    async fn event(&mut self, frame: Utf8Bytes, sequence: u64, again: bool) -> Result<(), End> {
        if !self.slow.is_zero() {
            self.flush().await?;
            sleep(self.slow).await;
        }
        self.feed(Message::Text(frame)).await?;
        self.pending.push(sequence);
        add(
            &self.platform.live.hub.counters.duplicates,
            usize::from(again),
        );
        Ok(())
    }

    async fn feed(&mut self, message: Message) -> Result<(), End> {
        self.wire.feed(message).await.map_err(|_lost| End::Gone)
    }

    /// Hands everything to the kernel and notes what was written by that.
    async fn flush(&mut self) -> Result<(), End> {
        self.wire.flush().await.map_err(|_lost| End::Gone)?;
        let hub = &self.platform.live.hub;
        add(&hub.counters.written, self.pending.len());
        self.pending.retain(|sequence| *sequence > 0);
        if !self.pending.is_empty() {
            hub.log.written(&self.pending, &self.channel);
        }
        self.pending.clear();
        Ok(())
    }

    async fn obey(&mut self, order: Order) -> Result<(), End> {
        self.flush().await?;
        match order {
            Order::Cut => {
                sleep(SETTLE).await;
                Err(End::Reset)
            }
            Order::Close {
                code,
                reason,
                after,
            } => {
                let frame = CloseFrame {
                    code: code.into(),
                    reason: reason.into(),
                };
                self.closing = Some((Instant::now() + after, frame));
                if after.is_zero() {
                    return Err(self.close().await);
                }
                Ok(())
            }
            Order::Slow(slow) => {
                self.slow = slow;
                Ok(())
            }
            Order::Silence => Ok(()),
        }
    }

    /// Closes as was ordered, and waits a moment for the other side to agree.
    async fn close(&mut self) -> End {
        let frame = self.closing.take().map(|(_, frame)| frame);
        let agreed = async {
            if self.wire.close(frame).await.is_ok() {
                while let Some(Ok(_)) = self.wire.next().await {}
            }
        };
        // Who does not answer is left all the same.
        let _late = timeout(CLOSE_WAIT, agreed).await;
        End::Gone
    }

    /// Reads and writes nothing any more until the socket is ended.
    async fn keep_silent(&mut self, queue: &mut mpsc::Receiver<Item>) -> End {
        let mut unread = [0; 4096];
        loop {
            // Both arms are cancel-safe, and nobody misses what they drop.
            tokio::select! {
                read = self.wire.get_mut().read(&mut unread) => {
                    if !matches!(read, Ok(1..)) {
                        return End::Gone;
                    }
                }
                item = queue.recv() => match item {
                    None | Some(Item::Order(Order::Cut | Order::Close { .. })) => return End::Reset,
                    Some(_) => {}
                },
            }
        }
    }

    async fn beat(&mut self) -> Result<(), End> {
        self.feed(Message::Text(frame::heartbeat())).await?;
        self.flush().await?;
        count(&self.platform.live.hub.counters.heartbeats);
        Ok(())
    }

    /// Answers what the client said; the library answers pings and closes of the protocol.
    async fn answer(&mut self, message: Message) -> Result<(), End> {
        let Message::Text(text) = message else {
            return self.flush().await;
        };
        let Ok(said) = serde_json::from_str::<Said>(&text) else {
            return Ok(());
        };
        match said.message.as_str() {
            "ping" => {
                self.feed(Message::Text(frame::pong())).await?;
                count(&self.platform.live.hub.counters.pongs);
            }
            "subscribe" => {
                let refused = self.platform.subscribe_all(&self.channel, &said.topics);
                let answer = frame::subscribed(said.correlation_id.as_deref(), refused.as_deref());
                self.feed(Message::Text(answer)).await?;
            }
            _ => {}
        }
        self.flush().await
    }
}

fn beats(every: Duration) -> Interval {
    let mut beats = interval_at(Instant::now() + every, every);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beats
}

/// Waits until `instant`, or for ever.
async fn at(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
