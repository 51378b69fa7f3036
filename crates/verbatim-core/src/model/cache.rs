//! What was read lately. A question that is offered while somebody types, or that a button asks, comes again and
//! again; it need not go through the model each time.
//!
//! No text is kept: a reading is known by a hash of its text, keyed at random in every process. That two texts share a
//! hash is as unlikely as one in 2^64. A reading tells what a text is about all the same, so it is dropped when nobody
//! asked for it in a while: see [`Cache::forget_unused`]. The while is up to the caller, who has a clock.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// How many readings are kept: 4 kB each for a short question.
const KEPT: NonZeroUsize = NonZeroUsize::new(1_024).expect("it is not zero");

/// The readings of the texts that were read last.
pub(super) struct Cache<T> {
    key: RandomState,
    kept: Mutex<Kept<T>>,
}

/// Readings by the hash of their text, each with the round in which it was last asked for.
struct Kept<T> {
    readings: LruCache<u64, (Arc<T>, u64)>,
    round: u64,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        let kept = Kept { readings: LruCache::new(KEPT), round: 0 };
        Self { key: RandomState::new(), kept: Mutex::new(kept) }
    }
}

impl<T> Cache<T> {
    /// The reading of `text`: the kept one, or else what `read` gives. An error is not kept. Nobody waits for
    /// another's `read`.
    pub(super) fn get_or<E>(&self, text: &str, read: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        let hash = self.key.hash_one(text);
        if let Some(reading) = self.kept().known(hash) {
            return Ok(reading);
        }
        let reading = Arc::new(read()?);
        self.kept().keep(hash, reading.clone());
        Ok(reading)
    }

    /// Keeps the reading of `text`.
    pub(super) fn put(&self, text: &str, reading: T) {
        self.kept().keep(self.key.hash_one(text), Arc::new(reading));
    }

    /// Drops those that nobody asked for since this was called the last time.
    pub(super) fn forget_unused(&self) {
        let mut kept = self.kept();
        let round = kept.round;
        // They stand in the order in which they were asked for.
        while kept.readings.peek_lru().is_some_and(|(_, (_, used))| *used < round) {
            kept.readings.pop_lru();
        }
        kept.round += 1;
    }

    /// Drops all of them.
    pub(super) fn forget(&self) {
        self.kept().readings.clear();
    }

    /// A thread that panicked here has left a whole cache behind: it is changed by single calls alone.
    fn kept(&self) -> MutexGuard<'_, Kept<T>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Kept<T> {
    fn keep(&mut self, hash: u64, reading: Arc<T>) {
        self.readings.put(hash, (reading, self.round));
    }

    fn known(&mut self, hash: u64) -> Option<Arc<T>> {
        let round = self.round;
        let (reading, used) = self.readings.get_mut(&hash)?;
        *used = round;
        Some(reading.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_text_is_encoded_once_until_it_is_forgotten() {
        let cache = Cache::default();
        let passes = Cell::new(0);
        let ask = |text: &str| {
            let vector = cache.get_or(text, || {
                passes.set(passes.get() + 1);
                Ok::<_, ()>(vec![text.len() as f32])
            });
            assert_eq!(vector, Ok(Arc::new(vec![text.len() as f32])));
            passes.get()
        };
        assert_eq!([ask("dose"), ask("dose"), ask("doses"), ask("dose")], [1, 1, 2, 2]);
        cache.forget();
        assert_eq!(ask("dose"), 3);
    }

    #[test]
    fn a_vector_that_nobody_asks_for_is_dropped() {
        let cache = Cache::default();
        let encode = |text: &str| cache.get_or(text, || Ok::<_, ()>(0)).is_ok();
        let is_known = |text: &str| cache.get_or(text, || Err(())).is_ok();
        assert!(encode("dose") && encode("headache"));
        cache.forget_unused();
        assert!(is_known("headache"), "both were asked for since the time before");
        cache.forget_unused();
        assert!(!is_known("dose") && is_known("headache"));
        cache.forget_unused();
        cache.forget_unused();
        assert_eq!(cache.kept().readings.len(), 0);
    }

    #[test]
    fn what_was_asked_longest_ago_gives_way() {
        let cache = Cache::default();
        let kept = KEPT.get();
        for number in 0..=kept {
            let known = cache.get_or(&number.to_string(), || Ok::<_, ()>(0));
            assert!(known.is_ok());
            // The first is asked for again and again, and so stays.
            assert!(cache.get_or("0", || Err(())).is_ok(), "{number}");
        }
        assert_eq!(cache.kept().readings.len(), kept);
        assert_eq!(cache.get_or("1", || Err("gone")), Err("gone"));
    }
}
