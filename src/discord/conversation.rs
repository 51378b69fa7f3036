//! What was asked last, so that a question can go on from it; and which replies repeat which messages, so that they go
//! when the message goes. All of it is in memory only, bounded, and dropped by a timer; a restart forgets it.
//!
//! A question's words are kept for a quarter of an hour. Of replies only Discord's own ids are kept, and nobody's name.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use serenity::all::{ChannelId, MessageId, UserId};

use super::expiry::{Expiring, Swept};
use super::rest::Place;
use verbatim_core::answer::followup::REMEMBERED;

/// How many questions are kept.
const QUESTIONS: NonZeroUsize = NonZeroUsize::new(2_000).expect("it is not zero");
/// Of how many messages the replies are known, and for how long.
const REPLIED: NonZeroUsize = NonZeroUsize::new(16_384).expect("it is not zero");
const REPLIES_KNOWN: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How many changed messages are known, and for how long: until whatever they were asked is answered. Events are
/// handled side by side, so a message may be deleted before its question is looked at.
const CHANGED: NonZeroUsize = NonZeroUsize::new(16_384).expect("it is not zero");
const CHANGES_KNOWN: Duration = Duration::from_secs(10 * 60);
/// What is put together from more messages than this is not gone on from.
const MOST_MESSAGES: usize = 64;

/// Whose question goes on from which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thread {
    /// What the same person asked in the same channel, or thread, before.
    Person {
        /// The channel or thread.
        channel: ChannelId,
        /// The person.
        user: UserId,
    },
    /// The bot's answer that somebody replies to.
    Answer(MessageId),
}

/// A whole question, and whose words it has from which messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// The question.
    pub question: String,
    /// The channel in which all of it was asked: it is gone on from nowhere else.
    pub channel: ChannelId,
    /// The messages that its words are from.
    pub messages: Vec<MessageId>,
    /// Whose words it has; with more than one person it is nobody's own.
    pub askers: Vec<UserId>,
}

impl Remembered {
    /// What a message asks by itself.
    pub fn new(question: String, channel: ChannelId, message: MessageId, user: UserId) -> Self {
        Self { question, channel, messages: vec![message], askers: vec![user] }
    }

    /// What is asked in all by a `message` that goes on from this.
    pub fn continued(self, question: String, message: MessageId, user: UserId) -> Self {
        let mut messages = self.messages;
        messages.push(message);
        let mut askers = self.askers;
        if !askers.contains(&user) {
            askers.push(user);
        }
        Self { question, messages, askers, ..self }
    }

    /// Whether one person asked all of it.
    pub fn is_own(&self, user: UserId) -> bool {
        self.askers == [user]
    }
}

/// A reply of the bot's, as far as it must be known to take it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The reply.
    pub reply: MessageId,
    /// Where it stands.
    pub place: Place,
    /// The base that answered.
    pub base: String,
    /// The message that it replies to.
    pub to: MessageId,
    /// The messages that it repeats words of.
    pub repeats: Vec<MessageId>,
}

/// What became of a message after it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It has other words now.
    Edited,
    /// It is gone.
    Deleted,
}

/// How a reply is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakeBack {
    /// The message that it replies to is gone, and so it goes.
    Delete(Sent),
    /// It repeats what is no longer said, under a message that stands: its words go.
    Blank(Sent),
}

/// The questions that can be gone on from, and the replies that can be taken back.
pub struct Conversations {
    state: Swept<State>,
}

struct State {
    questions: Expiring<Thread, Remembered>,
    /// By the message that they reply to, and by each that they repeat words of.
    replies: Expiring<MessageId, Vec<Sent>>,
    changes: Expiring<MessageId, Change>,
}

impl Conversations {
    /// None so far. Needs a tokio runtime.
    pub fn new() -> Self {
        let state = State {
            questions: Expiring::new(QUESTIONS, REMEMBERED),
            replies: Expiring::new(REPLIED, REPLIES_KNOWN),
            changes: Expiring::new(CHANGED, CHANGES_KNOWN),
        };
        Self { state: Swept::new(state, State::expire) }
    }

    /// What was asked before in the first of `threads` that is known in this channel.
    pub fn before(&self, threads: &[Thread], channel: ChannelId, now: Instant) -> Option<Remembered> {
        let state = self.state.lock();
        let mut known = threads.iter().filter_map(|thread| state.questions.get(thread, now));
        known.find(|known| known.channel == channel && known.messages.len() < MOST_MESSAGES).cloned()
    }

    /// Keeps what was asked, unless a message that it is from has changed since.
    pub fn remember(&self, thread: Thread, asked: &Remembered, now: Instant) {
        let mut state = self.state.lock();
        if asked.messages.iter().all(|message| state.changes.get(message, now).is_none()) {
            state.questions.put(thread, asked.clone(), now);
        }
    }

    /// Forgets what a person asked, also where others went on from it, and says how many questions these were.
    pub fn forget_person(&self, person: UserId) -> usize {
        let mut state = self.state.lock();
        let mut count = 0;
        state.questions.retain(|thread, asked| {
            count += usize::from(matches!(thread, Thread::Person { user, .. } if *user == person));
            !asked.askers.contains(&person)
        });
        count
    }

    /// Whether a reply to `to` that repeats words of `messages` may be sent: not where it would be taken back at once.
    pub fn may_send(&self, to: MessageId, messages: &[MessageId], now: Instant) -> bool {
        let state = self.state.lock();
        state.changes.get(&to, now) != Some(&Change::Deleted)
            && messages.iter().all(|message| state.changes.get(message, now).is_none())
    }

    /// Notes a reply. Where what it replies to or repeats changed while it was sent, it is to be taken back.
    pub fn sent(&self, sent: &Sent, now: Instant) -> Option<TakeBack> {
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

    /// Messages changed: what was asked in them is forgotten, also where it is part of what others asked. Gives the
    /// replies that are to be taken back.
    pub fn changed(&self, messages: &[MessageId], change: Change, now: Instant) -> Vec<TakeBack> {
        let mut state = self.state.lock();
        let is_changed = |message: &MessageId| messages.contains(message);
        state.questions.retain(|thread, asked| {
            let is_gone =
                change == Change::Deleted && matches!(thread, Thread::Answer(answer) if is_changed(answer));
            !is_gone && !asked.messages.iter().any(is_changed)
        });
        let mut all = Vec::new();
        for message in messages {
            let is_gone = state.changes.get(message, now) == Some(&Change::Deleted);
            state.changes.put(*message, if is_gone { Change::Deleted } else { change }, now);
            for sent in state.replies.get_mut(message, now).into_iter().flatten() {
                all.extend(take_back(sent, *message, change));
                sent.repeats.retain(|repeated| repeated != message);
            }
            if change == Change::Deleted {
                state.replies.remove(message);
            }
        }
        without_needless(all)
    }

    /// A channel is gone, with all that was asked there.
    pub fn forget_channel(&self, channel: ChannelId) {
        let mut state = self.state.lock();
        state.questions.retain(|_, asked| asked.channel != channel);
        state.replies.retain(|_, replies| replies.iter().all(|sent| sent.place.channel != channel));
    }
}

impl State {
    fn expire(&mut self, now: Instant) {
        self.questions.expire(now);
        self.replies.expire(now);
        self.changes.expire(now);
    }
}

/// Whether and how a reply is taken back when `message` changes.
fn take_back(sent: &Sent, message: MessageId, change: Change) -> Option<TakeBack> {
    match change {
        Change::Deleted if sent.to == message => Some(TakeBack::Delete(sent.clone())),
        _ if sent.repeats.contains(&message) => Some(TakeBack::Blank(sent.clone())),
        _ => None,
    }
}

/// What is deleted need not be blanked before.
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
