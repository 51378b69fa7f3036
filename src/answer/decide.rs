//! Whether the sources answer at all. A question about a drug, a disease or a group of people that no
//! passage speaks of is not covered, however well the rest of it matches; otherwise the evidence of the
//! best sentence decides.

use super::holds::holds;
use super::rank::Candidate;
use super::rules::{Part, Rules};
use crate::index::library::key;
use crate::index::snapshot::Snapshot;
use crate::knowledge::document::PassageKind;
use crate::question::expected::Expected;
use crate::question::understand::{Asks, Origin, Question, Unit, term};

/// So much of a question's own words a sentence must cover that shall have the number or the name it wants.
const OWN: f32 = 0.1;
/// It must also cover this share of what the sentence covers that covers most: where that one lacks the number, a
/// number of something else is no answer.
const OF_BEST: f32 = 0.5;

/// What was decided, and why.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// The sources answer.
    Answer {
        /// How likely it is, 0 to 1.
        confidence: f32,
    },
    /// They do not.
    NotCovered {
        /// What they lack, for the reader.
        lacking: String,
        /// Ids of the concepts and facets that they lack; with [`Gate::Evidence`] those of the question.
        missing: Vec<String>,
        /// Which of the gates it did not pass.
        gate: Gate,
        /// How likely it would have been, 0 to 1.
        confidence: f32,
    },
}

/// The gates that a question must pass to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// A strict facet that is asked for is spoken of.
    Facet,
    /// A decisive concept that is named is spoken of.
    Concept,
    /// A name that is no concept is spoken of.
    Name,
    /// A sentence on it has the sort of answer that is wanted: a number of people, a name.
    Wanted,
    /// The evidence reaches the threshold of the rules.
    Evidence,
}

/// Decides from the understood question and its candidates, best first.
pub fn decide(snapshot: &Snapshot, question: &Question, candidates: &[Candidate], rules: &Rules) -> Decision {
    let confidence = confidence(candidates, rules.uses(Part::Meaning) && snapshot.vectors.is_some());
    let gates = Missing::of(snapshot, question, rules);
    let (gate, lacking, missing) = match gates.title(snapshot) {
        Some((gate, title)) => (gate, title, gates.ids(snapshot)),
        None if let Some(name) = missing_name(snapshot, question) => {
            (Gate::Name, name.to_owned(), own_ids(snapshot, question))
        }
        None if lacks_what_is_wanted(snapshot, question, candidates) => {
            (Gate::Wanted, listed(own_units(question)), own_ids(snapshot, question))
        }
        None if confidence >= rules.threshold && speaks_of_its_object(snapshot, question) => {
            return Decision::Answer { confidence };
        }
        None => (Gate::Evidence, missing_words(snapshot, question), own_ids(snapshot, question)),
    };
    // What a gate refuses is refused however well it matches.
    let most = if gate == Gate::Evidence { rules.threshold } else { rules.threshold / 2.0 };
    Decision::NotCovered { lacking, missing, gate, confidence: confidence.min(most) }
}

/// What a question is about, as ids of the vocabulary: its concepts, but for the base's subject, and facets.
pub fn own_ids(snapshot: &Snapshot, question: &Question) -> Vec<String> {
    let concepts = question.concepts.iter().copied().filter(|at| !snapshot.subject.contains(at)).collect();
    Missing { facets: question.facets.clone(), concepts }.ids(snapshot)
}

/// What a question asks for and no passage speaks of, as indices into the lexicon.
struct Missing {
    facets: Vec<u32>,
    concepts: Vec<u32>,
}

impl Missing {
    fn of(snapshot: &Snapshot, question: &Question, rules: &Rules) -> Self {
        let uses = |part, missing: fn(&Snapshot, &Question) -> Vec<u32>| match rules.uses(part) {
            true => missing(snapshot, question),
            false => Vec::new(),
        };
        Self {
            facets: uses(Part::FacetGate, missing_facets),
            concepts: uses(Part::ConceptGate, missing_concepts),
        }
    }

    /// The gate that refuses the question, and what it lacks; `None` where none does.
    fn title(&self, snapshot: &Snapshot) -> Option<(Gate, String)> {
        let facet = self.facets.first().map(|&at| &snapshot.lexicon.facets()[at as usize]);
        let concept = self.concepts.first().map(|&at| &snapshot.lexicon.concepts()[at as usize]);
        facet
            .map(|facet| (Gate::Facet, facet.title.clone()))
            .or_else(|| concept.map(|concept| (Gate::Concept, concept.title.clone())))
    }

    /// Concepts before facets, each once.
    fn ids(&self, snapshot: &Snapshot) -> Vec<String> {
        let lexicon = &snapshot.lexicon;
        let concepts = self.concepts.iter().map(|&at| &lexicon.concepts()[at as usize].id);
        let facets = self.facets.iter().map(|&at| &lexicon.facets()[at as usize].id);
        let mut ids: Vec<String> = Vec::new();
        for id in concepts.chain(facets) {
            if !ids.contains(id) {
                ids.push(id.clone());
            }
        }
        ids
    }
}

/// A name that no passage says, as it was written.
fn missing_name<'a>(snapshot: &Snapshot, question: &'a Question) -> Option<&'a str> {
    // What it might have been meant to be is no evidence of what it is.
    let unsaid = |unit: &&Unit| {
        let mut keys = unit.keys.iter().filter(|found| found.origin != Origin::Repair);
        keys.all(|found| unsaid_term(snapshot, &found.term))
    };
    question.units.iter().filter(|unit| unit.name).find(unsaid).map(|unit| unit.written.as_str())
}

/// Whether the sources say anything of what a question is about, beside what it asks of it: that they speak of help
/// is no answer to whether it helps with snoring. A question that is about nothing at all cannot be looked up.
fn speaks_of_its_object(snapshot: &Snapshot, question: &Question) -> bool {
    let mut objects =
        question.units.iter().filter(|unit| !unit.subject && unit.asks == Asks::Matter).peekable();
    match objects.peek() {
        None => !question.units.is_empty() || !question.facets.is_empty(),
        Some(_) => objects.any(|unit| is_said(snapshot, unit)),
    }
}

/// Whether the question wants a sort of answer that no sentence on its matter has.
fn lacks_what_is_wanted(snapshot: &Snapshot, question: &Question, candidates: &[Candidate]) -> bool {
    let Some(wanted) = question.wants else { return false };
    let most = candidates.iter().map(|found| found.evidence.own).fold(0.0, f32::max);
    let on_it = |found: &&Candidate| found.evidence.contact || found.evidence.own >= OWN.max(OF_BEST * most);
    !candidates.iter().filter(on_it).any(|found| is_answer(snapshot, question, wanted, found))
}

/// Whether a sentence has what is wanted, and is on the matter: its passage names every decisive concept of the
/// question, and it covers enough of the rest itself.
fn is_answer(snapshot: &Snapshot, question: &Question, wanted: Expected, candidate: &Candidate) -> bool {
    // A telephone number stands alone: no word beside it says whose it is.
    if wanted == Expected::Contact {
        return candidate.evidence.contact;
    }
    let library = &snapshot.library;
    let passage = library.sentences[candidate.sentence as usize].passage;
    let entry = library.passage(passage).1.kind == PassageKind::Reference;
    let named = |at: u32| spoken_for_by(snapshot, at).any(|term| library.names(passage, term));
    let terms = &library.sentences[candidate.sentence as usize].terms;
    let says = |unit: &Unit| unit.keys.iter().any(|found| terms.binary_search(&key(&found.term)).is_ok());
    let of = question.units.iter().filter(|unit| unit.asks == Asks::Of);
    let mut names = question.units.iter().filter(|unit| unit.name && !unit.subject);
    let named_too = |unit: &Unit| unit.keys.iter().any(|found| library.names(passage, key(&found.term)));
    of.into_iter().all(says)
        && names.all(named_too)
        && holds(library.sentence_text(candidate.sentence), wanted, entry)
        && decisive(snapshot, question).all(named)
}

/// The decisive concepts of a question, but for those that the base is about.
fn decisive<'a>(snapshot: &'a Snapshot, question: &'a Question) -> impl Iterator<Item = u32> + 'a {
    let named = question
        .units
        .iter()
        .filter(|unit| !unit.subject && unit.asks != Asks::Sort)
        .filter_map(|unit| unit.concept);
    named.filter(|&at| snapshot.lexicon.concepts()[at as usize].kind.is_decisive())
}

/// A logistic function of the best evidence: how much of the question's own words the best sentences cover, and how
/// near the nearest is in meaning. `ARCHITECTURE.md` says on what it was fitted.
fn confidence(candidates: &[Candidate], by_meaning: bool) -> f32 {
    let Some(best) = candidates.first() else { return 0.0 };
    if best.evidence.contact {
        return 1.0;
    }
    let coverage = candidates.iter().take(5).map(|c| c.evidence.coverage).fold(0.0, f32::max);
    let meaning = candidates.iter().map(|c| c.evidence.semantic).fold(0.0, f32::max);
    let sum = match by_meaning {
        true => 8.6 * coverage + 10.3 * meaning - 7.7,
        false => 10.9 * coverage - 4.2,
    };
    1.0 / (1.0 + (-sum).exp())
}

/// Facets that are asked for, and that must be spoken of to be answered, but are not.
fn missing_facets(snapshot: &Snapshot, question: &Question) -> Vec<u32> {
    let unsaid = |at: &u32| {
        let facet = &snapshot.lexicon.facets()[*at as usize];
        facet.strict && unsaid_term(snapshot, &term::facet(&facet.id))
    };
    question.facets.iter().copied().filter(unsaid).collect()
}

/// Concepts that are asked about and that no passage speaks of. A narrower one will do, and for a medicine
/// its class: what is said of opioids is said of codeine. What is said of autoimmune diseases is not an
/// answer about lupus.
fn missing_concepts(snapshot: &Snapshot, question: &Question) -> Vec<u32> {
    let named = question.units.iter().filter(|unit| !unit.subject).filter_map(|unit| unit.concept);
    let decisive = named.filter(|&at| snapshot.lexicon.concepts()[at as usize].kind.is_decisive());
    let said = |at: u32| spoken_for_by(snapshot, at).any(|term| snapshot.library.passage_count(term) > 0);
    decisive.filter(|&at| !said(at)).collect()
}

/// The terms of what is said of a concept: its own, those of narrower ones, and for a medicine those of its class.
fn spoken_for_by(snapshot: &Snapshot, concept: u32) -> impl Iterator<Item = u32> + '_ {
    let lexicon = &snapshot.lexicon;
    let inherits = lexicon.concepts()[concept as usize].kind.inherits();
    let wider = lexicon.broader(concept).iter().copied().filter(move |_| inherits);
    let all = lexicon.with_narrower(concept).into_iter().chain(wider);
    all.map(|at| key(&term::concept(&lexicon.concepts()[at as usize].id)))
}

fn unsaid_term(snapshot: &Snapshot, term: &str) -> bool {
    snapshot.library.passage_count(key(term)) == 0
}

/// The words of the question that no passage says, or all of them.
fn missing_words(snapshot: &Snapshot, question: &Question) -> String {
    let unsaid = listed(own_units(question).filter(|unit| !is_said(snapshot, unit)));
    if unsaid.is_empty() { listed(own_units(question)) } else { unsaid }
}

/// Whether some passage says a unit, in whatever way.
fn is_said(snapshot: &Snapshot, unit: &Unit) -> bool {
    unit.keys.iter().any(|found| !unsaid_term(snapshot, &found.term))
}

/// The units of a question, but for what the base is about.
fn own_units(question: &Question) -> impl Iterator<Item = &Unit> {
    question.units.iter().filter(|unit| !unit.subject)
}

fn listed<'a>(units: impl Iterator<Item = &'a Unit>) -> String {
    units.map(|unit| unit.written.as_str()).collect::<Vec<_>>().join(", ")
}
