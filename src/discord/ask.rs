//! From a user's request to the reply, on one page: triage, then a safety card, or rate limits, answer, reply, record.
//! [`Asker`] holds what differs between an interaction and a message.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serenity::all::{ChannelId, GuildId, InteractionId, Message, UserId};
use tracing::Instrument;

use super::Bot;
use super::interaction::InteractionContext;
use super::message::{Decision, decide};
use super::registry::Served;
use super::reply::AskingMessage;
use super::respond::{respond, respond_at_once, try_respond};
use super::rest::{Failure, SentCards};
use super::safety::{CardPlace, Cause};
use super::workers::{Answered, Request, SafetyCard, Wanted};
use super::{limit, messages, moderation};
use crate::store::{AnswerMode, Post, Store, unix_now};
use verbatim_core::render::action::{Action, List};
use verbatim_core::render::card::Card;

/// Timeout for looking up which channel a thread belongs to.
const LOOK_UP: Duration = Duration::from_millis(1_500);

/// Number of pending tasks above which answers are no longer recorded.
const MOST_PENDING: usize = 20_000;

/// Who asked, and how to reply.
enum Asker {
    /// A command or a button.
    Interaction {
        context: InteractionContext,
        /// Whether only the user sees the answer.
        private: bool,
    },
    /// A message.
    Message {
        message: AskingMessage,
        received: Instant,
        /// Whether the bot answers only privately in the channel. A message can only be answered in public.
        only_privately: bool,
    },
}

/// Answers a command or a button with a new message.
pub async fn interaction(
    bot: &Arc<Bot>,
    context: InteractionContext,
    served: Arc<Served>,
    request: Request,
    private: bool,
) {
    let private = private || bot.channels.mode(context.guild, context.channel) == AnswerMode::Private;
    ask(bot, &Asker::Interaction { context, private }, &served, request).await;
}

/// Answers a message if it is for the bot.
pub async fn message(bot: &Arc<Bot>, event: Message, received: Instant) {
    let mode = channel_mode(bot, &event).await;
    let decision = decide(&event, bot.me, mode);
    if decision == Decision::Ignore || !bot.limits.is_new(event.id.get()) {
        return;
    }
    let Some(served) = bot.channels.base(event.guild_id, event.channel_id, &bot.registry) else { return };
    let message = AskingMessage::new(bot, &event);
    let only_privately = matches!(decision, Decision::AnswerPrivately(_))
        || matches!(decision, Decision::Help(_)) && mode == AnswerMode::Private;
    let (text, wanted) = match decision {
        Decision::Ignore => return,
        Decision::OnlyTriage(text) => (text, None),
        Decision::Help(text) => {
            (text, Some(Wanted::Show(Action::List { base: served.name.clone(), list: List::Help })))
        }
        Decision::Answer(text) | Decision::AnswerPrivately(text) => {
            let wanted = message.wanted(text.question.clone());
            (text, Some(wanted))
        }
    };
    let asker = Asker::Message { message, received, only_privately };
    let typed = vec![text.seen];
    match wanted {
        Some(wanted) => ask(bot, &asker, &served, Request { typed, wanted }).await,
        None => {
            has_card(bot, &asker, &served, typed).await;
        }
    }
}

/// Responds to a command for which nothing can be looked up: with the safety card that the typed texts call for, or else
/// with `card`. Only the user sees it.
pub async fn without_answer(
    bot: &Arc<Bot>,
    context: InteractionContext,
    served: Arc<Served>,
    typed: Vec<String>,
    card: &Card,
) {
    let asker = Asker::Interaction { context: context.clone(), private: true };
    if !has_card(bot, &asker, &served, typed).await {
        respond_at_once(bot, &context, card).await;
    }
}

/// Shows the safety card that these texts call for. Returns `false` if they call for none.
async fn has_card(bot: &Arc<Bot>, asker: &Asker, served: &Arc<Served>, typed: Vec<String>) -> bool {
    let Some(card) = bot.workers.card(served, typed).await else { return false };
    show_card(bot, asker, served, &card).await;
    true
}

/// Replies to a request. The log lines of one request share a random id, which identifies nobody.
async fn ask(bot: &Arc<Bot>, asker: &Asker, served: &Arc<Served>, request: Request) {
    let id = getrandom::u32().unwrap_or_default();
    let span = tracing::info_span!("question", id = format_args!("{id:08x}"), base = served.name);
    reply(bot, asker, served, request).instrument(span).await;
}

/// The steps from a request to the reply.
async fn reply(bot: &Arc<Bot>, asker: &Asker, served: &Arc<Served>, request: Request) {
    // Triage sees the raw text first. A safety card comes before any rate limit: the user may need help.
    let request = match bot.workers.triage(served, request).await {
        Ok(request) => request,
        Err(card) => return show_card(bot, asker, served, &card).await,
    };
    if let Asker::Message { message, only_privately: true, .. } = asker {
        return message.point_elsewhere(bot, served).await;
    }
    let permit = match bot.admit(asker.user(), asker.guild()) {
        Ok(permit) => permit,
        Err(refusal) => return refuse(bot, asker, served, refusal).await,
    };
    let answer = bot.workers.answer(served.clone(), request);
    let sent = match asker {
        Asker::Interaction { context, private } => {
            Some(respond(bot, context, *private, answer, |answered| &answered.cards).await)
        }
        Asker::Message { message, .. } => message.reply(bot, served, answer).await,
    };
    drop(permit);
    // Nothing was sent, because the message was deleted or edited: there is nothing to record.
    let Some((answered, sent)) = sent else { return };
    bot.metrics.answered(&served.name, &answered, asker.received().elapsed(), sent.first.is_ok());
    add_notice(bot, asker, served, &sent).await;
    record(bot, served, answered, Posted::new(asker, sent));
}

/// Shows a safety card. It is exempt from rate limits and channel settings.
async fn show_card(bot: &Arc<Bot>, asker: &Asker, served: &Served, card: &SafetyCard) {
    let sent = match asker {
        // Only the user sees what follows an interaction: a card would reveal its topic to the channel.
        Asker::Interaction { context, .. } => Some(try_respond(bot, context, card.answered.first()).await),
        Asker::Message { message, received, .. } => warn(bot, message, *received, served, card).await,
    };
    if let Some(sent) = sent {
        bot.metrics.answered(&served.name, &card.answered, asker.received().elapsed(), sent.is_ok());
    }
}

/// Shows a safety card in reply to a message, but not again within a minute if it is still there. `None` if nothing was
/// sent.
async fn warn(
    bot: &Arc<Bot>,
    message: &AskingMessage,
    received: Instant,
    served: &Served,
    card: &SafetyCard,
) -> Option<Result<(), Failure>> {
    let (user, channel) = (message.user.get(), message.place.channel.get());
    let cause = Cause { user, channel, category: card.category };
    let place = bot.safety.place(cause, received);
    if place == CardPlace::Above {
        return None;
    }
    let sent = message.warn(bot, served, card.answered.first(), place).await;
    match sent {
        Some(Ok(card)) => {
            bot.safety.was_shown(cause, [card.get(), message.id.get()], received);
            // A moderation bot may have been faster than Discord's response.
            if bot.conversations.is_deleted(card, Instant::now()) {
                bot.safety.was_not_shown(cause);
            }
        }
        // What Discord forbids now, it will forbid the next time, too.
        Some(Err(Failure::Forbidden | Failure::Gone | Failure::Refused | Failure::Acknowledged)) => {}
        Some(Err(Failure::Unavailable)) | None => bot.safety.was_not_shown(cause),
    }
    sent.map(|sent| sent.map(drop))
}

/// Tells the user privately why the question is refused.
async fn refuse(bot: &Arc<Bot>, asker: &Asker, served: &Served, refusal: limit::Refusal) {
    bot.metrics.refused(refusal);
    let card = messages::refusal(served, refusal);
    match asker {
        Asker::Interaction { context, .. } => respond_at_once(bot, context, &card).await,
        Asker::Message { message, .. } => message.notify(bot, &card).await,
    }
}

/// Adds what the user can change: the server's unconfirmed channel settings, or the bot's missing permission.
async fn add_notice(bot: &Arc<Bot>, asker: &Asker, served: &Served, sent: &SentCards) {
    match asker {
        Asker::Interaction { context, .. } => {
            let is_unsure = sent.first.is_ok() && bot.channels.are_unsure(context.guild);
            if is_unsure && moderation::may_confirm(bot, context) {
                let card = [moderation::offer_confirmation(served)];
                bot.rest.follow_up_all(&context.token, context.id.get(), &card, true).await;
            }
        }
        Asker::Message { message, .. } if sent.first == Err(Failure::Forbidden) => {
            let card = messages::may_not_write(served, message.place.guild, message.place.channel);
            message.notify(bot, &card).await;
        }
        Asker::Message { .. } => {}
    }
}

impl Asker {
    fn user(&self) -> UserId {
        match self {
            Self::Interaction { context, .. } => context.user,
            Self::Message { message, .. } => message.user,
        }
    }

    fn guild(&self) -> Option<GuildId> {
        match self {
            Self::Interaction { context, .. } => context.guild,
            Self::Message { message, .. } => message.place.guild,
        }
    }

    fn received(&self) -> Instant {
        match self {
            Self::Interaction { context, .. } => context.received,
            Self::Message { received, .. } => *received,
        }
    }
}

/// Where an answer was posted.
struct Posted {
    /// The guild; `None` if only the user sees the answer, which is then not recorded.
    guild: Option<GuildId>,
    channel: ChannelId,
    sent: SentCards,
    /// The interaction's token and id, to ask Discord for the message id of the first response.
    response: Option<(String, InteractionId)>,
}

impl Posted {
    fn new(asker: &Asker, sent: SentCards) -> Self {
        match asker {
            Asker::Interaction { context, private } => Self {
                guild: context.guild.filter(|_| !private),
                channel: context.channel,
                sent,
                response: Some((context.token.clone(), context.id)),
            },
            Asker::Message { message, .. } => {
                Self { guild: message.place.guild, channel: message.place.channel, sent, response: None }
            }
        }
    }
}

/// Records an answer: the concepts that the sources do not cover, and which message quotes which passages. The latter
/// is not recorded for direct messages, because their channel identifies the user.
fn record(bot: &Arc<Bot>, served: &Arc<Served>, answered: Answered, posted: Posted) {
    if bot.tasks.len() > MOST_PENDING {
        // The store is too slow or locked: drop the record rather than use up memory.
        metrics::counter!("verbatim_notes_dropped_total").increment(1);
        return;
    }
    // Free the cards early: many records may be waiting.
    let (lacking, generation, pages) =
        (answered.lacking.clone(), answered.generation.clone(), answered.quoted());
    drop(answered);
    let (bot, served) = (bot.clone(), served.clone());
    bot.clone().spawn(async move {
        let is_post = posted.guild.is_some() && pages.iter().any(|passages| !passages.is_empty());
        let first = match (posted.sent.first, posted.response) {
            (Ok(None), Some((token, about))) if is_post => {
                bot.rest.response_id(&token, about.get()).await.ok()
            }
            (first, _) => first.ok().flatten(),
        };
        // One at a time, so that answering questions takes precedence.
        let _turn = bot.recording.acquire().await;
        let (base, lacking) = (&served.name, &lacking);
        if !lacking.is_empty() {
            let count = |store: Store| async move { store.count_gap(base, lacking, unix_now()).await };
            bot.store.write("count a gap", count).await;
        }
        let Some(guild) = posted.guild.filter(|_| is_post) else { return };
        for (message, passages) in std::iter::once(first).chain(posted.sent.rest).zip(&pages) {
            let Some(message) = message.filter(|_| !passages.is_empty()) else { continue };
            let post = &Post {
                message: message.get(),
                channel: posted.channel.get(),
                guild: Some(guild.get()),
                base: base.clone(),
                generation: generation.clone(),
                at: unix_now(),
            };
            let record = |store: Store| async move { store.record_post(post, passages).await };
            bot.store.write("record a post", record).await;
            moderation::resume_if_withheld(&bot, &served, passages);
        }
    });
}

/// When the bot answers in a message's channel. For an unknown thread, asks Discord which channel it belongs to.
async fn channel_mode(bot: &Bot, event: &Message) -> AnswerMode {
    let (guild, channel) = (event.guild_id, event.channel_id);
    // A message that would be ignored even with the broadest channel setting needs no lookup.
    let is_stray = bot.channels.is_stray(guild, channel);
    if is_stray && decide(event, bot.me, AnswerMode::EveryMessage) != Decision::Ignore {
        match tokio::time::timeout(LOOK_UP, bot.rest.parent_of(channel)).await {
            Ok(Ok(parent)) => bot.channels.set_parent(channel, parent),
            // Asking again would not help: treat it as a channel.
            Ok(Err(Failure::Gone | Failure::Forbidden | Failure::Refused)) => {
                bot.channels.set_parent(channel, channel);
            }
            Ok(Err(_)) | Err(_) => {}
        }
    }
    bot.channels.mode(guild, channel)
}
