//! What is on the condition that a question names. "The evidence is not as robust" answers a question on one
//! disease and misleads on another, however well its words match.

use rustc_hash::FxHashSet;

use super::score::Candidate;
use crate::index::search;
use crate::index::snapshot::Snapshot;
use crate::knowledge::lexicon::ConceptKind;
use crate::question::understand::Question;

/// What a sentence loses of its score, in log-odds, that does not name the condition, where only others of its passage or
/// a heading over it do.
const UNNAMED: f32 = 1.0;

/// The candidates whose passage is on the condition that somebody named, or on a narrower one, best first:
/// the passage names it, or a heading over it does and the passage names no other. A sentence that does not
/// name it itself is marked down. Words that the vocabulary does not know as a condition must all stand in the sources
/// somewhere; then every candidate may be on it.
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
    /// What was asked about, and all that is narrower.
    asked: FxHashSet<u32>,
    /// All conditions.
    conditions: FxHashSet<u32>,
}

impl Sought<'_> {
    /// What a sentence loses of its score; `None` where its passage is on something else.
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
