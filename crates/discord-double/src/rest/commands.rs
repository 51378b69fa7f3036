//! Registers lists of commands, and adds and removes the same properties as Discord.

use serde_json::{Value, json};

use super::super::people::{APPLICATION, snowflake};
use super::super::record::Recorded;
use super::super::state::State;
use super::{Answer, routes};

/// The application's global commands, or the commands of one guild.
pub fn answer(state: &mut State, request: &Recorded, guild: Option<u64>) -> Answer {
    let known = state.commands.entry(guild).or_default();
    match request.method.as_str() {
        "GET" => Answer::json(json!(known)),
        "PUT" => {
            let sent = request.body.as_array().map_or(&[][..], Vec::as_slice);
            let new = sent.iter().map(|command| registered(command, same(known, command), guild)).collect();
            *known = new;
            Answer::json(json!(known))
        }
        _ => routes::unknown_route(state, request),
    }
}

fn same<'c>(known: &'c [Value], sent: &Value) -> Option<&'c Value> {
    let kind = Some(sent["type"].as_u64().unwrap_or(1));
    known.iter().find(|old| old["name"] == sent["name"] && old["type"].as_u64() == kind)
}

/// A command as Discord returns it: with an id, a version and default values, without empty properties.
fn registered(sent: &Value, old: Option<&Value>, guild: Option<u64>) -> Value {
    let mut new = json!({
        "application_id": APPLICATION.to_string(), "type": 1, "name": "", "description": "", "nsfw": false,
        "default_member_permissions": null, "name_localizations": null, "description_localizations": null,
    });
    match guild {
        Some(guild) => new["guild_id"] = json!(guild.to_string()),
        None => {
            new["dm_permission"] = json!(true);
            new["contexts"] = json!(null);
            new["integration_types"] = json!([0]);
        }
    }
    for (name, value) in sent.as_object().into_iter().flatten() {
        let is_told = !is_bare(value) || new.get(name).is_none_or(Value::is_boolean) && value.is_boolean();
        if is_told && !["id", "version"].contains(&name.as_str()) {
            new[name] = if name == "options" { pared(value) } else { value.clone() };
        }
    }
    let told = |value: &Value, name: &str| value.get(name).cloned().unwrap_or(Value::Null);
    let is_changed = old.is_none_or(|old| {
        let mut old = old.clone();
        old.as_object_mut()
            .expect("a command is an object")
            .retain(|name, _| name != "id" && name != "version");
        old != new
    });
    new["id"] = old.map_or_else(|| json!(snowflake().to_string()), |old| told(old, "id"));
    new["version"] = match old.filter(|_| !is_changed) {
        Some(old) => told(old, "version"),
        None => json!(snowflake().to_string()),
    };
    new
}

/// Options without empty values: `false`, `null`, empty lists and maps.
fn pared(value: &Value) -> Value {
    match value {
        Value::Array(list) => list.iter().map(pared).collect(),
        Value::Object(map) => {
            let told = map.iter().filter(|(name, value)| *name == "value" || !is_bare(value));
            told.map(|(name, value)| (name.clone(), pared(value))).collect()
        }
        other => other.clone(),
    }
}

fn is_bare(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}
