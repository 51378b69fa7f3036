//! By what rules a question is answered: from which confidence on, and with which parts. Each part can be left out,
//! so that what it brings can be measured; what brings nothing is taken out of the program.

use super::rank::{WEIGHTS, Weights};
use crate::question::understand::{Origin, Question};

/// The confidence from which on a question is answered, where the settings say nothing else.
pub const THRESHOLD: f32 = 0.2;

/// A part of the way from a question to its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Repair of words that nobody knows.
    Spelling,
    /// Everyday synonyms.
    Synonyms,
    /// Other names of concepts.
    Concepts,
    /// Wider and narrower concepts.
    WiderAndNarrower,
    /// Sentence vectors.
    Meaning,
    /// Words of the headings over a sentence.
    Headings,
    /// Words of a sentence's neighbours.
    Neighbours,
    /// The beginning of a document, for "what is it?".
    Opening,
    /// A quote of each source where all are asked.
    EachSource,
    /// Refusal where no passage speaks of a facet.
    FacetGate,
    /// Refusal where no passage speaks of a concept.
    ConceptGate,
    /// Refusal where no passage has a name.
    NameGate,
    /// Refusal where no sentence has the sort of answer that is wanted.
    WantedGate,
    /// Refusal where the evidence is weak.
    EvidenceGate,
}

/// All parts, with the names that a table of them shows.
pub const PARTS: [(Part, &str); 14] = [
    (Part::Spelling, "spelling"),
    (Part::Synonyms, "synonyms"),
    (Part::Concepts, "concepts"),
    (Part::WiderAndNarrower, "wider, narrower"),
    (Part::Meaning, "meaning"),
    (Part::Headings, "headings"),
    (Part::Neighbours, "neighbours"),
    (Part::Opening, "opening"),
    (Part::EachSource, "each source"),
    (Part::FacetGate, "facet gate"),
    (Part::ConceptGate, "concept gate"),
    (Part::NameGate, "name gate"),
    (Part::WantedGate, "wanted gate"),
    (Part::EvidenceGate, "evidence gate"),
];

/// By what rules a question is answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// The confidence that is needed, 0 to 1.
    pub threshold: f32,
    /// What each kind of evidence counts.
    pub weights: Weights,
    without: Option<Part>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { threshold: THRESHOLD, weights: WEIGHTS, without: None }
    }
}

impl Rules {
    /// The same rules without a part.
    pub fn without(mut self, part: Part) -> Self {
        let weights = &mut self.weights;
        match part {
            Part::Headings => weights.heading = 0.0,
            Part::Neighbours => weights.context = 0.0,
            Part::Opening => weights.opening = 0.0,
            Part::EvidenceGate => self.threshold = 0.0,
            _ => {}
        }
        self.without = Some(part);
        self
    }

    /// Whether a part is in use.
    pub fn uses(&self, part: Part) -> bool {
        self.without != Some(part)
    }

    /// Takes out of an understood question what the part that is left out put there.
    pub fn reduce(&self, question: &mut Question) {
        let mut forget = |origins: &[Origin]| {
            question.units.iter_mut().for_each(|unit| unit.keys.retain(|key| !origins.contains(&key.origin)));
        };
        match self.without {
            Some(Part::Synonyms) => forget(&[Origin::Synonym]),
            Some(Part::Concepts) => forget(&[Origin::Concept, Origin::Broader, Origin::Narrower]),
            Some(Part::WiderAndNarrower) => forget(&[Origin::Broader, Origin::Narrower]),
            Some(Part::EachSource) => question.each = false,
            Some(Part::NameGate) => question.units.iter_mut().for_each(|unit| unit.name = false),
            Some(Part::WantedGate) => question.wants = None,
            _ => {}
        }
    }
}
