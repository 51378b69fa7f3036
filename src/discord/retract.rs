//! Messages that were deleted or edited after the bot was asked in them: what was asked is forgotten, and what the bot
//! replied goes, as far as it replied to what is gone or repeats what is no longer said.
//!
//! Known are the replies of this run of the program, and of the last week: nothing is written down by which a message
//! could be found that was asked in.

use std::sync::Arc;
use std::time::Instant;

use serenity::all::MessageId;

use super::Bot;
use super::conversation::{Change, TakeBack};
use super::messages;
use super::rest::{Failure, message};

/// Messages changed. What is known of them is forgotten at once; replies are taken back beside.
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

/// Takes a reply back: deletes it, and where that cannot be, or another message still stands over it, blanks it.
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
        // What fails has been logged, and was tried again before.
        let _ = bot.sender.edit(sent.place, sent.reply, &message(&card)).await;
    }
    if sent.place.guild.is_some() {
        // It quotes nothing any more.
        bot.records.forget_post(sent.reply.get()).await;
    }
}
