//! `channel`: where the bot answers unasked, and where only privately.

use std::sync::Arc;

use serenity::all::{GuildId, Permissions};

use super::words;
use crate::discord::Bot;
use crate::discord::bases::Served;
use crate::discord::channels::Said;
use crate::discord::deliver::{deliver_privately, outdated, respond_privately};
use crate::discord::interaction::{Options, Ticket};
use crate::discord::message::Mode;
use crate::render::card::{Card, Gap, Tone};
use crate::render::escape::Markup;
use crate::store::Act;
use crate::store::audit::DONE;

/// Says when the bot answers in a channel.
pub async fn set(bot: &Arc<Bot>, ticket: &Ticket, served: &Served, options: &Options) {
    let mode = match options.text("mode") {
        Some("asked") => Mode::Asked,
        Some("unasked") => Mode::Unasked,
        Some("private") => Mode::Private,
        _ => return outdated(bot, ticket).await,
    };
    let channel = options.channel.unwrap_or(ticket.channel);
    if mode == Mode::Unasked && !bot.settings.discord.message_content {
        return respond_privately(bot, ticket, &words::no_message_content(served)).await;
    }
    let keep = async {
        let kept = bot.records.set_channel(ticket, channel, &served.name, mode).await;
        let guild = ticket.guild.map_or(0, GuildId::get);
        let said = (mode != Mode::Asked).then(|| Said { guild, base: served.name.clone(), mode });
        bot.channels.say(channel, said);
        bot.records.audit(ticket, &served.name, Act::Channel, &channel.to_string(), mode.as_str()).await;
        let mut card = words::channel(served, channel, mode, kept);
        if bot.channels.are_unsure(ticket.guild) {
            card.push(&Markup::text(&words::unsure(served)), Gap::Paragraph);
            card.push_row(words::confirm(served));
        }
        vec![card]
    };
    deliver_privately(bot, ticket, keep).await;
}

/// Whether the one who asks may confirm the settings of this server's channels: its moderators, and, as not every
/// server has some, whoever manages it. It is about their own channels and nothing else.
pub fn may_confirm(bot: &Bot, ticket: &Ticket) -> bool {
    let manages = ticket.permissions.intersects(Permissions::MANAGE_GUILD | Permissions::ADMINISTRATOR);
    super::may_moderate(bot, ticket) || ticket.guild.is_some() && manages
}

/// Asks somebody who may to confirm the settings.
pub fn offer_confirmation(served: &Served) -> Card {
    let card = words::note(served, Tone::Moderation, "Confirm the channel settings", &words::unsure(served));
    card.with_row(words::confirm(served))
}

/// Confirms the settings of the server's channels: those that were made since they were lost, and for every other
/// channel that the bot answers in public when asked.
pub async fn confirm(bot: &Arc<Bot>, ticket: &Ticket, served: &Served) {
    let Some(guild) = ticket.guild else { return outdated(bot, ticket).await };
    let confirm = async {
        let kept = match bot.channels.are_unsure(ticket.guild) {
            true => {
                let kept = bot.records.confirm_channels(guild).await;
                bot.channels.confirm(guild);
                bot.records.audit(ticket, &served.name, Act::ConfirmChannels, "", DONE).await;
                kept
            }
            false => true,
        };
        words::confirmed(served, &bot.channels.of_guild(guild), kept)
    };
    deliver_privately(bot, ticket, confirm).await;
}
