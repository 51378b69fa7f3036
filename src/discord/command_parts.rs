//! What the commands for users and for moderators are made of.

use serde_json::{Value, json};
use serenity::all::{CommandOptionType, CreateCommand, CreateCommandOption};

use verbatim_core::text::controls::short_label;

/// Suffix of the moderators' command, after the base's name.
pub const ADMIN: &str = "-admin";
/// The subcommand with which moderators confirm the channel settings.
pub const CONFIRM_CHANNELS: &str = "confirm-channels";
/// Discord's limit: choices per option.
pub const MOST_CHOICES: usize = 25;
/// Discord's limit: length of a description, and of a choice's name and value, in characters.
pub const LONGEST_DESCRIPTION: usize = 100;

/// A subcommand with a description that Discord accepts.
pub fn subcommand(name: &str, description: &str, options: Vec<CreateCommandOption>) -> CreateCommandOption {
    let description = short_label(description, LONGEST_DESCRIPTION);
    CreateCommandOption::new(CommandOptionType::SubCommand, name, description).set_sub_options(options)
}

/// An option that takes text.
pub fn text_option(name: &str, description: &str, required: bool) -> CreateCommandOption {
    CreateCommandOption::new(CommandOptionType::String, name, description).required(required)
}

/// A command as it is sent, without the builder's empty fields.
pub fn as_sent(command: CreateCommand) -> Value {
    let mut value = json!(command);
    drop_empty(&mut value);
    value
}

fn drop_empty(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(drop_empty);
            object.retain(|_, value| !is_empty(value));
        }
        Value::Array(list) => list.iter_mut().for_each(drop_empty),
        _ => {}
    }
}

/// Whether a field says nothing.
pub fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}
