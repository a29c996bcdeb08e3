//! Connections that leave HTTP, and what a channel needs besides: a PUT, and the token's end.

use std::time::Duration;

use gc_auth::{Client, Error, Request};
use gc_core::{Class, Classify, describe};
use http::HeaderMap;
use http::header::{CONNECTION, HeaderValue, UPGRADE};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use crate::server::{Reply, Server};
use crate::watcher::{client, config};

const OPERATION: &str = "GET wss://streaming";
const SECRET_PATH: &str = "/channels/s3cr3t-channel";

fn headers() -> HeaderMap {
    HeaderMap::from_iter([
        (CONNECTION, HeaderValue::from_static("Upgrade")),
        (UPGRADE, HeaderValue::from_static("websocket")),
    ])
}

async fn refused(client: &Client, host: &str) -> Error {
    let url = Url::parse(&format!("{host}{SECRET_PATH}?s3cr3t")).unwrap();
    let error = client
        .upgrade(OPERATION, &url, headers())
        .await
        .unwrap_err();
    assert!(!describe(&error).contains("s3cr3t"), "{}", describe(&error));
    assert!(!format!("{error:?}").contains("s3cr3t"), "{error:?}");
    error
}

#[tokio::test]
async fn connection_that_leaves_http_carries_bytes_both_ways() {
    let server = Server::start([]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let other = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 4096];
        let read = stream.read(&mut asked).await.unwrap();
        let answer = b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nx-mark: 7\r\n\r\nhello";
        stream.write_all(answer).await.unwrap();
        let mut bytes = [0; 5];
        stream.read_exact(&mut bytes).await.unwrap();
        asked.truncate(read);
        (String::from_utf8(asked).unwrap(), bytes)
    });
    let url = Url::parse(&format!("http://{address}{SECRET_PATH}")).unwrap();
    let mut stream = client(&server)
        .upgrade(OPERATION, &url, headers())
        .await
        .unwrap();
    assert_eq!(stream.headers()["x-mark"], "7");
    let mut hello = [0; 5];
    stream.read_exact(&mut hello).await.unwrap();
    assert_eq!(&hello, b"hello");
    stream.write_all(b"world").await.unwrap();
    let (asked, world) = other.await.unwrap();
    assert_eq!(&world, b"world");
    assert!(asked.starts_with("GET /channels/"));
    assert!(!asked.to_lowercase().contains("authorization"));
    assert!(server.logins().is_empty());
}

#[tokio::test]
async fn answer_in_its_place_is_an_error_without_its_body() {
    let body = r#"{"message":"no channel s3cr3t-channel"}"#;
    let server = Server::start([404, 401, 503].map(|status| Reply::body(status, body))).await;
    let client = client(&server);
    assert!(matches!(
        refused(&client, &server.url).await,
        Error::NotFound { .. }
    ));
    assert!(matches!(
        refused(&client, &server.url).await,
        Error::TokenRefused { .. }
    ));
    assert!(matches!(
        refused(&client, &server.url).await,
        Error::Server { .. }
    ));
    assert!(matches!(
        refused(&client, &server.url).await,
        Error::Unexpected { .. }
    ));
}

#[tokio::test]
async fn silence_before_the_answer_is_not_waited_out() {
    let server = Server::start([Reply::Hang]).await;
    let config = config(&server).with_idle_timeout(Duration::from_millis(200));
    let error = refused(&Client::new(config).unwrap(), &server.url).await;
    assert!(matches!(error, Error::Timeout { .. }), "{error}");
}

#[tokio::test]
async fn plain_connection_is_for_loopback_alone() {
    let server = Server::start([]).await;
    let error = refused(&client(&server), "http://streaming.test.invalid").await;
    assert!(matches!(error, Error::PlainHttp { .. }), "{error}");
    assert!(matches!(error.class(), Class::Operator { .. }));
}

#[tokio::test]
async fn put_and_addition_are_repeated_and_creation_is_not() {
    let failures = || [Reply::status(503), Reply::status(503)];
    let server = Server::start(failures()).await;
    let put = Request::replace("PUT /x", "/x", &json!([1])).unwrap();
    client(&server).send(put).await.unwrap();
    assert_eq!(server.calls().len(), 3);
    assert_eq!(server.calls()[2].target, "PUT /x");
    assert_eq!(&server.calls()[2].body[..], b"[1]");

    let server = Server::start(failures()).await;
    let add = Request::add("POST /x", "/x", &json!([1])).unwrap();
    client(&server).send(add).await.unwrap();
    assert_eq!(server.calls().len(), 3);

    let server = Server::start(failures()).await;
    let create = Request::create_bare("POST /x", "/x");
    client(&server).send(create).await.unwrap_err();
    assert_eq!(server.calls().len(), 1);
    assert!(server.calls()[0].body.is_empty());
    assert_eq!(server.calls()[0].header("content-length"), "0");
}

#[tokio::test]
async fn discarded_token_is_renewed_once_for_all_who_had_it() {
    let server = Server::start([]).await;
    server.set_life(1000);
    let client = client(&server);
    let get = || Request::get("GET /x", "/x");
    let first = client.send(get()).await.unwrap().token;
    let same = client.send(get()).await.unwrap().token;
    assert_eq!(first.end(), same.end());
    let left = first.end() - tokio::time::Instant::now();
    assert!(left <= Duration::from_secs(1000) && left > Duration::from_secs(900));
    client.discard_token(&first).await;
    client.send(get()).await.unwrap();
    client.discard_token(&same).await;
    client.send(get()).await.unwrap();
    assert_eq!(server.logins().len(), 2);
}
