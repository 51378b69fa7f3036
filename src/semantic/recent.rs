//! The vectors of what was encoded lately. A question that is offered while somebody types, or that a button
//! asks, comes again and again; its vector need not be computed each time.
//!
//! No text is kept: a vector is known by a hash of its text, keyed at random in every process. That two texts
//! share a hash is as unlikely as one in 2^64. A vector tells what a text is about all the same, so it is dropped when
//! it was not asked for in a while: see [`Recent::forget_unused`]. The while is up to the caller, who has a clock.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// How many vectors are kept: 1.5 kB each.
const KEPT: NonZeroUsize = NonZeroUsize::new(1_024).expect("it is not zero");

/// The vectors of the texts that were encoded last.
pub(super) struct Recent {
    key: RandomState,
    kept: Mutex<Kept>,
}

/// Vectors by the hash of their text, each with the round in which it was last asked for.
struct Kept {
    vectors: LruCache<u64, (Arc<[f32]>, u64)>,
    round: u64,
}

impl Default for Recent {
    fn default() -> Self {
        let kept = Kept { vectors: LruCache::new(KEPT), round: 0 };
        Self { key: RandomState::new(), kept: Mutex::new(kept) }
    }
}

impl Recent {
    /// The vector of `text`: the kept one, or else what `encode` gives. An error is not kept. Nobody waits for
    /// another's `encode`.
    pub(super) fn get_or<E>(
        &self,
        text: &str,
        encode: impl FnOnce() -> Result<Vec<f32>, E>,
    ) -> Result<Arc<[f32]>, E> {
        let hash = self.key.hash_one(text);
        if let Some(vector) = self.kept().known(hash) {
            return Ok(vector);
        }
        let vector: Arc<[f32]> = encode()?.into();
        self.kept().keep(hash, vector.clone());
        Ok(vector)
    }

    /// Keeps the vector of `text`.
    pub(super) fn put(&self, text: &str, vector: Arc<[f32]>) {
        self.kept().keep(self.key.hash_one(text), vector);
    }

    /// Drops those that nobody asked for since this was called the last time.
    pub(super) fn forget_unused(&self) {
        let mut kept = self.kept();
        let round = kept.round;
        // They stand in the order in which they were asked for.
        while kept.vectors.peek_lru().is_some_and(|(_, (_, used))| *used < round) {
            kept.vectors.pop_lru();
        }
        kept.round += 1;
    }

    /// Drops all of them.
    pub(super) fn forget(&self) {
        self.kept().vectors.clear();
    }

    /// A thread that panicked here has left a whole cache behind: it is changed by single calls alone.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn keep(&mut self, hash: u64, vector: Arc<[f32]>) {
        self.vectors.put(hash, (vector, self.round));
    }

    fn known(&mut self, hash: u64) -> Option<Arc<[f32]>> {
        let round = self.round;
        let (vector, used) = self.vectors.get_mut(&hash)?;
        *used = round;
        Some(vector.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_text_is_encoded_once_until_it_is_forgotten() {
        let recent = Recent::default();
        let passes = Cell::new(0);
        let ask = |text: &str| {
            let vector = recent.get_or(text, || {
                passes.set(passes.get() + 1);
                Ok::<_, ()>(vec![text.len() as f32])
            });
            assert_eq!(vector.as_deref(), Ok([text.len() as f32].as_slice()));
            passes.get()
        };
        assert_eq!([ask("dose"), ask("dose"), ask("doses"), ask("dose")], [1, 1, 2, 2]);
        recent.forget();
        assert_eq!(ask("dose"), 3);
    }

    #[test]
    fn a_vector_that_nobody_asks_for_is_dropped() {
        let recent = Recent::default();
        let encode = |text: &str| recent.get_or(text, || Ok::<_, ()>(vec![0.0])).is_ok();
        let is_known = |text: &str| recent.get_or(text, || Err(())).is_ok();
        assert!(encode("dose") && encode("headache"));
        recent.forget_unused();
        assert!(is_known("headache"), "both were asked for since the time before");
        recent.forget_unused();
        assert!(!is_known("dose") && is_known("headache"));
        recent.forget_unused();
        recent.forget_unused();
        assert_eq!(recent.kept().vectors.len(), 0);
    }

    #[test]
    fn what_was_asked_longest_ago_gives_way() {
        let recent = Recent::default();
        let kept = KEPT.get();
        for number in 0..=kept {
            let known = recent.get_or(&number.to_string(), || Ok::<_, ()>(vec![0.0]));
            assert!(known.is_ok());
            // The first is asked for again and again, and so stays.
            assert!(recent.get_or("0", || Err(())).is_ok(), "{number}");
        }
        assert_eq!(recent.kept().vectors.len(), kept);
        assert_eq!(recent.get_or("1", || Err("gone")), Err("gone"));
    }
}
