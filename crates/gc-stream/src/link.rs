//! One socket's life, as its lane sees it.

use std::sync::Arc;
use std::time::Duration;

use gc_core::Clock;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::life::Life;
use crate::notice::{Cause, LinkId};
use crate::outlet::Outlet;
use crate::socket::Socket;

/// Orders that may wait for a link; its lane gives one at a time.
const ORDERS: usize = 4;

/// What a link needs besides its socket.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) outlet: Outlet,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ping_after: Duration,
    pub(crate) pong_within: Duration,
    pub(crate) stop: CancellationToken,
}

/// What a link can be told.
#[derive(Debug)]
pub(crate) enum Order {
    /// These topics are subscribed, too.
    Cover(Vec<String>),
    /// Another link is up in its place.
    Relieve(Cause),
}

/// The handle of a link. Without it the link stops.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) id: LinkId,
    orders: mpsc::Sender<Order>,
    /// Set when the platform has announced that it will close the socket.
    pub(crate) closing: CancellationToken,
    task: JoinHandle<Cause>,
}

impl Link {
    /// Starts a link; the receiver is told when it is up, and dropped when it never will be.
    pub(crate) fn start(
        id: LinkId,
        channel_id: String,
        topics: Vec<String>,
        socket: Socket,
        surroundings: Surroundings,
    ) -> (Self, oneshot::Receiver<()>) {
        let (orders, order_receiver) = mpsc::channel(ORDERS);
        let (up, is_up) = oneshot::channel();
        let closing = CancellationToken::new();
        let life = Life::new(id, channel_id, socket, surroundings, order_receiver)
            .covering(topics, up)
            .telling(closing.clone());
        let task = tokio::spawn(life.live());
        let link = Self {
            id,
            orders,
            closing,
            task,
        };
        (link, is_up)
    }

    /// Tells the link that more topics are subscribed.
    pub(crate) async fn cover(&self, topics: Vec<String>) {
        // A link that has ended has no use for orders.
        let _ended = self.orders.send(Order::Cover(topics)).await;
    }

    /// Lets the link go, now that another is up.
    pub(crate) async fn relieve(&self, cause: Cause) {
        let _ended = self.orders.send(Order::Relieve(cause)).await;
    }

    /// Waits for the link to end.
    ///
    /// # Cancel safety
    ///
    /// The future may be dropped and asked for again, until it has ended once.
    pub(crate) async fn ended(&mut self) -> Cause {
        (&mut self.task).await.unwrap_or(Cause::ConnectionLost)
    }
}
