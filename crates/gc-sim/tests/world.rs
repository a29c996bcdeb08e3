//! The world: reproducible, complete, true to the platform's models, and changing as it says.

use std::collections::{BTreeMap, BTreeSet};

use gc_core::{Day, FixedClock};
use gc_sim::{Control, Sim, SimConfig, UNKNOWN_FIELDS, model_fields};
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value};

use crate::client::{config, day, first};

async fn world(change: impl FnOnce(&mut SimConfig)) -> Control {
    let mut config = config();
    change(&mut config);
    Sim::start(config).await.unwrap().control()
}

fn lines(control: &Control, day: Day) -> Vec<Vec<u8>> {
    control
        .conversations(day)
        .iter()
        .map(<[u8]>::to_vec)
        .collect()
}

fn parsed(control: &Control, day: Day) -> Vec<Value> {
    control
        .conversations(day)
        .iter()
        .map(|raw| serde_json::from_slice(raw).unwrap())
        .collect()
}

/// A day large enough to hold everything there is, in its last state.
async fn large() -> Vec<Value> {
    let control = world(|config| config.world.conversations_per_day = 3_000).await;
    control.apply_late_changes(first());
    parsed(&control, first())
}

#[tokio::test]
async fn same_seed_gives_the_same_bytes_and_another_seed_others() {
    let one = lines(&world(|_| {}).await, first());
    let two = lines(&world(|_| {}).await, first());
    let other = lines(&world(|config| config.world.seed = 2).await, first());
    assert_eq!(one, two);
    assert_ne!(one, other);
}

#[tokio::test]
async fn days_hold_the_count_asked_for_and_only_their_own() {
    let control = world(|_| {}).await;
    for day in control.days() {
        control.apply_late_changes(day);
        let conversations = parsed(&control, day);
        assert_eq!(conversations.len(), 60);
        for conversation in conversations {
            let start: Timestamp = conversation["conversationStart"]
                .as_str()
                .unwrap()
                .parse()
                .unwrap();
            assert!(day.interval().contains(start), "{start}");
        }
    }
}

#[tokio::test]
async fn size_follows_what_is_asked_for() {
    for (asked, low, high) in [(3_000, 4_000, 5_500), (20_000, 18_000, 22_000)] {
        let control = world(|config| {
            config.world.conversations_per_day = 300;
            config.world.bytes_per_conversation = asked;
        })
        .await;
        let day = control.conversations(first());
        let mean = day.bytes_total() / day.len();
        assert!((low..high).contains(&mean), "{asked} asked, {mean} made");
    }
}

#[tokio::test]
async fn present_day_ends_now() {
    let now = first().start() + 12.hours();
    let control = world(|config| config.clock = std::sync::Arc::new(FixedClock(now))).await;
    let today = parsed(&control, first());
    assert!(!today.is_empty() && today.len() < 58);
    let text = serde_json::to_string(&today).unwrap();
    assert!(
        !text.contains("2026-11-01T13:"),
        "something happened after now"
    );
    assert!(control.conversations(day("2026-11-02")).is_empty());
}

#[tokio::test]
async fn late_changes_add_change_and_end_conversations() {
    let control = world(|config| config.world.conversations_per_day = 600).await;
    let before = by_id(parsed(&control, first()));
    control.apply_late_changes(first());
    let after = by_id(parsed(&control, first()));
    assert_eq!(after.len(), before.len() + 2);
    let changed: Vec<&String> = before
        .keys()
        .filter(|id| before[*id] != after[*id])
        .collect();
    assert!(
        (20..300).contains(&changed.len()),
        "{} changed",
        changed.len()
    );
    let ended = |id: &&String| {
        before[*id].get("conversationEnd").is_none() && after[*id].get("conversationEnd").is_some()
    };
    assert!(changed.iter().any(ended));
    assert_eq!(lines(&control, first().next()).len(), 598);
}

#[tokio::test]
async fn one_conversation_vanishes_on_request() {
    let control = world(|config| config.world.vanishing = true).await;
    let before: BTreeSet<String> = control.conversations(first()).ids().into_iter().collect();
    control.apply_late_changes(first());
    let after: BTreeSet<String> = control.conversations(first()).ids().into_iter().collect();
    assert_eq!(before.difference(&after).count(), 1);
}

fn by_id(conversations: Vec<Value>) -> BTreeMap<String, Value> {
    let named = conversations.into_iter();
    named
        .map(|one| (one["conversationId"].as_str().unwrap().to_owned(), one))
        .collect()
}

#[tokio::test]
async fn handle_time_is_the_sum_of_its_parts() {
    let conversations = large().await;
    let sessions = conversations
        .iter()
        .flat_map(|one| one["participants"].as_array().unwrap());
    let sessions = sessions
        .filter_map(|one| one["sessions"].as_array())
        .flatten();
    let mut handled = 0;
    for session in sessions {
        let sum = |name: &str| -> i64 {
            let metrics = session["metrics"].as_array().into_iter().flatten();
            metrics
                .filter(|one| one["name"] == name)
                .map(|one| one["value"].as_i64().unwrap())
                .sum()
        };
        if sum("tHandle") > 0 {
            handled += 1;
            assert_eq!(
                sum("tHandle"),
                sum("tTalkComplete") + sum("tHeldComplete") + sum("tAcw")
            );
            assert_eq!(sum("tTalkComplete"), sum("tTalk"));
        }
    }
    assert!(handled > 2_000);
}

#[tokio::test]
async fn world_holds_the_oddities_of_real_records() {
    let control = world(|config| config.world.conversations_per_day = 3_000).await;
    let conversations = parsed(&control, first());
    let text = String::from_utf8(lines(&control, first()).concat()).unwrap();
    let any = |test: fn(&Value) -> bool| assert!(conversations.iter().any(test));
    any(|one| one.get("conversationEnd").is_none());
    any(|one| {
        one["conversationEnd"]
            .as_str()
            .is_some_and(|end| !end.starts_with("2026-11-01"))
    });
    any(|one| participants(one).any(|one| one.get("sessions").is_none()));
    any(|one| sessions(one).any(|one| one.get("segments").is_none()));
    any(|one| sessions(one).any(|one| values(one).any(|value| value > i64::from(i32::MAX))));
    any(|one| participants(one).any(|one| one["attributes"].get("Last Menu Choice ").is_some()));
    for shape in ["long value long value", "\"{\\\"step\\\":", "日本語"] {
        assert!(text.contains(shape) || shape == "{shape}");
    }
    let decimals: BTreeSet<usize> = conversations
        .iter()
        .map(|one| decimals(one["conversationStart"].as_str().unwrap()))
        .collect();
    assert_eq!(decimals, BTreeSet::from([0, 1, 2, 3, 6, 9]));
    let longest = conversations
        .iter()
        .flat_map(sessions)
        .filter_map(|one| one["ani"].as_str())
        .map(str::len)
        .max();
    assert_eq!(longest, Some(252));
}

fn decimals(time: &str) -> usize {
    time.split_once('.')
        .map_or(0, |(_, fraction)| fraction.len() - 1)
}

fn participants(conversation: &Value) -> impl Iterator<Item = &Value> {
    conversation["participants"]
        .as_array()
        .into_iter()
        .flatten()
}

fn sessions(conversation: &Value) -> impl Iterator<Item = &Value> {
    participants(conversation)
        .filter_map(|one| one["sessions"].as_array())
        .flatten()
}

fn values(session: &Value) -> impl Iterator<Item = i64> {
    session["metrics"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| one["value"].as_i64())
}

#[tokio::test]
async fn every_field_is_documented_or_deliberately_unknown_and_all_occur() {
    let known: BTreeMap<(&str, &str), String> = model_fields()
        .into_iter()
        .map(|field| ((field.model, field.name), field.kind))
        .collect();
    let unknown: BTreeSet<(&str, &str)> = UNKNOWN_FIELDS
        .iter()
        .map(|(model, name, _)| (*model, *name))
        .collect();
    let mut seen = BTreeSet::new();
    for conversation in large().await {
        walk(
            "AnalyticsConversation",
            conversation.as_object().unwrap(),
            &known,
            &mut seen,
        );
    }
    let names: BTreeSet<(&str, &str)> = seen
        .iter()
        .map(|(model, name)| (model.as_str(), name.as_str()))
        .collect();
    let expected: BTreeSet<(&str, &str)> = known.keys().copied().chain(unknown).collect();
    let missing: Vec<_> = expected.difference(&names).collect();
    let surplus: Vec<_> = names.difference(&expected).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "missing {missing:?}, surplus {surplus:?}"
    );
}

/// Notes every field of an object, and checks what the value of a documented one is.
fn walk(
    model: &str,
    object: &Map<String, Value>,
    known: &BTreeMap<(&str, &str), String>,
    seen: &mut BTreeSet<(String, String)>,
) {
    for (name, value) in object {
        seen.insert((model.to_owned(), name.clone()));
        let Some(kind) = known.get(&(model, name.as_str())) else {
            continue;
        };
        match kind.strip_prefix("array of ") {
            Some(kind) => {
                value
                    .as_array()
                    .unwrap()
                    .iter()
                    .for_each(|value| fits(kind, value, known, seen));
            }
            None => fits(kind, value, known, seen),
        }
    }
}

fn fits(
    kind: &str,
    value: &Value,
    known: &BTreeMap<(&str, &str), String>,
    seen: &mut BTreeSet<(String, String)>,
) {
    let fits = match kind {
        "string" => value.is_string(),
        "date-time" => value
            .as_str()
            .is_some_and(|time| time.parse::<Timestamp>().is_ok()),
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "map" => value.as_object().unwrap().values().all(Value::is_string),
        model => {
            walk(model, value.as_object().unwrap(), known, seen);
            true
        }
    };
    assert!(fits, "{value} is no {kind}");
}

#[test]
fn models_agree_with_the_platforms_where_these_are_at_hand() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/genesys-models.json"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: the platform's models are not at hand");
        return;
    };
    let document: Value = serde_json::from_str(&text).unwrap();
    let fields = model_fields();
    let models: BTreeSet<&str> = fields.iter().map(|field| field.model).collect();
    for model in models {
        let properties = document["definitions"][model]["properties"]
            .as_object()
            .unwrap();
        let theirs: BTreeMap<&str, String> = properties
            .iter()
            .map(|(name, property)| (name.as_str(), kind(property)))
            .collect();
        let ours: BTreeMap<&str, String> = fields
            .iter()
            .filter(|field| field.model == model)
            .map(|field| (field.name, field.kind.clone()))
            .collect();
        assert_eq!(ours, theirs, "{model}");
    }
}

fn kind(property: &Value) -> String {
    if let Some(reference) = property["$ref"].as_str() {
        return reference.rsplit('/').next().unwrap().to_owned();
    }
    match (
        property["type"].as_str().unwrap(),
        property["format"].as_str(),
    ) {
        ("array", _) => format!("array of {}", kind(&property["items"])),
        ("object", _) => "map".to_owned(),
        ("string", Some("date-time")) => "date-time".to_owned(),
        (plain, _) => plain.to_owned(),
    }
}
