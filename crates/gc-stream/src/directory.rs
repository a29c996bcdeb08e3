//! The queues of an organisation.

use std::collections::HashSet;

use bytes::Bytes;
use gc_auth::Client;
use gc_reference::{Lister, QUEUES};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::error::Error;

/// One queue.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Queue {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: String,
}

/// The queues of an organisation, by REST.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    lister: Lister,
}

impl Directory {
    pub(crate) fn new(client: Client) -> Self {
        // Whoever asks stops asking by dropping the future.
        let lister = Lister::new(client, CancellationToken::new());
        Self { lister }
    }

    /// Returns every queue that the client may see, each once.
    pub(crate) async fn queues(&self) -> Result<Vec<Queue>, Error> {
        let (mut queues, mut seen) = (Vec::new(), HashSet::new());
        let mut pages = self.lister.pages(&QUEUES);
        while let Some(page) = pages.next().await.map_err(Box::new)? {
            let fresh = page.records().filter_map(|record| read(&record));
            queues.extend(fresh.filter(|queue| seen.insert(queue.id.clone())));
        }
        Ok(queues)
    }
}

/// Reads a queue; none when it has no id, which nothing could be done with.
fn read(record: &Bytes) -> Option<Queue> {
    let queue = serde_json::from_slice(record).ok();
    if queue.is_none() {
        tracing::warn!("a queue without an id is listed, and left out");
    }
    queue
}
