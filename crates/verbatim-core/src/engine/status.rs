//! The status of a base: what is served, which generations came before, and what is withheld.

use super::curation::recovery;
use super::{Engine, Place, withholding};
use crate::index::manifest::Manifest;
use crate::knowledge::base::Withheld;
use crate::knowledge::problem::Problem;

/// The status of a base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The served generation: its name, when it was made, what it holds, and how it did on the regression questions.
    pub serving: Manifest,
    /// Whether it is the generation live on disk; another process may have published since.
    pub is_live: bool,
    /// The other generations on disk, newest first.
    pub others: Vec<Manifest>,
    /// The withheld passages, or why the list cannot be used.
    pub withheld: Result<Vec<Withheld>, Problem>,
    /// A change in progress, or one that was interrupted.
    pub under_way: Option<Problem>,
}

impl Engine {
    /// Returns the withheld passages, or why the list cannot be used; [`Engine::withheld_passages`] works in either
    /// case.
    pub fn withheld(&self) -> Result<Vec<Withheld>, Problem> {
        withholding::listed(self.place())
    }

    /// Returns the status of the base. Reads only small files.
    pub fn status(&self) -> Status {
        let serving = self.snapshot().manifest.clone();
        let generations = self.generations();
        let place = self.place();
        Status {
            is_live: generations.current().is_ok_and(|live| live == serving.id),
            others: generations
                .manifests()
                .into_iter()
                .filter(|manifest| manifest.id != serving.id)
                .collect(),
            withheld: self.withheld(),
            under_way: recovery::left_over(place),
            serving,
        }
    }
}

/// Returns why the list of withheld passages cannot be used; `None` if it can.
pub fn list_problem(place: &Place) -> Option<Problem> {
    withholding::listed(place).err()
}
