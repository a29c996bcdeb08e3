//! The way out: one bounded channel, and a bound on the bytes that are under way.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::notice::Notice;

/// How many notices may wait. Small ones are bounded by this, frames by their bytes.
const CAPACITY: usize = 4096;

/// Where links put what they hear. Clones share the bounds.
#[derive(Clone, Debug)]
pub(crate) struct Outlet {
    notices: mpsc::Sender<Notice>,
    room: Arc<Semaphore>,
    bytes: u32,
}

/// Whoever was to be told is gone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deaf;

/// What the links hear, in order for each of them.
///
/// It ends when the program was asked to stop and every link is down. Whoever does not read it
/// stops the sockets from being read; nothing is dropped.
#[derive(Debug)]
pub struct Notices {
    receiver: mpsc::Receiver<Notice>,
}

impl Notices {
    /// Waits for the next notice; none at the end.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn recv(&mut self) -> Option<Notice> {
        self.receiver.recv().await
    }

    /// Waits for a notice and takes up to `limit` of those that are there; returns how many, 0 at
    /// the end.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn recv_many(&mut self, into: &mut Vec<Notice>, limit: usize) -> usize {
        self.receiver.recv_many(into, limit).await
    }

    /// Takes the next notice if there is one.
    pub fn try_recv(&mut self) -> Option<Notice> {
        self.receiver.try_recv().ok()
    }
}

/// Returns both ends of the way out; frames of at most `bytes` in all are under way at a time.
pub(crate) fn outlet(bytes: usize) -> (Outlet, Notices) {
    let (notices, receiver) = mpsc::channel(CAPACITY);
    let bytes = u32::try_from(bytes.clamp(1, Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
    let room = Arc::new(Semaphore::new(bytes as usize));
    let outlet = Outlet {
        notices,
        room,
        bytes,
    };
    (outlet, Notices { receiver })
}

impl Outlet {
    /// Returns room for a frame if there is some.
    pub(crate) fn try_room(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.room)
            .try_acquire_many_owned(self.share(bytes))
            .ok()
    }

    /// Waits for room for a frame.
    pub(crate) async fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Deaf> {
        let room = Arc::clone(&self.room).acquire_many_owned(self.share(bytes));
        tokio::select! {
            room = room => room.map_err(|_| Deaf),
            () = self.notices.closed() => Err(Deaf),
        }
    }

    /// Returns a place in the channel if there is one.
    pub(crate) fn try_reserve(&self) -> Option<mpsc::Permit<'_, Notice>> {
        self.notices.try_reserve().ok()
    }

    /// Passes a notice on, as soon as the channel has room.
    pub(crate) async fn send(&self, notice: Notice) -> Result<(), Deaf> {
        self.notices.send(notice).await.map_err(|_| Deaf)
    }

    /// Waits until nobody takes notices any more.
    pub(crate) async fn closed(&self) {
        self.notices.closed().await;
    }

    /// A frame that is larger than all the room takes all of it.
    fn share(&self, bytes: usize) -> u32 {
        u32::try_from(bytes).unwrap_or(u32::MAX).min(self.bytes)
    }
}
