//! How often a safety card is shown in reply to a message. A user's first such message in a channel always gets the card;
//! a user who continues gets it again after a minute, or at once if the card is gone. A channel gets a few cards at once
//! and then one every twelve seconds. In between, users get the card in a direct message, or in the channel anyway if too
//! many direct messages have been opened. Categories are counted separately, so that no card holds back another.
//!
//! A command always gets the card: only the user sees it, and may dismiss it unnoticed.
//!
//! No user ids are stored: a user in a channel is a keyed digest, its key is lost when the process ends, and the digest
//! is dropped after a minute.

use std::hash::{BuildHasher, Hash, RandomState};
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use serenity::all::MessageId;

use super::expiry::{Expiring, Swept};

/// Time after which the same user gets the same card again.
const AGAIN: Duration = Duration::from_secs(60);
/// Rate of cards per channel.
const CHANNEL: Rate = Rate { at_once: 5, every: Duration::from_secs(12) };
/// Rate of cards in direct messages, used when the channel's rate is exceeded. Discord treats a bot that opens many
/// direct message channels as spam.
const DIRECT: Rate = Rate { at_once: 10, every: Duration::from_secs(2) };
/// Number of users and channels remembered. If there are more, someone may get an extra card.
const PEOPLE: NonZeroUsize = NonZeroUsize::new(4_096).expect("more than none");
const MESSAGES: NonZeroUsize = NonZeroUsize::new(2 * PEOPLE.get()).expect("more than none");
const CHANNELS: NonZeroUsize = NonZeroUsize::new(1_024).expect("more than none");

/// Where a card is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardPlace {
    /// In reply to the message.
    Here,
    /// In a direct message.
    Directly,
    /// Nowhere: the user was shown the same card in the last minute, and it is still there.
    Above,
}

/// What a card is shown for.
#[derive(Debug, Clone, Copy, Hash)]
pub struct Cause {
    /// The user.
    pub user: u64,
    /// The channel in which the user asked.
    pub channel: u64,
    /// The card's category.
    pub category: &'static str,
}

struct Rate {
    at_once: u32,
    every: Duration,
}

/// The cards shown recently.
pub struct SafetyCards {
    key: RandomState,
    state: Swept<ShownCards>,
}

struct ShownCards {
    /// Who was shown a card recently.
    people: Expiring<u64, ()>,
    /// The messages without which a card is gone: the card, and the message that it replies to. The value is the person.
    messages: Expiring<u64, u64>,
    /// For each channel and category, and for direct messages: when the rate is fully restored.
    channels: Expiring<u64, Instant>,
    direct: Option<Instant>,
}

impl SafetyCards {
    /// Creates an empty memory. Needs a tokio runtime.
    pub fn new() -> Self {
        let people = Expiring::new(PEOPLE, AGAIN);
        let channels = Expiring::new(CHANNELS, CHANNEL.every * CHANNEL.at_once);
        let messages = Expiring::new(MESSAGES, AGAIN);
        let state = ShownCards { people, messages, channels, direct: None };
        Self { key: RandomState::new(), state: Swept::new(state, ShownCards::expire) }
    }

    /// Decides where to show the card for a message. The card then counts as shown.
    pub fn place(&self, cause: Cause, now: Instant) -> CardPlace {
        let person = self.key.hash_one(cause);
        let mut state = self.state.lock();
        if state.people.get(&person, now).is_some() {
            return CardPlace::Above;
        }
        state.people.put(person, (), now);
        let channel = self.key.hash_one((cause.channel, cause.category));
        let until = state.channels.get(&channel, now).copied();
        if let Some(until) = CHANNEL.taken(until, now) {
            state.channels.put(channel, until, now);
            return CardPlace::Here;
        }
        match DIRECT.taken(state.direct, now) {
            Some(until) => {
                state.direct = Some(until);
                CardPlace::Directly
            }
            // A first card is always shown, however many people write at once.
            None => CardPlace::Here,
        }
    }

    /// Records the card's message and the message that it replies to.
    pub fn was_shown(&self, cause: Cause, messages: [u64; 2], now: Instant) {
        let person = self.key.hash_one(cause);
        let mut state = self.state.lock();
        messages.into_iter().for_each(|message| state.messages.put(message, person, now));
    }

    /// Records that the card could not be sent or is gone, so that the next message gets it.
    pub fn was_not_shown(&self, cause: Cause) {
        self.state.lock().people.remove(&self.key.hash_one(cause));
    }

    /// Handles messages that were deleted or may no longer show what they did.
    pub fn are_gone(&self, messages: &[MessageId], now: Instant) {
        let mut state = self.state.lock();
        for message in messages {
            if let Some(person) = state.messages.get(&message.get(), now).copied() {
                state.people.remove(&person);
            }
        }
    }

    /// Forgets which cards were shown: they may have been deleted while the bot was not connected.
    pub fn forget(&self) {
        self.state.lock().people.retain(|_, ()| false);
    }
}

impl ShownCards {
    fn expire(&mut self, now: Instant) {
        self.people.expire(now);
        self.messages.expire(now);
        self.channels.expire(now);
    }
}

impl Rate {
    /// When the rate is fully restored after one more card now; `None` if that would exceed the rate.
    fn taken(&self, until: Option<Instant>, now: Instant) -> Option<Instant> {
        let until = until.map_or(now, |until| until.max(now));
        let fits = until.duration_since(now) <= self.every * (self.at_once - 1);
        fits.then(|| until + self.every)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(user: u64, channel: u64) -> Cause {
        Cause { user, channel, category: "self_harm" }
    }

    fn count(places: &[CardPlace], place: CardPlace) -> usize {
        places.iter().filter(|other| **other == place).count()
    }

    #[tokio::test]
    async fn one_person_gets_a_card_a_minute() {
        let (cards, began) = (SafetyCards::new(), Instant::now());
        // Five messages a second for two minutes.
        let flood: Vec<CardPlace> =
            (0..600).map(|at| cards.place(cause(1, 2), began + Duration::from_millis(at * 200))).collect();
        assert_eq!(flood[0], CardPlace::Here);
        assert_eq!((count(&flood, CardPlace::Here), count(&flood, CardPlace::Above)), (2, 598));
        assert_eq!(cards.place(cause(1, 3), began), CardPlace::Here, "it is the first card in that channel");
        let other = Cause { category: "emergency", ..cause(1, 2) };
        assert_eq!(cards.place(other, began), CardPlace::Here, "it is the first card of that category");
    }

    #[tokio::test]
    async fn everybody_gets_their_first_card_somewhere() {
        let (cards, began) = (SafetyCards::new(), Instant::now());
        let places: Vec<CardPlace> = (0..15).map(|user| cards.place(cause(user, 2), began)).collect();
        assert_eq!((count(&places, CardPlace::Here), count(&places, CardPlace::Directly)), (5, 10));
        assert_eq!(
            cards.place(cause(99, 3), began),
            CardPlace::Here,
            "other channels are limited separately"
        );
        assert_eq!(cards.place(cause(0, 2), began + AGAIN), CardPlace::Here);
    }

    #[tokio::test]
    async fn nobodys_first_card_is_withheld_however_many_write() {
        let (cards, began) = (SafetyCards::new(), Instant::now());
        // Ten new people a second for two minutes, each of whom writes three times.
        let mut shown = 0;
        for at in 0..3_600 {
            let now = began + Duration::from_millis(at / 3 * 100 + at % 3);
            let is_shown = cards.place(cause(at / 3, 2), now) != CardPlace::Above;
            assert_eq!(is_shown, at % 3 == 0, "message {at}");
            shown += usize::from(is_shown);
        }
        assert_eq!(shown, 1_200);
    }

    #[tokio::test]
    async fn nothing_is_kept_for_long() {
        let (cards, began) = (SafetyCards::new(), Instant::now());
        for user in 0..10_000 {
            cards.place(cause(user, user), began);
            cards.was_shown(cause(user, user), [user, 10_000 + user], began);
        }
        let kept = || {
            let state = cards.state.lock();
            (state.people.len(), state.messages.len(), state.channels.len())
        };
        assert_eq!(kept(), (PEOPLE.get(), MESSAGES.get(), CHANNELS.get()));
        cards.state.lock().expire(began + AGAIN);
        assert_eq!(kept(), (0, 0, 0));
    }

    #[tokio::test]
    async fn a_card_that_may_be_gone_is_shown_again() {
        let (cards, now) = (SafetyCards::new(), Instant::now());
        let shown = cause(1, 2);
        let place = |message: u64, later: &dyn Fn()| {
            assert_eq!(cards.place(shown, now), CardPlace::Here);
            cards.was_shown(shown, [message, message + 1], now);
            assert_eq!(cards.place(shown, now), CardPlace::Above);
            later();
        };
        place(10, &|| cards.are_gone(&[MessageId::new(10)], now));
        place(20, &|| cards.are_gone(&[MessageId::new(99), MessageId::new(21)], now));
        place(30, &|| cards.forget());
        place(40, &|| cards.was_not_shown(shown));
        place(50, &|| cards.are_gone(&[MessageId::new(99)], now));
        assert_eq!(cards.place(shown, now), CardPlace::Above, "another message is gone");
    }
}
