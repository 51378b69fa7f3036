//! What was asked last, so that a question can go on from it. It is kept in memory, for a quarter of an hour, and a
//! bounded number of them; a restart forgets it.

use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use lru::LruCache;

use crate::answer::follow::REMEMBERED;

/// How many questions are kept.
const KEPT: NonZeroUsize = NonZeroUsize::new(2_000).expect("it is not zero");

/// Whose question goes on from which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thread {
    /// What the same person asked in the same channel, or thread, before.
    Person {
        /// The channel or thread.
        channel: u64,
        /// The person.
        user: u64,
    },
    /// The bot's answer that somebody replies to.
    Answer(u64),
}

/// The questions that can be gone on from.
pub struct Conversations {
    kept: Mutex<LruCache<Thread, (String, Instant)>>,
}

impl Default for Conversations {
    fn default() -> Self {
        Self { kept: Mutex::new(LruCache::new(KEPT)) }
    }
}

impl Conversations {
    /// What was asked before in the first of `threads` that is known.
    pub fn before(&self, threads: &[Thread], now: Instant) -> Option<String> {
        let mut kept = self.kept();
        threads.iter().find_map(|thread| {
            let (question, asked) = kept.get(thread)?;
            match now.saturating_duration_since(*asked) < REMEMBERED {
                true => Some(question.clone()),
                false => {
                    kept.pop(thread);
                    None
                }
            }
        })
    }

    /// Keeps what was asked.
    pub fn remember(&self, thread: Thread, question: &str, now: Instant) {
        let mut kept = self.kept();
        // The oldest go first, so that nothing outlives its time by much even where nobody asks for it.
        while kept
            .peek_lru()
            .is_some_and(|(_, (_, asked))| now.saturating_duration_since(*asked) >= REMEMBERED)
        {
            kept.pop_lru();
        }
        kept.put(thread, (question.to_owned(), now));
    }

    fn kept(&self) -> MutexGuard<'_, LruCache<Thread, (String, Instant)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_question_is_forgotten_after_a_quarter_of_an_hour() {
        let conversations = Conversations::default();
        let began = Instant::now();
        let (ada, answer) = (Thread::Person { channel: 1, user: 2 }, Thread::Answer(3));
        conversations.remember(ada, "What is the dose?", began);
        conversations.remember(answer, "What is the dose?", began);
        let at = |seconds| began + Duration::from_secs(seconds);
        assert_eq!(conversations.before(&[ada], at(899)).as_deref(), Some("What is the dose?"));
        assert_eq!(
            conversations.before(&[Thread::Answer(9), answer], at(1)).as_deref(),
            Some("What is the dose?")
        );
        assert_eq!(conversations.before(&[Thread::Person { channel: 1, user: 9 }], at(1)), None);
        assert_eq!(conversations.before(&[ada], at(900)), None);
        conversations.remember(Thread::Answer(4), "And in MS?", at(1_000));
        assert_eq!(conversations.kept().len(), 1, "what is too old is gone");
    }
}
