//! Interactions as the rest of the bot sees them: who asks, where and for what. Discord's own types are converted here.

use std::time::Instant;

use serenity::all::{
    ActionRowComponent, ChannelId, CommandInteraction, CommandType, ComponentInteraction, GuildId,
    InteractionId, Member, MessageId, ModalInteraction, Permissions, ResolvedOption, ResolvedTarget,
    ResolvedValue, RoleId, User, UserId,
};

use super::command;
use super::command_parts::ADMIN;
use super::typed_text::TypedText;
use super::workers::{Request, Wanted};
use crate::store::unix_now;
use verbatim_core::render::action::{Action, List};

/// Number of characters read from an autocomplete input: no choice has more.
const LONGEST_TYPED: usize = 100;

/// Who asks and where, and how to respond.
#[derive(Debug, Clone)]
pub struct InteractionContext {
    /// The interaction's id.
    pub id: InteractionId,
    /// The token for responding.
    pub token: String,
    /// The user.
    pub user: UserId,
    /// The user's name, for texts that moderators see.
    pub user_name: String,
    /// The guild; `None` in direct messages.
    pub guild: Option<GuildId>,
    /// The channel or thread.
    pub channel: ChannelId,
    /// The user's permissions there.
    pub permissions: Permissions,
    /// The user's roles.
    pub roles: Vec<RoleId>,
    /// When the event was received.
    pub received: Instant,
}

/// A parsed command.
#[derive(Debug, Clone, PartialEq)]
pub enum ParsedCommand {
    /// A command for all users.
    Reader {
        /// The base to ask; `None` for the default one.
        base: Option<String>,
        /// What the user asks for.
        request: Request,
        /// Whether only the user sees the answer.
        private: bool,
    },
    /// What is stored about the user, and how to delete it.
    Privacy {
        /// The base.
        base: String,
    },
    /// A moderator's command.
    Moderate {
        /// The base.
        base: String,
        /// The subcommand.
        name: String,
        /// Its options.
        options: Options,
    },
}

/// The options of a moderator's command.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Options {
    texts: Vec<(String, String)>,
    /// `force:true`.
    pub force: bool,
    /// `weeks`.
    pub weeks: Option<u32>,
    /// `channel`.
    pub channel: Option<ChannelId>,
    /// `file`.
    pub file: Option<File>,
}

/// An attached file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The file's name, as uploaded.
    pub name: String,
    /// The URL to download it from.
    pub url: String,
    /// The file's size in bytes, as reported by Discord.
    pub size: u32,
}

impl Options {
    /// The value of a text option.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }
}

/// An autocomplete request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutocompleteInput {
    /// The command: a base's name, followed by [`ADMIN`] for moderator commands.
    pub command: String,
    /// The subcommand.
    pub subcommand: String,
    /// The option.
    pub option: String,
    /// The text so far.
    pub text: String,
}

impl InteractionContext {
    /// The context of a command or of an autocomplete request.
    pub fn of_command(event: &CommandInteraction, received: Instant) -> Self {
        let (guild, channel) = (event.guild_id, event.channel_id);
        Self::new(event.id, &event.token, &event.user, event.member.as_deref(), guild, channel, received)
    }

    /// The context of a button.
    pub fn of_component(event: &ComponentInteraction, received: Instant) -> Self {
        let (guild, channel) = (event.guild_id, event.channel_id);
        Self::new(event.id, &event.token, &event.user, event.member.as_ref(), guild, channel, received)
    }

    /// The context of a form.
    pub fn of_modal(event: &ModalInteraction, received: Instant) -> Self {
        let (guild, channel) = (event.guild_id, event.channel_id);
        Self::new(event.id, &event.token, &event.user, event.member.as_ref(), guild, channel, received)
    }

    /// When the interaction was received, in seconds since 1970.
    pub fn began(&self) -> i64 {
        unix_now() - self.received.elapsed().as_secs() as i64
    }

    fn new(
        id: InteractionId,
        token: &str,
        user: &User,
        member: Option<&Member>,
        guild: Option<GuildId>,
        channel: ChannelId,
        received: Instant,
    ) -> Self {
        Self {
            id,
            token: token.to_owned(),
            user: user.id,
            user_name: user.name.clone(),
            guild,
            channel,
            permissions: member.and_then(|member| member.permissions).unwrap_or_default(),
            roles: member.map(|member| member.roles.clone()).unwrap_or_default(),
            received,
        }
    }
}

/// Parses a command; `None` for a command that the bot does not have, such as one from an older version.
pub fn parse_command(event: &CommandInteraction) -> Option<ParsedCommand> {
    if event.data.kind == CommandType::Message {
        let Some(ResolvedTarget::Message(asked)) = event.data.target() else { return None };
        let TypedText { seen, question } = TypedText::new(&asked.content);
        let request = Request { typed: vec![seen], wanted: Wanted::Question(question) };
        return Some(ParsedCommand::Reader { base: None, request, private: true });
    }
    let options = event.data.options();
    let (subcommand, options) = options.into_iter().find_map(|option| match option.value {
        ResolvedValue::SubCommand(inner) => Some((option.name, inner)),
        _ => None,
    })?;
    match event.data.name.strip_suffix(ADMIN) {
        Some(base) => Some(ParsedCommand::Moderate {
            base: base.to_owned(),
            name: subcommand.to_owned(),
            options: moderating(&options),
        }),
        None if subcommand == command::PRIVACY => {
            Some(ParsedCommand::Privacy { base: event.data.name.clone() })
        }
        None => Some(ParsedCommand::Reader {
            base: Some(event.data.name.clone()),
            request: Request {
                typed: typed(&options),
                wanted: wanted(&event.data.name, subcommand, &options),
            },
            private: is_private(subcommand, &options),
        }),
    }
}

/// Whether only the user sees the answer. Help and the list of sources are long and private by default; the list of
/// sources can be shown to the channel with an option.
fn is_private(subcommand: &str, options: &[ResolvedOption<'_>]) -> bool {
    match subcommand {
        command::HELP => true,
        command::SOURCES => switch(options, "private").unwrap_or(true),
        _ => flag(options, "private"),
    }
}

/// The texts that the user typed, as people see them.
fn typed(options: &[ResolvedOption<'_>]) -> Vec<String> {
    let texts = options.iter().filter_map(|option| match option.value {
        ResolvedValue::String(text) => Some(TypedText::new(text).seen),
        _ => None,
    });
    texts.collect()
}

fn wanted(base: &str, subcommand: &str, options: &[ResolvedOption<'_>]) -> Wanted {
    let base = base.to_owned();
    let topic = match subcommand {
        command::ASK => {
            let question = TypedText::new(text(options, "question").unwrap_or_default()).question;
            return Wanted::Question(question);
        }
        command::SOURCES => return Wanted::Show(Action::List { base, list: List::Sources }),
        command::HELP => return Wanted::Show(Action::List { base, list: List::Help }),
        command::TOPIC => text(options, command::NAME).unwrap_or_default(),
        topic => topic,
    };
    let topic = topic.to_owned();
    let condition = text(options, "condition").map(|typed| TypedText::new(typed).question);
    match condition.filter(|condition| !condition.is_empty()) {
        Some(condition) => Wanted::Evidence { topic, condition },
        None => Wanted::Show(Action::Topic { base, topic }),
    }
}

fn moderating(options: &[ResolvedOption<'_>]) -> Options {
    let mut read = Options { force: flag(options, "force"), ..Options::default() };
    for option in options {
        match &option.value {
            ResolvedValue::String(text) => read.texts.push((option.name.to_owned(), (*text).to_owned())),
            ResolvedValue::Integer(number) => read.weeks = u32::try_from(*number).ok(),
            ResolvedValue::Channel(channel) => read.channel = Some(channel.id),
            ResolvedValue::Attachment(file) => {
                read.file =
                    Some(File { name: file.filename.clone(), url: file.url.clone(), size: file.size });
            }
            _ => {}
        }
    }
    read
}

fn text<'a>(options: &'a [ResolvedOption<'_>], name: &str) -> Option<&'a str> {
    options.iter().find(|option| option.name == name).and_then(|option| match &option.value {
        ResolvedValue::String(text) => Some(*text),
        _ => None,
    })
}

fn flag(options: &[ResolvedOption<'_>], name: &str) -> bool {
    switch(options, name).unwrap_or(false)
}

/// The value of a boolean option; `None` if it was left out.
fn switch(options: &[ResolvedOption<'_>], name: &str) -> Option<bool> {
    options.iter().find(|option| option.name == name).and_then(|option| match option.value {
        ResolvedValue::Boolean(is_on) => Some(is_on),
        _ => None,
    })
}

/// Parses an autocomplete request.
pub fn autocomplete_input(event: &CommandInteraction) -> Option<AutocompleteInput> {
    let options = event.data.options();
    options.into_iter().find_map(|option| {
        let ResolvedValue::SubCommand(inner) = option.value else { return None };
        let subcommand = option.name.to_owned();
        inner.into_iter().find_map(|option| match option.value {
            ResolvedValue::Autocomplete { value, .. } => Some(AutocompleteInput {
                command: event.data.name.clone(),
                subcommand: subcommand.clone(),
                option: option.name.to_owned(),
                text: value.chars().take(LONGEST_TYPED).collect(),
            }),
            _ => None,
        })
    })
}

/// The fields of a submitted form: their ids and texts.
pub fn filled_in(event: &ModalInteraction) -> Vec<(String, String)> {
    let parts = event.data.components.iter().flat_map(|row| &row.components);
    parts
        .filter_map(|part| match part {
            ActionRowComponent::InputText(input) => {
                Some((input.custom_id.clone(), input.value.clone().unwrap_or_default()))
            }
            _ => None,
        })
        .collect()
}

/// The message above a button.
pub fn message_of(event: &ComponentInteraction) -> MessageId {
    event.message.id
}
