//! How a base stands: what is served, what came before it, what is out of circulation.

use super::curation::recovery;
use super::{Engine, Place, withholding};
use crate::index::manifest::Manifest;
use crate::knowledge::base::Withheld;
use crate::knowledge::problem::Problem;

/// How a base stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The generation that is served: its name, when it was made, what it holds, how the base's own questions
    /// were answered from it.
    pub serving: Manifest,
    /// Whether it is the one that is live on the disk; another process may have published since.
    pub is_live: bool,
    /// The other generations on the disk, newest first.
    pub others: Vec<Manifest>,
    /// The list of what is withheld, or why it cannot be used.
    pub withheld: Result<Vec<Withheld>, Problem>,
    /// A change that is under way, or was left half done.
    pub under_way: Option<Problem>,
}

impl Engine {
    /// The list of what is withheld, or why it cannot be used; [`Engine::withheld_passages`] holds in either case.
    pub fn withheld(&self) -> Result<Vec<Withheld>, Problem> {
        withholding::listed(self.place())
    }

    /// How the base stands. Only small files are read.
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

/// Why the list of what is withheld cannot be used, where that is so.
pub fn list_problem(place: &Place) -> Option<Problem> {
    withholding::listed(place).err()
}
