//! Channels and their subscriptions, by REST.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use gc_auth::{Client, Request, Response, TokenInUse};
use gc_core::Clock;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use url::Url;

use crate::error::Error;
use crate::topic::Entry;

const CHANNELS_PATH: &str = "/api/v2/notifications/channels";
const CREATE: &str = "POST /api/v2/notifications/channels";
const ADD: &str = "POST /api/v2/notifications/channels/{channelId}/subscriptions";
const REPLACE: &str = "PUT /api/v2/notifications/channels/{channelId}/subscriptions";
const LEAVE: &str = "DELETE /api/v2/notifications/channels/{channelId}/subscriptions";

/// How long a channel lives that does not say so, and the longest life that is believed.
///
/// Source: developer-center-blog, 2021-12-02 ("active for 24 hours").
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// The least time between two renewals, for clocks that differ.
const SHORTEST_LIFE: Duration = Duration::from_secs(1);

/// The longest lead that a short life gives its renewal.
const SHORT_LEAD: Duration = Duration::from_secs(60);

/// A channel: it dies of age, or with the token that made it.
#[derive(Clone)]
pub(crate) struct Channel {
    /// No secret by itself, but the address is made of it: for paths alone.
    pub(crate) id: String,
    /// Where the socket is opened. Whoever has it hears everything.
    pub(crate) address: Url,
    /// When another channel has to be made ready.
    pub(crate) renew_at: Instant,
    /// What made it.
    pub(crate) token: TokenInUse,
    /// Whether it is the token that ends first.
    pub(crate) is_bound_by_token: bool,
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").finish_non_exhaustive()
    }
}

/// The platform's answer about a channel.
///
/// Source: official Python SDK 269.0.0, `Channel`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Created {
    id: String,
    connect_uri: String,
    expires: Option<Timestamp>,
}

#[derive(Serialize)]
struct TopicId<'a> {
    id: &'a str,
}

/// The platform's answer about subscriptions.
///
/// Source: official Python SDK 269.0.0, `ChannelTopicEntityListing`.
#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    entities: Vec<Entity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entity {
    #[serde(default)]
    id: String,
    state: Option<String>,
    rejection_reason: Option<String>,
    missing_permissions: Option<Vec<String>>,
}

/// Why a topic is not heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    pub(crate) permissions: Vec<String>,
}

/// What became of a list of entries: refusals by the id that was refused.
pub(crate) type Refusals = HashMap<String, Refusal>;

/// Whether a list of entries replaces what a channel has, or is added to it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Subscribe {
    Replacing,
    Adding,
}

/// The platform's channels.
#[derive(Clone, Debug)]
pub(crate) struct Channels {
    client: Client,
    clock: Arc<dyn Clock>,
}

impl Channels {
    pub(crate) fn new(client: Client, clock: Arc<dyn Clock>) -> Self {
        Self { client, clock }
    }

    /// Creates a channel.
    pub(crate) async fn create(&self) -> Result<Channel, Error> {
        let failed = failed("create a channel");
        let request = Request::create_bare(CREATE, CHANNELS_PATH);
        let answer = self.client.send(request).await.map_err(failed)?;
        self.read(&answer, answer.json().map_err(failed)?)
    }

    fn read(&self, answer: &Response, created: Created) -> Result<Channel, Error> {
        let now = Instant::now();
        let life = created.expires.map_or(LIFE, |end| {
            let left = Duration::try_from(end.duration_since(self.clock.now()));
            left.unwrap_or(LIFE).min(LIFE)
        });
        let token_life = answer.token.end().saturating_duration_since(now);
        Ok(Channel {
            address: address(&created.connect_uri)?,
            id: created.id,
            renew_at: now + before(life.min(token_life)),
            token: answer.token.clone(),
            is_bound_by_token: token_life < life,
        })
    }

    /// Subscribes a channel to entries; returns those that were refused.
    pub(crate) async fn subscribe(
        &self,
        channel: &Channel,
        entries: &[Entry],
        how: Subscribe,
    ) -> Result<Refusals, Error> {
        let failed = failed("subscribe to topics");
        let ids: Vec<TopicId<'_>> = entries
            .iter()
            .map(|entry| TopicId { id: &entry.id })
            .collect();
        let path = subscriptions(&channel.id);
        let request = match how {
            Subscribe::Replacing => Request::replace(REPLACE, path, &ids),
            Subscribe::Adding => Request::add(ADD, path, &ids),
        };
        let request = request.map_err(failed)?.with_query("ignoreErrors", "true");
        let answer = self.client.send(request).await.map_err(failed)?;
        let listing: Listing = answer.json().map_err(failed)?;
        let refused = listing.entities.into_iter().filter(Entity::is_rejected);
        Ok(refused.map(Entity::into_refusal).collect())
    }

    /// Takes all topics from a channel, so that the platform has nothing more to send to it.
    pub(crate) async fn leave(&self, id: &str) -> Result<(), gc_auth::Error> {
        let request = Request::delete(LEAVE, subscriptions(id));
        self.client.send(request).await.map(drop)
    }

    /// Makes the next channel be made by another token than this one.
    pub(crate) async fn discard_token(&self, channel: &Channel) {
        self.client.discard_token(&channel.token).await;
    }
}

impl Entity {
    fn is_rejected(&self) -> bool {
        let state = self.state.as_deref();
        state.is_some_and(|state| state.eq_ignore_ascii_case("rejected"))
    }

    fn into_refusal(self) -> (String, Refusal) {
        let refusal = Refusal {
            reason: self
                .rejection_reason
                .unwrap_or_else(|| "no reason given".to_owned()),
            permissions: self.missing_permissions.unwrap_or_default(),
        };
        (self.id, refusal)
    }
}

/// Returns how long after its beginning a life of this length has to be renewed: with a 24th of it
/// left, and more when that is short.
fn before(life: Duration) -> Duration {
    let lead = (life / 24).max(SHORT_LEAD.min(life / 4));
    life.saturating_sub(lead).max(SHORTEST_LIFE)
}

/// Returns the address of the socket as the HTTP client knows it: `https` for `wss`.
fn address(text: &str) -> Result<Url, Error> {
    let http = match text.split_once("://") {
        Some(("wss" | "https", rest)) => format!("https://{rest}"),
        Some(("ws" | "http", rest)) => format!("http://{rest}"),
        _ => return Err(Error::Address),
    };
    Url::parse(&http).map_err(|_| Error::Address)
}

/// Returns what makes an error of what became of `attempt`.
fn failed(attempt: &'static str) -> impl Fn(gc_auth::Error) -> Error + Copy {
    move |source| {
        let source = Box::new(source);
        Error::Channel { attempt, source }
    }
}

fn subscriptions(id: &str) -> String {
    format!("{CHANNELS_PATH}/{id}/subscriptions")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_is_renewed_an_hour_before_its_end() {
        let hours = |n: u64| Duration::from_secs(n * 60 * 60);
        assert_eq!(before(hours(24)), hours(23));
        assert_eq!(before(Duration::from_secs(300)), Duration::from_secs(240));
        assert_eq!(before(Duration::from_secs(4)), Duration::from_secs(3));
        assert_eq!(before(Duration::ZERO), SHORTEST_LIFE);
    }

    #[test]
    fn address_is_for_the_http_client() {
        let found = |text| address(text).map(|url| url.to_string()).ok();
        assert_eq!(
            found("wss://streaming.mypurecloud.ie/channels/streaming-1-abc").as_deref(),
            Some("https://streaming.mypurecloud.ie/channels/streaming-1-abc")
        );
        assert_eq!(
            found("ws://127.0.0.1:80/c").as_deref(),
            Some("http://127.0.0.1/c")
        );
        assert_eq!(found("ftp://a.b"), None);
        assert_eq!(found("nonsense"), None);
    }
}
