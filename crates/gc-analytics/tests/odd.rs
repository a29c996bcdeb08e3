//! A platform that answers oddly: a clear error of the right class, no panic, no payload in the text.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use gc_analytics::{Error, Filter, JobSource, Platform, QuerySource};
use gc_core::{Class, Classify, describe};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{Registry, day, platform};

pub(crate) const SECRET: &str = "s3cr3t-payload";

/// A platform that answers by method and path.
pub(crate) struct Odd {
    pub(crate) platform: Platform,
    task: JoinHandle<()>,
}

impl Drop for Odd {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Odd {
    pub(crate) async fn start<F>(answer: F) -> Self
    where
        F: Fn(&str, &str) -> (u16, String) + Clone + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let handler = move |request: Request| {
            let uri = request.uri();
            let asked = format!("{} {}", request.method(), uri.path());
            let (status, body) = if uri.path() == "/oauth/token" {
                (
                    200,
                    r#"{"access_token":"t","token_type":"bearer","expires_in":3600}"#.to_owned(),
                )
            } else {
                answer(&asked, uri.query().unwrap_or_default())
            };
            let mut response = Response::new(axum::body::Body::from(body));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            std::future::ready(response)
        };
        let router = Router::new().fallback(handler);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        let platform = platform(&url, "x", &CancellationToken::new());
        Self { platform, task }
    }

    pub(crate) fn job(&self) -> (JobSource, Arc<Registry>) {
        let registry = Arc::<Registry>::default();
        let told = Arc::clone(&registry);
        (
            JobSource::new(
                self.platform.clone(),
                registry,
                day(),
                &Filter::default(),
                100,
            ),
            told,
        )
    }
}

/// Answers a job's way to its results.
pub(crate) fn job_answers(asked: &str, results: impl FnOnce() -> (u16, String)) -> (u16, String) {
    let (method, path) = asked.split_once(' ').unwrap();
    match method {
        "POST" => (202, r#"{"jobId":"j1"}"#.to_owned()),
        "DELETE" => (200, String::new()),
        _ if path.ends_with("/results") => results(),
        _ => (200, r#"{"state":"FULFILLED"}"#.to_owned()),
    }
}

fn assert_clear(error: &Error) {
    let text = describe(error);
    assert!(!text.contains(SECRET), "{text}");
    assert!(text.len() < 300, "{text}");
    assert!(!format!("{error:?}").contains(SECRET), "{error:?}");
}

async fn fail(
    answer: impl Fn(&str, &str) -> (u16, String) + Clone + Send + Sync + 'static,
) -> Error {
    let odd = Odd::start(answer).await;
    let (mut job, registry) = odd.job();
    let error = loop {
        match job.next_page().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("no error"),
            Err(error) => break error,
        }
    };
    job.close().await.unwrap();
    let told = registry.told();
    let opened = told.iter().filter(|(what, _)| *what == "opened").count();
    assert_eq!(told.len(), 2 * opened, "{told:?}");
    assert_clear(&error);
    error
}

#[tokio::test]
async fn a_job_without_an_id_is_an_error_of_data() {
    for body in [
        "{}",
        "",
        "null",
        "[]",
        r#"{"jobId":null}"#,
        r#"{"jobId":{"s3cr3t-payload":1}}"#,
        "<html>s3cr3t-payload",
    ] {
        let error = fail(move |_, _| (202, body.to_owned())).await;
        assert!(
            matches!(
                error,
                Error::Job {
                    attempt: "submit",
                    ..
                }
            ),
            "{error}"
        );
        assert_eq!(error.class(), Class::Data, "{body}");
    }
}

#[tokio::test]
async fn a_state_that_is_not_known_ends_the_job() {
    let error = fail(|asked, _| match asked.split_once(' ').unwrap() {
        ("GET", _) => (200, format!(r#"{{"state":"{SECRET}"}}"#)),
        _ => job_answers(asked, || (200, String::new())),
    })
    .await;
    assert!(
        matches!(error, Error::JobsFailed { tries: 3, .. }),
        "{error}"
    );
    assert_eq!(error.class(), Class::TRANSIENT);
}

#[tokio::test]
async fn a_status_without_a_state_is_an_error_of_data() {
    for body in ["{}", r#"{"state":7}"#, "<html>s3cr3t-payload</html>"] {
        let error = fail(move |asked, _| match asked.split_once(' ').unwrap() {
            ("GET", _) => (200, body.to_owned()),
            _ => job_answers(asked, || (200, String::new())),
        })
        .await;
        assert!(
            matches!(
                error,
                Error::Job {
                    attempt: "poll",
                    ..
                }
            ),
            "{error}"
        );
        assert_eq!(error.class(), Class::Data);
    }
}

#[tokio::test]
async fn results_that_are_no_page_are_asked_for_again_and_then_given_up() {
    for body in [
        "<html><body>s3cr3t-payload</body></html>",
        r#"{"conversations":{"s3cr3t-payload":[]},"cursor":"a"}"#,
        r#"{"conversations":"s3cr3t-payload"}"#,
        r#"["s3cr3t-payload"]"#,
        r#""s3cr3t-payload""#,
        "null",
        "",
        r#"{"conversations":[{"s3cr3t-payload":1}"#,
    ] {
        let error = fail(move |asked, _| job_answers(asked, || (200, body.to_owned()))).await;
        assert!(matches!(error, Error::Page { .. }), "{error}");
        assert_eq!(error.class(), Class::TRANSIENT, "{body}");
    }
}

#[tokio::test]
async fn refusals_have_the_class_of_their_status() {
    for (status, operator) in [
        (403, true),
        (404, true),
        (400, false),
        (301, true),
        (501, true),
    ] {
        let answer = move |_: &str, _: &str| (status, format!(r#"{{"payload":"{SECRET}"}}"#));
        let odd = Odd::start(answer).await;
        let watermark = odd.platform.watermark().await.unwrap_err();
        assert!(matches!(watermark, Error::Watermark { .. }), "{watermark}");
        let count = odd
            .platform
            .count(day(), &Filter::default())
            .await
            .unwrap_err();
        assert!(matches!(count, Error::Count { .. }), "{count}");
        for error in [watermark, count] {
            assert_clear(&error);
            let class = error.class();
            assert_eq!(
                matches!(class, Class::Operator { .. }),
                operator,
                "{status}: {class:?}"
            );
            assert!(operator || class == Class::Bug, "{class:?}");
        }
    }
}

#[tokio::test]
async fn a_watermark_that_is_none_is_an_error_of_data() {
    for body in [
        "{}",
        "[]",
        r#"{"dataAvailabilityDate":"s3cr3t-payload"}"#,
        r#"{"dataAvailabilityDate":5}"#,
        "<html>",
    ] {
        let odd = Odd::start(move |_, _| (200, body.to_owned())).await;
        let error = odd.platform.watermark().await.unwrap_err();
        assert!(matches!(error, Error::Watermark { .. }), "{error}");
        assert_eq!(error.class(), Class::Data);
        assert_clear(&error);
    }
}

#[tokio::test]
async fn a_query_that_answers_no_page_is_given_up() {
    let odd = Odd::start(|_, _| (200, format!("<html>{SECRET}</html>"))).await;
    let mut query = QuerySource::new(odd.platform.clone(), day(), Filter::default(), 100, 1_000);
    let error = query.next_page().await.unwrap_err();
    assert!(matches!(error, Error::Page { .. }), "{error}");
    assert_eq!(error.class(), Class::TRANSIENT);
    assert_clear(&error);
}
