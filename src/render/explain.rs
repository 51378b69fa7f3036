//! Where every score came from, for `ask --explain`: how the question was understood, what speaks for each
//! sentence, and why it was answered or not.

use std::fmt::Write;

use crate::answer::decide::{Decision, Gate};
use crate::answer::explain::Explanation;

/// How many candidates are listed.
const LISTED: usize = 12;
/// How much of a sentence is shown, in characters.
const SHOWN: usize = 70;

/// The explanation as plain text.
pub fn text(explanation: &Explanation) -> String {
    let least = explanation.rules.threshold;
    let mut out = String::new();
    understood(&mut out, explanation);
    candidates(&mut out, explanation);
    let decision = match &explanation.decision {
        Decision::Answer { confidence } => {
            format!("answered: confidence {confidence:.2}, at least {least:.2} is needed")
        }
        Decision::NotCovered { lacking, gate: Gate::Facet, .. } => {
            format!("not covered: no passage speaks of the facet that is asked for ({lacking})")
        }
        Decision::NotCovered { lacking, gate: Gate::Concept, .. } => {
            format!("not covered: no passage names what is asked about ({lacking})")
        }
        Decision::NotCovered { lacking, gate: Gate::Name, .. } => {
            format!("not covered: no passage has the name ({lacking})")
        }
        Decision::NotCovered { lacking, gate: Gate::Wanted, .. } => {
            format!("not covered: no sentence on it has what is wanted ({lacking})")
        }
        Decision::NotCovered { confidence, gate: Gate::Evidence, .. } => {
            format!("not covered: confidence {confidence:.2}, at least {least:.2} is needed")
        }
    };
    line(&mut out, &format!("decision   {decision}"));
    out
}

fn understood(out: &mut String, explanation: &Explanation) {
    let lexicon = &explanation.snapshot.lexicon;
    for repair in &explanation.question.repairs {
        line(out, &format!("repaired   {} → {}", repair.written, repair.read_as));
    }
    for unit in &explanation.question.units {
        let keys = unit
            .keys
            .iter()
            .map(|key| format!("{} {:.1} {:?}", key.term, key.weight, key.origin).to_lowercase());
        let subject = if unit.subject { " (the base's subject)" } else { "" };
        line(out, &format!("unit       {}{subject}: {}", unit.written, keys.collect::<Vec<_>>().join(", ")));
    }
    if let Some(wanted) = explanation.question.wants {
        line(out, &format!("wants      {wanted:?}").to_lowercase());
    }
    let facets = explanation.question.facets.iter().map(|&at| lexicon.facets()[at as usize].id.as_str());
    line(out, &format!("facets     {}", facets.collect::<Vec<_>>().join(", ")));
}

fn candidates(out: &mut String, explanation: &Explanation) {
    line(out, "   score  lexical heading context meaning opening covers  sentence");
    let library = &explanation.snapshot.library;
    let weights = &explanation.rules.weights;
    for candidate in explanation.candidates.iter().take(LISTED) {
        let (document, sentence) = library.sentence(candidate.sentence);
        let text: String = sentence.span.of(document.text()).chars().take(SHOWN).collect();
        let part = &candidate.evidence;
        line(
            out,
            &format!(
                "   {:.3}  {:.3}   {:.3}   {:.3}   {:.3}   {:.3}   {:.3}   {}: {}{}",
                candidate.score,
                weights.lexical * part.lexical,
                weights.heading * part.heading,
                weights.context * part.context,
                weights.semantic * part.semantic,
                weights.opening * part.opening,
                part.coverage,
                document.origin.id,
                if part.states { "" } else { "(no statement, so half) " },
                text.replace('\n', " "),
            ),
        );
    }
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a string can be written to");
}
