//! The two sources of the base, and replies that quote them.

use serde_json::json;

use crate::answer::reply::{Body, Cited, CitedReference, Reply};
use crate::knowledge::blocks::FilePosition;
use crate::knowledge::document::{Document, Outline, Passage, PassageKind, Sentence};
use crate::knowledge::lexicon::{Lexicon, Vocabulary};
use crate::knowledge::metadata::SourceMetadata;
use crate::knowledge::read::read_bytes;
use crate::knowledge::topic::Topic;
use crate::render::card::{Card, View};
use crate::text::span::Span;

pub const GENERATION: &str = "g0123456789ab";
const DISCLAIMER: &str = "This is not medical advice.";

/// The sources of the base `ldn`.
pub struct Fixture {
    pub documents: Vec<Document>,
    lexicon: Lexicon,
    topics: Vec<Topic>,
}

impl Fixture {
    pub fn new() -> Self {
        let sources: [(&str, &[u8]); 2] = [
            ("pain-clinic.md", include_bytes!("../../../../../../knowledge/ldn/sources/pain-clinic.md")),
            (
                "wikiprojectmed.md",
                include_bytes!("../../../../../../knowledge/ldn/sources/wikiprojectmed.md"),
            ),
        ];
        let read =
            |(name, bytes): (&str, &[u8])| read_bytes(name, bytes, None).document.expect("a source is read");
        let stop_words = ["what", "is", "the", "of", "i", "should", "to"].map(str::to_owned).to_vec();
        let topic = |(name, title): (&str, &str)| Topic {
            name: name.to_owned(),
            title: title.to_owned(),
            description: String::new(),
            show: Vec::new(),
            query: None,
            condition: None,
        };
        Self {
            documents: sources.into_iter().map(read).collect(),
            lexicon: Lexicon::new(Vocabulary { stop_words, ..Vocabulary::default() }),
            topics: [("dosage", "Dosage"), ("background", "Background and history")].map(topic).to_vec(),
        }
    }

    pub fn view(&self) -> View<'_> {
        View { lexicon: &self.lexicon, topics: &self.topics, superseded: false }
    }

    /// Quotes `count` sentences of `source`, starting with the one that begins with `start`.
    pub fn quote(&self, source: &str, start: &str, count: usize) -> Cited {
        let (at, document) = self.document(source);
        let sentences = document.sentences();
        let begins = |sentence: &Sentence| sentence.span.of(document.text()).starts_with(start);
        let first = sentences.iter().position(begins).expect("a sentence begins with this text");
        self.cite(at, sentences[first].span.cover(sentences[first + count - 1].span))
    }

    /// The whole passage of `source` that begins with `start`.
    pub fn passage(&self, source: &str, start: &str) -> Cited {
        let (at, document) = self.document(source);
        let begins = |passage: &&Passage| passage.span.of(document.text()).starts_with(start);
        let passage = document.passages().iter().find(begins).expect("a passage begins with this text");
        self.cite(at, passage.span)
    }

    pub fn cite(&self, document: usize, span: Span) -> Cited {
        let document = &self.documents[document];
        Cited::new(document, document.quote(span).expect("whole sentences"), |_| true)
    }

    fn document(&self, source: &str) -> (usize, &Document) {
        let mut all = self.documents.iter().enumerate();
        all.find(|(_, document)| document.id == source).expect("a source of this name")
    }

    pub fn reply(&self, question: &str, body: Body) -> Reply {
        Reply::new(Some(question.to_owned()), "ldn", GENERATION, DISCLAIMER, body)
    }

    /// A reply to a pressed button, for which the question is no longer known.
    pub fn wordless_reply(&self, body: Body) -> Reply {
        Reply::new(None, "ldn", GENERATION, DISCLAIMER, body)
    }
}

/// A card as Discord gets it.
pub fn pretty(card: &Card) -> String {
    let message = json!({ "embeds": [card.embed()], "components": card.components() });
    serde_json::to_string_pretty(&message).expect("a value can be written")
}

/// A document with these sentences in one passage.
pub fn document(id: &str, metadata: SourceMetadata, sentences: &[String]) -> Document {
    let mut text = String::new();
    let mut spans = Vec::new();
    for sentence in sentences {
        text.push_str(if text.is_empty() { "" } else { " " });
        spans.push(Span::new(text.len(), text.len() + sentence.len()));
        text.push_str(sentence);
    }
    let sentence = |span| Sentence {
        span,
        passage: 0,
        references: Vec::new(),
        citation_needed: true,
        introduces: false,
    };
    let passage = Passage {
        id: format!("{id}:0123456789ab"),
        kind: PassageKind::Paragraph,
        lead_in: None,
        section: None,
        term: None,
        place: FilePosition::Unknown,
        span: Span::new(0, text.len()),
        sentences: 0..spans.len() as u32,
    };
    let outline = Outline {
        passages: vec![passage],
        sentences: spans.into_iter().map(sentence).collect(),
        ..Outline::default()
    };
    Document::new(id.to_owned(), metadata, "sources/a.txt".to_owned(), String::new(), text, outline)
        .expect("the spans fit")
}

/// A document of one sentence, and the quote of it.
pub fn one_sentence(text: &str) -> (Document, Cited) {
    let metadata = SourceMetadata { title: "T".to_owned(), ..SourceMetadata::default() };
    let document = document("a", metadata, &[text.trim().to_owned()]);
    let quote = document.quote(document.sentences()[0].span).expect("a whole sentence");
    let cited = Cited::new(&document, quote, |_| true);
    (document, cited)
}

/// A work with a DOI and a PubMed id.
pub fn work(number: usize) -> CitedReference {
    CitedReference {
        marker: number.to_string(),
        text: format!(
            "Smith J. A trial of *naltrexone*, part {number}. {}",
            "Journal of Trials. ".repeat(10)
        ),
        doi: Some(format!("10.1000/trial({number})")),
        pmid: Some((10_000_000 + number).to_string()),
        pmcid: None,
    }
}
