//! The queues of an organisation.

use std::collections::HashSet;

use gc_auth::{Client, Request};
use serde::Deserialize;

use crate::error::Error;

const QUEUES: &str = "GET /api/v2/routing/queues";
const QUEUES_PATH: &str = "/api/v2/routing/queues";

/// Queues on a page.
const PAGE_SIZE: &str = "100";

/// One queue.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Queue {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: String,
}

/// A page of a list.
///
/// Source: official Python SDK 269.0.0, `QueueEntityListing`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    #[serde(default)]
    entities: Vec<Queue>,
    page_count: Option<u32>,
}

/// The queues of an organisation, by REST.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    client: Client,
}

impl Directory {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Returns every queue that the client may see, each once.
    pub(crate) async fn queues(&self) -> Result<Vec<Queue>, Error> {
        let (mut queues, mut seen) = (Vec::new(), HashSet::new());
        for page in 1.. {
            let listing = self.page(page).await?;
            let is_last = listing.entities.is_empty()
                || listing.page_count.is_some_and(|count| page >= count);
            let fresh = listing.entities.into_iter();
            queues.extend(fresh.filter(|queue| seen.insert(queue.id.clone())));
            if is_last {
                break;
            }
        }
        Ok(queues)
    }

    async fn page(&self, page: u32) -> Result<Listing, Error> {
        let request = Request::get(QUEUES, QUEUES_PATH)
            .with_query("pageSize", PAGE_SIZE)
            .with_query("pageNumber", page.to_string());
        let answer = self.client.send(request).await;
        answer
            .and_then(|answer| answer.json())
            .map_err(Box::new)
            .map_err(|source| Error::Queues { page, source })
    }
}
