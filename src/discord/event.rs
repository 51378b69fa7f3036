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

use super::conversation::MessageChange;
use super::interaction::{InteractionContext, ParsedCommand};
use super::reply::message_changed;
use super::respond::outdated;
use super::workers::Wanted;
use super::{Bot, ask, autocomplete, component, interaction, messages, moderation, privacy, register};
use verbatim_core::render::action::Action;

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
        self.bot.gateway.set("connected");
        tracing::info!(user = ready.user.name, guilds = ready.guilds.len(), "connected to Discord");
        self.bot.channels.add_guilds(ready.guilds.iter().map(|guild| guild.id));
        self.bot.safety.forget();
        // Discord sends Ready again for every new session.
        if !self.registered.swap(true, Ordering::Relaxed) {
            let bot = self.bot.clone();
            self.bot.spawn(async move { register::register(&bot).await });
        }
    }

    async fn resume(&self, _: Context, _: ResumedEvent) {
        self.bot.gateway.set("resumed");
        tracing::info!("the connection to Discord was resumed");
    }

    async fn message(&self, _: Context, message: Message) {
        let (bot, received) = (self.bot.clone(), Instant::now());
        self.bot.spawn(async move { ask::message(&bot, message, received).await });
    }

    async fn message_update(
        &self,
        _: Context,
        _: Option<Message>,
        _: Option<Message>,
        event: MessageUpdateEvent,
    ) {
        // Moderators can remove the embeds of the bot's messages, and so the text of a safety card.
        if event.author.is_none_or(|author| author.id == self.bot.me) {
            self.bot.safety.are_gone(&[event.id], Instant::now());
        }
        // Discord also sends this event when a link preview is added or a message is pinned.
        if event.edited_timestamp.is_some() {
            message_changed(&self.bot, &[event.id], MessageChange::Edited);
        }
    }

    async fn message_delete(&self, _: Context, _: ChannelId, message: MessageId, _: Option<GuildId>) {
        message_changed(&self.bot, &[message], MessageChange::Deleted);
    }

    async fn message_delete_bulk(
        &self,
        _: Context,
        _: ChannelId,
        messages: Vec<MessageId>,
        _: Option<GuildId>,
    ) {
        message_changed(&self.bot, &messages, MessageChange::Deleted);
    }

    async fn interaction_create(&self, _: Context, event: Interaction) {
        let received = Instant::now();
        if self.bot.limits.is_new(event.id().get()) {
            self.interaction(event, received);
        }
    }

    async fn guild_create(&self, _: Context, guild: Guild, _: Option<bool>) {
        guild.threads.iter().for_each(|thread| self.remember(thread));
        if self.bot.channels.joined_after_loss(guild.id, guild.joined_at.unix_timestamp()) {
            let bot = self.bot.clone();
            self.bot.spawn(async move {
                // If this cannot be stored, it applies until the next start.
                moderation::store_confirmation(&bot, guild.id).await;
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
            self.bot.spawn(async move {
                let id = guild.id.get();
                bot.store.write("forget a guild", |store| async move { store.drop_guild(id).await }).await;
            });
        }
    }

    async fn thread_delete(&self, _: Context, thread: PartialGuildChannel, _: Option<GuildChannel>) {
        self.bot.conversations.forget_channel(thread.id);
    }

    async fn channel_delete(&self, _: Context, channel: GuildChannel, _: Option<Vec<Message>>) {
        tracing::info!(channel = channel.id.get(), "a channel was deleted");
        let bot = self.bot.clone();
        self.bot.channels.set(channel.id, None);
        self.bot.conversations.forget_channel(channel.id);
        self.bot.spawn(async move {
            let id = channel.id.get();
            bot.store.write("forget a channel", |store| async move { store.drop_channel(id).await }).await;
        });
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
                let context = InteractionContext::of_command(&event, received);
                let parsed = interaction::parse_command(&event);
                self.bot.spawn(async move { command(&bot, context, parsed).await });
            }
            Interaction::Autocomplete(event) => {
                let (context, typed) = (
                    InteractionContext::of_command(&event, received),
                    interaction::autocomplete_input(&event),
                );
                self.bot.spawn(async move { autocomplete::respond(&bot, &context, typed).await });
            }
            Interaction::Component(event) => {
                self.remember_partial(event.channel.as_ref());
                let (context, message) =
                    (InteractionContext::of_component(&event, received), interaction::message_of(&event));
                let id = event.data.custom_id;
                self.bot.spawn(async move { component::pressed(&bot, context, message, &id).await });
            }
            Interaction::Modal(event) => {
                let (context, fields) =
                    (InteractionContext::of_modal(&event, received), interaction::filled_in(&event));
                let id = event.data.custom_id;
                self.bot.spawn(async move { component::filled_in(&bot, context, &id, fields).await });
            }
            // Pings are for HTTP endpoints, and unknown kinds of interaction are not for this bot.
            _ => {}
        }
    }

    fn remember_partial(&self, channel: Option<&PartialChannel>) {
        let thread = channel.filter(|channel| channel.thread_metadata.is_some());
        if let Some((thread, parent)) = thread.and_then(|thread| Some((thread.id, thread.parent_id?))) {
            self.bot.channels.set_parent(thread, parent);
        }
    }

    fn remember(&self, thread: &GuildChannel) {
        if let Some(parent) = thread.parent_id {
            self.bot.channels.set_parent(thread.id, parent);
        }
    }
}

async fn command(bot: &Arc<Bot>, context: InteractionContext, command: Option<ParsedCommand>) {
    match command {
        Some(ParsedCommand::Reader { base, request, private }) => {
            let served = match base {
                Some(base) => bot.registry.find(Some(&base)),
                None => bot.channels.base(context.guild, context.channel, &bot.registry),
            };
            let refusal = match (&served, &request.wanted) {
                (None, _) => Some(messages::outdated(&bot.disclaimer())),
                (Some(served), Wanted::Question(question)) if question.is_empty() && private => {
                    Some(messages::nothing_to_ask(served))
                }
                (Some(served), Wanted::Show(Action::Topic { topic, .. })) if !served.has_topic(topic) => {
                    Some(messages::no_topic(served))
                }
                (Some(_), _) => None,
            };
            // Any base will do for triage, which reads what was typed even if nothing can be looked up.
            let Some(served) = served.or_else(|| bot.registry.find(None)) else {
                return outdated(bot, &context).await;
            };
            match refusal {
                Some(card) => ask::without_answer(bot, context, served, request.typed, &card).await,
                None => ask::interaction(bot, context, served, request, private).await,
            }
        }
        Some(ParsedCommand::Privacy { base }) => match bot.registry.find(Some(&base)) {
            Some(served) => privacy::show(bot, &context, &served).await,
            None => outdated(bot, &context).await,
        },
        Some(ParsedCommand::Moderate { base, name, options }) => match bot.registry.find(Some(&base)) {
            // Boxed so that a waiting question's task does not take up the memory that this future needs.
            Some(served) => Box::pin(moderation::command(bot, context, served, &name, &options)).await,
            None => outdated(bot, &context).await,
        },
        None => outdated(bot, &context).await,
    }
}
