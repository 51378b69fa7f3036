//! In-memory data with a limited lifetime. A timer drops expired values, so that an idle bot keeps nothing either;
//! reads check the lifetime as well.

use std::hash::Hash;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lru::LruCache;
use parking_lot::{Mutex, MutexGuard};
use tokio::time::MissedTickBehavior;

/// The timer's period. No value outlives its lifetime by more.
const SWEPT: Duration = Duration::from_secs(1);

/// Calls `work` every `period` while another owner holds `kept`. Needs a tokio runtime.
pub fn every<T: Send + Sync + 'static>(
    period: Duration,
    kept: &Arc<T>,
    work: impl Fn(&T) + Send + Sync + 'static,
) {
    let kept = Arc::downgrade(kept);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let Some(kept) = kept.upgrade() else { return };
            work(&kept);
        }
    });
}

/// A state that a timer sweeps. The constructor starts the timer, so no state exists without one.
pub struct Swept<S> {
    state: Arc<Mutex<S>>,
}

impl<S: Send + 'static> Swept<S> {
    /// Sweeps `state` with `expire`, which gets the current time. Needs a tokio runtime.
    pub fn new(state: S, expire: fn(&mut S, Instant)) -> Self {
        Self::by(Instant::now, SWEPT, state, expire)
    }

    /// Like [`Swept::new`], with a given clock and period.
    fn by(
        clock: impl Fn() -> Instant + Send + Sync + 'static,
        period: Duration,
        state: S,
        expire: fn(&mut S, Instant),
    ) -> Self {
        let state = Arc::new(Mutex::new(state));
        every(period, &state, move |state| expire(&mut state.lock(), clock()));
        Self { state }
    }

    /// Locks the state.
    pub fn lock(&self) -> MutexGuard<'_, S> {
        self.state.lock()
    }
}

/// A bounded number of values, each with a bounded lifetime. If it is full, the oldest value is dropped. The caller
/// passes the time, which the caches in libraries read themselves, so that tests do not have to wait.
pub struct Expiring<K: Hash + Eq, V> {
    entries: LruCache<K, (V, Instant)>,
    lifetime: Duration,
}

impl<K: Hash + Eq + Clone, V> Expiring<K, V> {
    /// Keeps at most `most` values, each for `lifetime`.
    pub fn new(most: NonZeroUsize, lifetime: Duration) -> Self {
        Self { entries: LruCache::new(most), lifetime }
    }

    /// Adds a value, replacing an earlier one with the same key.
    pub fn put(&mut self, key: K, value: V, now: Instant) {
        self.entries.put(key, (value, now));
    }

    /// A value that has not expired.
    pub fn get(&self, key: &K, now: Instant) -> Option<&V> {
        let (value, since) = self.entries.peek(key)?;
        (now.saturating_duration_since(*since) < self.lifetime).then_some(value)
    }

    /// A mutable value that has not expired. Access does not extend its lifetime.
    pub fn get_mut(&mut self, key: &K, now: Instant) -> Option<&mut V> {
        let (value, since) = self.entries.peek_mut(key)?;
        (now.saturating_duration_since(*since) < self.lifetime).then_some(value)
    }

    /// Number of values.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Removes a value.
    pub fn remove(&mut self, key: &K) {
        self.entries.pop(key);
    }

    /// Removes the values for which `is_wanted`, which may change a value, is false.
    pub fn retain(&mut self, mut is_wanted: impl FnMut(&K, &mut V) -> bool) {
        let mut unwanted = Vec::new();
        for (key, (value, _)) in &mut self.entries {
            if !is_wanted(key, value) {
                unwanted.push(key.clone());
            }
        }
        for key in &unwanted {
            self.entries.pop(key);
        }
    }

    /// Removes the expired values.
    pub fn expire(&mut self, now: Instant) {
        let lifetime = self.lifetime;
        let is_over = |since: &Instant| now.saturating_duration_since(*since) >= lifetime;
        // The entries are in insertion order.
        while self.entries.peek_lru().is_some_and(|(_, (_, since))| is_over(since)) {
            self.entries.pop_lru();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: NonZeroUsize = NonZeroUsize::new(3).expect("more than none");
    const LIFETIME: Duration = Duration::from_secs(900);

    const OFTEN: Duration = Duration::from_millis(1);

    /// A clock that a test sets, with the number of times it was read.
    #[derive(Clone)]
    struct Clock(Arc<Mutex<(Instant, usize)>>);

    impl Clock {
        fn read(&self) -> Instant {
            let mut state = self.0.lock();
            state.1 += 1;
            state.0
        }

        /// Advances the clock and waits until the timer has read it.
        async fn passes(&self, time: Duration) {
            let seen = {
                let mut state = self.0.lock();
                state.0 += time;
                state.1
            };
            // One read may have started before.
            while self.0.lock().1 < seen + 2 {
                tokio::time::sleep(OFTEN).await;
            }
        }
    }

    #[tokio::test]
    async fn a_timer_drops_what_nobody_asks_for() {
        let clock = Clock(Arc::new(Mutex::new((Instant::now(), 0))));
        let timer = clock.clone();
        let kept = Swept::by(move || timer.read(), OFTEN, Expiring::new(MOST, LIFETIME), Expiring::expire);
        let (words, others) = (Arc::new("first"), Arc::new("second"));
        let (first, second) = (Arc::downgrade(&words), Arc::downgrade(&others));
        kept.lock().put(1, words, clock.read());
        clock.passes(Duration::from_secs(300)).await;
        kept.lock().put(2, others, clock.read());
        clock.passes(Duration::from_secs(599)).await;
        assert!(first.upgrade().is_some(), "it is kept for its lifetime");
        clock.passes(Duration::from_secs(1)).await;
        assert!(first.upgrade().is_none() && second.upgrade().is_some(), "the timer dropped it");
        clock.passes(Duration::from_secs(300)).await;
        assert!(second.upgrade().is_none());
    }

    #[tokio::test]
    async fn the_timer_ends_with_what_it_sweeps() {
        let kept = Arc::new(());
        let (seen, mut calls) = tokio::sync::mpsc::unbounded_channel();
        every(OFTEN, &kept, move |()| seen.send(()).expect("the receiver is alive"));
        assert!(calls.recv().await.is_some() && calls.recv().await.is_some());
        drop(kept);
        while calls.recv().await.is_some() {}
    }

    #[test]
    fn values_are_bounded_in_number_and_time() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let mut kept = Expiring::new(MOST, LIFETIME);
        (0..4).for_each(|number| kept.put(number, number, at(number)));
        assert_eq!(kept.get(&0, at(4)), None, "the oldest is dropped");
        assert_eq!((kept.get(&1, at(900)), kept.get(&1, at(901))), (Some(&1), None));
        // Access does not extend the lifetime.
        *kept.get_mut(&1, at(5)).expect("it is kept") = 9;
        kept.expire(at(901));
        assert_eq!(kept.entries.len(), 2);
        kept.retain(|_, value| *value != 2);
        assert_eq!((kept.get(&2, at(4)), kept.get(&3, at(4))), (None, Some(&3)));
        kept.remove(&3);
        assert_eq!(kept.entries.len(), 0);
    }
}
