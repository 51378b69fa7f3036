//! Checks of messages: content, embeds and flags.

use serde_json::{Value, json};
use twilight_model::channel::message::{AllowedMentions, Embed, MessageFlags};
use twilight_validate::message as twilight;

use super::{components, has_text, length, list, unknown_properties};

const CONTENT: usize = 2_000;
const NONCE: usize = 25;
/// Visible parts of an embed.
const SHOWN: [&str; 4] = ["title", "description", "image", "thumbnail"];
const SUPPRESS_EMBEDS: u64 = 1 << 2;
const EPHEMERAL: u64 = 1 << 6;
const SILENT: u64 = 1 << 12;

/// The destination of a message, which decides what it can contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A new message in a channel.
    Channel,
    /// A new message after the initial response to an interaction.
    FollowUp,
    /// The initial response to an interaction (callback type 4).
    Answer,
    /// An initial response that changes the message of a button (callback type 7).
    Update,
    /// A change of an existing message.
    Edit,
}

impl Place {
    /// The destination of a callback's message, if it has one.
    pub fn of_callback(body: &Value) -> Option<Self> {
        match body["type"].as_u64() {
            Some(4) => Some(Self::Answer),
            Some(7) => Some(Self::Update),
            _ => None,
        }
    }

    fn flags(self) -> u64 {
        match self {
            Self::Channel => SUPPRESS_EMBEDS | SILENT,
            Self::FollowUp | Self::Answer => SUPPRESS_EMBEDS | SILENT | EPHEMERAL,
            Self::Update | Self::Edit => SUPPRESS_EMBEDS,
        }
    }

    /// Whether properties that are not sent stay unchanged.
    fn is_partial(self) -> bool {
        matches!(self, Self::Update | Self::Edit)
    }
}

/// Returns what Discord would reject.
pub fn limits(place: Place, body: &Value) -> Vec<String> {
    if !body.is_object() {
        return vec![format!("the body is no object: {body}")];
    }
    let mut found = unknown_properties::message(body);
    found.extend(content(body));
    found.extend(embeds(body));
    found.extend(components::of_message(&body["components"]));
    found.extend(flags(place, body));
    found.extend(parsed::<AllowedMentions>("allowed_mentions", &body["allowed_mentions"]));
    if !place.is_partial() && is_empty(body) {
        found.push("the message is empty".to_owned());
    }
    if place.is_partial() && ["content", "embeds", "components"].iter().all(|name| blanked(&body[name])) {
        found.push("the edit empties the message".to_owned());
    }
    found
}

/// Whether a value has the type. A missing value is valid.
pub fn parsed<T: serde::de::DeserializeOwned>(name: &str, value: &Value) -> Option<String> {
    if value.is_null() {
        return None;
    }
    serde_json::from_value::<T>(value.clone()).err().map(|error| format!("{name}: {error}"))
}

fn blanked(value: &Value) -> bool {
    value.as_str() == Some("") || value.as_array().is_some_and(Vec::is_empty)
}

fn is_empty(body: &Value) -> bool {
    let is_list = |name| !list(body, name).is_empty();
    !has_text(&body["content"])
        && !is_list("embeds")
        && !is_list("components")
        && !is_list("attachments")
        && !is_list("sticker_ids")
        && !body["poll"].is_object()
}

fn content(body: &Value) -> Vec<String> {
    let content = &body["content"];
    let mut found = Vec::new();
    if !content.is_null() && !content.is_string() {
        found.push(format!("content: {content} is no text"));
    }
    if length(content) > CONTENT {
        found.push(format!("content: {} characters, {CONTENT} are allowed", length(content)));
    }
    if let Some(error) = content.as_str().and_then(|content| twilight::content(content).err())
        && length(content) <= CONTENT
    {
        found.push(format!("content: {error}"));
    }
    if length(&body["nonce"]) > NONCE {
        found.push(format!("nonce: more than {NONCE} characters"));
    }
    found
}

fn embeds(body: &Value) -> Vec<String> {
    let value = &body["embeds"];
    if value.is_null() {
        return Vec::new();
    }
    let mut found: Vec<String> = list(body, "embeds").iter().enumerate().flat_map(embed).collect();
    let mut typed = value.clone();
    for embed in typed.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        // Optional when sent, always present when received; twilight expects the received form.
        embed.entry("type").or_insert(json!("rich"));
    }
    match serde_json::from_value::<Vec<Embed>>(typed) {
        Ok(embeds) => {
            found.extend(
                twilight::embeds(&embeds).err().map(|error| format!("embeds: {error} ({:?})", error.kind())),
            );
        }
        Err(error) => found.push(format!("embeds: {error}")),
    }
    found
}

fn embed((at, embed): (usize, &Value)) -> Vec<String> {
    let mut found = Vec::new();
    for (field_at, field) in list(embed, "fields").iter().enumerate() {
        for name in ["name", "value"].iter().filter(|name| !has_text(&field[**name])) {
            found.push(format!("embeds[{at}].fields[{field_at}].{name}: is empty"));
        }
    }
    let shows_something = SHOWN.iter().any(|name| has_text(&embed[name]) || embed[name].is_object())
        || !list(embed, "fields").is_empty()
        || has_text(&embed["author"]["name"])
        || has_text(&embed["footer"]["text"]);
    if !shows_something {
        found.push(format!("embeds[{at}]: is empty"));
    }
    for (part, name) in [("footer", "text"), ("author", "name")] {
        if embed[part].is_object() && !has_text(&embed[part][name]) {
            found.push(format!("embeds[{at}].{part}.{name}: is empty"));
        }
    }
    let addresses = ["/url", "/author/url", "/author/icon_url", "/footer/icon_url", "/image/url"];
    for pointer in addresses.into_iter().chain(["/thumbnail/url"]) {
        let Some(address) = embed.pointer(pointer).filter(|address| !address.is_null()) else { continue };
        if !is_address(address) || length(address) > 2_048 {
            found.push(format!("embeds[{at}]{pointer}: is no address of the web: {address}"));
        }
    }
    found
}

/// Whether Discord accepts it as a link.
pub fn is_address(value: &Value) -> bool {
    let address = value.as_str().unwrap_or_default();
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !address.contains(char::is_whitespace))
}

fn flags(place: Place, body: &Value) -> Vec<String> {
    let value = &body["flags"];
    let mut found: Vec<String> = parsed::<MessageFlags>("flags", value).into_iter().collect();
    let excess = value.as_u64().unwrap_or(0) & !place.flags();
    if excess & EPHEMERAL != 0 {
        found.push(format!("flags: {place:?} cannot be ephemeral"));
    }
    if excess & !EPHEMERAL != 0 {
        found.push(format!("flags: {} cannot be set for {place:?}", excess & !EPHEMERAL));
    }
    found
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
