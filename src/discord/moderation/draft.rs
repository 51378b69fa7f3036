//! Drafts: files that moderators attached and have not published yet. They are in memory only.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::job::Failed;
use crate::discord::expiry::{Expiring, Swept};
use crate::discord::registry::Served;
use verbatim_core::knowledge::metadata::SourceMetadata;
use verbatim_core::knowledge::preview::Preview;

/// Maximum number of waiting drafts, and how long each is kept.
const MOST: NonZeroUsize = NonZeroUsize::new(16).expect("more than none");
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// A file that waits for its details before it is added.
#[derive(Clone)]
pub struct Draft {
    /// The base to add it to.
    pub served: Arc<Served>,
    /// The moderator who attached the file.
    pub by: u64,
    /// The name of the uploaded file.
    pub file_name: String,
    /// Its content.
    pub bytes: Arc<Vec<u8>>,
    /// Whether the command asked to publish it even if regression questions fail.
    pub asked_to_force: bool,
    /// Whether the next attempt does.
    pub force: bool,
    /// Whether the moderator has seen which other sources nobody has confirmed.
    pub confirm: bool,
    /// What was read from the file.
    pub preview: Arc<Preview>,
    /// Its metadata, from the file or the form.
    pub metadata: SourceMetadata,
}

/// The waiting drafts.
pub struct Drafts {
    waiting: Swept<Expiring<u64, Draft>>,
    key: RandomState,
    made: AtomicU64,
}

impl Drafts {
    /// Creates an empty collection. Needs a tokio runtime.
    pub fn new() -> Self {
        let waiting = Swept::new(Expiring::new(MOST, LONGEST), Expiring::expire);
        Self { waiting, key: RandomState::new(), made: AtomicU64::new(0) }
    }

    /// A number for a new draft. Numbers differ between runs of the program, so that a button from before a restart
    /// does not find somebody else's draft.
    pub fn number(&self) -> u64 {
        self.key.hash_one(self.made.fetch_add(1, Ordering::Relaxed))
    }

    /// Keeps a draft, in place of an earlier one with the same number.
    pub fn keep(&self, id: u64, draft: Draft) {
        self.waiting.lock().put(id, draft, Instant::now());
    }

    /// The base that a draft is for.
    pub fn base(&self, id: u64) -> Option<Arc<Served>> {
        self.waiting.lock().get(&id, Instant::now()).map(|draft| draft.served.clone())
    }

    /// Records that a draft was refused. The next attempt overrules regression questions or doubtful readings if they
    /// refused it: the moderator has seen which. Returns whether the next attempt overrules anything.
    pub fn refused(&self, id: u64, error: &Failed) -> bool {
        self.waiting.lock().get_mut(&id, Instant::now()).is_some_and(|draft| {
            draft.force |= error.is_of_questions();
            draft.confirm |= error.is_of_readings();
            draft.force || draft.confirm
        })
    }

    /// The draft, if it is still waiting and belongs to this moderator.
    ///
    /// # Errors
    /// [`DraftError`].
    pub fn find(&self, id: u64, by: u64) -> Result<Draft, DraftError> {
        match self.waiting.lock().get(&id, Instant::now()) {
            None => Err(DraftError::Gone),
            Some(draft) if draft.by != by => Err(DraftError::OfSomeoneElse),
            Some(draft) => Ok(draft.clone()),
        }
    }

    /// Drops a draft.
    pub fn drop(&self, id: u64) {
        self.waiting.lock().remove(&id);
    }
}

/// Why a moderator cannot change a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftError {
    /// It has expired, was published or cancelled, or the bot was restarted.
    Gone,
    /// Another moderator attached the file.
    OfSomeoneElse,
}
