//! Hand-made records in place of made-up ones, and the controls over HTTP.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::client::{Client, body, config, first, job_body, read};

#[tokio::test]
async fn hand_made_records_replace_their_days_and_keep_their_bytes() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let with = r#"{ "conversationId": "b", "conversationStart": "2026-11-01T10:00:00Z", "odd":  [1.50], "participants": [{"attributes" : {"a": "1"} , "purpose":"agent"}, {"purpose":"acd", "attributes":{}}]}"#;
    let plain = r#"{"conversationStart":"2026-11-01T09:00:00Z","conversationId":"a"}"#;
    writeln!(file, "{with}\n{plain}").unwrap();
    let mut made = config();
    made.records = Some(file.path().to_owned());
    let client = Client::start(made).await;
    let control = client.sim.control();
    let truth = control.conversations(first());
    assert_eq!(
        truth.iter().collect::<Vec<_>>(),
        [plain.as_bytes(), with.as_bytes()]
    );
    assert_eq!(client.job_all(&job_body(first()), 1).await, ["a", "b"]);
    let (_, page) = client.query(&body(first())).await;
    let participants = json!([{ "purpose": "agent" }, { "purpose": "acd" }]);
    assert_eq!(page["conversations"][1]["participants"], participants);
    assert_eq!(page["conversations"][1]["odd"], json!([1.5]));
    assert_eq!(control.conversations(first().next()).len(), 58);
}

#[tokio::test]
async fn controls_over_http_do_what_the_library_does() {
    let client = Client::start(config()).await;
    let control = client.sim.control();
    client
        .post(
            "/_sim/watermark",
            &json!({ "dataAvailabilityDate": "2026-11-02T00:00:00Z" }),
        )
        .send()
        .await
        .unwrap();
    assert_eq!(control.watermark(), first().next().start());
    let before = control.conversations(first()).len();
    client
        .post("/_sim/late-changes", &json!({ "date": first() }))
        .send()
        .await
        .unwrap();
    assert_eq!(control.conversations(first()).len(), before + 2);
    let lines = client
        .get("/_sim/conversations?date=2026-11-01")
        .send()
        .await
        .unwrap();
    assert_eq!(lines.text().await.unwrap().lines().count(), before + 2);
    let (_, state) = read(client.get("/_sim/state").send().await.unwrap()).await;
    assert_eq!(
        state["days"][0],
        json!({ "date": "2026-11-01", "lateChanges": true })
    );
    assert_eq!(state["requests"]["POST /oauth/token"], 1);
    client
        .post("/_sim/revoke-tokens", &Value::Null)
        .send()
        .await
        .unwrap();
    assert_eq!(client.query(&body(first())).await.0, 401);
}
