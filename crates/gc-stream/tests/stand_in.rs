//! A platform of a few lines that refuses what a test tells it to refuse, where the simulator
//! would be reasonable.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
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

/// A list of subscriptions: the channel, and the ids that were not rejected.
type List = (String, Vec<String>);

#[derive(Clone, Debug)]
pub(crate) struct StandIn {
    pub(crate) url: String,
    combined: Combined,
    pub(crate) lists: Arc<Mutex<Vec<List>>>,
    channels: Arc<Mutex<usize>>,
}

impl StandIn {
    pub(crate) async fn start(combined: Combined) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let platform = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            combined,
            lists: Arc::default(),
            channels: Arc::default(),
        };
        let subscriptions = "/api/v2/notifications/channels/{id}/subscriptions";
        let router = Router::new()
            .route("/oauth/token", post(token))
            .route("/api/v2/notifications/channels", post(create))
            .route(subscriptions, delete(leave).put(subscribe).post(subscribe))
            .route("/channels/{id}", get(socket))
            .with_state(platform.clone());
        tokio::spawn(async move { serve(listener, router).await });
        platform
    }

    pub(crate) fn client(&self) -> Client {
        let credentials = Credentials {
            client_id: "id".to_owned(),
            secret: "secret".into(),
        };
        let endpoints = Endpoints::at(&self.url, &self.url).unwrap();
        Client::new(Config::new(endpoints, credentials)).unwrap()
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
    let mut channels = platform.channels.lock().unwrap();
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

async fn socket(upgrade: WebSocketUpgrade, headers: HeaderMap) -> Response {
    assert!(!headers.contains_key("authorization"));
    upgrade.on_upgrade(answer_pings)
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
