//! The query: completeness, filters, order, and single conversations.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::client::{Client, body, config, first, ids, read};

fn segment(dimension: &str, value: &str) -> Value {
    let predicate = json!({ "type": "dimension", "dimension": dimension, "operator": "matches", "value": value });
    json!([{ "type": "and", "predicates": [predicate] }])
}

#[tokio::test]
async fn pages_of_the_query_are_the_day_exactly_without_attributes() {
    let client = Client::start(config()).await;
    let truth = client.sim.control().conversations(first());
    for size in [7, 58, 100] {
        assert_eq!(client.query_all(body(first()), size).await, truth.ids());
    }
    let (_, page) = client.query(&body(first())).await;
    assert_eq!(page["totalHits"], truth.len());
    assert_eq!(ids(&page).len(), 25);
    let mut expected: Value = serde_json::from_slice(truth.iter().next().unwrap()).unwrap();
    for participant in expected["participants"].as_array_mut().unwrap() {
        participant.as_object_mut().unwrap().remove("attributes");
    }
    assert_eq!(page["conversations"][0], expected);
}

#[tokio::test]
async fn query_returns_whole_days_however_short_the_interval() {
    let client = Client::start(config()).await;
    let asked = json!({ "interval": "2026-11-01T12:00:00Z/2026-11-02T00:00:00.001Z" });
    let two_days = client.query_all(asked, 100).await.len();
    assert_eq!(
        two_days,
        client.sim.control().conversations(first()).len() * 2
    );
}

#[tokio::test]
async fn empty_answer_is_an_empty_object() {
    let client = Client::start(config()).await;
    let (_, answer) = client.query(&body("2026-01-01".parse().unwrap())).await;
    assert_eq!(answer, json!({}));
}

#[tokio::test]
async fn media_filters_partition_the_day() {
    let mut large = config();
    large.world.conversations_per_day = 300;
    let client = Client::start(large).await;
    let mut seen = BTreeSet::new();
    let mut total = 0;
    let media = [
        "voice",
        "chat",
        "callback",
        "email",
        "message",
        "video",
        "cobrowse",
        "screenshare",
        "internalmessage",
    ];
    for media in media {
        let mut asked = body(first());
        asked["segmentFilters"] = segment("mediaType", media);
        let found = client.query_all(asked, 100).await;
        total += found.len();
        seen.extend(found);
    }
    let truth: BTreeSet<String> = client
        .sim
        .control()
        .conversations(first())
        .ids()
        .into_iter()
        .collect();
    assert_eq!((total, seen), (truth.len(), truth));
}

#[tokio::test]
async fn exists_and_not_exists_partition_the_day() {
    let client = Client::start(config()).await;
    for dimension in [
        "conversationEnd",
        "mediaStatsMinConversationMos",
        "originatingSocialMediaPublic",
    ] {
        let mut counts = Vec::new();
        for operator in ["exists", "notExists"] {
            let predicate = json!({ "dimension": dimension, "operator": operator });
            let mut asked = body(first());
            asked["conversationFilters"] = json!([{ "type": "or", "clauses": [{ "type": "and", "predicates": [predicate] }] }]);
            counts.push(client.query_all(asked, 100).await.len());
        }
        let all = client.sim.control().conversations(first()).len();
        assert_eq!(counts.iter().sum::<usize>(), all, "{dimension}: {counts:?}");
    }
}

#[tokio::test]
async fn ranges_and_ids_choose_what_they_name() {
    let client = Client::start(config()).await;
    let wanted = client.sim.control().conversations(first()).ids().remove(3);
    let mut asked = body(first());
    asked["conversationFilters"] = segment("conversationId", &wanted);
    assert_eq!(client.query_all(asked, 100).await, [wanted]);
    let ranges = [json!({ "lt": 4.0 }), json!({ "gte": 4.0 })];
    let mut asked = body(first());
    let mut counts = Vec::new();
    for range in ranges {
        let predicate = json!({ "dimension": "mediaStatsMinConversationMos", "range": range });
        asked["conversationFilters"] = json!([{ "type": "and", "predicates": [predicate] }]);
        counts.push(client.query_all(asked.clone(), 100).await.len());
    }
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
}

#[tokio::test]
async fn order_is_honoured() {
    let client = Client::start(config()).await;
    let mut asked = body(first());
    asked["order"] = json!("desc");
    let mut backwards = client.query_all(asked, 100).await;
    backwards.reverse();
    assert_eq!(backwards, client.sim.control().conversations(first()).ids());
}

#[tokio::test]
async fn conversations_are_found_by_their_ids() {
    let client = Client::start(config()).await;
    let known = client.sim.control().conversations(first()).ids();
    let one = format!("/api/v2/analytics/conversations/{}/details", known[5]);
    let (_, found) = read(client.get(&one).send().await.unwrap()).await;
    assert_eq!(found["conversationId"], known[5]);
    let two = format!(
        "/api/v2/analytics/conversations/details?id={}&id={}",
        known[1], known[9]
    );
    let (_, found) = read(client.get(&two).send().await.unwrap()).await;
    assert_eq!(ids(&found), [known[1].clone(), known[9].clone()]);
    let none = "/api/v2/analytics/conversations/4ad8503c-1224-43ca-8b08-06b444c565ef/details";
    assert_eq!(client.get(none).send().await.unwrap().status(), 404);
}
