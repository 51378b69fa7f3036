//! Indexes a base's current knowledge folder separately from the published index. This shows what a change would do
//! before any user gets an answer from it.

use std::sync::Arc;

use super::rebuild::Rebuild;
use super::reindex::{OpenedEngine, check_name};
use super::{Engine, EngineError, Place, Resources};
use crate::index::build::Progress;
use crate::index::generation::GenerationStore;
use crate::knowledge::problem::Problem;

/// The folder of drafts, in the folder of indexes. A base's name cannot begin with a dot.
const DRAFTS: &str = ".drafts";

impl Engine {
    /// Opens a draft of a base, built from its current knowledge folder even if regression questions fail. The
    /// published index is unchanged.
    ///
    /// # Errors
    /// The same as for [`Engine::reindex`]; [`EngineError::UnknownBase`] for a wrong name.
    pub fn draft(
        resources: Arc<Resources>,
        place: Place,
        made: &str,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<OpenedEngine, EngineError> {
        check_name(&place)?;
        let drafts = Place { index: place.index.join(DRAFTS), keep: 0, ..place.clone() };
        let lock = GenerationStore::new(&drafts.index, &drafts.base).lock_waiting()?;
        let rebuild = Rebuild::of(&resources, &drafts, made, true).beside(&place);
        let (reindexed, snapshot) = rebuild.run(&lock, progress)?;
        let remarks = reindexed.problems.iter().map(Problem::to_string).collect();
        OpenedEngine::new(resources, place, snapshot, remarks)
    }
}
