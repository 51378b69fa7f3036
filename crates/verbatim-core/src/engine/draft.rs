//! A base as its knowledge folder is now, indexed beside what is published: what a change would do is seen before
//! anybody is answered from it.

use std::sync::Arc;

use super::reindex::{Opened, Rebuild, check_name};
use super::{Engine, EngineError, Place, Resources};
use crate::index::build::Progress;
use crate::index::generation::GenerationStore;
use crate::knowledge::problem::Problem;

/// The folder of drafts, in the folder of indexes. A base's name begins with no dot.
const DRAFTS: &str = ".drafts";

impl Engine {
    /// Opens a draft of a base, built from its knowledge folder as it is now, whatever its own questions give. What is
    /// published stays as it is.
    ///
    /// # Errors
    /// As [`Engine::reindex`]; [`EngineError::UnknownBase`] for a wrong name.
    pub fn draft(
        resources: Arc<Resources>,
        place: Place,
        made: &str,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Opened, EngineError> {
        check_name(&place)?;
        let drafts = Place { index: place.index.join(DRAFTS), keep: 0, ..place.clone() };
        let lock = GenerationStore::new(&drafts.index, &drafts.base).lock_waiting()?;
        let rebuild = Rebuild::of(&resources, &drafts, made, true).beside(&place);
        let (reindexed, snapshot) = rebuild.run(&lock, progress)?;
        let remarks = reindexed.problems.iter().map(Problem::to_string).collect();
        Opened::new(resources, place, snapshot, remarks)
    }
}
