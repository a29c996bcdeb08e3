//! The token's life.

use std::time::Duration;

use gc_core::{Class, Classify};

use crate::server::{Reply, Server};
use crate::watcher::{client, get, watched};

const REFUSED: &str = r#"{"code":"bad.credentials","message":"Invalid login credentials."}"#;

#[tokio::test]
async fn many_requests_share_one_request_for_a_token() {
    let server = Server::start([]).await;
    server.delay_login(Duration::from_millis(50));
    let client = client(&server);
    let sends = (0..50).map(|_| client.send(get()));
    for answer in futures::future::join_all(sends).await {
        assert_eq!(answer.unwrap().status, 200);
    }
    assert_eq!(server.logins().len(), 1);
    assert_eq!(server.calls().len(), 50);
}

#[tokio::test]
async fn token_request_is_basic_auth_and_one_form_field() {
    let server = Server::start([]).await;
    client(&server).send(get()).await.unwrap();
    let login = &server.logins()[0];
    assert!(login.header("authorization").starts_with("Basic "));
    assert_eq!(
        login.header("content-type"),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(&login.body[..], b"grant_type=client_credentials");
    assert_eq!(server.calls()[0].header("authorization"), "Bearer t0k3n-1");
}

#[tokio::test]
async fn token_is_renewed_before_it_ends() {
    let server = Server::start([]).await;
    server.set_life(2);
    let client = client(&server);
    client.send(get()).await.unwrap();
    client.send(get()).await.unwrap();
    assert_eq!(server.logins().len(), 1);
    // Nine tenths of its life, and a little.
    tokio::time::sleep(Duration::from_millis(1850)).await;
    client.send(get()).await.unwrap();
    assert_eq!(server.logins().len(), 2);
    assert_eq!(server.calls()[2].header("authorization"), "Bearer t0k3n-2");
}

#[tokio::test]
async fn token_that_cannot_be_renewed_is_used_to_its_end() {
    let server = Server::start([]).await;
    server.set_life(3);
    let client = client(&server);
    client.send(get()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(2750)).await;
    server.script_login([Reply::status(503)]);
    client.send(get()).await.unwrap();
    assert_eq!(server.logins().len(), 2);
    assert_eq!(server.calls()[1].header("authorization"), "Bearer t0k3n-1");
}

#[tokio::test]
async fn refused_token_is_renewed_once_and_the_request_sent_again() {
    let server = Server::start([Reply::status(200), Reply::body(401, REFUSED)]).await;
    let (client, watcher) = watched(&server);
    client.send(get()).await.unwrap();
    client.send(get()).await.unwrap();
    let tokens: Vec<_> = server
        .calls()
        .iter()
        .map(|call| call.header("authorization").to_owned())
        .collect();
    assert_eq!(
        tokens,
        ["Bearer t0k3n-1", "Bearer t0k3n-1", "Bearer t0k3n-2"]
    );
    assert_eq!(watcher.sent(), 5);
    assert_eq!(
        watcher.mended(),
        ["GET /things/{id}: access token refused and renewed"]
    );
}

#[tokio::test]
async fn refused_fresh_token_needs_a_person() {
    let server = Server::start([Reply::body(401, REFUSED), Reply::body(401, REFUSED)]).await;
    let error = client(&server).send(get()).await.unwrap_err();
    assert!(matches!(error.class(), Class::Operator { .. }), "{error}");
    assert!(
        error.to_string().contains("Invalid login credentials."),
        "{error}"
    );
    assert_eq!((server.logins().len(), server.calls().len()), (2, 2));
}

#[tokio::test]
async fn failing_login_host_is_asked_again() {
    let server = Server::start([]).await;
    server.script_login([
        Reply::body(503, "<html>busy</html>"),
        Reply::Status(429, ("retry-after", "0"), ""),
        Reply::Reset,
    ]);
    let (client, watcher) = watched(&server);
    client.send(get()).await.unwrap();
    assert_eq!((server.logins().len(), server.calls().len()), (4, 1));
    assert_eq!(watcher.sent(), 5);
}

#[tokio::test]
async fn requests_that_wait_for_one_token_share_its_failure() {
    let server = Server::start([]).await;
    server.delay_login(Duration::from_millis(50));
    let refused = r#"{"error":"invalid_client","description":"client not found"}"#;
    server.script_login([Reply::body(400, refused)]);
    let client = client(&server);
    let sends = (0..20).map(|_| client.send(get()));
    for answer in futures::future::join_all(sends).await {
        assert!(answer.is_err());
    }
    assert_eq!(server.logins().len(), 1);
}
