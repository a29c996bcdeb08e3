//! What stands around the records, in whatever order and shape it comes.

use gc_analytics::{Filter, Page, Via};

use crate::odd::{Odd, job_answers};
use crate::support::{day, decode, decoder, ids};

fn record(id: &str) -> String {
    format!(
        r#"{{"conversationId":"{id}","conversationStart":"{}T01:00:00.000Z","cursor":"no"}}"#,
        day()
    )
}

/// Pages whose cursor is `next`, each with the one record `a`.
fn first_pages() -> Vec<String> {
    let a = record("a");
    vec![
        format!(r#"{{"conversations":[{a}],"cursor":"next"}}"#),
        format!(r#"{{"cursor":"next","conversations":[{a}]}}"#),
        format!(
            r#"{{"cursor":"next","conversations":[{a}],"dataAvailabilityDate":"2026-11-21T00:00:00Z"}}"#
        ),
        format!(
            r#"{{"dataAvailabilityDate":"2026-11-21T00:00:00Z","conversations":[{a}],"cursor":"next"}}"#
        ),
        format!(r#"{{"conversations":[{a}],"dataAvailabilityDate":"","cursor":"next"}}"#),
        format!(r#"{{"conversations":[{a}],"dataAvailabilityDate":7,"cursor":"next"}}"#),
        format!(r#"{{"conversations":[{a}],"dataAvailabilityDate":"never","cursor":"next"}}"#),
        format!(r#"{{"cursor":"old","conversations":[{a}],"cursor":"next"}}"#),
        format!(r#"{{"conversations":[{a}],"cursor":"old","cursor":"next"}}"#),
        format!(r#"{{"conversations":[{a}],"cursor":"ne\u0078t"}}"#),
        format!(r#"{{"conversations":[{a}],"c\u0075rsor":"next"}}"#),
        format!(r#"{{"\u0063onversations":[{a}],"cursor":"next"}}"#),
        format!(
            r#"{{"new":{{"cursor":"no","conversations":[1]}},"conversations":[{a}],"cursor":"next"}}"#
        ),
        format!(r#"{{"conversations":[{a}],"cursor":"next","new":["]",{{"cursor":"no"}}]}}"#),
        format!(r#"{{"note":"\"conversations\":[]","conversations":[{a}],"cursor":"next"}}"#),
        format!(r#"{{"conversations":[{a}],"cursor":"next","totalHits":"5"}}"#),
        format!(r#"{{"conversations":[{a}],"cursor":"next","totalHits":-5}}"#),
        format!(r#"{{"conversations":[{a}],"cursor":"next","totalHits":5.5}}"#),
        format!(r#"{{"conversations":[{a}],"cursor":"next","totalHits":null}}"#),
        format!("\n\t {{ \"conversations\" : [ {a} ] , \"cursor\" : \"next\" }} \r\n"),
        format!("\u{feff}{{\"conversations\":[{a}],\"cursor\":\"next\"}}"),
        format!(r#"{{"conversations":[{a},null],"cursor":"next"}}"#),
        format!(r#"{{"conversations":[{a},7],"dataAvailabilityDate":"","cursor":"next","new":1}}"#),
    ]
}

#[tokio::test]
async fn the_cursor_is_found_wherever_it_stands() {
    for first in first_pages() {
        let served = first.clone();
        let odd = Odd::start(move |asked, query| {
            let second = query.contains("cursor=next");
            let last = format!(r#"{{"conversations":[{}]}}"#, record("b"));
            job_answers(asked, || (200, if second { last } else { served.clone() }))
        })
        .await;
        let (mut job, _) = odd.job();
        let mut decoder = decoder(Via::Job);
        let mut found = Vec::new();
        while let Some(page) = job.next_page().await.unwrap() {
            let rows = decoder
                .decode(&page)
                .unwrap_or_else(|error| panic!("{error}: {first}"));
            found.extend(ids(&rows.batch));
        }
        assert_eq!(found, ["a", "b"], "{first}");
        job.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_total_that_is_no_number_is_none_and_breaks_nothing() {
    let a = record("a");
    for (body, expected) in [
        (
            format!(r#"{{"conversations":[{a}],"totalHits":669}}"#),
            Some(669),
        ),
        (
            format!(r#"{{"totalHits":669,"conversations":[{a}]}}"#),
            Some(669),
        ),
        (
            format!(r#"{{"conversations":[{a}],"totalHits":"669"}}"#),
            None,
        ),
        (format!(r#"{{"conversations":[{a}],"totalHits":-1}}"#), None),
        (
            format!(r#"{{"conversations":[{a}],"totalHits":669.5}}"#),
            None,
        ),
        (
            format!(r#"{{"conversations":[{a}],"totalHits":1e400}}"#),
            None,
        ),
        (
            format!(r#"{{"conversations":[{a}],"totalHits":[1]}}"#),
            None,
        ),
        (format!(r#"{{"conversations":[{a}]}}"#), None),
        ("{}".to_owned(), Some(0)),
        (r#"{"conversations":[]}"#.to_owned(), Some(0)),
        (r#"{"conversations":null}"#.to_owned(), Some(0)),
        (r#"{"totalHits":3}"#.to_owned(), Some(3)),
    ] {
        let served = body.clone();
        let odd = Odd::start(move |_, _| (200, served.clone())).await;
        let count = odd.platform.count(day(), &Filter::default()).await;
        assert_eq!(count.unwrap(), expected, "{body}");
    }
}

#[test]
fn every_envelope_gives_its_records() {
    for body in first_pages() {
        let rows = decode(body.clone());
        assert_eq!(ids(&rows.batch), ["a"], "{body}");
        assert_eq!(rows.unknown.get("cursor"), Some(&1), "{body}");
    }
}

#[test]
fn the_size_of_a_page_is_that_of_its_json() {
    let page = Page::parse("\u{feff}{}".into()).unwrap();
    assert_eq!(page.size(), 2);
}
