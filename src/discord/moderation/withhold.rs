//! `withhold` and `restore`. `withhold` hides a passage at once, including in messages that the bot has posted, as far
//! as Discord allows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serenity::all::{GuildId, MessageId};

use super::job::Job;
use super::{audit, change, messages};
use crate::discord::Bot;
use crate::discord::interaction::InteractionContext;
use crate::discord::registry::Served;
use crate::discord::rest::{Failure, Place, Response, message};
use crate::store::audit::DONE;
use crate::store::{AuditAction, Post, Store};
use verbatim_core::engine::Engine;
use verbatim_core::engine::curation;
use verbatim_core::render::card;

/// `withhold`
pub async fn withhold(
    bot: &Arc<Bot>,
    context: InteractionContext,
    served: Arc<Served>,
    passage: String,
    reason: String,
) {
    if bot.rest.respond(context.id, &context.token, Response::Later { private: true }).await.is_err() {
        return;
    }
    let (engine, id, by, at) =
        (served.clone(), passage.clone(), context.user_name.clone(), crate::discord::now());
    let work = move || engine.engine.withhold(&id, &by, &at, &reason);
    let outcome = tokio::task::spawn_blocking(work).await;
    let withheld = match outcome {
        Ok(Ok(withheld)) => Ok(withheld),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => {
            Err("the program failed; tell the person who runs the bot (the log says what went wrong)"
                .to_owned())
        }
    };
    // Trying to withhold a passage again does not count as withholding it.
    let outcome = match &withheld {
        Ok(withheld) if withheld.is_earlier => "withheld before",
        Ok(_) => DONE,
        Err(_) => "failed",
    };
    audit(bot, &context, &served, AuditAction::Withhold, &passage, outcome).await;
    let card = match &withheld {
        Ok(withheld) => {
            let (base, passage) = (&served.name, &withheld.entry.passage);
            let mark = |store: Store| async move { store.withdraw(base, passage).await };
            let posts = bot.store.write("mark posts", mark).await;
            messages::withheld(&served, withheld, posts.map(|count| count as usize))
        }
        Err(why) => messages::not_withheld(&served, why),
    };
    let _ = bot.rest.edit_response(&context.token, context.id.get(), &message(&card)).await;
    if withheld.is_ok() {
        resume(bot);
    }
}

/// Lets one task edit posts at a time, and one more wait.
#[derive(Default)]
pub struct Resuming {
    turn: tokio::sync::Mutex<()>,
    waits: AtomicBool,
}

/// Edits the posts that quote withheld passages, including passages that were withheld while the store could not be
/// written, just before the program was killed, or by hand.
pub fn resume(bot: &Arc<Bot>) {
    // A task that waits for its turn sees everything that is withheld by now.
    if bot.resuming.waits.swap(true, Ordering::SeqCst) {
        return;
    }
    let bot = bot.clone();
    bot.clone().spawn(async move {
        let _turn = bot.resuming.turn.lock().await;
        bot.resuming.waits.store(false, Ordering::SeqCst);
        for served in bot.registry.all() {
            served.engine.withhold_as_listed();
            let base = &served.name;
            let passages: &Vec<String> = &served.engine.withheld_passages().into_iter().collect();
            let mark = |store: Store| async move { store.withdraw_only(base, passages).await };
            bot.store.write("mark posts", mark).await;
        }
        let posts = bot.store.read("read the posts", |store| async move { store.to_withdraw().await }).await;
        for post in posts.unwrap_or_default() {
            if bot.is_stopping() {
                return;
            }
            edit(&bot, &post).await;
        }
    });
}

/// Does the same for a post that was sent just as its passage was withheld.
pub fn resume_if_withheld(bot: &Arc<Bot>, served: &Served, passages: &[String]) {
    let passages: Vec<&str> = passages.iter().map(String::as_str).collect();
    if served.engine.snapshot().withholds_any_of(&passages) {
        resume(bot);
    }
}

async fn edit(bot: &Arc<Bot>, post: &Post) {
    let Some(served) = bot.registry.find(Some(&post.base)) else { return };
    let body = message(&card::withheld(&crate::discord::today(), &served.disclaimer()));
    let place = Place { guild: post.guild.map(GuildId::new), channel: post.channel.into() };
    match bot.rest.edit(place, post.message.into(), &body).await {
        // The next attempt is tomorrow, or after the next start.
        Err(Failure::Unavailable) => {}
        // Done, or impossible: the message is gone, or the bot may no longer see it.
        _ => forget_post(bot, post.message.into()).await,
    }
}

/// Deletes the record of a post that no longer quotes anything.
pub async fn forget_post(bot: &Bot, message: MessageId) {
    let forget = |store: Store| async move { store.forget_post(message.get()).await };
    bot.store.write("forget a post", forget).await;
}

/// `restore`
pub async fn restore(
    bot: &Arc<Bot>,
    context: InteractionContext,
    served: Arc<Served>,
    passage: String,
    force: bool,
) {
    let subject = passage.clone();
    let job =
        Job { what: "restore", act: AuditAction::Restore, subject, force, in_place: false, draft: None };
    let work = move |engine: &Engine, act: curation::ChangeOptions<'_>| {
        let restored = engine.restore(&passage, act)?;
        Ok(messages::restored(&restored))
    };
    change::run(bot, &context, &served, job, Box::new(work)).await;
}

/// The withheld passages: the text to show, and the passage's id.
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
