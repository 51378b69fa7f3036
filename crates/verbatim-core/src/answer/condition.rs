//! Restricts the candidates to a condition that a question names. "The evidence is not as robust" answers a question
//! about one disease and misleads about another, however well its words match.

use rustc_hash::FxHashSet;

use super::score::Candidate;
use crate::index::search;
use crate::index::snapshot::Snapshot;
use crate::knowledge::lexicon::ConceptKind;
use crate::question::understand::Question;

/// The score penalty, in log-odds, for a sentence that does not name the condition itself, if another sentence of its
/// passage or a heading over it does.
const UNNAMED: f32 = 1.0;

/// Returns the candidates whose passage is about the named condition or a narrower one, best first. A passage is about
/// it if the passage names it, or if a heading over it does and the passage names no other condition. Sentences that do
/// not name it themselves get a lower score. If the vocabulary knows none of the words as a condition, all of them must
/// appear somewhere in the sources; then every candidate counts.
pub fn on_it(snapshot: &Snapshot, condition: &Question, candidates: &[Candidate]) -> Vec<Candidate> {
    let lexicon = &snapshot.lexicon;
    let is_condition = |at: &u32| lexicon.concepts()[*at as usize].kind == ConceptKind::Condition;
    let named = condition.concepts.iter().filter(|at| is_condition(at) && !snapshot.subject.contains(at));
    let asked: FxHashSet<u32> = named.flat_map(|&at| lexicon.with_narrower(at)).collect();
    if asked.is_empty() {
        let all_said =
            !condition.terms.is_empty() && condition.terms.iter().all(|term| search::is_said(snapshot, term));
        return if all_said { candidates.to_vec() } else { Vec::new() };
    }
    let conditions = (0..lexicon.concepts().len() as u32).filter(is_condition).collect();
    let sought = Sought { snapshot, asked, conditions };
    let marked = |candidate: &Candidate| {
        Some(Candidate { score: candidate.score - sought.loss(candidate.sentence)?, ..*candidate })
    };
    let mut on_it: Vec<Candidate> = candidates.iter().filter_map(marked).collect();
    on_it.sort_by(|one, other| other.score.total_cmp(&one.score));
    on_it
}

struct Sought<'a> {
    snapshot: &'a Snapshot,
    /// The conditions asked about, and all narrower ones.
    asked: FxHashSet<u32>,
    /// All conditions.
    conditions: FxHashSet<u32>,
}

impl Sought<'_> {
    /// Returns the score penalty of a sentence; `None` if its passage is about something else.
    fn loss(&self, sentence: u32) -> Option<f32> {
        let corpus = &self.snapshot.corpus;
        let concepts_of = |at: u32| corpus.sentences[at as usize].concepts.iter();
        let passage = corpus.sentences[sentence as usize].passage;
        let mut named =
            corpus.sentences_of(passage).flat_map(concepts_of).filter(|at| self.conditions.contains(at));
        let asked = |concept: &u32| self.asked.contains(concept);
        match named.next() {
            None => corpus.passages[passage as usize].headings.iter().any(asked).then_some(UNNAMED),
            Some(_) if concepts_of(sentence).any(asked) => Some(0.0),
            Some(first) => (asked(first) || named.any(asked)).then_some(UNNAMED),
        }
    }
}
