//! A source document as the program holds it: one canonical text, and everything that is known about
//! it as spans of that text. Owns the only way to make a [`Quote`], so that a shown sentence cannot
//! differ from its source.
//!
//! Deliberately absent: any way to change a document after it was read.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::text::span::Span;

/// So much of a title, heading or lead-in is context, in bytes: a longer one tells no more of what stands under it.
const LONGEST_CONTEXT: usize = 400;

/// Where a source comes from, as its front matter says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The source's id in its base: the file's name without its ending.
    pub id: String,
    /// The document's own title.
    pub title: String,
    /// Who published it; `None` where unknown.
    pub publisher: Option<String>,
    /// Its address on the web (http or https); `None` where unknown.
    pub url: Option<String>,
    /// The licence, or whose rights it is under; `None` where unknown.
    pub licence: Option<String>,
    /// Date of publication, ISO 8601 (`2023`, `2023-04` or `2023-04-05`); `None` where unknown.
    pub published: Option<String>,
    /// Date on which the text was taken from there, ISO 8601; `None` where unknown.
    pub retrieved: Option<String>,
    /// What kind of document it is, e.g. `encyclopaedia article`; `None` where not said.
    pub kind: Option<String>,
}

/// A heading and the text under it, up to the next heading of the same or a higher level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The heading's words.
    pub heading: Span,
    /// 1 for the outermost.
    pub level: u8,
    /// Index of the enclosing section in [`Document::sections`].
    pub parent: Option<u32>,
    /// From the heading's first byte to the end of the section.
    pub span: Span,
}

/// What a passage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PassageKind {
    /// A paragraph, or a bounded part of a long one.
    Paragraph,
    /// An item of a list.
    ListItem,
    /// A row of a table, its cells joined by [`CELL_SEPARATOR`](super::outline::CELL_SEPARATOR).
    TableRow,
    /// The row with a table's column heads, which says nothing without the rows under it.
    TableHead,
    /// An entry of the list of references.
    Reference,
}

/// A paragraph or list item: the unit that is searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passage {
    /// Stable name: `<source id>:<12 hex digits>`, made of its words, so that an edit elsewhere does
    /// not rename it.
    pub id: String,
    /// What it is.
    pub kind: PassageKind,
    /// The innermost section it stands in, an index into [`Document::sections`].
    pub section: Option<u32>,
    /// The passage that introduces it, an index into [`Document::passages`]: the paragraph over a list, the column
    /// heads over a row.
    pub lead_in: Option<u32>,
    /// Its text.
    pub span: Span,
    /// Its sentences, indices into [`Document::sentences`].
    pub sentences: Range<u32>,
}

/// A sentence: the unit that is quoted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// Its text, with its closing punctuation and citation markers, without white space around it.
    pub span: Span,
    /// The passage it stands in, an index into [`Document::passages`].
    pub passage: u32,
    /// What the source cites for it, indices into [`Document::references`].
    pub references: Vec<u32>,
    /// Whether the source marks it `[citation needed]`.
    pub citation_needed: bool,
}

/// An entry of the source's own list of literature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// What the text cites it by, without brackets: `4`.
    pub marker: String,
    /// The entry's words, without the number and the back-links (`^ a b`).
    pub span: Span,
    /// Digital object identifier, e.g. `10.1002/pds.4110`.
    pub doi: Option<String>,
    /// PubMed id, digits.
    pub pmid: Option<String>,
    /// PubMed Central id, digits.
    pub pmcid: Option<String>,
}

/// The spans of a canonical text, as a reader of some format found them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// In the order of the text.
    pub sections: Vec<Section>,
    /// In the order of the text.
    pub passages: Vec<Passage>,
    /// In the order of the text.
    pub sentences: Vec<Sentence>,
    /// In the order of the list.
    pub references: Vec<Reference>,
}

/// One source document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Where it comes from.
    pub origin: Origin,
    /// The file it was read from, relative to the base's folder, with `/` between the parts.
    pub file: String,
    /// SHA-256 of that file, in hex.
    pub digest: String,
    text: Arc<str>,
    outline: Outline,
}

/// Whole sentences of one source, letter for letter. Only [`Document::quote`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    source: String,
    passage: u32,
    span: Span,
    text: String,
}

/// Why a span cannot be quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotWholeSentences;

impl fmt::Display for NotWholeSentences {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the span is not a run of whole sentences of one passage")
    }
}

impl std::error::Error for NotWholeSentences {}

impl Document {
    /// A document from its parts.
    ///
    /// # Errors
    /// Names the first span of `outline` that leaves `text`, cuts a character or points nowhere.
    pub fn new(
        origin: Origin,
        file: String,
        digest: String,
        text: String,
        outline: Outline,
    ) -> Result<Self, String> {
        validate(&text, &outline)?;
        Ok(Self { origin, file, digest, text: text.into(), outline })
    }

    /// Checks a document that was read back from disk as [`Document::new`] checks a fresh one.
    ///
    /// # Errors
    /// As [`Document::new`].
    pub fn validate(&self) -> Result<(), String> {
        validate(&self.text, &self.outline)
    }

    /// The canonical text: UTF-8, NFC, lines ended by LF, without front matter and markup.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The sections, in order.
    pub fn sections(&self) -> &[Section] {
        &self.outline.sections
    }

    /// The passages, in order.
    pub fn passages(&self) -> &[Passage] {
        &self.outline.passages
    }

    /// The sentences, in order.
    pub fn sentences(&self) -> &[Sentence] {
        &self.outline.sentences
    }

    /// The source's own list of literature.
    pub fn references(&self) -> &[Reference] {
        &self.outline.references
    }

    /// The sentences of a passage.
    pub fn sentences_of(&self, passage: &Passage) -> &[Sentence] {
        &self.outline.sentences[passage.sentences.start as usize..passage.sentences.end as usize]
    }

    /// The headings over a passage, outermost first.
    pub fn heading_path(&self, passage: &Passage) -> Vec<&str> {
        let mut path = Vec::new();
        let mut at = passage.section;
        while let Some(section) = at.and_then(|index| self.outline.sections.get(index as usize)) {
            path.push(section.heading.of(&self.text));
            at = section.parent;
        }
        path.reverse();
        path
    }

    /// What a reader has read when they come to a passage: the document's title, the headings over the passage that
    /// differ from it, and the sentence that introduces a list or table, apart by line breaks.
    pub fn context(&self, passage: &Passage) -> String {
        let title = self.origin.title.as_str();
        let headings = self.heading_path(passage).into_iter().filter(|heading| *heading != title);
        let lead_in = passage.lead_in.and_then(|at| self.passages().get(at as usize));
        let lead_in = lead_in.and_then(|passage| self.sentences_of(passage).last());
        let lead_in = lead_in.map(|sentence| sentence.span.of(&self.text));
        let short = |part: &str| part[..part.floor_char_boundary(LONGEST_CONTEXT)].to_owned();
        std::iter::once(title).chain(headings).chain(lead_in).map(short).collect::<Vec<_>>().join("\n")
    }

    /// Publication or retrieval date, whichever is known first.
    pub fn dated(&self) -> Option<&str> {
        self.origin.published.as_deref().or(self.origin.retrieved.as_deref())
    }

    /// Quotes a run of whole sentences of one passage.
    ///
    /// # Errors
    /// When `span` does not start where a sentence starts and end where one of the same passage ends.
    pub fn quote(&self, span: Span) -> Result<Quote, NotWholeSentences> {
        let sentences = &self.outline.sentences;
        let first =
            sentences.binary_search_by_key(&span.start, |s| s.span.start).map_err(|_| NotWholeSentences)?;
        let last =
            sentences.binary_search_by_key(&span.end, |s| s.span.end).map_err(|_| NotWholeSentences)?;
        if last < first || sentences[first].passage != sentences[last].passage {
            return Err(NotWholeSentences);
        }
        Ok(Quote {
            source: self.origin.id.clone(),
            passage: sentences[first].passage,
            span,
            text: span.of(&self.text).to_owned(),
        })
    }
}

impl Quote {
    /// The id of the source that says so.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The passage it stands in, an index into [`Document::passages`].
    pub fn passage(&self) -> u32 {
        self.passage
    }

    /// Where it stands in the canonical text.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The words, letter for letter.
    pub fn text(&self) -> &str {
        &self.text
    }
}

fn validate(text: &str, outline: &Outline) -> Result<(), String> {
    let inside = |what: &str, span: Span| match span.get(text) {
        Some(_) => Ok(()),
        None => Err(format!("a {what} at {}..{} does not lie in the text", span.start, span.end)),
    };
    let below = |what: &str, index: u32, limit: usize| match (index as usize) < limit {
        true => Ok(()),
        false => Err(format!("{what} {index} of {limit} does not exist")),
    };
    for section in &outline.sections {
        inside("heading", section.heading)?;
        inside("section", section.span)?;
        section.parent.map_or(Ok(()), |parent| below("section", parent, outline.sections.len()))?;
    }
    for passage in &outline.passages {
        inside("passage", passage.span)?;
        passage.section.map_or(Ok(()), |section| below("section", section, outline.sections.len()))?;
        passage.lead_in.map_or(Ok(()), |lead_in| below("passage", lead_in, outline.passages.len()))?;
        below("sentence", passage.sentences.end, outline.sentences.len() + 1)?;
        below("sentence", passage.sentences.start, passage.sentences.end as usize + 1)?;
    }
    for sentence in &outline.sentences {
        inside("sentence", sentence.span)?;
        below("passage", sentence.passage, outline.passages.len())?;
        sentence.references.iter().try_for_each(|&at| below("reference", at, outline.references.len()))?;
    }
    outline.references.iter().try_for_each(|reference| inside("reference", reference.span))
}
