//! The vectors of what was encoded lately. A question that is offered while somebody types, or that a button
//! asks, comes again and again; its vector need not be computed each time.
//!
//! No text is kept: a vector is known by a hash of its text, keyed at random in every process. That two texts
//! share a hash is as unlikely as one in 2^64.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// How many vectors are kept: 1.5 kB each.
const KEPT: NonZeroUsize = NonZeroUsize::new(1_024).expect("it is not zero");

/// The vectors of the texts that were encoded last.
pub(super) struct Recent {
    key: RandomState,
    vectors: Mutex<LruCache<u64, Arc<[f32]>>>,
}

impl Default for Recent {
    fn default() -> Self {
        Self { key: RandomState::new(), vectors: Mutex::new(LruCache::new(KEPT)) }
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
        if let Some(vector) = self.vectors().get(&hash) {
            return Ok(vector.clone());
        }
        let vector: Arc<[f32]> = encode()?.into();
        self.vectors().put(hash, vector.clone());
        Ok(vector)
    }

    /// Drops all of them.
    pub(super) fn forget(&self) {
        self.vectors().clear();
    }

    /// A thread that panicked here has left a whole cache behind: it is changed by single calls alone.
    fn vectors(&self) -> MutexGuard<'_, LruCache<u64, Arc<[f32]>>> {
        self.vectors.lock().unwrap_or_else(PoisonError::into_inner)
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
    fn what_was_asked_longest_ago_gives_way() {
        let recent = Recent::default();
        let kept = KEPT.get();
        for number in 0..=kept {
            let known = recent.get_or(&number.to_string(), || Ok::<_, ()>(vec![0.0]));
            assert!(known.is_ok());
            // The first is asked for again and again, and so stays.
            assert!(recent.get_or("0", || Err(())).is_ok(), "{number}");
        }
        assert_eq!(recent.vectors().len(), kept);
        assert_eq!(recent.get_or("1", || Err("gone")), Err("gone"));
    }
}
