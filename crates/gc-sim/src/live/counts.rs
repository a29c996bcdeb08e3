//! What happened so far, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

/// Declares the counters and their reading, from one list.
macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What happened so far, in numbers.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct LiveCounts {
            $($(#[$doc])* pub $name: u64,)*
        }

        /// The running counters.
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $(pub(crate) $name: AtomicU64,)*
        }

        impl Counters {
            pub(crate) fn read(&self) -> LiveCounts {
                LiveCounts { $($name: self.$name.load(Ordering::Relaxed),)* }
            }
        }
    };
}

counters! {
    /// Events generated.
    generated,
    /// Of these, how many had a subscribed channel with an open socket.
    addressed,
    /// How often an event was written to a socket, those of bursts and duplicates included.
    written,
    /// How often an event was written to a socket that had had it.
    duplicates,
    /// Frames that are no proper event.
    garbage,
    /// Sockets that were opened.
    sockets_opened,
    /// Sockets whose connection was reset.
    sockets_reset,
    /// Sockets that were reset because too much waited for them.
    sockets_too_slow,
    /// Channels that were created.
    channels_created,
    /// Heartbeats written.
    heartbeats,
    /// Pings answered.
    pongs,
}

/// Counts one more.
pub(crate) fn count(counter: &AtomicU64) {
    add(counter, 1);
}

/// Counts some more.
pub(crate) fn add(counter: &AtomicU64, more: usize) {
    counter.fetch_add(u64::try_from(more).unwrap_or(0), Ordering::Relaxed);
}
