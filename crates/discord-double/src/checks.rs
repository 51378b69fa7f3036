//! Checks of requests to Discord: every limit that Discord enforces, and the additional rules of this project.
//!
//! The checks are pure functions from a body to findings (`where: what is wrong`), so that property tests can use the
//! same checks that the double applies to every request. `twilight-validate` checks most limits; the others are checked
//! here.

mod callback;
mod commands;
mod components;
mod message;
mod project_rules;
mod unknown_properties;

use serde_json::Value;

pub use callback::Asked;
pub use message::Place;

/// A message to a channel, `POST /channels/{id}/messages`.
pub fn message(body: &Value) -> Vec<String> {
    placed(Place::Channel, body)
}

/// A message after the initial response to an interaction, `POST /webhooks/{application}/{token}`.
pub fn follow_up(body: &Value) -> Vec<String> {
    placed(Place::FollowUp, body)
}

/// A change of a message, through either route.
pub fn edit(body: &Value) -> Vec<String> {
    placed(Place::Edit, body)
}

/// The initial response to an interaction of this kind.
pub fn callback(asked: Asked, body: &Value) -> Vec<String> {
    let mut found = callback::limits(asked, body);
    if let Some(place) = Place::of_callback(body) {
        found.extend(project_rules::message(place, &body["data"]));
    }
    found
}

/// The complete list of an application's commands, `PUT /applications/{id}/commands`.
pub fn commands(body: &Value) -> Vec<String> {
    commands::whole(body)
}

/// Only Discord's limits: what it answers with 400.
pub fn limits(place: Place, body: &Value) -> Vec<String> {
    message::limits(place, body)
}

/// Only Discord's limits, for an initial response.
pub fn callback_limits(asked: Asked, body: &Value) -> Vec<String> {
    callback::limits(asked, body)
}

/// Discord's limits and this project's rules for a message at this destination.
pub fn placed(place: Place, body: &Value) -> Vec<String> {
    let mut found = message::limits(place, body);
    found.extend(project_rules::message(place, body));
    found
}

/// The elements of a list; empty for any other value.
fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// Whether a value is a text with visible characters.
fn has_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

/// Length as Discord counts it: code points.
fn length(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}
