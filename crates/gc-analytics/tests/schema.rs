//! The table of fields against the platform's own models.

use std::path::Path;

use gc_analytics::schema::CONVERSATION;
use gc_arrow::{Field, Kind};
use serde_json::Value;

const MODELS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/genesys-models.json"
);

#[test]
fn the_table_has_every_field_of_the_platforms_models_and_no_other() {
    let Ok(text) = std::fs::read_to_string(Path::new(MODELS)) else {
        println!("skipped: the platform's models are not here");
        return;
    };
    let models: Value = serde_json::from_str(&text).unwrap();
    let mut differences = Vec::new();
    compare(
        CONVERSATION,
        "AnalyticsConversation",
        &models,
        &mut differences,
    );
    assert!(differences.is_empty(), "{differences:#?}");
}

fn compare(fields: &[Field], model: &str, models: &Value, differences: &mut Vec<String>) {
    let properties = models["definitions"][model]["properties"]
        .as_object()
        .unwrap();
    for name in properties.keys() {
        if !fields.iter().any(|field| field.name == name) {
            differences.push(format!("{model}.{name} is missing"));
        }
    }
    for field in fields {
        match properties.get(field.name) {
            Some(property) => check(field, model, property, models, differences),
            None => differences.push(format!("{model}.{} is not in the model", field.name)),
        }
    }
}

fn check(
    field: &Field,
    model: &str,
    property: &Value,
    models: &Value,
    differences: &mut Vec<String>,
) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let target = |value: &Value| {
        text(&value["$ref"])
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let simple = |value: &Value| (text(&value["type"]), text(&value["format"]));
    let (kind, format) = simple(property);
    let (item_kind, _) = simple(&property["items"]);
    let fits = match field.kind {
        Kind::Text => kind == "string" && format != "date-time",
        Kind::Time => kind == "string" && format == "date-time",
        Kind::Integer => kind == "integer",
        Kind::Double => kind == "number",
        Kind::Boolean => kind == "boolean",
        Kind::Texts => kind == "array" && item_kind == "string",
        Kind::Integers => kind == "array" && item_kind == "integer",
        Kind::TextMap => kind == "object" && property["additionalProperties"]["type"] == "string",
        Kind::Object(fields) => {
            compare(fields, &target(property), models, differences);
            true
        }
        Kind::Objects(fields) => {
            compare(fields, &target(&property["items"]), models, differences);
            kind == "array"
        }
        _ => false,
    };
    if !fits {
        differences.push(format!(
            "{model}.{} is {property}, not {:?}",
            field.name, field.kind
        ));
    }
}
