//! The commands that Discord offers: a pure function of what the bases have. Comparing them with what is
//! registered is pure, too, so that they are sent only where they differ.

use serde_json::{Map, Value, json};

use verbatim_core::text::controls::short_label;

/// The subcommands that every base has; a topic cannot have one of these names.
pub const ASK: &str = "ask";
/// See [`ASK`].
pub const SOURCES: &str = "sources";
/// See [`ASK`].
pub const HELP: &str = "help";
/// See [`ASK`].
pub const PRIVACY: &str = "privacy";
/// The subcommand for the topics that have none of their own, and its option.
pub const TOPIC: &str = "topic";
/// See [`TOPIC`].
pub const NAME: &str = "name";
/// What the command for moderators is called behind the base's name.
pub const ADMIN: &str = "-admin";
/// The subcommand by which moderators confirm the settings of channels.
pub const CONFIRM_CHANNELS: &str = "confirm-channels";
/// The message command.
pub const ASK_MESSAGE: &str = "Ask the knowledge base";

/// Most subcommands of a command, and most choices of an option, by Discord's limits.
const MOST_SUBCOMMANDS: usize = 25;
const MOST_CHOICES: usize = 25;
/// The subcommands that a topic cannot be called as, and how many of them every base has.
const RESERVED: [&str; 5] = [ASK, SOURCES, HELP, PRIVACY, TOPIC];
const FIXED: usize = 4;
/// Longest name and longest description, in characters, by Discord's limits.
const LONGEST_NAME: usize = 32;
const LONGEST_DESCRIPTION: usize = 100;
/// Discord's bit for Manage Server, as its own members' permissions have it.
const MANAGE_SERVER: &str = "32";

/// What the commands are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// The base's name.
    pub base: String,
    /// What it covers.
    pub description: String,
    /// Its topics.
    pub topics: Vec<OfferedTopic>,
}

/// A topic as a subcommand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedTopic {
    /// Its name.
    pub name: String,
    /// What a reader finds there.
    pub description: String,
    /// Whether it can be asked for one condition.
    pub by_condition: bool,
}

/// A mode of a channel, by its name on the wire and in words.
pub const MODES: [(&str, &str); 3] = [
    ("asked", "Answer when asked (the default)"),
    ("unasked", "Answer every message"),
    ("private", "Answer only privately"),
];

/// What cannot be offered, for the one who runs the bot.
pub fn problems(offered: &[Offered]) -> Vec<String> {
    let mut problems = Vec::new();
    for base in offered {
        if !is_offerable(&base.base) {
            problems.push(format!(
                "the base `{}` cannot be a slash command: name its folder with up to {} lower-case letters, \
                 digits, `-` or `_`, and without `{ADMIN}` at the end",
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
                "`{}` has {fitting} topics, and Discord has room for {most}: the last ones have no command",
                base.base
            ));
        }
    }
    problems
}

/// Whether a base can have commands: one of its own, and one for its moderators, which no other base's can be taken
/// for.
pub fn is_offerable(base: &str) -> bool {
    is_name(base) && base.chars().count() + ADMIN.len() <= LONGEST_NAME && !base.ends_with(ADMIN)
}

fn is_offered(topic: &str) -> bool {
    is_name(topic) && !RESERVED.contains(&topic)
}

/// How many of so many topics have a subcommand of their own. Where there is no room for all of them, the others are
/// choices of one more, [`TOPIC`].
fn own_subcommands(topics: usize) -> usize {
    let room = MOST_SUBCOMMANDS - FIXED;
    if topics <= room { topics } else { room - 1 }
}

/// How a topic is asked for, behind the base's name: by a subcommand of its own or by [`TOPIC`].
pub fn way_to(topic: &str, topics: &[&str]) -> String {
    let offered: Vec<&str> = topics.iter().copied().filter(|topic| is_offered(topic)).collect();
    match offered.iter().position(|other| *other == topic) {
        Some(at) if at >= own_subcommands(offered.len()) => format!("{TOPIC} {NAME}:{topic}"),
        _ => topic.to_owned(),
    }
}

/// Discord's rule for names, as far as it is the same in every language.
fn is_name(name: &str) -> bool {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter);
    !name.is_empty() && name.len() <= LONGEST_NAME && name.chars().all(fits)
}

/// The commands for everybody. The first base is the one that is asked where none is named.
pub fn for_everybody(offered: &[Offered]) -> Vec<Value> {
    let mut commands: Vec<Value> = offered.iter().map(slash).collect();
    if !commands.is_empty() {
        commands.push(json!({ "type": 3, "name": ASK_MESSAGE }));
    }
    commands
}

fn slash(base: &Offered) -> Value {
    let private = || option(5, "private", "Show the answer to you alone", false);
    let mut question = option(3, "question", "What you want to know, in plain words", true);
    question["autocomplete"] = json!(true);
    question["max_length"] = json!(2_000);
    let mut subcommands = vec![subcommand(ASK, "Ask a question", vec![question, private()])];
    let topics: Vec<&OfferedTopic> = base.topics.iter().filter(|topic| is_offered(&topic.name)).collect();
    let (own, others) = topics.split_at(own_subcommands(topics.len()));
    for topic in own {
        let mut options = Vec::new();
        if topic.by_condition {
            let mut condition = option(3, "condition", "Only for this condition", false);
            condition["autocomplete"] = json!(true);
            condition["max_length"] = json!(100);
            options.push(condition);
        }
        options.push(private());
        subcommands.push(subcommand(&topic.name, &topic.description, options));
    }
    if !others.is_empty() {
        let choice = |topic: &&OfferedTopic| {
            let name = short_label(&format!("{}: {}", topic.name, topic.description), LONGEST_DESCRIPTION);
            json!({ "name": name, "value": topic.name })
        };
        let mut name = option(3, NAME, "Which topic", true);
        name["choices"] = others.iter().take(MOST_CHOICES).map(choice).collect();
        subcommands.push(subcommand(TOPIC, "Show another topic", vec![name, private()]));
    }
    let listed = option(5, "private", "Show the list to you alone: it does unless this is False", false);
    subcommands.push(subcommand(SOURCES, "List the documents that answers are quoted from", vec![listed]));
    subcommands.push(subcommand(HELP, "How to ask, and what the answers are", Vec::new()));
    subcommands.push(subcommand(
        PRIVACY,
        "What is stored, and deleting what is stored about you",
        Vec::new(),
    ));
    json!({
        "type": 1,
        "name": base.base,
        "description": short_label(&base.description, LONGEST_DESCRIPTION),
        "options": subcommands,
    })
}

/// The commands for the moderators of a guild.
pub fn for_moderators(offered: &[Offered]) -> Vec<Value> {
    offered.iter().map(|base| moderating(&base.base)).collect()
}

fn moderating(base: &str) -> Value {
    let typed = |name, description, required| {
        let mut option = option(3, name, description, required);
        option["autocomplete"] = json!(true);
        option
    };
    let mut reason = option(3, "reason", "Why; moderators see it, readers do not", true);
    reason["max_length"] = json!(300);
    let mut weeks = option(4, "weeks", "How many weeks back; 12 where nothing is said", false);
    weeks["min_value"] = json!(1);
    weeks["max_value"] = json!(104);
    let mut mode = option(3, "mode", "When the bot answers there", true);
    let choice = |(value, name): &(&str, &str)| json!({ "name": name, "value": value });
    mode["choices"] = MODES.iter().map(choice).collect();
    let force = || option(5, "force", "Publish although some of the base's own questions fail", false);
    let mut channel = option(7, "channel", "The channel; this one where nothing is said", false);
    // Text channels, announcements, threads, forums.
    channel["channel_types"] = json!([0, 5, 10, 11, 12, 15]);
    let options = vec![
        subcommand("reindex", "Read the sources anew, test and publish", vec![force()]),
        subcommand(
            "rollback",
            "Go back to an earlier generation",
            vec![typed("to", "Which; else the one before", false)],
        ),
        subcommand("status", "What is live, and how the bot is", Vec::new()),
        subcommand("sources", "List the sources", Vec::new()),
        subcommand(
            "add",
            "Add a source, or replace one",
            vec![option(11, "file", "Markdown, text, HTML, Word or PDF", true), force()],
        ),
        subcommand("remove", "Take a source out", vec![typed("source", "Which", true), force()]),
        subcommand(
            "withhold",
            "Take a passage out of circulation at once",
            vec![typed("passage", "Its id, or some of its words", true), reason],
        ),
        subcommand("restore", "Put a withheld passage back", vec![typed("passage", "Its id", true), force()]),
        subcommand("gaps", "What was asked for and is not covered", vec![weeks]),
        subcommand("audit", "Who did what, and when", Vec::new()),
        subcommand("channel", "When the bot answers in a channel", vec![mode, channel]),
        subcommand(
            CONFIRM_CHANNELS,
            "Confirm the settings of this server's channels after they were lost",
            Vec::new(),
        ),
    ];
    json!({
        "type": 1,
        "name": format!("{base}{ADMIN}"),
        "description": format!("Look after the knowledge base {base}"),
        "default_member_permissions": MANAGE_SERVER,
        "options": options,
    })
}

fn subcommand(name: &str, description: &str, options: Vec<Value>) -> Value {
    let description = short_label(description, LONGEST_DESCRIPTION);
    json!({ "type": 1, "name": name, "description": description, "options": options })
}

fn option(kind: u8, name: &str, description: &str, required: bool) -> Value {
    json!({ "type": kind, "name": name, "description": description, "required": required })
}

/// What says how a command looks to a person; whatever else Discord keeps of it is left out.
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

/// Whether the registered commands are these.
pub fn are_same(ours: &[Value], registered: &[Value]) -> bool {
    let shape = |commands: &[Value]| {
        let mut shapes: Vec<Value> = commands.iter().map(canonical).collect();
        let key = |command: &Value| format!("{}{}", command["type"], command["name"]);
        shapes.sort_by_key(key);
        shapes
    };
    shape(ours) == shape(registered)
}

/// A command without what Discord adds and without what means nothing: null, false, the empty list.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut kept = Map::new();
            for (key, value) in object.iter().filter(|(key, _)| KEPT.contains(&key.as_str())) {
                let value = canonical(value);
                let says_nothing = matches!(&value, Value::Null | Value::Bool(false))
                    || value.as_array().is_some_and(Vec::is_empty)
                    || value.as_str().is_some_and(str::is_empty);
                if !says_nothing {
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

    /// All that Discord counts of a command: names, descriptions and values, 8,000 characters at most.
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
        the base `Bad Name` cannot be a slash command: name its folder with up to 26 lower-case letters, digits, `-` or `_`, and without `-admin` at the end
        the topic `ask` of `Bad Name` cannot be a subcommand: rename it in base.toml
        ");
        assert!(problems(&offered()).is_empty());
        assert!(is_offerable("mel-2_x") && !is_offerable("mel-admin") && !is_offerable(&"m".repeat(27)));
    }
}
