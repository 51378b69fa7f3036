//! `channel`: where the bot answers every message, and where it answers only privately.

use std::sync::Arc;

use serenity::all::{ChannelId, GuildId, Permissions};

use super::{audit, messages};
use crate::discord::Bot;
use crate::discord::channels::ChannelSetting;
use crate::discord::interaction::InteractionContext;
use crate::discord::registry::Served;
use crate::discord::respond::{outdated, respond_at_once, respond_privately};
use crate::store::audit::DONE;
use crate::store::{AnswerMode, AuditAction, ChannelRecord, Store, unix_now};
use verbatim_core::render::card::{Card, Spacing, Tone};
use verbatim_core::render::escape::Markup;

/// Sets when the bot answers in a channel.
pub async fn set(
    bot: &Arc<Bot>,
    context: &InteractionContext,
    served: &Served,
    mode: AnswerMode,
    channel: Option<ChannelId>,
) {
    let channel = channel.unwrap_or(context.channel);
    if mode == AnswerMode::EveryMessage && !bot.settings.discord.message_content {
        return respond_at_once(bot, context, &messages::no_message_content(served)).await;
    }
    let keep = async {
        let kept = store_setting(bot, context, served, channel, mode).await;
        let guild = context.guild.map_or(0, GuildId::get);
        let setting = ChannelSetting { guild, base: served.name.clone(), mode };
        bot.channels.set(channel, (mode != AnswerMode::OnMention).then_some(setting));
        audit(bot, context, served, AuditAction::Channel, &channel.to_string(), mode.as_str()).await;
        let mut card = messages::channel(served, channel, mode, kept);
        if bot.channels.are_unsure(context.guild) {
            card.push(&Markup::text(&messages::unsure(served)), Spacing::Paragraph);
            card.push_row(messages::confirm(served));
        }
        vec![card]
    };
    respond_privately(bot, context, keep).await;
}

/// Stores when the bot answers in a channel. Returns whether that worked.
async fn store_setting(
    bot: &Bot,
    context: &InteractionContext,
    served: &Served,
    channel: ChannelId,
    mode: AnswerMode,
) -> bool {
    let record = &ChannelRecord {
        channel: channel.get(),
        guild: context.guild.map_or(0, GuildId::get),
        base: served.name.clone(),
        mode,
        user: context.user.get(),
        at: context.began(),
    };
    let set = |store: Store| async move {
        match mode {
            AnswerMode::OnMention => store.clear_channel(record.channel).await,
            AnswerMode::EveryMessage | AnswerMode::Private => store.set_channel(record).await,
        }
    };
    bot.store.write("write a channel setting", set).await.is_some()
}

/// Stores that a guild's channel settings are confirmed. Returns whether that worked.
pub async fn store_confirmation(bot: &Bot, guild: GuildId) -> bool {
    let confirm = |store: Store| async move { store.confirm_channels(guild.get(), unix_now()).await };
    bot.store.write("confirm the channel settings", confirm).await.is_some()
}

/// Whether the user may confirm the channel settings of this server. Its moderators may. Not every server has
/// moderators, so members who manage the server may, too. The settings affect only the server's own channels.
pub fn may_confirm(bot: &Bot, context: &InteractionContext) -> bool {
    let manages = context.permissions.intersects(Permissions::MANAGE_GUILD | Permissions::ADMINISTRATOR);
    super::may_moderate(bot, context) || context.guild.is_some() && manages
}

/// A card that asks a user who may confirm the settings to do so.
pub fn offer_confirmation(served: &Served) -> Card {
    let card =
        messages::note(served, Tone::Moderation, "Confirm the channel settings", &messages::unsure(served));
    card.with_row(messages::confirm(served))
}

/// Confirms the server's channel settings: settings made since the loss apply, and in every other channel the bot
/// answers in public when asked.
pub async fn confirm(bot: &Arc<Bot>, context: &InteractionContext, served: &Served) {
    let Some(guild) = context.guild else { return outdated(bot, context).await };
    let confirm = async {
        let kept = match bot.channels.are_unsure(context.guild) {
            true => {
                let kept = store_confirmation(bot, guild).await;
                bot.channels.confirm(guild);
                audit(bot, context, served, AuditAction::ConfirmChannels, "", DONE).await;
                kept
            }
            false => true,
        };
        messages::confirmed(served, &bot.channels.of_guild(guild), kept)
    };
    respond_privately(bot, context, confirm).await;
}
