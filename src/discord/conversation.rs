//! Recent questions, for follow-up questions; and which replies repeat words of which messages, so that a reply is
//! taken back when the message is deleted or edited. All of it is in memory only, bounded, and dropped on a timer; a
//! restart forgets it.
//!
//! A question's words are kept for 15 minutes. For replies, only Discord's ids are kept, never a user's name.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use serenity::all::{ChannelId, MessageId, UserId};

use super::expiry::{Expiring, Swept};
use super::rest::Place;
use verbatim_core::answer::followup::REMEMBERED;

/// Maximum number of questions kept.
const QUESTIONS: NonZeroUsize = NonZeroUsize::new(2_000).expect("it is not zero");
/// Maximum number of messages whose replies are remembered, and for how long.
const REPLIED: NonZeroUsize = NonZeroUsize::new(16_384).expect("it is not zero");
const REPLIES_KNOWN: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Maximum number of changed messages remembered, and for how long: until any question in them has been answered.
/// Events are handled concurrently, so a message may be deleted before its question is processed.
const CHANGED: NonZeroUsize = NonZeroUsize::new(16_384).expect("it is not zero");
const CHANGES_KNOWN: Duration = Duration::from_secs(10 * 60);
/// A question built from this many messages or more accepts no follow-up.
const MOST_MESSAGES: usize = 64;

/// What a question may be a follow-up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thread {
    /// The same user's previous question in the same channel or thread.
    Person {
        /// The channel or thread.
        channel: ChannelId,
        /// The user.
        user: UserId,
    },
    /// The bot's answer that the message replies to.
    Answer(MessageId),
}

/// A complete question, with the messages and users that its words come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The question.
    pub question: String,
    /// The channel where all of it was asked. Follow-ups are accepted only there.
    pub channel: ChannelId,
    /// The messages that its words come from.
    pub messages: Vec<MessageId>,
    /// The users whose words it contains. With more than one user, it is nobody's own question.
    pub askers: Vec<UserId>,
}

impl Remembered {
    /// The question in a message that is not a follow-up.
    pub fn new(question: String, channel: ChannelId, message: MessageId, user: UserId) -> Self {
        Self { question, channel, messages: vec![message], askers: vec![user] }
    }

    /// The complete question after a follow-up in `message`.
    pub fn continued(self, question: String, message: MessageId, user: UserId) -> Self {
        let mut messages = self.messages;
        messages.push(message);
        let mut askers = self.askers;
        if !askers.contains(&user) {
            askers.push(user);
        }
        Self { question, messages, askers, ..self }
    }

    /// Whether `user` alone asked all of it.
    pub fn is_own(&self, user: UserId) -> bool {
        self.askers == [user]
    }
}

/// A reply sent by the bot, with what is needed to take it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentReply {
    /// The reply.
    pub reply: MessageId,
    /// Where it was sent.
    pub place: Place,
    /// The base that answered.
    pub base: String,
    /// The message that it replies to.
    pub to: MessageId,
    /// The messages whose words it repeats.
    pub repeats: Vec<MessageId>,
}

/// How a message was changed after it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageChange {
    /// Its text was edited.
    Edited,
    /// It was deleted.
    Deleted,
}

/// How a reply is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakeBack {
    /// Delete it: the message that it replies to was deleted.
    Delete(SentReply),
    /// Blank its text: it repeats words that were deleted or edited, but the message that it replies to still exists.
    Blank(SentReply),
}

/// The questions that accept follow-ups, and the replies that can be taken back.
pub struct Conversations {
    state: Swept<Memory>,
}

struct Memory {
    questions: Expiring<Thread, Remembered>,
    /// Keyed by the message that they reply to and by each message whose words they repeat.
    replies: Expiring<MessageId, Vec<SentReply>>,
    changes: Expiring<MessageId, MessageChange>,
}

impl Conversations {
    /// Creates an empty memory. Needs a tokio runtime.
    pub fn new() -> Self {
        let state = Memory {
            questions: Expiring::new(QUESTIONS, REMEMBERED),
            replies: Expiring::new(REPLIED, REPLIES_KNOWN),
            changes: Expiring::new(CHANGED, CHANGES_KNOWN),
        };
        Self { state: Swept::new(state, Memory::expire) }
    }

    /// The previous question in the first of `threads` that has one in this channel.
    pub fn before(&self, threads: &[Thread], channel: ChannelId, now: Instant) -> Option<Remembered> {
        let state = self.state.lock();
        let mut known = threads.iter().filter_map(|thread| state.questions.get(thread, now));
        known.find(|known| known.channel == channel && known.messages.len() < MOST_MESSAGES).cloned()
    }

    /// Remembers a question, unless one of its messages has changed since.
    pub fn remember(&self, thread: Thread, asked: &Remembered, now: Instant) {
        let mut state = self.state.lock();
        if asked.messages.iter().all(|message| state.changes.get(message, now).is_none()) {
            state.questions.put(thread, asked.clone(), now);
        }
    }

    /// Forgets a user's questions, including other users' follow-ups to them. Returns how many questions were the
    /// user's own.
    pub fn forget_person(&self, person: UserId) -> usize {
        let mut state = self.state.lock();
        let mut count = 0;
        state.questions.retain(|thread, asked| {
            count += usize::from(matches!(thread, Thread::Person { user, .. } if *user == person));
            !asked.askers.contains(&person)
        });
        count
    }

    /// Whether a message was deleted in the last minutes.
    pub fn is_deleted(&self, message: MessageId, now: Instant) -> bool {
        self.state.lock().changes.get(&message, now) == Some(&MessageChange::Deleted)
    }

    /// Whether a reply to `to` that repeats words of `messages` may be sent: not if it would be taken back at once.
    pub fn may_send(&self, to: MessageId, messages: &[MessageId], now: Instant) -> bool {
        let state = self.state.lock();
        state.changes.get(&to, now) != Some(&MessageChange::Deleted)
            && messages.iter().all(|message| state.changes.get(message, now).is_none())
    }

    /// Records a reply. Returns how to take it back if a message that it replies to or repeats changed in the meantime.
    pub fn sent(&self, sent: &SentReply, now: Instant) -> Option<TakeBack> {
        let mut state = self.state.lock();
        let others = sent.repeats.iter().filter(|message| **message != sent.to);
        let mut back = None;
        for message in std::iter::once(&sent.to).chain(others) {
            if let Some(change) = state.changes.get(message, now) {
                back = back.or(take_back(sent, *message, *change));
            }
            match state.replies.get_mut(message, now) {
                Some(replies) => replies.push(sent.clone()),
                None => state.replies.put(*message, vec![sent.clone()], now),
            }
        }
        back
    }

    /// Forgets the questions asked in changed messages, including follow-ups by other users. Returns the replies to
    /// take back.
    pub fn changed(&self, messages: &[MessageId], change: MessageChange, now: Instant) -> Vec<TakeBack> {
        let mut state = self.state.lock();
        let is_changed = |message: &MessageId| messages.contains(message);
        state.questions.retain(|thread, asked| {
            let is_gone = change == MessageChange::Deleted
                && matches!(thread, Thread::Answer(answer) if is_changed(answer));
            !is_gone && !asked.messages.iter().any(is_changed)
        });
        let mut all = Vec::new();
        for message in messages {
            let is_gone = state.changes.get(message, now) == Some(&MessageChange::Deleted);
            state.changes.put(*message, if is_gone { MessageChange::Deleted } else { change }, now);
            for sent in state.replies.get_mut(message, now).into_iter().flatten() {
                all.extend(take_back(sent, *message, change));
                sent.repeats.retain(|repeated| repeated != message);
            }
            if change == MessageChange::Deleted {
                state.replies.remove(message);
            }
        }
        without_needless(all)
    }

    /// Forgets everything about a deleted channel.
    pub fn forget_channel(&self, channel: ChannelId) {
        let mut state = self.state.lock();
        state.questions.retain(|_, asked| asked.channel != channel);
        // A message's words may also be repeated in other channels.
        state.replies.retain(|_, replies| {
            replies.retain(|sent| sent.place.channel != channel);
            !replies.is_empty()
        });
    }
}

impl Memory {
    fn expire(&mut self, now: Instant) {
        self.questions.expire(now);
        self.replies.expire(now);
        self.changes.expire(now);
    }
}

/// Whether and how a reply is taken back when `message` changes.
fn take_back(sent: &SentReply, message: MessageId, change: MessageChange) -> Option<TakeBack> {
    match change {
        MessageChange::Deleted if sent.to == message => Some(TakeBack::Delete(sent.clone())),
        _ if sent.repeats.contains(&message) => Some(TakeBack::Blank(sent.clone())),
        _ => None,
    }
}

/// Drops each blanking of a reply that is deleted anyway.
fn without_needless(mut all: Vec<TakeBack>) -> Vec<TakeBack> {
    let deleted = |back: &TakeBack| match back {
        TakeBack::Delete(sent) => Some(sent.reply),
        TakeBack::Blank(_) => None,
    };
    let gone: Vec<MessageId> = all.iter().filter_map(deleted).collect();
    all.retain(|back| !matches!(back, TakeBack::Blank(sent) if gone.contains(&sent.reply)));
    all
}

#[cfg(test)]
mod tests;
