//! One socket's life, in a task of its own: frames become notices until the socket ends.
//!
//! - A ping goes out at once, and after each silence; the first frame of the platform makes the
//!   link up.
//! - When nobody takes the notices, the socket is not read, and that is no silence.
//! - A link that another takes over from is asked once more: it goes down only after the answer
//!   to a ping that was sent when the other was up, so that all that came before is passed on.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;

use crate::frame::{self, Control, Frame};
use crate::link::{Order, Surroundings};
use crate::notice::{Cause, EventFrame, JunkFrame, LinkId, Notice};
use crate::outlet::Deaf;
use crate::socket::Socket;

/// The platform's health check.
///
/// Source: official SDK templates (platform-client-sdk-common), `Ping()`.
const PING: &str = r#"{"message":"ping"}"#;

/// How long a frame may be under way, from the platform's sending to the reading of it, unless the
/// answer to a ping shows that it was less. An assumption on the safe side.
const TRANSIT: Duration = Duration::from_secs(5);

/// How many pings without an answer are remembered.
const UNANSWERED: usize = 64;

/// How long the platform has to answer a polite goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

/// A link that is being relieved.
#[derive(Clone, Copy, Debug)]
struct Relief {
    cause: Cause,
    since: Instant,
    /// Pongs to wait for.
    pongs: usize,
}

/// A link as its task sees it.
pub(crate) struct Life {
    id: LinkId,
    channel_id: String,
    around: Surroundings,
    socket: Socket,
    orders: mpsc::Receiver<Order>,
    up: Option<oneshot::Sender<()>>,
    closing: CancellationToken,
    /// Topics that the next frame of the platform proves to be heard.
    covering: Option<Vec<String>>,
    last_frame_at: Timestamp,
    /// When the last frame was read, or reading was possible again.
    heard: Instant,
    /// When a ping was sent that nothing came after.
    pinged: Option<Instant>,
    last_ping: Instant,
    /// When pings were sent that have no pong yet.
    pings: VecDeque<Timestamp>,
    /// When the last ping was sent that has a pong: all that was sent to here before is read.
    answered: Timestamp,
    /// For how long the socket was not read since the last pong.
    blocked: Duration,
    relief: Option<Relief>,
}

/// Goes on, or ends for a cause.
type Flow = Result<(), Cause>;

impl Life {
    pub(crate) fn new(
        id: LinkId,
        channel_id: String,
        socket: Socket,
        around: Surroundings,
        orders: mpsc::Receiver<Order>,
    ) -> Self {
        let around_now = around.clock.now();
        Self {
            id,
            channel_id,
            last_frame_at: around_now,
            around,
            socket,
            orders,
            up: None,
            closing: CancellationToken::new(),
            covering: None,
            heard: Instant::now(),
            pinged: None,
            last_ping: Instant::now(),
            pings: VecDeque::new(),
            answered: around_now,
            blocked: Duration::ZERO,
            relief: None,
        }
    }

    /// Lets `up` be told when a frame has proved that the topics are heard.
    pub(crate) fn covering(mut self, topics: Vec<String>, up: oneshot::Sender<()>) -> Self {
        (self.covering, self.up) = (Some(topics), Some(up));
        self
    }

    /// Lets `closing` be set when the platform announces that it will close the socket.
    pub(crate) fn telling(mut self, closing: CancellationToken) -> Self {
        self.closing = closing;
        self
    }

    /// Lives until the socket ends or is let go; returns why.
    pub(crate) async fn live(mut self) -> Cause {
        let cause = match self.listen().await {
            Err(cause) => cause,
            Ok(never) => match never {},
        };
        if self.up.is_none() {
            let (link, last_frame_at) = (self.id, self.last_frame_at);
            let down = Notice::Down {
                link,
                last_frame_at,
                heard_until: self.heard_until(),
                cause,
            };
            let _deaf = self.around.outlet.send(down).await;
        }
        if matches!(cause, Cause::Stopped | Cause::Renewed | Cause::Maintenance) {
            let _late = timeout(GOODBYE, self.goodbye()).await;
        }
        cause
    }

    async fn listen(&mut self) -> Result<std::convert::Infallible, Cause> {
        let stop = self.around.stop.clone();
        self.ping().await?;
        loop {
            let deadline = self.deadline();
            tokio::select! {
                biased;
                () = stop.cancelled() => {
                    return Err(self.relief.map_or(Cause::Stopped, |relief| relief.cause));
                }
                order = self.orders.recv() => self.obey(order).await?,
                message = self.socket.next() => self.take(message).await?,
                () = sleep_until(deadline) => self.silence().await?,
            }
        }
    }

    async fn obey(&mut self, order: Option<Order>) -> Flow {
        match order {
            None => return Err(Cause::Stopped),
            Some(Order::Cover(topics)) => self.covering.get_or_insert_default().extend(topics),
            Some(Order::Relieve(cause)) => {
                self.relief = Some(Relief {
                    cause,
                    since: Instant::now(),
                    pongs: self.pings.len() + 1,
                });
            }
        }
        self.ping().await
    }

    /// Takes what came from the socket.
    async fn take(&mut self, message: Option<Result<Message, tungstenite::Error>>) -> Flow {
        let message = message.ok_or(Cause::ConnectionLost)?;
        let message = message.map_err(|error| cause_of(&error))?;
        let at = self.around.clock.now();
        (self.heard, self.pinged) = (Instant::now(), None);
        match message {
            Message::Text(text) => self.text(text, at).await?,
            Message::Binary(frame) => self.junk("binary frame", frame, at).await?,
            Message::Close(_) => return Err(Cause::ClosedByPlatform),
            _ => self.alive(at).await?,
        }
        // A busy link is asked, too: an answer says how far it has been read.
        if self.heard - self.last_ping > self.around.ping_after && self.relief.is_none() {
            self.ping().await?;
        }
        Ok(())
    }

    async fn text(&mut self, text: Utf8Bytes, at: Timestamp) -> Flow {
        match frame::parse(&text, &self.channel_id) {
            Frame::Event {
                topic,
                correlation_id,
                body,
            } => {
                self.prove(at).await?;
                let room = self.room(text.len()).await?;
                let event = EventFrame {
                    link: self.id,
                    received_at: at,
                    topic,
                    correlation_id,
                    text,
                    body,
                    _room: room,
                };
                self.tell(Notice::Event(event)).await?;
                self.last_frame_at = at;
                Ok(())
            }
            Frame::Control(control) => self.control(control, at).await,
            Frame::Junk(reason) => self.junk(reason, text.into(), at).await,
        }
    }

    async fn control(&mut self, control: Control, at: Timestamp) -> Flow {
        match control {
            Control::Gone | Control::Revoked => self.last_frame_at = at,
            _ => self.prove(at).await?,
        }
        match control {
            Control::Gone => return Err(Cause::ChannelGone),
            Control::Revoked => return Err(Cause::TokenRevoked),
            Control::Closing => self.closing.cancel(),
            Control::Pong => {
                self.answered = self.pings.pop_front().unwrap_or(self.answered);
                self.blocked = Duration::ZERO;
            }
            Control::Alive => {}
        }
        self.alive(at).await?;
        let Some(relief) = &mut self.relief else {
            return Ok(());
        };
        if control == Control::Pong {
            relief.pongs = relief.pongs.saturating_sub(1);
        }
        if relief.pongs == 0 {
            Err(relief.cause)
        } else {
            Ok(())
        }
    }

    async fn junk(&mut self, reason: &'static str, frame: Bytes, at: Timestamp) -> Flow {
        let room = self.room(frame.len()).await?;
        let junk = JunkFrame {
            link: self.id,
            received_at: at,
            reason,
            frame,
            _room: room,
        };
        self.tell(Notice::Junk(junk)).await?;
        self.last_frame_at = at;
        Ok(())
    }

    async fn alive(&mut self, at: Timestamp) -> Flow {
        let link = self.id;
        self.tell(Notice::Alive { link, at }).await?;
        self.last_frame_at = at;
        Ok(())
    }

    /// Tells which topics are heard, as a frame of the platform proves.
    async fn prove(&mut self, at: Timestamp) -> Flow {
        let Some(topics) = self.covering.take() else {
            return Ok(());
        };
        let (link, topics) = (self.id, topics.into());
        self.tell(Notice::Up { link, topics, at }).await?;
        self.last_frame_at = at;
        if let Some(up) = self.up.take() {
            // Whoever waited for it may have given up: then the orders end, too.
            let _given_up = up.send(());
        }
        Ok(())
    }

    /// Tells the rest of the program; while it does not listen, silence is its own.
    async fn tell(&mut self, notice: Notice) -> Flow {
        if let Some(place) = self.around.outlet.try_reserve() {
            place.send(notice);
            return Ok(());
        }
        let since = Instant::now();
        let told = self.around.outlet.send(notice).await;
        self.unblock(since);
        told.map_err(deaf)
    }

    /// Waits for room for a frame.
    async fn room(&mut self, bytes: usize) -> Result<OwnedSemaphorePermit, Cause> {
        if let Some(room) = self.around.outlet.try_room(bytes) {
            return Ok(room);
        }
        let since = Instant::now();
        let room = self.around.outlet.room(bytes).await;
        self.unblock(since);
        room.map_err(deaf)
    }

    /// Takes note that the socket was not read since a moment.
    fn unblock(&mut self, since: Instant) {
        self.heard = Instant::now();
        self.blocked += self.heard - since;
    }

    /// Returns until when everything that the platform sent was read: up to the last ping that was
    /// answered for certain, and but for the frames under way when the last one was read.
    fn heard_until(&self) -> Timestamp {
        let under_way = SignedDuration::try_from(TRANSIT + self.blocked);
        let likely = under_way.and_then(|time| self.last_frame_at.checked_sub(time));
        likely.map_or(self.answered, |likely| likely.max(self.answered))
    }

    /// Returns when silence has lasted too long.
    fn deadline(&self) -> Instant {
        let Surroundings {
            ping_after,
            pong_within,
            ..
        } = self.around;
        match (self.relief, self.pinged) {
            (Some(relief), _) => relief.since.max(self.heard) + pong_within,
            (None, Some(pinged)) => pinged.max(self.heard) + pong_within,
            (None, None) => self.heard + ping_after,
        }
    }

    async fn silence(&mut self) -> Flow {
        match (self.relief, self.pinged) {
            (Some(relief), _) => Err(relief.cause),
            (None, Some(_)) => Err(Cause::NoHeartbeat),
            (None, None) => self.ping().await,
        }
    }

    async fn ping(&mut self) -> Flow {
        let at = self.around.clock.now();
        let sent = self
            .socket
            .send(Message::Text(Utf8Bytes::from_static(PING)));
        match timeout(self.around.pong_within, sent).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(cause_of(&error)),
            Err(_) => return Err(Cause::ConnectionLost),
        }
        self.pinged = Some(Instant::now());
        self.last_ping = Instant::now();
        self.pings.push_back(at);
        if self.pings.len() > UNANSWERED {
            self.pings.pop_front();
        }
        Ok(())
    }

    /// Closes the socket and waits for the platform to do the same.
    async fn goodbye(&mut self) {
        if self.socket.close(None).await.is_ok() {
            while let Some(Ok(_)) = self.socket.next().await {}
        }
    }
}

/// Nobody takes the notices: there is nothing left to do.
fn deaf(_: Deaf) -> Cause {
    Cause::Stopped
}

fn cause_of(error: &tungstenite::Error) -> Cause {
    match error {
        tungstenite::Error::ConnectionClosed | tungstenite::Error::AlreadyClosed => {
            Cause::ClosedByPlatform
        }
        tungstenite::Error::Capacity(_) => Cause::FrameTooLarge,
        tungstenite::Error::Protocol(
            tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        ) => Cause::ConnectionLost,
        tungstenite::Error::Protocol(_) | tungstenite::Error::Utf8(_) => Cause::BrokenProtocol,
        _ => Cause::ConnectionLost,
    }
}
