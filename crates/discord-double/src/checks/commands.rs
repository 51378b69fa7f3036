//! Checks of command registrations.

use std::collections::HashSet;

use serde_json::{Value, json};
use twilight_model::application::command::Command;
use twilight_validate::command as twilight;

use super::{callback, has_text, list, unknown_properties};

/// Most commands of each kind: slash, user, message.
const MOST: [(u64, usize); 3] = [(1, 100), (2, 15), (3, 15)];
const CHOICES: usize = 25;
const SUBCOMMAND: u64 = 1;
const GROUP: u64 = 2;
/// The option types that support choices or autocompletion: string, integer, number.
const TAKING_CHOICES: [u64; 3] = [3, 4, 10];

fn list_of(commands: &[Value]) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for command in commands {
        let name = command["name"].as_str().unwrap_or("?");
        found.extend(one(command).into_iter().map(|line| format!("/{name}: {line}")));
        if !seen.insert((kind(command), name)) {
            found.push(format!("/{name}: stands twice"));
        }
    }
    for (of, most) in MOST {
        let count = commands.iter().filter(|command| kind(command) == of).count();
        if count > most {
            found.push(format!("{count} commands of the kind {of}, {most} are allowed"));
        }
    }
    found
}

/// Checks the body of a `PUT`.
pub fn whole(body: &Value) -> Vec<String> {
    match body.as_array() {
        Some(commands) => list_of(commands),
        None => vec![format!("the body is no list: {body}")],
    }
}

/// Checks one command.
pub fn one(command: &Value) -> Vec<String> {
    let mut found = unknown_properties::command(command);
    let description = &command["description"];
    match kind(command) {
        1 if !has_text(description) => found.push("description: is lacking".to_owned()),
        2 | 3 if has_text(description) => found.push("description: only slash commands have one".to_owned()),
        2 | 3 if !list(command, "options").is_empty() => {
            found.push("options: only slash commands have them".to_owned());
        }
        _ => {}
    }
    let permissions = &command["default_member_permissions"];
    if !permissions.is_null() && permissions.as_str().is_none_or(|bits| bits.parse::<u64>().is_err()) {
        found.push(format!("default_member_permissions: {permissions} is no number written as text"));
    }
    found.extend(options(&command["options"], "options", None));
    found.extend(judged(command));
    found
}

/// Returns twilight's findings. It expects commands as they are received, with all default values.
fn judged(command: &Value) -> Option<String> {
    let mut received = command.clone();
    let entries = received.as_object_mut()?;
    entries.entry("type").or_insert(json!(1));
    entries.entry("version").or_insert(json!("1"));
    entries.entry("description").or_insert(json!(""));
    entries.entry("default_member_permissions").or_insert(json!(null));
    entries.entry("options").or_insert(json!([]));
    match serde_json::from_value::<Command>(received) {
        Ok(command) => {
            let whole = twilight::command(&command).and_then(|()| twilight::options(&command.options));
            whole.err().map(|error| format!("{error} ({:?})", error.kind()))
        }
        Err(error) => Some(error.to_string()),
    }
}

fn kind(command: &Value) -> u64 {
    command["type"].as_u64().unwrap_or(1)
}

/// Checks the options of a command, or of an option of type `parent`.
fn options(value: &Value, place: &str, parent: Option<u64>) -> Vec<String> {
    let all = value.as_array().map_or(&[][..], Vec::as_slice);
    let mut found = Vec::new();
    let nested = |option: &&Value| matches!(option["type"].as_u64(), Some(SUBCOMMAND | GROUP));
    let subcommands = all.iter().filter(nested).count();
    if subcommands != 0 && subcommands != all.len() {
        found.push(format!("{place}: subcommands beside other options"));
    }
    for (at, option) in all.iter().enumerate() {
        let place = format!("{place}[{at}]");
        let kind = option["type"].as_u64().unwrap_or(0);
        let is_in_place = match kind {
            SUBCOMMAND => matches!(parent, None | Some(GROUP)),
            GROUP => parent.is_none(),
            _ => matches!(parent, None | Some(SUBCOMMAND)),
        };
        if !is_in_place {
            let parent = parent.unwrap_or(0);
            found.push(format!("{place}: an option of the kind {kind} in one of the kind {parent}"));
        }
        found.extend(described(option, &place));
        found.extend(chosen(option, kind, &place));
        found.extend(options(&option["options"], &format!("{place}.options"), Some(kind)));
    }
    found
}

/// Checks name and description. Twilight checks the options of a subcommand, but not the subcommand itself.
fn described(option: &Value, place: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (name, description) = (&option["name"], &option["description"]);
    if !has_text(description) {
        found.push(format!("{place}.description: is lacking"));
    }
    if let Some(error) = name.as_str().and_then(|name| twilight::option_name(name).err()) {
        found.push(format!("{place}.name: {error}"));
    }
    if let Some(error) = description.as_str().and_then(|text| twilight::description(text).err()) {
        found.push(format!("{place}.description: {error}"));
    }
    found
}

/// Checks choices and autocompletion.
fn chosen(option: &Value, kind: u64, place: &str) -> Vec<String> {
    let choices = list(option, "choices");
    let mut found = callback::named(choices, &format!("{place}.choices"));
    if choices.len() > CHOICES {
        found.push(format!("{place}.choices: {} choices, {CHOICES} are allowed", choices.len()));
    }
    let completes = option["autocomplete"] == true;
    if completes && !choices.is_empty() {
        found.push(format!("{place}: choices and autocompletion"));
    }
    if (completes || !choices.is_empty()) && !TAKING_CHOICES.contains(&kind) {
        found.push(format!("{place}: an option of the kind {kind} takes no choices"));
    }
    found
}

#[cfg(test)]
#[path = "commands_tests.rs"]
mod tests;
