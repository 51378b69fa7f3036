//! Replies to messages, and taking them back: a reply to a message that is deleted, and a reply that repeats words that
//! were deleted or edited.
//!
//! Only replies sent since the program started, and within the last week, can be taken back: nothing is stored that
//! identifies the message in which a question was asked.

use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use serenity::all::{Message, MessageId, UserId};

use super::conversation::{MessageChange, Remembered, SentReply, TakeBack, Thread};
use super::registry::Served;
use super::rest::{Failure, Place, SentCards, message};
use super::safety::CardPlace;
use super::workers::{Answered, Wanted};
use super::{Bot, messages, moderation};
use verbatim_core::render::card::{Card, MOST_MESSAGES};

/// A message with a question.
pub struct AskingMessage {
    /// Where it was sent.
    pub place: Place,
    /// Who sent it.
    pub user: UserId,
    /// The message.
    pub id: MessageId,
    /// The same user's previous question here, or the question behind the answer that this message replies to.
    before: Option<Remembered>,
}

impl AskingMessage {
    /// Reads a message, and looks up the question that it may be a follow-up to.
    pub fn new(bot: &Bot, event: &Message) -> Self {
        let (channel, user) = (event.channel_id, event.author.id);
        let answer = event.referenced_message.as_ref().map(|answer| Thread::Answer(answer.id));
        let threads: Vec<Thread> = answer.into_iter().chain([Thread::Person { channel, user }]).collect();
        Self {
            place: Place { guild: event.guild_id, channel },
            user,
            id: event.id,
            before: bot.conversations.before(&threads, channel, Instant::now()),
        }
    }

    /// What the message asks for: the answer to a new question, or to a possible follow-up.
    pub fn wanted(&self, question: String) -> Wanted {
        match &self.before {
            Some(before) => Wanted::Followup {
                before: before.question.clone(),
                // Only a user who asked all of it may see it repeated.
                is_own: before.is_own(self.user),
                question,
            },
            None => Wanted::Question(question),
        }
    }

    /// Sends the answer; `None` if the question is deleted or edited before the first message is sent.
    pub async fn reply(
        &self,
        bot: &Bot,
        served: &Served,
        answer: impl Future<Output = Answered>,
    ) -> Option<(Answered, SentCards)> {
        let answered = answer.await;
        // Before the reply is sent, because the next message may come at once.
        self.remember(bot, &answered, Thread::Person { channel: self.place.channel, user: self.user });
        let repeats = self.repeated(&answered);
        let first = bot.rest.reply_to(self.place, self.id, message(answered.first()));
        let first = self.send(bot, served, &repeats, first).await?;
        if let Ok(answer) = first {
            self.remember(bot, &answered, Thread::Answer(answer));
        }
        let mut rest = Vec::new();
        for card in answered.rest().iter().take(MOST_MESSAGES - 1).filter(|_| first.is_ok()) {
            let sent = self.send(bot, served, &repeats, bot.rest.post(self.place, message(card))).await;
            rest.push(sent.and_then(Result::ok));
        }
        Some((answered, SentCards { first: first.map(Some), rest }))
    }

    /// Shows a safety card: in the channel, or else in a direct message. `None` if nothing was sent, because the message
    /// was deleted.
    pub async fn warn(
        &self,
        bot: &Bot,
        served: &Served,
        card: &Card,
        place: CardPlace,
    ) -> Option<Result<MessageId, Failure>> {
        let body = message(card);
        match place {
            CardPlace::Above => None,
            CardPlace::Directly => match bot.rest.direct(self.user, body.clone()).await {
                Ok(sent) => Some(Ok(sent)),
                // A user who does not accept direct messages still gets the card.
                Err(_) => self.reply_in_channel(bot, served, body).await,
            },
            CardPlace::Here => match self.reply_in_channel(bot, served, body.clone()).await? {
                Err(Failure::Forbidden | Failure::Gone) => Some(bot.rest.direct(self.user, body).await),
                sent => Some(sent),
            },
        }
    }

    /// Tells the user that answers here are private only.
    pub async fn point_elsewhere(&self, bot: &Bot, served: &Served) {
        // No other limit applies.
        if bot.limits.may_notify(self.user.get()) {
            let card = match bot.channels.is_unsure(self.place.guild, self.place.channel) {
                true => messages::settings_unknown(served),
                false => messages::only_privately(served),
            };
            self.reply_in_channel(bot, served, message(&card)).await;
        }
    }

    /// Sends a notice as a direct message: the channel is not notified. At most one per minute is sent to a user.
    pub async fn notify(&self, bot: &Bot, card: &Card) {
        if bot.limits.may_notify(self.user.get()) {
            // A failure has been logged, and the user cannot be reached any other way.
            let _ = bot.rest.direct(self.user, message(card)).await;
        }
    }

    /// Replies with a message that repeats no words of the question.
    async fn reply_in_channel(
        &self,
        bot: &Bot,
        served: &Served,
        body: Value,
    ) -> Option<Result<MessageId, Failure>> {
        self.send(bot, served, &[], bot.rest.reply_to(self.place, self.id, body)).await
    }

    /// Sends one message of a reply that repeats words of the messages `repeats`. `None` if one of them was edited or
    /// deleted in the meantime, or the question was deleted: then the message is not sent, or is taken back.
    async fn send(
        &self,
        bot: &Bot,
        served: &Served,
        repeats: &[MessageId],
        send: impl Future<Output = Result<MessageId, Failure>>,
    ) -> Option<Result<MessageId, Failure>> {
        if !bot.conversations.may_send(self.id, repeats, Instant::now()) {
            return None;
        }
        let outcome = send.await;
        if let Ok(reply) = outcome {
            let (base, repeats) = (served.name.clone(), repeats.to_vec());
            let sent = SentReply { reply, place: self.place, base, to: self.id, repeats };
            if let Some(back) = bot.conversations.sent(&sent, Instant::now()) {
                take_back(bot, back).await;
                return None;
            }
        }
        Some(outcome)
    }

    /// Remembers the complete question for the next follow-up.
    fn remember(&self, bot: &Bot, answered: &Answered, thread: Thread) {
        let Some(question) = answered.question.clone() else { return };
        let remembered = match self.before.clone().filter(|_| answered.is_followup) {
            Some(before) => before.continued(question, self.id, self.user),
            None => Remembered::new(question, self.place.channel, self.id, self.user),
        };
        bot.conversations.remember(thread, &remembered, Instant::now());
    }

    /// The messages whose words an answer repeats.
    fn repeated(&self, answered: &Answered) -> Vec<MessageId> {
        if !answered.repeats {
            return Vec::new();
        }
        let before = self.before.as_ref().filter(|before| answered.is_followup && before.is_own(self.user));
        let before = before.map(|before| before.messages.as_slice()).unwrap_or_default();
        before.iter().copied().chain([self.id]).collect()
    }
}

/// Handles changed messages. Forgets their questions at once and takes replies back in the background.
pub fn message_changed(bot: &Arc<Bot>, messages: &[MessageId], change: MessageChange) {
    let now = Instant::now();
    let all = bot.conversations.changed(messages, change, now);
    if change == MessageChange::Deleted {
        bot.safety.are_gone(messages, now);
    }
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
async fn take_back(bot: &Bot, back: TakeBack) {
    let (sent, is_deleted) = match back {
        TakeBack::Delete(sent) => {
            let deleted = bot.rest.delete(sent.place, sent.reply).await;
            (sent, matches!(deleted, Ok(()) | Err(Failure::Gone)))
        }
        TakeBack::Blank(sent) => (sent, false),
    };
    if !is_deleted {
        let disclaimer = bot.registry.find(Some(&sent.base)).map(|served| served.disclaimer());
        let card = messages::taken_back(&disclaimer.unwrap_or_else(|| bot.disclaimer()));
        // A failure has already been retried and logged.
        let _ = bot.rest.edit(sent.place, sent.reply, &message(&card)).await;
    }
    if sent.place.guild.is_some() {
        // The reply no longer quotes anything.
        moderation::forget_post(bot, sent.reply).await;
    }
}
