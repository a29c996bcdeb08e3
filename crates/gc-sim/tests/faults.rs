//! Every fault does what it says, as often as it says.

use std::time::{Duration, Instant};

use gc_sim::{Fault, Faults, Rule, When};
use reqwest::StatusCode;
use serde_json::json;

use crate::client::{Client, JOBS, QUERY, RESULTS, body, config, first, ids, job_body, read};

const ASK: &str = "POST /api/v2/analytics/conversations/details/query";

async fn with(rule: Rule) -> Client {
    let mut faulty = config();
    faulty.faults = [rule].into_iter().collect();
    Client::start(faulty).await
}

#[tokio::test]
async fn fault_strikes_after_skip_and_as_many_times_as_it_says() {
    let client = with(
        Rule::on(ASK)
            .skip(1)
            .times(2)
            .fault(Fault::ServerError { status: 503 }),
    )
    .await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(client.query(&body(first())).await.0.as_u16());
    }
    assert_eq!(statuses, [200, 503, 503, 200]);
}

#[tokio::test]
async fn gateway_errors_are_html() {
    let client = with(Rule::on("* /api/v2/**").fault(Fault::ServerError { status: 502 })).await;
    let answer = client.get("/api/v2/users").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    assert!(answer.text().await.unwrap().starts_with("<html>"));
}

#[tokio::test]
async fn too_many_requests_name_the_time_to_wait() {
    let client = with(Rule::on(ASK).fault(Fault::TooManyRequests {
        retry_after_seconds: 7,
    }))
    .await;
    let answer = client.post(QUERY, &body(first())).send().await.unwrap();
    assert_eq!(
        (answer.status().as_u16(), &answer.headers()["retry-after"]),
        (429, &"7".parse().unwrap())
    );
}

#[tokio::test]
async fn reset_before_the_work_leaves_no_job_and_after_it_leaves_one() {
    for (when, jobs) in [(When::Before, 0), (When::After, 1)] {
        let client = with(
            Rule::on("POST /api/v2/analytics/conversations/details/jobs")
                .fault(Fault::Reset { when }),
        )
        .await;
        assert!(client.post(JOBS, &job_body(first())).send().await.is_err());
        assert_eq!(client.sim.control().live_jobs().len(), jobs, "{when:?}");
    }
}

#[tokio::test]
async fn cut_body_breaks_off_and_truncated_json_does_not() {
    let client = with(Rule::on(ASK).fault(Fault::CutBody)).await;
    let answer = client.post(QUERY, &body(first())).send().await.unwrap();
    assert!(answer.content_length().unwrap() > 1000);
    assert!(answer.bytes().await.is_err());
    let client = with(Rule::on(ASK).fault(Fault::TruncatedJson)).await;
    let answer = client.post(QUERY, &body(first())).send().await.unwrap();
    let bytes = answer.bytes().await.unwrap();
    assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_err());
}

#[tokio::test]
async fn hang_ends_without_an_answer_and_delay_with_the_right_one() {
    let client = with(Rule::on(ASK).fault(Fault::Hang { ms: 50 })).await;
    assert!(client.post(QUERY, &body(first())).send().await.is_err());
    let client = with(Rule::on(ASK).fault(Fault::Delay { ms: 50 })).await;
    let began = Instant::now();
    assert_eq!(client.query(&body(first())).await.0, StatusCode::OK);
    assert!(began.elapsed() >= Duration::from_millis(50));
}

#[tokio::test]
async fn token_revoked_takes_the_token_until_it_is_renewed() {
    let mut client = with(Rule::on(ASK).times(1).fault(Fault::TokenRevoked)).await;
    assert_eq!(
        client.query(&body(first())).await.0,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        client.query(&body(first())).await.0,
        StatusCode::UNAUTHORIZED
    );
    client.renew().await;
    assert_eq!(client.query(&body(first())).await.0, StatusCode::OK);
}

#[tokio::test]
async fn jobs_expire_and_fail_on_request() {
    let client = with(Rule::on(RESULTS).times(1).fault(Fault::JobExpires)).await;
    let job = client.submit(&job_body(first())).await;
    assert_eq!(client.state(&job).await, "FULFILLED");
    assert_eq!(
        client.results(&job, 10, None).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(client.state(&job).await, "EXPIRED");
    let status = "GET /api/v2/analytics/conversations/details/jobs/{jobId}";
    client
        .sim
        .control()
        .add_fault(Rule::on(status).fault(Fault::JobFails));
    let job = client.submit(&job_body(first())).await;
    assert_eq!(client.state(&job).await, "FAILED");
    assert!(client.sim.control().live_jobs().is_empty());
}

#[tokio::test]
async fn repeated_rows_come_from_the_page_before() {
    let client = with(
        Rule::on(RESULTS)
            .skip(1)
            .times(1)
            .fault(Fault::RepeatRows { rows: 2 }),
    )
    .await;
    let truth = client.sim.control().conversations(first()).ids();
    let rows = client.job_all(&job_body(first()), 20).await;
    assert_eq!(rows[..20], truth[..20]);
    assert_eq!(rows[20..], truth[18..]);
}

#[tokio::test]
async fn same_cursor_comes_twice() {
    let client = with(
        Rule::on(RESULTS)
            .skip(1)
            .times(1)
            .fault(Fault::RepeatCursor),
    )
    .await;
    let job = client.submit(&job_body(first())).await;
    client.state(&job).await;
    let (_, one) = client.results(&job, 20, None).await;
    let (_, two) = client.results(&job, 20, one["cursor"].as_str()).await;
    assert_eq!(one["cursor"], two["cursor"]);
}

#[tokio::test]
async fn total_moves_up_and_down() {
    let client = with(Rule::on(ASK).fault(Fault::ShiftTotal { by: 3 })).await;
    let total = client.sim.control().conversations(first()).len();
    for expected in [total + 3, total - 3, total + 3] {
        assert_eq!(client.query(&body(first())).await.1["totalHits"], expected);
    }
}

#[tokio::test]
async fn rows_are_dropped_from_the_job_the_page_or_the_query() {
    let drop = || Fault::DropRows {
        rows: 5,
        date: None,
    };
    let total = 58;
    let client =
        with(Rule::on("POST /api/v2/analytics/conversations/details/*").fault(drop())).await;
    assert_eq!(client.sim.control().conversations(first()).len(), total);
    assert_eq!(
        client.job_all(&job_body(first()), 10).await.len(),
        total - 5
    );
    assert_eq!(client.query_all(body(first()), 10).await.len(), total - 5);
    let client = with(Rule::on(RESULTS).times(1).fault(drop())).await;
    assert_eq!(
        client.job_all(&job_body(first()), 10).await.len(),
        total - 5
    );
    let other = Fault::DropRows {
        rows: 5,
        date: Some(first().next()),
    };
    let client = with(Rule::on(ASK).fault(other)).await;
    assert_eq!(client.query_all(body(first()), 10).await.len(), total);
}

#[tokio::test]
async fn records_of_any_shape_are_injected() {
    let odd = [json!({ "conversationId": 7 }), json!("text"), json!(null)];
    let client = with(Rule::on(ASK).fault(Fault::inject(odd.clone()))).await;
    let (_, page) = client.query(&body(first())).await;
    assert_eq!(page["conversations"].as_array().unwrap()[25..], odd);
}

#[tokio::test]
async fn unordered_page_has_the_same_rows() {
    let client = with(Rule::on(ASK).fault(Fault::UnorderedPage)).await;
    let mut rows = ids(&client.query(&body(first())).await.1);
    let truth = client.sim.control().conversations(first()).ids();
    assert_ne!(rows, truth[..25]);
    rows.reverse();
    assert_eq!(rows, truth[..25]);
}

#[tokio::test]
async fn first_rule_that_matches_wins() {
    let mut faulty = config();
    faulty.faults = Faults::parse(
        r#"[ {"on": "GET /api/v2/users", "times": 1, "fault": {"apiError": {"status": 404, "code": "x", "message": "y"}}},
             {"on": "* /api/v2/**", "fault": {"serverError": {"status": 500}}} ]"#,
    )
    .unwrap();
    let client = Client::start(faulty).await;
    let (status, answer) = read(client.get("/api/v2/users").send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &answer["code"]), (404, &json!("x")));
    assert_eq!(
        client.get("/api/v2/users").send().await.unwrap().status(),
        500
    );
    client.sim.control().clear_faults();
    assert_eq!(
        client.get("/api/v2/users").send().await.unwrap().status(),
        200
    );
}

#[test]
fn mistakes_in_a_list_of_faults_are_named() {
    let cases = [
        (r#"[{"on": "GET /a", "fault": "explode"}]"#, "explode"),
        (
            r#"[{"on": "GET /a", "fault": "cutBody", "time": 1}]"#,
            "time",
        ),
        (
            r#"[{"on": "GET /a", "fault": {"delay": {"seconds": 1}}}]"#,
            "seconds",
        ),
        (
            r#"[{"on": "GET /a", "fault": {"serverError": {"status": 200}}}]"#,
            "200",
        ),
        (r#"[{"on": "/a", "fault": "cutBody"}]"#, "/a"),
        (
            r#"[{"on": "GET /a", "fault": {"inject": {"file": "/nowhere.json"}}}]"#,
            "nowhere",
        ),
    ];
    for (text, named) in cases {
        let error = Faults::parse(text).unwrap_err();
        assert!(
            gc_core::describe(&error).contains(named),
            "{}",
            gc_core::describe(&error)
        );
    }
}
