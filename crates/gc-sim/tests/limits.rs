//! Limits, refusals and their texts; token and rate.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Client, JOBS, body, config, first, read};

#[tokio::test]
async fn long_intervals_deep_pages_and_large_pages_are_refused_in_the_platforms_words() {
    let client = Client::start(config()).await;
    let cases = [
        (
            json!({ "interval": "2026-11-01T00:00:00Z/2026-11-09T00:00:00Z" }),
            "You must specify a search interval as part of your query that does not exceed 7 days",
        ),
        (
            json!({ "interval": "2026-11-01T00:00:00Z/2026-11-02T00:00:00Z", "paging": { "pageSize": 100, "pageNumber": 1001 } }),
            "Pagination may not exceed 100000 results.",
        ),
        (
            json!({ "interval": "2026-11-01T00:00:00Z/2026-11-02T00:00:00Z", "paging": { "pageSize": 101 } }),
            "Page size",
        ),
        (json!({ "interval": "yesterday" }), "interval"),
        (json!({}), "interval is required"),
        (
            json!({ "interval": "2026-11-01/2026-11-02", "view": "raw" }),
            "view",
        ),
    ];
    for (asked, text) in cases {
        let (status, answer) = client.query(&asked).await;
        assert_eq!(
            (status, &answer["code"]),
            (StatusCode::BAD_REQUEST, &json!("bad.request"))
        );
        assert!(
            answer["message"].as_str().unwrap().contains(text),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn unknown_dimensions_are_refused() {
    let client = Client::start(config()).await;
    for (filters, dimension) in [
        ("conversationFilters", "mediaType"),
        ("segmentFilters", "colour"),
    ] {
        let mut asked = body(first());
        asked[filters] =
            json!([{ "type": "and", "predicates": [{ "dimension": dimension, "value": "x" }] }]);
        assert_eq!(
            client.query(&asked).await.0,
            StatusCode::BAD_REQUEST,
            "{dimension}"
        );
    }
}

#[tokio::test]
async fn wrong_clients_get_no_token() {
    let client = Client::start(config()).await;
    let (id, secret) = (client.sim.client_id(), client.sim.client_secret());
    let form = "grant_type=client_credentials";
    let cases = [
        ("nobody", secret, form, "client not found"),
        (id, "guess", form, "authentication failed"),
        (id, secret, "grant_type=password", "unsupported grant type"),
    ];
    for (id, secret, form, text) in cases {
        let (status, answer) = client.grant(id, secret, form).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(
            (&answer["description"], &answer["error_description"]),
            (&json!(text), &json!(text))
        );
    }
}

#[tokio::test]
async fn requests_without_a_good_token_are_refused() {
    let mut short = config();
    short.token_lifetime = Duration::from_millis(1);
    let mut client = Client::start(short).await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let (status, answer) = client.query(&body(first())).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::UNAUTHORIZED, &json!("bad.credentials"))
    );
    client.token = String::new();
    assert_eq!(
        client.query(&body(first())).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn revoked_tokens_are_refused_and_new_ones_work() {
    let mut client = Client::start(config()).await;
    client.sim.control().revoke_tokens();
    assert_eq!(
        client.query(&body(first())).await.0,
        StatusCode::UNAUTHORIZED
    );
    client.renew().await;
    assert_eq!(client.query(&body(first())).await.0, StatusCode::OK);
}

#[tokio::test]
async fn rate_is_counted_in_headers_and_exceeding_it_is_refused() {
    let mut tight = config();
    tight.rate_limit = 2;
    tight.rate_interval = Duration::from_millis(1500);
    let client = Client::start(tight).await;
    for count in ["1", "2"] {
        let answer = client.get("/api/v2/users").send().await.unwrap();
        assert_eq!(answer.headers()["inin-ratelimit-count"], count);
        assert_eq!(answer.headers()["inin-ratelimit-allowed"], "2");
        assert!(answer.headers().contains_key("inin-correlation-id"));
    }
    let refused = client.get("/api/v2/users").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.headers()["retry-after"], "2");
    let (_, answer) = read(refused).await;
    let message = answer["message"].as_str().unwrap();
    assert_eq!(
        message,
        "Rate limit exceeded the maximum. Retry the request in [2] seconds"
    );
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(
        client.get("/api/v2/users").send().await.unwrap().status(),
        StatusCode::OK
    );
}

#[tokio::test]
async fn missing_permission_is_named() {
    let client = Client::start(config()).await;
    client
        .sim
        .control()
        .deny("analytics:conversationDetail:view");
    let (status, answer) = client.query(&body(first())).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("analytics:conversationDetail:view")
    );
    let (status, _) = read(
        client
            .get(&format!("{JOBS}/availability"))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    client
        .sim
        .control()
        .allow("analytics:conversationDetail:view");
    assert_eq!(client.query(&body(first())).await.0, StatusCode::OK);
}

#[tokio::test]
async fn requests_are_counted_by_operation() {
    let client = Client::start(config()).await;
    let job = client.submit(&body(first())).await;
    client.state(&job).await;
    client.state("nonsense").await;
    let counts = client.sim.control().request_counts();
    let states = "GET /api/v2/analytics/conversations/details/jobs/{jobId}";
    assert_eq!((counts["POST /oauth/token"], counts[states]), (1, 2));
    assert_eq!(client.sim.control().requests().len(), 4);
}

#[tokio::test]
async fn answers_are_compressed_only_when_asked_for() {
    let mut small = config();
    small.gzip = true;
    let client = Client::start(small).await;
    let request = client
        .get("/api/v2/users")
        .header("accept-encoding", "identity");
    let plain: Value = request.send().await.unwrap().json().await.unwrap();
    let packed = client.get("/api/v2/users").send().await.unwrap();
    assert_eq!(packed.json::<Value>().await.unwrap(), plain);
}
