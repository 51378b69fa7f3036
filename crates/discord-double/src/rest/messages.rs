//! Messages in channels.

use serde_json::{Value, json};

use super::super::people::{APPLICATION, Spot, now};
use super::super::record::{Recorded, Way};
use super::super::state::{Forbidden, State};
use super::{Answer, overlay, routes};

/// Handles everything below `/channels/{id}`.
pub fn answer(state: &mut State, request: &Recorded, spot: &Spot, rest: &[&str]) -> Answer {
    let may_write = state.forbidden.get(&spot.channel) != Some(&Forbidden::Writing);
    match (request.method.as_str(), rest) {
        ("GET", []) => Answer::json(spot.object()),
        ("POST", ["messages"]) if !may_write => Answer::refused(403, 50013, "Missing Permissions"),
        ("POST", ["messages"]) => create(state, request, spot),
        (_, ["messages", id]) => {
            let id = id.parse().unwrap_or(0);
            let known = state.messages.get(&id);
            match known.filter(|kept| kept.channel == spot.channel && !kept.is_private()) {
                None => Answer::refused(404, 10008, "Unknown Message"),
                Some(kept) => {
                    let is_own = kept.object["author"]["id"] == APPLICATION.to_string().as_str();
                    change(state, request, id, is_own)
                }
            }
        }
        _ => routes::unknown_route(state, request),
    }
}

fn create(state: &mut State, request: &Recorded, spot: &Spot) -> Answer {
    if spot.guild.is_none() && state.refusing.contains(&(spot.channel - 1)) {
        return Answer::refused(403, 50007, "Cannot send messages to this user");
    }
    let body = &request.body;
    let nonce = nonce(body).map(|nonce| (spot.channel, nonce));
    if let Some(known) = nonce.as_ref().and_then(|nonce| state.nonces.get(nonce))
        && body["enforce_nonce"] == true
        && let Some(kept) = state.messages.get(known)
    {
        return Answer::json(kept.object.clone());
    }
    let referenced = &body["message_reference"]["message_id"];
    let referenced = referenced.as_str().map(|id| id.parse::<u64>().unwrap_or(0));
    let is_lost = referenced.is_some_and(|id| !state.messages.contains_key(&id));
    if is_lost && body["message_reference"]["fail_if_not_exists"] != false {
        let mut answer = Answer::refused(400, 50035, "Invalid Form Body");
        answer.body["errors"] = json!({ "message_reference": { "_errors": [
            { "code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message" }] } });
        return answer;
    }
    let (id, mut object) = state.write(spot, body, None);
    if let Some(nonce) = nonce {
        state.nonces.insert(nonce, id);
    }
    if let Some(referenced) = referenced {
        state.reply(referenced, Way::Message, body, Some(id), request.at);
    }
    // Discord omits the guild in REST responses.
    object.as_object_mut().expect("a message is an object").remove("guild_id");
    Answer::json(object)
}

fn nonce(body: &Value) -> Option<String> {
    match &body["nonce"] {
        Value::String(nonce) if !nonce.is_empty() => Some(nonce.clone()),
        Value::Number(nonce) => Some(nonce.to_string()),
        _ => None,
    }
}

/// Handles `PATCH` and `DELETE`.
fn change(state: &mut State, request: &Recorded, id: u64, is_own: bool) -> Answer {
    match request.method.as_str() {
        "PATCH" if !is_own => Answer::refused(403, 50005, "Cannot edit a message authored by another user"),
        "PATCH" => Answer::json(edited(state, id, &request.body)),
        "DELETE" if !is_own => Answer::refused(403, 50013, "Missing Permissions"),
        "DELETE" => {
            state.messages.remove(&id);
            Answer::done()
        }
        _ => routes::unknown_route(state, request),
    }
}

/// Changes an existing message.
pub fn edited(state: &mut State, id: u64, body: &Value) -> Value {
    let kept = state.messages.get_mut(&id).expect("the message was found");
    overlay(&mut kept.object, body);
    kept.object["edited_timestamp"] = json!(now());
    kept.object.clone()
}
