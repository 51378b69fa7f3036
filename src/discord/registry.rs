//! The bases that the bot serves, and who is changing one of them.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::command::{Offered, OfferedTopic};
use super::expiry;
use verbatim_core::answer::followup::REMEMBERED;
use verbatim_core::engine::Engine;

/// The bases, the one that is asked where none is named first.
pub struct Bases {
    served: Vec<Arc<Served>>,
}

/// A base that is served.
pub struct Served {
    /// Its name, which is its slash command.
    pub name: String,
    /// What answers.
    pub engine: Engine,
    changing: Mutex<Option<Change>>,
}

/// A change of a base that is under way.
#[derive(Debug, Clone)]
pub struct Change {
    /// The moderator who runs it.
    pub by: u64,
    /// What it is, as the subcommand is called.
    pub what: &'static str,
    /// When it began.
    pub since: Instant,
}

/// The right to change a base; dropping it lets the next one in.
pub struct Changing {
    served: Arc<Served>,
}

impl Bases {
    /// Serves these; the first one is the default. Needs a tokio runtime: what they keep of questions is dropped by a
    /// timer.
    pub fn new(engines: Vec<Engine>) -> Self {
        let served = |engine: Engine| {
            let name = engine.place().base.clone();
            Arc::new(Served { name, engine, changing: Mutex::new(None) })
        };
        let served: Vec<Arc<Served>> = engines.into_iter().map(served).collect();
        if let Some(first) = served.first() {
            // What is kept is in the resources, which all bases share.
            expiry::every(REMEMBERED / 2, first, |served| served.engine.resources().forget_unused());
        }
        Self { served }
    }

    /// All of them.
    pub fn all(&self) -> &[Arc<Served>] {
        &self.served
    }

    /// The one of this name; without a name the default one.
    pub fn find(&self, name: Option<&str>) -> Option<Arc<Served>> {
        match name {
            None => self.served.first().cloned(),
            Some(name) => self.served.iter().find(|served| served.name == name).cloned(),
        }
    }

    /// What there are commands for.
    pub fn offered(&self) -> Vec<Offered> {
        self.served.iter().map(|served| offered(served)).collect()
    }
}

fn offered(served: &Served) -> Offered {
    let snapshot = served.engine.snapshot();
    let topics = snapshot.corpus.topics.iter().map(|topic| OfferedTopic {
        name: topic.name.clone(),
        description: said(&topic.description, &topic.title, &topic.name),
        by_condition: topic.condition.is_some(),
    });
    Offered {
        base: served.name.clone(),
        description: said(&snapshot.corpus.about.description, &snapshot.corpus.about.title, &served.name),
        topics: topics.collect(),
    }
}

/// What a command is described by: Discord takes none without.
fn said(description: &str, title: &str, name: &str) -> String {
    let said = [description, title].into_iter().find(|text| !text.trim().is_empty());
    said.unwrap_or(name).to_owned()
}

impl Served {
    /// What stands under everything that is said of it.
    pub fn disclaimer(&self) -> String {
        self.engine.snapshot().corpus.about.disclaimer.clone()
    }

    /// Whether the live generation has a topic.
    pub fn has_topic(&self, name: &str) -> bool {
        self.engine.snapshot().corpus.topics.iter().any(|topic| topic.name == name)
    }

    /// Becomes the one who changes the base.
    ///
    /// # Errors
    /// The change that is under way.
    pub fn change(self: &Arc<Self>, by: u64, what: &'static str, now: Instant) -> Result<Changing, Change> {
        let mut changing = self.lock();
        match &*changing {
            Some(change) => Err(change.clone()),
            None => {
                *changing = Some(Change { by, what, since: now });
                Ok(Changing { served: self.clone() })
            }
        }
    }

    /// Whether it is being changed from here.
    pub fn is_changing(&self) -> bool {
        self.lock().is_some()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Change>> {
        self.changing.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        *self.served.lock() = None;
    }
}
