//! A platform of a few lines that refuses what a test tells it to refuse, where the simulator
//! would be reasonable.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, serve};
use gc_auth::{Client, Config, Credentials, Endpoints};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What the platform does with a list of subscriptions that holds combined ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Combined {
    /// Takes them.
    Taken,
    /// Rejects each of them.
    Rejected,
    /// Refuses the whole list with status 400.
    Refused,
}

/// What the platform does when the socket is to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// Opens it, and answers pings.
    Good,
    /// Opens it, and says nothing.
    Mute,
    /// Does not know the channel.
    NotFound,
    /// Answers with the key of another request.
    WrongKey,
}

/// A list of subscriptions: the channel, and the ids that were not rejected.
type List = (String, Vec<String>);

#[derive(Clone, Debug)]
pub(crate) struct StandIn {
    pub(crate) url: String,
    combined: Combined,
    handshake: Handshake,
    pub(crate) lists: Arc<Mutex<Vec<List>>>,
    channel_count: Arc<Mutex<usize>>,
}

impl StandIn {
    pub(crate) async fn start(combined: Combined) -> Self {
        let mut platform = Self::new(combined, Handshake::Good);
        platform.serve().await;
        platform
    }

    pub(crate) fn new(combined: Combined, handshake: Handshake) -> Self {
        Self {
            url: String::new(),
            combined,
            handshake,
            lists: Arc::default(),
            channel_count: Arc::default(),
        }
    }

    pub(crate) async fn serve(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.url = format!("http://{}", listener.local_addr().unwrap());
        let subscriptions = "/api/v2/notifications/channels/{id}/subscriptions";
        let router = Router::new()
            .route("/oauth/token", post(token))
            .route("/api/v2/notifications/channels", post(create))
            .route(subscriptions, delete(leave).put(subscribe).post(subscribe))
            .route("/channels/{id}", get(socket))
            .with_state(self.clone());
        tokio::spawn(async move { serve(listener, router).await });
    }

    pub(crate) fn client(&self) -> Client {
        let credentials = Credentials {
            client_id: "id".to_owned(),
            secret: "secret".into(),
        };
        let endpoints = Endpoints::at(&self.url, &self.url).unwrap();
        Client::new(Config::new(endpoints, credentials)).unwrap()
    }

    /// Returns how many channels were made.
    pub(crate) fn channels(&self) -> usize {
        *self.channel_count.lock().unwrap()
    }

    /// Returns the ids that are subscribed and not rejected, on any channel.
    pub(crate) fn subscribed(&self) -> BTreeSet<String> {
        let lists = self.lists.lock().unwrap();
        let ids = lists.iter().flat_map(|(_, ids)| ids.iter().cloned());
        ids.collect()
    }
}

async fn token() -> Json<Value> {
    Json(json!({"access_token": "t", "token_type": "bearer", "expires_in": 86_400}))
}

async fn create(State(platform): State<StandIn>, headers: HeaderMap) -> Json<Value> {
    assert_eq!(headers["authorization"], "Bearer t");
    let mut channels = platform.channel_count.lock().unwrap();
    *channels += 1;
    let id = format!("c{channels}");
    let uri = format!("{}/channels/{id}", platform.url.replace("http", "ws"));
    Json(json!({"id": id, "connectUri": uri, "expires": "2999-01-01T00:00:00.000Z"}))
}

async fn subscribe(
    State(platform): State<StandIn>,
    Path(channel): Path<String>,
    Json(topics): Json<Vec<Value>>,
) -> Response {
    let ids = topics
        .iter()
        .map(|topic| topic["id"].as_str().unwrap().to_owned());
    let (combined, single): (Vec<String>, Vec<String>) = ids.partition(|id| id.contains('?'));
    if platform.combined == Combined::Refused && !combined.is_empty() {
        let error = json!({"status": 400, "code": "bad.request", "message": "no"});
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    let mut taken = single;
    let state = if platform.combined == Combined::Taken {
        taken.extend(combined.iter().cloned());
        "Permitted"
    } else {
        "Rejected"
    };
    let entities: Vec<Value> = combined
        .iter()
        .map(|id| json!({"id": id, "state": state, "rejectionReason": "unknown topic"}))
        .collect();
    platform.lists.lock().unwrap().push((channel, taken));
    Json(json!({"entities": entities})).into_response()
}

async fn leave() -> StatusCode {
    StatusCode::NO_CONTENT
}

async fn socket(
    State(platform): State<StandIn>,
    upgrade: WebSocketUpgrade,
    headers: HeaderMap,
) -> Response {
    assert!(!headers.contains_key("authorization"));
    match platform.handshake {
        Handshake::Good => upgrade.on_upgrade(answer_pings),
        Handshake::Mute => upgrade.on_upgrade(say_nothing),
        Handshake::NotFound => StatusCode::NOT_FOUND.into_response(),
        Handshake::WrongKey => {
            let mut response = upgrade.on_upgrade(say_nothing);
            let key = HeaderValue::from_static("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            response.headers_mut().insert("sec-websocket-accept", key);
            response
        }
    }
}

async fn say_nothing(mut socket: WebSocket) {
    while let Some(Ok(_)) = socket.recv().await {}
}

async fn answer_pings(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(&message, Message::Text(text) if text.as_str() == r#"{"message":"ping"}"#) {
            let pong = json!({"topicName": "channel.metadata", "eventBody": {"message": "pong"}});
            if socket
                .send(Message::Text(pong.to_string().into()))
                .await
                .is_err()
            {
                return;
            }
        }
    }
}
