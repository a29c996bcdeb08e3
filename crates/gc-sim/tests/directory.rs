//! Lists of entities: complete, paged as the platform pages them, and with a name for every id.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::client::{Client, config, first, read};

/// The lists: name, path, and the parameters that show all there is, one reading after the other.
const LISTS: [(&str, &str, &[&str]); 10] = [
    ("queues", "/api/v2/routing/queues", &[""]),
    (
        "users",
        "/api/v2/users",
        &["&state=active", "&state=inactive", "&state=deleted"],
    ),
    ("wrapup_codes", "/api/v2/routing/wrapupcodes", &[""]),
    ("skills", "/api/v2/routing/skills", &[""]),
    ("languages", "/api/v2/routing/languages", &[""]),
    ("divisions", "/api/v2/authorization/divisions", &[""]),
    ("teams", "/api/v2/teams", &[""]),
    ("groups", "/api/v2/groups", &[""]),
    ("flows", "/api/v2/flows", &["&deleted=true"]),
    ("campaigns", "/api/v2/outbound/campaigns/all", &[""]),
];

/// Follows a list by the addresses it gives.
async fn follow(client: &Client, uri: String) -> Vec<Value> {
    let mut found = Vec::new();
    let mut next = Some(uri);
    while let Some(uri) = next {
        let (_, page) = read(client.get(&uri).send().await.unwrap()).await;
        found.extend(page["entities"].as_array().unwrap().iter().cloned());
        next = page["nextUri"].as_str().map(str::to_owned);
    }
    found
}

#[tokio::test]
async fn pages_of_every_list_are_complete() {
    let client = Client::start(config()).await;
    for (name, path, readings) in LISTS {
        let mut found = Vec::new();
        for parameters in readings {
            found.extend(follow(&client, format!("{path}?pageSize=3{parameters}")).await);
        }
        let all = client.sim.control().entities(name);
        assert!(all.len() > 1, "{name}");
        assert_eq!(found, all, "{name}");
    }
}

#[tokio::test]
async fn who_has_left_is_listed_only_when_asked_for() {
    let client = Client::start(config()).await;
    for (uri, total) in [
        ("/api/v2/users", 60),
        ("/api/v2/users?state=inactive", 1),
        ("/api/v2/users?state=deleted", 2),
        ("/api/v2/users?state=any", 63),
        ("/api/v2/flows", 8),
        ("/api/v2/flows?deleted=false", 8),
        ("/api/v2/flows?deleted=true", 9),
        ("/api/v2/routing/queues", 12),
    ] {
        let (_, page) = read(client.get(uri).send().await.unwrap()).await;
        assert_eq!(page["total"], total, "{uri}");
    }
}

/// Collects the texts of a key, wherever it stands.
fn collect(value: &Value, key: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if name == key {
                    let items = value.as_array().cloned();
                    let items = items.unwrap_or_else(|| vec![value.clone()]);
                    found.extend(items.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                collect(value, key, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, key, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_id_that_a_conversation_names_is_on_its_list() {
    let mut config = config();
    config.world.conversations_per_day = 2_000;
    let client = Client::start(config).await;
    let control = client.sim.control();
    let conversations = control.conversations(first());
    let records: Vec<Value> = conversations
        .iter()
        .map(|raw| serde_json::from_slice(raw).unwrap())
        .collect();
    for (key, list) in [
        ("queueId", "queues"),
        ("userId", "users"),
        ("proposedAgentId", "users"),
        ("wrapUpCode", "wrapup_codes"),
        ("requestedRoutingSkillIds", "skills"),
        ("activeSkillIds", "skills"),
        ("requestedLanguageId", "languages"),
        ("divisionIds", "divisions"),
        ("teamId", "teams"),
        ("agentGroupId", "teams"),
        ("groupId", "groups"),
        ("flowId", "flows"),
        ("outboundCampaignId", "campaigns"),
    ] {
        let mut used = BTreeSet::new();
        records.iter().for_each(|one| collect(one, key, &mut used));
        let listed = control.entities(list);
        let listed = listed
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned());
        let listed: BTreeSet<String> = listed.collect();
        let unknown: Vec<_> = used.difference(&listed).collect();
        assert!(!used.is_empty(), "{key}");
        assert!(unknown.is_empty(), "{key}: {unknown:?}");
    }
}

#[tokio::test]
async fn a_list_is_refused_to_who_lacks_its_permission() {
    let client = Client::start(config()).await;
    for (permission, path) in [
        ("routing:wrapupCode:view", "/api/v2/routing/wrapupcodes"),
        ("groups:team:view", "/api/v2/teams"),
        ("architect:flow:view", "/api/v2/flows"),
        ("outbound:campaign:view", "/api/v2/outbound/campaigns/all"),
    ] {
        client.sim.control().deny(permission);
        let (status, refusal) = read(client.get(path).send().await.unwrap()).await;
        assert_eq!(status, 403, "{path}");
        assert!(refusal["message"].as_str().unwrap().contains(permission));
    }
}
