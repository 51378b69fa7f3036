//! Checks for properties that Discord does not know. Discord silently drops them, so a typo would lose a footer or a
//! permission without an error.

use serde_json::Value;

const MESSAGE: &str = "content nonce tts embeds allowed_mentions message_reference components sticker_ids \
    attachments flags enforce_nonce poll username avatar_url thread_name applied_tags";
const EMBED: &str = "title type description url timestamp color footer image thumbnail video provider author \
    fields";
const EMBED_PARTS: &[(&str, &str)] = &[
    ("footer", "text icon_url proxy_icon_url"),
    ("author", "name url icon_url proxy_icon_url"),
    ("image", "url proxy_url height width"),
    ("thumbnail", "url proxy_url height width"),
    ("fields", "name value inline"),
];
const REFERENCE: &str = "type message_id channel_id guild_id fail_if_not_exists";
const MENTIONS: &str = "parse roles users replied_user";
const COMMAND: &str = "id type application_id guild_id name name_localizations description \
    description_localizations options default_member_permissions dm_permission default_permission nsfw \
    integration_types contexts version handler";
const OPTION: &str = "type name name_localizations description description_localizations required choices \
    options channel_types min_value max_value min_length max_length autocomplete file_types";
const CHOICE: &str = "name name_localizations value";
const SELECT: &str = "type id custom_id options channel_types placeholder default_values min_values \
    max_values disabled required";
const SELECT_OPTION: &str = "label value description emoji default";

/// Checks a message's body, with everything in it.
pub fn message(body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(body, MESSAGE, "", &mut found);
    for (at, embed) in super::list(body, "embeds").iter().enumerate() {
        let place = format!("embeds[{at}]");
        check(embed, EMBED, &place, &mut found);
        for (part, names) in EMBED_PARTS {
            each(&embed[part], names, &format!("{place}.{part}"), &mut found);
        }
    }
    check(&body["allowed_mentions"], MENTIONS, "allowed_mentions", &mut found);
    check(&body["message_reference"], REFERENCE, "message_reference", &mut found);
    found.extend(components(&body["components"], "components"));
    found
}

/// Checks rows, buttons, selects and inputs.
pub fn components(value: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, component) in value.as_array().into_iter().flatten().enumerate() {
        let place = format!("{place}[{at}]");
        let names = match component["type"].as_u64() {
            Some(1) => "type id components",
            Some(2) => "type id style label emoji custom_id sku_id url disabled",
            Some(3 | 5..=8) => SELECT,
            Some(4) => "type id custom_id style label min_length max_length required value placeholder",
            Some(10) => "type id content",
            Some(18) => "type id label description component",
            _ => {
                found.push(format!("{place}: a component of the type {}", component["type"]));
                continue;
            }
        };
        check(component, names, &place, &mut found);
        each(&component["options"], SELECT_OPTION, &format!("{place}.options"), &mut found);
        found.extend(components(&component["components"], &format!("{place}.components")));
    }
    found
}

/// Checks a command, its options and their choices.
pub fn command(command: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(command, COMMAND, "", &mut found);
    options(&command["options"], "options", &mut found);
    found
}

/// Checks the choices of an option or of an autocompletion.
pub fn choices(value: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    each(value, CHOICE, place, &mut found);
    found
}

fn options(value: &Value, place: &str, found: &mut Vec<String>) {
    for (at, option) in value.as_array().into_iter().flatten().enumerate() {
        let place = format!("{place}[{at}]");
        check(option, OPTION, &place, found);
        found.extend(choices(&option["choices"], &format!("{place}.choices")));
        options(&option["options"], &format!("{place}.options"), found);
    }
}

/// Checks one object, or each object in a list.
fn each(value: &Value, names: &str, place: &str, found: &mut Vec<String>) {
    match value.as_array() {
        Some(values) => {
            for (at, value) in values.iter().enumerate() {
                check(value, names, &format!("{place}[{at}]"), found);
            }
        }
        None => check(value, names, place, found),
    }
}

/// Reports the properties of an object that are not in `names`.
pub fn check(value: &Value, names: &str, place: &str, found: &mut Vec<String>) {
    let all = value.as_object().into_iter().flatten().map(|(name, _)| name);
    for name in all.filter(|name| !names.split_whitespace().any(|known| known == name.as_str())) {
        let dot = if place.is_empty() { "" } else { "." };
        found.push(format!("{place}{dot}{name}: Discord knows no such property"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn slips_of_the_pen_are_found_everywhere() {
        let body = json!({
            "contents": "x",
            "embeds": [{ "foot": 1, "footer": { "txt": "x" }, "fields": [{ "name": "n", "val": "v" }] }],
            "allowed_mentions": { "pars": [] },
            "message_reference": { "message": "1" },
            "components": [{ "type": 1, "components": [{ "type": 2, "lable": "x" }, { "type": 99 }] }],
        });
        let found = message(&body);
        let places: Vec<&str> = found.iter().map(|line| line.split(':').next().unwrap_or("")).collect();
        assert_eq!(
            places,
            [
                "contents",
                "embeds[0].foot",
                "embeds[0].footer.txt",
                "embeds[0].fields[0].val",
                "allowed_mentions.pars",
                "message_reference.message",
                "components[0].components[0].lable",
                "components[0].components[1]",
            ]
        );
    }

    #[test]
    fn slips_of_the_pen_in_commands() {
        let body = json!({ "nam": "x", "options": [{ "desc": "x", "choices": [{ "val": 1 }],
            "options": [{ "requird": true }] }] });
        assert_eq!(command(&body).len(), 4, "{:?}", command(&body));
    }
}
