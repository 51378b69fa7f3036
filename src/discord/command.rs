//! The commands that the bot offers in Discord: a pure function of the bases. The comparison with the registered
//! commands is pure, too; commands are sent only if they differ.

use serde_json::{Map, Value, json};
use serenity::all::{CommandOptionType, CommandType, CreateCommand, CreateCommandOption};

use super::command_parts::{
    ADMIN, LONGEST_DESCRIPTION, MOST_CHOICES, as_sent, is_empty, subcommand, text_option,
};
use super::moderation::command::registration;
use super::registry::{Offered, OfferedTopic};
use verbatim_core::text::controls::short_label;

/// The subcommands that every base has; a topic cannot have one of these names.
pub const ASK: &str = "ask";
/// See [`ASK`].
pub const SOURCES: &str = "sources";
/// See [`ASK`].
pub const HELP: &str = "help";
/// See [`ASK`].
pub const PRIVACY: &str = "privacy";
/// The subcommand for topics that have no separate subcommand; its option is [`NAME`].
pub const TOPIC: &str = "topic";
/// See [`TOPIC`].
pub const NAME: &str = "name";
/// The message command.
pub const ASK_MESSAGE: &str = "Ask the knowledge base";

/// Discord's limit: subcommands per command.
const MOST_SUBCOMMANDS: usize = 25;
/// The subcommand names that a topic cannot have, and how many of them every base has.
const RESERVED: [&str; 5] = [ASK, SOURCES, HELP, PRIVACY, TOPIC];
const FIXED: usize = 4;
/// Discord's limit: length of a name, in characters.
const LONGEST_NAME: usize = 32;

/// Bases and topics that cannot have commands, in words for the operator.
pub fn problems(offered: &[Offered]) -> Vec<String> {
    let mut problems = Vec::new();
    for base in offered {
        if !is_offerable(&base.base) {
            problems.push(format!(
                "the base `{}` cannot be a slash command: rename its folder to at most {} lower-case letters, \
                 digits, `-` or `_`, without `{ADMIN}` at the end",
                base.base,
                LONGEST_NAME - ADMIN.len()
            ));
        }
        for topic in base.topics.iter().filter(|topic| !is_offered(&topic.name)) {
            problems.push(format!(
                "the topic `{}` of `{}` cannot be a subcommand: rename it in base.toml",
                topic.name, base.base
            ));
        }
        let fitting = base.topics.iter().filter(|topic| is_offered(&topic.name)).count();
        let most = MOST_SUBCOMMANDS - FIXED - 1 + MOST_CHOICES;
        if fitting > most {
            problems.push(format!(
                "`{}` has {fitting} topics, but Discord has room for {most}: the last ones have no command",
                base.base
            ));
        }
    }
    problems
}

/// Whether a base can have commands: one for users, and one for moderators whose name cannot be mistaken for another
/// base's.
pub fn is_offerable(base: &str) -> bool {
    is_name(base) && base.chars().count() + ADMIN.len() <= LONGEST_NAME && !base.ends_with(ADMIN)
}

fn is_offered(topic: &str) -> bool {
    is_name(topic) && !RESERVED.contains(&topic)
}

/// How many of `topics` topics have a separate subcommand. If there is no room for all of them, the others are choices
/// of one more subcommand, [`TOPIC`].
fn own_subcommands(topics: usize) -> usize {
    let room = MOST_SUBCOMMANDS - FIXED;
    if topics <= room { topics } else { room - 1 }
}

/// How to ask for a topic, after the base's name: with a separate subcommand or with [`TOPIC`].
pub fn way_to(topic: &str, topics: &[&str]) -> String {
    let offered: Vec<&str> = topics.iter().copied().filter(|topic| is_offered(topic)).collect();
    match offered.iter().position(|other| *other == topic) {
        Some(at) if at >= own_subcommands(offered.len()) => format!("{TOPIC} {NAME}:{topic}"),
        _ => topic.to_owned(),
    }
}

/// Discord's rule for names, limited to the characters that are valid in every language.
fn is_name(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter);
    !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(fits)
}

/// The commands for everybody. The first base is asked if none is named.
pub fn for_everybody(offered: &[Offered]) -> Vec<Value> {
    let message = CreateCommand::new(ASK_MESSAGE).kind(CommandType::Message);
    let message = (!offered.is_empty()).then_some(message);
    offered.iter().map(slash).chain(message).map(as_sent).collect()
}

fn slash(base: &Offered) -> CreateCommand {
    let question = text_option("question", "Your question, in plain words", true);
    let question = question.set_autocomplete(true).max_length(2_000);
    let mut subcommands = vec![subcommand(ASK, "Ask a question", vec![question, private()])];
    let topics: Vec<&OfferedTopic> = base.topics.iter().filter(|topic| is_offered(&topic.name)).collect();
    let (own, others) = topics.split_at(own_subcommands(topics.len()));
    for topic in own {
        let condition = text_option("condition", "Only for this condition", false);
        let condition = condition.set_autocomplete(true).max_length(100);
        let condition = topic.by_condition.then_some(condition);
        let options = condition.into_iter().chain([private()]).collect();
        subcommands.push(subcommand(&topic.name, &topic.description, options));
    }
    if !others.is_empty() {
        let name = text_option(NAME, "Which topic", true);
        let name = others.iter().take(MOST_CHOICES).fold(name, |name, topic| {
            let label = short_label(&format!("{}: {}", topic.name, topic.description), LONGEST_DESCRIPTION);
            name.add_string_choice(label, &topic.name)
        });
        subcommands.push(subcommand(TOPIC, "Show another topic", vec![name, private()]));
    }
    let listed = "Show the list only to you (default: True)";
    let listed = CreateCommandOption::new(CommandOptionType::Boolean, "private", listed);
    subcommands.push(subcommand(SOURCES, "List the documents that answers are quoted from", vec![listed]));
    subcommands.push(subcommand(HELP, "How to ask, and how the answers work", Vec::new()));
    subcommands.push(subcommand(PRIVACY, "See what is stored, or delete your data", Vec::new()));
    CreateCommand::new(&base.base)
        .kind(CommandType::ChatInput)
        .description(short_label(&base.description, LONGEST_DESCRIPTION))
        .set_options(subcommands)
}

fn private() -> CreateCommandOption {
    CreateCommandOption::new(CommandOptionType::Boolean, "private", "Show the answer only to you")
}

/// The commands for the moderators of a guild.
pub fn for_moderators(offered: &[Offered]) -> Vec<Value> {
    offered.iter().map(|base| registration(&base.base)).map(as_sent).collect()
}

/// The fields that decide how a command looks to a user. Discord's other fields are ignored.
const KEPT: [&str; 13] = [
    "type",
    "name",
    "description",
    "options",
    "required",
    "autocomplete",
    "choices",
    "value",
    "min_value",
    "max_value",
    "max_length",
    "channel_types",
    "default_member_permissions",
];

/// Whether the registered commands are the same as ours.
pub fn are_same(ours: &[Value], registered: &[Value]) -> bool {
    let shape = |commands: &[Value]| {
        let mut shapes: Vec<Value> = commands.iter().map(canonical).collect();
        let key = |command: &Value| format!("{}{}", command["type"], command["name"]);
        shapes.sort_by_key(key);
        shapes
    };
    shape(ours) == shape(registered)
}

/// A command without the fields that Discord adds and without empty values, such as null, false or an empty list.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut kept = Map::new();
            for (key, value) in object.iter().filter(|(key, _)| KEPT.contains(&key.as_str())) {
                let value = canonical(value);
                if !is_empty(&value) {
                    kept.insert(key.clone(), value);
                }
            }
            kept.into()
        }
        Value::Array(list) => list.iter().map(canonical).collect(),
        Value::Number(number) => number.as_f64().map_or(Value::Null, |number| json!(number)),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered() -> Vec<Offered> {
        let topic = |name: &str, by_condition| OfferedTopic {
            name: name.to_owned(),
            description: format!("All on {name}"),
            by_condition,
        };
        let topics = vec![topic("dosage", false), topic("evidence", true)];
        vec![Offered { base: "mel".to_owned(), description: "x".repeat(150), topics }]
    }

    #[test]
    fn commands_are_made_of_the_bases() {
        let shown = |commands: &[Value]| serde_json::to_string_pretty(commands).expect("JSON");
        insta::assert_snapshot!("commands_for_everybody", shown(&for_everybody(&offered())));
        insta::assert_snapshot!("commands_for_moderators", shown(&for_moderators(&offered())));
    }

    /// The characters that Discord counts in a command: names, descriptions and values, 8,000 at most.
    fn characters(value: &Value) -> usize {
        match value {
            Value::Object(object) => {
                let counted = |(key, value): (&String, &Value)| match value.as_str() {
                    Some(text) if ["name", "description", "value"].contains(&key.as_str()) => {
                        text.chars().count()
                    }
                    Some(_) => 0,
                    None => characters(value),
                };
                object.iter().map(counted).sum()
            }
            Value::Array(list) => list.iter().map(characters).sum(),
            _ => 0,
        }
    }

    #[test]
    fn topics_without_room_share_a_subcommand() {
        let topic = |number: usize| OfferedTopic {
            name: format!("{:x<30}{number:02}", "topic"),
            description: "x".repeat(200),
            by_condition: true,
        };
        let with = |topics: usize| Offered {
            base: "m".repeat(26),
            description: "x".repeat(200),
            topics: (0..topics).map(topic).collect(),
        };
        let options = |topics: usize| {
            let options = for_everybody(&[with(topics)])[0]["options"].as_array().expect("options").clone();
            let name = |option: &Value| option["name"].as_str().expect("a name").to_owned();
            (options.len(), options.iter().map(name).collect::<Vec<_>>(), options)
        };
        let (count, names, _) = options(21);
        assert!(count == 25 && !names.iter().any(|name| name == TOPIC), "{names:?}");
        let (count, names, all) = options(22);
        assert_eq!(
            (count, &names[20], &names[21..]),
            (25, &topic(19).name, ["topic", "sources", "help", "privacy"].map(str::to_owned).as_slice())
        );
        assert_eq!(all[21]["options"][0]["choices"].as_array().map(Vec::len), Some(2));
        let all: Vec<String> = with(22).topics.into_iter().map(|topic| topic.name).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        assert_eq!(way_to(all[19], &all), all[19]);
        assert_eq!(way_to(all[20], &all), format!("topic name:{}", all[20]));
        assert!(problems(&[with(45)]).is_empty() && problems(&[with(46)])[0].contains("room for 45"));
        let most = characters(&for_everybody(&[with(45)])[0]);
        assert!(most <= 8_000, "{most}");
    }

    #[test]
    fn what_discord_adds_makes_no_difference() {
        let ours = for_everybody(&offered());
        let mut registered = ours.clone();
        registered.reverse();
        for command in &mut registered {
            command["id"] = json!("1");
            command["version"] = json!("2");
            command["nsfw"] = json!(false);
            command["name_localizations"] = Value::Null;
        }
        assert!(are_same(&ours, &registered));
        registered[1]["options"][0]["description"] = json!("other");
        assert!(!are_same(&ours, &registered));
        assert!(!are_same(&ours, &registered[..1]));
    }

    #[test]
    fn names_that_cannot_be_commands_are_told() {
        let topic = OfferedTopic { name: "ask".to_owned(), description: String::new(), by_condition: false };
        let bases =
            [Offered { base: "Bad Name".to_owned(), description: String::new(), topics: vec![topic] }];
        insta::assert_snapshot!(problems(&bases).join("\n"), @"
        the base `Bad Name` cannot be a slash command: rename its folder to at most 26 lower-case letters, digits, `-` or `_`, without `-admin` at the end
        the topic `ask` of `Bad Name` cannot be a subcommand: rename it in base.toml
        ");
        assert!(problems(&offered()).is_empty());
        assert!(is_offerable("mel-2_x") && !is_offerable("mel-admin") && !is_offerable(&"m".repeat(27)));
    }
}
