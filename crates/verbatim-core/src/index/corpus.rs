//! The documents of a generation and what was noted of them while indexing, as one file. A question is
//! answered from here, never from the files in `knowledge/`, so the answer is from the very texts that
//! were indexed.

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::knowledge::base::{About, Base};
use crate::knowledge::document::{Document, Passage, Sentence};
use crate::knowledge::lexicon::Vocabulary;
use crate::knowledge::topic::Topic;

/// Everything of a base that its answers are made of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Corpus {
    /// What the base says of itself.
    pub about: About,
    /// Its topics.
    pub topics: Vec<Topic>,
    /// The base's own questions that the sources answer, in the order of the file.
    pub questions: Vec<OwnQuestion>,
    /// Its vocabulary.
    pub vocabulary: Vocabulary,
    /// Its documents, in the order of their ids.
    pub documents: Vec<Document>,
    /// What was noted of every passage, in the order of the documents.
    pub passages: Vec<PassageNote>,
    /// What was noted of every sentence, in the order of the documents.
    pub sentences: Vec<SentenceNote>,
    /// The words of the sources in normal form, with how often they stand there, sorted.
    pub words: Vec<(String, u32)>,
}

/// One of the base's own questions: what somebody who begins to type may want to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnQuestion {
    /// The question.
    pub ask: String,
    /// The topic that shows most of what may be expected, an index into [`Corpus::topics`]; of several the one
    /// that shows least besides.
    pub topic: Option<u32>,
}

/// What was noted of a passage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PassageNote {
    /// The document, an index into [`Corpus::documents`].
    pub document: u32,
    /// The passage there, an index into [`Document::passages`].
    pub passage: u32,
    /// Its first sentence, an index into [`Corpus::sentences`].
    pub first_sentence: u32,
    /// The concepts that its title and headings name, indices into the vocabulary, sorted.
    pub headings: Box<[u32]>,
    /// Whether it was taken out of circulation.
    pub withheld: bool,
}

/// What was noted of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentenceNote {
    /// Its passage, an index into [`Corpus::passages`].
    pub passage: u32,
    /// The concepts that it names, indices into the vocabulary, sorted.
    pub concepts: Box<[u32]>,
}

impl Corpus {
    /// An empty corpus of a base, without its notes.
    pub fn of(base: &Base) -> Self {
        Self {
            about: base.about.clone(),
            topics: base.topics.clone(),
            questions: own_questions(base),
            vocabulary: base.vocabulary.clone(),
            documents: base.documents.clone(),
            passages: Vec::new(),
            sentences: Vec::new(),
            words: Vec::new(),
        }
    }

    /// Reads a corpus back.
    ///
    /// # Errors
    /// Says what does not fit; the file is then not the one that was written.
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

    /// The corpus as bytes; the same corpus gives the same bytes.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("a corpus has nothing that cannot be written to memory")
    }

    /// The titles of the documents, in their order, each once.
    pub fn titles(&self) -> Vec<String> {
        let mut seen = FxHashSet::default();
        let titles = self.documents.iter().map(|document| document.origin.title.as_str());
        titles.filter(|title| seen.insert(*title)).map(str::to_owned).collect()
    }

    /// Whether a passage, or a heading over it, names a concept.
    pub fn names(&self, passage: u32, concept: u32) -> bool {
        let holds = |concepts: &[u32]| concepts.binary_search(&concept).is_ok();
        holds(&self.passages[passage as usize].headings)
            || self.sentences_of(passage).any(|at| holds(&self.sentences[at as usize].concepts))
    }

    /// The document of a passage.
    pub fn document_of(&self, note: &PassageNote) -> &Document {
        &self.documents[note.document as usize]
    }

    /// A passage with its document, by number in the corpus.
    pub fn passage(&self, number: u32) -> (&Document, &Passage) {
        let note = &self.passages[number as usize];
        let document = self.document_of(note);
        (document, &document.passages()[note.passage as usize])
    }

    /// A sentence with its document, by number in the corpus.
    pub fn sentence(&self, number: u32) -> (&Document, &Sentence) {
        let note = &self.passages[self.sentences[number as usize].passage as usize];
        let document = self.document_of(note);
        let first = document.passages()[note.passage as usize].sentences.start;
        (document, &document.sentences()[(first + number - note.first_sentence) as usize])
    }

    /// Whether a sentence is searched and quoted: it is a unit that is not withheld. What is no unit is found as the context
    /// of what stands under it.
    pub fn is_searched(&self, number: u32) -> bool {
        let passage = self.sentences[number as usize].passage;
        let (document, sentence) = self.sentence(number);
        !self.passages[passage as usize].withheld && document.is_unit(sentence)
    }

    /// The words of a sentence, by number in the corpus.
    pub fn sentence_text(&self, number: u32) -> &str {
        let (document, at) = self.sentence(number);
        at.span.of(document.text())
    }

    /// What stands before a sentence in its document: title, headings, lead-in.
    pub fn context(&self, number: u32) -> String {
        let (document, passage) = self.passage(self.sentences[number as usize].passage);
        document.context(passage)
    }

    /// The numbers of a passage's sentences.
    pub fn sentences_of(&self, passage: u32) -> std::ops::Range<u32> {
        let first = self.passages[passage as usize].first_sentence;
        first..first + self.passage(passage).1.sentences.len() as u32
    }
}

/// What is asked of a base in its own tests, less what the sources must not answer and what is a test alone.
fn own_questions(base: &Base) -> Vec<OwnQuestion> {
    let regression_questions = base.regression_questions.as_deref().unwrap_or_default();
    let answered = regression_questions
        .iter()
        .filter(|regression_questions| !regression_questions.not_covered && regression_questions.suggest);
    answered
        .map(|regression_questions| OwnQuestion {
            ask: regression_questions.ask.clone(),
            topic: topic_of(base, &regression_questions.expect),
        })
        .collect()
}

fn topic_of(base: &Base, expected: &[String]) -> Option<u32> {
    let shown = |topic: &Topic| {
        let texts: Vec<&str> = topic
            .show
            .iter()
            .filter_map(|(source, span)| {
                let document = base.documents.iter().find(|document| document.origin.id == *source)?;
                span.get(document.text())
            })
            .collect();
        expected.iter().filter(|words| texts.iter().any(|text| text.contains(words.as_str()))).count()
    };
    let showing = (0..).zip(&base.topics).map(|(at, topic)| (shown(topic), topic.show.len(), at));
    let best = showing.filter(|(shown, ..)| *shown > 0);
    best.min_by_key(|(shown, length, _)| (std::cmp::Reverse(*shown), *length)).map(|(.., at)| at)
}
