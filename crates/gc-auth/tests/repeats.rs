//! What is sent again, and when.

use std::time::{Duration, Instant};

use gc_auth::{Client, Error, Request};
use gc_core::{Class, Classify};

use crate::server::{Reply, Server};
use crate::watcher::{client, config, create, get, watched};

#[tokio::test]
async fn failing_server_is_asked_again() {
    let html = "<html><body>Bad Gateway</body></html>";
    let server = Server::start([
        Reply::body(502, html),
        Reply::status(500),
        Reply::status(503),
        Reply::status(504),
        Reply::status(408),
    ])
    .await;
    let (client, watcher) = watched(&server);
    assert_eq!(client.send(get()).await.unwrap().status, 200);
    assert_eq!(server.calls().len(), 6);
    assert_eq!(watcher.sent(), 7);
    assert_eq!(watcher.waits().len(), 5);
    assert_eq!(watcher.mended().len(), 1);
    assert!(!format!("{:?}", watcher.waits()).contains("Bad Gateway"));
}

#[tokio::test]
async fn server_that_keeps_failing_is_given_up() {
    let server = Server::start(vec![Reply::status(503); 9]).await;
    let error = client(&server).send(get()).await.unwrap_err();
    assert_eq!(error.class(), Class::TRANSIENT);
    assert_eq!(server.calls().len(), 7);
    assert!(
        error.to_string().contains("503 (context id c0rr-1)"),
        "{error}"
    );
}

#[tokio::test]
async fn broken_answers_are_asked_for_again() {
    for reply in [
        Reply::Cut,
        Reply::Reset,
        Reply::Gzip(b"\x1f\x8b\x08\x00broken"),
    ] {
        let server = Server::start([reply.clone()]).await;
        let answer = client(&server).send(get()).await.unwrap();
        assert_eq!(&answer.body[..], br#"{"value":7}"#, "{reply:?}");
        assert_eq!(server.calls().len(), 2, "{reply:?}");
    }
}

#[tokio::test]
async fn silent_server_is_noticed_and_asked_again() {
    for reply in [Reply::Hang, Reply::Drip] {
        let server = Server::start([reply.clone()]).await;
        let idle = Duration::from_millis(200);
        let client = Client::new(config(&server).with_idle_timeout(idle)).unwrap();
        let start = Instant::now();
        client.send(get()).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(3), "{reply:?}");
        assert_eq!(server.calls().len(), 2, "{reply:?}");
    }
}

#[tokio::test]
async fn query_by_post_is_repeated() {
    let server = Server::start([Reply::Cut, Reply::status(503)]).await;
    let request = Request::read("POST /query", "/query", &[1, 2]).unwrap();
    client(&server).send(request).await.unwrap();
    let calls = server.calls();
    assert_eq!(calls.len(), 3);
    for call in calls {
        assert_eq!(call.target, "POST /query");
        assert_eq!(call.header("content-type"), "application/json");
        assert_eq!(&call.body[..], b"[1,2]");
    }
}

#[tokio::test]
async fn deletion_is_repeated() {
    let server = Server::start([Reply::Reset, Reply::status(204)]).await;
    client(&server)
        .send(Request::delete("DELETE /things/{id}", "/things/1"))
        .await
        .unwrap();
    assert_eq!(server.calls().len(), 2);
}

#[tokio::test]
async fn creation_is_not_repeated_when_it_may_have_happened() {
    for reply in [Reply::status(503), Reply::Cut, Reply::Reset] {
        let server = Server::start([reply.clone()]).await;
        let error = client(&server).send(create()).await.unwrap_err();
        assert_eq!(error.class(), Class::TRANSIENT, "{reply:?}");
        assert_eq!(server.calls().len(), 1, "{reply:?}");
    }
}

#[tokio::test]
async fn creation_is_repeated_when_it_cannot_have_happened() {
    let limited = Reply::Status(429, ("", ""), "");
    let server = Server::start([limited, Reply::status(401)]).await;
    client(&server).send(create()).await.unwrap();
    assert_eq!(server.calls().len(), 3);
}

#[tokio::test]
async fn retry_after_is_the_least_wait() {
    for status in [429, 503] {
        let server = Server::start([Reply::Status(status, ("retry-after", "1"), "")]).await;
        client(&server).send(get()).await.unwrap();
        let calls = server.calls();
        assert!(
            calls[1].at - calls[0].at >= Duration::from_secs(1),
            "{status}"
        );
    }
}

#[tokio::test]
async fn long_retry_after_is_reported_and_not_slept() {
    let server = Server::start([Reply::Status(429, ("retry-after", "3600"), "")]).await;
    let (client, watcher) = watched(&server);
    let hour = Some(Duration::from_secs(3600));
    let error = client.send(get()).await.unwrap_err();
    assert_eq!(error.class(), Class::Transient { after: hour });
    assert_eq!(
        error.to_string(),
        "GET /things/{id}: rate limit used up, try again in 3600 s"
    );
    // The operation stays closed, without asking the platform again.
    assert!(matches!(
        client.send(get()).await,
        Err(Error::RateLimited { after: Some(_), .. })
    ));
    assert_eq!((server.calls().len(), watcher.waits().len()), (1, 0));
}

#[tokio::test]
async fn status_501_and_mistakes_are_final() {
    for status in [302, 400, 403, 404, 409, 413, 415, 501] {
        let server = Server::start([Reply::status(status)]).await;
        let error = client(&server).send(get()).await.unwrap_err();
        assert!(!matches!(error.class(), Class::Transient { .. }), "{error}");
        assert_eq!(server.calls().len(), 1, "{status}");
    }
}
