//! The documents of a generation and the notes made while indexing, in one file. Questions are answered from here,
//! never from the files in `knowledge/`, so that answers quote exactly the texts that were indexed.

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::knowledge::base::{Base, BaseMetadata};
use crate::knowledge::document::{Document, Passage, Sentence};
use crate::knowledge::lexicon::Vocabulary;
use crate::knowledge::topic::Topic;

/// Everything in a base that answers are made from.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Corpus {
    /// The base's description of itself.
    pub about: BaseMetadata,
    /// Its topics.
    pub topics: Vec<Topic>,
    /// The base's regression questions that the sources answer, in the order of the file.
    pub questions: Vec<SuggestedQuestion>,
    /// Its vocabulary.
    pub vocabulary: Vocabulary,
    /// Its documents, in the order of their ids.
    pub documents: Vec<Document>,
    /// The notes on every passage, in the order of the documents.
    pub passages: Vec<PassageNote>,
    /// The notes on every sentence, in the order of the documents.
    pub sentences: Vec<SentenceNote>,
    /// The words of the sources in normal form, with their counts, sorted.
    pub words: Vec<(String, u32)>,
}

/// One of the base's regression questions, for suggestions while a user types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestedQuestion {
    /// The question.
    pub ask: String,
    /// The topic that shows most of the expected answers, an index into [`Corpus::topics`]; of several, the one that
    /// shows least else.
    pub topic: Option<u32>,
}

/// The notes on a passage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassageNote {
    /// The document, an index into [`Corpus::documents`].
    pub document: u32,
    /// The passage there, an index into [`Document::passages`].
    pub passage: u32,
    /// Its first sentence, an index into [`Corpus::sentences`].
    pub first_sentence: u32,
    /// The concepts named in its title and headings, indices into the vocabulary, sorted.
    pub headings: Box<[u32]>,
    /// Whether it is withheld.
    pub withheld: bool,
}

/// The notes on a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentenceNote {
    /// Its passage, an index into [`Corpus::passages`].
    pub passage: u32,
    /// The concepts that it names, indices into the vocabulary, sorted.
    pub concepts: Box<[u32]>,
}

impl Corpus {
    /// Makes the corpus of a base, without notes.
    pub fn of(base: &Base) -> Self {
        Self {
            about: base.about.clone(),
            topics: base.topics.clone(),
            questions: regression_questions(base),
            vocabulary: base.vocabulary.clone(),
            documents: base.documents.clone(),
            passages: Vec::new(),
            sentences: Vec::new(),
            words: Vec::new(),
        }
    }

    /// Decodes a corpus.
    ///
    /// # Errors
    /// Says what does not match. The file is then not the one that was written.
    pub fn decode(bytes: &[u8]) -> Result<Self, String> {
        let corpus: Self = postcard::from_bytes(bytes).map_err(|error| error.to_string())?;
        corpus.documents.iter().try_for_each(Document::validate)?;
        let sentences: usize = corpus.documents.iter().map(|document| document.sentences().len()).sum();
        let passages: usize = corpus.documents.iter().map(|document| document.passages().len()).sum();
        if (passages, sentences) != (corpus.passages.len(), corpus.sentences.len()) {
            return Err("the notes do not match the documents".to_owned());
        }
        Ok(corpus)
    }

    /// Encodes the corpus; the same corpus gives the same bytes.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("a corpus has nothing that cannot be written to memory")
    }

    /// Returns the titles of the documents, in their order, each once.
    pub fn titles(&self) -> Vec<String> {
        let mut seen = FxHashSet::default();
        let titles = self.documents.iter().map(|document| document.metadata.title.as_str());
        titles.filter(|title| seen.insert(*title)).map(str::to_owned).collect()
    }

    /// Whether a passage, or a heading over it, names a concept.
    pub fn names(&self, passage: u32, concept: u32) -> bool {
        let holds = |concepts: &[u32]| concepts.binary_search(&concept).is_ok();
        holds(&self.passages[passage as usize].headings)
            || self.sentences_of(passage).any(|at| holds(&self.sentences[at as usize].concepts))
    }

    /// Returns the document of a passage.
    pub fn document_of(&self, note: &PassageNote) -> &Document {
        &self.documents[note.document as usize]
    }

    /// Returns a passage with its document, by number in the corpus.
    pub fn passage(&self, number: u32) -> (&Document, &Passage) {
        let note = &self.passages[number as usize];
        let document = self.document_of(note);
        (document, &document.passages()[note.passage as usize])
    }

    /// Returns a sentence with its document, by number in the corpus.
    pub fn sentence(&self, number: u32) -> (&Document, &Sentence) {
        let note = &self.passages[self.sentences[number as usize].passage as usize];
        let document = self.document_of(note);
        let first = document.passages()[note.passage as usize].sentences.start;
        (document, &document.sentences()[(first + number - note.first_sentence) as usize])
    }

    /// Whether a sentence is searched and quoted: it is a unit and not withheld. Sentences that are not units are found
    /// as context of what follows them.
    pub fn is_searched(&self, number: u32) -> bool {
        let passage = self.sentences[number as usize].passage;
        let (document, sentence) = self.sentence(number);
        !self.passages[passage as usize].withheld && document.is_unit(sentence)
    }

    /// Returns the text of a sentence, by number in the corpus.
    pub fn sentence_text(&self, number: u32) -> &str {
        let (document, at) = self.sentence(number);
        at.span.of(document.text())
    }

    /// Returns the context of a sentence in its document: title, headings, lead-in.
    pub fn context(&self, number: u32) -> String {
        let (document, passage) = self.passage(self.sentences[number as usize].passage);
        document.context(passage)
    }

    /// Returns the numbers of a passage's sentences.
    pub fn sentences_of(&self, passage: u32) -> std::ops::Range<u32> {
        let first = self.passages[passage as usize].first_sentence;
        first..first + self.passage(passage).1.sentences.len() as u32
    }
}

/// Returns the base's regression questions, without those that the sources must not answer and those that are not to be
/// suggested.
fn regression_questions(base: &Base) -> Vec<SuggestedQuestion> {
    let questions = base.regression_questions.as_deref().unwrap_or_default().iter();
    let suggested = questions.filter(|question| !question.not_covered && question.suggest);
    suggested
        .map(|question| SuggestedQuestion {
            ask: question.ask.clone(),
            topic: topic_of(base, &question.expect),
        })
        .collect()
}

fn topic_of(base: &Base, expected: &[String]) -> Option<u32> {
    let shown = |topic: &Topic| {
        let texts: Vec<&str> = topic
            .show
            .iter()
            .filter_map(|(source, span)| {
                let document = base.documents.iter().find(|document| document.id == *source)?;
                span.get(document.text())
            })
            .collect();
        expected.iter().filter(|words| texts.iter().any(|text| text.contains(words.as_str()))).count()
    };
    let showing = (0..).zip(&base.topics).map(|(at, topic)| (shown(topic), topic.show.len(), at));
    let best = showing.filter(|(shown, ..)| *shown > 0);
    best.min_by_key(|(shown, length, _)| (std::cmp::Reverse(*shown), *length)).map(|(.., at)| at)
}
