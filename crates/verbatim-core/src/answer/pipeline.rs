//! From a question to a reply, on one page: understand → retrieve → score → decide → compose. Triage comes first, in
//! the engine. The result of every stage is kept, so that `--explain` can show it.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::compose::{self, Page, Shown};
use super::condition;
use super::conflicts::conflict;
use super::decide::{self, Decision};
use super::lacking::Asked;
use super::quote_by_id;
use super::reply::{Body, Cited, Kind, MOST_FURTHER, MOST_RELATED};
use super::score::{self, Scored};
use super::source_words::in_source_words;
use super::topics;
use crate::index::search::Hit;
use crate::index::snapshot::Snapshot;
use crate::model::coefficients::Coefficients;
use crate::model::encoder::{Encoder, Reading};
use crate::model::error::EncoderError;
use crate::question::parts;
use crate::question::understand::Question;

/// The tools that answer every question.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    /// The learned reader.
    pub encoder: &'a Encoder,
    /// The coefficients fitted to its scores.
    pub coefficients: &'a Coefficients,
    /// The required confidence, 0 to 1.
    pub threshold: f32,
}

/// How a message was processed: an explanation of each question in it, in order; there is at least one.
pub struct Explained {
    /// The questions in the user's own words, and how each was processed.
    pub parts: Vec<(String, Explanation)>,
}

/// How a question was processed.
pub struct Explanation {
    /// Its interpretation.
    pub question: Question,
    /// The model's reading of it, in the words of the sources.
    pub reading: Arc<Reading>,
    /// The model's reading of it as written.
    as_written: Arc<Reading>,
    /// The generation that was asked.
    pub snapshot: Arc<Snapshot>,
    /// The candidate units.
    pub scored: Scored,
    /// Whether they answer.
    pub decision: Decision,
    /// The required confidence.
    pub threshold: f32,
    coefficients: Coefficients,
}

/// Finds the questions of a message and explains each.
///
/// # Errors
/// Fails if the model cannot be run. The error does not contain the text.
pub fn explain(tools: Tools<'_>, snapshot: &Arc<Snapshot>, message: &str) -> Result<Explained, EncoderError> {
    let reading = tools.encoder.read(message)?;
    let questions = parts::questions(message, &reading, tools.coefficients.message.asking);
    let explained = questions.into_iter().map(|question| {
        let as_written = match question == message {
            true => reading.clone(),
            false => tools.encoder.read(&question)?,
        };
        let explanation = explain_read(tools, snapshot.clone(), &question, as_written)?;
        Ok((question, explanation))
    });
    let parts: Vec<(String, Explanation)> = explained.collect::<Result<_, EncoderError>>()?;
    if parts.len() > 1 && parts.iter().all(|(_, part)| !part.decision.answers) {
        // Split apart, the questions may have lost their subject.
        let whole = explain_read(tools, snapshot.clone(), message, reading)?;
        if whole.decision.answers {
            return Ok(Explained { parts: vec![(message.to_owned(), whole)] });
        }
    }
    Ok(Explained { parts })
}

/// Reads, understands, retrieves, scores and decides, independently of other questions in the message.
///
/// # Errors
/// Fails if the model cannot be run.
pub fn explain_one(
    tools: Tools<'_>,
    snapshot: Arc<Snapshot>,
    question: &str,
) -> Result<Explanation, EncoderError> {
    let as_written = tools.encoder.read(question)?;
    explain_read(tools, snapshot, question, as_written)
}

/// The same, for a question that was read already.
fn explain_read(
    tools: Tools<'_>,
    snapshot: Arc<Snapshot>,
    text: &str,
    as_written: Arc<Reading>,
) -> Result<Explanation, EncoderError> {
    let Tools { encoder, coefficients, threshold } = tools;
    let question = snapshot.understand(text);
    let reading = match in_source_words(&snapshot, &question, text) {
        Some(replaced) => encoder.read(&replaced)?,
        None => as_written.clone(),
    };
    let asked = Asked { reading: &as_written, threshold: coefficients.message.asking };
    let hits: Vec<Hit> = score::retrieve(&snapshot, &question, &reading);
    let scored = score::score(&snapshot, &question, &reading, &hits, encoder.scoring(), &coefficients.unit);
    let decision = decide::decide(&snapshot, &question, asked, &scored, &coefficients.answer, threshold);
    Ok(Explanation {
        question,
        reading,
        as_written,
        snapshot,
        scored,
        decision,
        threshold,
        coefficients: *coefficients,
    })
}

impl Explained {
    /// Returns the content of a reply; page 0 is the answer, later pages continue it. Each question is answered or
    /// refused separately.
    pub fn body(&self, page: usize) -> Body {
        if let [(_, only)] = self.parts.as_slice() {
            return only.body(page);
        }
        let bodies = self.parts.iter().map(|(question, explanation)| (question, explanation.body(0)));
        let mut body = together(bodies.collect());
        let corpus = self.parts.first().map(|(_, first)| &first.snapshot.corpus);
        for corpus in corpus.into_iter().cycle().take(page) {
            (body.quotes, body.further) = quote_by_id::page(corpus, &body.further);
            body.too_long.clear();
        }
        body
    }

    /// Returns the answer for a user who asked only a part of the question, `own`: nothing else of the question is
    /// repeated.
    pub fn body_repeating(&self, own: &Question) -> Body {
        let bodies =
            self.parts.iter().map(|(question, explanation)| (question, explanation.body_repeating(own)));
        Body { uncovered: Vec::new(), ..together(bodies.collect()) }
    }

    /// Keeps only the units that are about the named condition.
    pub fn on_condition(self, condition: &str) -> Self {
        let parts = self.parts.into_iter().map(|(question, part)| (question, part.on_condition(condition)));
        Self { parts: parts.collect() }
    }
}

/// Combines the replies to several questions: the best quote of each before the second of any, plus the questions that
/// are not covered. If no question is covered, lists everything that the sources do not cover.
fn together(bodies: Vec<(&String, Body)>) -> Body {
    if bodies.len() == 1 {
        return bodies.into_iter().map(|(_, body)| body).next().unwrap_or_default();
    }
    let (answered, refused): (Vec<_>, Vec<_>) =
        bodies.into_iter().partition(|(_, body)| body.kind == Kind::Answer);
    let uncovered: Vec<String> = refused.iter().map(|(question, _)| (*question).clone()).collect();
    let mut rest = answered.into_iter().map(|(_, body)| body);
    let Some(mut whole) = rest.next() else {
        let mut refused = refused.into_iter().map(|(_, body)| body);
        let mut whole = refused.next().unwrap_or_default();
        refused.for_each(|body| add_refused(&mut whole, body));
        return whole;
    };
    let mut lists = vec![(std::mem::take(&mut whole.quotes), whole.differ)];
    for body in rest {
        lists.push((body.quotes, body.differ));
        whole.too_long.extend(body.too_long);
        whole.further.extend(body.further);
        whole.repairs.extend(body.repairs);
        whole.confidence = whole.confidence.min(body.confidence);
        whole.topics.extend(body.topics);
    }
    for (_, body) in refused {
        whole.lacking.extend(body.lacking);
    }
    let differing: Vec<Vec<Cited>> =
        lists.iter().filter(|(_, differ)| *differ).map(|(quotes, _)| quotes.clone()).collect();
    let (shown, left) = compose::in_turn(lists.into_iter().map(|(quotes, _)| quotes).collect());
    whole.differ = differing.iter().any(|quotes| quotes.iter().all(|quote| shown.contains(quote)));
    let names = |quotes: &[Cited]| quotes.iter().filter_map(|cited| cited.again).collect::<Vec<_>>();
    let (seen, mut further) = (names(&shown), names(&left));
    further.append(&mut whole.further);
    let mut named = seen;
    further.retain(|name| {
        !named.contains(name) && {
            named.push(*name);
            true
        }
    });
    further.truncate(MOST_FURTHER);
    each_once(&mut whole.topics);
    each_once(&mut whole.lacking);
    Body { uncovered, quotes: shown, further, ..whole }
}

fn each_once(names: &mut Vec<String>) {
    let mut seen = FxHashSet::default();
    names.retain(|name| seen.insert(name.clone()));
}

fn add_refused(whole: &mut Body, body: Body) {
    whole.why = match (whole.why.take(), body.why) {
        (Some(one), Some(other)) => Some(format!("{one}, {other}")),
        (one, other) => one.or(other),
    };
    whole.related.extend(body.related);
    whole.related.truncate(MOST_RELATED);
    whole.lacking.extend(body.lacking);
    each_once(&mut whole.lacking);
    whole.repairs.extend(body.repairs);
}

impl Explanation {
    /// Keeps only the units that are about `condition`; if there are none, the question is not covered.
    fn on_condition(mut self, condition: &str) -> Self {
        let condition = self.snapshot.understand(condition);
        let on_it = condition::on_it(&self.snapshot, &condition, &self.scored.candidates);
        let asked = Asked { reading: &self.as_written, threshold: self.coefficients.message.asking };
        if on_it.is_empty() {
            self.decision = decide::refuse(&self.snapshot, &self.question, asked, 0.0);
        } else {
            self.scored.candidates = on_it;
            let by = &self.coefficients.answer;
            self.decision =
                decide::decide(&self.snapshot, &self.question, asked, &self.scored, by, self.threshold);
        }
        self
    }

    /// Returns the content of a reply; page 0 is the answer, later pages continue it.
    fn body(&self, page: usize) -> Body {
        let body = if self.decision.answers { self.answer(Page(page)) } else { self.not_covered() };
        Body { repairs: self.question.repairs.clone(), ..body }
    }

    /// Returns the answer for a user who asked only a part of the question, `own`: nothing else of the question is
    /// repeated.
    fn body_repeating(&self, own: &Question) -> Body {
        let mut body = self.body(0);
        body.repairs.retain(|repair| own.repairs.contains(repair));
        let is_own = |words: &&String| own.terms.iter().any(|term| term.written == **words);
        body.why = listed(self.decision.lacking.iter().filter(is_own));
        body
    }

    fn answer(&self, page: Page) -> Body {
        let corpus = &self.snapshot.corpus;
        let Shown { quotes, further } =
            compose::quotes(corpus, &self.scored.candidates, &self.coefficients.quotes, page);
        // If every sentence that answers is longer than a reply can be, the reply says where they are: sentences are
        // never cut.
        let too_long = match quotes.is_empty() && page == Page(0) {
            true => compose::places(corpus, &self.scored.candidates, &self.coefficients.quotes),
            false => Vec::new(),
        };
        Body {
            kind: Kind::Answer,
            topics: topics::fitting(corpus, if quotes.is_empty() { &too_long } else { &quotes }),
            differ: conflict(&self.snapshot, &self.question, &quotes),
            quotes,
            too_long,
            further,
            confidence: self.decision.confidence,
            ..Body::default()
        }
    }

    fn not_covered(&self) -> Body {
        let corpus = &self.snapshot.corpus;
        let related = compose::related(corpus, &self.scored.candidates, MOST_RELATED);
        Body {
            kind: Kind::NotCovered,
            topics: topics::fitting(corpus, &related),
            related,
            why: listed(self.decision.lacking.iter()),
            looked_in: corpus.titles(),
            lacking: self.decision.missing.clone(),
            confidence: self.decision.confidence,
            ..Body::default()
        }
    }
}

fn listed<'a>(words: impl Iterator<Item = &'a String>) -> Option<String> {
    let words: Vec<&str> = words.map(String::as_str).collect();
    (!words.is_empty()).then(|| words.join(", "))
}
