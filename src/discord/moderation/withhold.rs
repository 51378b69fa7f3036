//! `withhold` and `restore`: a passage is taken out of circulation at once, also out of what the bot has posted,
//! as far as Discord lets it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serenity::all::GuildId;

use super::change::{self, Job};
use super::messages;
use crate::discord::Bot;
use crate::discord::interaction::{InteractionContext, Options};
use crate::discord::registry::Served;
use crate::discord::respond::outdated;
use crate::discord::rest::{Failure, Place, Response, message};
use crate::store::audit::DONE;
use crate::store::{AuditAction, Post};
use verbatim_core::engine::Engine;
use verbatim_core::engine::curation;
use verbatim_core::render::card;

/// Longest reason, in characters.
const LONGEST_REASON: usize = 300;

/// `withhold`
pub async fn withhold(bot: &Arc<Bot>, ticket: InteractionContext, served: Arc<Served>, options: &Options) {
    let (Some(passage), Some(reason)) = (options.text("passage"), options.text("reason")) else {
        return outdated(bot, &ticket).await;
    };
    let reason: String = reason.chars().take(LONGEST_REASON).collect();
    let passage = passage.trim().to_owned();
    if bot.sender.respond(ticket.id, &ticket.token, Response::Later { private: true }).await.is_err() {
        return;
    }
    let (engine, id, by, at) =
        (served.clone(), passage.clone(), ticket.user_name.clone(), crate::discord::now());
    let work = move || engine.engine.withhold(&id, &by, &at, &reason);
    let outcome = tokio::task::spawn_blocking(work).await;
    let withheld = match outcome {
        Ok(Ok(withheld)) => Ok(withheld),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the program failed; its log says where".to_owned()),
    };
    // Who only tried to withhold it again did not withhold it.
    let outcome = match &withheld {
        Ok(withheld) if withheld.is_earlier => "withheld before",
        Ok(_) => DONE,
        Err(_) => "failed",
    };
    bot.records.audit(&ticket, &served.name, AuditAction::Withhold, &passage, outcome).await;
    let card = match &withheld {
        Ok(withheld) => {
            let posts = bot.records.withdraw(&served.name, &withheld.entry.passage).await;
            messages::withheld(&served, withheld, posts)
        }
        Err(why) => messages::not_withheld(&served, why),
    };
    let _ = bot.sender.edit_response(&ticket.token, ticket.id.get(), &message(&card)).await;
    if withheld.is_ok() {
        resume(bot);
    }
}

/// Who edits posts: one at a time, and one more who waits.
#[derive(Default)]
pub struct Resuming {
    turn: tokio::sync::Mutex<()>,
    waits: AtomicBool,
}

/// Edits the posts that quote what is withheld: also what was withheld while the store could not be written, or just
/// before the program was killed, or by hand.
pub fn resume(bot: &Arc<Bot>) {
    // One that waits for its turn sees whatever is withheld by now.
    if bot.resuming.waits.swap(true, Ordering::SeqCst) {
        return;
    }
    let bot = bot.clone();
    bot.clone().spawn(async move {
        let _turn = bot.resuming.turn.lock().await;
        bot.resuming.waits.store(false, Ordering::SeqCst);
        for served in bot.bases.all() {
            served.engine.withhold_as_listed();
            let passages: Vec<String> = served.engine.withheld_passages().into_iter().collect();
            bot.records.withdraw_only(&served.name, &passages).await;
        }
        for post in bot.records.to_withdraw().await {
            if bot.is_stopping() {
                return;
            }
            edit(&bot, &post).await;
        }
    });
}

/// The same for a post that came out just when its passage was withheld.
pub fn resume_if_withheld(bot: &Arc<Bot>, served: &Served, passages: &[String]) {
    let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
    if served.engine.snapshot().withholds_any_of(&passages) {
        resume(bot);
    }
}

async fn edit(bot: &Arc<Bot>, post: &Post) {
    let Some(served) = bot.bases.find(Some(&post.base)) else { return };
    let body = message(&card::withheld(&crate::discord::today(), &served.disclaimer()));
    let place = Place { guild: post.guild.map(GuildId::new), channel: post.channel.into() };
    match bot.sender.edit(place, post.message.into(), &body).await {
        // Discord is asked again tomorrow, or after the next start.
        Err(Failure::Unavailable) => {}
        // Done, or not to be done: the message is gone, or the bot may not see it any more.
        _ => bot.records.forget_post(post.message).await,
    }
}

/// `restore`
pub async fn restore(bot: &Arc<Bot>, ticket: InteractionContext, served: Arc<Served>, options: &Options) {
    let Some(passage) = options.text("passage") else { return outdated(bot, &ticket).await };
    let passage = passage.trim().to_owned();
    let subject = passage.clone();
    let job = Job {
        what: "restore",
        act: AuditAction::Restore,
        subject,
        force: options.force,
        in_place: false,
        draft: None,
    };
    let work = move |engine: &Engine, act: curation::ChangeOptions<'_>| {
        let restored = engine.restore(&passage, act)?;
        Ok(messages::restored(&restored))
    };
    change::run(bot, &ticket, &served, job, Box::new(work)).await;
}

/// What is withheld: what is shown, and the passage's id.
pub fn withheld(served: &Served, typed: &str) -> Vec<(String, String)> {
    let entries = served.engine.withheld().unwrap_or_default().into_iter();
    entries
        .filter(|entry| entry.passage.contains(typed.trim()))
        .map(|entry| match entry.reason.as_str() {
            "" => (entry.passage.clone(), entry.passage),
            reason => (format!("{} ({reason})", entry.passage), entry.passage),
        })
        .collect()
}
