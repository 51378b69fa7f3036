//! `channel`: where the bot answers every message, and where it answers only privately.

use std::sync::Arc;

use serenity::all::{ChannelId, GuildId, Permissions};

use super::messages;
use crate::discord::Bot;
use crate::discord::channels::ChannelSetting;
use crate::discord::interaction::InteractionContext;
use crate::discord::registry::Served;
use crate::discord::respond::{deliver_privately, outdated, respond_privately};
use crate::store::audit::DONE;
use crate::store::{AnswerMode, AuditAction};
use verbatim_core::render::card::{Card, Spacing, Tone};
use verbatim_core::render::escape::Markup;

/// Sets when the bot answers in a channel.
pub async fn set(
    bot: &Arc<Bot>,
    ticket: &InteractionContext,
    served: &Served,
    mode: AnswerMode,
    channel: Option<ChannelId>,
) {
    let channel = channel.unwrap_or(ticket.channel);
    if mode == AnswerMode::EveryMessage && !bot.settings.discord.message_content {
        return respond_privately(bot, ticket, &messages::no_message_content(served)).await;
    }
    let keep = async {
        let kept = bot.records.set_channel(ticket, channel, &served.name, mode).await;
        let guild = ticket.guild.map_or(0, GuildId::get);
        let said = (mode != AnswerMode::OnMention).then(|| ChannelSetting {
            guild,
            base: served.name.clone(),
            mode,
        });
        bot.channels.say(channel, said);
        bot.records
            .audit(ticket, &served.name, AuditAction::Channel, &channel.to_string(), mode.as_str())
            .await;
        let mut card = messages::channel(served, channel, mode, kept);
        if bot.channels.are_unsure(ticket.guild) {
            card.push(&Markup::text(&messages::unsure(served)), Spacing::Paragraph);
            card.push_row(messages::confirm(served));
        }
        vec![card]
    };
    deliver_privately(bot, ticket, keep).await;
}

/// Whether the user may confirm the channel settings of this server. Its moderators may. Not every server has
/// moderators, so members who manage the server may, too. The settings affect only the server's own channels.
pub fn may_confirm(bot: &Bot, ticket: &InteractionContext) -> bool {
    let manages = ticket.permissions.intersects(Permissions::MANAGE_GUILD | Permissions::ADMINISTRATOR);
    super::may_moderate(bot, ticket) || ticket.guild.is_some() && manages
}

/// A card that asks a user who may confirm the settings to do so.
pub fn offer_confirmation(served: &Served) -> Card {
    let card =
        messages::note(served, Tone::Moderation, "Confirm the channel settings", &messages::unsure(served));
    card.with_row(messages::confirm(served))
}

/// Confirms the server's channel settings: settings made since the loss apply, and in every other channel the bot
/// answers in public when asked.
pub async fn confirm(bot: &Arc<Bot>, ticket: &InteractionContext, served: &Served) {
    let Some(guild) = ticket.guild else { return outdated(bot, ticket).await };
    let confirm = async {
        let kept = match bot.channels.are_unsure(ticket.guild) {
            true => {
                let kept = bot.records.confirm_channels(guild).await;
                bot.channels.confirm(guild);
                bot.records.audit(ticket, &served.name, AuditAction::ConfirmChannels, "", DONE).await;
                kept
            }
            false => true,
        };
        messages::confirmed(served, &bot.channels.of_guild(guild), kept)
    };
    deliver_privately(bot, ticket, confirm).await;
}
