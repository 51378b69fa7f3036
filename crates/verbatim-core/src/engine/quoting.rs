//! Quotes that are asked for by name instead of by a question: again, in context; and the
//! sources that they are from. All of it is read from the live generation, also what an older one named.

use super::{Engine, EngineError};
use crate::answer::quote_by_id;
use crate::answer::reply::{Body, Cited, Kind, QuoteId, Reply};
use crate::knowledge::document::{Document, Origin};
use crate::knowledge::report::{Report, report};
use crate::knowledge::topic::CONDITION;

/// A source document, for a list of the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCard {
    /// Id, title, publisher, address, licence, dates and kind, as its front matter says.
    pub origin: Origin,
    /// Its file in the base's folder.
    pub file: String,
    /// What reading made of it, withheld passages included.
    pub report: Report,
    /// How many passages are out of circulation.
    pub withheld: usize,
}

impl Engine {
    /// Quotes again what was named, in that order: as much as a reply holds, and the rest as `further`. What
    /// has gone from the sources or is withheld is left out. The reply has no question, and says with an
    /// answer without quotes that there is no more.
    pub fn requote(&self, ids: &[QuoteId]) -> Reply {
        let snapshot = self.snapshot();
        let (quotes, further) = quote_by_id::page(&snapshot.corpus, ids);
        let body = Body { kind: Kind::Answer, quotes, further, confidence: 1.0, ..Body::default() };
        self.reply(&snapshot, None, body)
    }

    /// The whole passages of these names, in that order, each once. They are not bounded in length. What has
    /// gone or is withheld is left out.
    pub fn in_context(&self, passages: &[[u8; 6]]) -> Reply {
        let snapshot = self.snapshot();
        let corpus = &snapshot.corpus;
        let mut quotes: Vec<Cited> = Vec::new();
        for (at, passage) in passages.iter().enumerate() {
            let new = !passages.iter().take(at).any(|earlier| earlier == passage);
            let number = quote_by_id::find(corpus, *passage).filter(|_| new);
            quotes.extend(number.and_then(|number| quote_by_id::whole(corpus, number)));
        }
        let body = Body { kind: Kind::Answer, quotes, confidence: 1.0, ..Body::default() };
        self.reply(&snapshot, None, body)
    }

    /// The title of a source of the live generation.
    pub fn source_title(&self, id: &str) -> Option<String> {
        let snapshot = self.snapshot();
        let mut origins = snapshot.corpus.documents.iter().map(|document| &document.origin);
        origins.find(|origin| origin.id == id).map(|origin| origin.title.clone())
    }

    /// The sources of the live generation, in the order of their ids, each with what reading made of it.
    pub fn documents(&self) -> Vec<SourceCard> {
        let snapshot = self.snapshot();
        let corpus = &snapshot.corpus;
        let mut cards: Vec<SourceCard> = corpus.documents.iter().map(SourceCard::new).collect();
        for note in corpus.passages.iter().filter(|note| note.withheld) {
            cards[note.document as usize].withheld += 1;
        }
        cards
    }

    /// Asks a topic about a condition: a concept's id, or words as somebody typed them. They are asked in the
    /// topic's question, so what is said of them, and whether anything is, is decided as for any question, but
    /// of the passages that name the condition alone. Without a condition it is the topic itself.
    ///
    /// # Errors
    /// [`EngineError::UnknownTopic`] where there is no such topic; so it is where it takes no condition.
    pub fn evidence(&self, topic: &str, condition: &str) -> Result<Reply, EngineError> {
        let snapshot = self.snapshot();
        if condition.trim().is_empty() {
            return self.topic(topic);
        }
        let question = snapshot.corpus.topics.iter().find(|found| found.name == topic);
        let Some(question) = question.and_then(|topic| topic.condition.as_ref()) else {
            let taking = snapshot.corpus.topics.iter().filter(|topic| topic.condition.is_some());
            return Err(self.unknown_topic(topic, taking.map(|topic| topic.name.as_str())));
        };
        // Triage reads what was typed before anything stands around it.
        if let Some(card) = self.card(condition) {
            return Ok(card);
        }
        let concept = snapshot.lexicon.concept(condition.trim());
        let title = concept.map(|at| snapshot.lexicon.concepts()[at as usize].title.as_str());
        let question = question.replace(CONDITION, title.unwrap_or(condition.trim()));
        let named = title.unwrap_or(condition.trim());
        let explained = || Ok(self.resources.explain(&snapshot, &question)?.on_condition(named).body(0));
        let (body, repeatable) = self.resources.answer_with(&snapshot, &question, None, explained);
        Ok(self.reply(&snapshot, repeatable.then(|| question.clone()), body))
    }
}

impl SourceCard {
    fn new(document: &Document) -> Self {
        Self {
            origin: document.origin.clone(),
            file: document.file.clone(),
            report: report(document),
            withheld: 0,
        }
    }
}
