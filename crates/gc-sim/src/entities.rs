//! The entities of an organisation, as its lists show them.
//!
//! Each holds the fields of its model that a list has, a few that no model has, and now and then a null.
//!
//! Source: official Python SDK 269.0.0, the models named at each function.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::platform::Platform;
use crate::world::{Directory, Named, User};

/// The lists there are, each with its path.
pub(crate) const LISTS: [(&str, &str); 10] = [
    ("queues", "/api/v2/routing/queues"),
    ("users", "/api/v2/users"),
    ("wrapup_codes", "/api/v2/routing/wrapupcodes"),
    ("skills", "/api/v2/routing/skills"),
    ("languages", "/api/v2/routing/languages"),
    ("divisions", "/api/v2/authorization/divisions"),
    ("teams", "/api/v2/teams"),
    ("groups", "/api/v2/groups"),
    ("flows", "/api/v2/flows"),
    ("campaigns", "/api/v2/outbound/campaigns/all"),
];

/// Returns everything that a list can show, whatever its state; none for a list that there is not.
pub(crate) fn entities(platform: &Platform, list: &str) -> Option<Vec<Value>> {
    let directory = &platform.world.directory;
    let (_, path) = LISTS.iter().find(|(name, _)| *name == list)?;
    let mut all = match list {
        "queues" => queues(platform),
        "users" => users(directory),
        "wrapup_codes" => each(&directory.wrap_ups, |place, one| {
            wrap_up_code(directory, place, one)
        }),
        "skills" => each(&directory.skills, |place, one| skill(directory, place, one)),
        "languages" => each(&directory.languages, language),
        "divisions" => each(&directory.divisions, division),
        "teams" => each(&directory.teams, |place, one| team(directory, place, one)),
        "groups" => each(&directory.groups, group),
        "flows" => flows(directory),
        _ => each(&directory.campaigns, |place, one| {
            campaign(directory, place, one)
        }),
    };
    for one in &mut all {
        let uri = format!("{path}/{}", one["id"].as_str().unwrap_or_default());
        one["selfUri"] = uri.into();
    }
    Some(all)
}

fn each(named: &[Named], entity: impl Fn(usize, &Named) -> Value) -> Vec<Value> {
    let named = named.iter().enumerate();
    named.map(|(place, one)| entity(place, one)).collect()
}

/// `Queue`.
fn queues(platform: &Platform) -> Vec<Value> {
    let queues = platform.live.floor().queues().to_vec();
    let queue = |(place, queue): (usize, &crate::world::FloorQueue)| {
        json!({
            "id": queue.id,
            "name": queue.name,
            "division": reference(&platform.world.directory.divisions, queue.division),
            "description": place.is_multiple_of(3).then(|| format!("Serves {}", queue.serves)),
            "dateCreated": "2021-03-04T05:06:07.089Z",
            "dateModified": "2026-09-30T12:00:00Z",
            "createdBy": "8d7f0000-0000-4000-8000-000000000001",
            "memberCount": 5 + place,
            "userMemberCount": 5 + place,
            "joinedMemberCount": place,
            "mediaSettings": { "call": { "alertingTimeoutSeconds": 8, "serviceLevel": { "percentage": 0.8, "durationMs": 20_000 } } },
            "skillEvaluationMethod": "BEST",
            "simOverflowRules": [{ "afterSeconds": 90.5, "to": null }],
        })
    };
    queues.iter().enumerate().map(queue).collect()
}

/// `User`.
fn users(directory: &Directory) -> Vec<Value> {
    let present = directory.users.iter().map(|user| (user, "active"));
    let states = ["inactive", "deleted", "deleted"];
    let former = directory.former.iter().zip(states);
    let all = present.chain(former).enumerate();
    all.map(|(place, (one, state))| user(directory, place, one, state))
        .collect()
}

fn user(directory: &Directory, place: usize, user: &User, state: &str) -> Value {
    let manager = directory.users.first().filter(|first| first.id != user.id);
    let mut entity = json!({
        "id": user.id,
        "name": user.name,
        "state": state,
        "division": reference(&directory.divisions, user.division),
        "team": reference(&directory.teams, user.team),
        "department": pick(&["Service", "Sales"], place),
        "title": place.is_multiple_of(4).then_some("Senior Agent"),
        "email": format!("agent{place}@example.com"),
        "username": format!("agent{place}@example.com"),
        "chat": { "jabberId": format!("{place:024x}@example.orgspan.com") },
        "primaryContactInfo": [{ "address": format!("agent{place}@example.com"), "mediaType": "EMAIL", "type": "PRIMARY" }],
        "version": 7 + place,
        "acdAutoAnswer": place.is_multiple_of(5),
        "simBadge": { "colour": "grün", "level": place % 3 },
    });
    if let Some(manager) = manager {
        entity["manager"] =
            json!({ "id": manager.id, "selfUri": format!("/api/v2/users/{}", manager.id) });
    }
    entity
}

/// `WrapupCode`.
fn wrap_up_code(directory: &Directory, place: usize, one: &Named) -> Value {
    let division = directory.divisions.first().map(|first| first.id);
    json!({
        "id": one.id,
        "name": one.name,
        "division": division.map(|id| reference(&directory.divisions, id)),
        "description": (place % 4 == 1).then(|| format!("Says: {}", one.name)),
        "dateCreated": "2020-01-02T03:04:05.678Z",
        "dateModified": place.is_multiple_of(2).then_some("2025-11-30T10:20:30.4Z"),
        "createdBy": "DEVTOOLS",
    })
}

/// `RoutingSkill`.
fn skill(directory: &Directory, place: usize, one: &Named) -> Value {
    let division = directory.divisions.first().map(|first| first.id);
    json!({
        "id": one.id,
        "name": one.name,
        "division": division.map(|id| reference(&directory.divisions, id)),
        "dateModified": "2024-02-29T00:00:00.001Z",
        "state": if place == 7 { "inactive" } else { "active" },
        "version": "3",
    })
}

/// `Language`.
fn language(place: usize, one: &Named) -> Value {
    json!({
        "id": one.id,
        "name": one.name,
        "dateModified": "2019-12-31T23:59:59.999Z",
        "state": if place == 7 { "deleted" } else { "active" },
        "version": "1",
    })
}

/// `AuthzDivision`.
fn division(place: usize, one: &Named) -> Value {
    json!({
        "id": one.id,
        "name": one.name,
        "description": pick(&["", "Everything north of the river"], place),
        "homeDivision": place == 0,
        "objectCounts": { "QUEUE": 3, "USER": 15 },
    })
}

/// `Team`.
fn team(directory: &Directory, place: usize, one: &Named) -> Value {
    let division = directory
        .divisions
        .get(place % directory.divisions.len().max(1));
    json!({
        "id": one.id,
        "name": one.name,
        "division": division.map(|one| reference(&directory.divisions, one.id)),
        "description": (place == 2).then_some("Works while others sleep"),
        "dateCreated": "2022-05-06T07:08:09Z",
        "dateModified": "2026-01-01T00:00:00Z",
        "memberCount": 12,
        "simMotto": "ünited",
    })
}

/// `Group`.
fn group(place: usize, one: &Named) -> Value {
    json!({
        "id": one.id,
        "name": one.name,
        "description": null,
        "dateModified": "2023-10-11T12:13:14.15Z",
        "memberCount": place * 3,
        "state": if place == 5 { "inactive" } else { "active" },
        "version": 4,
        "type": pick(&["official", "social"], place),
        "visibility": pick(&["public", "members", "owners"], place),
        "rulesVisible": true,
        "addresses": [{ "address": "+4930123", "mediaType": "PHONE", "type": "GROUPRING" }],
        "owners": [],
    })
}

/// `Flow`.
fn flows(directory: &Directory) -> Vec<Value> {
    let present = directory.flows.iter().map(|one| (one, false));
    let all = present.chain([(&directory.retired_flow, true)]).enumerate();
    let kinds = ["INBOUNDCALL", "INQUEUECALL", "BOT", "VOICESURVEY"];
    let flow = |(place, (one, deleted)): (usize, (&Named, bool))| {
        let division = directory.divisions.get(place % 2);
        json!({
            "id": one.id,
            "name": one.name,
            "division": division.map(|one| reference(&directory.divisions, one.id)),
            "description": (place % 3 == 1).then_some("Made with Architect"),
            "type": pick(&kinds, place),
            "active": !deleted,
            "system": place == 6,
            "deleted": deleted,
            "publishedVersion": { "id": format!("{place}.0"), "datePublished": "2026-05-04T03:02:01.000Z", "secure": false },
            "supportedLanguages": [{ "language": "en-us", "isDefault": true }],
        })
    };
    all.map(flow).collect()
}

/// `CommonCampaign`.
fn campaign(directory: &Directory, place: usize, one: &Named) -> Value {
    let division = directory.divisions.last().map(|last| last.id);
    json!({
        "id": one.id,
        "name": one.name,
        "division": division.map(|id| reference(&directory.divisions, id)),
        "mediaType": pick(&["voice", "sms"], place),
    })
}

/// Returns one of `items`, another for each place.
fn pick<'a>(items: &[&'a str], place: usize) -> &'a str {
    let count = items.len().max(1);
    items.get(place % count).copied().unwrap_or_default()
}

/// Returns what stands for another entity.
fn reference(all: &[Named], id: Uuid) -> Value {
    let name = all.iter().find(|one| one.id == id).map(|one| &one.name);
    json!({ "id": id, "name": name })
}
