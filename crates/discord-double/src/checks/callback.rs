//! Initial responses to interactions.

use std::collections::HashSet;

use serde_json::Value;
use twilight_model::application::command::CommandOptionChoice;
use twilight_validate::command as twilight;

use super::message::{Place, limits as message_limits, parsed};
use super::{components, list, unknown_properties};

const EPHEMERAL: u64 = 1 << 6;
const CHOICES: usize = 25;

/// The kind of interaction, by Discord's number of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// 1: a ping (HTTP only).
    Ping,
    /// 2: a command of any kind.
    Command,
    /// 3: a button or a select.
    Component,
    /// 4: autocompletion of an option.
    Autocomplete,
    /// 5: a submitted modal.
    Modal {
        /// Whether a button of a message opened the modal; that message can then be changed.
        from_message: bool,
    },
}

impl Asked {
    /// The kind of an interaction event.
    ///
    /// # Panics
    /// If Discord has no such type.
    pub fn of_event(data: &Value) -> Self {
        match data["type"].as_u64() {
            Some(1) => Self::Ping,
            Some(2) => Self::Command,
            Some(3) => Self::Component,
            Some(4) => Self::Autocomplete,
            Some(5) => Self::Modal { from_message: data["message"].is_object() },
            other => panic!("an interaction of the type {other:?}"),
        }
    }

    /// The callback types that can answer it.
    fn answers(self) -> &'static [u64] {
        match self {
            Self::Ping => &[1],
            Self::Command => &[4, 5, 9],
            Self::Component => &[4, 5, 6, 7, 9],
            Self::Autocomplete => &[8],
            Self::Modal { from_message: true } => &[4, 5, 6, 7],
            Self::Modal { from_message: false } => &[4, 5],
        }
    }
}

/// Returns what Discord would reject.
pub fn limits(asked: Asked, body: &Value) -> Vec<String> {
    let mut found = Vec::new();
    unknown_properties::check(body, "type data", "", &mut found);
    let Some(kind) = body["type"].as_u64() else {
        found.push("type: is lacking".to_owned());
        return found;
    };
    if !asked.answers().contains(&kind) {
        found.push(format!("type: {kind} does not answer {asked:?}"));
    }
    let data = &body["data"];
    match kind {
        4 => found.extend(within(message_limits(Place::Answer, data))),
        7 => found.extend(within(message_limits(Place::Update, data))),
        5 => found.extend(deferred(data, EPHEMERAL)),
        6 => found.extend(deferred(data, 0)),
        8 => found.extend(choices(data)),
        9 => found.extend(components::of_modal(data)),
        _ => {}
    }
    found
}

fn within(found: Vec<String>) -> Vec<String> {
    found.into_iter().map(|line| format!("data: {line}")).collect()
}

/// Only the private flag is allowed; serenity adds an empty list of attachments and properties without effect.
fn deferred(data: &Value, allowed: u64) -> Vec<String> {
    let mut found = Vec::new();
    unknown_properties::check(data, "flags attachments allowed_mentions", "data", &mut found);
    if !list(data, "attachments").is_empty() {
        found.push("data.attachments: nothing can be sent while deferring".to_owned());
    }
    if data["flags"].as_u64().unwrap_or(0) & !allowed != 0 {
        found.push(format!("data.flags: {} while deferring", data["flags"]));
    }
    found
}

fn choices(data: &Value) -> Vec<String> {
    let mut found = Vec::new();
    unknown_properties::check(data, "choices", "data", &mut found);
    found.extend(unknown_properties::choices(&data["choices"], "data.choices"));
    if !data["choices"].is_array() {
        found.push("data.choices: is lacking".to_owned());
    }
    let all = list(data, "choices");
    if all.len() > CHOICES {
        found.push(format!("data.choices: {} choices, {CHOICES} are allowed", all.len()));
    }
    found.extend(named(all, "data.choices"));
    found
}

/// Checks that choices are valid and their names unique.
pub fn named(choices: &[Value], place: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for (at, choice) in choices.iter().enumerate() {
        let place = format!("{place}[{at}]");
        found.extend(parsed::<CommandOptionChoice>(&place, choice));
        if let Ok(choice) = serde_json::from_value(choice.clone()) {
            found.extend(twilight::choice(&choice).err().map(|error| format!("{place}: {error}")));
        }
        if !seen.insert(choice["name"].as_str()) {
            found.push(format!("{place}: the name {} stands twice", choice["name"]));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::callback;
    use super::*;

    fn refused(asked: Asked, body: Value, finding: &str) {
        let found = callback(asked, &body);
        assert!(found.iter().any(|line| line.contains(finding)), "{finding}: {found:#?}");
    }

    fn sound(asked: Asked, body: Value) {
        assert_eq!(callback(asked, &body), Vec::<String>::new(), "{body}");
    }

    fn said(text: &str) -> Value {
        json!({ "content": text, "allowed_mentions": { "parse": [] }, "attachments": [] })
    }

    #[test]
    fn each_question_has_its_answers() {
        let from_button = Asked::Modal { from_message: true };
        sound(Asked::Command, json!({ "type": 4, "data": said("x") }));
        sound(Asked::Command, json!({ "type": 5, "data": { "flags": 64, "attachments": [] } }));
        sound(Asked::Component, json!({ "type": 7, "data": said("x") }));
        sound(Asked::Component, json!({ "type": 6, "data": null }));
        sound(from_button, json!({ "type": 7, "data": said("x") }));
        sound(Asked::Autocomplete, json!({ "type": 8, "data": { "choices": [] } }));
        sound(Asked::Ping, json!({ "type": 1 }));
        for (asked, kind) in [
            (Asked::Command, 7),
            (Asked::Command, 8),
            (Asked::Component, 8),
            (Asked::Autocomplete, 4),
            (Asked::Modal { from_message: false }, 7),
            (from_button, 9),
            (Asked::Ping, 4),
        ] {
            refused(asked, json!({ "type": kind, "data": said("x") }), "does not answer");
        }
        refused(Asked::Command, json!({}), "type: is lacking");
        refused(Asked::Command, json!({ "type": 4, "data": said("x"), "x": 1 }), "no such property");
    }

    #[test]
    fn deferring_says_only_whether_it_is_private() {
        refused(Asked::Command, json!({ "type": 5, "data": said("x") }), "content");
        refused(Asked::Command, json!({ "type": 5, "data": { "flags": 4 } }), "while deferring");
        refused(Asked::Component, json!({ "type": 6, "data": { "flags": 64 } }), "while deferring");
        refused(Asked::Command, json!({ "type": 5, "data": { "attachments": [{}] } }), "attachments");
    }

    #[test]
    fn messages_within_are_judged() {
        refused(Asked::Command, json!({ "type": 4, "data": said("") }), "empty");
        refused(Asked::Command, json!({ "type": 4, "data": { "content": "x" } }), "would ping");
        refused(Asked::Component, json!({ "type": 7, "data": { "content": "x" } }), "would ping");
        let mut private = said("x");
        private["flags"] = json!(64);
        sound(Asked::Component, json!({ "type": 4, "data": private }));
        refused(Asked::Component, json!({ "type": 7, "data": private }), "cannot be ephemeral");
    }

    #[test]
    fn twenty_five_choices_of_a_hundred_characters() {
        let choices = |count: usize| -> Vec<Value> {
            (0..count).map(|at| json!({ "name": format!("n{at}"), "value": "v" })).collect()
        };
        let answer = |choices: Value| json!({ "type": 8, "data": { "choices": choices } });
        sound(Asked::Autocomplete, answer(json!(choices(25))));
        refused(Asked::Autocomplete, answer(json!(choices(26))), "26 choices");
        for (name, value) in [("n".repeat(101), "v".to_owned()), (String::new(), "v".to_owned())]
            .into_iter()
            .chain([("n".to_owned(), "v".repeat(101))])
        {
            let choice = json!([{ "name": name, "value": value }]);
            refused(Asked::Autocomplete, answer(choice), "data.choices[0]");
        }
        let twice = json!([{ "name": "n", "value": "a" }, { "name": "n", "value": "b" }]);
        refused(Asked::Autocomplete, answer(twice), "stands twice");
        refused(Asked::Autocomplete, answer(json!(null)), "is lacking");
    }

    #[test]
    fn modals_are_judged() {
        refused(Asked::Command, json!({ "type": 9, "data": { "custom_id": "c" } }), "data.title");
    }
}
