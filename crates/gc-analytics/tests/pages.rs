//! Pages into rows: the quick way and the careful way agree.

use std::sync::OnceLock;

use arrow::array::AsArray;
use gc_analytics::{BrokenPage, Page, Via};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{World, body, config, day, decode, decoder, ids};

/// Records of a simulated day and of the days around it, made once.
fn records() -> &'static [String] {
    static RECORDS: OnceLock<Vec<String>> = OnceLock::new();
    RECORDS.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let world = World::start(config(60)).await;
            let control = world.sim.control();
            let days = control.days().into_iter();
            let texts = days.flat_map(|day| {
                let records = control.conversations(day);
                let text = |record: &[u8]| String::from_utf8(record.to_vec()).unwrap();
                records.iter().map(text).collect::<Vec<_>>()
            });
            texts.collect()
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_page_taken_apart_gives_the_same_rows(
        chosen in prop::collection::vec(any::<Index>(), 0..20),
        place in any::<Index>(),
    ) {
        let records = records();
        let whole: Vec<_> = chosen.iter().map(|at| records[at.index(records.len())].clone()).collect();
        let mut spoiled = whole.clone();
        spoiled.insert(place.index(whole.len() + 1), r#"{"conversationId":5}"#.to_owned());
        let (quick, careful) = (decode(body(&whole)), decode(body(&spoiled)));
        prop_assert_eq!(quick.set_aside.len(), 0);
        prop_assert_eq!(careful.set_aside.len(), 1);
        prop_assert_eq!(&careful.set_aside[0].record[..], br#"{"conversationId":5}"#);
        prop_assert_eq!(quick.batch, careful.batch);
        prop_assert_eq!(quick.outside, careful.outside);
        prop_assert_eq!(quick.unknown, careful.unknown);
    }
}

#[test]
fn rows_of_other_days_are_left_out_and_counted() {
    let rows = decode(body(records()));
    let start = rows.batch.column_by_name("conversationStart").unwrap();
    let start = start.as_primitive::<arrow::datatypes::TimestampMillisecondType>();
    let interval = day().interval();
    let inside = interval.start.as_millisecond()..interval.end.as_millisecond();
    assert!(start.iter().flatten().all(|start| inside.contains(&start)));
    assert_eq!(
        rows.batch.num_rows() as u64 + rows.outside,
        records().len() as u64
    );
    assert!(rows.batch.num_rows() > 50 && rows.outside > 100);
}

fn good(id: &str) -> String {
    format!(
        r#"{{"conversationId":"{id}","conversationStart":"{}T01:00:00.000Z"}}"#,
        day()
    )
}

#[test]
fn a_record_nested_without_end_is_set_aside_and_its_page_goes_on() {
    let abyss = "[".repeat(100_000) + &"]".repeat(100_000);
    let cases = [
        abyss.clone(),
        format!(
            r#"{{"conversationId":"deep","conversationStart":"{}T01:00:00Z","new":{abyss}}}"#,
            day()
        ),
        format!(r#"{{"conversationId":{abyss}}}"#),
        format!(r#"{{"participants":[{{"attributes":{{"a":{abyss}}}}}]}}"#),
        format!(r#"{{"participants":[{{"sessions":[{{"\u006eew":{abyss}}}]}}]}}"#),
        r#"{"a":"#.repeat(100_000) + "1" + &"}".repeat(100_000),
    ];
    for deep in cases {
        let rows = decode(body(&[good("a"), deep.clone(), good("z")]));
        assert_eq!(ids(&rows.batch), ["a", "z"]);
        assert_eq!(rows.set_aside.len(), 1);
        assert_eq!(rows.set_aside[0].record, deep);
        assert!(
            rows.set_aside[0].reason.len() < 200,
            "{}",
            rows.set_aside[0].reason
        );
    }
}

#[test]
fn an_envelope_nested_without_end_overflows_nothing() {
    let abyss = "[".repeat(100_000) + &"]".repeat(100_000);
    let good = good("a");
    for body in [
        format!(r#"{{"new":{abyss},"conversations":[{good}],"totalHits":1}}"#),
        format!(r#"{{"conversations":[{good}],"new":{abyss},"totalHits":1}}"#),
        format!(r#"{{"conversations":[{good}],"totalHits":1,"new":{abyss}}}"#),
        format!(r#"{{"conversations":[{good}],"totalHits":{abyss}}}"#),
        format!(r#"{{"cursor":{abyss},"conversations":[{good}]}}"#),
        format!(r#"{{"conversations":[],"x":[{good}],"conversations":[{good}],"cursor":{abyss}}}"#),
    ] {
        assert_eq!(ids(&decode(body).batch), ["a"]);
    }
    for body in [
        abyss.clone(),
        "[".repeat(100_000),
        r#"{"a":"#.repeat(100_000),
        format!(r#"{{"conversations":{}"#, "[".repeat(100_000)),
    ] {
        assert!(Page::parse(body.into()).is_err());
    }
}

#[test]
fn half_a_character_in_an_unknown_field_is_set_aside() {
    let half = good("half").replace('}', r#","new":["\ud83d"]}"#);
    let rows = decode(body(&[good("a"), half, good("z")]));
    assert_eq!(ids(&rows.batch), ["a", "z"]);
    assert_eq!(rows.set_aside.len(), 1);
}

#[test]
fn a_reason_never_repeats_what_the_record_holds() {
    for secret in [
        r#"{"conversationId":["s3cr3t"]}"#,
        r#"{"conversationId":"s3cr3t"}"#,
        r#"{"conversationStart":"s3cr3t","conversationId":"s3cr3t"}"#,
        r#"{"participants":[{"participantName":{"s3cr3t":"s3cr3t"}}]}"#,
        r#"{"participants":[{"attributes":{"k":7}}],"externalTag":"s3cr3t"}"#,
    ] {
        let rows = decode(body(&[good("a"), secret.to_owned()]));
        assert_eq!(rows.set_aside.len(), 1, "{secret}");
        let reason = &rows.set_aside[0].reason;
        assert!(!reason.contains("s3cr3t"), "{reason}");
    }
}

#[test]
fn a_page_that_breaks_within_its_records_is_broken() {
    for wrong in [
        "{\"a\":}",
        "{\"a\" 1}",
        "{\"conversationId\":\"\u{1}\"}",
        "{} {}",
        "{\"a\":1,}",
    ] {
        let page = Page::parse(body(&[good("a"), wrong.to_owned()]).into());
        let decoded = page.and_then(|page| decoder(Via::Job).decode(&page).map(|_| ()));
        assert_eq!(decoded, Err(BrokenPage), "{wrong}");
    }
}

#[test]
fn one_decoder_reads_page_after_page() {
    let mut decoder = decoder(Via::Query);
    for spoiled in [false, true, false, true, true, false] {
        let mut records = vec![good("a"), good("b").replace('}', r#","new":1}"#)];
        if spoiled {
            records.push("null".to_owned());
        }
        let page = Page::parse(body(&records).into()).unwrap();
        let rows = decoder.decode(&page).unwrap();
        assert_eq!(ids(&rows.batch), ["a", "b"]);
        assert_eq!(rows.unknown.get("new"), Some(&1));
        assert_eq!(rows.set_aside.len(), usize::from(spoiled));
    }
}
