//! A client of notifications.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use gc_sim::{Control, SimConfig};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::client::{Client, config, read};

pub(crate) const CHANNELS: &str = "/api/v2/notifications/channels";

/// How long something that is to come may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long nothing has to come.
const QUIET: Duration = Duration::from_millis(150);

/// A world whose floor is busy and moves only when it is told to.
pub(crate) fn busy() -> SimConfig {
    let mut busy = config();
    busy.live.rate = gc_sim::LiveRate::ConversationsPerHour(3_600.0);
    busy
}

pub(crate) fn queue_topic(id: &str) -> String {
    format!("v2.routing.queues.{id}.conversations")
}

/// The all-media topics of all queues.
pub(crate) fn all_queues(control: &Control) -> Vec<String> {
    let queues = control.queues().into_iter();
    queues.map(|(id, _)| queue_topic(&id)).collect()
}

pub(crate) fn topics(ids: &[String]) -> Value {
    ids.iter().map(|id| json!({ "id": id })).collect()
}

impl Client {
    /// Makes a channel and returns its id.
    pub(crate) async fn channel(&self) -> String {
        let (status, channel) = read(self.bare_post(CHANNELS).send().await.unwrap()).await;
        assert_eq!(status, StatusCode::OK, "{channel}");
        channel["id"].as_str().unwrap().to_owned()
    }

    /// Makes a channel, subscribes it and opens a socket.
    pub(crate) async fn listen(&self, ids: &[String]) -> (String, Socket) {
        let channel = self.channel().await;
        let (status, answer) = self.subscribe(&channel, ids).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let socket = self.open(&channel).await.unwrap();
        (channel, socket)
    }

    pub(crate) async fn listen_to_all(&self) -> (String, Socket) {
        self.listen(&all_queues(&self.sim.control())).await
    }

    pub(crate) async fn subscribe(&self, channel: &str, ids: &[String]) -> (StatusCode, Value) {
        let path = format!("{CHANNELS}/{channel}/subscriptions");
        read(self.post(&path, &topics(ids)).send().await.unwrap()).await
    }

    pub(crate) async fn open(&self, channel: &str) -> Result<Socket, Error> {
        let base = self.sim.url().replace("http:", "ws:");
        let (stream, _) = connect_async(format!("{base}/channels/{channel}")).await?;
        Ok(Socket(stream))
    }

    /// Returns the status with which a handshake is refused.
    pub(crate) async fn refused(&self, channel: &str) -> u16 {
        match self.open(channel).await {
            Err(Error::Http(answer)) => answer.status().as_u16(),
            other => panic!("not refused: {other:?}"),
        }
    }
}

/// An open socket.
#[derive(Debug)]
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    pub(crate) async fn say(&mut self, text: &Value) {
        self.0.send(Message::text(text.to_string())).await.unwrap();
    }

    /// Returns what comes next: a frame, or how the socket ended.
    pub(crate) async fn next(&mut self) -> Option<Result<Message, Error>> {
        let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
        next.expect("something comes")
    }

    /// Returns the next frame as text.
    pub(crate) async fn text(&mut self) -> String {
        match self.next().await {
            Some(Ok(Message::Text(text))) => text.to_string(),
            other => panic!("no text: {other:?}"),
        }
    }

    pub(crate) async fn json(&mut self) -> Value {
        serde_json::from_str(&self.text().await).unwrap()
    }

    /// Returns the texts that come until nothing more does.
    pub(crate) async fn drain(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        while let Ok(Some(Ok(next))) = tokio::time::timeout(QUIET, self.0.next()).await {
            if let Message::Text(text) = next {
                texts.push(text.to_string());
            }
        }
        texts
    }

    /// Returns the code of the close frame that comes after any texts.
    pub(crate) async fn close_code(&mut self) -> u16 {
        loop {
            match self.next().await {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                Some(Ok(Message::Text(_))) => {}
                other => panic!("no close: {other:?}"),
            }
        }
    }

    /// Expects the connection to be reset.
    pub(crate) async fn is_reset(&mut self) {
        loop {
            match self.next().await {
                Some(Ok(_)) => {}
                Some(Err(Error::Io(error))) => {
                    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
                    return;
                }
                other => panic!("no reset: {other:?}"),
            }
        }
    }
}
