//! `channel`: where the bot answers unasked, and where only privately.

use std::sync::Arc;

use serenity::all::GuildId;

use super::words;
use crate::discord::Bot;
use crate::discord::bases::Served;
use crate::discord::channels::Said;
use crate::discord::deliver::{deliver_privately, outdated, respond_privately};
use crate::discord::interaction::{Options, Ticket};
use crate::discord::message::Mode;
use crate::store::Act;

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
        vec![words::channel(served, channel, mode, kept)]
    };
    deliver_privately(bot, ticket, keep).await;
}
