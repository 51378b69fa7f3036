//! The moderators' commands. Each is defined once, in [`DEFINITIONS`]: its name and options as Discord shows them, what
//! they are parsed into, and what is offered while a moderator types.

use serenity::all::{
    ChannelId, ChannelType, CommandOptionType, CommandType, CreateCommand, CreateCommandOption, Permissions,
};

use super::{change, withhold};
use crate::discord::command_parts::{ADMIN, CONFIRM_CHANNELS, MOST_CHOICES, subcommand, text_option};
use crate::discord::interaction::{File, Options};
use crate::discord::registry::Served;
use crate::store::AnswerMode;
use verbatim_core::knowledge::format::FORMAT_NAMES;

/// Longest reason for withholding a passage, in characters.
const LONGEST_REASON: u16 = 300;
/// How many weeks the gap report covers by default, and at most.
const WEEKS: u32 = 12;
const MOST_WEEKS: u32 = 104;

/// A moderator's command.
#[derive(Debug, Clone, PartialEq)]
pub enum ModeratorCommand {
    /// Read the sources again, test and publish.
    Reindex { force: bool },
    /// Go back to an earlier generation; `None` for the previous one.
    Rollback { to: Option<String> },
    /// Show what is live.
    Status,
    /// List the sources.
    Sources,
    /// Preview a file, to add or replace a source.
    Add { file: File, force: bool },
    /// Ask for confirmation, then remove a source.
    Remove { source: String, force: bool },
    /// Hide a passage.
    Withhold { passage: String, reason: String },
    /// Show a withheld passage again.
    Restore { passage: String, force: bool },
    /// Show the gap report.
    Gaps { weeks: u32 },
    /// Show the audit log.
    Audit,
    /// Set when the bot answers in a channel; `None` for this one.
    Channel { mode: AnswerMode, channel: Option<ChannelId> },
    /// Confirm this server's channel settings after they were lost.
    ConfirmChannels,
}

/// Values and labels for what a moderator types: the label, then the value.
type Complete = fn(&Served, &str) -> Vec<(String, String)>;

/// A command as Discord shows it, and what it is parsed into.
struct Definition {
    name: &'static str,
    description: &'static str,
    options: fn() -> Vec<CreateCommandOption>,
    /// `None` if a required option is missing or has an unknown value.
    parse: fn(&Options) -> Option<ModeratorCommand>,
    /// For the option with autocomplete, if there is one.
    complete: Option<Complete>,
}

const DEFINITIONS: [Definition; 12] = [
    Definition {
        name: "reindex",
        description: "Read the sources again, test and publish",
        options: || vec![force()],
        parse: |options| Some(ModeratorCommand::Reindex { force: options.force }),
        complete: None,
    },
    Definition {
        name: "rollback",
        description: "Go back to an earlier generation of the index",
        options: || vec![completed("to", "Which generation (default: the previous one)", false)],
        parse: |options| Some(ModeratorCommand::Rollback { to: text(options, "to") }),
        complete: Some(change::generations),
    },
    Definition {
        name: "status",
        description: "Show what is live and how the bot is doing",
        options: Vec::new,
        parse: |_| Some(ModeratorCommand::Status),
        complete: None,
    },
    Definition {
        name: "sources",
        description: "List the sources",
        options: Vec::new,
        parse: |_| Some(ModeratorCommand::Sources),
        complete: None,
    },
    Definition {
        name: "add",
        description: "Add a source, or replace one",
        options: || {
            let file = CommandOptionType::Attachment;
            let file = CreateCommandOption::new(file, "file", FORMAT_NAMES);
            vec![file.required(true), force()]
        },
        parse: |options| Some(ModeratorCommand::Add { file: options.file.clone()?, force: options.force }),
        complete: None,
    },
    Definition {
        name: "remove",
        description: "Remove a source",
        options: || vec![completed("source", "Which source", true), force()],
        parse: |options| {
            Some(ModeratorCommand::Remove { source: text(options, "source")?, force: options.force })
        },
        complete: Some(|served, typed| {
            let sources = served.engine.source_ids(typed, MOST_CHOICES).into_iter();
            sources.map(|(id, title)| (format!("{id}: {title}"), id)).collect()
        }),
    },
    Definition {
        name: "withhold",
        description: "Hide a passage at once",
        options: || {
            let reason = text_option("reason", "Why; only moderators see it", true);
            vec![
                completed("passage", "Type its id or some of its words, then pick it from the list", true),
                reason.max_length(LONGEST_REASON),
            ]
        },
        parse: |options| {
            let reason = text(options, "reason")?.chars().take(usize::from(LONGEST_REASON)).collect();
            Some(ModeratorCommand::Withhold { passage: text(options, "passage")?, reason })
        },
        complete: Some(|served, typed| {
            let passages = served.engine.passages_matching(typed, MOST_CHOICES).into_iter();
            passages.map(|(id, words)| (format!("{words} ({id})"), id)).collect()
        }),
    },
    Definition {
        name: "restore",
        description: "Show a withheld passage again",
        options: || vec![completed("passage", "Pick it from the list, or type its id", true), force()],
        parse: |options| {
            Some(ModeratorCommand::Restore { passage: text(options, "passage")?, force: options.force })
        },
        complete: Some(withhold::withheld),
    },
    Definition {
        name: "gaps",
        description: "Show what users asked for that the sources do not cover",
        options: || {
            let weeks = format!("How many weeks back (default: {WEEKS})");
            let weeks = CreateCommandOption::new(CommandOptionType::Integer, "weeks", weeks);
            vec![weeks.min_int_value(1).max_int_value(MOST_WEEKS.into())]
        },
        parse: |options| Some(ModeratorCommand::Gaps { weeks: options.weeks.unwrap_or(WEEKS) }),
        complete: None,
    },
    Definition {
        name: "audit",
        description: "Show who did what, and when",
        options: Vec::new,
        parse: |_| Some(ModeratorCommand::Audit),
        complete: None,
    },
    Definition {
        name: "channel",
        description: "Set when the bot answers in a channel",
        options: || {
            let modes = text_option("mode", "When the bot answers there", true);
            let modes = AnswerMode::ALL
                .into_iter()
                .fold(modes, |modes, mode| modes.add_string_choice(label(mode), mode.as_str()));
            let channel = CommandOptionType::Channel;
            let channel = CreateCommandOption::new(channel, "channel", "The channel (default: this one)");
            vec![modes, channel.channel_types(CHANNEL_TYPES.to_vec())]
        },
        parse: |options| {
            let mode = AnswerMode::parse(options.text("mode")?)?;
            Some(ModeratorCommand::Channel { mode, channel: options.channel })
        },
        complete: None,
    },
    Definition {
        name: CONFIRM_CHANNELS,
        description: "Confirm this server's channel settings after they were lost",
        options: Vec::new,
        parse: |_| Some(ModeratorCommand::ConfirmChannels),
        complete: None,
    },
];

/// Where the bot can answer.
const CHANNEL_TYPES: [ChannelType; 6] = [
    ChannelType::Text,
    ChannelType::News,
    ChannelType::NewsThread,
    ChannelType::PublicThread,
    ChannelType::PrivateThread,
    ChannelType::Forum,
];

impl ModeratorCommand {
    /// Parses a subcommand; `None` for one that the bot does not have, or without a required option.
    pub fn parse(name: &str, options: &Options) -> Option<Self> {
        definition(name).and_then(|definition| (definition.parse)(options))
    }
}

/// The command of a base for its moderators.
pub fn registration(base: &str) -> CreateCommand {
    let subcommands = DEFINITIONS
        .iter()
        .map(|definition| subcommand(definition.name, definition.description, (definition.options)()));
    CreateCommand::new(format!("{base}{ADMIN}"))
        .kind(CommandType::ChatInput)
        .description(format!("Manage the knowledge base {base}"))
        .default_member_permissions(Permissions::MANAGE_GUILD)
        .set_options(subcommands.collect())
}

/// Choices for what a moderator types as an option of a subcommand.
pub fn choices(served: &Served, subcommand: &str, typed: &str) -> Vec<(String, String)> {
    let complete = definition(subcommand).and_then(|definition| definition.complete);
    complete.map(|complete| complete(served, typed)).unwrap_or_default()
}

fn definition(name: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|definition| definition.name == name)
}

/// A text option without white space around it; `None` if nothing is left.
fn text(options: &Options, name: &str) -> Option<String> {
    options.text(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn force() -> CreateCommandOption {
    let description = "Publish even if regression questions fail";
    CreateCommandOption::new(CommandOptionType::Boolean, "force", description)
}

fn completed(name: &str, description: &str, required: bool) -> CreateCommandOption {
    text_option(name, description, required).set_autocomplete(true)
}

fn label(mode: AnswerMode) -> &'static str {
    match mode {
        AnswerMode::OnMention => "Answer when asked (the default)",
        AnswerMode::EveryMessage => "Answer every message",
        AnswerMode::Private => "Answer only privately",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_docs_describe_each_command_once() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/moderating.md");
        let page = std::fs::read_to_string(path).expect("the page is part of the checkout");
        for definition in &DEFINITIONS {
            let row = format!("| `{}", definition.name);
            let rows = page
                .lines()
                .filter(|line| line.strip_prefix(&row).is_some_and(|rest| rest.starts_with(['`', ' '])));
            assert_eq!(rows.count(), 1, "{}", definition.name);
        }
    }

    #[test]
    fn a_command_without_a_required_option_is_not_parsed() {
        let parse = |name| ModeratorCommand::parse(name, &Options::default());
        for name in ["add", "remove", "withhold", "restore", "channel", "no-such-command"] {
            assert_eq!(parse(name), None, "{name}");
        }
        assert_eq!(parse("gaps"), Some(ModeratorCommand::Gaps { weeks: WEEKS }));
        assert_eq!(parse("rollback"), Some(ModeratorCommand::Rollback { to: None }));
    }
}
