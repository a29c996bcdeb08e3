//! What a program gets.

use gc_auth::{Client, Error, Request};
use serde::Deserialize;

use crate::server::{Reply, Server};
use crate::watcher::{client, config, config_at, get};

/// gzip of 100,000 zeros.
const GZIPPED_ZEROS: &[u8] = &[
    31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 237, 193, 49, 1, 0, 0, 0, 194, 160, 74, 235, 159, 206, 26,
    30, 64, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 175, 6, 133, 194, 77, 197, 160, 134, 1, 0,
];

#[derive(Debug, Deserialize)]
struct Small {
    value: u32,
}

#[tokio::test]
async fn answer_has_status_body_and_correlation_id() {
    let server = Server::start([]).await;
    let answer = client(&server).send(get()).await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.correlation_id.as_deref(), Some("c0rr-1"));
    assert_eq!(answer.json::<Small>().unwrap().value, 7);
}

#[tokio::test]
async fn wrong_json_is_described_without_its_content() {
    let server = Server::start([Reply::body(200, r#"{"value":"Jane Doe"}"#)]).await;
    let answer = client(&server).send(get()).await.unwrap();
    let error = answer.json::<Small>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /things/{id}: unexpected JSON (data) at line 1, column 19"
    );
    assert!(!format!("{error:?} {answer:?}").contains("Jane"));
}

#[tokio::test]
async fn query_is_encoded_and_prefix_kept() {
    let server = Server::start([]).await;
    let api = format!("{}/gate/way/", server.url);
    let client = Client::new(config_at(&api, &server.url)).unwrap();
    client
        .send(get().with_query("cursor", "a b&c=d").with_query("n", "1"))
        .await
        .unwrap();
    assert_eq!(
        server.calls()[0].target,
        "GET /gate/way/things/1?cursor=a+b%26c%3Dd&n=1"
    );
}

#[tokio::test]
async fn compressed_answers_are_asked_for_and_handed_on_decompressed() {
    // gzip of {"value":8}.
    const GZIP: &[u8] = &[
        31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 171, 86, 42, 75, 204, 41, 77, 85, 178, 178, 168, 5, 0,
        155, 89, 19, 62, 11, 0, 0, 0,
    ];
    let server = Server::start([Reply::Gzip(GZIP)]).await;
    let answer = client(&server).send(get()).await.unwrap();
    assert_eq!(answer.json::<Small>().unwrap().value, 8);
    assert_eq!(server.calls()[0].header("accept-encoding"), "gzip");
}

#[tokio::test]
async fn answer_beyond_the_limit_is_refused() {
    let text: &'static str = "0123456789".repeat(10).leak();
    for reply in [
        Reply::body(200, text),
        Reply::Gzip(GZIPPED_ZEROS),
        Reply::Drip,
    ] {
        let server = Server::start([reply]).await;
        let client = Client::new(config(&server).with_body_limit(99)).unwrap();
        let error = client.send(Request::get("x", "/x")).await.unwrap_err();
        assert!(
            matches!(error, Error::BodyTooLarge { limit: 99, .. }),
            "{error}"
        );
    }
}

#[tokio::test]
async fn large_answer_arrives_whole() {
    let text: &'static str = "0123456789".repeat(2_000_000).leak();
    let server = Server::start([Reply::body(200, text)]).await;
    let answer = client(&server).send(get()).await.unwrap();
    assert!(answer.body == text.as_bytes());
}
