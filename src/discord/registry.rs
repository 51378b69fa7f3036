//! The bases that the bot serves, and changes in progress.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Mutex, MutexGuard};

use super::expiry;
use verbatim_core::answer::followup::REMEMBERED;
use verbatim_core::engine::Engine;

/// The bases; the first one is the default.
pub struct Registry {
    served: Vec<Arc<Served>>,
}

/// A base that the bot serves.
pub struct Served {
    /// The base's name, which is also its slash command.
    pub name: String,
    /// The engine that answers from it.
    pub engine: Arc<Engine>,
    changing: Mutex<Option<RunningChange>>,
}

/// A change of a base in progress.
#[derive(Debug, Clone)]
pub struct RunningChange {
    /// The moderator who started it.
    pub by: u64,
    /// The name of the subcommand.
    pub what: &'static str,
    /// When it started.
    pub since: Instant,
}

/// The exclusive right to change a base. Dropping it releases the base.
pub struct Changing {
    served: Arc<Served>,
}

/// A base, as far as its commands need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// The base's name.
    pub base: String,
    /// What it covers.
    pub description: String,
    /// Its topics.
    pub topics: Vec<OfferedTopic>,
}

/// A topic as a subcommand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferedTopic {
    /// Its name.
    pub name: String,
    /// What a user finds there.
    pub description: String,
    /// Whether it can be limited to one condition.
    pub by_condition: bool,
}

impl Registry {
    /// Creates the registry; the first engine is the default base. Needs a tokio runtime: a timer drops cached data
    /// about questions.
    pub fn new(engines: Vec<Arc<Engine>>) -> Self {
        let served = |engine: Arc<Engine>| {
            let name = engine.place().base.clone();
            Arc::new(Served { name, engine, changing: Mutex::new(None) })
        };
        let served: Vec<Arc<Served>> = engines.into_iter().map(served).collect();
        if let Some(first) = served.first() {
            // The cache is in the resources, which all bases share.
            expiry::every(REMEMBERED / 2, first, |served| served.engine.resources().forget_unused());
        }
        Self { served }
    }

    /// All bases.
    pub fn all(&self) -> &[Arc<Served>] {
        &self.served
    }

    /// The base with this name; the default base if `name` is `None`.
    pub fn find(&self, name: Option<&str>) -> Option<Arc<Served>> {
        match name {
            None => self.served.first().cloned(),
            Some(name) => self.served.iter().find(|served| served.name == name).cloned(),
        }
    }

    /// The bases and topics that get commands.
    pub fn offered(&self) -> Vec<Offered> {
        self.served.iter().map(|served| offered(served)).collect()
    }
}

fn offered(served: &Served) -> Offered {
    let snapshot = served.engine.snapshot();
    let topics = snapshot.corpus.topics.iter().map(|topic| OfferedTopic {
        name: topic.name.clone(),
        description: description(&topic.description, &topic.title, &topic.name),
        by_condition: topic.condition.is_some(),
    });
    Offered {
        base: served.name.clone(),
        description: description(
            &snapshot.corpus.about.description,
            &snapshot.corpus.about.title,
            &served.name,
        ),
        topics: topics.collect(),
    }
}

/// Returns a command's description, which Discord requires.
fn description(description: &str, title: &str, name: &str) -> String {
    let first = [description, title].into_iter().find(|text| !text.trim().is_empty());
    first.unwrap_or(name).to_owned()
}

impl Served {
    /// The disclaimer shown below every message about this base.
    pub fn disclaimer(&self) -> String {
        self.engine.snapshot().corpus.about.disclaimer.clone()
    }

    /// Whether the live generation has a topic.
    pub fn has_topic(&self, name: &str) -> bool {
        self.engine.snapshot().corpus.topics.iter().any(|topic| topic.name == name)
    }

    /// Acquires the right to change the base.
    ///
    /// # Errors
    /// The change in progress.
    pub fn change(
        self: &Arc<Self>,
        by: u64,
        what: &'static str,
        now: Instant,
    ) -> Result<Changing, RunningChange> {
        let mut changing = self.lock();
        match &*changing {
            Some(change) => Err(change.clone()),
            None => {
                *changing = Some(RunningChange { by, what, since: now });
                Ok(Changing { served: self.clone() })
            }
        }
    }

    /// Whether this process is changing the base.
    pub fn is_changing(&self) -> bool {
        self.lock().is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Option<RunningChange>> {
        self.changing.lock()
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        *self.served.lock() = None;
    }
}
