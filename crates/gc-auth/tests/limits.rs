//! The rate budget against a server that enforces its limit.

use std::time::Duration;

use crate::server::Server;
use crate::watcher::{get, watched};

#[tokio::test]
async fn run_stays_inside_the_limit_and_sees_no_429() {
    let server = Server::start([]).await;
    server.limit(5, Duration::from_secs(1));
    let (client, watcher) = watched(&server);
    let sends = (0..12).map(|_| client.send(get()));
    for answer in futures::future::join_all(sends).await {
        answer.unwrap();
    }
    assert_eq!(server.refused(), 0);
    assert_eq!(server.calls().len(), 12);
    assert!(
        watcher
            .waits()
            .iter()
            .all(|(reason, _)| reason.ends_with("rate limit"))
    );
    assert!(!watcher.waits().is_empty());
}

#[tokio::test]
async fn clones_share_token_and_budget_and_report_apart() {
    let server = Server::start([]).await;
    server.limit(300, Duration::from_secs(60));
    let (first, before) = watched(&server);
    first.send(get()).await.unwrap();
    let after = std::sync::Arc::new(crate::watcher::Watcher::default());
    let observer: std::sync::Arc<dyn gc_auth::Observer> = std::sync::Arc::<_>::clone(&after) as _;
    first.observed_by(observer).send(get()).await.unwrap();
    assert_eq!(server.logins().len(), 1);
    assert_eq!((before.sent(), after.sent()), (2, 1));
}
