//! A source document as the program holds it: one canonical text, and everything that is known about
//! it as spans of that text. Owns the only way to make a [`Quote`], so that a shown sentence cannot
//! differ from its source.
//!
//! Deliberately absent: any way to change a document after it was read.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::blocks::Place;
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
    /// Whether the heading is the document's title: the one over all others.
    pub is_title: bool,
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
    /// A row of a table, its cells joined by [`CELL_SEPARATOR`](super::blocks::CELL_SEPARATOR).
    TableRow,
    /// A term with its description.
    Term,
    /// A footnote.
    Note,
    /// An entry of the list of references.
    Reference,
    /// A table's column heads.
    TableHead,
    /// A table's caption.
    Caption,
    /// A question, whose answer stands in the passages that it leads in.
    Question,
    /// The title of a warning or note.
    AdmonitionTitle,
    /// What belongs to the page or site and not to the document.
    Furniture,
}

impl Passage {
    /// The page of a PDF on which it begins, from 1; `None` in other formats.
    pub fn page(&self) -> Option<u32> {
        self.place.page()
    }
}

impl PassageKind {
    /// The name used in machine-readable output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Paragraph => "sentence",
            Self::ListItem => "item",
            Self::TableRow => "row",
            Self::Term => "term",
            Self::Note => "note",
            Self::Reference => "reference",
            Self::TableHead => "heads",
            Self::Caption => "caption",
            Self::Question => "question",
            Self::AdmonitionTitle => "admonition_title",
            Self::Furniture => "furniture",
        }
    }

    /// Whether it is searched and quoted; the other kinds only stand over what is, or are no part of the document.
    pub fn is_quotable(self) -> bool {
        match self {
            Self::Paragraph | Self::ListItem | Self::TableRow | Self::Term | Self::Note | Self::Reference => {
                true
            }
            Self::TableHead | Self::Caption | Self::Question | Self::AdmonitionTitle | Self::Furniture => {
                false
            }
        }
    }
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
    /// The passage that introduces it, an index into [`Document::passages`]: the paragraph over a list, the item over a
    /// nested one, the column heads over a row, the question over an answer. It may itself have one.
    pub lead_in: Option<u32>,
    /// Of a [`PassageKind::Term`], the term.
    pub term: Option<Span>,
    /// Where it begins in the file.
    pub place: Place,
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
    /// Whether it only introduces what stands under it ("Do not take it if you:"), so that it is never quoted alone.
    pub introduces: bool,
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
    /// How the file's letters were encoded, where not as UTF-8.
    pub encoding: Option<String>,
    text: Arc<str>,
    outline: Outline,
}

/// Whole sentences of one source, letter for letter, with what introduces them. Only [`Document::quote`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    source: String,
    passage: u32,
    kind: PassageKind,
    page: Option<u32>,
    span: Span,
    text: String,
    lead_ins: Vec<String>,
    is_cut_from_lead_in: bool,
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
        Ok(Self { origin, file, digest, encoding: None, text: text.into(), outline })
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

    /// Whether a sentence is a unit, which is searched and quoted: column heads and the like, and what only introduces
    /// others, say nothing by themselves.
    pub fn is_unit(&self, sentence: &Sentence) -> bool {
        self.outline.passages[sentence.passage as usize].kind.is_quotable() && !sentence.introduces
    }

    /// The sentences of a passage.
    pub fn sentences_of(&self, passage: &Passage) -> &[Sentence] {
        &self.outline.sentences[passage.sentences.start as usize..passage.sentences.end as usize]
    }

    /// The headings over a passage, outermost first, without the document's title.
    pub fn heading_path(&self, passage: &Passage) -> Vec<&str> {
        let mut path: Vec<&str> = self
            .sections_over(passage)
            .filter(|section| !section.is_title)
            .map(|section| self.heading(section))
            .collect();
        path.reverse();
        path
    }

    /// The document's title as its origin gives it, then the headings over a passage that differ from it, outermost first.
    pub fn titles_over(&self, passage: &Passage) -> Vec<&str> {
        let title = self.origin.title.as_str();
        let mut titles: Vec<&str> = self
            .sections_over(passage)
            .map(|section| self.heading(section))
            .filter(|heading| *heading != title)
            .collect();
        titles.push(title);
        titles.reverse();
        titles
    }

    fn heading(&self, section: &Section) -> &str {
        section.heading.of(&self.text)
    }

    /// The sections that a passage stands in, innermost first.
    fn sections_over(&self, passage: &Passage) -> impl Iterator<Item = &Section> {
        let at = |index: Option<u32>| index.and_then(|index| self.outline.sections.get(index as usize));
        std::iter::successors(at(passage.section), move |section| at(section.parent))
    }

    /// What a reader has read when they come to a passage: the document's title, the headings over the passage that
    /// differ from it, and what introduces it, apart by line breaks.
    pub fn context(&self, passage: &Passage) -> String {
        let lead_ins = self.lead_ins(passage).into_iter().map(|span| span.of(&self.text));
        let short = |part: &str| part[..part.floor_char_boundary(LONGEST_CONTEXT)].to_owned();
        self.titles_over(passage).into_iter().chain(lead_ins).map(short).collect::<Vec<_>>().join("\n")
    }

    /// What introduces a passage, outermost first: of a paragraph or item its last sentence, of a term the term and what
    /// of its description introduces more.
    pub fn lead_ins(&self, passage: &Passage) -> Vec<Span> {
        let mut found = Vec::new();
        let mut above = passage.lead_in;
        while let Some(passage) = above.and_then(|at| self.outline.passages.get(at as usize)) {
            let last = self.sentences_of(passage).last();
            match passage.term {
                Some(term) => {
                    found.extend(
                        last.filter(|last| last.introduces).and_then(|last| self.behind(term, last.span)),
                    );
                    found.push(term);
                }
                None => found.extend(last.map(|last| last.span)),
            }
            above = passage.lead_in;
        }
        found.reverse();
        found
    }

    /// The words of a sentence behind the term that it begins with; `None` where it has no others.
    fn behind(&self, term: Span, sentence: Span) -> Option<Span> {
        let start = sentence.start.max(term.end);
        let words = (start < sentence.end).then(|| Span::new(start as usize, sentence.end as usize))?;
        let text = words.get(&self.text)?;
        let marks = text.len() - text.trim_start_matches([':', ' ']).len();
        Some(Span::new(start as usize + marks, sentence.end as usize)).filter(|words| !words.is_empty())
    }

    /// The same of a sentence: one of several on a term also has the term.
    pub fn lead_ins_of(&self, sentence: &Sentence) -> Vec<Span> {
        let Some(passage) = self.outline.passages.get(sentence.passage as usize) else { return Vec::new() };
        let mut found = self.lead_ins(passage);
        let term = passage.term.filter(|term| passage.sentences.len() > 1 || !passage.span.contains(*term));
        found.extend(term);
        found
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
        let passage = &self.outline.passages[sentences[first].passage as usize];
        let mut lead_ins = self.lead_ins_of(&sentences[first]);
        lead_ins.retain(|lead_in| !span.contains(*lead_in));
        let gap = lead_ins.last().filter(|last| last.end <= span.start);
        let between = gap.and_then(|last| Span::new(last.end as usize, span.start as usize).get(&self.text));
        Ok(Quote {
            source: self.origin.id.clone(),
            passage: sentences[first].passage,
            kind: passage.kind,
            page: passage.page(),
            span,
            text: span.of(&self.text).to_owned(),
            lead_ins: lead_ins.into_iter().map(|lead_in| lead_in.of(&self.text).to_owned()).collect(),
            is_cut_from_lead_in: between.is_some_and(says_something),
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

    /// What the passage is.
    pub fn kind(&self) -> PassageKind {
        self.kind
    }

    /// The page of a PDF on which the passage begins, from 1.
    pub fn page(&self) -> Option<u32> {
        self.page
    }

    /// Where it stands in the canonical text.
    pub fn span(&self) -> Span {
        self.span
    }

    /// What introduces the words, outermost first and letter for letter: it is shown wherever they are.
    pub fn lead_ins(&self) -> &[String] {
        &self.lead_ins
    }

    /// Whether words stand between what introduces the quote and the quote.
    pub fn is_cut_from_lead_in(&self) -> bool {
        self.is_cut_from_lead_in
    }

    /// How many characters the words and what introduces them have.
    pub fn characters(&self) -> usize {
        self.lead_ins.iter().chain([&self.text]).map(|part| part.chars().count()).sum()
    }

    /// The words, letter for letter.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Whether a stretch of text is more than white space and the number of an item.
fn says_something(between: &str) -> bool {
    between.split_whitespace().any(|word| word.chars().filter(|c| c.is_alphanumeric()).count() > 3)
        || between.split_whitespace().count() > 1
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
    for (at, passage) in outline.passages.iter().enumerate() {
        inside("passage", passage.span)?;
        passage.term.map_or(Ok(()), |term| inside("term", term))?;
        passage.section.map_or(Ok(()), |section| below("section", section, outline.sections.len()))?;
        // What introduces a passage stands before it, so that no chain of lead-ins runs in a circle.
        passage.lead_in.map_or(Ok(()), |lead_in| below("lead-in", lead_in, at))?;
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
