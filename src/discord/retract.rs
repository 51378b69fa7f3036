//! Questions in messages that are later deleted or edited. The bot forgets the question and takes back its replies:
//! those to a deleted message, and those that repeat deleted or edited words.
//!
//! Only replies sent since the program started, and within the last week, can be taken back: nothing is stored that
//! identifies the message in which a question was asked.

use std::sync::Arc;
use std::time::Instant;

use serenity::all::MessageId;

use super::Bot;
use super::conversation::{Change, TakeBack};
use super::messages;
use super::rest::{Failure, message};

/// Handles changed messages. Forgets their questions at once and takes replies back in the background.
pub fn changed(bot: &Arc<Bot>, messages: &[MessageId], change: Change) {
    let all = bot.conversations.changed(messages, change, Instant::now());
    if all.is_empty() {
        return;
    }
    let bot = bot.clone();
    bot.clone().spawn(async move {
        for back in all {
            take_back(&bot, back).await;
        }
    });
}

/// Takes a reply back: deletes it, or blanks it if that fails or if the message that it replies to still exists.
pub async fn take_back(bot: &Bot, back: TakeBack) {
    let (sent, is_deleted) = match back {
        TakeBack::Delete(sent) => {
            let deleted = bot.sender.delete(sent.place, sent.reply).await;
            (sent, matches!(deleted, Ok(()) | Err(Failure::Gone)))
        }
        TakeBack::Blank(sent) => (sent, false),
    };
    if !is_deleted {
        let disclaimer = bot.bases.find(Some(&sent.base)).map(|served| served.disclaimer());
        let card = messages::taken_back(&disclaimer.unwrap_or_else(|| bot.disclaimer()));
        // A failure has already been retried and logged.
        let _ = bot.sender.edit(sent.place, sent.reply, &message(&card)).await;
    }
    if sent.place.guild.is_some() {
        // The reply no longer quotes anything.
        bot.records.forget_post(sent.reply.get()).await;
    }
}
