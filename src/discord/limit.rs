//! Rate limits: questions per user and per guild, questions in flight, and duplicate events.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::num::NonZeroUsize;
use std::sync::Arc;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use lru::LruCache;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;
use crate::config::values::Count;

/// Number of events remembered, to recognise one that Discord sends twice.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(4_096).expect("more than none");
/// Number of questions after which the limiters forget users and guilds that have not asked recently.
const FORGET_AFTER: u32 = 1_024;

/// One guild may have at most one in this many of the questions in flight. Discord may delay answers in a busy
/// channel, and other guilds must not wait for it.
const SHARES: usize = 4;

/// The limits that a question must pass before it is answered.
pub struct RateLimits {
    users: DefaultKeyedRateLimiter<u64>,
    guilds: DefaultKeyedRateLimiter<u64>,
    in_flight: Arc<Semaphore>,
    /// Questions in flight per guild, and the maximum per guild.
    of_guilds: Counts,
    share: usize,
    seen: Mutex<LruCache<u64, ()>>,
    notified: DefaultKeyedRateLimiter<u64>,
    admitted: std::sync::atomic::AtomicU32,
}

/// Questions in flight, by guild.
type Counts = Arc<Mutex<HashMap<u64, usize>>>;

/// The permit of a question in flight. Dropping it makes room for the next.
pub struct Permit {
    _permit: OwnedSemaphorePermit,
    guild: Option<(u64, Counts)>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some((guild, of_guilds)) = &self.guild else { return };
        let mut of_guilds = of_guilds.lock();
        if let Entry::Occupied(mut count) = of_guilds.entry(*guild) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// Why a question is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The user asked too many questions; seconds until the next one is allowed.
    User(u64),
    /// The guild asked too many questions; seconds until the next one is allowed.
    Guild(u64),
    /// Too many questions are in flight.
    Busy,
    /// The bot is stopping.
    Stopping,
}

impl Refusal {
    /// The refusal's name in the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Guild(_) => "guild",
            Self::Busy => "busy",
            Self::Stopping => "stopping",
        }
    }

    /// The message to the user.
    pub fn text(self) -> String {
        match self {
            Self::User(seconds) => format!("You're asking too quickly. Try again in {}.", in_words(seconds)),
            Self::Guild(seconds) => {
                format!("This server is sending too many questions. Try again in {}.", in_words(seconds))
            }
            Self::Busy => "Many questions are waiting right now. Try again in a minute.".to_owned(),
            Self::Stopping => "I'm restarting. Try again in a minute.".to_owned(),
        }
    }
}

fn in_words(seconds: u64) -> String {
    if seconds == 1 { "1 second".to_owned() } else { format!("{seconds} seconds") }
}

impl RateLimits {
    /// Creates the limits from the settings.
    pub fn new(limits: &Limits) -> Self {
        let a_minute = |count: Count| Quota::per_minute(count.non_zero());
        let in_flight = limits.in_flight.get() as usize;
        Self {
            users: DefaultKeyedRateLimiter::keyed(a_minute(limits.user_per_minute)),
            guilds: DefaultKeyedRateLimiter::keyed(a_minute(limits.guild_per_minute)),
            in_flight: Arc::new(Semaphore::new(in_flight.min(Semaphore::MAX_PERMITS))),
            of_guilds: Arc::default(),
            share: in_flight.div_ceil(SHARES),
            seen: Mutex::new(LruCache::new(REMEMBERED)),
            notified: DefaultKeyedRateLimiter::keyed(a_minute(Count::new(1))),
            admitted: std::sync::atomic::AtomicU32::new(0),
        }
    }

    /// Whether an event is new. Discord may send an event twice, for instance when a connection resumes.
    pub fn is_new(&self, event: u64) -> bool {
        let mut seen = self.seen.lock();
        seen.put(event, ()).is_none()
    }

    /// Applies the limits to a question. Hold the permit until the question is answered.
    ///
    /// # Errors
    /// The limit that refused the question, and for how long.
    pub fn admit(&self, user: u64, guild: Option<u64>) -> Result<Permit, Refusal> {
        self.forget_now_and_then();
        check(&self.users, user).map_err(Refusal::User)?;
        if let Some(guild) = guild {
            check(&self.guilds, guild).map_err(Refusal::Guild)?;
        }
        let permit = self.in_flight.clone().try_acquire_owned().map_err(|_| Refusal::Busy)?;
        let Some(guild) = guild else { return Ok(Permit { _permit: permit, guild: None }) };
        let mut of_guilds = self.of_guilds.lock();
        let count = of_guilds.entry(guild).or_default();
        if *count >= self.share {
            return Err(Refusal::Busy);
        }
        *count += 1;
        Ok(Permit { _permit: permit, guild: Some((guild, self.of_guilds.clone())) })
    }

    /// Whether to send a user a notice about a problem: once a minute.
    pub fn may_notify(&self, user: u64) -> bool {
        self.notified.check_key(&user).is_ok()
    }

    fn forget_now_and_then(&self) {
        let admitted = self.admitted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if admitted % FORGET_AFTER == FORGET_AFTER - 1 {
            self.users.retain_recent();
            self.guilds.retain_recent();
            self.notified.retain_recent();
        }
    }
}

fn check(limiter: &DefaultKeyedRateLimiter<u64>, key: u64) -> Result<(), u64> {
    limiter.check_key(&key).map_err(|refused| {
        let wait = refused.wait_time_from(DefaultClock::default().now());
        wait.as_millis().div_ceil(1_000).max(1) as u64
    })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    fn limits_of(user: u32, guild: u32, in_flight: u32) -> RateLimits {
        RateLimits::new(&Limits {
            user_per_minute: Count::new(user),
            guild_per_minute: Count::new(guild),
            in_flight: Count::new(in_flight),
            ..Limits::default()
        })
    }

    #[test]
    fn each_limit_counts_separately() {
        let limits = limits_of(2, 3, 10);
        assert!(limits.admit(1, Some(9)).is_ok() && limits.admit(1, Some(9)).is_ok());
        assert!(matches!(limits.admit(1, Some(9)), Err(Refusal::User(1..=60))));
        assert!(limits.admit(2, Some(9)).is_ok());
        assert!(matches!(limits.admit(3, Some(9)), Err(Refusal::Guild(1..=60))));
        assert!(limits.admit(3, Some(8)).is_ok() && limits.admit(4, None).is_ok());
    }

    #[test]
    fn what_is_in_flight_is_bounded_and_comes_back() {
        let limits = limits_of(100, 100, 1);
        let first = limits.admit(1, None).expect("room");
        assert_eq!(limits.admit(2, None).err(), Some(Refusal::Busy));
        drop(first);
        assert!(limits.admit(2, None).is_ok());
    }

    #[test]
    fn one_guild_leaves_room_for_others() {
        let limits = limits_of(100, 100, 8);
        let held: Vec<Permit> = (0..2).filter_map(|user| limits.admit(user, Some(9)).ok()).collect();
        assert_eq!(held.len(), 2);
        assert_eq!(limits.admit(3, Some(9)).err(), Some(Refusal::Busy));
        assert!(limits.admit(3, Some(8)).is_ok() && limits.admit(3, None).is_ok());
        drop(held);
        assert!(limits.admit(3, Some(9)).is_ok());
        assert!(limits.of_guilds.lock().is_empty(), "no entry remains");
    }

    proptest! {
        /// For any limits and users: the number of questions in flight never exceeds the limit, and a wait is between
        /// 1 and 60 seconds.
        #[test]
        fn no_limit_is_exceeded(
            (user, guild, in_flight) in (1..30_u32, 1..30_u32, 1..20_u32),
            asking in vec((0..4_u64, option::of(0..3_u64)), 0..80),
        ) {
            let limits = limits_of(user, guild, in_flight);
            let in_flight = in_flight as usize;
            let mut held: Vec<(u64, Option<u64>, Permit)> = Vec::new();
            for (asker, place) in asking {
                let of_guild = held.iter().filter(|(_, other, _)| place.is_some() && *other == place).count();
                match limits.admit(asker, place) {
                    Ok(permit) => held.push((asker, place, permit)),
                    Err(Refusal::User(seconds) | Refusal::Guild(seconds)) => {
                        prop_assert!((1..=60).contains(&seconds));
                    }
                    Err(Refusal::Busy) => {
                        prop_assert!(held.len() == in_flight || of_guild == in_flight.div_ceil(SHARES));
                    }
                    Err(Refusal::Stopping) => prop_assert!(false, "the bot is not stopping"),
                }
                prop_assert!(held.len() <= in_flight);
                for asker in 0..4 {
                    prop_assert!(held.iter().filter(|(other, ..)| *other == asker).count() <= user as usize);
                }
            }
            drop(held);
            prop_assert!(limits.of_guilds.lock().is_empty());
        }
    }

    #[test]
    fn an_event_is_new_once() {
        let limits = limits_of(1, 1, 1);
        assert!(limits.is_new(7) && !limits.is_new(7) && limits.is_new(8));
    }

    #[test]
    fn a_refusal_is_friendly_and_says_when() {
        insta::assert_snapshot!(Refusal::User(1).text(), @"You're asking too quickly. Try again in 1 second.");
        insta::assert_snapshot!(Refusal::Guild(12).text(), @"This server is sending too many questions. Try again in 12 seconds.");
        insta::assert_snapshot!(Refusal::Busy.text(), @"Many questions are waiting right now. Try again in a minute.");
        insta::assert_snapshot!(Refusal::Stopping.text(), @"I'm restarting. Try again in a minute.");
    }
}
