//! Responses to interactions: the initial response, and everything after it that uses the interaction's token.

use serde_json::{Value, json};

use super::super::checks::Asked;
use super::super::people::Spot;
use super::super::record::{Recorded, Way};
use super::super::state::{Interaction, State};
use super::{Answer, messages, routes};

const EPHEMERAL: u64 = 1 << 6;
const LOADING: u64 = 1 << 7;

/// Handles the initial response.
pub fn callback(state: &mut State, request: &Recorded, id: &str, token: &str) -> Answer {
    let Some(interaction) = state.interactions.get(token).filter(|known| known.id.to_string() == id) else {
        return Answer::refused(404, 10062, "Unknown interaction");
    };
    if interaction.callback.is_some() {
        return Answer::refused(400, 40060, "Interaction has already been acknowledged.");
    }
    let late = request.at.duration_since(interaction.sent) > state.settings.acknowledge_within;
    if late || interaction.expired {
        return Answer::refused(404, 10062, "Unknown interaction");
    }
    let (id, spot, source) = (interaction.id, interaction.spot, interaction.source);
    let (kind, data) = (request.body["type"].as_u64().unwrap_or(0), &request.body["data"]);
    let original = shown(state, &spot, source, &request.body, token);
    if let Some(interaction) = state.interactions.get_mut(token) {
        interaction.callback = Some(kind);
        interaction.original = original;
    }
    match kind {
        4 | 7 | 8 | 9 => state.reply(id, Way::Callback(kind), data, original, request.at),
        _ => {
            if let Some(question) = state.questions.get_mut(&id) {
                question.acknowledged.get_or_insert(request.at);
            }
        }
    }
    Answer::done()
}

/// Applies an initial response and returns the message that `@original` names from then on.
fn shown(state: &mut State, spot: &Spot, source: Option<u64>, body: &Value, token: &str) -> Option<u64> {
    let data = &body["data"];
    match body["type"].as_u64() {
        Some(4) => Some(state.write(spot, data, Some(token)).0),
        Some(5) => {
            let flags = data["flags"].as_u64().unwrap_or(0) & EPHEMERAL | LOADING;
            Some(state.write(spot, &json!({ "flags": flags }), Some(token)).0)
        }
        Some(6) => source,
        Some(7) => {
            if let Some(source) = source.filter(|source| state.messages.contains_key(source)) {
                messages::edited(state, source, data);
            }
            source
        }
        _ => None,
    }
}

/// Handles everything after the initial response, below `/webhooks/{application}/{token}`.
pub fn webhook(state: &mut State, request: &Recorded, token: &str, rest: &[&str]) -> Answer {
    let Some(interaction) = state.interactions.get(token).cloned() else {
        return Answer::refused(404, 10015, "Unknown Webhook");
    };
    let life = state.settings.token_life;
    if interaction.expired || request.at.duration_since(interaction.sent) > life {
        return Answer::refused(401, 50027, "Invalid Webhook Token");
    }
    let is_answerable = interaction.callback.is_some() && interaction.asked != Asked::Autocomplete;
    if !is_answerable {
        return Answer::refused(404, 10015, "Unknown Webhook");
    }
    match (request.method.as_str(), rest) {
        ("POST", []) => {
            let (id, object) = state.write(&interaction.spot, &request.body, Some(token));
            state.reply(interaction.id, Way::FollowUp, &request.body, Some(id), request.at);
            Answer::json(object)
        }
        (_, ["messages", id]) => {
            let id = if *id == "@original" { interaction.original } else { id.parse().ok() };
            match id.filter(|id| is_of(state, *id, token, &interaction)) {
                Some(id) => message(state, request, &interaction, id),
                None => Answer::refused(404, 10008, "Unknown Message"),
            }
        }
        _ => routes::unknown_route(state, request),
    }
}

/// Whether a message exists and either answers this interaction or is the message whose button was clicked.
fn is_of(state: &State, id: u64, token: &str, interaction: &Interaction) -> bool {
    let known = state.messages.get(&id);
    known.is_some_and(|kept| kept.token.as_deref() == Some(token) || interaction.source == Some(id))
}

fn message(state: &mut State, request: &Recorded, interaction: &Interaction, id: u64) -> Answer {
    match request.method.as_str() {
        "GET" => Answer::json(state.messages[&id].object.clone()),
        "PATCH" => {
            loaded(state, id);
            let object = messages::edited(state, id, &request.body);
            let mut seen = request.body.clone();
            // Whether a message is private is fixed when it is created.
            seen["flags"] = object["flags"].clone();
            state.reply(interaction.id, Way::Edit, &seen, Some(id), request.at);
            Answer::json(object)
        }
        _ => routes::unknown_route(state, request),
    }
}

/// The first edit ends "… is thinking".
fn loaded(state: &mut State, id: u64) {
    if let Some(kept) = state.messages.get_mut(&id) {
        let flags = kept.object["flags"].as_u64().unwrap_or(0) & !LOADING;
        kept.object["flags"] = Value::from(flags);
    }
}
