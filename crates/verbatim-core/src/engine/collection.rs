//! A collection of documents that is not a knowledge base but is indexed like one. It is used to measure search.

use std::sync::Arc;

use super::rebuild::Rebuild;
use super::{EngineError, Place, Resources};
use crate::answer::documents::{DOCUMENT_WEIGHTS, documents};
use crate::index::build::Progress;
use crate::index::generation::GenerationStore;
use crate::index::snapshot::Snapshot;
use crate::knowledge::base::Base;

/// An indexed collection.
pub struct Collection {
    resources: Arc<Resources>,
    snapshot: Arc<Snapshot>,
}

impl Collection {
    /// Indexes the documents of `base` as [`super::Engine::reindex`] indexes a knowledge folder. If `place` has an
    /// index of the same documents, it is reused.
    ///
    /// # Errors
    /// [`EngineError::Index`] and [`EngineError::Encoder`].
    pub fn open(
        resources: Arc<Resources>,
        place: &Place,
        base: &Base,
        made: &str,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Self, EngineError> {
        let lock = GenerationStore::new(&place.index, &place.base).lock()?;
        let rebuild = Rebuild::of(&resources, place, made, true);
        let (_, snapshot) = rebuild.run_with(base, Vec::new(), &lock, progress)?;
        Ok(Self { resources, snapshot: Arc::new(snapshot) })
    }

    /// Returns the ids and scores of the `limit` documents that fit a question best, best first.
    ///
    /// # Errors
    /// [`EngineError::Encoder`].
    pub fn search(&self, question: &str, limit: usize) -> Result<Vec<(&str, f32)>, EngineError> {
        let snapshot = &self.snapshot;
        let found = documents(self.resources.tools(), snapshot, question, &DOCUMENT_WEIGHTS, limit)?;
        let documents = &snapshot.corpus.documents;
        let named = |(at, score): (u32, f32)| (documents[at as usize].id.as_str(), score);
        Ok(found.into_iter().map(named).collect())
    }
}
