//! A question on its way from words to a decision, with everything that was found kept beside it. The reply
//! is made of it, and `--explain` shows it.

use std::sync::Arc;

use super::compose::{self, Page, Shown};
use super::condition;
use super::decide::{Decision, decide, own_ids};
use super::differ::differ;
use super::rank::{Candidate, rank};
use super::reply::{Body, Kind, MOST_RELATED};
use super::rules::{Part, Rules};
use super::topics;
use crate::index::snapshot::Snapshot;
use crate::question::understand::Question;
use crate::semantic::encoder::Encoder;
use crate::semantic::vectors::Query;

/// What was made of a question.
pub struct Explanation {
    /// How it was understood.
    pub question: Question,
    /// The generation that was asked.
    pub snapshot: Arc<Snapshot>,
    /// The sentences that came into question, best first.
    pub candidates: Vec<Candidate>,
    /// Whether they answer.
    pub decision: Decision,
    /// By what rules.
    pub rules: Rules,
}

/// Understands, ranks and decides. Without an encoder, or without vectors in the snapshot, by words alone.
pub fn explain(
    encoder: Option<&Encoder>,
    snapshot: Arc<Snapshot>,
    question: &str,
    rules: &Rules,
) -> Explanation {
    let mut understood = snapshot.understand(question, rules.uses(Part::Spelling));
    rules.reduce(&mut understood);
    let query = query(encoder.filter(|_| rules.uses(Part::Meaning)), &snapshot, question);
    let candidates = rank(&snapshot, &understood, query.as_ref(), &rules.weights);
    let decision = decide(&snapshot, &understood, &candidates, rules);
    Explanation { question: understood, snapshot, candidates, decision, rules: *rules }
}

/// The vector to search with; `None` without an encoder, or without vectors in the snapshot.
pub fn query(encoder: Option<&Encoder>, snapshot: &Snapshot, question: &str) -> Option<Query> {
    let encoder = encoder.filter(|_| snapshot.vectors.is_some())?;
    let vector = encoder.encode_again(question);
    let vector =
        vector.inspect_err(|error| tracing::error!(%error, "the question cannot be encoded")).ok()?;
    Some(Query::new(&vector))
}

impl Explanation {
    /// The same, of the sentences on the condition that is asked about alone. Where the question names none,
    /// or no sentence is on it, nothing changes.
    pub fn on_its_condition(mut self) -> Self {
        let on_it = condition::on_it(&self.snapshot, &self.question, &self.candidates);
        if !on_it.is_empty() {
            self.decision = decide(&self.snapshot, &self.question, &on_it, &self.rules);
            self.candidates = on_it;
        }
        self
    }

    /// What a reply says; page 0 is the answer, later pages show what comes after it.
    pub fn body(&self, page: usize) -> Body {
        let body = match &self.decision {
            Decision::Answer { confidence } => self.answer(*confidence, Page(page)),
            Decision::NotCovered { lacking, missing, confidence, .. } => {
                self.not_covered(lacking, missing, *confidence)
            }
        };
        Body { repairs: self.question.repairs.clone(), ..body }
    }

    /// The answer, for somebody who asked only a part of the question, which is `own`: nothing else of it is repeated.
    pub fn body_repeating(&self, own: &Question) -> Body {
        let mut body = self.body(0);
        body.repairs.retain(|repair| own.repairs.contains(repair));
        if matches!(self.decision, Decision::NotCovered { .. }) {
            body.why = body.why.and_then(|lacking| said_in(own, &self.snapshot, &lacking));
        }
        body
    }

    fn answer(&self, confidence: f32, page: Page) -> Body {
        let library = &self.snapshot.library;
        let Shown { quotes, further } = compose::quotes(library, &self.candidates, self.question.each, page);
        if quotes.is_empty() && page == Page(0) {
            // Every sentence that answers is longer than a reply may be, and none is ever cut.
            return Body {
                why: Some("no sentence short enough to quote".to_owned()),
                looked_in: library.titles(),
                lacking: own_ids(&self.snapshot, &self.question),
                ..Body::default()
            };
        }
        Body {
            kind: Kind::Answer,
            topics: topics::fitting(library, &quotes),
            differ: differ(&self.snapshot, &self.question, &quotes),
            quotes,
            further,
            confidence,
            ..Body::default()
        }
    }

    fn not_covered(&self, lacking: &str, missing: &[String], confidence: f32) -> Body {
        let library = &self.snapshot.library;
        let related = compose::related(library, &self.candidates, MOST_RELATED);
        Body {
            kind: Kind::NotCovered,
            topics: topics::fitting(library, &related),
            related,
            why: Some(lacking.to_owned()).filter(|lacking| !lacking.is_empty()),
            looked_in: library.titles(),
            lacking: missing.to_vec(),
            confidence,
            ..Body::default()
        }
    }
}

/// Which parts of a list of what the sources lack are words of a question, or what it names.
fn said_in(question: &Question, snapshot: &Snapshot, lacking: &str) -> Option<String> {
    let lexicon = &snapshot.lexicon;
    let units = question.units.iter().map(|unit| unit.written.as_str());
    let concepts = question.concepts.iter().map(|&at| lexicon.concepts()[at as usize].title.as_str());
    let facets = question.facets.iter().map(|&at| lexicon.facets()[at as usize].title.as_str());
    let said: Vec<&str> = units.chain(concepts).chain(facets).collect();
    // A title that has a comma itself is left out: too little is told then, and never too much.
    let own: Vec<&str> = lacking.split(", ").filter(|part| said.contains(part)).collect();
    (!own.is_empty()).then(|| own.join(", "))
}
