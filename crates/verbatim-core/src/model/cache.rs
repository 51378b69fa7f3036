//! A cache of recent readings. A question suggested by autocomplete, or asked by a button, often repeats and does not
//! have to go through the model each time.
//!
//! The cache stores no text: each reading is keyed by a hash of its text, with a random key per process. Two texts
//! share a hash with a probability of one in 2^64. A reading still reveals what a text is about, so it is dropped if it
//! has not been used for a while: see [`Cache::forget_unused`]. The caller, which has a clock, decides how long.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use parking_lot::Mutex;

/// The maximum number of cached readings, about 4 kB each for a short question.
const KEPT: NonZeroUsize = NonZeroUsize::new(1_024).expect("it is not zero");

/// The most recently used readings.
pub(super) struct Cache<T> {
    key: RandomState,
    kept: Mutex<Kept<T>>,
}

/// Readings by the hash of their text, each with the round in which it was last used.
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
    /// Returns the cached reading of `text`, or calls `read` and caches the result. Errors are not cached. The cache is
    /// not locked during `read`, so callers do not wait for each other.
    pub(super) fn get_or<E>(&self, text: &str, read: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        let hash = self.key.hash_one(text);
        if let Some(reading) = self.kept.lock().known(hash) {
            return Ok(reading);
        }
        let reading = Arc::new(read()?);
        self.kept.lock().keep(hash, reading.clone());
        Ok(reading)
    }

    /// Caches the reading of `text`.
    pub(super) fn put(&self, text: &str, reading: T) {
        self.kept.lock().keep(self.key.hash_one(text), Arc::new(reading));
    }

    /// Drops the readings that have not been used since the last call.
    pub(super) fn forget_unused(&self) {
        let mut kept = self.kept.lock();
        let round = kept.round;
        // The cache is ordered by last use.
        while kept.readings.peek_lru().is_some_and(|(_, (_, used))| *used < round) {
            kept.readings.pop_lru();
        }
        kept.round += 1;
    }

    /// Drops all readings.
    pub(super) fn forget(&self) {
        self.kept.lock().readings.clear();
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
        assert!(is_known("headache"), "both have been used since the previous call");
        cache.forget_unused();
        assert!(!is_known("dose") && is_known("headache"));
        cache.forget_unused();
        cache.forget_unused();
        assert_eq!(cache.kept.lock().readings.len(), 0);
    }

    #[test]
    fn what_was_asked_longest_ago_gives_way() {
        let cache = Cache::default();
        let kept = KEPT.get();
        for number in 0..=kept {
            let known = cache.get_or(&number.to_string(), || Ok::<_, ()>(0));
            assert!(known.is_ok());
            // The first one is used repeatedly, so it stays.
            assert!(cache.get_or("0", || Err(())).is_ok(), "{number}");
        }
        assert_eq!(cache.kept.lock().readings.len(), kept);
        assert_eq!(cache.get_or("1", || Err("gone")), Err("gone"));
    }
}
