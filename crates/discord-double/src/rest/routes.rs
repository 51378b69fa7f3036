//! Selects the route that answers a request.

use serde_json::{Value, json};

use super::super::people::{APPLICATION, Person, Spot};
use super::super::record::Recorded;
use super::super::state::{Forbidden, State};
use super::{Answer, commands, interactions, messages};

/// Passes a request to its route.
pub fn answer(state: &mut State, request: &Recorded) -> Answer {
    let parts = request.parts();
    if !is_authorised(state, request, &parts) {
        return Answer::refused(401, 0, "401: Unauthorized");
    }
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["gateway"]) => Answer::json(json!({ "url": state.gateway_address })),
        ("GET", ["gateway", "bot"]) => Answer::json(json!({
            "url": state.gateway_address, "shards": state.settings.shards,
            "session_start_limit": { "total": 1_000, "remaining": 1_000 - state.gateway.identifies.len(),
                "reset_after": 86_400_000, "max_concurrency": 1 } })),
        ("GET", ["users", "@me"]) => Answer::json(Person::bot().user()),
        ("GET", ["users", "@me", "guilds"]) => own_guilds(state, request),
        ("GET", ["oauth2", "applications", "@me"]) => application(state),
        ("POST", ["users", "@me", "channels"]) => direct(state, request),
        ("GET", ["attachments", ..]) => attachment(state, request),
        (_, ["applications", _, "commands"]) => commands::answer(state, request, None),
        (_, ["applications", _, "guilds", guild, "commands"]) => match known_guild(state, guild) {
            Ok(guild) => commands::answer(state, request, Some(guild)),
            Err(refused) => refused,
        },
        ("POST", ["interactions", id, token, "callback"]) => {
            interactions::callback(state, request, id, token)
        }
        (_, ["webhooks", _, token, rest @ ..]) => interactions::webhook(state, request, token, rest),
        (_, ["channels", channel, rest @ ..]) => match channel_of(state, channel) {
            Ok(spot) => messages::answer(state, request, &spot, rest),
            Err(refused) => refused,
        },
        _ => unknown_route(state, request),
    }
}

/// Records a request that no route handles, so that the test fails.
pub fn unknown_route(state: &mut State, request: &Recorded) -> Answer {
    state.violate(request, ["the double has no such route".to_owned()]);
    Answer::refused(404, 0, "404: Not Found")
}

/// Whether a request has the bot token or needs none: interaction routes have a token in the path instead, and
/// attachments and the gateway are open.
fn is_authorised(state: &State, request: &Recorded, parts: &[&str]) -> bool {
    let is_open = matches!(parts, ["interactions" | "webhooks" | "attachments", ..] | ["gateway"]);
    let expected = format!("Bot {}", state.settings.token);
    is_open || request.header("authorization") == Some(expected.as_str())
}

fn known_guild(state: &State, guild: &str) -> Result<u64, Answer> {
    let id = guild.parse().unwrap_or(0);
    if state.guilds.contains_key(&id) { Ok(id) } else { Err(Answer::refused(404, 10004, "Unknown Guild")) }
}

/// Returns a channel that exists and that the application can see.
fn channel_of(state: &State, channel: &str) -> Result<Spot, Answer> {
    let id = channel.parse().unwrap_or(0);
    let Some(spot) = state.channels.get(&id) else {
        return Err(Answer::refused(404, 10003, "Unknown Channel"));
    };
    match state.forbidden.get(&id) {
        Some(Forbidden::Seeing) => Err(Answer::refused(403, 50001, "Missing Access")),
        _ => Ok(*spot),
    }
}

/// The guilds of the application, with its permissions there: those that it has in every channel.
fn own_guilds(state: &State, request: &Recorded) -> Answer {
    let number = |name: &str| {
        let mut pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).and_then(|(_, value)| value.parse::<u64>().ok())
    };
    let (after, limit) = (number("after").unwrap_or(0), number("limit").unwrap_or(200) as usize);
    let mut ids: Vec<u64> = state.guilds.keys().copied().filter(|id| *id > after).collect();
    ids.sort_unstable();
    let permissions = |id: u64| {
        let spots = state.channels.values().filter(|spot| spot.guild == Some(id));
        spots.fold(u64::MAX >> 1, |all, spot| all & spot.app_permissions)
    };
    let guild = |id: u64| {
        json!({ "id": id.to_string(), "name": state.guilds[&id], "icon": null, "banner": null, "owner": false,
            "permissions": permissions(id).to_string(), "features": [] })
    };
    Answer::json(ids.into_iter().take(limit).map(guild).collect())
}

fn application(state: &State) -> Answer {
    const MESSAGE_CONTENT: u64 = 1 << 15;
    let is_granted = state.gateway.disallowed & MESSAGE_CONTENT == 0;
    Answer::json(json!({ "id": APPLICATION.to_string(), "name": "Verbatim", "icon": null, "description": "",
        "bot_public": true, "bot_require_code_grant": false, "verify_key": "0", "team": null,
        "flags": if is_granted { 1 << 18 } else { 0 } }))
}

fn direct(state: &mut State, request: &Recorded) -> Answer {
    let Some(user) = request.body["recipient_id"].as_str().and_then(|id| id.parse::<u64>().ok()) else {
        return Answer::invalid(&["recipient_id: is lacking".to_owned()]);
    };
    let spot = Spot::direct(user);
    state.channels.insert(spot.channel, spot);
    Answer::json(spot.object())
}

fn attachment(state: &State, request: &Recorded) -> Answer {
    match state.attachments.get(&request.path) {
        Some(found) => Answer { status: 200, body: Value::Null, bytes: Some(found.clone()) },
        None => Answer { status: 404, body: Value::Null, bytes: Some(("text/plain".to_owned(), Vec::new())) },
    }
}
