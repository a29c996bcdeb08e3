//! Jobs: completeness, watermark, states, slots, orphans.

use jiff::ToSpan;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Client, JOBS, body, config, first, ids, job_body, read};

#[tokio::test]
async fn pages_of_a_job_are_the_day_exactly_with_attributes() {
    let client = Client::start(config()).await;
    let truth = client.sim.control().conversations(first());
    for size in [7, 58, 1000] {
        let pages = client.job_pages(&job_body(first()), size).await;
        let rows: Vec<Value> = pages
            .iter()
            .filter_map(|page| page["conversations"].as_array())
            .flatten()
            .cloned()
            .collect();
        let expected: Vec<Value> = truth
            .iter()
            .map(|raw| serde_json::from_slice(raw).unwrap())
            .collect();
        assert_eq!(rows, expected);
    }
}

#[tokio::test]
async fn job_beyond_the_watermark_succeeds_and_omits_the_rest() {
    let client = Client::start(config()).await;
    let control = client.sim.control();
    let all = client.job_all(&job_body(first()), 100).await;
    control.set_watermark(first().start() + 12.hours());
    let some = client.job_all(&job_body(first()), 100).await;
    assert!(some.len() < all.len() && !some.is_empty());
    assert_eq!(some, all[..some.len()]);
    assert_eq!(client.query_all(body(first()), 50).await, all);
}

#[tokio::test]
async fn job_without_day_matching_returns_older_conversations_that_were_active() {
    let mut large = config();
    large.world.conversations_per_day = 300;
    let client = Client::start(large).await;
    let second = first().next();
    let matched = client.job_all(&job_body(second), 1000).await;
    let active = client.job_all(&body(second), 1000).await;
    assert!(active.len() > matched.len());
    assert!(matched.iter().all(|id| active.contains(id)));
}

#[tokio::test]
async fn job_is_queued_then_pending_then_fulfilled() {
    let mut slow = config();
    slow.job_queued_polls = 1;
    slow.job_pending_polls = 2;
    let client = Client::start(slow).await;
    let job = client.submit(&job_body(first())).await;
    let (status, _) = client.results(&job, 10, None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    for expected in ["QUEUED", "PENDING", "PENDING", "FULFILLED", "FULFILLED"] {
        assert_eq!(client.state(&job).await, expected);
    }
}

#[tokio::test]
async fn jobs_beyond_the_cap_wait_until_a_slot_is_freed() {
    let mut capped = config();
    capped.concurrent_jobs = 1;
    let client = Client::start(capped).await;
    let one = client.submit(&job_body(first())).await;
    let two = client.submit(&job_body(first())).await;
    assert_eq!(client.state(&one).await, "FULFILLED");
    assert_eq!(client.state(&two).await, "QUEUED");
    assert_eq!(client.sim.control().live_jobs().len(), 2);
    client
        .delete(&format!("{JOBS}/{one}"))
        .send()
        .await
        .unwrap();
    assert_eq!(client.state(&two).await, "FULFILLED");
    assert_eq!(client.sim.control().live_jobs(), [two]);
    let (status, _) = client.results(&one, 10, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn job_refuses_what_only_the_query_knows() {
    let client = Client::start(config()).await;
    for field in ["paging", "aggregations", "size"] {
        let mut asked = job_body(first());
        asked[field] = json!({});
        let (status, answer) = read(client.post(JOBS, &asked).send().await.unwrap()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(
            answer["message"].as_str().unwrap().contains(field),
            "{answer}"
        );
    }
    let month = json!({ "interval": "2026-09-01T00:00:00Z/2026-11-01T00:00:00Z" });
    assert_eq!(
        client.post(JOBS, &month).send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn watermark_is_served_without_decimals_and_quoted_by_results() {
    let client = Client::start(config()).await;
    let answer = client
        .get(&format!("{JOBS}/availability"))
        .send()
        .await
        .unwrap();
    let (_, answer) = read(answer).await;
    assert_eq!(answer["dataAvailabilityDate"], "2026-11-20T00:00:00Z");
    let pages = client.job_pages(&job_body(first()), 1000).await;
    assert_eq!(
        pages[0]["dataAvailabilityDate"],
        answer["dataAvailabilityDate"]
    );
}

#[tokio::test]
async fn empty_page_has_no_conversations_at_all() {
    let client = Client::start(config()).await;
    let nothing = job_body("2026-01-01".parse().unwrap());
    let pages = client.job_pages(&nothing, 10).await;
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].get("conversations"), None);
    assert!(ids(&pages[0]).is_empty());
}
