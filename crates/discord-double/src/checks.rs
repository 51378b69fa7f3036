//! What may be sent to Discord: every limit that it would refuse, and what this project forbids itself.
//!
//! Pure functions from a body to findings (`where: what is wrong`), so that property tests use the very
//! checks that the double holds against every request. `twilight-validate` judges what it can; PLATFORM.md
//! says what it leaves out, and that is checked here by hand.

mod callback;
mod commands;
mod components;
mod house;
mod known;
mod message;

use serde_json::Value;

pub use callback::Asked;
pub use message::Place;

/// A message to a channel, `POST /channels/{id}/messages`.
pub fn message(body: &Value) -> Vec<String> {
    placed(Place::Channel, body)
}

/// A message after the first answer to an interaction, `POST /webhooks/{application}/{token}`.
pub fn follow_up(body: &Value) -> Vec<String> {
    placed(Place::FollowUp, body)
}

/// A change of a message, by either route.
pub fn edit(body: &Value) -> Vec<String> {
    placed(Place::Edit, body)
}

/// The first answer to an interaction of the kind that was asked.
pub fn callback(asked: Asked, body: &Value) -> Vec<String> {
    let mut found = callback::limits(asked, body);
    if let Some(place) = Place::of_callback(body) {
        found.extend(house::message(place, &body["data"]));
    }
    found
}

/// The whole list of an application's commands, `PUT /applications/{id}/commands`.
pub fn commands(body: &Value) -> Vec<String> {
    commands::whole(body)
}

/// One command, `POST` or `PATCH`.
pub fn command(body: &Value) -> Vec<String> {
    commands::one(body)
}

/// The limits of Discord alone: what it answers with 400.
pub fn limits(place: Place, body: &Value) -> Vec<String> {
    message::limits(place, body)
}

/// The limits of Discord alone on a first answer.
pub fn callback_limits(asked: Asked, body: &Value) -> Vec<String> {
    callback::limits(asked, body)
}

/// The limits of Discord and the rules of this project for a message in its place.
pub fn placed(place: Place, body: &Value) -> Vec<String> {
    let mut found = message::limits(place, body);
    found.extend(house::message(place, body));
    found
}

/// The members of a list, none for anything else.
fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// Text that is there and shows something.
fn shows(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

/// As Discord counts: code points.
fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}
