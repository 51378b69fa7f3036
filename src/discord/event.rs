//! Dispatches Discord's events: passes each one to the module that handles it, in a separate task. Drops duplicate
//! events.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use serenity::all::{
    ChannelId, Context, EventHandler, Guild, GuildChannel, GuildId, Interaction, Message, MessageId,
    MessageUpdateEvent, PartialChannel, PartialGuildChannel, Ready, ResumedEvent, ThreadListSyncEvent,
    UnavailableGuild,
};
use serenity::async_trait;

use super::conversation::Change;
use super::interaction::{Command, InteractionContext, ReaderCommand};
use super::respond::{outdated, respond_privately};
use super::workers::Request;
use super::{
    Bot, ask, autocomplete, component, interaction, messages, moderation, privacy, register, retract,
};

/// Handles gateway events.
pub struct Listener {
    bot: Arc<Bot>,
    registered: AtomicBool,
}

impl Listener {
    /// Creates the handler for `bot`.
    pub fn new(bot: Arc<Bot>) -> Self {
        Self { bot, registered: AtomicBool::new(false) }
    }
}

#[async_trait]
impl EventHandler for Listener {
    async fn ready(&self, _: Context, ready: Ready) {
        self.bot.gateway.is("connected");
        tracing::info!(user = ready.user.name, guilds = ready.guilds.len(), "connected to Discord");
        self.bot.channels.list(ready.guilds.iter().map(|guild| guild.id));
        // Discord sends Ready again for every new session.
        if !self.registered.swap(true, Ordering::Relaxed) {
            let bot = self.bot.clone();
            self.bot.spawn(async move { register::register(&bot).await });
        }
    }

    async fn resume(&self, _: Context, _: ResumedEvent) {
        self.bot.gateway.is("resumed");
        tracing::info!("the connection to Discord was resumed");
    }

    async fn message(&self, _: Context, message: Message) {
        let (bot, received) = (self.bot.clone(), Instant::now());
        self.bot.spawn(async move { ask::message_event(&bot, message, received).await });
    }

    async fn message_update(
        &self,
        _: Context,
        _: Option<Message>,
        _: Option<Message>,
        event: MessageUpdateEvent,
    ) {
        // Discord also sends this event when a link preview is added or a message is pinned.
        if event.edited_timestamp.is_some() {
            retract::changed(&self.bot, &[event.id], Change::Edited);
        }
    }

    async fn message_delete(&self, _: Context, _: ChannelId, message: MessageId, _: Option<GuildId>) {
        retract::changed(&self.bot, &[message], Change::Deleted);
    }

    async fn message_delete_bulk(
        &self,
        _: Context,
        _: ChannelId,
        messages: Vec<MessageId>,
        _: Option<GuildId>,
    ) {
        retract::changed(&self.bot, &messages, Change::Deleted);
    }

    async fn interaction_create(&self, _: Context, event: Interaction) {
        let received = Instant::now();
        if self.bot.gate.is_new(event.id().get()) {
            self.interaction(event, received);
        }
    }

    async fn guild_create(&self, _: Context, guild: Guild, _: Option<bool>) {
        guild.threads.iter().for_each(|thread| self.remember(thread));
        if self.bot.channels.came_since(guild.id, guild.joined_at.unix_timestamp()) {
            let bot = self.bot.clone();
            self.bot.spawn(async move {
                // If this cannot be stored, it applies until the next start.
                let _ = bot.records.confirm_channels(guild.id).await;
            });
        }
    }

    async fn thread_create(&self, _: Context, thread: GuildChannel) {
        self.remember(&thread);
    }

    async fn thread_update(&self, _: Context, _: Option<GuildChannel>, thread: GuildChannel) {
        self.remember(&thread);
    }

    async fn thread_list_sync(&self, _: Context, threads: ThreadListSyncEvent) {
        threads.threads.iter().for_each(|thread| self.remember(thread));
    }

    async fn guild_delete(&self, _: Context, guild: UnavailableGuild, _: Option<Guild>) {
        // Discord reports an outage with the same event; the bot is still a member then.
        if !guild.unavailable {
            tracing::info!(guild = guild.id.get(), "the bot was removed from a guild");
            let bot = self.bot.clone();
            self.bot.channels.forget(guild.id);
            self.bot.spawn(async move { bot.records.forget_guild(guild.id).await });
        }
    }

    async fn thread_delete(&self, _: Context, thread: PartialGuildChannel, _: Option<GuildChannel>) {
        self.bot.conversations.forget_channel(thread.id);
    }

    async fn channel_delete(&self, _: Context, channel: GuildChannel, _: Option<Vec<Message>>) {
        tracing::info!(channel = channel.id.get(), "a channel was deleted");
        let bot = self.bot.clone();
        self.bot.channels.say(channel.id, None);
        self.bot.conversations.forget_channel(channel.id);
        self.bot.spawn(async move { bot.records.forget_channel(channel.id).await });
    }
}

impl Listener {
    /// Handles an interaction in a task. Each kind has a separate future, because many questions may wait, and none
    /// should take up the memory that a form needs.
    fn interaction(&self, event: Interaction, received: Instant) {
        let bot = self.bot.clone();
        match event {
            Interaction::Command(event) => {
                self.remember_partial(event.channel.as_ref());
                let (ticket, call) =
                    (InteractionContext::of_command(&event, received), interaction::call(&event));
                self.bot.spawn(async move { command(&bot, ticket, call).await });
            }
            Interaction::Autocomplete(event) => {
                let (ticket, typed) =
                    (InteractionContext::of_command(&event, received), interaction::typed(&event));
                self.bot.spawn(async move { autocomplete::respond(&bot, &ticket, typed).await });
            }
            Interaction::Component(event) => {
                self.remember_partial(event.channel.as_ref());
                let (ticket, message) =
                    (InteractionContext::of_component(&event, received), interaction::message_of(&event));
                let id = event.data.custom_id;
                self.bot.spawn(async move { component::pressed(&bot, ticket, message, &id).await });
            }
            Interaction::Modal(event) => {
                let (ticket, fields) =
                    (InteractionContext::of_modal(&event, received), interaction::filled_in(&event));
                let id = event.data.custom_id;
                self.bot.spawn(async move { component::filled_in(&bot, ticket, &id, fields).await });
            }
            // Pings are for HTTP endpoints, and unknown kinds of interaction are not for this bot.
            _ => {}
        }
    }

    fn remember_partial(&self, channel: Option<&PartialChannel>) {
        let thread = channel.filter(|channel| channel.thread_metadata.is_some());
        if let Some((thread, parent)) = thread.and_then(|thread| Some((thread.id, thread.parent_id?))) {
            self.bot.channels.belongs(thread, parent);
        }
    }

    fn remember(&self, thread: &GuildChannel) {
        if let Some(parent) = thread.parent_id {
            self.bot.channels.belongs(thread.id, parent);
        }
    }
}

async fn command(bot: &Arc<Bot>, ticket: InteractionContext, call: Option<Command>) {
    match call {
        Some(Command::Reader { base, command, private }) => {
            let served = match base {
                Some(base) => bot.bases.find(Some(&base)),
                None => bot.channels.base(ticket.guild, ticket.channel, &bot.bases),
            };
            match (served, command) {
                (Some(served), ReaderCommand::Question(words)) if words.trim().is_empty() && private => {
                    let card = messages::nothing_to_ask(&served);
                    respond_privately(bot, &ticket, &card).await;
                }
                (Some(served), ReaderCommand::Topic { name, .. }) if !served.has_topic(&name) => {
                    respond_privately(bot, &ticket, &messages::no_topic(&served)).await;
                }
                (Some(served), command) => {
                    ask::interaction(bot, ticket, served, Request::ReaderCommand(command), private).await
                }
                (None, _) => outdated(bot, &ticket).await,
            }
        }
        Some(Command::Privacy { base }) => match bot.bases.find(Some(&base)) {
            Some(served) => privacy::show(bot, &ticket, &served).await,
            None => outdated(bot, &ticket).await,
        },
        Some(Command::Moderate { base, name, options }) => match bot.bases.find(Some(&base)) {
            // Boxed so that a waiting question's task does not take up the memory that this future needs.
            Some(served) => Box::pin(moderation::command(bot, ticket, served, &name, &options)).await,
            None => outdated(bot, &ticket).await,
        },
        None => outdated(bot, &ticket).await,
    }
}
