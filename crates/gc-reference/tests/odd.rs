//! Lists of a platform that does not keep to its own form.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::{get, post};
use gc_reference::{Error, Listed};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::support::{ids, lister, read, table};

type Answer = Arc<dyn Fn(usize, &str) -> Vec<u8> + Send + Sync>;

/// Reads a list from a server that answers the nth request, counted from 0, as told.
async fn read_from(
    name: &str,
    answer: impl Fn(usize, &str) -> Vec<u8> + Send + Sync + 'static,
) -> Result<Listed, Error> {
    let calls = Arc::new(AtomicUsize::new(0));
    let answer: Answer = Arc::new(answer);
    let page = async move |State((calls, answer)): State<(Arc<AtomicUsize>, Answer)>,
                           RawQuery(query): RawQuery| {
        answer(
            calls.fetch_add(1, Ordering::Relaxed),
            &query.unwrap_or_default(),
        )
    };
    let token = async || r#"{"access_token":"t","token_type":"bearer","expires_in":3600}"#;
    let router = Router::new()
        .route("/oauth/token", post(token))
        .route(table(name).path(), get(page))
        .with_state((calls, answer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let lister = lister(&url, &CancellationToken::new());
    let listed = read(&lister, table(name)).await;
    server.abort();
    listed
}

fn of(entities: &str, rest: &str) -> Vec<u8> {
    format!("{{\"entities\":[{entities}]{rest}}}").into_bytes()
}

#[tokio::test]
async fn a_list_that_does_not_count_its_pages_ends_with_an_empty_one() {
    let listed = read_from("skills", |call, _| match call {
        0 => of(r#"{"id":"a"},{"id":"b"}"#, ""),
        1 => of(r#"{"id":"b","name":"B"}"#, ""),
        _ => b"{}".to_vec(),
    });
    let listed = listed.await.unwrap();
    assert_eq!(ids(table("skills"), &listed), ["a", "b"], "merged by id");
}

#[tokio::test]
async fn the_cursor_is_asked_for_as_it_was_given() {
    let listed = read_from("teams", |call, query| {
        let after = r#","nextUri":"/api/v2/teams?pageSize=25&after=a%2Fb%2B%3D""#;
        match call {
            0 => of(r#"{"id":"a"}"#, after),
            _ if query.contains("after=a%2Fb%2B%3D") => of(r#"{"id":"b"}"#, r#","nextUri":null"#),
            _ => of("", ""),
        }
    });
    assert_eq!(ids(table("teams"), &listed.await.unwrap()), ["a", "b"]);
}

#[tokio::test]
async fn a_list_that_goes_round_in_circles_or_nowhere_is_an_error() {
    for next in ["/api/v2/teams?after=same", "/api/v2/teams?page=2"] {
        let error = read_from("teams", move |_, _| {
            of(r#"{"id":"a"}"#, &format!(r#","nextUri":"{next}""#))
        });
        let error = error.await.unwrap_err();
        assert!(matches!(error, Error::Lost { .. }), "{next}: {error:?}");
    }
}

#[tokio::test]
async fn a_page_that_breaks_off_is_fetched_again_and_not_forever() {
    let mended = read_from("skills", |call, _| match call {
        0 => br#"{"entities":[{"id""#.to_vec(),
        _ => of(r#"{"id":"a"}"#, r#","pageCount":1"#),
    });
    assert_eq!(ids(table("skills"), &mended.await.unwrap()), ["a"]);
    let broken = read_from("skills", |_, _| b"<html>".to_vec()).await;
    assert!(
        matches!(broken, Err(Error::Page { page: 1, .. })),
        "{broken:?}"
    );
}

#[tokio::test]
async fn what_fits_no_row_is_set_aside_as_received_and_leaves_its_neighbours() {
    let listed = read_from("skills", |_, _| {
        let mut body = of(
            r#"{"id":"a"},{"name":"x"},{"id":""},{"id":7},null,[],{"id":"b","state":{}},{"id":"?"},{"id":"c"}"#,
            r#","pageCount":1"#,
        );
        let place = body.iter().position(|byte| *byte == b'?').unwrap();
        body[place] = 0xff;
        body
    });
    let listed = listed.await.unwrap();
    assert_eq!(ids(table("skills"), &listed), ["a", "c"]);
    assert_eq!(listed.set_aside.len(), 7, "{:#?}", listed.set_aside);
    let has = |record: &[u8]| listed.set_aside.iter().any(|one| one.record == record);
    assert!(has(b"{\"id\":\"\xff\"}") && has(br#"{"name":"x"}"#));
}
