//! How a user's request is handled: rate limits, answer, reply, record.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use serenity::all::{ChannelId, GuildId, InteractionId, Message, MessageId, UserId};
use tracing::Instrument;

use super::Bot;
use super::conversation::{Remembered, Sent, Thread};
use super::interaction::{InteractionContext, ReaderCommand};
use super::limit::{Permit, Refusal};
use super::message::{Decision, decide};
use super::registry::Served;
use super::respond::{Delivered, deliver, respond_privately};
use super::rest::{Failure, Place, Response, message, message_to};
use super::safety::{CardPlace, Cause};
use super::workers::{self, Answered, Request, SafetyCard};
use super::{messages, moderation, retract};
use crate::store::AnswerMode;
use verbatim_core::render::card::MOST_MESSAGES;

/// Timeout for looking up which channel a thread belongs to.
const LOOKED_UP: Duration = Duration::from_millis(1_500);

/// Number of pending tasks above which answers are no longer recorded.
const MOST_NOTES: usize = 20_000;

/// A span that groups a question's log lines by a random id, which identifies nobody.
fn span(served: &Served) -> tracing::Span {
    let id = getrandom::u32().unwrap_or_default();
    tracing::info_span!("question", id = format_args!("{id:08x}"), base = served.name)
}

/// Answers an interaction with a new message.
pub async fn interaction(
    bot: &Arc<Bot>,
    ticket: InteractionContext,
    served: Arc<Served>,
    request: Request,
    private: bool,
) {
    let private = private || bot.channels.mode(ticket.guild, ticket.channel) == AnswerMode::Private;
    let span = span(&served);
    async {
        // Safety cards come before any rate limit: the user may need help.
        if let Some(card) = workers::card(&served, &request).await {
            return show_card(bot, &ticket, &served, &card).await;
        }
        match bot.admit(ticket.user, ticket.guild) {
            Ok(permit) => answer(bot, &ticket, &served, request, private, permit).await,
            Err(refusal) => refuse(bot, &ticket, &served, refusal).await,
        }
    }
    .instrument(span)
    .await;
}

/// Shows a safety card to the user alone: nobody else saw the text, and the card would reveal its topic. A user who was
/// shown the card a moment ago is referred to it.
async fn show_card(bot: &Arc<Bot>, ticket: &InteractionContext, served: &Served, card: &SafetyCard) {
    let cause = Cause { user: ticket.user.get(), channel: None, category: card.category };
    if bot.safety.place(cause, ticket.received) == CardPlace::Above {
        return respond_privately(bot, ticket, &messages::card_above(served)).await;
    }
    let response = Response::Message(message_to(card.answered.first(), true));
    let sent = bot.sender.respond(ticket.id, &ticket.token, response).await;
    if sent.is_err() {
        bot.safety.was_not_shown(cause);
    }
    bot.figures.answered(&served.name, &card.answered, ticket.received.elapsed(), sent.is_ok());
}

async fn answer(
    bot: &Arc<Bot>,
    ticket: &InteractionContext,
    served: &Arc<Served>,
    request: Request,
    private: bool,
    permit: Permit,
) {
    let work = async { bot.workers.answer(served.clone(), request).await.unwrap_or_else(|| failed(served)) };
    let (answered, sent) = deliver(bot, ticket, private, work, |answered| &answered.cards).await;
    drop(permit);
    bot.figures.answered(&served.name, &answered, ticket.received.elapsed(), sent.first.is_ok());
    if sent.first.is_ok() && bot.channels.are_unsure(ticket.guild) && moderation::may_confirm(bot, ticket) {
        let card = [moderation::offer_confirmation(served)];
        bot.sender.follow_up_all(&ticket.token, ticket.id.get(), &card, true).await;
    }
    let guild = ticket.guild.filter(|_| !private);
    let posted =
        Posted { guild, channel: ticket.channel, sent, response: Some((ticket.token.clone(), ticket.id)) };
    note(bot, served, answered, posted);
}

/// Where an answer was posted.
struct Posted {
    /// The guild; `None` if only the user sees the answer, which is then not recorded.
    guild: Option<GuildId>,
    channel: ChannelId,
    sent: Delivered,
    /// The interaction's token and id, to ask Discord for the message id of the first response.
    response: Option<(String, InteractionId)>,
}

/// Records an answer: the concepts that the sources do not cover, and which message quotes which passages. The latter
/// is not recorded for direct messages, because their channel identifies the user.
fn note(bot: &Arc<Bot>, served: &Arc<Served>, answered: Answered, posted: Posted) {
    if bot.tasks.len() > MOST_NOTES {
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
                bot.sender.response_id(&token, about.get()).await.ok()
            }
            (first, _) => first.ok().flatten(),
        };
        // One at a time, so that answering questions takes precedence.
        let _turn = bot.notes.acquire().await;
        bot.records.count_gap(&served.name, &lacking).await;
        let Some(guild) = posted.guild.filter(|_| is_post) else { return };
        for (message, passages) in std::iter::once(first).chain(posted.sent.rest).zip(&pages) {
            let Some(message) = message.filter(|_| !passages.is_empty()) else { continue };
            bot.records.post(message, posted.channel, guild, &served.name, &generation, passages).await;
            moderation::resume_if_withheld(&bot, &served, passages);
        }
    });
}

async fn refuse(bot: &Arc<Bot>, ticket: &InteractionContext, served: &Served, refusal: Refusal) {
    bot.figures.refused(refusal);
    let card = messages::refusal(served, refusal);
    let response = Response::Message(message_to(&card, true));
    let _ = bot.sender.respond(ticket.id, &ticket.token, response).await;
}

fn failed(served: &Served) -> Answered {
    Answered::plain(served, "failed", messages::failed(served))
}

/// Answers a message if it is for the bot.
pub async fn message_event(bot: &Arc<Bot>, event: Message, received: Instant) {
    let is_stray = bot.channels.is_stray(event.guild_id, event.channel_id);
    // A message that would be ignored even with the broadest channel setting needs no lookup.
    if is_stray && decide(&event, bot.me, AnswerMode::EveryMessage) != Decision::Ignore {
        look_up_parent(bot, event.channel_id).await;
    }
    let mode = bot.channels.mode(event.guild_id, event.channel_id);
    let decision = decide(&event, bot.me, mode);
    if decision == Decision::Ignore || !bot.gate.is_new(event.id.get()) {
        return;
    }
    let Some(served) = bot.channels.base(event.guild_id, event.channel_id, &bot.bases) else { return };
    let span = span(&served);
    let asked = Asked::new(bot, &event);
    async {
        let (words, privately) = match decision {
            Decision::Ignore => return,
            Decision::Help if mode == AnswerMode::Private => {
                return asked.point_elsewhere(bot, &served).await;
            }
            Decision::Help => {
                return asked.show(bot, &served, Request::ReaderCommand(ReaderCommand::Help), received).await;
            }
            Decision::Answer(words) => (words, false),
            Decision::AnswerPrivately(words) => (words, true),
        };
        let request = asked.request(words);
        match workers::card(&served, &request).await {
            Some(card) => asked.warn(bot, &served, &card, received).await,
            None if privately => asked.point_elsewhere(bot, &served).await,
            None => asked.show(bot, &served, request, received).await,
        }
    }
    .instrument(span)
    .await;
}

/// Asks Discord which channel a thread belongs to, unless that takes too long.
async fn look_up_parent(bot: &Bot, channel: ChannelId) {
    match tokio::time::timeout(LOOKED_UP, bot.sender.parent_of(channel)).await {
        Ok(Ok(parent)) => bot.channels.belongs(channel, parent),
        // Asking again would not help: treat it as a channel.
        Ok(Err(Failure::Gone | Failure::Forbidden | Failure::Refused)) => {
            bot.channels.belongs(channel, channel)
        }
        Ok(Err(_)) | Err(_) => {}
    }
}

/// A message with a question.
struct Asked {
    place: Place,
    message: MessageId,
    user: UserId,
    /// The same user's previous question here, or the question behind the answer that this message replies to.
    before: Option<Remembered>,
}

impl Asked {
    fn new(bot: &Bot, event: &Message) -> Self {
        let (channel, user) = (event.channel_id, event.author.id);
        let answer = event.referenced_message.as_ref().map(|answer| Thread::Answer(answer.id));
        let threads: Vec<Thread> = answer.into_iter().chain([Thread::Person { channel, user }]).collect();
        Self {
            place: Place { guild: event.guild_id, channel },
            message: event.id,
            user,
            before: bot.conversations.before(&threads, channel, Instant::now()),
        }
    }

    /// The request: a new question, or a possible follow-up.
    fn request(&self, question: String) -> Request {
        match &self.before {
            Some(before) => {
                Request::After { before: before.question.clone(), is_own: self.is_own(before), question }
            }
            None => Request::ReaderCommand(ReaderCommand::Question(question)),
        }
    }

    /// Whether the same user asked all of it, so that it may be repeated.
    fn is_own(&self, before: &Remembered) -> bool {
        before.is_own(self.user)
    }

    /// What to remember for the next follow-up.
    fn remembered(&self, answered: &Answered) -> Option<Remembered> {
        let question = answered.question.clone()?;
        Some(match self.before.clone().filter(|_| answered.is_followup) {
            Some(before) => before.continued(question, self.message, self.user),
            None => Remembered::new(question, self.place.channel, self.message, self.user),
        })
    }

    /// The messages whose words an answer repeats.
    fn repeated(&self, answered: &Answered) -> Vec<MessageId> {
        if !answered.repeats {
            return Vec::new();
        }
        let before = self.before.as_ref().filter(|before| answered.is_followup && self.is_own(before));
        let before = before.map(|before| before.messages.as_slice()).unwrap_or_default();
        before.iter().copied().chain([self.message]).collect()
    }

    async fn show(&self, bot: &Arc<Bot>, served: &Arc<Served>, request: Request, received: Instant) {
        let permit = match bot.admit(self.user, self.place.guild) {
            Ok(permit) => permit,
            Err(refusal) => {
                bot.figures.refused(refusal);
                // At most once a minute per user, and by direct message: the channel is not notified.
                if bot.gate.may_tell(self.user.get()) {
                    let _ = bot.sender.direct(self.user, &message(&messages::refusal(served, refusal))).await;
                }
                return;
            }
        };
        let answered = bot.workers.answer(served.clone(), request).await.unwrap_or_else(|| failed(served));
        let remember = |thread| {
            if let Some(asked) = self.remembered(&answered) {
                bot.conversations.remember(thread, &asked, Instant::now());
            }
        };
        // Before the reply is sent, because the next message may come at once.
        remember(Thread::Person { channel: self.place.channel, user: self.user });
        let sent = self.tell_all(bot, served, &answered).await;
        drop(permit);
        // The question was deleted or edited: there is nothing to record.
        let Some(sent) = sent else { return };
        if let Ok(Some(answer)) = &sent.first {
            remember(Thread::Answer(*answer));
        }
        bot.figures.answered(&served.name, &answered, received.elapsed(), sent.first.is_ok());
        if sent.first == Err(Failure::Forbidden) {
            self.explain_silence(bot, served).await;
        }
        let Place { guild, channel } = self.place;
        note(bot, served, answered, Posted { guild, channel, sent, response: None });
    }

    /// Shows a safety card regardless of rate limits and channel settings: in the channel, or else in a direct message.
    async fn warn(&self, bot: &Arc<Bot>, served: &Served, card: &SafetyCard, received: Instant) {
        let channel = Some(self.place.channel.get());
        let cause = Cause { user: self.user.get(), channel, category: card.category };
        let body = message(card.answered.first());
        let sent = match bot.safety.place(cause, received) {
            CardPlace::Above => return,
            CardPlace::Directly => match bot.sender.direct(self.user, &body).await {
                Ok(sent) => Ok(sent),
                // A user who does not accept direct messages still gets the card.
                Err(_) => match self.reply(bot, served, body).await {
                    Some(sent) => sent,
                    None => return,
                },
            },
            CardPlace::Here => match self.reply(bot, served, body.clone()).await {
                None => return,
                Some(Err(Failure::Forbidden)) => bot.sender.direct(self.user, &body).await,
                Some(sent) => sent,
            },
        };
        // If Discord forbade it, it will forbid it the next time, too.
        if sent == Err(Failure::Unavailable) {
            bot.safety.was_not_shown(cause);
        }
        bot.figures.answered(&served.name, &card.answered, received.elapsed(), sent.is_ok());
    }

    /// Sends the answer; `None` if the question is deleted or edited before the first message is sent.
    async fn tell_all(&self, bot: &Bot, served: &Served, answered: &Answered) -> Option<Delivered> {
        let repeats = self.repeated(answered);
        let first = bot.sender.reply_to(self.place, self.message, message(answered.first()));
        let first = self.tell(bot, served, &repeats, first).await?;
        let mut rest = Vec::new();
        for card in answered.rest().iter().take(MOST_MESSAGES - 1).filter(|_| first.is_ok()) {
            let body = message(card);
            let sent = self.tell(bot, served, &repeats, bot.sender.post(self.place, &body)).await;
            rest.push(sent.and_then(Result::ok));
        }
        Some(Delivered { first: first.map(Some), rest })
    }

    /// Replies with a message that repeats no words of the question.
    async fn reply(&self, bot: &Bot, served: &Served, body: Value) -> Option<Result<MessageId, Failure>> {
        self.tell(bot, served, &[], bot.sender.reply_to(self.place, self.message, body)).await
    }

    /// Sends one message of a reply that repeats words of the messages `repeats`. `None` if one of them was edited or
    /// deleted in the meantime, or the question was deleted: then the message is not sent, or is taken back.
    async fn tell(
        &self,
        bot: &Bot,
        served: &Served,
        repeats: &[MessageId],
        send: impl Future<Output = Result<MessageId, Failure>>,
    ) -> Option<Result<MessageId, Failure>> {
        if !bot.conversations.may_send(self.message, repeats, Instant::now()) {
            return None;
        }
        let outcome = send.await;
        if let Ok(reply) = outcome {
            let (base, repeats) = (served.name.clone(), repeats.to_vec());
            let sent = Sent { reply, place: self.place, base, to: self.message, repeats };
            if let Some(back) = bot.conversations.sent(&sent, Instant::now()) {
                retract::take_back(bot, back).await;
                return None;
            }
        }
        Some(outcome)
    }

    /// Tells the user that answers here are private only: once a minute per user, because no other limit applies.
    async fn point_elsewhere(&self, bot: &Arc<Bot>, served: &Served) {
        if bot.gate.may_tell(self.user.get()) {
            let body = match bot.channels.is_unsure(self.place.guild, self.place.channel) {
                true => message(&messages::settings_unknown(served)),
                false => message(&messages::only_privately(served)),
            };
            self.reply(bot, served, body).await;
        }
    }

    /// Tells the user which permission the bot lacks in the channel, at most once a minute.
    async fn explain_silence(&self, bot: &Arc<Bot>, served: &Served) {
        if bot.gate.may_tell(self.user.get()) {
            let card = messages::may_not_write(served, self.place.guild, self.place.channel);
            let _ = bot.sender.direct(self.user, &message(&card)).await;
        }
    }
}
