//! `withhold` and `restore`: a passage is taken out of circulation at once, also out of what the bot has posted,
//! as far as Discord lets it.

use std::sync::Arc;

use super::change::{self, Plan};
use super::words;
use crate::discord::Bot;
use crate::discord::bases::Served;
use crate::discord::event::outdated;
use crate::discord::interaction::{Options, Ticket};
use crate::discord::reply::{Failure, Response, message};
use crate::engine::Engine;
use crate::index::build::Progress;
use crate::render::card;
use crate::store::{Act, Post};

/// Longest reason, in characters.
const LONGEST_REASON: usize = 300;

/// `withhold`
pub async fn withhold(bot: &Arc<Bot>, ticket: Ticket, served: Arc<Served>, options: &Options) {
    let (Some(passage), Some(reason)) = (options.text("passage"), options.text("reason")) else {
        return outdated(bot, &ticket).await;
    };
    let reason: String = reason.chars().take(LONGEST_REASON).collect();
    let passage = passage.trim().to_owned();
    if bot.sender.respond(ticket.id, &ticket.token, Response::Later { private: true }).await.is_err() {
        return;
    }
    let (engine, id, by, at) = (served.clone(), passage.clone(), ticket.user_name.clone(), crate::discord::now());
    let work = move || engine.engine.withhold(&id, &by, &at, &reason);
    let outcome = tokio::task::spawn_blocking(work).await;
    let (done, card) = match outcome {
        Ok(Ok(withheld)) => (true, words::withheld(&served, &passage, &withheld)),
        Ok(Err(error)) => (false, words::not_withheld(&served, &error.to_string())),
        Err(_) => (false, words::not_withheld(&served, "the engine failed")),
    };
    bot.records.audit(&ticket, &served.name, Act::Withhold, &passage, if done { "done" } else { "failed" }).await;
    if done {
        bot.records.withdraw(&served.name, &passage).await;
    }
    let _ = bot.sender.edit_response(&ticket.token, ticket.id.get(), &message(&card)).await;
    if done {
        resume(bot);
    }
}

/// Edits the posts that quote what was withheld. What a restart left undone is done now.
pub fn resume(bot: &Arc<Bot>) {
    let bot = bot.clone();
    bot.clone().spawn(async move {
        for post in bot.records.to_withdraw().await {
            if bot.is_stopping() {
                return;
            }
            edit(&bot, &post).await;
        }
    });
}

async fn edit(bot: &Arc<Bot>, post: &Post) {
    let Some(served) = bot.bases.find(Some(&post.base)) else { return };
    let disclaimer = served.engine.snapshot().library.about.disclaimer.clone();
    let body = message(&card::withheld(&crate::discord::today(), &disclaimer));
    match bot.sender.edit(post.channel.into(), post.message.into(), &body).await {
        // Discord is asked again after the next start.
        Err(Failure::Unavailable) => {}
        // Done, or not to be done: the message is gone, or the bot may not see it any more.
        _ => bot.records.forget_post(post.message).await,
    }
}

/// `restore`
pub async fn restore(bot: &Arc<Bot>, ticket: Ticket, served: Arc<Served>, options: &Options) {
    let Some(passage) = options.text("passage") else { return outdated(bot, &ticket).await };
    let passage = passage.trim().to_owned();
    let force = options.force;
    let plan = Plan { what: "restore", act: Act::Restore, subject: passage.clone(), in_place: false };
    let work = move |engine: &Engine, now: &str, progress: &mut dyn FnMut(Progress)| {
        engine.restore(&passage, now, force, progress).map(|reindexed| words::reindexed(&reindexed))
    };
    change::run(bot, &ticket, &served, plan, Box::new(work)).await;
}

/// What is withheld: what is shown, and the passage's id.
pub fn withheld(served: &Served, typed: &str) -> Vec<(String, String)> {
    let entries = served.engine.withheld().into_iter();
    entries
        .filter(|entry| entry.passage.contains(typed.trim()))
        .map(|entry| (format!("{} ({})", entry.passage, entry.reason), entry.passage))
        .collect()
}
