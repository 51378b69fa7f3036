//! Quotes requested by name rather than by a question: shown again or in context. Also lists their sources. Everything
//! is read from the live generation, even if an older one made the name.

use super::triage::{Lookup, Triaged};
use super::{Engine, EngineError};
use crate::answer::quote_by_id;
use crate::answer::reply::{Body, Cited, Kind, QuoteId, Reply};
use crate::knowledge::document::Document;
use crate::knowledge::metadata::SourceMetadata;
use crate::knowledge::report::{ReadingReport, report};
use crate::knowledge::topic::CONDITION;

/// A source document, for the list of sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceCard {
    /// Its id.
    pub id: String,
    /// Title, publisher, address, licence, dates and kind.
    pub metadata: SourceMetadata,
    /// Its file in the base's folder.
    pub file: String,
    /// The report of reading it, withheld passages included.
    pub report: ReadingReport,
    /// How many of its passages are withheld.
    pub withheld: usize,
}

impl Engine {
    /// Shows the named quotes again, in the given order: as many as fit into a reply, and the rest as `further`. Quotes
    /// that are withheld or no longer in the sources are left out. The reply has no question; an answer without quotes
    /// means that there is no more.
    pub fn requote(&self, ids: &[QuoteId]) -> Reply {
        let snapshot = self.snapshot();
        let (quotes, further) = quote_by_id::page(&snapshot.corpus, ids);
        let body = Body { kind: Kind::Answer, quotes, further, confidence: 1.0, ..Body::default() };
        self.reply(&snapshot, None, body)
    }

    /// Returns the whole passages with these names, in the given order, each once. Their length is not limited.
    /// Passages that are withheld or no longer in the sources are left out.
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

    /// Returns the whole passage with this id. `None` if the live generation does not have it, or it is withheld.
    pub fn passage(&self, id: &str) -> Option<Reply> {
        let snapshot = self.snapshot();
        let quote = quote_by_id::whole(&snapshot.corpus, quote_by_id::shown(&snapshot.corpus, id)?)?;
        let body = Body { kind: Kind::Answer, quotes: vec![quote], confidence: 1.0, ..Body::default() };
        Some(self.reply(&snapshot, None, body))
    }

    /// Returns the title of a source of the live generation.
    pub fn source_title(&self, id: &str) -> Option<String> {
        let snapshot = self.snapshot();
        let mut documents = snapshot.corpus.documents.iter();
        documents.find(|document| document.id == id).map(|document| document.metadata.title.clone())
    }

    /// Returns the sources of the live generation, ordered by id, each with its report.
    pub fn documents(&self) -> Vec<SourceCard> {
        let snapshot = self.snapshot();
        let corpus = &snapshot.corpus;
        let mut cards: Vec<SourceCard> = corpus.documents.iter().map(SourceCard::new).collect();
        for note in corpus.passages.iter().filter(|note| note.withheld) {
            cards[note.document as usize].withheld += 1;
        }
        cards
    }

    /// Asks a topic about a condition, given as a concept's id or as typed words. The condition is inserted into the
    /// topic's question. The answer is decided as for any question, but only from passages that name the condition.
    /// Without a condition this is the topic itself.
    ///
    /// # Errors
    /// [`EngineError::UnknownTopic`] if there is no such topic or it takes no condition.
    pub fn evidence(&self, topic: &str, condition: &str) -> Result<Reply, EngineError> {
        if condition.trim().is_empty() {
            return self.topic(topic);
        }
        Ok(self.answer(&self.triage_condition(topic, condition)?))
    }

    /// Like [`Engine::triage`], for a topic and a condition: reads the typed text on its own, before the topic's
    /// question surrounds it.
    ///
    /// # Errors
    /// [`EngineError::UnknownTopic`] if there is no such topic or it takes no condition.
    pub fn triage_condition(&self, topic: &str, condition: &str) -> Result<Triaged, EngineError> {
        let snapshot = self.snapshot();
        let typed = self.resources.triage_on(&snapshot, condition);
        if typed.card().is_some() {
            return Ok(typed);
        }
        let question = snapshot.corpus.topics.iter().find(|found| found.name == topic);
        let Some(question) = question.and_then(|topic| topic.condition.as_ref()) else {
            let taking = snapshot.corpus.topics.iter().filter(|topic| topic.condition.is_some());
            return Err(self.unknown_topic(topic, taking.map(|topic| topic.name.as_str())));
        };
        let concept = snapshot.lexicon.concept(condition.trim());
        let title = concept.map(|at| snapshot.lexicon.concepts()[at as usize].title.as_str());
        let named = title.unwrap_or(condition.trim());
        let triaged = self.resources.triage_on(&snapshot, &question.replace(CONDITION, named));
        Ok(triaged.looking_up(Lookup::OnCondition(named.to_owned())))
    }
}

impl SourceCard {
    fn new(document: &Document) -> Self {
        Self {
            id: document.id.clone(),
            metadata: document.metadata.clone(),
            file: document.file.clone(),
            report: report(document),
            withheld: 0,
        }
    }
}
