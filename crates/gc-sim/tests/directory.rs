//! Queues and users.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::client::{Client, config, read};

#[tokio::test]
async fn pages_of_users_and_queues_are_complete() {
    let client = Client::start(config()).await;
    for (path, total) in [("/api/v2/users", 60), ("/api/v2/routing/queues", 12)] {
        let mut ids = BTreeSet::new();
        let mut next = Some(format!("{path}?pageSize=25"));
        while let Some(uri) = next {
            let (_, page) = read(client.get(&uri).send().await.unwrap()).await;
            assert_eq!(page["total"], total);
            let entities = page["entities"].as_array().unwrap().clone();
            ids.extend(
                entities
                    .iter()
                    .map(|one| one["id"].as_str().unwrap().to_owned()),
            );
            next = page
                .get("nextUri")
                .and_then(Value::as_str)
                .map(str::to_owned);
        }
        assert_eq!(ids.len(), total);
    }
}
