//! Events that Discord sends when somebody uses a command, clicks or writes. Each function creates one event with all
//! the properties that Discord sends; the methods of [`Event`] change it.

use serde_json::{Map, Value, json};

use super::people::{APPLICATION, Person, Spot, now, snowflake};

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// The id of the interaction or message, which identifies its replies; 0 if there is neither.
    pub id: u64,
    /// Discord's name of the event, such as `MESSAGE_CREATE`.
    pub name: String,
    /// Its data.
    pub data: Value,
    /// The guild that decides which shard gets it.
    pub guild: Option<u64>,
    /// Where it happened, so that the double creates the channel.
    pub spot: Option<Spot>,
}

impl Event {
    /// Any event, for instance one that no client knows.
    pub fn raw(name: &str, data: Value) -> Self {
        Self { id: 0, name: name.to_owned(), data, guild: None, spot: None }
    }

    /// Sets the value at a JSON pointer; it can be `null`.
    ///
    /// # Panics
    /// If its parent does not exist.
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        let (parent, name) = pointer.rsplit_once('/').expect("a JSON pointer begins with `/`");
        let parent = self.data.pointer_mut(parent).unwrap_or_else(|| panic!("the event has no {parent}"));
        parent[name] = value;
        self
    }

    /// Removes a property that Discord usually sends.
    pub fn without(mut self, name: &str) -> Self {
        self.data.as_object_mut().expect("an event is an object").remove(name);
        self
    }

    /// Adds a command option that holds a file; see `Double::attach`.
    pub fn with_file(mut self, option: &str, attachment: &Value) -> Self {
        let id = attachment["id"].clone();
        let key = id.as_str().expect("an attachment has an id").to_owned();
        self.data["data"]["resolved"]["attachments"][key] = attachment.clone();
        let option = json!({ "name": option, "type": 11, "value": id });
        innermost(&mut self.data["data"]).push(option);
        self
    }

    /// Adds mentions of people to a message, in Discord's format.
    pub fn mentioning(mut self, people: &[&Person]) -> Self {
        let mentions = people.iter().map(|person| {
            let mut user = person.user();
            user["member"] = person.partial_member();
            user
        });
        self.data["mentions"] = mentions.collect();
        self
    }

    /// Makes a message a reply to another one.
    pub fn replying_to(mut self, message: &Value) -> Self {
        self.data["type"] = json!(19);
        self.data["message_reference"] = json!({ "type": 0, "message_id": message["id"],
            "channel_id": message["channel_id"], "guild_id": self.data["guild_id"] });
        self.data["referenced_message"] = message.clone();
        self
    }
}

/// The list of options for a command's values: the command's own, or its subcommand's.
fn innermost(data: &mut Value) -> &mut Vec<Value> {
    let nested = data["options"][0]["type"].as_u64().is_some_and(|kind| kind <= 2);
    if nested {
        return innermost(&mut data["options"][0]);
    }
    if !data["options"].is_array() {
        data["options"] = json!([]);
    }
    data["options"].as_array_mut().expect("options are a list")
}

/// A slash command: `"ldn ask"` is the subcommand `ask` of `/ldn`.
pub fn slash(spot: &Spot, person: &Person, command: &str, options: &[(&str, Value)]) -> Event {
    let options: Vec<Value> = options.iter().map(|(name, value)| option(name, value)).collect();
    interaction(2, spot, person, command_data(command, &options))
}

/// An autocompletion request while a user types in an option.
pub fn autocomplete(spot: &Spot, person: &Person, command: &str, name: &str, written: &str) -> Event {
    let focused = json!({ "name": name, "type": 3, "value": written, "focused": true });
    interaction(4, spot, person, command_data(command, &[focused]))
}

/// A command on a message.
pub fn message_command(spot: &Spot, person: &Person, name: &str, message: &Value) -> Event {
    let id = message["id"].as_str().expect("a message has an id").to_owned();
    let mut data = command_data(name, &[]);
    data["name"] = json!(name);
    data["type"] = json!(3);
    data["target_id"] = json!(id);
    data["options"] = json!([]);
    data["resolved"]["messages"][id] = message.clone();
    interaction(2, spot, person, data)
}

/// A click on a button of a message.
pub fn button(spot: &Spot, person: &Person, message: &Value, custom_id: &str) -> Event {
    let data = json!({ "custom_id": custom_id, "component_type": 2, "id": 2 });
    let mut event = interaction(3, spot, person, data);
    event.data["message"] = message.clone();
    event
}

/// A choice in a select of a message.
pub fn select(spot: &Spot, person: &Person, message: &Value, custom_id: &str, values: &[&str]) -> Event {
    let mut event = button(spot, person, message, custom_id);
    event.data["data"] = json!({ "custom_id": custom_id, "component_type": 3, "values": values, "id": 2 });
    event
}

/// A submitted modal; `message` is the message whose button opened it, if any.
pub fn modal_submit(
    spot: &Spot,
    person: &Person,
    custom_id: &str,
    values: &[(&str, &str)],
    message: Option<&Value>,
) -> Event {
    let input = |(name, value): &(&str, &str)| {
        json!({ "type": 1, "id": 1, "components": [
            { "type": 4, "id": 2, "custom_id": name, "value": value }] })
    };
    let rows: Vec<Value> = values.iter().map(input).collect();
    let data = json!({ "custom_id": custom_id, "components": rows });
    let mut event = interaction(5, spot, person, data);
    if let Some(message) = message {
        event.data["message"] = message.clone();
    }
    event
}

/// A message that a user wrote.
pub fn message(spot: &Spot, person: &Person, content: &str) -> Event {
    let id = snowflake();
    let mut data = message_object(id, spot, person, content);
    data["channel_type"] = json!(spot.kind());
    if spot.guild.is_some() {
        data["member"] = person.partial_member();
    }
    Event { id, name: "MESSAGE_CREATE".to_owned(), data, guild: spot.guild, spot: Some(*spot) }
}

/// A message as REST returns it.
pub fn message_object(id: u64, spot: &Spot, person: &Person, content: &str) -> Value {
    let mut object = json!({
        "id": id.to_string(), "type": 0, "channel_id": spot.channel.to_string(), "author": person.user(),
        "content": content, "timestamp": now(), "edited_timestamp": null, "tts": false,
        "mention_everyone": false, "mentions": [], "mention_roles": [], "attachments": [], "embeds": [],
        "components": [], "pinned": false, "flags": 0,
    });
    if let Some(guild) = spot.guild {
        object["guild_id"] = json!(guild.to_string());
    }
    object
}

/// The application was removed from a guild, or the guild is temporarily unavailable.
pub fn guild_delete(guild: u64, is_outage: bool) -> Event {
    let mut data = json!({ "id": guild.to_string() });
    if is_outage {
        data["unavailable"] = json!(true);
    }
    Event { guild: Some(guild), ..Event::raw("GUILD_DELETE", data) }
}

/// A channel was deleted. The double also deletes it.
pub fn channel_delete(spot: &Spot) -> Event {
    Event { guild: spot.guild, ..Event::raw("CHANNEL_DELETE", spot.object()) }
}

/// A message was deleted by its author or a moderator. The double also deletes it.
pub fn message_delete(spot: &Spot, message: u64) -> Event {
    let mut data = json!({ "id": message.to_string(), "channel_id": spot.channel.to_string() });
    in_guild(&mut data, spot);
    Event { guild: spot.guild, ..Event::raw("MESSAGE_DELETE", data) }
}

/// Several messages of a channel were deleted at once.
pub fn message_delete_bulk(spot: &Spot, messages: &[u64]) -> Event {
    let ids: Vec<String> = messages.iter().map(u64::to_string).collect();
    let mut data = json!({ "ids": ids, "channel_id": spot.channel.to_string() });
    in_guild(&mut data, spot);
    Event { guild: spot.guild, ..Event::raw("MESSAGE_DELETE_BULK", data) }
}

/// A message was edited.
pub fn message_edit(message: &Event, content: &str) -> Event {
    let mut event = message.clone().with("/content", json!(content)).with("/edited_timestamp", json!(now()));
    event.name = "MESSAGE_UPDATE".to_owned();
    Event { id: 0, ..event }
}

fn in_guild(data: &mut Value, spot: &Spot) {
    if let Some(guild) = spot.guild {
        data["guild_id"] = json!(guild.to_string());
    }
}

fn option(name: &str, value: &Value) -> Value {
    let kind = match value {
        Value::Bool(_) => 5,
        Value::Number(number) if number.is_i64() || number.is_u64() => 4,
        Value::Number(_) => 10,
        _ => 3,
    };
    json!({ "name": name, "type": kind, "value": value })
}

/// The data of `"name"`, `"name subcommand"` or `"name group subcommand"`, with its values.
fn command_data(command: &str, values: &[Value]) -> Value {
    let mut words: Vec<&str> = command.split(' ').collect();
    let name = words.remove(0);
    let mut options = json!(values);
    for (at, word) in words.iter().enumerate().rev() {
        let kind = if at + 1 == words.len() { 1 } else { 2 };
        options = json!([{ "name": word, "type": kind, "options": options }]);
    }
    json!({ "id": "1", "name": name, "type": 1, "options": options,
        "resolved": { "attachments": {}, "messages": {} } })
}

fn interaction(kind: u8, spot: &Spot, person: &Person, mut data: Value) -> Event {
    let id = snowflake();
    if let Some(resolved) = data.get_mut("resolved").and_then(Value::as_object_mut) {
        resolved.retain(|_, found| found.as_object().is_some_and(|found| !found.is_empty()));
    }
    let owners = match spot.guild {
        Some(guild) => json!({ "0": guild.to_string() }),
        None => json!({ "0": "0" }),
    };
    let mut event = json!({
        "id": id.to_string(), "application_id": APPLICATION.to_string(), "type": kind, "data": data,
        "token": format!("token-of-{id}"), "version": 1, "locale": person.locale,
        "channel_id": spot.channel.to_string(), "channel": spot.partial(),
        "app_permissions": spot.app_permissions.to_string(), "entitlements": [], "entitlement_sku_ids": [],
        "authorizing_integration_owners": owners, "context": if spot.guild.is_some() { 0 } else { 1 },
        "attachment_size_limit": 10_485_760,
    });
    let object: &mut Map<String, Value> = event.as_object_mut().expect("an object");
    if let Some(guild) = spot.guild {
        object.insert("guild_id".into(), json!(guild.to_string()));
        object.insert("guild_locale".into(), json!("en-US"));
        let about = json!({ "id": guild.to_string(), "locale": "en-US", "features": [] });
        object.insert("guild".into(), about);
        object.insert("member".into(), person.member());
    } else {
        object.insert("user".into(), person.user());
    }
    let name = "INTERACTION_CREATE".to_owned();
    Event { id, name, data: event, guild: spot.guild, spot: Some(*spot) }
}
